//! Who asks, as records have it.

use std::net::IpAddr;

use http::header::{FORWARDED, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use iris_serving::peer;
use iris_telemetry::Client;

use crate::HttpService;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who asks, as far as it is to be recorded; it may be answered on any thread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker {
    is_recorded: bool,
    address: Option<IpAddr>,
}

impl Asker {
    /// The client whose headers these are. Only the task of its connection knows who that is.
    pub(crate) fn of(service: &HttpService, headers: &HeaderMap) -> Self {
        let details = service.client_details();
        if !details.are_recorded() {
            return Self { is_recorded: false, address: None };
        }
        let lines = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes);
        let address = peer().map(|peer| {
            // Whom nobody believes is not listened to.
            let peer = peer.to_canonical();
            if !details.trusts(peer) {
                return peer;
            }
            details.client(peer, lines(FORWARDED), lines(X_FORWARDED_FOR))
        });
        Self { is_recorded: true, address }
    }

    /// What is recorded of it.
    pub(crate) fn client(self, headers: &HeaderMap) -> Client<'_> {
        self.calling_itself(self.user_agent(headers))
    }

    /// What it calls itself, if that is to be recorded.
    pub(crate) fn user_agent(self, headers: &HeaderMap) -> Option<&HeaderValue> {
        if self.is_recorded { headers.get(USER_AGENT) } else { None }
    }

    /// What is recorded of it, which called itself so.
    pub(crate) fn calling_itself(self, user_agent: Option<&HeaderValue>) -> Client<'_> {
        Client { address: self.address, user_agent: user_agent.map(HeaderValue::as_bytes) }
    }
}

/// The same for who is answered on the spot.
pub(crate) fn client<'h>(service: &HttpService, headers: &'h HeaderMap) -> Client<'h> {
    Asker::of(service, headers).client(headers)
}
