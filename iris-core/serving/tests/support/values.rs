//! Elements of tensors, and how each form writes them.

use serde::Deserialize;

/// A number, a text, or a list of such.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    List(Vec<Value>),
}

impl Value {
    /// What is no list, in its order.
    pub(crate) fn flat(&self) -> Vec<&Self> {
        match self {
            Self::List(values) => values.iter().flat_map(Self::flat).collect(),
            value => vec![value],
        }
    }

    pub(crate) fn to_json(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Number(value) if value.is_nan() => "NaN".to_owned(),
            Self::Number(value) if value.is_infinite() => {
                if *value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
            }
            Self::Number(value) => format!("{value:?}"),
            Self::Text(value) => serde_json::to_string(value).unwrap(),
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(Self::to_json).collect();
                format!("[{}]", values.join(","))
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "the cases' integers are small")]
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Integer(value) => Some(*value as f64),
            Self::Number(value) => Some(*value),
            Self::Text(_) | Self::List(_) => None,
        }
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Self::Bool(value) => Some((*value).into()),
            Self::Integer(value) => Some(*value),
            Self::Number(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// The elements as the protocol's bytes; none if the datatype does not hold
/// them, or is one whose bytes a case must spell out.
pub(crate) fn raw(datatype: &str, values: &[&Value]) -> Option<Vec<u8>> {
    fn all<const N: usize>(values: &[&Value], one: impl Fn(&Value) -> Option<[u8; N]>) -> Option<Vec<u8>> {
        let bytes: Option<Vec<[u8; N]>> = values.iter().map(|value| one(value)).collect();
        Some(bytes?.concat())
    }
    macro_rules! integers {
        ($type:ty) => {
            all(values, |value| Some(<$type>::try_from(value.integer()?).ok()?.to_le_bytes()))
        };
    }
    match datatype {
        "BOOL" => {
            all(values, |value| value.integer().filter(|n| (0..2).contains(n)).map(|n| [u8::from(n == 1)]))
        }
        "UINT8" => integers!(u8),
        "UINT16" => integers!(u16),
        "UINT32" => integers!(u32),
        "UINT64" => integers!(u64),
        "INT8" => integers!(i8),
        "INT16" => integers!(i16),
        "INT32" => integers!(i32),
        "INT64" => integers!(i64),
        "FP32" => all(values, |value| Some(single(value.number()?).to_le_bytes())),
        "FP64" => all(values, |value| Some(value.number()?.to_le_bytes())),
        "BYTES" => {
            let mut bytes = Vec::new();
            for value in values {
                let text = value.text()?;
                bytes.extend(u32::try_from(text.len()).ok()?.to_le_bytes());
                bytes.extend(text.bytes());
            }
            Some(bytes)
        }
        _ => None,
    }
}

/// The elements that the protocol's bytes are, of the datatypes that answers have.
pub(crate) fn read_raw(datatype: &str, mut bytes: &[u8]) -> Vec<Value> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        let value = match datatype {
            "FP64" => Value::Number(f64::from_le_bytes(take(&mut bytes))),
            "INT64" => Value::Integer(i64::from_le_bytes(take(&mut bytes))),
            "BYTES" => {
                let len = u32::from_le_bytes(take(&mut bytes)) as usize;
                let text;
                (text, bytes) = bytes.split_at(len);
                Value::Text(String::from_utf8(text.to_vec()).unwrap())
            }
            other => panic!("no answer is {other}"),
        };
        values.push(value);
    }
    values
}

fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let (first, rest) = bytes.split_first_chunk().unwrap();
    *bytes = rest;
    *first
}

/// The field of gRPC's `contents` for elements of the datatype; none if there is
/// no such, or it does not hold them.
pub(crate) fn field(datatype: &str, values: &[&Value]) -> Option<&'static str> {
    let all = |holds: fn(&Value) -> bool| values.iter().all(|value| holds(value));
    let integers = |low: i64, high: i64| {
        values.iter().all(|value| value.integer().is_some_and(|value| (low..=high).contains(&value)))
    };
    let (field, holds) = match datatype {
        "BOOL" => ("bool_contents", integers(0, 1)),
        "INT8" | "INT16" | "INT32" => ("int_contents", integers(i32::MIN.into(), i32::MAX.into())),
        "INT64" => ("int64_contents", integers(i64::MIN, i64::MAX)),
        "UINT8" | "UINT16" | "UINT32" => ("uint_contents", integers(0, u32::MAX.into())),
        "UINT64" => ("uint64_contents", integers(0, i64::MAX)),
        "FP32" => ("fp32_contents", all(|value| value.number().is_some())),
        "FP64" => ("fp64_contents", all(|value| value.number().is_some())),
        "BYTES" => ("bytes_contents", all(|value| value.text().is_some())),
        _ => return None,
    };
    holds.then_some(field)
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to the datatype is the point")]
fn single(value: f64) -> f32 {
    value as f32
}

/// The bytes that hexadecimal digits are; spaces may stand between them.
pub(crate) fn bytes_of(digits: &str) -> Vec<u8> {
    let digits: Vec<char> = digits.chars().filter(|digit| *digit != ' ').collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    assert!(rest.is_empty(), "half a byte in {digits:?}");
    pairs.iter().map(|pair| u8::from_str_radix(&String::from_iter(pair), 16).unwrap()).collect()
}
