//! OTLP over HTTP with protobuf bodies.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use ureq::Proxy;
use ureq::http::Uri;

use super::library::Library;
use super::message::Answer;
use super::plain::Plain;
use super::{Collector, gzip};
use crate::exporter::Outcome;
use crate::settings::OtlpSettings;

pub(super) struct Http {
    client: Client,
    gzip: bool,
    compressed: Vec<u8>,
}

/// Who speaks HTTP.
enum Client {
    Plain(Box<Plain>),
    Library(Box<Library>),
}

impl Http {
    pub(super) fn new(settings: &OtlpSettings) -> Result<Self, String> {
        let collector: Uri =
            settings.endpoint.parse().map_err(|error| format!("{}: {error}", settings.place()))?;
        let gzip = gzip(settings);
        let encoding = gzip.then(|| ("content-encoding".to_owned(), "gzip".to_owned()));
        let headers: Vec<_> = encoding.into_iter().chain(settings.headers.iter().cloned()).collect();
        let proxy = Proxy::try_from_env();
        let client = match Plain::to(&collector, &headers, settings.timeout, proxy.as_ref()) {
            Some(plain) => Client::Plain(plain.into()),
            None => Client::Library(Library::to(&collector, &headers, settings)?.into()),
        };
        Ok(Self { client, gzip, compressed: Vec::new() })
    }

    fn post(&mut self, body: &[u8]) -> Result<Answer, String> {
        let body = if self.gzip {
            self.compressed.clear();
            let mut encoder = GzEncoder::new(&mut self.compressed, Compression::fast());
            let written = encoder.write_all(body).and_then(|()| encoder.finish().map(drop));
            written.map_err(|error| error.to_string())?;
            self.compressed.as_slice()
        } else {
            body
        };
        match &mut self.client {
            Client::Plain(plain) => plain.post(body).map_err(|error| error.to_string()),
            Client::Library(library) => library.post(body).map_err(|error| error.to_string()),
        }
    }
}

impl Collector for Http {
    fn send(&mut self, body: &[u8]) -> Outcome {
        match self.post(body) {
            Ok(answer) => answer.into(),
            Err(reason) => Outcome::Retry { after: None, reason },
        }
    }
}
