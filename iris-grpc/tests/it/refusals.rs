//! What is wrong with a named row, a packed batch or a frame is said. The Open
//! Inference Protocol's refusals are cases.

use bytes::Bytes;
use iris_core::Predictor;
use iris_grpc::pb::inference as pb;
use iris_grpc::pb::iris::v1;
use iris_grpc::{GrpcService, Limits, Router};
use iris_serving::{Catalog, Model};
use prost::Message;
use tonic::Code;

use crate::direct::{Frames, ask, call, framed, prefixed, router};
use crate::server::of_model;
use crate::tensors::{INFER, raw};

const PREDICT: &str = "iris.v1.Predictor/Predict";
const PREDICT_BATCH: &str = "iris.v1.Predictor/PredictBatch";

fn flower() -> v1::PredictRequest {
    let [sepal_length, sepal_width, petal_length, petal_width] = [5.1, 3.5, 1.4, 0.2].map(Some);
    v1::PredictRequest { sepal_length, sepal_width, petal_length, petal_width, contributions: false }
}

fn one_row() -> pb::ModelInferRequest {
    raw("iris", &[vec![5.1, 3.5, 1.4, 0.2]], &[])
}

#[tokio::test]
async fn names_of_numbers_that_are_missing() {
    let some = v1::PredictRequest { sepal_width: None, petal_width: None, ..flower() };
    let outcome = ask(&router(), PREDICT, &some).await;
    outcome.refused(Code::InvalidArgument, "missing: sepal_width, petal_width");
    let none = ask(&router(), PREDICT, &v1::PredictRequest::default()).await;
    none.refused(Code::InvalidArgument, "missing: sepal_length, sepal_width, petal_length, petal_width");
    let zeros = v1::PredictRequest { sepal_width: Some(0.0), ..flower() };
    ask(&router(), PREDICT, &zeros).await.only::<v1::PredictResponse>();
}

#[tokio::test]
async fn numbers_that_are_none() {
    for (value, name) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        let flower = v1::PredictRequest { petal_width: Some(value), ..flower() };
        let outcome = ask(&router(), PREDICT, &flower).await;
        outcome.refused(Code::InvalidArgument, "petal_width");
        assert!(outcome.message.contains(name), "{outcome:?}");
        let batch = v1::PredictBatchRequest {
            values: vec![1.0, 2.0, 3.0, 4.0, 1.0, value, 3.0, 4.0],
            contributions: false,
        };
        ask(&router(), PREDICT_BATCH, &batch).await.refused(Code::InvalidArgument, "row 1: sepal_width");
    }
}

#[tokio::test]
async fn a_flower_for_a_model_with_other_features() {
    let router = Router::new(
        GrpcService::new(of_model("logistic_regression_three_strings_double.onnx")),
        Limits::default(),
    );
    let outcome = ask(&router, PREDICT, &flower()).await;
    outcome.refused(Code::FailedPrecondition, "PredictBatch or ModelInfer");
}

#[tokio::test]
async fn batches_that_are_no_rows() {
    for len in [0, 1, 3, 5, 4_001] {
        let batch = v1::PredictBatchRequest { values: vec![1.0; len], contributions: false };
        let outcome = ask(&router(), PREDICT_BATCH, &batch).await;
        outcome.refused(Code::InvalidArgument, &format!("{len} values; expected 4 for each row"));
    }
    let few_rows = Catalog::new(Model::new("iris", "1", Predictor::iris()).with_max_rows(10));
    let router = Router::new(GrpcService::new(few_rows), Limits::default());
    let batch = v1::PredictBatchRequest { values: vec![1.0; 44], contributions: false };
    ask(&router, PREDICT_BATCH, &batch).await.refused(Code::InvalidArgument, "11 rows; expected at most 10");
}

#[tokio::test]
async fn bytes_that_are_no_message() {
    let router = router();
    for method in [PREDICT, PREDICT_BATCH] {
        let outcome = call(&router, method, &[], Frames::of(vec![framed(&[0xff; 10])])).await;
        outcome.refused(Code::InvalidArgument, "cannot be decoded");
    }
}

#[tokio::test]
async fn frames_that_are_no_messages() {
    let router = router();
    let message = one_row().encode_to_vec();
    let whole = framed(&message);
    for frames in [
        vec![],
        vec![whole.slice(..3)],
        vec![whole.slice(..whole.len() - 1)],
        vec![prefixed(2, &message)],
        vec![prefixed(1, &message)],
    ] {
        let outcome = call(&router, INFER, &[], Frames::of(frames)).await;
        assert_eq!(outcome.code, Code::Internal, "{outcome:?}");
    }
    // Split anywhere it is still the same message.
    for cut in [1, 4, 5, 6, whole.len() - 1] {
        let frames = vec![whole.slice(..cut), Bytes::new(), whole.slice(cut..)];
        call(&router, INFER, &[], Frames::of(frames)).await.only::<pb::ModelInferResponse>();
    }
}
