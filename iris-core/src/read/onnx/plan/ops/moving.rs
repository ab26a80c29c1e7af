//! Operators that only move numbers about.

use std::rc::Rc;

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::shape::{len, spread_shape, strides};
use super::super::value::{Known, Numbers, Texts, Value, axis_of};
use super::texts;
use crate::error::{Error, Result};
use crate::program::{Operand, What};

pub(super) fn reshape(call: &Call<'_>) -> Result<Value> {
    let value = call.input(0)?;
    let asked = call.wholes_or(1, "shape")?.ok_or_else(|| Error::malformed("no shape"))?;
    let keeps_zero = call.node.int("allowzero", 0) != 0;
    let mut shape = Vec::with_capacity(asked.len());
    for (place, dim) in asked.iter().enumerate() {
        shape.push(match dim {
            0 if !keeps_zero => value.shape.get(place).copied(),
            -1 => Some(1),
            dim => usize::try_from(*dim).ok(),
        });
    }
    let unfit = || Error::malformed(format!("shape {asked:?} for {}", value.describe()));
    let mut shape: Vec<usize> = shape.into_iter().collect::<Option<_>>().ok_or_else(unfit)?;
    let open: Vec<usize> = (0..asked.len()).filter(|place| asked[*place] == -1).collect();
    let rest = len(&shape)?;
    match open[..] {
        [] => {}
        [place] if rest > 0 && value.len() % rest == 0 => shape[place] = value.len() / rest,
        _ => return Err(unfit()),
    }
    if len(&shape)? != value.len() {
        return Err(unfit());
    }
    Ok(value.reshaped(shape))
}

pub(super) fn flatten(call: &Call<'_>) -> Result<Value> {
    let value = call.input(0)?;
    let axis = call.node.int("axis", 1);
    let axis = if usize::try_from(axis) == Ok(value.rank()) { value.rank() } else { value.axis(axis)? };
    let shape = vec![value.shape[..axis].iter().product(), value.shape[axis..].iter().product()];
    Ok(value.reshaped(shape))
}

pub(super) fn squeeze(call: &Call<'_>) -> Result<Value> {
    let value = call.input(0)?;
    let axes = call.wholes_or(1, "axes")?;
    let axes = match axes {
        Some(axes) => axes.iter().map(|axis| value.axis(*axis)).collect::<Result<Vec<_>>>()?,
        None => (0..value.rank()).filter(|axis| value.shape[*axis] == 1).collect(),
    };
    if let Some(axis) = axes.iter().find(|axis| value.shape[**axis] != 1) {
        return Err(Error::malformed(format!("axis {axis} of {} is not 1", value.describe())));
    }
    let shape = (0..value.rank()).filter(|axis| !axes.contains(axis)).map(|axis| value.shape[axis]).collect();
    Ok(value.reshaped(shape))
}

pub(super) fn unsqueeze(call: &Call<'_>) -> Result<Value> {
    let value = call.input(0)?;
    let axes = call.wholes_or(1, "axes")?.ok_or_else(|| Error::malformed("no axes"))?;
    let rank = value.rank() + axes.len();
    let axes = axes.iter().map(|axis| axis_of(*axis, rank)).collect::<Result<Vec<_>>>()?;
    let mut dims = value.shape.iter().copied();
    let shape: Vec<usize> = (0..rank)
        .map(|axis| if axes.contains(&axis) { Some(1) } else { dims.next() })
        .collect::<Option<_>>()
        .ok_or_else(|| Error::malformed(format!("axes {axes:?} name one twice")))?;
    if len(&shape)? != value.len() {
        return Err(Error::malformed(format!("axes {axes:?} name one twice")));
    }
    Ok(value.reshaped(shape))
}

