//! The preprocessing operators of `ai.onnx.ml`.

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::value::{Kind, Known, Value};
use super::elementwise::two;
use crate::error::{Error, Result};
use crate::program::{Impute, Norm, Step, Two};

/// `(x - offset) · scale`
pub(super) fn scaler(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let x = call.numbers(0)?;
    let x = Value { kind: Kind::Single, ..x.clone() };
    let columns = |name: &str| -> Result<Option<Value>> {
        let numbers = call.node.floats(name)?;
        let fits = matches!(numbers.len(), 0 | 1) || x.shape.last() == Some(&numbers.len());
        if !fits {
            return Err(Error::malformed(format!(
                "{name} holds {} numbers for {}",
                numbers.len(),
                x.describe()
            )));
        }
        Ok((!numbers.is_empty()).then(|| Value::constant(vec![numbers.len()], Kind::Single, numbers)))
    };
    let mut scaled = x.clone();
    if let Some(offset) = columns("offset")? {
        scaled = two(planner, Two::Sub, &scaled, &offset)?;
    }
    if let Some(scale) = columns("scale")? {
        scaled = two(planner, Two::Mul, &scaled, &scale)?;
    }
    Ok(scaled)
}

pub(super) fn normalizer(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let x = call.not_empty(0)?;
    let norm = match call.node.string("norm", "MAX")?.as_str() {
        "L1" => Norm::L1,
        "L2" => Norm::L2,
        "MAX" => Norm::Max,
        other => return Err(Error::malformed(format!("norm '{other}' is none of L1, L2, MAX"))),
    };
    let Some(source) = x.source() else {
        return Err(Error::unsupported("a normalizer whose input depends on no row"));
    };
    if x.shape.iter().rev().skip(1).any(|dim| *dim != 1) {
        return Err(Error::unsupported(format!("a normalizer of {}", x.describe())));
    }
    planner.steps.spend(x.len())?;
    let normalized = planner.steps.step(Step::Normalize(norm.into()), source);
    let rounded = planner.steps.step(Step::Single, normalized);
    let low = if x.known.low >= 0.0 { 0.0 } else { -1.0 };
    Ok(Value::computed(x.shape.clone(), Kind::Single, rounded).with(Known::within(low, 1.0)))
}

pub(super) fn imputer(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let x = call.not_empty(0)?;
    #[expect(clippy::cast_precision_loss, reason = "a stand-in for a missing value is a small integer")]
    let integers =
        call.node.ints("imputed_value_int64s").iter().map(|value| *value as f64).collect::<Vec<_>>();
    let (fill, missing) = if integers.is_empty() {
        (call.node.floats("imputed_value_floats")?, call.node.float("replaced_value_float", 0.0))
    } else {
        #[expect(clippy::cast_precision_loss, reason = "as above")]
        (integers, call.node.int("replaced_value_int64", 0) as f64)
    };
    let fill = match fill.as_slice() {
        [one] => vec![*one; x.len()],
        _ if fill.len() == x.len() => fill,
        _ => return Err(Error::malformed(format!("{} numbers to impute for {}", fill.len(), x.describe()))),
    };
    let Some(source) = x.source() else {
        return Err(Error::unsupported("an imputer whose input depends on no row"));
    };
    planner.steps.spend(x.len())?;
    let filled = planner.steps.step(Step::Impute(Impute { fill, missing }), source);
    Ok(Value::computed(x.shape.clone(), x.kind, filled))
}

/// 1 above a threshold, 0 elsewhere.
pub(super) fn binarizer(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let x = call.numbers(0)?;
    let threshold = Value::constant(Vec::new(), x.kind, vec![call.node.float("threshold", 0.0)]);
    let is_above = two(planner, Two::Greater, x, &threshold)?;
    Ok(Value { kind: x.kind, ..is_above })
}
