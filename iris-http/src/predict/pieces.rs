//! Long answers, written a piece at a time while the client reads.
//!
//! An answer can be twenty times its request. What the model gave is a few
//! numbers a row; that is kept, and the text of it made when there is somebody
//! to take it.

use bytes::Bytes;
use iris_core::Task;
use iris_serving::{Model, Predictions};

use super::decode::Form;
use super::encode::{self, Contributions, ROW, around, encode};
use crate::content::{Pieces, Written};

/// Bytes of text in memory at a time, about.
pub(super) const AT_A_TIME: usize = 64 << 10;

/// The answers to these predictions, in pieces if they are many.
pub(super) fn write(model: &Model, form: Form, predictions: &Predictions<'_>) -> Written {
    if predictions.n_rows() <= rows_at_a_time(model, predictions) {
        return Written::Whole(encode(model, form, predictions));
    }
    Written::Pieces(Box::new(Answers {
        model: model.clone(),
        form,
        n_rows: predictions.n_rows(),
        classes: predictions.classes().to_vec(),
        probabilities: predictions.probabilities().to_vec(),
        values: predictions.values().to_vec(),
        contributions: predictions.contributions().to_vec(),
        next: 0,
    }))
}

/// The answers to many rows, as numbers.
#[derive(Debug)]
struct Answers {
    model: Model,
    form: Form,
    n_rows: usize,
    classes: Vec<u32>,
    /// Row-major; none from a model without.
    probabilities: Vec<f64>,
    /// A regressor's, row-major.
    values: Vec<f64>,
    /// Row-major; none that nobody wants.
    contributions: Vec<f64>,
    /// The first row that is not written yet.
    next: usize,
}

impl Pieces for Answers {
    fn held(&self) -> usize {
        size_of_val(&*self.classes)
            + size_of_val(&*self.probabilities)
            + size_of_val(&*self.values)
            + size_of_val(&*self.contributions)
            + AT_A_TIME
    }

    fn next(&mut self) -> Option<Bytes> {
        let Self { model, n_rows, classes, probabilities, values, contributions, .. } = self;
        let first = self.next;
        if first == *n_rows {
            return None;
        }
        let width = (probabilities.len() + values.len() + contributions.len()) / *n_rows;
        let end = (*n_rows).min(first + rows_of(width));
        let (open, close) = around(self.form);
        let mut json = Vec::with_capacity(AT_A_TIME);
        let explained = Contributions { numbers: contributions, n_rows: *n_rows };
        if first == 0 {
            json.extend_from_slice(open);
        }
        match model.schema().task() {
            Task::Classify { labels, .. } => {
                let n = probabilities.len() / *n_rows;
                let rows = (first..end).filter_map(|row| {
                    let label = labels.get(classes[row] as usize)?;
                    Some((label, &probabilities[row * n..(row + 1) * n]))
                });
                encode::classes(&mut json, model, labels, (first, explained), rows);
            }
            Task::Regress { n_targets: n } => {
                encode::values(&mut json, model, *n, (first, explained), &values[first * n..end * n]);
            }
        }
        if end == *n_rows {
            json.extend_from_slice(close);
        }
        self.next = end;
        Some(Bytes::from(json))
    }
}

fn rows_at_a_time(model: &Model, predictions: &Predictions<'_>) -> usize {
    let n_numbers = predictions.probabilities().len() + predictions.contributions().len();
    rows_of(n_numbers / predictions.n_rows() + model.schema().n_targets())
}

/// Rows with so many numbers each whose text is about as long as a piece.
fn rows_of(width: usize) -> usize {
    (AT_A_TIME / (ROW + 32 * width)).max(1)
}
