//! What the categories of columns are called, since 3.1.

use crate::error::{Error, Result};
use crate::read::budget::Budget;
use crate::read::xgboost::learner::Names;
use crate::read::xgboost::value::{Value, whole};

/// The names of each column; `None` of one that has none.
pub(super) fn names(categories: &Value, budget: &mut Budget) -> Result<Vec<Option<Names>>> {
    let columns = categories.get("enc").and_then(Value::list).unwrap_or_default();
    let names = columns.iter().enumerate().map(|(index, column)| {
        of_column(column, budget).map_err(|error| error.within(format_args!("column {index}")))
    });
    names.collect()
}

fn of_column(column: &Value, budget: &mut Budget) -> Result<Option<Names>> {
    let values = column.required("values")?.numbers();
    let values = values.ok_or_else(|| Error::malformed("'values' are no numbers"))?;
    let Some(offsets) = column.get("offsets") else {
        budget.spend(values.len())?;
        return Ok((!values.is_empty()).then(|| Names::Numbers(values.to_vec())));
    };
    let offsets =
        offsets.numbers().and_then(|list| list.iter().map(|at| whole(*at)).collect::<Option<Vec<_>>>());
    let offsets = offsets.ok_or_else(|| Error::malformed("'offsets' are no numbers"))?;
    let texts = offsets.windows(2).map(|ends| {
        let bytes =
            values.get(ends[0]..ends[1]).ok_or_else(|| Error::malformed("'offsets' lead out of 'values'"))?;
        budget.spend(4 + bytes.len() / 4)?;
        text(bytes).ok_or_else(|| Error::malformed("a name is no text in UTF-8"))
    });
    let texts: Vec<String> = texts.collect::<Result<_>>()?;
    Ok((!texts.is_empty()).then_some(Names::Texts(texts)))
}

/// The text of bytes, which files have with a sign or without.
fn text(bytes: &[f64]) -> Option<String> {
    let byte = |number: &f64| {
        let number = if *number < 0.0 { number + 256.0 } else { *number };
        whole(number).and_then(|byte| u8::try_from(byte).ok())
    };
    String::from_utf8(bytes.iter().map(byte).collect::<Option<Vec<u8>>>()?).ok()
}
