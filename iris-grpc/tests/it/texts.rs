//! A spam filter over gRPC: texts go in as BYTES, scikit-learn's answers come out.

use iris_core::Predictor;
use iris_grpc::pb::inference as pb;
use iris_grpc::pb::inference::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use iris_grpc::{GrpcService, Limits, Router};
use iris_serving::{Catalog, Model};
use serde::Deserialize;
use tonic::Code;

use crate::direct::ask;
use crate::server::test_data;
use crate::tensors::INFER;

#[derive(Deserialize)]
struct Cases {
    texts: Vec<String>,
    models: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    estimator: String,
    file: String,
    labels: Option<Vec<String>>,
    probabilities: Option<Vec<Vec<f64>>>,
}

/// A request for texts, as they are or in raw bytes.
fn request(texts: &[&[u8]], is_raw: bool) -> pb::ModelInferRequest {
    let contents = pb::InferTensorContents {
        bytes_contents: texts.iter().map(|text| text.to_vec().into()).collect(),
        ..Default::default()
    };
    let raw =
        texts.iter().flat_map(|text| [&u32::try_from(text.len()).unwrap().to_le_bytes()[..], text].concat());
    let raw: Vec<u8> = raw.collect();
    let input = InferInputTensor {
        name: "text".to_owned(),
        datatype: "BYTES".to_owned(),
        shape: vec![i64::try_from(texts.len()).unwrap()],
        contents: (!is_raw).then_some(contents),
        ..Default::default()
    };
    pb::ModelInferRequest {
        model_name: "spam".to_owned(),
        inputs: vec![input],
        outputs: ["predict", "predict_proba"]
            .map(|name| InferRequestedOutputTensor { name: name.to_owned(), ..Default::default() })
            .into(),
        raw_input_contents: if is_raw { vec![raw.into()] } else { Vec::new() },
        ..Default::default()
    }
}

#[tokio::test]
async fn a_spam_filter_reads_bytes() {
    let cases: Cases = serde_json::from_slice(&test_data("texts.json")).unwrap();
    let expected = cases.models.iter().find(|model| model.estimator == "spam filter").unwrap();
    let (labels, probabilities) =
        (expected.labels.as_ref().unwrap(), expected.probabilities.as_ref().unwrap());
    let predictor = Predictor::read(&test_data(&format!("texts/{}", expected.file))).unwrap();
    let router =
        Router::new(GrpcService::new(Catalog::new(Model::new("spam", "1", predictor))), Limits::default());
    let texts: Vec<&[u8]> = cases.texts.iter().map(String::as_bytes).collect();
    let answer: pb::ModelInferResponse = ask(&router, INFER, &request(&texts, false)).await.only();
    let output = |name: &str| answer.outputs.iter().find(|output| output.name == name).unwrap();
    let found: Vec<&[u8]> =
        output("predict").contents.as_ref().unwrap().bytes_contents.iter().map(AsRef::as_ref).collect();
    assert_eq!(found, labels.iter().map(String::as_bytes).collect::<Vec<_>>());
    let found = &output("predict_proba").contents.as_ref().unwrap().fp64_contents;
    for (found, expected) in found.iter().zip(probabilities.concat()) {
        assert!((found - expected).abs() <= 1e-12, "{found} is not {expected}");
    }
    let raw: pb::ModelInferResponse = ask(&router, INFER, &request(&texts, true)).await.only();
    let place = raw.outputs.iter().position(|output| output.name == "predict_proba").unwrap();
    let of_raw: Vec<u8> = found.iter().flat_map(|number| number.to_le_bytes()).collect();
    assert_eq!(raw.raw_output_contents[place], of_raw);
    for is_raw in [false, true] {
        let outcome = ask(&router, INFER, &request(&[b"free \xff"], is_raw)).await;
        outcome.refused(Code::InvalidArgument, "no UTF-8");
    }
}