pub(super) fn transpose(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let value = call.input(0)?;
    let order: Vec<usize> = if call.node.has("perm") {
        call.node.ints("perm").iter().map(|axis| value.axis(*axis)).collect::<Result<_>>()?
    } else {
        (0..value.rank()).rev().collect()
    };
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..value.rank()) {
        return Err(Error::malformed(format!("perm {order:?} is no order of {} axes", value.rank())));
    }
    transposed(planner, value, &order)
}

/// The axes in another order.
pub(super) fn transposed(planner: &mut Planner<'_>, value: &Value, order: &[usize]) -> Result<Value> {
    if order.iter().copied().eq(0..value.rank()) {
        return Ok(value.clone());
    }
    let of_value = strides(&value.shape);
    let shape: Vec<usize> = order.iter().map(|axis| value.shape[*axis]).collect();
    let strides: Vec<usize> = order.iter().map(|axis| of_value[*axis]).collect();
    planner.moved(value, shape, &strides, 0)
}

/// The order of axes that puts one at the end.
pub(super) fn to_last(rank: usize, axis: usize) -> Vec<usize> {
    (0..rank).filter(|other| *other != axis).chain((axis < rank).then_some(axis)).collect()
}

/// The order that undoes [`to_last`].
pub(super) fn from_last(rank: usize, axis: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rank.saturating_sub(1)).collect();
    if axis < rank {
        order.insert(axis, rank - 1);
    }
    order
}

pub(super) fn slice(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let value = call.input(0)?;
    let starts = call.wholes_or(1, "starts")?.ok_or_else(|| Error::malformed("no starts"))?;
    let ends = call.wholes_or(2, "ends")?.ok_or_else(|| Error::malformed("no ends"))?;
    let axes = call.wholes_or(3, "axes")?.unwrap_or_else(|| (0..).take(starts.len()).collect());
    let steps = call.wholes_or(4, "steps")?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()].iter().any(|len| *len != starts.len()) {
        return Err(Error::malformed("starts, ends, axes and steps that are not as many"));
    }
    let of_value = strides(&value.shape);
    let (mut shape, mut order, mut start) = (value.shape.clone(), of_value.clone(), 0);
    for (((along, from), to), step) in axes.iter().zip(&starts).zip(&ends).zip(&steps) {
        let dimension = value.axis(*along)?;
        if *step < 1 {
            return Err(Error::unsupported(format!("a slice in steps of {step}")));
        }
        let dim = i64::try_from(value.shape[dimension]).unwrap_or(i64::MAX);
        let place = |place: i64| (if place < 0 { place.saturating_add(dim) } else { place }).clamp(0, dim);
        let (from, to) = (place(*from), place(*to));
        let n = usize::try_from((to - from).max(0)).unwrap_or(0);
        let step = usize::try_from(*step).unwrap_or(usize::MAX).min(value.shape[dimension].max(1));
        shape[dimension] = n.div_ceil(step);
        order[dimension] = of_value[dimension] * step;
        start += usize::try_from(from).unwrap_or(0) * of_value[dimension];
    }
    planner.moved(value, shape, &order, start)
}

pub(super) fn split(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let axis = value.axis(call.node.int("axis", 0))?;
    let n_parts = call.proto().output.len().max(1);
    let dim = value.shape[axis];
    let sizes: Vec<usize> = if let Some(sizes) = call.wholes_or(1, "split")? {
        sizes.iter().map(|size| usize::try_from(*size).unwrap_or(usize::MAX)).collect()
    } else {
        let size = dim.div_ceil(n_parts);
        (0..n_parts).map(|part| size.min(dim.saturating_sub(part * size))).collect()
    };
    if sizes.iter().try_fold(0usize, |sum, size| sum.checked_add(*size)) != Some(dim) {
        return Err(Error::malformed(format!("parts of {sizes:?} of {dim}")));
    }
    let of_value = strides(&value.shape);
    let mut start = 0;
    let mut part = |size: usize| {
        let shape =
            value.shape.iter().enumerate().map(|(place, dim)| if place == axis { size } else { *dim });
        let part = planner.moved(value, shape.collect(), &of_value, start * of_value[axis]);
        start += size;
        part
    };
    sizes.into_iter().map(&mut part).collect()
}

