//! Who is let in, by the fast path and by the router.

use std::io::{Read, Write};

use iris_core::Predictor;
use iris_http::{HttpService, Limits, ROUTES, RouteClass};
use iris_serving::gate::{Gate, Key, Keys};
use iris_telemetry::{Settings, Telemetry};
use serde_json::{Value, json};

use crate::server::{Answer, Server};

const BODY: &[u8] = b"[[5.1,3.5,1.4,0.2],[6.3,3.3,6.0,2.5]]";
const JSON: (&str, &str) = ("content-type", "application/json");
/// Asks for more than the fast path does, so that the router answers.
const BY_ROUTER: (&str, &str) = ("x-api-key-hint", "none");

fn keys() -> Keys {
    Keys::new([
        Key::of("app", b"app-key", [RouteClass::Predict]),
        Key::of("ops", b"ops-key", [RouteClass::Observe, RouteClass::Manage]),
        Key::of("slow", b"slow-key", [RouteClass::Predict]).with_requests_per_second(0.01),
        Key::of("few", b"few-key", [RouteClass::Predict]).with_rows_per_second(0.01),
    ])
}

fn server() -> (Server, Gate, Telemetry) {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let gate = Gate::with_keys(keys());
    let service =
        HttpService::new("iris", "1", Predictor::iris()).with_telemetry(&telemetry).with_gate(gate.clone());
    (Server::start(service, Limits::default()), gate, telemetry)
}

/// By the fast path and by the router, which looks at whatever has a query.
fn predict(server: &Server, headers: &[(&str, &str)]) -> [Answer; 2] {
    let headers = [&[JSON, BY_ROUTER], headers].concat();
    ["/predict", "/predict?"].map(|path| server.post_with(path, &headers, BODY))
}

fn refused(answer: &Answer) -> (u16, String) {
    let json: Value = answer.json();
    (answer.status, json["detail"].as_str().unwrap().to_owned())
}

#[test]
fn both_paths_let_in_the_same() {
    let (server, ..) = server();
    for (headers, status) in [
        (&[][..], 401),
        (&[("authorization", "Bearer app-key")], 200),
        (&[("authorization", "bearer app-key")], 200),
        (&[("x-api-key", "app-key")], 200),
        (&[("x-api-key", "app-keys")], 401),
        (&[("authorization", "Bearer wrong"), ("x-api-key", "app-key")], 401),
        (&[("authorization", "Basic YTpi"), ("x-api-key", "app-key")], 200),
        (&[("x-api-key", "ops-key")], 403),
    ] {
        for answer in predict(&server, headers) {
            assert_eq!(answer.status, status, "{headers:?}: {answer:?}");
            assert_eq!(answer.authenticate.is_some(), status == 401);
        }
    }
}

#[test]
fn every_route_asks_for_a_key_of_its_class_except_for_probes_and_the_docs() {
    let (server, ..) = server();
    let ask = |route: &iris_http::Route, key: &str| {
        let path = route.path().replace("{model}", "iris").replace("{version}", "1");
        let path = path.replace("{file}", "page.css").replace("{label}", "1");
        let headers = [("x-api-key", key), JSON];
        match route.method().as_str() {
            "GET" => server.get_with(&path, &headers).status,
            "DELETE" => server.delete_with(&path, &headers).status,
            _ => server.post_with(&path, &headers, b"{}").status,
        }
    };
    for route in ROUTES {
        if route.is_told_to_all() {
            assert!([200, 503].contains(&ask(route, "unknown")), "{route:?}");
            continue;
        }
        assert_eq!(ask(route, "unknown"), 401, "{route:?}");
        let [app, ops] = ["app-key", "ops-key"].map(|key| ask(route, key));
        let predicts = route.class() == RouteClass::Predict;
        assert_eq!((app == 403, ops == 403), (!predicts, predicts), "{route:?}");
        assert_ne!(if predicts { app } else { ops }, 401, "{route:?}");
    }
    assert_eq!(server.get("/nowhere").status, 404);
}

#[test]
fn a_refusal_is_in_the_form_of_its_route() {
    let (server, ..) = server();
    let answer = server.post("/v2/models/iris/infer", b"{}");
    assert!(answer.json()["error"].as_str().unwrap().contains("asks for a key"), "{answer:?}");
    let problem = server.post_with("/predict", &[("accept", "application/problem+json")], BODY);
    assert_eq!((problem.status, problem.json()["title"].as_str()), (401, Some("Unauthorized")));
}

#[test]
fn who_asks_too_often_is_told_when_to_ask_again() {
    let (server, ..) = server();
    for (key, first) in [("slow-key", true), ("few-key", true)] {
        let headers = &[("x-api-key", key)];
        let [fast, router] = predict(&server, headers);
        assert_eq!((fast.status == 200, router.status), (first, 429), "{fast:?}");
        let seconds: u64 = router.retry_after.as_deref().unwrap().parse().unwrap();
        assert!((90..=200).contains(&seconds), "{seconds}");
        let (status, reason) = refused(&predict(&server, headers)[0]);
        assert_eq!(status, 429);
        assert!(reason.contains("has used up its"), "{reason}");
    }
}

#[test]
fn keys_change_while_connections_stay() {
    let (server, gate, _telemetry) = server();
    let mut stream = server.connect();
    let mut ask = |key: &str| {
        let (len, body) = (BODY.len(), std::str::from_utf8(BODY).unwrap());
        write!(
            stream,
            "POST /predict HTTP/1.1\r\nhost: a\r\nx-api-key: {key}\r\ncontent-length: {len}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = [0; 1_024];
        let n_bytes = stream.read(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[..n_bytes]).lines().next().unwrap().to_owned()
    };
    assert_eq!(ask("app-key"), "HTTP/1.1 200 OK");
    gate.replace(Keys::new([Key::of("app", b"renewed", [RouteClass::Predict])]));
    assert_eq!(ask("app-key"), "HTTP/1.1 401 Unauthorized");
    assert_eq!(ask("renewed"), "HTTP/1.1 200 OK");
}

#[test]
fn a_refusal_waits_for_no_body() {
    let (server, ..) = server();
    for len in [75, 1 << 20] {
        let mut stream = server.connect();
        write!(stream, "POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: {len}\r\n\r\n[").unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 401");
    }
}

#[test]
fn refusals_are_counted_and_traced_by_the_keys_name() {
    let (server, _gate, telemetry) = server();
    for (key, class, named) in [
        ("unknown-key", "unauthenticated", "not known"),
        ("ops-key", "permission_denied", "'ops'"),
        ("slow-key", "rate_limited", "'slow'"),
    ] {
        for answer in predict(&server, &[("x-api-key", key)]) {
            if answer.status == 200 {
                continue;
            }
            let trace = telemetry.recent().remove(0);
            let error = trace.error.unwrap();
            assert!(error.contains(named) && !error.contains(key), "{error}");
            assert_eq!((trace.status, trace.endpoint.to_string().as_str()), (answer.status, "POST /predict"));
        }
        let page = server.get_with("/metrics", &[("x-api-key", "ops-key")]).body;
        let n = if key == "slow-key" { 1 } else { 2 };
        assert!(page.contains(&format!("iris_errors_total{{kind=\"{class}\"}} {n}\n")), "{page}");
        assert!(!page.contains(key), "{page}");
    }
}

#[test]
fn an_open_server_looks_for_no_key() {
    let server = Server::iris();
    for answer in predict(&server, &[("x-api-key", "any")]) {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json().as_array().map(Vec::len), json!([0, 0]).as_array().map(Vec::len));
    }
}
