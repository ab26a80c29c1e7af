//! Operators that make one number of many, and those that put them in order.

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::shape;
use super::super::value::{Kind, Known, MAX_AMONG, Value, axis_of};
use super::moving;
use super::unknown::unknown;
use crate::error::{Error, Result};
use crate::program::{FoldNumbers as Fold, Groups, Running, Top, What};

/// `Reduce…` over some axes, or all.
pub(super) fn reduce(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let fold = match call.proto().op_type.as_str() {
        "ReduceL1" => Fold::SumOfMagnitudes,
        "ReduceL2" => Fold::Length,
        "ReduceLogSum" => Fold::LogOfSum,
        "ReduceLogSumExp" => Fold::LogOfExponentials,
        "ReduceMax" => Fold::Max,
        "ReduceMean" => Fold::Mean,
        "ReduceMin" => Fold::Min,
        "ReduceProd" => Fold::Product,
        "ReduceSum" => Fold::Sum,
        "ReduceSumSquare" => Fold::SumOfSquares,
        _ => return Err(unknown(call)),
    };
    let value = call.not_empty(0)?;
    let axes = call.wholes_or(1, "axes")?.unwrap_or_default();
    if axes.is_empty() && call.node.int("noop_with_empty_axes", 0) != 0 {
        return Ok(value.clone());
    }
    let is_kept = call.node.int("keepdims", 1) != 0;
    let axes = axes.iter().map(|axis| value.axis(*axis)).collect::<Result<Vec<_>>>()?;
    reduced(planner, fold, value, &axes, is_kept)
}

/// The numbers along these axes, or along all, made one.
pub(super) fn reduced(
    planner: &mut Planner<'_>,
    fold: Fold,
    value: &Value,
    axes: &[usize],
    is_kept: bool,
) -> Result<Value> {
    let is_folded = |axis: usize| axes.is_empty() || axes.contains(&axis);
    let kept = || (0..value.rank()).filter(|axis| !is_folded(*axis));
    let order: Vec<usize> = kept().chain((0..value.rank()).filter(|axis| is_folded(*axis))).collect();
    let shape = (0..value.rank())
        .filter_map(|axis| if is_folded(axis) { is_kept.then_some(1) } else { Some(value.shape[axis]) })
        .collect();
    let n = order.iter().filter(|axis| is_folded(**axis)).map(|axis| value.shape[*axis]).product();
    // Numbers of one axis may stand apart; those of several are put beside each other first.
    let (folded, inner) = match axes {
        [one] => (value.clone(), value.shape[one + 1..].iter().product()),
        _ => (moving::transposed(planner, value, &order)?, 1),
    };
    let kind = match fold {
        Fold::Largest | Fold::LastLargest | Fold::Smallest | Fold::LastSmallest => Kind::Whole,
        _ => value.kind,
    };
    let made = planner.whole(&[&folded], shape, kind, |operands| {
        What::Fold(fold, Groups { n, inner }, operands.swap_remove(0))
    })?;
    if made.as_constant().is_some() {
        return Ok(made);
    }
    Ok(made.with(known(fold, value, n)))
}

fn known(fold: Fold, value: &Value, n: usize) -> Known {
    let Known { low, high, .. } = value.known;
    #[expect(clippy::cast_precision_loss, reason = "a tensor has fewer than 2^32 numbers")]
    let count = n as f64;
    let above = value.source();
    match fold {
        Fold::Mean | Fold::Min => Known::within(low, high),
        Fold::Max => Known { above, ..Known::within(low, high) },
        Fold::LogOfExponentials => Known { above, ..Known::NOTHING },
        // Of numbers that are not negative the sum is no less than any.
        Fold::Sum if low >= 0.0 => Known { above, ..Known::within(low * count, high * count) },
        Fold::Sum => Known::within(low * count, high * count),
        Fold::SumOfMagnitudes | Fold::Length => Known { above, ..Known::within(0.0, f64::INFINITY) },
        Fold::SumOfSquares => Known::within(0.0, f64::INFINITY),
        Fold::Product if low >= 0.0 => Known::within(0.0, f64::INFINITY),
        Fold::Product | Fold::LogOfSum => Known::NOTHING,
        Fold::Largest | Fold::LastLargest | Fold::Smallest | Fold::LastSmallest => places(n),
    }
}

