//! What is wrong with a request is said, and never more than said.

use bytes::Bytes;
use iris_core::Predictor;
use iris_grpc::pb::inference as pb;
use iris_grpc::pb::iris::v1;
use iris_grpc::{GrpcService, Limits, Router};
use iris_serving::{Catalog, Model};
use pb::InferTensorContents as Contents;
use prost::Message;
use tonic::Code;

use crate::direct::{Frames, ask, call, framed, prefixed, router};
use crate::server::of_model;
use crate::tensors::{INFER, output, raw, request, typed};

const PREDICT: &str = "iris.v1.Predictor/Predict";
const PREDICT_BATCH: &str = "iris.v1.Predictor/PredictBatch";

fn flower() -> v1::PredictRequest {
    let [sepal_length, sepal_width, petal_length, petal_width] = [5.1, 3.5, 1.4, 0.2].map(Some);
    v1::PredictRequest { sepal_length, sepal_width, petal_length, petal_width }
}

fn one_row() -> pb::ModelInferRequest {
    raw("iris", &[vec![5.1, 3.5, 1.4, 0.2]], &[])
}

async fn infer_refuses(request: &pb::ModelInferRequest, message: &str) {
    ask(&router(), INFER, request).await.refused(Code::InvalidArgument, message);
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
        let batch = v1::PredictBatchRequest { values: vec![1.0, 2.0, 3.0, 4.0, 1.0, value, 3.0, 4.0] };
        ask(&router(), PREDICT_BATCH, &batch).await.refused(Code::InvalidArgument, "row 1: sepal_width");
        infer_refuses(&raw("iris", &[vec![1.0, value, 3.0, 4.0]], &[]), "sepal_width").await;
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
        let batch = v1::PredictBatchRequest { values: vec![1.0; len] };
        let outcome = ask(&router(), PREDICT_BATCH, &batch).await;
        outcome.refused(Code::InvalidArgument, &format!("{len} values; expected 4 for each row"));
    }
    let few_rows = Catalog::new(Model::new("iris", "1", Predictor::iris()).with_max_rows(10));
    let router = Router::new(GrpcService::new(few_rows), Limits::default());
    let batch = v1::PredictBatchRequest { values: vec![1.0; 44] };
    ask(&router, PREDICT_BATCH, &batch).await.refused(Code::InvalidArgument, "11 rows; expected at most 10");
    let rows = vec![vec![1.0; 4]; 11];
    ask(&router, INFER, &raw("iris", &rows, &[])).await.refused(Code::InvalidArgument, "at most 10");
}

#[tokio::test]
async fn shapes_that_lie() {
    let shapes: [&[i64]; 12] = [
        &[],
        &[0, 4],
        &[-1, 4],
        &[2, 4],
        &[1, 5],
        &[4, 1],
        &[1, 1, 4],
        &[i64::MAX, 4],
        &[i64::MIN, 4],
        &[i64::MAX, i64::MAX],
        &[1 << 62, 4],
        &[1, -4],
    ];
    for shape in shapes {
        let mut request = one_row();
        request.inputs[0].shape = shape.to_vec();
        infer_refuses(&request, "input 'input-0'").await;
    }
}

#[tokio::test]
async fn bytes_that_do_not_add_up() {
    for len in [0, 1, 31, 33, 64] {
        let mut request = one_row();
        request.raw_input_contents = vec![vec![0; len].into()];
        infer_refuses(&request, &format!("{len} bytes")).await;
    }
    let mut request = one_row();
    request.raw_input_contents.push(Bytes::new());
    infer_refuses(&request, "2 raw_input_contents for 1 inputs").await;
    let mut request = typed("iris", &[vec![1.0; 4]], &[]);
    request.inputs[0].contents.as_mut().unwrap().fp64_contents.pop();
    infer_refuses(&request, "3 elements").await;
    // Elements in the field of another datatype are not looked for.
    let mut request = typed("iris", &[vec![1.0; 4]], &[]);
    request.inputs[0].datatype = "FP32".to_owned();
    infer_refuses(&request, "0 elements").await;
}

