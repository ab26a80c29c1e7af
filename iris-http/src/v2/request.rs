//! An inference request: JSON, with the bytes of binary tensors behind it.

use std::borrow::Cow;

use http::HeaderValue;
use iris_serving::{Datatype, DeclaredInput, InputData, OutputRequest, Refusal, Tensor};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::elements::Elements;
use crate::json::JSON_LEN;

/// The JSON. Members that are not listed say nothing that is used here.
#[derive(Debug, Deserialize)]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    inputs: Vec<Input<'a>>,
    #[serde(borrow)]
    outputs: Option<Vec<Output<'a>>>,
    parameters: Option<RequestParameters>,
    /// Whether the JSON had `NaN` and infinities in it, which are strings now.
    #[serde(skip)]
    pub(super) has_tokens: bool,
}

/// Text, borrowed where it has no escapes.
#[derive(Debug, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

#[derive(Debug, Deserialize)]
struct Input<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    datatype: Cow<'a, str>,
    shape: Vec<i64>,
    data: Option<Elements>,
    parameters: Option<InputParameters>,
}

#[derive(Debug, Deserialize)]
struct InputParameters {
    binary_data_size: Option<usize>,
    shared_memory_region: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Output<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    parameters: Option<OutputParameters>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct OutputParameters {
    binary_data: Option<bool>,
    classification: Option<IgnoredAny>,
    shared_memory_region: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct RequestParameters {
    binary_data_output: Option<bool>,
}

/// Where an input may have its elements.
const PLACES: [&str; 2] = ["data", "binary_data_size"];

/// The JSON of a body, and the bytes behind it.
pub(super) fn split<'a>(
    json_len: Option<&HeaderValue>,
    body: &'a [u8],
) -> Result<(&'a [u8], &'a [u8]), Refusal> {
    let Some(len) = json_len else { return Ok((body, &[])) };
    let parsed = len.to_str().ok().and_then(|len| len.trim().parse::<usize>().ok());
    parsed.and_then(|len| body.split_at_checked(len)).ok_or_else(|| {
        Refusal::invalid(format!(
            "{JSON_LEN} is {len:?}; expected the bytes of the JSON, at most the {} of the body",
            body.len()
        ))
    })
}

impl<'a> Request<'a> {
    #[inline]
    pub(super) fn parse(json: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(json)
    }

    /// The input tensors, with the bytes that are theirs.
    pub(super) fn tensors<'t>(&'t self, binary: &'t [u8]) -> Result<Vec<Tensor<'t>>, Refusal> {
        let mut rest = binary;
        let tensors = self.inputs.iter().map(|input| input.tensor(&mut rest, self.has_tokens));
        let tensors = tensors.collect::<Result<_, _>>()?;
        if !rest.is_empty() {
            let reason = format!("{} bytes are left behind the last binary tensor", rest.len());
            return Err(Refusal::invalid(reason));
        }
        Ok(tensors)
    }

    /// The outputs asked for, and whether one that is not named is to be binary.
    pub(super) fn outputs(&mut self) -> (Vec<Output<'a>>, bool) {
        let all_binary = self.parameters.as_ref().and_then(|parameters| parameters.binary_data_output);
        (self.outputs.take().unwrap_or_default(), all_binary.unwrap_or(false))
    }
}

impl<'a> Output<'a> {
    /// Whether its tensor is to be binary, if all that do not say so are.
    pub(super) fn is_binary(&self, all_binary: bool) -> bool {
        self.parameters.as_ref().and_then(|parameters| parameters.binary_data).unwrap_or(all_binary)
    }

    /// What is asked, with as much of the text as must be kept.
    pub(super) fn request<'k>(self, keep: impl Fn(Cow<'a, str>) -> Cow<'k, str>) -> OutputRequest<'k> {
        let parameters = self.parameters.unwrap_or_default();
        OutputRequest {
            name: keep(self.name),
            as_classification: parameters.classification.is_some(),
            in_shared_memory: parameters.shared_memory_region.is_some(),
        }
    }
}

impl Input<'_> {
    /// The tensor, whose bytes, if it is binary, are the first of `rest`.
    fn tensor<'t>(&'t self, rest: &mut &'t [u8], has_tokens: bool) -> Result<Tensor<'t>, Refusal> {
        let Self { name, datatype, shape, .. } = self;
        let parameters = self.parameters.as_ref();
        let in_shared_memory = parameters.is_some_and(|parameters| parameters.shared_memory_region.is_some());
        let refuse = |reason: String| Refusal::input(name, reason);
        DeclaredInput { name, datatype, shape, in_shared_memory }.tensor(|datatype| {
            match (&self.data, parameters.and_then(|parameters| parameters.binary_data_size)) {
                (Some(elements), None) if datatype == Datatype::Bytes => {
                    elements.check_texts(shape).map_err(refuse)?;
                    Ok(InputData::Texts(elements))
                }
                (Some(elements), None) => {
                    Ok(InputData::Json(elements.numbers(datatype, shape, has_tokens).map_err(refuse)?))
                }
                (None, Some(size)) => {
                    let (own, others) = rest.split_at_checked(size).ok_or_else(|| {
                        refuse(format!(
                            "binary_data_size is {size}, but {} bytes are left in the body",
                            rest.len()
                        ))
                    })?;
                    *rest = others;
                    Ok(InputData::Raw(own))
                }
                (Some(_), Some(_)) => Err(Refusal::elements_twice(name, PLACES)),
                (None, None) => Err(Refusal::no_elements(name, PLACES)),
            }
        })
    }
}

impl Elements {
    /// That these are strings, with numbers and `null` among them, and stand as the shape says.
    fn check_texts(&self, shape: &[i64]) -> Result<(), String> {
        let boolean = self.first_boolean.map(|index| (index, "a boolean"));
        if let Some((index, kind)) = self.first_other.or(boolean) {
            return Err(format!("element {index} is {kind}, which is no {}", Datatype::Bytes));
        }
        self.misfit(shape).map_or(Ok(()), Err)
    }

    /// The numbers, once they are such and stand as the shape says.
    fn numbers(&self, datatype: Datatype, shape: &[i64], has_tokens: bool) -> Result<&[f64], String> {
        let boolean = self.first_boolean.filter(|_| datatype != Datatype::Bool);
        let string = self.first_string.or(self.first_token.filter(|_| !has_tokens));
        let string = string.map(|index| (index, "a string"));
        let other = self.first_other.or(string).or(boolean.map(|index| (index, "a boolean")));
        if let Some((index, kind)) = other {
            return Err(format!("element {index} is {kind}, which is no {datatype}"));
        }
        match self.misfit(shape) {
            Some(misfit) => Err(misfit),
            None => Ok(&self.values),
        }
    }
}
