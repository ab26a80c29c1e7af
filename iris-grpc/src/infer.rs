//! `ModelInfer` and `ModelStreamInfer`: tensors in, tensors out.

use std::cell::OnceCell;

use bytes::Bytes;
use iris_core::Texts;
use iris_serving::{
    self as serving, Asked, Datatype, DeclaredInput, Exchange, InputData, Model, OutputData, OutputRequest,
    OutputTensor, Predictions, RequestedOutputs, Snapshot, Tensor,
};

use crate::call::Call;
use crate::codec::Encoded;
use crate::pb::inference as pb;
use crate::pb::inference::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use crate::pb::inference::model_infer_response::InferOutputTensor;
use crate::refusal::Refusal;

/// Where an input may have its elements.
const PLACES: [&str; 2] = ["contents", "raw_input_contents"];

/// The parameter of a tensor that is in memory shared with the client.
const SHARED_MEMORY: &str = "shared_memory_region";

/// Answers one request.
pub(crate) fn model_infer(call: &Call, message: &Encoded) -> Result<Encoded, Refusal> {
    let request = OnceCell::new();
    let infer = Infer::new(message, &request, |response: pb::ModelInferResponse| Encoded::of(&response));
    call.answer(message, infer)
}

/// Answers one message of a stream. One that is refused has its answer too, and
/// does not end the stream.
#[expect(clippy::unnecessary_wraps, reason = "the handlers of all methods have one signature")]
pub(crate) fn stream_infer(call: &Call, message: &Encoded) -> Result<Encoded, Refusal> {
    let request = OnceCell::new();
    let wrap = |response: pb::ModelInferResponse| {
        Encoded::of(&pb::ModelStreamInferResponse { infer_response: Some(response), ..Default::default() })
    };
    let infer = Infer::new(message, &request, wrap);
    let answered = call.answer(message, infer);
    Ok(answered.unwrap_or_else(|refused| {
        let request: Option<&pb::ModelInferRequest> = request.get();
        let infer_response = request.map(|request| pb::ModelInferResponse {
            model_name: request.model_name.clone(),
            id: request.id.clone(),
            ..Default::default()
        });
        Encoded::of(&pb::ModelStreamInferResponse { error_message: refused.to_string(), infer_response })
    }))
}

/// One request; decoded into `request`, which outlives what is borrowed of it.
struct Infer<'r, W> {
    message: &'r Encoded,
    request: &'r OnceCell<pb::ModelInferRequest>,
    outputs: Option<RequestedOutputs<'r>>,
    /// From the answer to its bytes, alone or as a part of another message.
    wrap: W,
}

impl<'r, W> Infer<'r, W> {
    fn new(message: &'r Encoded, request: &'r OnceCell<pb::ModelInferRequest>, wrap: W) -> Self {
        Self { message, request, outputs: None, wrap }
    }
}

impl<W: Fn(pb::ModelInferResponse) -> Encoded> Exchange for Infer<'_, W> {
    type Answer = Encoded;
    type Refusal = Refusal;

    /// The message says which model it is for.
    fn model<'s>(&mut self, snapshot: &'s Snapshot) -> Result<&'s Model, Refusal> {
        let request: pb::ModelInferRequest = self.message.decode()?;
        let request = self.request.get_or_init(|| request);
        Ok(snapshot.find(&request.model_name, Some(&request.model_version))?)
    }

    fn decode(&mut self, model: &Model) -> Result<Asked, Refusal> {
        let Some(request) = self.request.get() else { return Ok(Asked::default()) };
        let outputs = model.select(request.outputs.iter().map(asked))?;
        let want = outputs.want();
        self.outputs = Some(outputs);
        let tensors: Vec<Tensor<'_>> = tensors(request)?;
        let mut texts = Texts::new();
        let rows = model.rows(&tensors, &mut texts)?;
        model.check_want(want, rows.len())?;
        Ok(Asked { rows, texts, want })
    }

    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Encoded {
        let request = self.request.get();
        let mut response = pb::ModelInferResponse {
            model_name: model.name().to_owned(),
            model_version: model.version().to_owned(),
            id: request.map(|request| request.id.clone()).unwrap_or_default(),
            ..Default::default()
        };
        let is_raw = request.is_some_and(|request| !request.raw_input_contents.is_empty());
        for tensor in self.outputs.iter().flat_map(|outputs| outputs.tensors(model, predictions)) {
            if is_raw {
                response.raw_output_contents.push(raw(&tensor.values));
            }
            response.outputs.push(output(tensor, is_raw));
        }
        (self.wrap)(response).by(model)
    }
}

