//! The live page and what it asks for, as a browser and as other programs see them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use iris_core::Predictor;
use iris_http::{HttpService, Limits, Page, RouteClass, admin_router, router};
use iris_serving::gate::{Gate, Key, Keys};
use iris_telemetry::{Settings, Telemetry};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::server::{Server, test_data};

/// As Chromium asks for a page.
const BROWSER: (&str, &str) =
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8");

/// The page's own prefix, `irispage`, and some number.
const TRACE: &str = "69726973706167650000000000000abc";

fn iris() -> HttpService {
    HttpService::new("iris", "1", Predictor::iris())
}

fn recorded(service: HttpService) -> (Server, Telemetry) {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    (Server::start(service.with_telemetry(&telemetry), Limits::default()), telemetry)
}

fn get(router: axum::Router, path: &str, headers: &[(&str, &str)]) -> Response {
    let request =
        headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(router.oneshot(request.body(Body::empty()).unwrap())).unwrap()
}

fn text(response: Response) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let body = runtime.block_on(response.into_body().collect()).unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[test]
fn a_browser_is_shown_a_page_and_everybody_else_what_they_had() {
    let router = router(&iris());
    let welcome = text(get(router.clone(), "/", &[]));
    for accept in
        ["*/*", "application/json", "application/json, text/html;q=0.9", "text/plain", "text/html;q=0, */*"]
    {
        let response = get(router.clone(), "/", &[(ACCEPT.as_str(), accept)]);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json", "{accept}");
        assert_eq!(text(response), welcome, "{accept}");
    }
    for accept in [BROWSER.1, "text/html", "text/*"] {
        let response = get(router.clone(), "/", &[(ACCEPT.as_str(), accept)]);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8", "{accept}");
        let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert!(text(response).starts_with("<!doctype html>"));
    }
}

#[test]
fn a_page_is_sent_compressed_and_once() {
    let router = router(&iris());
    let compressed = (ACCEPT_ENCODING.as_str(), "gzip, br");
    let response = get(router.clone(), "/", &[BROWSER, compressed]);
    assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
    let tag = response.headers()[ETAG].to_str().unwrap().to_owned();
    let again = get(router, "/", &[BROWSER, compressed, (IF_NONE_MATCH.as_str(), &tag)]);
    assert_eq!(
        (again.status(), again.headers()[ETAG].to_str().unwrap()),
        (StatusCode::NOT_MODIFIED, tag.as_str())
    );
    assert!(text(again).is_empty());
}

#[test]
fn without_the_page_nothing_of_it_is_there() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let router = router(&iris().with_telemetry(&telemetry).without_page());
    assert_eq!(get(router.clone(), "/", &[BROWSER]).headers()[CONTENT_TYPE], "application/json");
    for path in ["/stats", "/traces"] {
        assert_eq!(get(router.clone(), path, &[]).status(), 404, "{path}");
    }
    // Where models are loaded by POST.
    assert_eq!(get(router, "/models", &[]).status(), 405);
    assert!(telemetry.live().seconds.is_empty());
}

#[test]
fn without_telemetry_there_is_a_page_with_nothing_to_see() {
    let router = router(&iris());
    for path in ["/stats", "/traces"] {
        let response = get(router.clone(), path, &[]);
        assert_eq!(response.status(), 404, "{path}");
        assert!(text(response).contains("telemetry is switched off"), "{path}");
    }
    assert_eq!(get(router, "/models", &[]).status(), 200);
}

