//! A case as its file has it.

use std::collections::BTreeMap;

use iris_core::ErrorClass;
use serde::Deserialize;

use super::values::{self, Value};

/// One request, and what becomes of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// A file of the core's test data, or the embedded model.
    #[serde(default = "iris")]
    pub(crate) model: String,
    /// Another limit of rows than the usual.
    pub(crate) max_rows: Option<usize>,
    /// Whether requests are recorded, and so counted.
    #[serde(default = "yes")]
    pub(crate) recorded: bool,

    #[serde(default)]
    pub(crate) ask: Ask,
    /// The model asked; the one served if it is not said.
    pub(crate) of: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) id: Option<String>,
    #[serde(default = "one_flower")]
    pub(crate) inputs: Vec<Input>,
    #[serde(default)]
    pub(crate) outputs: Vec<Output>,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, Value>,

    /// REST: the whole body, in place of the JSON that the request would be.
    pub(crate) body: Option<String>,
    /// REST: what the header says is the length of the JSON.
    pub(crate) json_len: Option<String>,
    /// REST: bytes behind the last tensor, in hexadecimal digits.
    pub(crate) tail: Option<String>,
    /// gRPC: the whole message, in hexadecimal digits.
    pub(crate) message: Option<String>,
    /// gRPC: bytes for the inputs in their order, in place of their own.
    pub(crate) raw_input_contents: Option<Vec<String>>,

    /// The forms that the case is for, and no others.
    pub(crate) only: Option<Vec<Form>>,
    /// Why it is not for all.
    pub(crate) because: Option<String>,

    pub(crate) answer: Option<Answer>,
    pub(crate) refusal: Option<Refusal>,
}

/// What is asked of the model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    #[default]
    Infer,
    Metadata,
    Ready,
    Config,
    Statistics,
    Index,
    Load,
    Unload,
}

/// How the elements of the inputs travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// REST: as numbers in JSON.
    Json,
    /// REST: as bytes behind the JSON.
    Binary,
    /// gRPC: in the fields of `contents`.
    Typed,
    /// gRPC: as bytes in `raw_input_contents`.
    Raw,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) datatype: String,
    pub(crate) shape: Vec<i64>,
    /// The elements, flat or nested, for every form that can hold them.
    pub(crate) data: Option<Value>,
    /// The elements as a text in JSON, for REST alone.
    pub(crate) json: Option<String>,
    /// The elements as bytes, in hexadecimal digits.
    pub(crate) raw: Option<String>,
    /// The elements in fields of gRPC's `contents`.
    pub(crate) contents: Option<Contents>,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, Value>,
}

/// Elements by the field of gRPC's `contents` that they are in.
pub(crate) type Contents = BTreeMap<String, Vec<Value>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Output {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) outputs: Vec<Expected>,
    /// How far a number may be from the one given, by the largest of its output or 1.
    #[serde(default = "rounding")]
    pub(crate) tolerance: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) name: String,
    pub(crate) datatype: String,
    pub(crate) shape: Vec<i64>,
    pub(crate) data: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    pub(crate) class: String,
    /// A part of the message.
    pub(crate) says: String,
}

impl Form {
    pub(crate) const REST: [Self; 2] = [Self::Json, Self::Binary];
    pub(crate) const GRPC: [Self; 2] = [Self::Typed, Self::Raw];
}

impl Case {
    /// The name and the version of the model as it is served.
    pub(crate) fn served(&self) -> (&'static str, &'static str) {
        if self.model == "iris" { ("iris", "1") } else { ("model", "7") }
    }

    /// The model that is asked.
    pub(crate) fn asked(&self) -> &str {
        self.of.as_deref().unwrap_or(self.served().0)
    }

    /// The class of the mistake, if it is one.
    pub(crate) fn class(&self) -> Option<ErrorClass> {
        let class = &self.refusal.as_ref()?.class;
        let known = ErrorClass::ALL.into_iter().find(|known| known.as_str() == class);
        Some(known.unwrap_or_else(|| panic!("{}: there is no class {class}", self.name)))
    }

    /// Whether the request can be sent in this form, and the case is for it.
    pub(crate) fn comes_as(&self, form: Form) -> bool {
        if self.only.as_ref().is_some_and(|only| !only.contains(&form)) {
            return false;
        }
        let of_rest = self.body.is_some() || self.json_len.is_some() || self.tail.is_some();
        let of_grpc = self.message.is_some() || self.raw_input_contents.is_some();
        let all = |can: fn(&Input) -> bool| self.inputs.iter().all(can);
        match form {
            Form::Json if self.ask != Ask::Infer || self.body.is_some() => !of_grpc,
            Form::Typed if self.ask != Ask::Infer || self.message.is_some() => !of_rest,
            Form::Json => !of_grpc && self.tail.is_none() && all(Input::fits_json),
            Form::Typed => !of_rest && !of_grpc && all(Input::fits_contents),
            Form::Raw if self.raw_input_contents.is_some() => !of_rest,
            // Without inputs the two forms of a transport are one.
            Form::Binary | Form::Raw if self.ask != Ask::Infer || self.inputs.is_empty() => false,
            Form::Binary => {
                let is_whole = self.body.is_none() && self.json_len.is_none();
                is_whole && !of_grpc && all(|input| input.in_bytes().is_some())
            }
            Form::Raw => !of_rest && !of_grpc && all(|input| input.in_bytes().is_some()),
        }
    }
}

impl Input {
    fn has_nothing(&self) -> bool {
        self.data.is_none() && self.json.is_none() && self.raw.is_none() && self.contents.is_none()
    }

    /// Whether there are no elements, or such as JSON can hold.
    fn fits_json(&self) -> bool {
        self.has_nothing() || self.in_json().is_some()
    }

    /// The elements in JSON.
    pub(crate) fn in_json(&self) -> Option<String> {
        self.json.clone().or_else(|| self.data.as_ref().map(Value::to_json))
    }

    /// The elements as bytes.
    pub(crate) fn in_bytes(&self) -> Option<Vec<u8>> {
        match (&self.raw, &self.data) {
            (Some(raw), _) => Some(values::bytes_of(raw)),
            (None, Some(data)) => values::raw(&self.datatype, &data.flat()),
            (None, None) => None,
        }
    }

    /// Whether there are no elements, or such as `contents` has a field for.
    fn fits_contents(&self) -> bool {
        self.has_nothing() || self.in_contents().is_some()
    }

    /// The elements in the fields of `contents`.
    pub(crate) fn in_contents(&self) -> Option<Contents> {
        let of_data = || {
            let values = self.data.as_ref()?.flat();
            let field = values::field(&self.datatype, &values)?;
            Some([(field.to_owned(), values.into_iter().cloned().collect())].into())
        };
        self.contents.clone().or_else(of_data)
    }
}

fn iris() -> String {
    "iris".to_owned()
}

fn yes() -> bool {
    true
}

/// scikit-learn's sums are added up in another order.
fn rounding() -> f64 {
    1e-12
}

/// What is sent by cases that are about something else.
fn one_flower() -> Vec<Input> {
    vec![Input {
        name: "input-0".to_owned(),
        datatype: "FP64".to_owned(),
        shape: vec![1, 4],
        data: Some(Value::List([5.1, 3.5, 1.4, 0.2].map(Value::Number).into())),
        json: None,
        raw: None,
        contents: None,
        parameters: BTreeMap::new(),
    }]
}
