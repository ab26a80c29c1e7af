//! Refusals come with the statuses, headers and bodies that `/openapi.json` has of their routes.

use http::{Method, Request};
use http_body_util::BodyExt;
use iris_core::Predictor;
use iris_http::{HttpService, RouteClass, router};
use iris_serving::gate::{Gate, Key, Keys};
use iris_serving::{Catalog, Model};
use serde_json::Value;
use tower::ServiceExt;

use crate::full_lane::Full;

const APP: (&str, &str) = ("x-api-key", "app-key");
const OPS: (&str, &str) = ("x-api-key", "ops-key");
const JSON: (&str, &str) = ("content-type", "application/json");

/// Method, path, headers, the body's length if it is one of spaces, the status, and a header that comes with it.
type Case = (Method, &'static str, &'static [(&'static str, &'static str)], Body, u16, Option<&'static str>);

#[derive(Clone, Copy)]
enum Body {
    Text(&'static str),
    Spaces(usize),
}

fn service() -> HttpService {
    let keys = Keys::new([
        Key::of("app", b"app-key", [RouteClass::Predict]),
        Key::of("ops", b"ops-key", [RouteClass::Observe, RouteClass::Manage]),
        Key::of("slow", b"slow-key", [RouteClass::Predict]).with_requests_per_second(0.01),
    ]);
    let model = Model::new("iris", "1", Predictor::iris());
    HttpService::serving(Catalog::new(model)).with_gate(Gate::with_keys(keys)).with_max_body(1 << 20)
}

#[test]
fn refusals_come_as_they_are_described() {
    use Body::{Spaces, Text};
    let predicts: [(&str, &str); 4] = [
        ("/predict", "/predict"),
        ("/invocations", "/invocations"),
        ("/v1/models/{model}:predict", "/v1/models/iris:predict"),
        ("/v2/models/{model}/infer", "/v2/models/iris/infer"),
    ];
    for (described, path) in predicts {
        let is_of_v = path.starts_with("/v");
        let wrong = if is_of_v { 400 } else { 422 };
        let cases: [Case; 8] = [
            (Method::POST, path, &[JSON], Text("{}"), 401, Some("www-authenticate")),
            (Method::POST, path, &[JSON, OPS], Text("{}"), 403, None),
            (Method::POST, path, &[JSON, APP], Text("{}"), wrong, None),
            (Method::POST, path, &[JSON, APP], Spaces((1 << 20) + 1), 413, None),
            (
                Method::POST,
                path,
                &[JSON, APP, ("content-encoding", "br")],
                Text("{}"),
                415,
                Some("accept-encoding"),
            ),
            (Method::POST, path, &[JSON, APP, ("content-encoding", "gzip")], Text("{}"), 400, None),
            (Method::POST, path, &[JSON, ("x-api-key", "slow-key")], Text("{}"), wrong, None),
            (Method::POST, path, &[JSON, ("x-api-key", "slow-key")], Text("{}"), 429, Some("retry-after")),
        ];
        check(&service(), described, &cases);
        let full = Full::refusing();
        let model = Model::new("iris", "1", Predictor::iris());
        let busy = HttpService::serving(Catalog::new(model).with_lane(full.lane.clone()));
        check(&busy, described, &[(Method::POST, path, &[JSON], Spaces(1 << 20), 503, Some("retry-after"))]);
    }
    let others: [(&str, Case); 6] = [
        ("/v2/models/{model}", (Method::GET, "/v2/models/none", &[OPS], Text(""), 404, None)),
        ("/v2/models/{model}", (Method::GET, "/v2/models/%ff", &[OPS], Text(""), 400, None)),
        ("/docs/{file}", (Method::GET, "/docs/none", &[], Text(""), 404, None)),
        ("/metrics", (Method::GET, "/metrics", &[OPS], Text(""), 404, None)),
        ("/v2/models/stats", (Method::GET, "/v2/models/stats", &[OPS], Text(""), 501, None)),
        (
            "/v2/repository/models/{model}/load",
            (Method::POST, "/v2/repository/models/iris/load", &[OPS], Text(""), 501, None),
        ),
    ];
    for (described, case) in others {
        check(&service(), described, &[case]);
    }
}

/// Asks one after the other, and finds each answer in the document.
fn check(service: &HttpService, described: &str, cases: &[Case]) {
    let document: Value = serde_json::from_slice(
        &ask(service, &(Method::GET, "/openapi.json", &[OPS], Body::Text(""), 200, None)).2,
    )
    .unwrap();
    for case in cases {
        let (method, path, _, _, expected, header) = case;
        let (status, headers, body) = ask(service, case);
        assert_eq!(status, *expected, "{method} {path}: {}", String::from_utf8_lossy(&body));
        let operation = &document["paths"][described][method.as_str().to_lowercase()];
        let response = &operation["responses"][status.to_string()];
        let schema = response["content"]["application/json"]["schema"]["$ref"].as_str();
        let member = match schema {
            Some("#/components/schemas/Error") => "error",
            Some("#/components/schemas/Detail") => "detail",
            other => panic!("{method} {described} {status}: {other:?}"),
        };
        assert!(
            serde_json::from_slice::<Value>(&body).unwrap().get(member).is_some(),
            "{method} {path} {status}"
        );
        if let Some(name) = header {
            let mut known = response["headers"].as_object().into_iter().flat_map(|headers| headers.keys());
            assert!(known.any(|known| known.eq_ignore_ascii_case(name)), "{described} {status}: {name}");
            assert!(headers.contains_key(*name), "{path} {status}: {name}");
        }
    }
}

fn ask(service: &HttpService, (method, path, headers, body, ..): &Case) -> (u16, http::HeaderMap, Vec<u8>) {
    let body = match body {
        Body::Text(text) => (*text).to_owned(),
        Body::Spaces(n) => " ".repeat(*n),
    };
    let request =
        headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
    let request = request.method(method).uri(*path).body(axum::body::Body::from(body)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (parts, body) = router(service).oneshot(request).await.unwrap().into_parts();
        (parts.status.as_u16(), parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
    })
}
