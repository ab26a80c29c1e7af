//! LightGBM's estimators: `LGBMClassifier` and the like, and the booster that they keep.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::value::Value;
use super::{booster, categories, labels};
use crate::error::{Error, Result};
use crate::program::{LookUp, Otherwise, Step, Table};
use crate::read::lightgbm::{Codes, Header, LightGbm, complemented};
use crate::read::pickle::{Budget, Object};

/// `LGBMClassifier`.
pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let output = of_kept(estimator, flow, rows)?;
    // Where the objective is the user's own function, LightGBM answers scores.
    let is_own = estimator.get("_objective").is_some() && estimator.text("_objective").is_none();
    if is_own {
        return Ok(output);
    }
    let labels = labels::named(estimator, flow, "_classes")?;
    let answer = match output {
        Output::Answer(Answer::Classes(answer)) => ClassAnswer { labels, ..answer },
        // Whatever the objective is, what it answers counts as the probability of the second class.
        Output::Answer(Answer::Values(values)) if values.width() == 1 => {
            let Numbers { source, affine } = values;
            let probabilities = flow.mapped(source, complemented(&affine))?;
            ClassAnswer {
                labels,
                votes: probabilities.clone(),
                scores: None,
                probabilities: Some(probabilities),
            }
        }
        _ => return Err(Error::malformed("its booster answers no classes")),
    };
    answer.labels.check(answer.votes.width())?;
    Ok(Output::Answer(Answer::Classes(answer)))
}

/// `LGBMRegressor`, `LGBMRanker` and `LGBMModel`, which answer what the booster does, as numbers.
pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    match of_kept(estimator, flow, rows)? {
        Output::Answer(Answer::Classes(ClassAnswer {
            scores: Some(scores),
            probabilities: Some(all),
            ..
        })) => {
            // Of two classes, only the second's.
            let values = if scores.width() == 1 { flow.columns(&all, &[1])? } else { all };
            Ok(Output::Answer(Answer::Values(values)))
        }
        output => Ok(output),
    }
}

/// `Booster`.
pub(super) fn booster(booster: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let best_iteration = booster.get("best_iteration").and_then(|id| flow.objects().float(id));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count, or -1 where none is best"
    )]
    let best_iteration = best_iteration.map(|best| best as usize);
    let mut read = LightGbm::read(text(booster)?, best_iteration, flow.budget())?;
    let rows = coded(read.take_codes(), flow, rows)?;
    booster::answer(read, flow, rows, None)
}

/// How many columns an estimator of LightGBM's takes, and their names; `None` of any other.
pub(super) fn columns(estimator: &Estimator<'_, '_>, budget: &mut Budget) -> Option<Result<Vec<String>>> {
    if !estimator.is_of("lightgbm") {
        return None;
    }
    let objects = estimator.objects;
    let kept = estimator.get("_Booster").and_then(|id| Estimator::new(objects, id, budget).ok());
    let text = text(kept.as_ref().unwrap_or(estimator)).ok()?;
    let header = Header::of(text, budget).map_err(|error| error.within("its model"));
    Some(header.map(|header| header.names()))
}

/// What the booster answers that an estimator keeps.
fn of_kept(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let kept = estimator.required("_Booster")?;
    if let Object::None = estimator.objects.get(kept) {
        return Err(Error::unsupported("it has no booster, as one that was fitted would"));
    }
    flow.visit(kept, rows)
}

/// The model that a booster is pickled as.
fn text<'t>(booster: &Estimator<'t, '_>) -> Result<&'t str> {
    let text = ["_handle", "handle"].into_iter().find_map(|name| booster.text(name));
    text.ok_or_else(|| Error::unsupported("it holds no model, as a booster that was pickled would"))
}

/// The rows with codes in the place of categories.
fn coded(codes: Vec<(usize, Codes)>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Rows> {
    let width = rows.width();
    if codes.is_empty() {
        return Ok(rows);
    }
    flow.spend(8 * width)?;
    let mut outputs: Vec<(usize, Table)> = (0..width).map(|column| (column, Table::keeping())).collect();
    for (column, codes) in &codes {
        let output = outputs.get_mut(*column);
        let (_, table) = output.ok_or_else(|| Error::malformed(format!("{width} columns come in")))?;
        let known = values(codes);
        flow.spend(4 * known.len())?;
        *table = categories::table(flow, &rows, *column, &known, Otherwise::Value(f64::NAN))?;
    }
    let is_number = |column: usize| codes.iter().all(|(of, _)| *of != column);
    for column in (0..width).filter(|column| is_number(*column)) {
        if !flow.holds_numbers(&rows, column) {
            return Err(Error::unsupported(format!(
                "its column {column} holds texts, where it takes numbers"
            )));
        }
    }
    flow.looked_up(rows, Step::LookUp(LookUp { outputs })).map(Rows::from)
}

/// The categories of a column, each with its code.
fn values(codes: &Codes) -> Vec<(Value, f64)> {
    let values: Vec<Value> = match codes {
        Codes::Texts(texts) => texts.iter().cloned().map(Value::Text).collect(),
        Codes::Numbers(numbers) => numbers.iter().copied().map(Value::Number).collect(),
    };
    #[expect(clippy::cast_precision_loss, reason = "a budget ends before 2^53 categories")]
    let with_code = |(code, value): (usize, Value)| (value, code as f64);
    values.into_iter().enumerate().map(with_code).collect()
}
