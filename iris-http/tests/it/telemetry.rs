//! Every request leaves its record, through whichever path it was answered.

use std::time::Duration;

use iris_core::Predictor;
use iris_http::{HttpService, Limits, ROUTES, VertexRoutes};
use iris_telemetry::{Settings, Telemetry, Trace};

use crate::server::Server;

const BODY: &[u8] = br#"{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}"#;
const JSON: (&str, &str) = ("content-type", "application/json");
/// Asks for more than the fast path does, so that the router answers.
const BY_ROUTER: (&str, &str) = ("accept", "application/problem+json");
const PARENT: (&str, &str) = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

fn server(configure: impl FnOnce(HttpService) -> HttpService) -> (Server, Telemetry) {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let service = HttpService::new("iris", "1", Predictor::iris()).with_telemetry(&telemetry);
    (Server::start(configure(service), Limits::default()), telemetry)
}

fn last(telemetry: &Telemetry) -> Trace {
    telemetry.recent().remove(0)
}

#[test]
fn both_paths_leave_the_same_record() {
    let (server, telemetry) = server(|service| service);
    let mut texts = Vec::new();
    for headers in [&[JSON, PARENT][..], &[JSON, PARENT, BY_ROUTER]] {
        assert_eq!(server.post_with("/predict", headers, BODY).status, 200);
        let trace = last(&telemetry);
        assert_eq!(trace.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(trace.parent_id.unwrap().to_string(), "00f067aa0ba902b7");
        assert_eq!((trace.endpoint.to_string().as_str(), trace.status), ("POST /predict", 200));
        assert_eq!((trace.predicted.as_deref(), trace.stages.len()), (Some("setosa"), 3));
        let stages: Duration = trace.stages.iter().map(|stage| stage.duration).sum();
        assert!(stages <= trace.duration);
        texts.push((trace.features, trace.probability, trace.model, trace.error));
    }
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn every_door_leaves_the_spans_of_its_route() {
    let (server, telemetry) = server(|service| service);
    let infer = br#"{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[5.1,3.5,1.4,0.2]}]}"#;
    let instances = br#"{"instances":[[5.1,3.5,1.4,0.2]]}"#;
    let csv = ("content-type", "text/csv");
    for (path, headers, body, route) in [
        ("/v2/models/iris/infer", &[JSON, PARENT][..], &infer[..], "/v2/models/{model}/infer"),
        ("/v2/models/iris/infer", &[csv, PARENT], infer, "/v2/models/{model}/infer"),
        (
            "/v2/models/iris/versions/1/infer",
            &[JSON, PARENT],
            infer,
            "/v2/models/{model}/versions/{version}/infer",
        ),
        ("/v1/models/iris:predict", &[JSON, PARENT], instances, "/v1/models/{model}:predict"),
        ("/invocations", &[JSON, PARENT], instances, "/invocations"),
        ("/invocations", &[csv, PARENT], b"5.1,3.5,1.4,0.2", "/invocations"),
    ] {
        assert_eq!(server.post_with(path, headers, body).status, 200, "{path}");
        let trace = last(&telemetry);
        assert_eq!(trace.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!((trace.endpoint.route(), trace.status), (route, 200));
        assert_eq!((trace.predicted.as_deref(), trace.stages.len()), (Some("setosa"), 3));
        assert_eq!(trace.features, [5.1, 3.5, 1.4, 0.2]);
    }
    assert_eq!(server.post("/v2/models/rose/infer", infer).status, 404);
    let refused = last(&telemetry);
    assert_eq!((refused.status, refused.stages.len()), (404, 1));
    assert!(refused.error.unwrap().contains("no model 'rose'"));
    let metrics = server.get("/metrics").body;
    assert!(
        metrics.contains(r#"iris_predictions_total{model="iris",version="1",class="setosa"} 6"#),
        "{metrics}"
    );
}

#[test]
fn refused_requests_are_recorded_with_the_reason() {
    let (server, telemetry) = server(|service| service.with_max_body(100));
    let large = vec![b' '; 101];
    let plain = ("content-type", "text/plain");
    for (headers, body, status, error) in [
        (&[JSON][..], &b"{}"[..], 422, "body.sepal_length: Field required"),
        (&[JSON, BY_ROUTER], b"{}", 422, "body.sepal_length: Field required"),
        (&[JSON], b"nonsense", 422, "JSON decode error"),
        (&[plain], BODY, 415, "the content type is \"text/plain\""),
        (&[JSON], &large, 413, "larger than the 100 bytes"),
    ] {
        assert_eq!(server.post_with("/predict", headers, body).status, status);
        let trace = last(&telemetry);
        assert_eq!(trace.status, status);
        let found = trace.error.unwrap();
        assert!(found.contains(error), "{found}");
    }
    let page = server.get("/metrics").body;
    for line in [
        r#"iris_errors_total{kind="invalid_input"} 3"#,
        r#"iris_errors_total{kind="unsupported_media_type"} 1"#,
        r#"iris_errors_total{kind="too_large"} 1"#,
    ] {
        assert!(page.lines().any(|found| found == line), "no {line} in {page}");
    }
}

/// Whatever the answer is: each counts under its own path, and has a trace where the table says so.
#[test]
fn every_route_is_in_the_metrics() {
    let (server, telemetry) = server(|service| service);
    for route in ROUTES {
        let named = [("{model}", "iris"), ("{version}", "1"), ("{label}", "1"), ("{file}", "page.css")];
        let path =
            named.iter().fold(route.path().to_owned(), |path, (name, value)| path.replace(name, value));
        let answer = match route.method().as_str() {
            "GET" => server.get(&path),
            "DELETE" => server.delete_with(&path, &[]),
            _ => server.post(&path, b"{}"),
        };
        assert_ne!(answer.status, 404, "{route:?}");
        let newest = telemetry.recent().first().map(|trace| trace.endpoint.to_string());
        let own = format!("{} {}", route.method(), route.path());
        assert_eq!(newest.as_deref() == Some(&own), route.is_traced(), "{route:?}");
    }
    let page = telemetry.metrics(iris_telemetry::Format::Prometheus);
    for route in ROUTES {
        assert_eq!(counts(&page, route.method().as_str(), route.path()), [1], "{route:?}");
    }
    // Nothing else counts.
    let all = page.lines().filter(|line| line.starts_with("http_server_request_duration_seconds_count"));
    assert_eq!(all.count(), ROUTES.len(), "{page}");
}

/// How often one method at one path was answered, by status.
fn counts(page: &str, method: &str, route: &str) -> Vec<u32> {
    let labels =
        format!(r#"{{http_request_method="{method}",http_route="{route}",http_response_status_code=""#);
    let name = format!("http_server_request_duration_seconds_count{labels}");
    let lines = page.lines().filter_map(|line| line.strip_prefix(&name)?.split_once(' '));
    lines.map(|(_, count)| count.parse().unwrap()).collect()
}

#[test]
fn labels_are_bounded_and_predictions_counted() {
    let (server, telemetry) = server(|service| service);
    for path in ["/health", "/no/such/page", "/another", "/predict"] {
        server.get(path);
    }
    server.predict("[[5.1,3.5,1.4,0.2],[6.3,3.3,6.0,2.5],[5.1,3.5,1.4,0.2]]");
    let metrics = server.get("/metrics");
    assert_eq!(metrics.content_type, "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(counts(&metrics.body, "GET", ""), [2]);
    assert_eq!(counts(&metrics.body, "GET", "/predict"), [1]);
    assert_eq!(counts(&metrics.body, "POST", "/predict"), [1]);
    assert!(metrics.body.contains(r#"iris_predictions_total{model="iris",version="1",class="setosa"} 2"#));
    assert!(metrics.body.contains(r#"iris_predictions_total{model="iris",version="1",class="virginica"} 1"#));
    assert!(metrics.body.contains("\nhttp_server_active_requests 1\n"), "{}", metrics.body);
    let names: Vec<&str> = telemetry.recent().iter().map(|trace| trace.name).collect();
    assert_eq!(names, ["prediction_request", "health_check"]);
}

/// The paths that Vertex AI chose are as few as the table's own.
#[test]
fn the_routes_of_vertex_ai_are_labels_too() {
    let vertex = VertexRoutes::new(Some("/chosen/health"), Some("/chosen/predict")).unwrap();
    let (server, telemetry) = server(|service| service.with_vertex_routes(vertex));
    server.get("/chosen/health");
    server.post("/chosen/predict", br#"{"instances":[[5.1,3.5,1.4,0.2]]}"#);
    server.get("/chosen/predict");
    let page = telemetry.metrics(iris_telemetry::Format::Prometheus);
    for (method, path) in [("GET", "/chosen/health"), ("POST", "/chosen/predict"), ("GET", "/chosen/predict")]
    {
        assert_eq!(counts(&page, method, path), [1], "{page}");
    }
}

#[test]
fn a_scraper_that_accepts_openmetrics_gets_exemplars() {
    let (server, telemetry) = server(|service| service);
    server.predict(std::str::from_utf8(BODY).unwrap());
    let open = server.get_with("/metrics", &[("accept", "application/openmetrics-text; version=1.0.0")]);
    assert_eq!(open.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(open.body.contains(&format!(r#"trace_id="{}""#, last(&telemetry).trace_id)), "{}", open.body);
    assert!(open.body.ends_with("# EOF\n"));
}

#[test]
fn a_scraper_gets_the_format_that_it_would_rather_have() {
    let (server, _telemetry) = server(|service| service);
    let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3";
    for (accept, is_open) in [
        (prometheus, true),
        ("APPLICATION/OPENMETRICS-TEXT", true),
        ("text/plain", false),
        ("*/*", false),
        ("application/openmetrics-text;q=0,text/plain", false),
        ("text/plain;version=0.0.4;q=1,application/openmetrics-text;q=0.1", false),
        ("image/png", false),
    ] {
        let page = server.get_with("/metrics", &[("accept", accept)]);
        assert_eq!(page.content_type.starts_with("application/openmetrics-text"), is_open, "{accept}");
        assert_eq!(page.body.ends_with("# EOF\n"), is_open, "{accept}");
    }
    let lines = [("accept", "text/plain;q=0.1"), ("accept", "application/openmetrics-text;q=0.2")];
    assert!(server.get_with("/metrics", &lines).content_type.starts_with("application/openmetrics-text"));
}

/// By the mistake, and not by the status that a route has for it.
#[test]
fn a_mistake_counts_alike_on_every_route() {
    let (server, telemetry) = server(|service| service);
    let (csv, gzip) = (("content-type", "text/csv"), ("content-encoding", "gzip"));
    for (path, headers, body, status) in [
        ("/predict", &[JSON][..], &b"{}"[..], 422),
        ("/v2/models/iris/infer", &[JSON], br#"{"inputs":[]}"#, 400),
        ("/v2/models/iris/infer", &[JSON, BY_ROUTER], b"[", 400),
        ("/v1/models/iris:predict", &[JSON], br#"{"instances":[[1]]}"#, 400),
        ("/v1/models/iris:predict", &[JSON], br#"{"instances":[[1e308,1e308,1e308,1e308]]}"#, 400),
        ("/invocations", &[csv], b"1,2,3", 400),
        ("/invocations", &[csv], b"1,2,,4", 400),
        ("/predict", &[JSON, gzip], b"{}", 400),
        ("/v2/repository/index", &[JSON], b"[", 400),
        ("/v2/models/%ff/infer", &[JSON], b"{}", 400),
        ("/v2/repository/models/iris/load", &[], b"", 501),
        ("/v2/models/rose/infer", &[JSON], b"{}", 404),
        ("/v1/models/iris:explain", &[JSON], b"{}", 404),
        ("/livez", &[], b"", 405),
    ] {
        assert_eq!(server.post_with(path, headers, body).status, status, "{path}");
    }
    let page = telemetry.metrics(iris_telemetry::Format::Prometheus);
    for (kind, count) in [
        ("invalid_input", 10),
        ("aborted", 0),
        ("unimplemented", 1),
        ("not_found", 2),
        ("method_not_allowed", 1),
        ("internal", 0),
    ] {
        let line = format!("iris_errors_total{{kind=\"{kind}\"}} {count}");
        assert!(page.lines().any(|found| found == line), "no {line} in {page}");
    }
}

#[test]
fn without_telemetry_there_are_no_metrics() {
    let answer = Server::iris().get("/metrics");
    assert_eq!((answer.status, answer.body.contains("switched off")), (404, true));
}

#[test]
fn clients_are_told_where_the_time_went_if_they_may_know() {
    let (server, telemetry) = server(HttpService::with_server_timing);
    for headers in [&[JSON][..], &[JSON, BY_ROUTER]] {
        let timing = server.post_with("/predict", headers, BODY).server_timing.unwrap();
        let trace = last(&telemetry);
        let link = format!("traceparent;desc=\"00-{}-{}-01\"", trace.trace_id, trace.span_id);
        let names: Vec<&str> = timing.split(", ").map(|metric| metric.split(';').next().unwrap()).collect();
        let expected = ["data_preparation", "model_inference", "response_formatting", "total", "traceparent"];
        assert_eq!(names, expected);
        assert!(timing.ends_with(&link), "{timing}");
        let total = format!("total;dur={:.6}", trace.duration.as_secs_f64() * 1e3);
        assert!(timing.contains(&total), "{total} in {timing}");
    }
    let refused = server.post_with("/predict", &[JSON], b"{}").server_timing.unwrap();
    assert!(refused.starts_with("data_preparation;dur="), "{refused}");
    let unrecorded = HttpService::new("iris", "1", Predictor::iris()).with_server_timing();
    let timing = Server::start(unrecorded, Limits::default()).post_with("/predict", &[JSON], BODY);
    assert!(!timing.server_timing.unwrap().contains("traceparent"));
    let silent = Server::iris().post_with("/predict", &[JSON], BODY);
    assert_eq!(silent.server_timing, None);
}

#[test]
fn a_router_nested_in_another_counts_once() {
    use axum::body::Body;
    use tower::ServiceExt;

    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let service = HttpService::new("iris", "1", Predictor::iris()).with_telemetry(&telemetry);
    let nested = axum::Router::new().nest("/api", iris_http::router(&service));
    let request = http::Request::post("/api/predict").header(JSON.0, JSON.1).body(Body::from(BODY)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(nested.oneshot(request)).unwrap().status(), 200);
    let page = telemetry.metrics(iris_telemetry::Format::Prometheus);
    let counts = page.lines().filter(|line| line.starts_with("http_server_request_duration_seconds_count"));
    assert_eq!(counts.count(), 1, "{page}");
}
