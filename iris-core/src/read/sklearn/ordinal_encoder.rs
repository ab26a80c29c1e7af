//! `OrdinalEncoder`: the index of a category in the place of it.

use super::categories;
use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::infrequent::Grouping;
use super::value::Value;
use crate::error::Result;
use crate::program::{LookUp, Otherwise, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let categories = categories::of(estimator, flow, rows.width())?;
    let n_categories: Vec<usize> = categories.iter().map(Vec::len).collect();
    let groupings = Grouping::of(estimator, &n_categories)?;
    // Before 1.1 missing values stayed missing.
    let missing = match estimator.get("encoded_missing_value") {
        Some(_) => estimator.number("encoded_missing_value")?,
        None => f64::NAN,
    };
    let unknown = match estimator.text("handle_unknown") {
        None | Some("error") => Otherwise::Refuse,
        Some("use_encoded_value") => Otherwise::Value(estimator.number("unknown_value")?),
        Some(_) => {
            return Err(estimator.unexpected("handle_unknown", estimator.required("handle_unknown")?));
        }
    };
    // Releases before 1.0 took no missing values at all.
    let takes_missing = estimator.is_since(1, 0);
    let mut outputs = Vec::with_capacity(categories.len());
    for (column, (categories, grouping)) in categories.into_iter().zip(&groupings).enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 categories")]
        let code = |index: usize, category: &Value| match category {
            Value::Missing => missing,
            _ => grouping.place(index) as f64,
        };
        let codes: Vec<_> = categories
            .into_iter()
            .enumerate()
            .map(|(index, category)| {
                let code = code(index, &category);
                (category, code)
            })
            .collect();
        let mut table = categories::table(flow, &rows, column, &codes, unknown)?;
        if !takes_missing {
            table.missing = Otherwise::Refuse;
        }
        outputs.push((column, table));
    }
    flow.looked_up(rows, Step::LookUp(LookUp { outputs })).map(Output::from)
}