#[tokio::test]
async fn elements_in_two_places_or_none() {
    let mut request = one_row();
    request.inputs[0].contents = Some(Contents { fp64_contents: vec![1.0; 4], ..Contents::default() });
    infer_refuses(&request, "both contents and raw_input_contents").await;
    infer_refuses(&crate::tensors::request("iris", "FP64", &[1, 4], &[]), "no elements").await;
    // An empty message is what some clients send beside raw contents.
    let mut request = one_row();
    request.inputs[0].contents = Some(Contents::default());
    ask(&router(), INFER, &request).await.only::<pb::ModelInferResponse>();
}

#[tokio::test]
async fn datatypes_that_are_not_read() {
    for datatype in ["", "fp64", "FP128", "STRING"] {
        let mut request = one_row();
        request.inputs[0].datatype = datatype.to_owned();
        infer_refuses(&request, &format!("unknown datatype '{datatype}'")).await;
    }
    for datatype in ["FP16", "BF16"] {
        let mut request = request("iris", datatype, &[1, 4], &[]);
        request.inputs[0].contents = Some(Contents { fp32_contents: vec![1.0; 4], ..Contents::default() });
        infer_refuses(&request, "send raw_input_contents").await;
    }
    // Strings, whole and cut short.
    for raw in [&b"\x01\0\0\0a"[..], b"\xff\xff\xff\xff", b"\x02"] {
        let mut request = request("iris", "BYTES", &[1, 4], &[]);
        request.raw_input_contents = vec![raw.into()];
        infer_refuses(&request, "BYTES; features are numbers").await;
    }
    let mut request = request("iris", "BYTES", &[1, 4], &[]);
    request.inputs[0].contents =
        Some(Contents { bytes_contents: vec![Bytes::from("a"); 4], ..Contents::default() });
    infer_refuses(&request, "BYTES; features are numbers").await;
}

#[tokio::test]
async fn inputs_and_outputs_that_are_not_there() {
    let mut nothing = one_row();
    (nothing.inputs, nothing.raw_input_contents) = (Vec::new(), Vec::new());
    infer_refuses(&nothing, "no input").await;
    let mut twice = one_row();
    twice.inputs.push(twice.inputs[0].clone());
    twice.raw_input_contents.push(twice.raw_input_contents[0].clone());
    infer_refuses(&twice, "unknown").await;
    for (outputs, message) in [
        (&["nothing"][..], "output 'nothing' is unknown"),
        (&[""], "output '' is unknown"),
        (&["predict", "predict"], "'predict' is asked for twice"),
    ] {
        let mut request = one_row();
        request.outputs = outputs.iter().map(|name| output(name)).collect();
        infer_refuses(&request, message).await;
    }
}

#[tokio::test]
async fn extensions_that_would_change_the_answer() {
    let mut request = one_row();
    request.outputs = vec![output("predict_proba")];
    request.outputs[0].parameters.insert("classification".to_owned(), pb::InferParameter::default());
    infer_refuses(&request, "classification is not supported").await;
    let mut request = crate::tensors::request("iris", "FP64", &[1, 4], &[]);
    request.inputs[0].parameters.insert("shared_memory_region".to_owned(), pb::InferParameter::default());
    infer_refuses(&request, "shared memory").await;
    let mut request = one_row();
    request.outputs = vec![output("predict")];
    request.outputs[0].parameters.insert("shared_memory_region".to_owned(), pb::InferParameter::default());
    infer_refuses(&request, "output 'predict': shared memory").await;
    // Others are hints.
    let mut request = one_row();
    request.parameters.insert("priority".to_owned(), pb::InferParameter::default());
    ask(&router(), INFER, &request).await.only::<pb::ModelInferResponse>();
}

#[tokio::test]
async fn bytes_that_are_no_message() {
    let router = router();
    for method in [INFER, PREDICT, PREDICT_BATCH, "inference.GRPCInferenceService/ModelReady"] {
        let outcome = call(&router, method, &[], Frames::of(vec![framed(&[0xff; 10])])).await;
        outcome.refused(Code::InvalidArgument, "cannot be decoded");
        let cut = &one_row().encode_to_vec()[..20];
        call(&router, INFER, &[], Frames::of(vec![framed(cut)])).await.refused(Code::InvalidArgument, "");
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
