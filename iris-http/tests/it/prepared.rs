//! Answers that only the models decide are made once, and anew for other models.

use axum::body::Body;
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use iris_core::Predictor;
use iris_http::{HttpService, router};
use iris_serving::Model;
use iris_telemetry::{Settings, Telemetry};
use serde_json::Value;
use tower::ServiceExt;

use crate::server::test_data;

const PREPARED: [&str; 9] = [
    "/",
    "/openapi.json",
    "/v2",
    "/v2/",
    "/v2/models",
    "/v1/models",
    "/v2/models/iris",
    "/v2/models/iris/config",
    "/v2/models/iris/versions/1/config",
];

fn iris() -> HttpService {
    HttpService::new("iris", "1", Predictor::iris())
}

fn regressor() -> Model {
    let file = test_data("regressors/linear_regression_three_targets_double.onnx");
    Model::new("iris", "1", Predictor::read(&file).unwrap())
}

/// The body as it was handed to the connection.
fn get(router: &axum::Router, path: &str) -> Bytes {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let request = Request::get(path).body(Body::empty()).unwrap();
    runtime.block_on(async {
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
        response.into_body().collect().await.unwrap().to_bytes()
    })
}

#[test]
fn an_answer_is_the_same_bytes_for_everybody() {
    let service = iris();
    let (one, other) = (router(&service), router(&service.clone()));
    for path in PREPARED {
        let first = get(&one, path);
        for router in [&one, &other] {
            assert_eq!(get(router, path).as_ptr(), first.as_ptr(), "{path}");
        }
    }
    assert_eq!(get(&one, "/v2").as_ptr(), get(&one, "/v2/").as_ptr());
    assert_ne!(get(&one, "/").as_ptr(), get(&router(&iris()), "/").as_ptr());
}

#[test]
fn another_model_makes_them_anew() {
    let service = iris();
    let router = router(&service);
    let before = PREPARED.map(|path| get(&router, path));
    service.catalog().replace(regressor());
    for (path, before) in PREPARED.into_iter().zip(&before) {
        let after = get(&router, path);
        assert_ne!(after.as_ptr(), before.as_ptr(), "{path}");
        // The server's own name and the model's stay what they were.
        let is_of_the_model = !["/v2", "/v2/", "/v2/models", "/v1/models"].contains(&path);
        assert_eq!(after != *before, is_of_the_model, "{path}");
    }
    let document: Value = serde_json::from_slice(&get(&router, "/openapi.json")).unwrap();
    assert!(document["components"]["schemas"]["Prediction"]["properties"].get("values").is_some());
    let metadata: Value = serde_json::from_slice(&get(&router, "/v2/models/iris")).unwrap();
    assert_eq!(metadata["outputs"][0]["shape"], serde_json::json!([-1, 3]));
}

/// What is kept of models that were replaced is only what they said.
#[test]
fn a_model_that_was_replaced_is_let_go() {
    let service = iris();
    let router = router(&service);
    let first = std::sync::Arc::downgrade(&service.catalog().snapshot());
    get(&router, "/openapi.json");
    service.catalog().replace(regressor());
    assert!(first.upgrade().is_none());
}

#[test]
fn clients_are_told_of_statistics_where_they_are_kept() {
    let plain = iris();
    assert!(!String::from_utf8_lossy(&get(&router(&plain), "/v2")).contains("statistics"));
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let recorded = plain.clone().with_telemetry(&telemetry);
    assert!(String::from_utf8_lossy(&get(&router(&recorded), "/v2")).contains("statistics"));
    assert!(!String::from_utf8_lossy(&get(&router(&plain), "/v2")).contains("statistics"));
}
