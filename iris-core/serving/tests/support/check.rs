//! Whether what came back is what a case expects.

use iris_core::ErrorClass;

use super::case::{Answer, Case, Expected};
use super::{Counts, Value};

/// What came back, whatever brought it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Answered(Answered),
    Refused {
        /// The HTTP status or gRPC code; none for a message of a stream.
        status: Option<u16>,
        message: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answered {
    pub(crate) model: String,
    pub(crate) version: String,
    pub(crate) id: String,
    pub(crate) outputs: Vec<OutputTensor>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OutputTensor {
    pub(crate) name: String,
    pub(crate) datatype: String,
    pub(crate) shape: Vec<i64>,
    pub(crate) data: Vec<Value>,
}

/// Compares the outcome, and what it was counted as, with what the case expects;
/// `status` is the transport's own for a class of mistakes.
pub(crate) fn check(
    case: &Case,
    outcome: &Outcome,
    counted: &Counts,
    status: impl Fn(ErrorClass) -> u16,
) -> Result<(), String> {
    let mut expected = Counts::default();
    match (&case.answer, case.class(), outcome) {
        (Some(answer), _, Outcome::Answered(answered)) => {
            compare(case, answer, answered)?;
            expected.rows = answer.outputs[0].shape[0].unsigned_abs();
        }
        (None, Some(class), Outcome::Refused { status: found, message }) => {
            let says = &case.refusal.as_ref().unwrap().says;
            if !message.contains(says.as_str()) {
                return Err(format!("{says:?} is not in {message:?}"));
            }
            if found.is_some_and(|found| found != status(class)) {
                return Err(format!("status {found:?} is not {} of {class:?}", status(class)));
            }
            expected.errors.insert(class.as_str().to_owned(), 1);
        }
        _ => return Err(format!("{outcome:?}")),
    }
    if case.recorded && *counted != expected {
        return Err(format!("counted as {counted:?}, not {expected:?}"));
    }
    Ok(())
}

fn compare(case: &Case, answer: &Answer, answered: &Answered) -> Result<(), String> {
    let (model, version) = case.served();
    let expected = (model, version, answer.id.as_str());
    let found = (answered.model.as_str(), answered.version.as_str(), answered.id.as_str());
    if found != expected {
        return Err(format!("{found:?} is not {expected:?}"));
    }
    if answered.outputs.len() != answer.outputs.len() {
        return Err(format!("{} outputs: {:?}", answered.outputs.len(), answered.outputs));
    }
    answer.outputs.iter().zip(&answered.outputs).try_for_each(|(expected, found)| {
        let (data, is_like) = (expected.data.flat(), (&found.name, &found.datatype, &found.shape));
        let is_same = is_like == (&expected.name, &expected.datatype, &expected.shape)
            && data.len() == found.data.len()
            && same(expected, &data, &found.data, answer.tolerance);
        if is_same { Ok(()) } else { Err(format!("{found:?} is not {expected:?}")) }
    })
}

/// The same labels and integers, and nearly the same numbers.
fn same(output: &Expected, expected: &[&Value], found: &[Value], tolerance: f64) -> bool {
    if output.datatype != "FP64" {
        return expected.iter().zip(found).all(|(expected, found)| *expected == found);
    }
    let numbers = expected.iter().filter_map(|value| value.number());
    let tolerance = tolerance * numbers.fold(1.0, |largest: f64, value| largest.max(value.abs()));
    expected.iter().zip(found).all(|(expected, found)| match (expected.number(), found) {
        (Some(expected), Value::Number(found)) => (found - expected).abs() <= tolerance,
        _ => false,
    })
}
