//! Regressors through every door: scikit-learn's numbers, and each time the same bits.

use iris_core::Predictor;
use iris_http::{HttpService, Limits};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::{Server, test_data};

/// A regressor of the core's test data, with scikit-learn's answers.
#[derive(Deserialize)]
struct Regressor {
    file: String,
    input: String,
    targets: usize,
    rows: Vec<Vec<Option<f64>>>,
    values: Vec<Vec<f64>>,
}

#[test]
fn every_regressor_by_every_door() {
    let regressors: Vec<Regressor> = serde_json::from_slice(&test_data("regressors.json")).unwrap();
    assert!(regressors.len() > 30);
    for Regressor { file, input, targets, rows, values } in &regressors {
        let predictor = Predictor::read(&test_data(&format!("regressors/{file}"))).unwrap();
        let server = Server::start(HttpService::new("model", "7", predictor), Limits::default());
        let first = by_list(&server, rows);
        let largest = values.iter().flatten().fold(1.0, |largest: f64, value| largest.max(value.abs()));
        // A file in single precision carries seven digits of each weight.
        let tolerance = largest * if input == "double" { 1e-12 } else { 1e-4 };
        for (found, expected) in first.iter().zip(values) {
            assert_eq!(found.len(), *targets, "{file}");
            let is_near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance);
            assert!(is_near, "{file}: {found:?} is not {expected:?}");
        }
        for door in [one_by_one, version_1, csv, version_2] {
            assert_eq!(door(&server, rows), first, "{file}");
        }
    }
}

type Rows = [Vec<Option<f64>>];

/// `/predict`: `value` of one target, `values` of several.
fn of_answer(answer: &Value) -> Vec<f64> {
    assert_eq!((&answer["model"], &answer["version"]), (&json!("model"), &json!("7")), "{answer}");
    assert!(answer.get("predicted_species").is_none() && answer.get("probabilities").is_none(), "{answer}");
    match (&answer["value"], &answer["values"]) {
        (value, Value::Null) => vec![value.as_f64().unwrap()],
        (Value::Null, values) => numbers(values),
        _ => panic!("both in {answer}"),
    }
}

fn numbers(list: &Value) -> Vec<f64> {
    serde_json::from_value(list.clone()).unwrap()
}

fn by_list(server: &Server, rows: &Rows) -> Vec<Vec<f64>> {
    let answer = server.predict(&json!(rows).to_string()).json();
    answer.as_array().unwrap().iter().map(of_answer).collect()
}

fn one_by_one(server: &Server, rows: &Rows) -> Vec<Vec<f64>> {
    let snapshot = server.service.catalog().snapshot();
    let features = snapshot.default_model().schema().features();
    let one = |row: &Vec<Option<f64>>| {
        let named =
            features.iter().zip(row).map(|(feature, value)| (feature.name().to_owned(), json!(value)));
        let body = Value::Object(named.collect());
        of_answer(&server.predict(&body.to_string()).json())
    };
    rows.iter().map(one).collect()
}

fn version_1(server: &Server, rows: &Rows) -> Vec<Vec<f64>> {
    let body = json!({ "instances": rows }).to_string();
    let answer = server.post("/v1/models/model:predict", body.as_bytes()).json();
    let predictions = answer["predictions"].as_array().unwrap().iter();
    // One target is a number, several are a list of them.
    predictions.map(|one| one.as_f64().map_or_else(|| numbers(one), |value| vec![value])).collect()
}

fn csv(server: &Server, rows: &Rows) -> Vec<Vec<f64>> {
    let field = |value: &Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let line = |row: &Vec<Option<f64>>| row.iter().map(field).collect::<Vec<_>>().join(",");
    let body = rows.iter().map(line).collect::<Vec<_>>().join("\n");
    let answer = server.post_with("/invocations", &[("content-type", "text/csv")], body.as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body.lines().map(|line| line.split(',').map(|value| value.parse().unwrap()).collect()).collect()
}

fn version_2(server: &Server, rows: &Rows) -> Vec<Vec<f64>> {
    let shape = [rows.len(), rows[0].len()];
    let body = json!({ "inputs": [{ "name": "x", "datatype": "FP64", "shape": shape, "data": rows }] });
    let answer = server.post("/v2/models/model/infer", body.to_string().as_bytes()).json();
    let output = &answer["outputs"][0];
    assert_eq!((&output["name"], &output["datatype"]), (&json!("predict"), &json!("FP64")));
    let data = numbers(&output["data"]);
    let n_targets = data.len() / rows.len();
    let is_vector = n_targets == 1;
    assert_eq!(output["shape"], if is_vector { json!([rows.len()]) } else { json!([rows.len(), n_targets]) });
    data.chunks_exact(n_targets).map(<[f64]>::to_vec).collect()
}