fn asked(output: &InferRequestedOutputTensor) -> OutputRequest<'_> {
    OutputRequest {
        name: output.name.as_str().into(),
        as_classification: output.parameters.contains_key("classification"),
        in_shared_memory: output.parameters.contains_key(SHARED_MEMORY),
    }
}

/// The inputs with their elements, wherever those are.
fn tensors(request: &pb::ModelInferRequest) -> Result<Vec<Tensor<'_>>, serving::Refusal> {
    let (inputs, raw) = (&request.inputs, &request.raw_input_contents);
    let wrong_number = || {
        let reason = format!("{} raw_input_contents for {} inputs", raw.len(), inputs.len());
        serving::Refusal::invalid(reason)
    };
    let mut rest = raw.iter();
    let tensors = inputs.iter().map(|input| {
        declared(input).tensor(|datatype| match (raw.is_empty(), has_contents(input)) {
            (true, _) => contents(input, datatype),
            (false, true) => Err(serving::Refusal::elements_twice(&input.name, PLACES)),
            (false, false) => Ok(InputData::Raw(rest.next().ok_or_else(wrong_number)?)),
        })
    });
    let tensors = tensors.collect::<Result<_, _>>()?;
    if rest.next().is_some() { Err(wrong_number()) } else { Ok(tensors) }
}

fn declared(input: &InferInputTensor) -> DeclaredInput<'_> {
    let InferInputTensor { name, datatype, shape, parameters, .. } = input;
    DeclaredInput { name, datatype, shape, in_shared_memory: parameters.contains_key(SHARED_MEMORY) }
}

fn has_contents(input: &InferInputTensor) -> bool {
    input.contents.as_ref().is_some_and(|contents| prost::Message::encoded_len(contents) > 0)
}

/// The elements of the field that the datatype has.
fn contents(input: &InferInputTensor, datatype: Datatype) -> Result<InputData<'_>, serving::Refusal> {
    let Some(contents) = &input.contents else {
        return Err(serving::Refusal::no_elements(&input.name, PLACES));
    };
    match datatype {
        Datatype::Bool => Ok(InputData::Bool(&contents.bool_contents)),
        Datatype::Int8 | Datatype::Int16 | Datatype::Int32 => Ok(InputData::I32(&contents.int_contents)),
        Datatype::Int64 => Ok(InputData::I64(&contents.int64_contents)),
        Datatype::Uint8 | Datatype::Uint16 | Datatype::Uint32 => Ok(InputData::U32(&contents.uint_contents)),
        Datatype::Uint64 => Ok(InputData::U64(&contents.uint64_contents)),
        Datatype::Fp32 => Ok(InputData::F32(&contents.fp32_contents)),
        Datatype::Fp64 => Ok(InputData::F64(&contents.fp64_contents)),
        Datatype::Bytes => Ok(InputData::Texts(&contents.bytes_contents)),
        Datatype::Fp16 | Datatype::Bf16 => {
            let reason = format!("{datatype} has no field in contents; send raw_input_contents");
            Err(serving::Refusal::input(&input.name, reason))
        }
    }
}

fn output(tensor: OutputTensor<'_>, is_raw: bool) -> InferOutputTensor {
    InferOutputTensor {
        name: tensor.name.to_owned(),
        datatype: tensor.datatype.name().to_owned(),
        shape: tensor.shape.iter().map(|n| i64::try_from(*n).unwrap_or(i64::MAX)).collect(),
        contents: (!is_raw).then(|| typed(tensor.values)),
        ..Default::default()
    }
}

fn raw(values: &OutputData<'_>) -> Bytes {
    let mut bytes = Vec::new();
    values.write_raw(&mut bytes);
    bytes.into()
}

fn typed(values: OutputData<'_>) -> pb::InferTensorContents {
    let mut contents = pb::InferTensorContents::default();
    match values {
        OutputData::F64(values) => contents.fp64_contents = values.into_owned(),
        OutputData::I64(values) => contents.int64_contents = values,
        OutputData::Bool(values) => contents.bool_contents = values,
        OutputData::Strings(values) => {
            contents.bytes_contents =
                values.into_iter().map(|value| Bytes::copy_from_slice(value.as_bytes())).collect();
        }
    }
    contents
}
