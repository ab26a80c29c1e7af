//! What browsers are told: whose pages may read an answer, and what not to do with one.

use std::io::{BufRead, BufReader, Write};

use iris_core::Predictor;
use iris_http::{CorsOrigins, HttpService, Limits};

use crate::server::Server;

const FLOWER: &str = "[[5.1,3.5,1.4,0.2]]";
const GARDEN: &str = "https://garden.example";

fn server(origins: &[&str]) -> Server {
    let service = HttpService::new("iris", "1", Predictor::iris());
    let origins = CorsOrigins::new(origins.iter().copied()).unwrap();
    Server::start(service.with_cors(origins), Limits::default())
}

/// The head of the answer to a request with these headers.
fn head(server: &Server, line: &str, headers: &str) -> String {
    let mut stream = server.connect();
    let length = FLOWER.len();
    write!(stream, "{line} HTTP/1.1\r\nhost: iris\r\ncontent-length: {length}\r\n{headers}\r\n{FLOWER}")
        .unwrap();
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    head
}

fn value<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

const ALLOWED: &str = "access-control-allow-origin";

#[test]
fn by_default_no_other_origin_may_read() {
    let server = Server::iris();
    for line in ["POST /predict", "GET /livez", "OPTIONS /predict"] {
        let head =
            head(&server, line, &format!("origin: {GARDEN}\r\naccess-control-request-method: POST\r\n"));
        assert!(!head.contains("access-control"), "{head}");
    }
}

#[test]
fn those_named_may_and_no_other() {
    let server = server(&[GARDEN, "http://localhost:3000"]);
    for (origin, is_allowed) in
        [(GARDEN, true), ("http://localhost:3000", true), ("https://other.example", false), ("null", false)]
    {
        for line in ["POST /predict", "POST /v2/models/iris/infer", "GET /livez", "GET /nope"] {
            let head = head(&server, line, &format!("origin: {origin}\r\n"));
            assert_eq!(value(&head, ALLOWED), is_allowed.then_some(origin), "{line}: {head}");
        }
    }
    let preflight = format!(
        "origin: {GARDEN}\r\naccess-control-request-method: POST\r\naccess-control-request-headers: content-type\r\n"
    );
    let head = head(&server, "OPTIONS /predict", &preflight);
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert_eq!(value(&head, ALLOWED), Some(GARDEN));
    assert!(value(&head, "access-control-allow-headers").unwrap().contains("content-type"));
    assert!(value(&head, "access-control-allow-methods").unwrap().contains("POST"));
    assert_eq!(value(&head, "access-control-max-age"), Some("600"));
    assert_eq!(value(&head, "access-control-allow-credentials"), None);
}

#[test]
fn all_may_where_a_star_says_so() {
    let server = server(&["*"]);
    let head = head(&server, "POST /predict", &format!("origin: {GARDEN}\r\n"));
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert_eq!(value(&head, ALLOWED), Some("*"));
}

#[test]
fn pages_are_not_framed_sniffed_or_kept() {
    let server = Server::iris();
    for path in ["/", "/health", "/livez", "/openapi.json", "/v2", "/nope", "/predict"] {
        let head = head(&server, &format!("GET {path}"), "");
        for (name, expected) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(value(&head, name), Some(expected), "{path}: {name}");
        }
    }
}
