//! `Scan`, which neighbours and Gaussian processes compare a row with a table by, and `CDist`.

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::shape;
use super::super::value::{Known, Value};
use super::moving;
use crate::error::{Error, Result};
use crate::program::{Difference, RowDistances, What};
use crate::read::onnx::proto;

/// Rounds that are written out; a loop over a table of more is one of distances.
const MAX_ROUNDS: usize = 64;

/// Plans a graph within another, of which these are the inputs; returns its outputs.
pub(in crate::read::onnx::plan) type Within<'a> =
    fn(&mut Planner<'a>, &'a proto::Graph, Vec<Value>) -> Result<Vec<Value>>;

/// A body for every slice of some inputs: what it answers goes into the next round, or into a table.
pub(super) fn scan<'a>(planner: &mut Planner<'a>, call: &Call<'a>, within: Within<'a>) -> Result<Vec<Value>> {
    let body = call.node.attribute("body").and_then(|attribute| attribute.g.as_deref());
    let body = body.ok_or_else(|| Error::malformed("a scan without a body"))?;
    let turned = ["scan_input_axes", "scan_output_axes", "scan_input_directions", "scan_output_directions"];
    if turned.iter().any(|name| call.node.ints(name).iter().any(|number| *number != 0)) || call.opset < 9 {
        return Err(Error::unsupported("a scan along other axes than the first, or from the end"));
    }
    let inputs: Vec<Value> = call.inputs.iter().flatten().cloned().collect();
    let n_scanned = usize::try_from(call.node.int("num_scan_inputs", 0)).unwrap_or(usize::MAX);
    let n_states = inputs.len().checked_sub(n_scanned).filter(|_| n_scanned > 0);
    let n_states =
        n_states.ok_or_else(|| Error::malformed(format!("{n_scanned} of {} inputs", inputs.len())))?;
    let (states, scanned) = inputs.split_at(n_states);
    let n_rounds = scanned[0].shape.first().copied().unwrap_or(0);
    if n_rounds == 0 || scanned.iter().any(|value| value.shape.first() != Some(&n_rounds)) {
        return Err(Error::malformed("a scan of inputs that are not as long"));
    }
    if let ([row], [table], Some(difference)) = (states, scanned, difference(body))
        && row.rank() == 2
        && table.rank() == 2
        && row.shape[0] == 1
    {
        let distances = distances(planner, row, table, difference)?;
        let column = distances.reshaped(vec![n_rounds, 1]);
        return Ok(vec![row.clone(), column]);
    }
    if n_rounds > MAX_ROUNDS {
        return Err(Error::unsupported(format!(
            "a scan of {n_rounds} rounds, whose body is no distance of a row from those of a table"
        )));
    }
    rounds(planner, |planner, inputs| within(planner, body, inputs), states.to_vec(), scanned, n_rounds)
}

/// Every round one behind the other.
fn rounds<'a>(
    planner: &mut Planner<'a>,
    round_of: impl Fn(&mut Planner<'a>, Vec<Value>) -> Result<Vec<Value>>,
    mut states: Vec<Value>,
    scanned: &[Value],
    n_rounds: usize,
) -> Result<Vec<Value>> {
    let mut answers: Vec<Vec<Value>> = Vec::new();
    for round in 0..n_rounds {
        let n_states = states.len();
        for value in scanned {
            let shape = value.shape[1..].to_vec();
            let len = shape::len(&shape)?;
            let strides = shape::strides(&shape);
            states.push(planner.moved(value, shape, &strides, round * len)?);
        }
        let mut outputs = round_of(planner, states)?;
        if outputs.len() < n_states {
            return Err(Error::malformed(format!("{} outputs for {n_states} states", outputs.len())));
        }
        let of_round = outputs.split_off(n_states);
        answers.resize_with(of_round.len(), Vec::new);
        for (answers, value) in answers.iter_mut().zip(of_round) {
            let mut shape = vec![1];
            shape.extend(&value.shape);
            answers.push(value.reshaped(shape));
        }
        states = outputs;
    }
    for answers in answers {
        states.push(moving::joined(planner, &answers, 0)?);
    }
    Ok(states)
}

/// `CDist` of a row and a table.
pub(super) fn c_dist(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let difference = match call.node.string("metric", "sqeuclidean")?.as_str() {
        "sqeuclidean" => Difference::SumOfSquares,
        "euclidean" => Difference::Euclidean,
        other => return Err(Error::unsupported(format!("the metric {other}"))),
    };
    distances(planner, call.not_empty(0)?, call.not_empty(1)?, difference)
}

