//! Regressors by every method that takes them: scikit-learn's numbers, and each time the same bits.

use iris_core::Predictor;
use iris_grpc::pb::inference as pb;
use iris_grpc::pb::iris::v1;
use iris_grpc::{GrpcService, Limits, Router};
use iris_serving::{Catalog, Model};
use serde::Deserialize;
use tonic::Code;

use crate::direct::ask;
use crate::server::test_data;
use crate::tensors::{INFER, doubles, raw, typed};

/// A regressor of the core's test data, with scikit-learn's answers.
#[derive(Deserialize)]
struct Regressor {
    file: String,
    input: String,
    targets: usize,
    rows: Vec<Vec<Option<f64>>>,
    values: Vec<Vec<f64>>,
}

#[tokio::test]
async fn every_regressor_by_every_method() {
    let regressors: Vec<Regressor> = serde_json::from_slice(&test_data("regressors.json")).unwrap();
    assert!(regressors.len() > 30);
    for Regressor { file, input, targets, rows, values } in &regressors {
        let predictor = Predictor::read(&test_data(&format!("regressors/{file}"))).unwrap();
        let catalog = Catalog::new(Model::new("model", "7", predictor));
        let router = Router::new(GrpcService::new(catalog), Limits::default());
        let row = |row: &Vec<Option<f64>>| row.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        let rows: Vec<Vec<f64>> = rows.iter().map(row).collect();

        let request = v1::PredictBatchRequest { values: rows.concat(), contributions: false };
        let batch: v1::PredictBatchResponse =
            ask(&router, "iris.v1.Predictor/PredictBatch", &request).await.only();
        assert_eq!((batch.model_name.as_str(), batch.model_version.as_str()), ("model", "7"));
        assert!(batch.labels.is_empty() && batch.probabilities.is_empty(), "{file}");
        let values = values.concat();
        let largest = values.iter().fold(1.0, |largest: f64, value| largest.max(value.abs()));
        // A file in single precision carries seven digits of each weight.
        let tolerance = largest * if input == "double" { 1e-12 } else { 1e-4 };
        assert_eq!(batch.values.len(), values.len(), "{file}");
        for (found, expected) in batch.values.iter().zip(values) {
            assert!((found - expected).abs() <= tolerance, "{file}: {found} is not {expected}");
        }

        let answer: pb::ModelInferResponse = ask(&router, INFER, &raw("model", &rows, &[])).await.only();
        let shape = [rows.len(), *targets].map(|n| i64::try_from(n).unwrap());
        let is_vector = *targets == 1;
        assert_eq!(answer.outputs[0].shape, if is_vector { &shape[..1] } else { &shape[..] }, "{file}");
        assert_eq!(
            (answer.outputs[0].name.as_str(), answer.outputs[0].datatype.as_str()),
            ("predict", "FP64")
        );
        assert_eq!(doubles(&answer.raw_output_contents[0]), batch.values, "{file}");
        let answer: pb::ModelInferResponse =
            ask(&router, INFER, &typed("model", &rows, &["predict"])).await.only();
        assert_eq!(answer.outputs[0].contents.as_ref().unwrap().fp64_contents, batch.values, "{file}");
        let mut alone = Vec::new();
        for row in &rows {
            let request = raw("model", std::slice::from_ref(row), &[]);
            let answer: pb::ModelInferResponse = ask(&router, INFER, &request).await.only();
            alone.extend(doubles(&answer.raw_output_contents[0]));
        }
        assert_eq!(alone, batch.values, "{file}");
    }
}

/// What is asked by the names of a flower needs a model of flowers.
#[tokio::test]
async fn a_flower_is_none_of_a_regressors_rows() {
    let predictor = Predictor::read(&test_data("regressors/ridge_one_target_double.onnx")).unwrap();
    let catalog = Catalog::new(Model::new("model", "7", predictor));
    let router = Router::new(GrpcService::new(catalog), Limits::default());
    let outcome = ask(&router, "iris.v1.Predictor/Predict", &v1::PredictRequest::default()).await;
    outcome.refused(Code::FailedPrecondition, "PredictBatch or ModelInfer");
}
