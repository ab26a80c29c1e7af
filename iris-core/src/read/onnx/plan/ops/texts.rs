//! Casts, and texts that are told from each other by their codes.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::value::{Kind, Known, Texts, Value};
use super::constant;
use super::elementwise::{one, two};
use crate::error::{Error, Result};
use crate::program::{CodeTable, Codes, One, Two, What};

pub(super) fn cast(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let to = i32::try_from(call.node.int("to", 0)).unwrap_or(0);
    cast_to(planner, call.input(0)?, constant::kind(to).map_err(|error| error.within("cast"))?)
}

pub(super) fn cast_to(planner: &mut Planner<'_>, value: &Value, to: Kind) -> Result<Value> {
    match (value.kind, to) {
        (from, to) if from == to => Ok(value.clone()),
        (Kind::Text, _) => parsed(planner, value, to),
        (_, Kind::Text) => written(planner, value),
        (_, Kind::Truth) => one(planner, One::Truth, value),
        (Kind::Double, Kind::Single) => rounded(planner, value, One::Same, to),
        (Kind::Double | Kind::Single, Kind::Whole) => rounded(planner, value, One::Whole, to),
        (Kind::Whole, Kind::Single) if value.known.among.is_none() => rounded(planner, value, One::Same, to),
        // Every number of the narrower type is one of the wider.
        _ => Ok(Value { kind: to, ..value.clone() }),
    }
}

fn rounded(planner: &mut Planner<'_>, value: &Value, function: One, to: Kind) -> Result<Value> {
    one(planner, function, &Value { kind: to, ..value.clone() })
}

/// Numbers that texts say.
fn parsed(planner: &mut Planner<'_>, value: &Value, to: Kind) -> Result<Value> {
    let number = |text: &String| {
        text.trim().parse::<f64>().map_err(|_| Error::malformed(format!("the text '{text}' is no number")))
    };
    let numbers: Vec<f64> = value.vocabulary()?.iter().map(number).collect::<Result<_>>()?;
    looked_up(planner, value, codes(&numbers), to)
}

/// Texts that say numbers, of which there are a few.
fn written(planner: &mut Planner<'_>, value: &Value) -> Result<Value> {
    let among = match (&value.known.among, value.as_constant()) {
        (Some(among), _) | (None, Some(among)) => among.clone(),
        _ => return Err(Error::unsupported("texts of numbers that can be any")),
    };
    let is_whole = matches!(value.kind, Kind::Whole | Kind::Truth);
    let text = |number: &f64| if is_whole { format!("{number:.0}") } else { format!("{number}") };
    let texts: Rc<[String]> = among.iter().map(text).collect();
    #[expect(clippy::cast_precision_loss, reason = "a vocabulary has fewer than 2^32 texts")]
    let table = among.iter().enumerate().map(|(code, number)| (*number, code as f64)).collect();
    let coded = looked_up(planner, value, table, Kind::Text)?;
    Ok(Value { texts: Texts::Of(texts), ..coded })
}

/// A number for each code of a list.
pub(super) fn codes(numbers: &[f64]) -> Vec<(f64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "a vocabulary has fewer than 2^32 texts")]
    numbers.iter().enumerate().map(|(code, number)| (code as f64, *number)).collect()
}

/// What stands for each number in a table that has all that there can be.
pub(super) fn looked_up(
    planner: &mut Planner<'_>,
    value: &Value,
    table: Vec<(f64, f64)>,
    to: Kind,
) -> Result<Value> {
    planner.steps.spend(2 * table.len())?;
    let known = Known::among(table.iter().map(|(_, number)| *number));
    let table = CodeTable::new(table);
    let codes = Codes { which: vec![0; value.len()].into(), tables: [table].into(), otherwise: None };
    let made = planner.direct(value, value.shape.clone(), to, What::Codes(codes))?;
    Ok(if made.as_constant().is_some() { made } else { made.with(known) })
}

/// Where two texts are the same.
pub(super) fn equal(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let (a, b) = in_one_vocabulary(planner, call.input(0)?, call.input(1)?)?;
    two(planner, Two::Equal, &a, &b)
}

/// Two tensors of texts whose codes stand for the same texts.
pub(super) fn in_one_vocabulary(planner: &mut Planner<'_>, a: &Value, b: &Value) -> Result<(Value, Value)> {
    if !a.is_text() || !b.is_text() {
        return Err(Error::malformed("texts beside numbers"));
    }
    let (of_a, of_b) = (a.vocabulary()?.clone(), b.vocabulary()?.clone());
    if of_a == of_b {
        return Ok((a.clone(), b.clone()));
    }
    planner.steps.spend(of_a.iter().chain(&*of_b).map(|text| 4 + text.len() / 8).sum())?;
    let mut union = Union::default();
    // The second's come first: where one is chosen if something is so, the other is the first of two classes.
    let table_b = union.codes(&of_b);
    let table_a = union.codes(&of_a);
    let texts: Rc<[String]> = union.texts.into();
    let mut coded = |value: &Value, table: &[f64]| -> Result<Value> {
        let coded = looked_up(planner, value, codes(table), Kind::Text)?;
        Ok(Value { texts: Texts::Of(texts.clone()), ..coded })
    };
    Ok((coded(a, &table_a)?, coded(b, &table_b)?))
}

/// Texts that are counted up as they come.
#[derive(Default)]
struct Union {
    texts: Vec<String>,
    places: HashMap<String, usize>,
}

impl Union {
    fn codes(&mut self, texts: &[String]) -> Vec<f64> {
        let code = |text: &String| {
            let place = *self.places.entry(text.clone()).or_insert_with(|| {
                self.texts.push(text.clone());
                self.texts.len() - 1
            });
            #[expect(clippy::cast_precision_loss, reason = "a vocabulary has fewer than 2^32 texts")]
            let place = place as f64;
            place
        };
        texts.iter().map(code).collect()
    }
}
