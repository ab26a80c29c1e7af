//! The cases of the Open Inference Protocol over gRPC: alone, and as a message of a stream.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use iris_core::ErrorClass;
use iris_grpc::pb::inference as pb;
use iris_grpc::{GrpcService, Limits, Router, code_of};
use iris_telemetry::{Format, Settings, Telemetry};
use pb::infer_parameter::ParameterChoice;
use pb::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use prost::Message;
use tonic::Code;

use crate::direct::{self, Frames, call, framed};
use crate::suite::{self, Answered, Ask, Case, Counts, Form, Outcome, OutputTensor, Report, Value};
use crate::tensors::{INFER, STREAM_INFER};

const SERVICE: &str = "inference.GRPCInferenceService";

#[tokio::test]
async fn every_case_of_the_protocol() {
    let cases = suite::cases();
    let mut doors = HashMap::new();
    let mut report = Report::default();
    for case in &cases {
        let served = (case.model.as_str(), case.max_rows, case.recorded);
        let door = doors.entry(served).or_insert_with(|| Door::new(case));
        for form in Form::GRPC.into_iter().filter(|form| case.comes_as(*form)) {
            for is_stream in [false, true] {
                if is_stream && case.ask != Ask::Infer {
                    continue;
                }
                let before = door.counts();
                let outcome = door.outcome(case, form, is_stream).await;
                let counted = door.counts().since(&before);
                let way = format!("{} {form:?}", if is_stream { "stream" } else { "unary" });
                report.add(case, way, &outcome, &counted, status);
            }
        }
    }
    println!("{}", suite::summary(&cases));
    println!("gRPC, {}", report.finish());
}

fn status(class: ErrorClass) -> u16 {
    number(code_of(class))
}

fn number(code: Code) -> u16 {
    u16::try_from(i32::from(code)).unwrap()
}

/// The way to one model.
struct Door {
    router: Router,
    telemetry: Option<Telemetry>,
}

impl Door {
    fn new(case: &Case) -> Self {
        let telemetry =
            case.recorded.then(|| Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap());
        let mut catalog = suite::catalog(case);
        if let Some(telemetry) = &telemetry {
            catalog = catalog.with_recorder(&telemetry.recorder());
        }
        let mut service = GrpcService::new(catalog);
        if let Some(telemetry) = &telemetry {
            service = service.with_telemetry(telemetry);
        }
        Self { router: Router::new(service, Limits::default()), telemetry }
    }

    fn counts(&self) -> Counts {
        let page = self.telemetry.as_ref().map(|telemetry| telemetry.metrics(Format::Prometheus));
        page.map(|page| Counts::of(&page)).unwrap_or_default()
    }

    async fn outcome(&self, case: &Case, form: Form, is_stream: bool) -> Outcome {
        let (method, message) = request(case, form);
        let method = if is_stream { STREAM_INFER } else { &method };
        let outcome = call(&self.router, method, &[], Frames::of(vec![framed(&message)])).await;
        let answer = match is_stream {
            false if outcome.code != Code::Ok => return refused(&outcome),
            false => outcome.only(),
            true => {
                let answer: pb::ModelStreamInferResponse = outcome.only();
                if !answer.error_message.is_empty() {
                    return Outcome::Refused { status: None, message: answer.error_message };
                }
                answer.infer_response.unwrap()
            }
        };
        Outcome::Answered(answered(answer, form))
    }
}

fn refused(outcome: &direct::Outcome) -> Outcome {
    Outcome::Refused { status: Some(number(outcome.code)), message: outcome.message.clone() }
}

/// The method that is called, and the message in its bytes.
fn request(case: &Case, form: Form) -> (String, Vec<u8>) {
    let (name, version) = (case.asked().to_owned(), case.version.clone().unwrap_or_default());
    let (method, message) = match case.ask {
        Ask::Infer => (INFER.to_owned(), infer(case, form).encode_to_vec()),
        ask => {
            let (method, message) = match ask {
                Ask::Metadata | Ask::Infer => {
                    ("ModelMetadata", pb::ModelMetadataRequest { name, version }.encode_to_vec())
                }
                Ask::Ready => ("ModelReady", pb::ModelReadyRequest { name, version }.encode_to_vec()),
                Ask::Config => ("ModelConfig", pb::ModelConfigRequest { name, version }.encode_to_vec()),
                Ask::Statistics => {
                    ("ModelStatistics", pb::ModelStatisticsRequest { name, version }.encode_to_vec())
                }
                Ask::Index => ("RepositoryIndex", pb::RepositoryIndexRequest::default().encode_to_vec()),
                Ask::Load => {
                    let load = pb::RepositoryModelLoadRequest { model_name: name, ..Default::default() };
                    ("RepositoryModelLoad", load.encode_to_vec())
                }
                Ask::Unload => {
                    let unload = pb::RepositoryModelUnloadRequest { model_name: name, ..Default::default() };
                    ("RepositoryModelUnload", unload.encode_to_vec())
                }
            };
            (format!("{SERVICE}/{method}"), message)
        }
    };
    let message = case.message.as_ref().map_or(message, |message| suite::bytes_of(message));
    (method, message)
}

