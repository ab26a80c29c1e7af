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
        let bytes = values.get(ends[0]..ends[1]);
        let bytes = bytes.ok_or_else(|| Error::malformed("'offsets' lead out of 'values'"))?;
        budget.spend(4 + bytes.len() / 4)?;
        Ok(ascii(bytes))
    });
    let texts: Option<Vec<String>> = texts.collect::<Result<_>>()?;
    Ok(texts.filter(|texts| !texts.is_empty()).map(Names::Texts))
}

/// The text of bytes; `None` where some are of no ASCII character. XGBoost counts a frame's
/// characters where it means bytes, so that such names are cut at the wrong places, and the
/// column is one of codes.
fn ascii(bytes: &[f64]) -> Option<String> {
    let byte = |number: &f64| whole(*number).and_then(|byte| u8::try_from(byte).ok()).filter(u8::is_ascii);
    bytes.iter().map(|number| byte(number).map(char::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::xgboost::json;

    fn of(text: &str) -> Result<Vec<Option<Names>>> {
        let mut budget = Budget::new(1 << 16);
        names(&json::read(text.as_bytes(), &mut budget)?, &mut budget)
    }

    #[test]
    fn names_are_texts_or_numbers_or_none_that_can_be_trusted() {
        let found =
            of(r#"{"enc": [{"offsets": [0, 1, 3], "values": [97, 98, 99]}, {"type": 15, "values": [7, -2]},
                {"offsets": [], "values": []}, {"offsets": [0, 1], "values": [-61]}]}"#);
        let texts = Names::Texts(vec!["a".to_owned(), "bc".to_owned()]);
        assert_eq!(found.unwrap(), [Some(texts), Some(Names::Numbers(vec![7.0, -2.0])), None, None]);
    }

    #[test]
    fn offsets_that_lead_nowhere_are_refused() {
        for offsets in ["[0, 9]", "[2, 1]", "[0, 0.5]"] {
            let text = format!("{{\"enc\": [{{\"offsets\": {offsets}, \"values\": [97, 98]}}]}}");
            assert!(of(&text).unwrap_err().to_string().starts_with("column 0: 'offsets' "));
        }
    }
}
