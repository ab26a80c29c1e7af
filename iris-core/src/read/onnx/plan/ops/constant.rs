//! Constants, and what is known of every tensor: its shape.

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::shape;
use super::super::value::{Kind, Numbers, Texts, Value, axis_of};
use crate::error::{Error, Result};
use crate::read::onnx::proto::{self, DataType};
use crate::read::onnx::tensor::{Data, Tensor, text};

/// The type of tensors of this element type.
pub(in crate::read::onnx::plan) fn kind(elem_type: i32) -> Result<Kind> {
    Ok(match DataType::try_from(elem_type) {
        Ok(DataType::Float) => Kind::Single,
        Ok(DataType::Double) => Kind::Double,
        Ok(DataType::Bool) => Kind::Truth,
        Ok(DataType::String) => Kind::Text,
        Ok(DataType::Undefined) | Err(_) => {
            return Err(Error::unsupported(format!(
                "element type {elem_type} is none of float, double, integers, bool, string"
            )));
        }
        Ok(_) => Kind::Whole,
    })
}

/// A constant of the file.
pub(in crate::read::onnx::plan) fn of(proto: &proto::Tensor) -> Result<Value> {
    let tensor = Tensor::new(proto)?;
    shape::len(&tensor.dims)?;
    let kind =
        kind(proto.data_type).map_err(|error| error.within(format_args!("tensor '{}'", proto.name)))?;
    Ok(match tensor.data {
        Data::Floats(numbers) => Value::constant(tensor.dims, kind, numbers),
        #[expect(clippy::cast_precision_loss, reason = "integers of estimators are below 2^53, or limits")]
        Data::Ints(numbers) => {
            Value::constant(tensor.dims, kind, numbers.into_iter().map(|number| number as f64).collect())
        }
        Data::Strings(texts) => of_texts(tensor.dims, texts),
    })
}

/// A constant of texts, which are their own vocabulary.
pub(super) fn of_texts(shape: Vec<usize>, texts: Vec<String>) -> Value {
    let codes = Value::wholes(&(0..texts.len()).collect::<Vec<_>>());
    Value { shape, kind: Kind::Text, texts: Texts::Of(texts.into()), ..codes }
}

pub(super) fn whole(number: usize) -> Value {
    Value { shape: Vec::new(), ..Value::wholes(&[number]) }
}

/// `Constant`, in each of its attributes.
pub(super) fn operator(call: &Call<'_>) -> Result<Value> {
    let attribute = |name: &str| call.node.attribute(name);
    if let Some(tensor) = attribute("value").and_then(|attribute| attribute.t.as_ref()) {
        return of(tensor);
    }
    if let Some(number) = attribute("value_float").and_then(|attribute| attribute.f) {
        return Ok(Value::constant(Vec::new(), Kind::Single, vec![f64::from(number)]));
    }
    if let Some(list) = attribute("value_floats") {
        let numbers: Vec<f64> = list.floats.iter().copied().map(f64::from).collect();
        return Ok(Value::constant(vec![numbers.len()], Kind::Single, numbers));
    }
    #[expect(clippy::cast_precision_loss, reason = "integers of estimators are below 2^53, or limits")]
    if let Some(number) = attribute("value_int").and_then(|attribute| attribute.i) {
        return Ok(Value::constant(Vec::new(), Kind::Whole, vec![number as f64]));
    }
    #[expect(clippy::cast_precision_loss, reason = "as above")]
    if let Some(list) = attribute("value_ints") {
        let numbers: Vec<f64> = list.ints.iter().map(|number| *number as f64).collect();
        return Ok(Value::constant(vec![numbers.len()], Kind::Whole, numbers));
    }
    if let Some(bytes) = attribute("value_string").and_then(|attribute| attribute.s.as_ref()) {
        return Ok(of_texts(Vec::new(), vec![text(bytes)?]));
    }
    if attribute("value_strings").is_some() {
        let texts = call.node.strings("value_strings")?;
        return Ok(of_texts(vec![texts.len()], texts));
    }
    Err(Error::unsupported("a constant without a value, or of a sparse tensor"))
}

pub(super) fn of_shape(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let shape = call.wholes(0)?;
    let shape: Vec<usize> = shape
        .iter()
        .map(|dim| usize::try_from(*dim))
        .collect::<Result<_, _>>()
        .map_err(|_| Error::malformed(format!("shape {shape:?} has a negative dimension")))?;
    let len = shape::len(&shape)?;
    planner.steps.spend(len)?;
    let (number, kind) = match call.node.attribute("value").and_then(|attribute| attribute.t.as_ref()) {
        Some(tensor) => {
            let value = of(tensor)?;
            let number = value.as_constant().and_then(|numbers| numbers.first().copied());
            (number.ok_or_else(|| Error::malformed("attribute 'value' is empty"))?, value.kind)
        }
        None => (0.0, Kind::Single),
    };
    Ok(Value::constant(shape, kind, vec![number; len]))
}

/// The shape of a tensor, or of some of its dimensions.
pub(super) fn shape(call: &Call<'_>) -> Result<Value> {
    let shape = &call.input(0)?.shape;
    let bound = |name: &str, default: usize| {
        if !call.node.has(name) {
            return Ok(default);
        }
        let place = call.node.int(name, 0);
        if usize::try_from(place).is_ok_and(|place| place >= shape.len()) {
            return Ok(shape.len());
        }
        axis_of(place, shape.len())
    };
    let (start, end) = (bound("start", 0)?, bound("end", shape.len())?);
    Ok(Value::wholes(shape.get(start..end).unwrap_or_default()))
}

pub(super) fn range(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let number = |index| {
        let one = call.constant(index)?.first().copied();
        one.ok_or_else(|| Error::malformed(format!("input {index} has no elements")))
    };
    let (start, limit, delta) = (number(0)?, number(1)?, number(2)?);
    let count = ((limit - start) / delta).ceil();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it saturates, and is bounded"
    )]
    let len = shape::len(&[count.max(0.0) as usize])?;
    planner.steps.spend(len)?;
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^32")]
    let numbers = (0..len).map(|step| start + delta * step as f64).collect();
    Ok(Value {
        numbers: Numbers::Constant(numbers),
        ..Value::constant(vec![len], call.input(0)?.kind, Vec::new())
    })
}