fn infer(case: &Case, form: Form) -> pb::ModelInferRequest {
    let inputs = case.inputs.iter().map(|input| InferInputTensor {
        name: input.name.clone(),
        datatype: input.datatype.clone(),
        shape: input.shape.clone(),
        parameters: parameters(&input.parameters),
        contents: match form {
            Form::Typed => input.in_contents().map(contents),
            _ => input.contents.clone().map(contents),
        },
    });
    let outputs = case.outputs.iter().map(|output| InferRequestedOutputTensor {
        name: output.name.clone(),
        parameters: parameters(&output.parameters),
    });
    let raw_input_contents = match &case.raw_input_contents {
        Some(raw) => raw.iter().map(|raw| suite::bytes_of(raw).into()).collect(),
        None if form == Form::Raw => {
            case.inputs.iter().map(|input| input.in_bytes().unwrap().into()).collect()
        }
        None => Vec::new(),
    };
    pb::ModelInferRequest {
        model_name: case.asked().to_owned(),
        model_version: case.version.clone().unwrap_or_default(),
        id: case.id.clone().unwrap_or_default(),
        parameters: parameters(&case.parameters),
        inputs: inputs.collect(),
        outputs: outputs.collect(),
        raw_input_contents,
    }
}

fn parameters(given: &BTreeMap<String, Value>) -> BTreeMap<String, pb::InferParameter> {
    let parameter = |value: &Value| match value {
        Value::Bool(value) => ParameterChoice::BoolParam(*value),
        Value::Integer(value) => ParameterChoice::Int64Param(*value),
        Value::Number(value) => ParameterChoice::DoubleParam(*value),
        Value::Text(value) => ParameterChoice::StringParam(value.clone()),
        Value::List(_) => panic!("no parameter is a list"),
    };
    let choice = |value| pb::InferParameter { parameter_choice: Some(parameter(value)) };
    given.iter().map(|(key, value)| (key.clone(), choice(value))).collect()
}

/// Elements in their fields.
fn contents(fields: BTreeMap<String, Vec<Value>>) -> pb::InferTensorContents {
    let mut contents = pb::InferTensorContents::default();
    for (field, values) in fields {
        let integers = values.iter().filter_map(Value::integer);
        let numbers = values.iter().filter_map(Value::number);
        match field.as_str() {
            "bool_contents" => contents.bool_contents = integers.map(|value| value == 1).collect(),
            "int_contents" => contents.int_contents = integers.map(|n| n.try_into().unwrap()).collect(),
            "int64_contents" => contents.int64_contents = integers.collect(),
            "uint_contents" => contents.uint_contents = integers.map(|n| n.try_into().unwrap()).collect(),
            "uint64_contents" => contents.uint64_contents = integers.map(|n| n.try_into().unwrap()).collect(),
            "fp32_contents" => contents.fp32_contents = numbers.map(single).collect(),
            "fp64_contents" => contents.fp64_contents = numbers.collect(),
            "bytes_contents" => {
                let texts = values.iter().filter_map(Value::text);
                contents.bytes_contents = texts.map(|text| Bytes::copy_from_slice(text.as_bytes())).collect();
            }
            other => panic!("contents has no field {other}"),
        }
    }
    contents
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to the datatype is the point")]
fn single(value: f64) -> f32 {
    value as f32
}

/// The answer, which is raw exactly where the request was.
fn answered(answer: pb::ModelInferResponse, form: Form) -> Answered {
    let mut raw = answer.raw_output_contents.iter();
    let outputs = answer.outputs.into_iter().map(|output| {
        let data = if form == Form::Raw {
            assert!(output.contents.is_none());
            suite::read_raw(&output.datatype, raw.next().unwrap())
        } else {
            let contents = output.contents.unwrap();
            let texts = contents.bytes_contents.iter();
            let texts = texts.map(|text| Value::Text(String::from_utf8(text.to_vec()).unwrap()));
            let integers = contents.int64_contents.iter().copied().map(Value::Integer);
            let numbers = contents.fp64_contents.iter().copied().map(Value::Number);
            texts.chain(integers).chain(numbers).collect()
        };
        OutputTensor { name: output.name, datatype: output.datatype, shape: output.shape, data }
    });
    let outputs = outputs.collect();
    assert!(raw.next().is_none());
    Answered { model: answer.model_name, version: answer.model_version, id: answer.id, outputs }
}
