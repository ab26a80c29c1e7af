//! Operators of one number after the other.

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::shape::spread_shape;
use super::super::value::{Kind, Known, Value};
use super::sparse;
use super::unknown::unknown;
use crate::error::{Error, Result};
use crate::program::{One, Two, What};

pub(super) fn plan(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let operator = call.proto().op_type.as_str();
    if operator == "Clip" {
        return clip(planner, call);
    }
    if let Some(function) = one_of(call) {
        return one(planner, function, call.numbers(0)?);
    }
    let function = two_of(operator).ok_or_else(|| unknown(call))?;
    let mut value = call.numbers(0)?.clone();
    let is_mean = operator == "Mean";
    if !matches!(operator, "Sum" | "Max" | "Min" | "Mean") {
        return two(planner, function, &value, call.numbers(1)?);
    }
    for index in 1..call.inputs.len() {
        value = two(planner, function, &value, call.numbers(index)?)?;
    }
    if is_mean {
        #[expect(clippy::cast_precision_loss, reason = "a node has fewer than 2^53 inputs")]
        let count = Value::constant(Vec::new(), value.kind, vec![call.inputs.len() as f64]);
        value = two(planner, Two::Div, &value, &count)?;
    }
    Ok(value)
}

fn one_of(call: &Call<'_>) -> Option<One> {
    Some(match call.proto().op_type.as_str() {
        "Abs" => One::Abs,
        "Ceil" => One::Ceil,
        "Cos" => One::Cos,
        "Erf" => One::Erf,
        "Exp" => One::Exp,
        "Floor" => One::Floor,
        "IsNaN" => One::IsNaN,
        "LeakyRelu" => One::LeakyRelu { slope: call.node.float("alpha", 0.01) },
        "Log" => One::Log,
        "Neg" => One::Neg,
        "Not" => One::Not,
        "Reciprocal" => One::Reciprocal,
        "Relu" => One::Relu,
        "Round" => One::Round,
        "Sigmoid" => One::Sigmoid,
        "Sign" => One::Sign,
        "Sin" => One::Sin,
        "Softplus" => One::Softplus,
        "Sqrt" => One::Sqrt,
        "Tanh" => One::Tanh,
        _ => return None,
    })
}

fn two_of(operator: &str) -> Option<Two> {
    Some(match operator {
        "Add" | "Sum" | "Mean" => Two::Add,
        "Sub" => Two::Sub,
        "Mul" => Two::Mul,
        "Div" => Two::Div,
        "Pow" => Two::Pow,
        "Mod" => Two::Mod,
        "Max" => Two::Max,
        "Min" => Two::Min,
        "Equal" => Two::Equal,
        "Less" => Two::Less,
        "LessOrEqual" => Two::LessOrEqual,
        "Greater" => Two::Greater,
        "GreaterOrEqual" => Two::GreaterOrEqual,
        "And" => Two::And,
        "Or" => Two::Or,
        "Xor" => Two::Xor,
        _ => return None,
    })
}

/// A function of each number.
pub(super) fn one(planner: &mut Planner<'_>, function: One, value: &Value) -> Result<Value> {
    if let Some(made) = sparse::one(planner, function, value) {
        return Ok(made);
    }
    let kind = if matches!(function, One::IsNaN | One::Not | One::Truth) { Kind::Truth } else { value.kind };
    let made = planner
        .each(&[value], value.shape.clone(), kind, |operands| What::One(function, operands.swap_remove(0)))?;
    if made.as_constant().is_some() {
        return Ok(made);
    }
    if function == One::IsNaN {
        planner.is_missing(&made, value);
    }
    planner.steps.spend(value.known.among.as_ref().map_or(0, |among| among.len()))?;
    let known = match &value.known.among {
        Some(among) => Known::among(among.iter().map(|number| function.of(*number))),
        None => bounds_of_one(function, value.known.low, value.known.high),
    };
    // A number that is rounded, or only has another type, is as large as before.
    let known = match function {
        One::Same => Known { above: value.known.above, is_reversed: value.known.is_reversed, ..known },
        _ => known,
    };
    Ok(made.with(known))
}

fn bounds_of_one(function: One, low: f64, high: f64) -> Known {
    match function {
        One::Abs | One::Softplus | One::Sqrt => Known::within(0.0, f64::INFINITY),
        One::Sign => Known::among([-1.0, 0.0, 1.0]),
        One::Cos | One::Erf | One::Sin | One::Tanh => Known::within(-1.0, 1.0),
        One::IsNaN | One::Not | One::Truth => Known::among([0.0, 1.0]),
        One::Sigmoid => Known::within(0.0, 1.0),
        One::Neg => Known::within(-high, -low),
        One::Reciprocal | One::LeakyRelu { .. } => Known::NOTHING,
        // These rise with their argument.
        One::Same
        | One::Ceil
        | One::Clip { .. }
        | One::Exp
        | One::Floor
        | One::Log
        | One::Relu
        | One::Round
        | One::Whole => Known::within(function.of(low), function.of(high)),
    }
}