pub(super) fn expand(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let value = call.input(0)?;
    let asked = call.wholes(1)?;
    let asked: Vec<usize> = asked.iter().map(|dim| usize::try_from(*dim).unwrap_or(usize::MAX)).collect();
    let shape = spread_shape(&[&value.shape, &asked])?;
    planner.spread(value, shape)
}

pub(super) fn tile(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let value = call.input(0)?;
    let repeats = call.wholes(1)?;
    if repeats.len() != value.rank() {
        return Err(Error::malformed(format!("{} repeats for {}", repeats.len(), value.describe())));
    }
    // Every axis is one of repeats, in which each place is the same, and its own.
    let of_value = strides(&value.shape);
    let (mut split, mut order, mut shape) = (Vec::new(), Vec::new(), Vec::new());
    for ((dim, repeat), stride) in value.shape.iter().zip(&repeats).zip(of_value) {
        let repeat = usize::try_from(*repeat).map_err(|_| Error::malformed(format!("{repeat} repeats")))?;
        split.extend([repeat, *dim]);
        order.extend([0, stride]);
        shape.push(repeat.saturating_mul(*dim));
    }
    len(&shape)?;
    Ok(planner.moved(value, split, &order, 0)?.reshaped(shape))
}

pub(super) fn concat(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let parts = call.inputs.iter().flatten().cloned().collect::<Vec<_>>();
    let first = parts.first().ok_or_else(|| Error::malformed("no inputs"))?;
    let axis = first.axis(call.node.int("axis", 1))?;
    joined(planner, &parts, axis)
}

/// Inputs as matrices of a row, side by side.
pub(super) fn feature_vectorizer(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let matrix = |value: &Value| value.reshaped(vec![1, value.len()]);
    let parts = call.inputs.iter().flatten().map(matrix).collect::<Vec<_>>();
    if parts.is_empty() {
        return Err(Error::malformed("no inputs"));
    }
    joined(planner, &parts, 1)
}

/// Tensors one behind the other along an axis.
pub(super) fn joined(planner: &mut Planner<'_>, parts: &[Value], axis: usize) -> Result<Value> {
    let first = &parts[0];
    let mut shape = first.shape.clone();
    shape[axis] = 0;
    for part in parts {
        let fits = |(place, dim): (usize, &usize)| place == axis || first.shape[place] == *dim;
        if part.rank() != first.rank()
            || !part.shape.iter().enumerate().all(fits)
            || part.is_text() != first.is_text()
        {
            return Err(Error::malformed(format!("{} beside {}", first.describe(), part.describe())));
        }
        shape[axis] = shape[axis].saturating_add(part.shape[axis]);
    }
    if let [one] = parts {
        return Ok(one.clone());
    }
    let parts = if first.is_text() { in_one_vocabulary(planner, parts)? } else { parts.to_vec() };
    // All numbers stand one part behind the other; the answer takes them a line of each part at a time.
    let inner: usize = shape[axis + 1..].iter().product();
    let outer: usize = shape[..axis].iter().product();
    planner.steps.spend(2 * len(&shape)?)?;
    let mut from = Vec::with_capacity(len(&shape)?);
    for line in 0..outer {
        let mut start = 0;
        for part in &parts {
            let width = part.shape[axis] * inner;
            let first = start + line * width;
            from.extend((first..first + width).map(|place| u32::try_from(place).unwrap_or(u32::MAX)));
            start += part.len();
        }
    }
    let mixed = beside(planner, &parts)?;
    planner.pick(&mixed, from, shape)
}

