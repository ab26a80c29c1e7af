//! `IsotonicRegression`: a line through points that only rises, or only falls.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Output, Rows};
use super::kernel;
use crate::error::{Error, Result};
use crate::program::{Interpolation, Learned, Outside, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    if rows.width() != 1 {
        let message = format!("it takes one column, and {} come in", rows.width());
        return Err(Error::malformed(message));
    }
    let line = line(estimator)?;
    flow.spend(2 * line.x.len())?;
    let values = flow.stepped(rows, Step::Learned(Box::new(Learned::Interpolation(line))))?;
    if flow.is_transforming() {
        return Ok(values.into());
    }
    flow.answer_column(false);
    Ok(Output::Answer(Answer::Values(values)))
}

/// The line that one has fitted.
pub(super) fn line(estimator: &Estimator<'_, '_>) -> Result<Interpolation> {
    // Before 0.24 they were private.
    let [x, y] = [["X_thresholds_", "_necessary_X_"], ["y_thresholds_", "_necessary_y_"]].map(|names| {
        let name = names.into_iter().find(|name| estimator.get(name).is_some()).unwrap_or(names[0]);
        let numbers = estimator.numbers(name)?.values;
        kernel::finite(name, &numbers)?;
        Ok(numbers)
    });
    let (x, y): (Vec<f64>, Vec<f64>) = (x?, y?);
    if x.is_empty() || x.len() != y.len() || !x.is_sorted_by(|a, b| a < b) {
        return Err(Error::malformed(format!("{} and {} numbers of points on a line", x.len(), y.len())));
    }
    let outside = match estimator.text("out_of_bounds") {
        Some("clip") => Outside::Nearest,
        Some("nan") => Outside::Nothing,
        Some("raise") => Outside::Refused,
        _ => {
            let id = estimator.required("out_of_bounds")?;
            return Err(estimator.unexpected("out_of_bounds", id));
        }
    };
    // One point is an answer for everything.
    Ok(if x.len() == 1 {
        Interpolation { x, y, outside: Outside::Nearest }
    } else {
        Interpolation { x, y, outside }
    })
}