/// How far a row is from each row of a table that is known.
fn distances(planner: &mut Planner<'_>, row: &Value, table: &Value, difference: Difference) -> Result<Value> {
    let (row, table, is_turned) = if row.as_constant().is_some() && table.as_constant().is_none() {
        (table, row, true)
    } else {
        (row, table, false)
    };
    let numbers = table.as_constant().ok_or_else(|| Error::unsupported("distances of what is computed"))?;
    let ([1, n], [n_rows, n_table]) = (&row.shape[..], &table.shape[..]) else {
        return Err(Error::malformed(format!("distances of {} from {}", row.describe(), table.describe())));
    };
    if n != n_table || *n == 0 {
        return Err(Error::malformed(format!("distances of {} from {}", row.describe(), table.describe())));
    }
    planner.steps.spend(numbers.len())?;
    let shape = if is_turned { vec![*n_rows, 1] } else { vec![1, *n_rows] };
    let what = What::RowDistances(RowDistances { table: numbers[..].into(), n: *n, difference });
    let made = planner.direct(row, shape, row.kind, what)?;
    Ok(if made.as_constant().is_some() { made } else { made.with(Known::within(0.0, f64::INFINITY)) })
}

/// The distance that a body computes of its two inputs, if it is one and hands on the first.
fn difference(body: &proto::Graph) -> Option<Difference> {
    let [state, slice] = &body.input[..] else { return None };
    let [handed_on, answer] = &body.output[..] else { return None };
    let mut power = None;
    let mut chain: Vec<&str> = Vec::new();
    let (mut at, mut passed) = (None::<&str>, state.name.as_str());
    for node in &body.node {
        let input = node.input.first()?.as_str();
        let output = node.output.first()?.as_str();
        match node.op_type.as_str() {
            "Identity" if input == passed => passed = output,
            "Identity" if Some(input) == at => at = Some(output),
            "Sub" if at.is_none() => {
                let inputs = [input, node.input.get(1)?.as_str()];
                let is_both = inputs.contains(&state.name.as_str()) && inputs.contains(&slice.name.as_str());
                at = is_both.then_some(output);
                at?;
            }
            operator @ ("Abs" | "Sqrt" | "Pow" | "ReduceSum" | "ReduceSumSquare" | "ReduceMax")
                if Some(input) == at =>
            {
                if operator == "Pow" {
                    let name = node.input.get(1)?;
                    let number = body.initializer.iter().find(|tensor| tensor.name == *name)?;
                    let number = super::constant::of(number).ok()?.as_constant()?.first().copied()?;
                    match power {
                        None => power = Some(number),
                        Some(power) if ((power * number) - 1.0f64).abs() < 1e-6 => {}
                        Some(_) => return None,
                    }
                }
                if operator.starts_with("Reduce") {
                    is_over_columns(body, node)?;
                }
                chain.push(operator);
                at = Some(output);
            }
            _ => return None,
        }
    }
    if handed_on.name != passed || Some(answer.name.as_str()) != at {
        return None;
    }
    match (&chain[..], power) {
        (["ReduceSumSquare"], _) => Some(Difference::SumOfSquares),
        (["ReduceSumSquare", "Sqrt"], _) => Some(Difference::Euclidean),
        (["Abs", "ReduceSum"], _) => Some(Difference::SumOfMagnitudes),
        (["Abs", "ReduceMax"], _) => Some(Difference::Largest),
        (["Abs", "Pow", "ReduceSum", "Pow"], Some(power)) => Some(Difference::Minkowski(power)),
        _ => None,
    }
}

/// Whether a fold is along the columns of a matrix, which it leaves as a list.
fn is_over_columns(body: &proto::Graph, node: &proto::Node) -> Option<()> {
    let attribute = |name: &str| node.attribute.iter().find(|attribute| attribute.name == name);
    let axes = match node.input.get(1).filter(|name| !name.is_empty()) {
        Some(name) => {
            let tensor = body.initializer.iter().find(|tensor| tensor.name == *name)?;
            super::constant::of(tensor).ok()?.as_constant()?.to_vec()
        }
        None =>
        {
            #[expect(clippy::cast_precision_loss, reason = "an axis is a small number")]
            attribute("axes")?.ints.iter().map(|axis| *axis as f64).collect()
        }
    };
    let is_list = attribute("keepdims").and_then(|attribute| attribute.i) == Some(0);
    (is_list && matches!(axes[..], [1.0 | -1.0])).then_some(())
}
