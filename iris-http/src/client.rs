//! Who asks, as records have it.

use http::header::{FORWARDED, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use iris_serving::peer;
use iris_telemetry::Client;

use crate::HttpService;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client whose headers these are, as far as it is to be recorded.
pub(crate) fn client<'h>(service: &HttpService, headers: &'h HeaderMap) -> Client<'h> {
    let details = service.client_details();
    if !details.are_recorded() {
        return Client::default();
    }
    let lines = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let address = peer().map(|peer| details.client(peer, lines(FORWARDED), lines(X_FORWARDED_FOR)));
    Client { address, user_agent: headers.get(USER_AGENT).map(HeaderValue::as_bytes) }
}
