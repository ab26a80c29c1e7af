//! HTTP by ureq, for what goes encrypted or through a proxy.

use std::time::Duration;

use ureq::Agent;
use ureq::http::header::RETRY_AFTER;
use ureq::http::{Request, Uri};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;

use super::message::{Answer, CONTENT_TYPE, USER_AGENT, retry_after};
use super::resolver::Remembering;
use crate::settings::{OtlpSettings, TlsFiles};

/// A collector's answer is a few bytes; an error page may be some more.
const MAX_ANSWER: u64 = 64 << 10;

/// Room for a message of the usual size, so that it leaves in one write.
const OUTPUT: usize = 384 << 10;

pub(super) struct Library {
    agent: Agent,
    /// Everything of a request but its body.
    request: Request<()>,
}

impl Library {
    pub(super) fn to(
        collector: &Uri,
        headers: &[(String, String)],
        settings: &OtlpSettings,
    ) -> Result<Self, String> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(settings.timeout))
            .user_agent(USER_AGENT)
            .max_redirects(0)
            .max_idle_age(Duration::from_secs(3600))
            .tls_config(tls(&settings.tls)?)
            .output_buffer_size(OUTPUT)
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::new(), Remembering::default());
        let mut request = Request::post(collector).header("content-type", CONTENT_TYPE);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(()).map_err(|error| error.to_string())?;
        Ok(Self { agent, request })
    }

    pub(super) fn post(&mut self, body: &[u8]) -> Result<Answer, ureq::Error> {
        let (parts, ()) = self.request.clone().into_parts();
        let mut response = self.agent.run(Request::from_parts(parts, body))?;
        let after = response.headers().get(RETRY_AFTER).and_then(|value| retry_after(value.as_bytes()));
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        Ok(Answer { status: response.status(), after, body: body.unwrap_or_default() })
    }
}

fn tls(files: &TlsFiles) -> Result<TlsConfig, String> {
    let mut config = TlsConfig::builder();
    if let Some(pem) = &files.certificate {
        let certificate = |item| match item {
            ureq::tls::PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        };
        let found: Result<Vec<_>, _> = ureq::tls::parse_pem(pem).collect();
        let certificates: Vec<Certificate<'static>> = found
            .map_err(|error| format!("the CA certificate: {error}"))?
            .into_iter()
            .filter_map(certificate)
            .collect();
        if certificates.is_empty() {
            return Err("the CA certificate file has no certificate in PEM form".to_owned());
        }
        config = config.root_certs(RootCerts::new_with_certs(&certificates));
    }
    if let Some((certificate, key)) = &files.client {
        let certificate =
            Certificate::from_pem(certificate).map_err(|error| format!("the client certificate: {error}"))?;
        let key = PrivateKey::from_pem(key).map_err(|error| format!("the client key: {error}"))?;
        config = config.client_cert(Some(ClientCert::new_with_certs(&[certificate], key)));
    }
    Ok(config.build())
}