/// A function of the numbers of two tensors, each spread over the shape of both.
pub(super) fn two(planner: &mut Planner<'_>, function: Two, a: &Value, b: &Value) -> Result<Value> {
    let kind = match function {
        Two::Equal
        | Two::Less
        | Two::LessOrEqual
        | Two::Greater
        | Two::GreaterOrEqual
        | Two::And
        | Two::Or
        | Two::Xor => Kind::Truth,
        _ => a.kind,
    };
    if let Some(made) = sparse::two(planner, function, a, b)? {
        return Ok(made);
    }
    let shape = spread_shape(&[&a.shape, &b.shape])?;
    let made = planner.each(&[a, b], shape, kind, |operands| {
        let b = operands.swap_remove(1);
        What::Two(function, operands.swap_remove(0), b)
    })?;
    if made.as_constant().is_some() {
        return Ok(made);
    }
    let n_among = [a, b].map(|value| value.known.among.as_ref().map_or(0, |among| among.len()));
    planner.steps.spend(n_among[0] + n_among[1])?;
    if function == Two::Add {
        planner.note_sum(&made, a, b);
        let is_one =
            |value: &Value| value.as_constant().is_some_and(|numbers| numbers.iter().all(|n| *n == 1.0));
        if is_one(b) && sparse::is_row(planner, a) && made.shape == a.shape {
            planner.note_one_above(&made, a);
        }
    }
    let known = match kind {
        Kind::Truth => Known::among([0.0, 1.0]),
        _ if function == Two::Div && is_share(planner, a, b) => Known::within(0.0, 1.0),
        _ => known_of_two(function, a, b),
    };
    Ok(made.with(known))
}

/// Whether it is a part of a sum by the sum, both of numbers that are not negative.
///
/// A classifier that is calibrated adds the same to both, so that no sum is zero.
fn is_share(planner: &Planner<'_>, part: &Value, whole: &Value) -> bool {
    let Some((a, b)) = whole.known.above_sums.filter(|_| part.known.low >= 0.0) else { return false };
    planner.sum_of(part).is_some_and(|sum| sum == (a, b) || sum == (b, a))
}

fn known_of_two(function: Two, a: &Value, b: &Value) -> Known {
    let constant = |value: &Value| match value.as_constant().map(|numbers| &**numbers) {
        Some([number]) => Some(*number),
        _ => None,
    };
    // Of a number that can be a few only, the answers are as few.
    let among = match (&a.known.among, constant(b), constant(a), &b.known.among) {
        (Some(among), Some(b), ..) => Some(Known::among(among.iter().map(|a| function.of(*a, b)))),
        (_, _, Some(a), Some(among)) => Some(Known::among(among.iter().map(|b| function.of(a, *b)))),
        _ => None,
    };
    // What is made no smaller is no less than it was.
    let is_larger = |factor: &Value, value: &Value| {
        function == Two::Mul && value.known.low >= 0.0 && constant(factor).is_some_and(|n| n >= 1.0)
    };
    let larger = match () {
        () if is_larger(b, a) => a.known.above.or(a.source()),
        () if is_larger(a, b) => b.known.above.or(b.source()),
        () => None,
    };
    if let Some(known) = among {
        return Known { above: larger, ..known };
    }
    let is_bound =
        |bound: &Value, of: &Value| bound.known.above.is_some() && bound.known.above == of.source();
    let (low, high) = ((a.known.low, b.known.low), (a.known.high, b.known.high));
    match function {
        // What is added to a bound lets it stand, unless it is below zero.
        Two::Add => {
            let above = match (a.known.above, b.known.above) {
                (Some(above), _) if b.known.low >= 0.0 => Some(above),
                (_, Some(above)) if a.known.low >= 0.0 => Some(above),
                _ => None,
            };
            let above_sums = a.known.above.zip(b.known.above);
            Known { above, above_sums, ..Known::within(low.0 + low.1, high.0 + high.1) }
        }
        Two::Sub if is_bound(b, a) => Known::within(f64::NEG_INFINITY, 0.0),
        Two::Sub => Known::within(low.0 - high.1, high.0 - low.1),
        Two::Div if is_bound(b, a) && a.known.low >= 0.0 => Known::within(0.0, 1.0),
        Two::Mul | Two::Div => {
            let ends = [low.0, high.0].map(|a| [low.1, high.1].map(|b| function.of(a, b)));
            let ends = ends.as_flattened();
            let crosses = function == Two::Div && low.1 <= 0.0 && high.1 >= 0.0;
            if crosses || ends.iter().any(|end| end.is_nan()) {
                let is_positive = low.0 >= 0.0 && low.1 >= 0.0;
                return if is_positive { Known::within(0.0, f64::INFINITY) } else { Known::NOTHING };
            }
            Known {
                above: larger,
                ..Known::within(
                    ends.iter().copied().fold(f64::INFINITY, f64::min),
                    ends.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                )
            }
        }
        Two::Pow if constant(b).is_some_and(|power| power % 2.0 == 0.0) || low.0 >= 0.0 => {
            Known::within(0.0, f64::INFINITY)
        }
        Two::Max => Known {
            above: a.known.above.or(b.known.above),
            ..Known::within(low.0.max(low.1), high.0.max(high.1))
        },
        Two::Min => Known::within(low.0.min(low.1), high.0.min(high.1)),
        _ => Known::NOTHING,
    }
}

fn clip(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let bound = |index: usize, attribute: &str, default: f64| -> Result<f64> {
        if call.optional(index).is_some() {
            let number = call.constant(index)?.first().copied();
            return number.ok_or_else(|| Error::malformed(format!("input {index} has no elements")));
        }
        Ok(call.node.attribute(attribute).and_then(|attribute| attribute.f).map_or(default, f64::from))
    };
    let low = bound(1, "min", f64::NEG_INFINITY)?;
    let high = bound(2, "max", f64::INFINITY)?;
    one(planner, One::Clip { low, high }, call.numbers(0)?)
}
