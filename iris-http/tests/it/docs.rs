//! `/docs`: a page that loads nothing but its own files, of which a browser keeps what is still right.

use std::collections::BTreeSet;

use axum::body::Body;
use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use iris_core::Predictor;
use iris_http::{HttpService, router};
use iris_serving::gate::{Gate, Key, Keys};
use iris_serving::inflate::{Compression, inflate};
use serde_json::Value;
use tower::ServiceExt;

fn iris() -> HttpService {
    HttpService::new("iris", "1", Predictor::iris())
}

fn get(service: &HttpService, path: &str, headers: &[(&str, &str)]) -> (Parts, Bytes) {
    let request =
        headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let response = router(service).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts, body.collect().await.unwrap().to_bytes())
    })
}

fn value<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers[name].to_str().unwrap()
}

/// What the page refers to.
fn references(page: &str) -> BTreeSet<&str> {
    let after = |attribute: &'static str| page.split(attribute).skip(1);
    after("src=\"").chain(after("href=\"")).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn the_page_loads_its_own_files_from_where_it_stands() {
    let (parts, page) = get(&iris(), "/docs", &[]);
    assert_eq!(
        (parts.status.as_u16(), value(&parts.headers, "content-type")),
        (200, "text/html; charset=utf-8")
    );
    let page = std::str::from_utf8(&page).unwrap();
    let mut n_files = 0;
    for reference in references(page) {
        match reference {
            "data:," | "openapi.json" => {}
            // Relative, so that it is the same behind a prefix.
            file => {
                assert!(file.starts_with("docs/"), "{file}");
                let (parts, body) = get(&iris(), &format!("/{file}"), &[]);
                let of_its_kind =
                    if file.rsplit('.').next() == Some("js") { "text/javascript" } else { "text/css" };
                assert_eq!(value(&parts.headers, "content-type"), format!("{of_its_kind}; charset=utf-8"));
                assert!(parts.status == 200 && std::str::from_utf8(&body).is_ok_and(|text| !text.is_empty()));
                n_files += 1;
            }
        }
    }
    assert_eq!(n_files, 4);
}

#[test]
fn the_policy_lets_nothing_in_from_elsewhere_and_nothing_that_is_written_into_the_page() {
    let (parts, _) = get(&iris(), "/docs", &[]);
    let policy = value(&parts.headers, "content-security-policy");
    let sources: BTreeSet<&str> =
        policy.split(';').flat_map(|each| each.split_whitespace().skip(1)).collect();
    assert_eq!(sources, BTreeSet::from(["'none'", "'self'", "data:"]));
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(value(&parts.headers, "x-content-type-options"), "nosniff");
}

#[test]
fn files_are_compressed_for_who_reads_that_and_kept_for_as_long_as_they_are_right() {
    for path in ["/docs", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/docs/page.js"] {
        let (plain, whole) = get(&iris(), path, &[]);
        let (parts, stream) = get(&iris(), path, &[("accept-encoding", "gzip, deflate, br")]);
        assert_eq!(value(&parts.headers, "content-encoding"), "gzip");
        assert_eq!(inflate(Compression::Gzip, &stream, 1 << 24).unwrap(), whole, "{path}");
        assert!(stream.len() < whole.len() && plain.headers.get("content-encoding").is_none());
        assert_eq!(value(&parts.headers, "cache-control"), "no-cache");
        let tag = value(&parts.headers, "etag");
        let known = [("accept-encoding", "gzip, deflate, br"), ("if-none-match", tag)];
        let (parts, nothing) = get(&iris(), path, &known);
        assert_eq!((parts.status.as_u16(), nothing.len()), (304, 0), "{path}");
    }
}

#[test]
fn no_other_file_is_there() {
    for path in
        ["/docs/", "/docs/nothing.js", "/docs/page.html", "/docs/..%2fdocs.rs", "/docs/%ff", "/docs/a/b"]
    {
        let (parts, body) = get(&iris(), path, &[]);
        assert_eq!(parts.status, 404, "{path}");
        assert!(serde_json::from_slice::<Value>(&body).unwrap()["detail"].is_string(), "{path}");
    }
}

#[test]
fn the_page_may_be_left_out_and_is_not_described_then() {
    let service = iris().without_docs();
    for path in ["/docs", "/docs/page.js"] {
        assert_eq!(get(&service, path, &[]).0.status, 404, "{path}");
    }
    for (service, is_there) in [(service, false), (iris(), true)] {
        let document: Value = serde_json::from_slice(&get(&service, "/openapi.json", &[]).1).unwrap();
        assert_eq!(document["paths"].get("/docs").is_some(), is_there);
    }
}

/// What is served is not said in the page, which asks for it with a key.
#[test]
fn the_page_is_given_to_who_has_no_key_and_the_description_is_not() {
    let keys = Keys::new([Key::of("ops", b"ops-key", [iris_http::RouteClass::Observe])]);
    let service = iris().with_gate(Gate::with_keys(keys));
    assert_eq!(get(&service, "/docs", &[]).0.status, 200);
    assert_eq!(get(&service, "/docs/page.js", &[("x-api-key", "unknown")]).0.status, 200);
    assert_eq!(get(&service, "/openapi.json", &[]).0.status, 401);
    assert_eq!(get(&service, "/openapi.json", &[("authorization", "Bearer ops-key")]).0.status, 200);
}