#[test]
fn models_are_described_so_that_they_can_be_asked() {
    let service = iris().with_page(Page::default().with_grpc_port(4242));
    let models: Value = serde_json::from_str(&text(get(router(&service), "/models", &[]))).unwrap();
    assert_eq!(models["default"], json!({ "name": "iris", "version": "1" }));
    assert_eq!(models["grpc_port"], 4242);
    let iris = &models["models"][0];
    assert_eq!(iris["example"], json!([5.1, 3.5, 1.4, 0.2]));
    assert_eq!((&iris["task"]["kind"], &iris["task"]["labels"][0]), (&json!("classify"), &json!("setosa")));
    let sepal = &iris["features"][0];
    assert_eq!((&sepal["name"], &sepal["unit"]), (&json!("sepal_length"), &json!("cm")));
    assert!(sepal["statistics"]["min"].as_f64() < sepal["statistics"]["max"].as_f64());

    let churn = Predictor::read(&test_data("mixed/churn.joblib")).unwrap();
    let server = Server::start(HttpService::new("churn", "1", churn), Limits::default());
    let models = server.get("/models").json();
    let churn = &models["models"][0];
    assert_eq!(models["grpc_port"], Value::Null);
    let of =
        |name: &str| churn["features"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(of("plan")["texts"], json!(["basic", "plus", "pro"]));
    assert_eq!(
        (&of("plan")["accepts_unknown"], &of("city")["accepts_missing"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(of("note")["kind"], "ignored");
    // What is described as an example is answered.
    let names = churn["features"].as_array().unwrap().iter().map(|feature| feature["name"].as_str().unwrap());
    let cells = names.zip(churn["example"].as_array().unwrap());
    let row: Value =
        cells.map(|(name, cell)| (name.to_owned(), cell.clone())).collect::<serde_json::Map<_, _>>().into();
    assert_eq!(server.predict(&row.to_string()).status, 200);
}

/// A page that is opened later has the seconds before it was.
#[test]
fn the_last_seconds_are_there_for_who_comes_later() {
    let (server, _telemetry) = recorded(iris());
    server.get("/livez");
    for _ in 0..7 {
        assert_eq!(server.predict("[[5.1,3.5,1.4,0.2]]").status, 200);
    }
    assert_eq!(server.predict("[[5.1]]").status, 422);
    let deadline = Instant::now() + Duration::from_secs(30);
    let (stats, named) = loop {
        let stats = server.get("/stats").json();
        let columns = stats["history"]["columns"].as_array().unwrap().clone();
        let rows = stats["history"]["rows"].as_array().unwrap().clone();
        let column = |name: &str| columns.iter().position(|column| column == name).unwrap();
        let sum = |name: &str| rows.iter().map(|row| row[column(name)].as_f64().unwrap()).sum::<f64>();
        if sum("requests_per_second") > 0.0 {
            break (stats.clone(), (sum("refused"), rows.last().unwrap()[column("end")].as_u64().unwrap()));
        }
        assert!(Instant::now() < deadline, "{stats}");
        std::thread::yield_now();
    };
    let (refused, end) = named;
    assert_eq!(refused, 1.0);
    assert_eq!((&stats["models"][0]["answered"], &stats["models"][0]["refused"]), (&json!(7), &json!(1)));
    assert_eq!(stats["exports"]["state"], "off");
    assert_eq!(stats["reason"]["sentence"].as_str().unwrap().chars().last(), Some('.'));
    let slowest = stats["slowest"].as_array().unwrap();
    assert!(
        slowest.len() == 8 && slowest[0]["duration"].as_f64() >= slowest[7]["duration"].as_f64(),
        "{stats}"
    );
    // Who has these asks for those that came after.
    let newer = server.get(&format!("/stats?since={end}")).json();
    assert!(newer["history"]["rows"].as_array().unwrap().iter().all(|row| row[0].as_u64() > Some(end)));
    assert_eq!(server.get("/stats?since=yesterday").status, 400);
}

#[test]
fn the_trace_of_a_request_is_found_by_its_id_and_says_nothing_of_its_client() {
    let (server, _telemetry) = recorded(iris());
    let parent = format!("00-{TRACE}-00000000000000ff-01");
    let headers = [("content-type", "application/json"), ("traceparent", parent.as_str())];
    assert_eq!(server.post_with("/predict", &headers, b"[[5.1,3.5,1.4,0.2]]").status, 200);
    // More than are kept of others.
    for _ in 0..300 {
        server.predict("[[6.3,3.3,6.0,2.5]]");
    }
    let found = server.get(&format!("/traces?id={TRACE}")).json();
    let [trace] = &found["traces"].as_array().unwrap()[..] else { panic!("{found}") };
    assert_eq!((&trace["trace_id"], &trace["status"]), (&json!(TRACE), &json!(200)));
    assert_eq!((&trace["name"], &trace["endpoint"]), (&json!("prediction_request"), &json!("POST /predict")));
    let stages: Vec<&str> =
        trace["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert_eq!(stages, ["data_preparation", "model_inference", "response_formatting"]);
    let within = |stage: &Value| stage["offset"].as_f64().unwrap() + stage["duration"].as_f64().unwrap();
    assert!(
        trace["stages"]
            .as_array()
            .unwrap()
            .iter()
            .all(|stage| within(stage) <= trace["duration"].as_f64().unwrap() + 1e-3)
    );
    let members: BTreeSet<&str> = trace.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "trace_id", "span_id", "name", "endpoint", "status", "failed", "start", "duration", "rows", "model",
        "stages",
    ];
    assert_eq!(members, BTreeSet::from(expected));

    assert_eq!(server.get("/traces").json()["traces"].as_array().unwrap().len(), 256);
    assert_eq!(server.get("/traces?id=00000000000000000000000000000001").json(), json!({ "traces": [] }));
    for id in ["", "abc", "00000000000000000000000000000000", "6972697370616765000000000000ABCD"] {
        assert_eq!(server.get(&format!("/traces?id={id}")).status, 400, "{id}");
    }
}

/// A browser cannot send a key with the address of a page.
#[test]
fn the_page_is_shown_without_a_key_and_what_it_shows_only_with_one() {
    let keys = Keys::new([
        Key::of("app", b"app-key", [RouteClass::Predict]),
        Key::of("ops", b"ops-key", [RouteClass::Observe]),
    ]);
    let (server, _telemetry) = recorded(iris().with_gate(Gate::with_keys(keys)));
    assert_eq!(server.get_with("/", &[BROWSER]).status, 200);
    assert_eq!(server.get("/").status, 401);
    for path in ["/models", "/stats", "/traces"] {
        let status = |headers: &[(&str, &str)]| server.get_with(path, headers).status;
        assert_eq!(status(&[BROWSER]), 401, "{path}");
        assert_eq!(status(&[("x-api-key", "app-key")]), 403, "{path}");
        assert_eq!(status(&[("x-api-key", "ops-key")]), 200, "{path}");
    }
}

/// It is there to look at where the workers are busy, and has nothing to try.
#[test]
fn the_admin_listener_has_the_page_without_predictions() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let router = admin_router(&iris().with_telemetry(&telemetry));
    for (path, status) in [("/", 200), ("/stats", 200), ("/traces", 200), ("/models", 404), ("/predict", 404)]
    {
        assert_eq!(get(router.clone(), path, &[BROWSER]).status(), status, "{path}");
    }
}