/// All numbers of some tensors in one list.
fn beside(planner: &mut Planner<'_>, parts: &[Value]) -> Result<Value> {
    let len = parts.iter().map(Value::len).sum();
    let known = parts.iter().map(|part| &part.known);
    let known = Known {
        is_reversed: parts.iter().any(|part| part.known.is_reversed),
        ..Known::within(
            known.clone().map(|known| known.low).fold(f64::INFINITY, f64::min),
            known.map(|known| known.high).fold(f64::NEG_INFINITY, f64::max),
        )
    };
    let kind = parts[0].kind;
    let texts = match &parts[0].texts {
        Texts::Columns(_) => Texts::Columns(
            parts
                .iter()
                .flat_map(|part| match &part.texts {
                    Texts::Columns(columns) => columns.to_vec(),
                    _ => Vec::new(),
                })
                .collect(),
        ),
        texts => texts.clone(),
    };
    if parts.iter().all(|part| part.as_constant().is_some()) {
        let numbers: Vec<f64> =
            parts.iter().filter_map(Value::as_constant).flat_map(|numbers| numbers.iter().copied()).collect();
        return Ok(Value { texts, ..Value::constant(vec![len], kind, numbers) });
    }
    let mut constants = Vec::new();
    let mut sources = Vec::new();
    let mut starts = Vec::new();
    let mut n_inputs = 0;
    for part in parts {
        match &part.numbers {
            Numbers::Constant(numbers) => {
                starts.push((true, constants.len()));
                constants.extend(numbers.iter().copied());
            }
            Numbers::Computed(source) => {
                starts.push((false, n_inputs));
                sources.push(*source);
                n_inputs += part.len();
            }
        }
    }
    if constants.is_empty() {
        let source = match sources[..] {
            [source] => source,
            _ => planner.steps.beside(sources)?,
        };
        return Ok(Value { texts, ..Value::computed(vec![len], kind, source).with(known) });
    }
    planner.steps.spend(len)?;
    let places = parts.iter().zip(&starts).flat_map(|(part, (is_constant, start))| {
        let start = if *is_constant { n_inputs + start } else { *start };
        (start..start + part.len()).map(|place| u32::try_from(place).unwrap_or(u32::MAX))
    });
    let operand = Operand::Mixed { places: places.collect(), constants: constants.into(), n_inputs };
    let made = planner.emit(What::Pick(operand), sources, vec![len], kind)?;
    Ok(Value { texts, ..made.with(known) })
}

fn in_one_vocabulary(planner: &mut Planner<'_>, parts: &[Value]) -> Result<Vec<Value>> {
    let of = |part: &Value| matches!(part.texts, Texts::Columns(_));
    if parts.iter().all(of) {
        return Ok(parts.to_vec());
    }
    let mut all = parts[0].clone();
    for part in &parts[1..] {
        (all, _) = texts::in_one_vocabulary(planner, &all, part)?;
    }
    let mut same = Vec::new();
    for part in parts {
        // The union is the same for each, since the texts of all come first.
        let (_, coded) = texts::in_one_vocabulary(planner, &all, part)?;
        same.push(coded);
    }
    let first: Option<Rc<[String]>> = same[0].vocabulary().ok().cloned();
    if same.iter().any(|part| part.vocabulary().ok() != first.as_ref()) {
        return Err(Error::unsupported(
            "columns of texts from different tables, side by side, as the labels of a MultiOutputClassifier are; several labels a row are read if they are numbers",
        ));
    }
    Ok(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_goes_to_the_end_and_comes_back() {
        assert_eq!(to_last(3, 0), [1, 2, 0]);
        assert_eq!(from_last(3, 0), [2, 0, 1]);
        assert_eq!((to_last(0, 0), from_last(0, 0)), (Vec::new(), Vec::new()));
        let shape = [2, 3, 4];
        for axis in 0..3 {
            let there: Vec<usize> = to_last(3, axis).iter().map(|axis| shape[*axis]).collect();
            let back: Vec<usize> = from_last(3, axis).iter().map(|axis| there[*axis]).collect();
            assert_eq!(back, shape);
        }
    }
}