/// The places among so many, if these are few enough to be listed.
fn places(n: usize) -> Known {
    #[expect(clippy::cast_precision_loss, reason = "a tensor has fewer than 2^32 numbers")]
    match n {
        0..=MAX_AMONG => Known::among((0..n).map(|place| place as f64)),
        _ => Known::within(0.0, n as f64 - 1.0),
    }
}

/// `ArgMax` and `ArgMin`.
pub(super) fn arg(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let value = call.not_empty(0)?;
    let is_last = call.node.int("select_last_index", 0) != 0;
    let fold = match (call.proto().op_type.as_str(), is_last) {
        ("ArgMax", false) => Fold::Largest,
        ("ArgMax", true) => Fold::LastLargest,
        (_, false) => Fold::Smallest,
        (_, true) => Fold::LastSmallest,
    };
    let axis = value.axis(call.node.int("axis", 0))?;
    reduced(planner, fold, value, &[axis], call.node.int("keepdims", 1) != 0)
}

/// The values, and where they stand.
pub(super) fn top(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.not_empty(0)?;
    let k = match call.optional(1) {
        Some(_) => call.wholes(1)?.first().copied(),
        None => Some(call.node.int("k", 0)),
    };
    let axis = value.axis(call.node.int("axis", -1))?;
    let n = value.shape[axis];
    let k = k.and_then(|k| usize::try_from(k).ok()).filter(|k| (1..=n).contains(k));
    let k =
        k.ok_or_else(|| Error::malformed(format!("the first of {n} numbers, but not 1 to {n} of them")))?;
    let last = moving::to_last(value.rank(), axis);
    let turned = moving::transposed(planner, value, &last)?;
    let n_groups = value.len() / n;
    let what = What::Top(Top { n, k, is_largest: call.node.int("largest", 1) != 0 });
    // Both parts come out of one step, whose numbers are of the values' type.
    let both = planner.direct(&turned, vec![2, n_groups * k], value.kind, what)?;
    let mut shape = turned.shape;
    if let Some(last) = shape.last_mut() {
        *last = k;
    }
    let mut part = |start: usize, known: Known, kind: Kind| -> Result<Value> {
        let strides = shape::strides(&shape);
        let part = planner.moved(&both, shape.clone(), &strides, start)?;
        let part = Value { kind, ..part.with(known) };
        let back = moving::from_last(value.rank(), axis);
        moving::transposed(planner, &part, &back)
    };
    let values = part(0, Known::within(value.known.low, value.known.high), value.kind)?;
    Ok(vec![values, part(n_groups * k, places(n), Kind::Whole)?])
}

pub(super) fn softmax(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let value = call.not_empty(0)?;
    let is_logarithm = call.proto().op_type == "LogSoftmax";
    // Before version 13 all axes from this one on are one.
    let is_flat = call.opset < 13;
    let axis = call.node.int("axis", if is_flat { 1 } else { -1 });
    let axis = if value.rank() == 0 { 0 } else { axis_of(axis, value.rank())? };
    let (turned, n) = if is_flat {
        (value.clone(), value.shape[axis.min(value.rank())..].iter().product())
    } else {
        let order = moving::to_last(value.rank(), axis);
        (moving::transposed(planner, value, &order)?, value.shape.get(axis).copied().unwrap_or(1))
    };
    let known = if is_logarithm { Known::within(f64::NEG_INFINITY, 0.0) } else { Known::within(0.0, 1.0) };
    let made =
        planner.direct(&turned, turned.shape.clone(), value.kind, What::Softmax { n, is_logarithm })?;
    let made = if made.as_constant().is_some() { made } else { made.with(known) };
    if is_flat {
        return Ok(made);
    }
    moving::transposed(planner, &made, &moving::from_last(value.rank(), axis))
}

pub(super) fn cum_sum(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let value = call.not_empty(0)?;
    let axis = call.wholes(1)?.first().copied().unwrap_or(0);
    let axis = value.axis(axis)?;
    let order = moving::to_last(value.rank(), axis);
    let turned = moving::transposed(planner, value, &order)?;
    let running = Running {
        n: value.shape[axis],
        is_exclusive: call.node.int("exclusive", 0) != 0,
        is_reverse: call.node.int("reverse", 0) != 0,
    };
    let made = planner.direct(&turned, turned.shape.clone(), value.kind, What::Running(running))?;
    moving::transposed(planner, &made, &moving::from_last(value.rank(), axis))
}
