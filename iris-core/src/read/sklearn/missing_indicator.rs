//! `MissingIndicator`: 1 where a value is missing, else 0.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers, Output, Rows};
use super::value::Value;
use crate::error::{Error, Result};
use crate::program::{Keys, LookUp, Otherwise, Step, Table};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let missing = Value::attribute(estimator, "missing_values")?;
    let features = features(estimator, rows.width())?;
    if features.is_empty() {
        return Err(Error::unsupported("it leaves no column"));
    }
    let only_known =
        estimator.text("features") == Some("missing-only") && estimator.flag("error_on_new", true)?;
    if !only_known {
        return flags(flow, &rows, &missing, &features).map(Output::from);
    }
    let all: Vec<usize> = (0..rows.width()).collect();
    let flags = flags(flow, &rows, &missing, &all)?;
    // Where none was missing while fitting, none may be now; what says so is not handed on.
    let table = |column| Table {
        keys: Keys::Numbers(vec![0.0]),
        values: vec![Some(0.0)],
        missing: Otherwise::Refuse,
        unknown: if features.contains(&column) { Otherwise::Keep } else { Otherwise::Refuse },
    };
    let outputs = all.into_iter().map(|column| (column, table(column))).collect();
    let flags = flow.stepped(flags, Step::LookUp(LookUp { outputs }))?;
    flow.mapped(flags.source, flags.affine.columns(&features)).map(Output::from)
}

/// The columns that are looked at, as fitting found them.
pub(super) fn features(estimator: &Estimator<'_, '_>, width: usize) -> Result<Vec<usize>> {
    let features = estimator.numbers("features_")?.values;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is no index is out of range"
    )]
    let features: Vec<usize> = features.into_iter().map(|index| index as usize).collect();
    if features.iter().all(|index| *index < width) {
        Ok(features)
    } else {
        Err(Error::malformed(format!("'features_' names columns beyond the {width} that come in")))
    }
}

/// 1 or 0 for each of some columns.
pub(super) fn flags(
    flow: &mut Flow<'_, '_>,
    rows: &Rows,
    missing: &Value,
    features: &[usize],
) -> Result<Numbers> {
    let mut outputs = Vec::with_capacity(features.len());
    for column in features {
        let (keys, values, of_nan) = match missing {
            // Whatever the column holds.
            Value::Missing | Value::None => {
                flow.ask_whether_missing(rows, *column);
                (Keys::Numbers(Vec::new()), Vec::new(), Otherwise::Value(1.0))
            }
            Value::Number(number) if flow.holds_numbers(rows, *column) => {
                (Keys::Numbers(vec![*number]), vec![Some(1.0)], Otherwise::Refuse)
            }
            Value::Text(text) => match flow.categories(rows, *column) {
                Some(known) => {
                    let mut values = vec![None; known.learn(text) as usize];
                    values.push(Some(1.0));
                    (Keys::Codes, values, Otherwise::Refuse)
                }
                None => (Keys::Numbers(Vec::new()), Vec::new(), Otherwise::Refuse),
            },
            Value::Number(_) => (Keys::Codes, Vec::new(), Otherwise::Refuse),
        };
        outputs.push((*column, Table { keys, values, missing: of_nan, unknown: Otherwise::Value(0.0) }));
    }
    flow.looked_up(rows.clone(), Step::LookUp(LookUp { outputs }))
}
