//! The same answers as through a Rust call, bit for bit.

use iris_core::Predictor;
use serde_json::{Value, json};

use crate::server::{Server, test_data};

/// The flowers of the core's test data as bodies.
fn flowers() -> Vec<(Value, [f64; 4])> {
    let file: Value = serde_json::from_slice(&test_data("flowers.json")).unwrap();
    let flower = |case: &Value| {
        let row: [f64; 4] = serde_json::from_value(case["features"].clone()).unwrap();
        let body = json!({
            "petal_width": row[3], "petal_length": row[2], "sepal_length": row[0], "sepal_width": row[1],
        });
        (body, row)
    };
    file["cases"].as_array().unwrap().iter().map(flower).collect()
}

fn assert_same(answer: &Value, row: &[f64]) {
    let predictor = Predictor::iris();
    let mut probabilities = [0.0; 3];
    let prediction = predictor.predict_proba_into(row, &mut probabilities).unwrap();
    assert_eq!(answer["predicted_species"], prediction.label().unwrap().to_string());
    assert_eq!(answer["prediction_probability"].as_f64(), prediction.probability());
    for (label, probability) in predictor.schema().labels().iter().zip(probabilities) {
        assert_eq!(answer["probabilities"][label.to_string()].as_f64(), Some(probability));
    }
    assert_eq!((&answer["model"], &answer["version"]), (&json!("iris"), &json!("1")));
}

#[test]
fn every_flower_alone_and_in_both_kinds_of_batch() {
    let server = Server::iris();
    let flowers = flowers();
    assert_eq!(flowers.len(), 150);
    for (body, row) in &flowers {
        let answer = server.predict(&body.to_string());
        assert_eq!((answer.status, answer.content_type.as_str()), (200, "application/json"));
        assert_same(&answer.json(), row);
    }
    let bodies: Vec<&Value> = flowers.iter().map(|(body, _)| body).collect();
    let list = server.predict(&json!(bodies).to_string()).json();
    let instances = server.predict(&json!({ "instances": bodies }).to_string()).json();
    assert_eq!(instances["predictions"], list);
    for (answer, (_, row)) in list.as_array().unwrap().iter().zip(&flowers) {
        assert_same(answer, row);
    }
}

#[test]
fn integers_exponents_any_order_and_unknown_keys() {
    let server = Server::iris();
    for body in [
        r#"{"sepal_length":5,"sepal_width":3,"petal_length":1,"petal_width":0}"#,
        r#"{"petal_width":0e0,"petal_length":1.0,"sepal_width":30e-1,"sepal_length":0.5E+1}"#,
        r#" { "sepal_length" : 5.00 , "x":{"sepal_width":[9,{"a":"}"}]}, "sepal_width":3,"petal_length":1,"petal_width":-0 } "#,
        r#"{"sepal\u005flength":5,"sepal_width":3,"petal_length":1,"petal_width":0,"instances_":[]}"#,
        "[5,3,1,0]",
    ] {
        let whole = if body.starts_with('[') { format!("[{body}]") } else { body.to_owned() };
        let answer = server.predict(&whole).json();
        assert_same(if body.starts_with('[') { &answer[0] } else { &answer }, &[5.0, 3.0, 1.0, 0.0]);
    }
}

#[test]
fn integer_labels_stay_integers() {
    let server = Server::of_model("logistic_regression_three_ints_double.onnx");
    let answer = server.predict("[[5.1,3.5,1.4,0.2]]").json();
    assert!(answer[0]["predicted_species"].is_i64(), "{answer}");
    assert_eq!(answer[0]["probabilities"].as_object().unwrap().len(), 3);
    assert_eq!(answer[0]["version"], "7");
}

#[test]
fn a_model_of_scores_answers_without_probabilities() {
    let server = Server::of_model("ridge_classifier_three_strings_float.onnx");
    let answer = server.predict(r#"{"x0":5.1,"x1":3.5,"x2":1.4,"x3":0.2}"#).json();
    assert_eq!(answer["predicted_species"], "setosa");
    assert!(answer["prediction_probability"].is_null() && answer["probabilities"].is_null());
}

#[test]
fn null_is_a_missing_value_where_the_model_imputes() {
    let server = Server::of_model("simple_imputer_logistic_regression_three_strings_double.onnx");
    let answer = server.predict("[[5.1,null,1.4,0.2]]").json();
    assert_eq!(answer[0]["predicted_species"], "setosa");
}

/// As `null`, for whoever the body is from.
#[test]
fn nan_is_a_missing_value_where_the_model_imputes() {
    let server = Server::of_model("simple_imputer_logistic_regression_three_strings_double.onnx");
    let v2 = |value: &str, datatype: &str| {
        let input =
            format!(r#"{{"name":"x","datatype":"{datatype}","shape":[1,4],"data":[[{value},3.5,1.4,0.2]]}}"#);
        format!(r#"{{"id":"NaN","inputs":[{input}],"outputs":[{{"name":"predict_proba"}}]}}"#)
    };
    let instances = |value: &str| format!(r#"{{"instances":[[{value},3.5,1.4,0.2]]}}"#);
    let path = "/v2/models/model/infer";
    for (path, nan, null) in [
        (path, v2("NaN", "FP64"), v2("null", "FP64")),
        (path, v2("NaN", "FP32"), v2("null", "FP32")),
        ("/predict", instances(" NaN "), instances("null")),
        ("/invocations", instances("NaN"), instances("null")),
        ("/v1/models/model:predict", instances("NaN"), instances("null")),
    ] {
        let (nan, null) = (server.post(path, nan.as_bytes()), server.post(path, null.as_bytes()));
        assert_eq!((nan.status, &nan.body), (200, &null.body), "{path}");
    }
    for (path, body) in [
        (path, v2("-Infinity", "FP64")),
        (path, v2("Infinity", "FP32")),
        ("/predict", instances("Infinity")),
        ("/v1/models/model:predict", instances("-Infinity")),
    ] {
        let refused = server.post(path, body.as_bytes());
        let expected = if path == "/predict" { 422 } else { 400 };
        assert_eq!(refused.status, expected, "{refused:?}");
        assert!(refused.body.contains("sepal_length") || refused.body.contains("x0"), "{refused:?}");
    }
}
