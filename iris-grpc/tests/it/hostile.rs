//! No bytes make it panic.

use std::sync::LazyLock;

use bytes::Bytes;
use iris_grpc::Router;
use iris_grpc::pb::inference as pb;
use pb::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;
use tonic::Code;

use crate::direct::{Frames, Outcome, call, framed, outcome};
use crate::tensors::{INFER, STREAM_INFER};

const METHODS: [&str; 9] = [
    INFER,
    STREAM_INFER,
    "iris.v1.Predictor/Predict",
    "iris.v1.Predictor/PredictBatch",
    "iris.v1.Predictor/PredictStream",
    "inference.GRPCInferenceService/ModelMetadata",
    "inference.GRPCInferenceService/RepositoryModelLoad",
    "grpc.health.v1.Health/Check",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
];

static ROUTER: LazyLock<Router> = LazyLock::new(crate::direct::router);

/// What a method may say to a message that means something or nothing.
fn allowed(method: &str) -> &'static [Code] {
    match method {
        INFER => &[Code::Ok, Code::InvalidArgument, Code::NotFound],
        STREAM_INFER => &[Code::Ok],
        "inference.GRPCInferenceService/ModelMetadata" | "grpc.health.v1.Health/Check" => {
            &[Code::Ok, Code::InvalidArgument, Code::NotFound]
        }
        "inference.GRPCInferenceService/RepositoryModelLoad" => &[Code::Unimplemented, Code::InvalidArgument],
        _ => &[Code::Ok, Code::InvalidArgument],
    }
}

fn send(method: &str, headers: &[(&'static str, &str)], frames: Vec<Bytes>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(call(&ROUTER, method, headers, Frames::of(frames)))
}

fn contents() -> impl Strategy<Value = Option<pb::InferTensorContents>> {
    let numbers = (vec(any::<f64>(), 0..10), vec(any::<f32>(), 0..10), vec(any::<i32>(), 0..10));
    let contents = numbers.prop_map(|(doubles, floats, integers)| pb::InferTensorContents {
        fp32_contents: floats,
        fp64_contents: doubles,
        int_contents: integers,
        ..pb::InferTensorContents::default()
    });
    proptest::option::of(contents)
}

fn input() -> impl Strategy<Value = InferInputTensor> {
    let names = prop_oneof![Just("input-0"), Just("sepal_length"), Just("petal_width"), Just("")];
    let datatypes = prop_oneof![
        Just("FP64"),
        Just("FP32"),
        Just("FP16"),
        Just("INT8"),
        Just("INT64"),
        Just("UINT64"),
        Just("BOOL"),
        Just("BYTES"),
        Just("?"),
    ];
    let dimension = prop_oneof![0i64..6, any::<i64>()];
    (names, datatypes, vec(dimension, 0..4), contents()).prop_map(|(name, datatype, shape, contents)| {
        InferInputTensor {
            name: name.to_owned(),
            datatype: datatype.to_owned(),
            shape,
            contents,
            ..InferInputTensor::default()
        }
    })
}

fn request() -> impl Strategy<Value = pb::ModelInferRequest> {
    let outputs = prop_oneof![Just("predict"), Just("predict_proba"), Just("label"), Just("?")];
    let outputs = vec(outputs, 0..4);
    let raws = vec(vec(any::<u8>(), 0..70), 0..3);
    (vec(input(), 0..5), outputs, raws).prop_map(|(inputs, outputs, raws)| pb::ModelInferRequest {
        model_name: "iris".to_owned(),
        inputs,
        outputs: outputs
            .into_iter()
            .map(|name| InferRequestedOutputTensor { name: name.to_owned(), ..Default::default() })
            .collect(),
        raw_input_contents: raws.into_iter().map(Bytes::from).collect(),
        ..pb::ModelInferRequest::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_bytes_as_a_body(method in 0..METHODS.len(), frames in vec(vec(any::<u8>(), 0..200), 0..4)) {
        let outcome = send(METHODS[method], &[], frames.into_iter().map(Bytes::from).collect());
        let is_broken = matches!(outcome.code, Code::Internal | Code::ResourceExhausted);
        prop_assert!(is_broken || allowed(METHODS[method]).contains(&outcome.code), "{outcome:?}");
    }

    #[test]
    fn any_bytes_as_messages(method in 0..METHODS.len(), messages in vec(vec(any::<u8>(), 0..200), 1..4)) {
        let frames = messages.iter().map(|message| framed(message)).collect();
        let outcome = send(METHODS[method], &[], frames);
        prop_assert!(allowed(METHODS[method]).contains(&outcome.code), "{outcome:?}");
    }

    #[test]
    fn any_bytes_as_gzip(mut message in vec(any::<u8>(), 0..200)) {
        if message.len() > 2 {
            message[..2].copy_from_slice(&[0x1f, 0x8b]);
        }
        let frame = crate::direct::prefixed(1, &message);
        let headers = [("grpc-encoding", "gzip"), ("grpc-accept-encoding", "gzip")];
        let outcome = send(INFER, &headers, vec![frame]);
        prop_assert!(matches!(outcome.code, Code::Internal | Code::InvalidArgument), "{outcome:?}");
    }

    #[test]
    fn a_message_cut_or_changed_anywhere(request in request(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = request.encode_to_vec();
        let at = at.index(bytes.len());
        let cut = send(INFER, &[], vec![framed(&bytes[..at])]);
        bytes[at] = byte;
        let changed = send(INFER, &[], vec![framed(&bytes)]);
        for outcome in [cut, changed] {
            prop_assert!(allowed(INFER).contains(&outcome.code), "{outcome:?}");
        }
    }

    #[test]
    fn any_tensors_are_answered_or_refused(request in request()) {
        let outcome = send(INFER, &[], vec![framed(&request.encode_to_vec())]);
        prop_assert!(matches!(outcome.code, Code::Ok | Code::InvalidArgument), "{outcome:?}");
        let outcome = send(STREAM_INFER, &[], vec![framed(&request.encode_to_vec())]);
        prop_assert_eq!((outcome.code, outcome.messages.len()), (Code::Ok, 1));
    }

    #[test]
    fn any_metadata(name in "[a-z-]{1,20}", value in "[ -~]{0,60}", timeout in "[ -~]{0,12}") {
        let request = http::Request::post(format!("/{INFER}"))
            .header("content-type", "application/grpc")
            .header("grpc-timeout", timeout)
            .header("traceparent", &value)
            .header(name, value)
            .body(Frames::default())
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(async { outcome(ROUTER.answer(request).await).await });
        prop_assert_eq!(outcome.code, Code::Internal, "there is no message: {:?}", outcome);
    }
}
