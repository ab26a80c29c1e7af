//! `POST /v2/models/{model}/infer`: from a request to an answer.

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use iris_core::Texts;
use iris_serving::{
    Asked, Datatype, Exchange, Model, OutputData, OutputTensor, Predictions, Refusal, RequestedOutputs,
    Snapshot,
};
use serde::Serialize;

use super::request::{self, Request};
use crate::content::Content;
use crate::json::{JSON, JSON_LEN, to_json};
use crate::respond::Reply;
use crate::{Failure, lenient};

const BINARY: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A request of the Open Inference Protocol.
#[derive(Debug)]
pub(crate) struct Infer<'a> {
    model: &'a str,
    version: Option<&'a str>,
    /// What the request says is the length of its JSON.
    json_len: Option<&'a HeaderValue>,
    body: &'a [u8],
    id: Option<Cow<'a, str>>,
    outputs: RequestedOutputs<'a>,
    /// Which outputs are to be binary.
    binary: Vec<bool>,
}

/// JSON, with the bytes of binary tensors behind it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
    /// Where the JSON ends, if there is more.
    pub(crate) json_len: Option<usize>,
}

impl<'a> Infer<'a> {
    pub(crate) fn new(
        (model, version): (&'a str, Option<&'a str>),
        json_len: Option<&'a HeaderValue>,
        body: &'a [u8],
    ) -> Self {
        let (outputs, binary) = (RequestedOutputs::default(), Vec::new());
        Self { model, version, json_len, body, id: None, outputs, binary }
    }

    /// The rows of a request; of its text is kept what the answer needs.
    #[inline]
    fn read<'r>(
        &mut self,
        model: &Model,
        mut request: Request<'r>,
        binary: &[u8],
        keep: impl Fn(Cow<'r, str>) -> Cow<'a, str>,
    ) -> Result<Asked, Refusal> {
        let (asked, all_binary) = request.outputs();
        self.binary = asked.iter().map(|output| output.is_binary(all_binary)).collect();
        if asked.is_empty() {
            self.binary.push(all_binary);
        }
        self.outputs = model.select(asked.into_iter().map(|output| output.request(&keep)))?;
        let mut texts = Texts::new();
        let rows = model.rows(&request.tensors(binary)?, &mut texts)?;
        self.id = request.id.map(|id| keep(id.0));
        let want = self.outputs.want();
        model.check_want(want, rows.len())?;
        Ok(Asked { rows, texts, want })
    }

    /// Another look at what is no JSON, unless that is only for its tokens.
    #[cold]
    fn decode_tokens(
        &mut self,
        model: &Model,
        json: &[u8],
        binary: &[u8],
        error: serde_json::Error,
    ) -> Result<Asked, Failure> {
        let no_request = |error| Failure::wrong(format!("the body is not an inference request: {error}"));
        let Some(quoted) = lenient::quoted(json, &error) else { return Err(no_request(error)) };
        match Request::parse(&quoted) {
            Ok(mut request) => {
                request.has_tokens = true;
                Ok(self.read(model, request, binary, |text| text.into_owned().into())?)
            }
            // A token where no number belongs: as the parser of JSON says it.
            Err(other) => Err(no_request(if other.is_data() { error } else { other })),
        }
    }
}

impl Exchange for Infer<'_> {
    type Answer = Answer;
    type Refusal = Failure;

    fn model<'s>(&mut self, snapshot: &'s Snapshot) -> Result<&'s Model, Failure> {
        Ok(snapshot.find(self.model, self.version)?)
    }

    fn decode(&mut self, model: &Model) -> Result<Asked, Failure> {
        let (json, binary) = request::split(self.json_len, self.body)?;
        match Request::parse(json) {
            Ok(request) => Ok(self.read(model, request, binary, |text| text)?),
            Err(error) => self.decode_tokens(model, json, binary, error),
        }
    }

    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Answer {
        let tensors: Vec<_> = self.outputs.tensors(model, predictions).collect();
        let mut body = to_json(&Json {
            model_name: model.name(),
            model_version: model.version(),
            id: self.id.as_deref(),
            outputs: tensors
                .iter()
                .zip(&self.binary)
                .map(|(tensor, binary)| Output::new(tensor, *binary))
                .collect(),
        });
        let json_len = self.binary.contains(&true).then_some(body.len());
        for (tensor, _) in tensors.iter().zip(&self.binary).filter(|(_, binary)| **binary) {
            tensor.values.write_raw(&mut body);
        }
        Answer { body, json_len }
    }
}

#[derive(Serialize)]
struct Json<'a> {
    model_name: &'a str,
    model_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    outputs: Vec<Output<'a>>,
}

/// `parameters` is there only with something in it, or Triton's own client stops.
#[derive(Serialize)]
struct Output<'a> {
    name: &'a str,
    datatype: &'static str,
    shape: &'a [usize],
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<OutputParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Elements<'a>>,
}

#[derive(Serialize)]
struct OutputParameters {
    binary_data_size: usize,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Elements<'a> {
    F64(&'a [f64]),
    I64(&'a [i64]),
    Bool(&'a [bool]),
    Strings(&'a [&'a str]),
}

impl<'a> Output<'a> {
    fn new(tensor: &'a OutputTensor<'a>, binary: bool) -> Self {
        let data = || match &tensor.values {
            OutputData::F64(values) => Elements::F64(values),
            OutputData::I64(values) => Elements::I64(values),
            OutputData::Bool(values) => Elements::Bool(values),
            OutputData::Strings(values) => Elements::Strings(values),
        };
        let binary_data_size = tensor.values.raw_len();
        Self {
            name: tensor.name,
            datatype: Datatype::name(tensor.datatype),
            shape: &tensor.shape,
            parameters: binary.then_some(OutputParameters { binary_data_size }),
            data: (!binary).then(data),
        }
    }
}

impl Reply for Answer {
    fn into_response(self) -> Response<Content> {
        let mut response = Response::new(self.body.into());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, if self.json_len.is_some() { BINARY } else { JSON });
        if let Some(len) = self.json_len {
            headers.insert(JSON_LEN, len.into());
        }
        response
    }
}
