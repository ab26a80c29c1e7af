//! The same answers as through a Rust call, bit for bit.

use iris_core::{Label, Predictor};
use iris_grpc::pb::inference as pb;
use iris_grpc::pb::iris::v1;
use iris_grpc::{GrpcService, Limits, Router};
use iris_serving::Catalog;
use serde_json::Value;

use crate::direct::{ask, router};
use crate::server::{Server, flowers, of_model, test_data};
use crate::tensors::{INFER, doubles, integers, raw, strings, typed};

const PREDICT: &str = "iris.v1.Predictor/Predict";
const PREDICT_BATCH: &str = "iris.v1.Predictor/PredictBatch";

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Classes, labels, probabilities and scores as the core gives them, row by row.
struct Expected {
    classes: Vec<u32>,
    labels: Vec<String>,
    integers: Vec<i64>,
    probabilities: Vec<f64>,
    scores: Vec<f64>,
}

fn expected(predictor: &Predictor, rows: &[Vec<f64>]) -> Expected {
    let schema = predictor.schema();
    let mut all = Expected {
        classes: Vec::new(),
        labels: Vec::new(),
        integers: Vec::new(),
        probabilities: Vec::new(),
        scores: Vec::new(),
    };
    for row in rows {
        let mut scores = vec![0.0; predictor.n_scores()];
        predictor.decision_function_into(row, &mut scores).unwrap();
        all.scores.extend(scores);
        let prediction = if schema.has_probabilities() {
            let mut probabilities = vec![0.0; schema.n_classes()];
            let prediction = predictor.predict_proba_into(row, &mut probabilities).unwrap();
            all.probabilities.extend(probabilities);
            prediction
        } else {
            predictor.predict(row).unwrap()
        };
        all.classes.push(u32::try_from(prediction.class_index().unwrap()).unwrap());
        match prediction.label().unwrap() {
            Label::String(label) => all.labels.push(label.to_owned()),
            Label::Integer(label) => all.integers.push(label),
            _ => unreachable!("labels are strings or integers"),
        }
    }
    all
}

#[tokio::test]
async fn every_flower_by_name_over_the_network() {
    let server = Server::iris();
    let client = server.connect().await;
    let predictor = Predictor::iris();
    let flowers = flowers();
    assert_eq!(flowers.len(), 150);
    for row in flowers {
        let [sepal_length, sepal_width, petal_length, petal_width] = row.map(Some);
        let flower =
            v1::PredictRequest { sepal_length, sepal_width, petal_length, petal_width, contributions: false };
        let answer: v1::PredictResponse = client.call(PREDICT, flower).await.unwrap();
        let mut probabilities = [0.0; 3];
        let prediction = predictor.predict_proba_into(&row, &mut probabilities).unwrap();
        assert_eq!(answer.species, prediction.label().unwrap().to_string());
        assert_eq!(Some(answer.class_index as usize), prediction.class_index());
        assert_eq!(answer.probability, prediction.probability());
        assert_eq!(bits(&answer.probabilities), bits(&probabilities));
        assert_eq!((answer.model_name.as_str(), answer.model_version.as_str()), ("iris", "1"));
    }
}

#[tokio::test]
async fn a_batch_of_flowers() {
    let rows: Vec<Vec<f64>> = flowers().iter().map(|row| row.to_vec()).collect();
    let expected = expected(&Predictor::iris(), &rows);
    let request = v1::PredictBatchRequest { values: rows.concat(), contributions: false };
    let answer: v1::PredictBatchResponse = ask(&router(), PREDICT_BATCH, &request).await.only();
    assert_eq!(answer.class_index, expected.classes);
    assert_eq!(bits(&answer.probabilities), bits(&expected.probabilities));
    assert_eq!(answer.labels, ["setosa", "versicolor", "virginica"]);
    assert_eq!((answer.model_name.as_str(), answer.model_version.as_str()), ("iris", "1"));
}

