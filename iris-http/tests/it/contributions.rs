//! What each feature contributes, over `/predict` and the Open Inference Protocol.

use iris_core::Predictor;
use serde_json::{Value, json};

use crate::server::Server;

const ROW: [f64; 4] = [6.8, 2.8, 4.8, 1.4];
const NAMES: [&str; 4] = ["sepal_length", "sepal_width", "petal_length", "petal_width"];

fn expected() -> Vec<f64> {
    let predictor = Predictor::iris();
    let mut out = vec![0.0; predictor.contributions_len()];
    predictor.contributions_with(&mut predictor.scratch(), &ROW, &mut out).unwrap();
    out
}

fn flower() -> Vec<u8> {
    let members: serde_json::Map<String, Value> =
        NAMES.iter().zip(ROW).map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    Value::from(members).to_string().into_bytes()
}

#[test]
fn they_are_given_by_name_where_the_address_asks() {
    let server = Server::iris();
    let plain = server.post("/predict", &flower()).json();
    assert!(plain.get("contributions").is_none());
    let answer = server.post("/predict?contributions=true", &flower()).json();
    for (output, numbers) in expected().chunks_exact(5).enumerate() {
        let explained = &answer["contributions"][output];
        assert_eq!(explained["label"], ["setosa", "versicolor", "virginica"][output]);
        assert_eq!(explained["expected_value"].as_f64(), Some(numbers[4]));
        for (name, number) in NAMES.iter().zip(numbers) {
            assert_eq!(explained["features"][name].as_f64(), Some(*number), "{name}");
        }
    }
    let mut without = answer.clone();
    without.as_object_mut().unwrap().remove("contributions");
    assert_eq!(without, plain);
    let refused = server.post("/predict?contributions=maybe", &flower());
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["detail"][0]["loc"], json!(["query", "contributions"]));
}

#[test]
fn they_are_a_tensor_of_outputs_and_features() {
    let server = Server::iris();
    let request = json!({
        "inputs": [{ "name": "x", "shape": [2, 4], "datatype": "FP64", "data": [ROW, ROW] }],
        "outputs": [{ "name": "contributions" }],
    });
    let answer = server.post("/v2/models/iris/infer", request.to_string().as_bytes()).json();
    let output = &answer["outputs"][0];
    assert_eq!((&output["datatype"], &output["shape"]), (&json!("FP64"), &json!([2, 3, 5])));
    let data: Vec<f64> = serde_json::from_value(output["data"].clone()).unwrap();
    assert_eq!(data, [expected(), expected()].concat());
}
