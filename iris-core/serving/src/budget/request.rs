//! What one request holds while the model answers it, and until its answer is sent.

use iris_core::{Labels, Schema, Task};

use super::{Budget, Exceeded, Held, Kind};
use crate::{Asked, Model, Want};

/// Bytes that are over before anybody could pile them up, and are not held.
const FREE: usize = 16 << 10;

/// Bytes of a number, or of a class, in an answer: as text, or in a message and its copies.
const IN_ANSWER: usize = 24;

/// Bytes of numbers parsed from a byte of a body: digits and a comma become eight.
const PARSED: usize = 4;

/// Bytes that a byte of free text takes while it is taken apart: where each of its characters is, and
/// the columns of its n-grams.
const OF_TEXT: usize = 24;

/// Holds the room that parsing a body of `len` bytes takes, for a request that holds so
/// many bytes already; `None` for a short one.
///
/// # Errors
///
/// [`Exceeded`] if there is none, also after a wait.
pub async fn to_parse(budget: &Budget, beside: usize, len: usize) -> Result<Option<Held>, Exceeded> {
    if len <= FREE {
        return Ok(None);
    }
    budget.beside(beside).hold(Kind::Rows, len.saturating_mul(PARSED)).await.map(Some)
}

/// The same where nothing can be waited for.
///
/// # Errors
///
/// [`Exceeded`] if there is none.
pub fn to_parse_now(budget: &Budget, len: usize) -> Result<Option<Held>, Exceeded> {
    if len <= FREE {
        return Ok(None);
    }
    budget.hold_now(Kind::Rows, len.saturating_mul(PARSED)).map(Some)
}

/// Bytes of an answer of so many rows that is written whole, at a generous guess.
#[must_use]
pub fn answer_len(model: &Model, n_rows: usize, want: Want) -> usize {
    n_rows.saturating_mul(IN_ANSWER * columns(model, want) + longest_label(model.schema()))
}

/// Holds what the model gives for the rows asked, and the answer, of which
/// `answer` says how long it is kept; `None` where that is little.
#[inline]
pub(crate) fn to_answer(
    budget: &Budget,
    model: &Model,
    asked: &Asked,
    answer: impl FnOnce(usize) -> usize,
) -> Result<Option<Held>, Exceeded> {
    let n_features = model.schema().n_features();
    let of_texts = asked.texts.n_bytes().saturating_mul(OF_TEXT);
    if asked.rows.len() <= n_features && of_texts == 0 {
        return Ok(None);
    }
    let n_rows = asked.rows.len() / n_features.max(1);
    let given = n_rows.saturating_mul(size_of::<f64>() * columns(model, asked.want));
    let bytes = given.saturating_add(answer(n_rows)).saturating_add(of_texts);
    if bytes <= FREE { Ok(None) } else { budget.hold_now(Kind::Answers, bytes).map(Some) }
}

/// Numbers that the model gives for a row.
fn columns(model: &Model, want: Want) -> usize {
    let schema = model.schema();
    let probabilities = if want.probabilities { schema.n_classes() } else { 0 };
    let scores = if want.scores { model.predictor().n_scores() } else { 0 };
    let contributions = if want.contributions { model.predictor().contributions_len() } else { 0 };
    1 + schema.n_targets() + probabilities + scores + contributions
}

fn longest_label(schema: &Schema) -> usize {
    match schema.task() {
        Task::Classify { labels: Labels::Strings(labels), .. } => {
            labels.iter().map(String::len).max().unwrap_or_default()
        }
        _ => 0,
    }
}
