//! Requests for `ModelInfer`, and answers read.

use bytes::Bytes;
use iris_grpc::pb::inference as pb;
use pb::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};

pub(crate) const INFER: &str = "inference.GRPCInferenceService/ModelInfer";
pub(crate) const STREAM_INFER: &str = "inference.GRPCInferenceService/ModelStreamInfer";

/// One tensor of FP64, raw.
pub(crate) fn raw(model: &str, rows: &[Vec<f64>], outputs: &[&str]) -> pb::ModelInferRequest {
    let values = rows.iter().flatten().flat_map(|value| value.to_le_bytes());
    let mut request = request(model, "FP64", &[rows.len(), rows[0].len()], outputs);
    request.raw_input_contents = vec![values.collect::<Vec<u8>>().into()];
    request
}

/// One tensor of FP64 in typed contents.
pub(crate) fn typed(model: &str, rows: &[Vec<f64>], outputs: &[&str]) -> pb::ModelInferRequest {
    let mut request = request(model, "FP64", &[rows.len(), rows[0].len()], outputs);
    let contents =
        pb::InferTensorContents { fp64_contents: rows.concat(), ..pb::InferTensorContents::default() };
    request.inputs[0].contents = Some(contents);
    request
}

/// One tensor without elements.
pub(crate) fn request(
    model: &str,
    datatype: &str,
    shape: &[usize],
    outputs: &[&str],
) -> pb::ModelInferRequest {
    let input = InferInputTensor {
        name: "input-0".to_owned(),
        datatype: datatype.to_owned(),
        shape: shape.iter().map(|n| i64::try_from(*n).unwrap()).collect(),
        ..InferInputTensor::default()
    };
    pb::ModelInferRequest {
        model_name: model.to_owned(),
        inputs: vec![input],
        outputs: outputs.iter().map(|name| output(name)).collect(),
        ..pb::ModelInferRequest::default()
    }
}

pub(crate) fn output(name: &str) -> InferRequestedOutputTensor {
    InferRequestedOutputTensor { name: name.to_owned(), ..InferRequestedOutputTensor::default() }
}

pub(crate) fn doubles(raw: &Bytes) -> Vec<f64> {
    raw.chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect()
}

pub(crate) fn integers(raw: &Bytes) -> Vec<i64> {
    raw.chunks_exact(8).map(|bytes| i64::from_le_bytes(bytes.try_into().unwrap())).collect()
}

pub(crate) fn strings(mut raw: &[u8]) -> Vec<String> {
    let mut strings = Vec::new();
    while let Some((len, rest)) = raw.split_first_chunk::<4>() {
        let (string, rest) = rest.split_at(u32::from_le_bytes(*len) as usize);
        strings.push(String::from_utf8(string.to_vec()).unwrap());
        raw = rest;
    }
    strings
}
