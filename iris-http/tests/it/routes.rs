//! Everything but `/predict`.

use std::collections::BTreeSet;

use axum::body::Body;
use iris_core::Predictor;
use iris_http::{HttpService, Limits, ROUTES, router};
use serde_json::json;
use tower::ServiceExt;

use crate::server::{Server, test_data};

#[test]
fn welcome() {
    let answer = Server::iris().get("/");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["status"], "running");
    assert_eq!(answer.json()["version"], env!("CARGO_PKG_VERSION"));
    assert!(answer.json()["message"].as_str().unwrap().contains("/predict"));
}

#[test]
fn health_runs_a_prediction() {
    let answer = Server::iris().get("/health");
    assert_eq!(answer.status, 200);
    let health = answer.json();
    assert_eq!((&health["status"], &health["model_loaded"]), (&json!("healthy"), &json!(true)));
    assert!(health["model_test_time"].as_f64().unwrap() > 0.0);
    assert!(health["timestamp"].as_f64().unwrap() > 1.7e9);
}

/// A model of other things than classes is alive, too, and says what it takes.
#[test]
fn a_regressor_says_what_it_is_and_is_healthy() {
    for file in [
        "linear_regression_one_target_double",
        "simple_imputer_lasso_one_target_float",
        "ridge_three_targets_float",
    ] {
        let predictor = Predictor::read(&test_data(&format!("regressors/{file}.onnx"))).unwrap();
        let features = predictor.schema().feature_list();
        let server = Server::start(HttpService::new("price", "7", predictor), Limits::default());
        let welcome = server.get("/").json();
        assert_eq!(
            welcome["message"],
            format!("This is the price predictor. POST {features} as JSON to /predict.")
        );
        let answer = server.get("/health");
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("healthy")), "{answer:?}");
        assert!(answer.json()["model_test_time"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn readiness_is_refused_while_predictions_are_answered() {
    let server = Server::iris();
    assert_eq!((server.get("/livez").status, server.get("/readyz").status), (200, 200));
    server.service.catalog().readiness().set(false);
    assert_eq!((server.get("/livez").status, server.get("/readyz").status), (200, 503));
    assert_eq!(server.predict("[[5,3,1,0]]").status, 200);
}

#[test]
fn a_wrong_method_is_told_the_right_one() {
    let server = Server::iris();
    let answer = server.get("/predict");
    assert_eq!((answer.status, answer.allow.as_deref()), (405, Some("POST")));
    assert_eq!(answer.json(), json!({"detail": "Method Not Allowed; use POST"}));
    for path in ["/", "/health", "/livez", "/readyz"] {
        let answer = server.post(path, b"{}");
        assert_eq!((answer.status, answer.allow.as_deref()), (405, Some("GET, HEAD")), "{path}");
    }
}

/// Every path of the table, and the one at which Vertex AI asks for both.
#[test]
fn every_path_tells_a_wrong_method_those_that_it_has() {
    let service = HttpService::new("iris", "1", Predictor::iris());
    let vertex = iris_http::VertexRoutes::new(Some("/both"), Some("/both")).unwrap();
    let router = router(&service.with_vertex_routes(vertex));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ask = |method: &str, path: &str| {
        let request = http::Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        runtime.block_on(router.clone().oneshot(request)).unwrap()
    };
    let table = ROUTES.iter().map(|route| (route.method(), route.path()));
    let rows: Vec<_> = table.chain([(http::Method::GET, "/both"), (http::Method::POST, "/both")]).collect();
    // An action after a name is for the handler to find, so that the name alone takes its method.
    let path_of =
        |path: &str| path.replace(":predict", "").replace("{model}", "iris").replace("{version}", "1");
    for (_, path) in &rows {
        let path = path_of(path);
        let here = rows.iter().filter(|(_, other)| path_of(other) == path).map(|(method, _)| method.as_str());
        let mut allowed: BTreeSet<&str> = here.collect();
        if allowed.contains("GET") {
            allowed.insert("HEAD");
        }
        for method in ["DELETE", "PUT", "PATCH", "OPTIONS", "GET", "HEAD", "POST"] {
            let response = ask(method, &path);
            assert_eq!(response.status() == 405, !allowed.contains(method), "{method} {path}");
            if response.status() == 405 {
                let allow = response.headers()["allow"].to_str().unwrap();
                assert_eq!(allow.split(", ").collect::<BTreeSet<_>>(), allowed, "{method} {path}");
                assert_eq!(response.headers()["content-type"], "application/json", "{method} {path}");
            }
        }
    }
}

#[test]
fn an_unknown_path() {
    let server = Server::iris();
    for path in ["/predict/", "/Predict", "/nope"] {
        let answer = server.post(path, b"{}");
        assert_eq!(answer.status, 404);
        assert_eq!(answer.json()["detail"], format!("Not Found: there is no {path}"));
    }
    assert_eq!(server.predict("[[5,3,1,0]]").status, 200);
    assert_eq!(server.post("/predict?verbose=1", b"[[5,3,1,0]]").status, 200);
}