#[tokio::test]
async fn contributions_where_they_are_asked_for() {
    let row = flowers()[0];
    let predictor = Predictor::iris();
    let mut expected = vec![0.0; predictor.contributions_len()];
    predictor.contributions_with(&mut predictor.scratch(), &row, &mut expected).unwrap();
    let [sepal_length, sepal_width, petal_length, petal_width] = row.map(Some);
    let flower =
        v1::PredictRequest { sepal_length, sepal_width, petal_length, petal_width, contributions: true };
    let answer: v1::PredictResponse = ask(&router(), PREDICT, &flower).await.only();
    assert_eq!(bits(&answer.contributions), bits(&expected));
    let batch = v1::PredictBatchRequest { values: [row, row].concat(), contributions: true };
    let answer: v1::PredictBatchResponse = ask(&router(), PREDICT_BATCH, &batch).await.only();
    assert_eq!(bits(&answer.contributions), bits(&[expected.clone(), expected].concat()));
}

/// Every model of the core's tests, its rows together and alone, raw and typed.
#[tokio::test]
async fn every_estimator() {
    let cases: Value = serde_json::from_slice(&test_data("estimators.json")).unwrap();
    let cases = cases.as_array().unwrap();
    assert!(cases.len() > 50);
    for case in cases {
        let served = of_model(case["file"].as_str().unwrap());
        let row = |row: &Value| -> Vec<f64> {
            row.as_array().unwrap().iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect()
        };
        let rows: Vec<Vec<f64>> = case["rows"].as_array().unwrap().iter().map(row).collect();
        compare(&served, &rows).await;
        compare(&served, &rows[..1]).await;
    }
}

async fn compare(served: &Catalog, rows: &[Vec<f64>]) {
    let expected = expected(served.snapshot().default_model().predictor(), rows);
    let router = Router::new(GrpcService::new(served.clone()), Limits::default());
    let mut outputs = vec!["predict", "class_index", "decision_function"];
    if served.snapshot().default_model().schema().has_probabilities() {
        outputs.push("predict_proba");
    }
    let answer: pb::ModelInferResponse = ask(&router, INFER, &raw("model", rows, &outputs)).await.only();
    let names: Vec<&str> = answer.outputs.iter().map(|output| output.name.as_str()).collect();
    assert_eq!(names, outputs);
    assert!(answer.outputs.iter().all(|output| output.contents.is_none()));
    assert_eq!(answer.raw_output_contents.len(), outputs.len());
    let is_text = answer.outputs[0].datatype == "BYTES";
    let labels = &answer.raw_output_contents[0];
    if is_text {
        assert_eq!(strings(labels), expected.labels);
    } else {
        assert_eq!(integers(labels), expected.integers);
    }
    let classes: Vec<i64> = expected.classes.iter().copied().map(i64::from).collect();
    assert_eq!(integers(&answer.raw_output_contents[1]), classes);
    assert_eq!(bits(&doubles(&answer.raw_output_contents[2])), bits(&expected.scores));
    if let Some(probabilities) = answer.raw_output_contents.get(3) {
        assert_eq!(bits(&doubles(probabilities)), bits(&expected.probabilities));
    }

    let typed: pb::ModelInferResponse = ask(&router, INFER, &typed("model", rows, &outputs)).await.only();
    assert!(typed.raw_output_contents.is_empty());
    let contents: Vec<&pb::InferTensorContents> =
        typed.outputs.iter().map(|output| output.contents.as_ref().unwrap()).collect();
    if is_text {
        assert_eq!(contents[0].bytes_contents, expected.labels);
    } else {
        assert_eq!(contents[0].int64_contents, expected.integers);
    }
    assert_eq!(contents[1].int64_contents, classes);
    assert_eq!(bits(&contents[2].fp64_contents), bits(&expected.scores));
    if let Some(probabilities) = contents.get(3) {
        assert_eq!(bits(&probabilities.fp64_contents), bits(&expected.probabilities));
    }
    for (raw, typed) in answer.outputs.iter().zip(&typed.outputs) {
        assert_eq!((&raw.datatype, &raw.shape), (&typed.datatype, &typed.shape));
    }
}

#[tokio::test]
async fn a_model_of_scores_answers_without_probabilities() {
    let router = Router::new(
        GrpcService::new(of_model("ridge_classifier_three_strings_float.onnx")),
        Limits::default(),
    );
    let request = v1::PredictBatchRequest { values: vec![5.1, 3.5, 1.4, 0.2], contributions: false };
    let answer: v1::PredictBatchResponse = ask(&router, PREDICT_BATCH, &request).await.only();
    assert_eq!((answer.class_index.as_slice(), answer.probabilities.len()), (&[0][..], 0));
}
