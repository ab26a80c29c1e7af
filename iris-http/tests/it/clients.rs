//! Who asked, in records, whichever path answered.

use iris_core::Predictor;
use iris_http::{HttpService, Limits};
use iris_serving::ClientDetails;
use iris_telemetry::{Settings, Telemetry, Trace};

use crate::server::Server;

const FLOWER: &[u8] = b"[[5.1,3.5,1.4,0.2]]";
/// Asks for more than the fast path does, so that the router answers.
const BY_ROUTER: (&str, &str) = ("accept", "application/problem+json");

fn server(details: ClientDetails) -> (Server, Telemetry) {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let service = HttpService::new("iris", "1", Predictor::iris()).with_telemetry(&telemetry);
    (Server::start(service.with_client_details(details), Limits::default()), telemetry)
}

/// The address and the user agent of the last record.
fn last(telemetry: &Telemetry) -> (Option<String>, Option<String>) {
    let Trace { client_address, user_agent, .. } = telemetry.recent().remove(0);
    (client_address.map(|address| address.to_string()), user_agent)
}

fn some(address: &str, user_agent: &str) -> (Option<String>, Option<String>) {
    (Some(address.to_owned()), Some(user_agent.to_owned()))
}

#[test]
fn the_other_end_of_the_connection_and_what_it_calls_itself() {
    let (server, telemetry) = server(ClientDetails::default());
    for by_router in [&[][..], &[BY_ROUTER]] {
        for agent in ["curl/8.5.0", "gardener/1 (roses)", "curl/8.5.0"] {
            let headers = [&[("user-agent", agent), ("x-forwarded-for", "203.0.113.9")], by_router].concat();
            assert_eq!(server.post_with("/predict", &headers, FLOWER).status, 200);
            assert_eq!(last(&telemetry), some("127.0.0.1", agent), "{headers:?}");
        }
        let headers = [&[("user-agent", "refused/1")], by_router].concat();
        assert_eq!(server.post_with("/predict", &headers, b"{").status, 422);
        assert_eq!(last(&telemetry), some("127.0.0.1", "refused/1"));
    }
    assert_eq!(server.get_with("/health", &[("user-agent", "probe/2")]).status, 200);
    assert_eq!(last(&telemetry), some("127.0.0.1", "probe/2"));
}

#[test]
fn whom_a_trusted_proxy_names() {
    let (server, telemetry) = server(ClientDetails::default().behind(["127.0.0.0/8"]).unwrap());
    for by_router in [&[][..], &[BY_ROUTER]] {
        for (headers, address) in [
            (&[][..], "127.0.0.1"),
            (&[("x-forwarded-for", "1.1.1.1, 203.0.113.9")], "203.0.113.9"),
            (&[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.9, 127.0.0.7")], "203.0.113.9"),
            (&[("forwarded", "for=\"[2001:db8::7]:80\""), ("x-forwarded-for", "1.1.1.1")], "2001:db8::7"),
            (&[("x-forwarded-for", "nobody\"; drop")], "127.0.0.1"),
        ] {
            let headers = [headers, &[("user-agent", "a")], by_router].concat();
            assert_eq!(server.post_with("/predict", &headers, FLOWER).status, 200);
            assert_eq!(last(&telemetry), some(address, "a"), "{headers:?}");
        }
    }
}

#[test]
fn nothing_where_nothing_is_wanted() {
    let (server, telemetry) = server(ClientDetails::none());
    for headers in [&[("user-agent", "a")][..], &[("user-agent", "a"), BY_ROUTER]] {
        assert_eq!(server.post_with("/predict", headers, FLOWER).status, 200);
        assert_eq!(last(&telemetry), (None, None));
    }
}
