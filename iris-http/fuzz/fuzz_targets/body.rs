//! Any bytes as the body of `/predict`: mistakes that are named, or the answer
//! for the numbers that a parser which builds a tree finds; never a panic.

#![no_main]

use std::sync::LazyLock;

use iris_core::Predictor;
use iris_http::{HttpService, predict::predict};
use iris_telemetry::Origin;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static SERVICE: LazyLock<HttpService> = LazyLock::new(|| HttpService::new("iris", "1", Predictor::iris()));

fuzz_target!(|body: &[u8]| {
    match predict(&SERVICE, &Origin::call(), body).result {
        Ok(json) => check(body, &serde_json::from_slice(&json).expect("every answer is JSON")),
        Err(failure) => assert!(failure.status().is_client_error() && !failure.to_string().is_empty()),
    }
});

/// Compares the answer for one flower with the answer for the tree's numbers.
fn check(body: &[u8], answer: &Value) {
    // A tree cannot hold some numbers that are skipped under unknown keys.
    let Ok(Value::Object(tree)) = serde_json::from_slice(body) else { return };
    if answer.get("predictions").is_some() {
        return;
    }
    let snapshot = SERVICE.catalog().snapshot();
    let predictor = snapshot.default_model().predictor();
    let features = predictor.schema().features().iter();
    let row: Vec<f64> = features.map(|feature| tree[feature.name()].as_f64().expect("a number")).collect();
    let expected = predictor.predict(&row).expect("the same numbers were answered");
    assert_eq!(answer["prediction_probability"].as_f64(), expected.probability());
}
