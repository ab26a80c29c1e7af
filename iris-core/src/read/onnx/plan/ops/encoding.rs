//! Encoders: from texts or numbers to others, and to columns of zeros and ones.

use std::rc::Rc;

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::shape;
use super::super::value::{Kind, Known, Texts, Value};
use super::elementwise::{one, two};
use super::{constant, moving};
use crate::error::{Error, Result};
use crate::program::{CodeTable, Codes, One, Operand, Two, What};

/// What an encoder knows: a number for each key.
enum Keys {
    Texts(Vec<String>),
    Numbers(Vec<f64>),
}

/// What it makes of them.
struct Answers {
    numbers: Vec<f64>,
    otherwise: Option<f64>,
    kind: Kind,
    texts: Option<Vec<String>>,
}

/// From keys to values, each a list in one of several attributes.
pub(super) fn label_encoder(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let keys = keys(call)?;
    let answers = answers(call)?;
    encoded(planner, call.input(0)?, &keys, answers)
}

fn keys(call: &Call<'_>) -> Result<Keys> {
    let node = &call.node;
    // Version 1 has a list of texts, of which the places are the other side.
    let classes = node.strings("classes_strings")?;
    if !classes.is_empty() {
        let is_text = call.input(0)?.is_text();
        return Ok(if is_text { Keys::Texts(classes) } else { Keys::Numbers(places(classes.len())) });
    }
    let texts = node.strings("keys_strings")?;
    if !texts.is_empty() {
        return Ok(Keys::Texts(texts));
    }
    if let Some(tensor) = node.attribute("keys_tensor").and_then(|attribute| attribute.t.as_ref()) {
        let value = constant::of(tensor)?;
        return Ok(match &value.texts {
            Texts::Of(texts) => Keys::Texts(texts.to_vec()),
            _ => Keys::Numbers(value.as_constant().map(|numbers| numbers.to_vec()).unwrap_or_default()),
        });
    }
    Ok(Keys::Numbers(numbers(call, "keys").map(|(numbers, _)| numbers).unwrap_or_default()))
}

/// A list of integers or of floats, and which it is.
fn numbers(call: &Call<'_>, prefix: &str) -> Option<(Vec<f64>, Kind)> {
    #[expect(clippy::cast_precision_loss, reason = "keys above 2^53 are told from no others")]
    if let Some(list) = call.node.attribute(&format!("{prefix}_int64s")) {
        return Some((list.ints.iter().map(|number| *number as f64).collect(), Kind::Whole));
    }
    let list = call.node.attribute(&format!("{prefix}_floats"))?;
    Some((list.floats.iter().copied().map(f64::from).collect(), Kind::Single))
}

fn answers(call: &Call<'_>) -> Result<Answers> {
    let node = &call.node;
    let classes = node.strings("classes_strings")?;
    if !classes.is_empty() {
        #[expect(clippy::cast_precision_loss, reason = "a code is a small integer")]
        let otherwise = Some(node.int("default_int64", -1) as f64);
        if call.input(0)?.is_text() {
            return Ok(Answers { numbers: places(classes.len()), otherwise, kind: Kind::Whole, texts: None });
        }
        return Ok(of_texts(classes, node.string("default_string", "_Unused")?));
    }
    let texts = node.strings("values_strings")?;
    if !texts.is_empty() {
        return Ok(of_texts(texts, node.string("default_string", "_Unused")?));
    }
    let default = match node.attribute("default_tensor").and_then(|attribute| attribute.t.as_ref()) {
        Some(tensor) => constant::of(tensor)?.as_constant().and_then(|numbers| numbers.first().copied()),
        None => None,
    };
    if let Some(tensor) = node.attribute("values_tensor").and_then(|attribute| attribute.t.as_ref()) {
        let value = constant::of(tensor)?;
        if let Texts::Of(texts) = &value.texts {
            return Ok(of_texts(texts.to_vec(), node.string("default_string", "_Unused")?));
        }
        let numbers = value.as_constant().map(|numbers| numbers.to_vec()).unwrap_or_default();
        let otherwise = default.unwrap_or(if value.kind == Kind::Whole { -1.0 } else { 0.0 });
        return Ok(Answers { numbers, otherwise: Some(otherwise), kind: value.kind, texts: None });
    }
    let (numbers, kind) = numbers(call, "values").unwrap_or((Vec::new(), Kind::Single));
    #[expect(clippy::cast_precision_loss, reason = "a code is a small integer")]
    let otherwise = default.unwrap_or_else(|| match kind {
        Kind::Whole => node.int("default_int64", -1) as f64,
        _ => node.attribute("default_float").and_then(|attribute| attribute.f).map_or(-0.0, f64::from),
    });
    Ok(Answers { numbers, otherwise: Some(otherwise), kind, texts: None })
}

/// Texts as answers: their places, and behind them that of what stands for unknown keys.
fn of_texts(mut texts: Vec<String>, default: String) -> Answers {
    let numbers = places(texts.len());
    texts.push(default);
    let otherwise = places(texts.len()).pop();
    Answers { numbers, otherwise, kind: Kind::Text, texts: Some(texts) }
}

fn places(n: usize) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a list has fewer than 2^32 entries")]
    (0..n).map(|place| place as f64).collect()
}

fn encoded(planner: &mut Planner<'_>, value: &Value, keys: &Keys, answers: Answers) -> Result<Value> {
    let n_keys = match keys {
        Keys::Texts(texts) => texts.len(),
        Keys::Numbers(numbers) => numbers.len(),
    };
    if n_keys != answers.numbers.len() || n_keys == 0 {
        return Err(Error::malformed(format!("{n_keys} keys for {} values", answers.numbers.len())));
    }
    planner.steps.spend(4 * n_keys)?;
    let mut tables = Vec::new();
    let mut which = vec![0; value.len()];
    match (keys, &value.texts) {
        (Keys::Texts(keys), Texts::Columns(columns)) => {
            // Each column has codes of its own.
            planner.steps.spend(2 * n_keys.saturating_mul(value.len()))?;
            for (which, column) in which.iter_mut().zip(0u32..) {
                *which = column;
            }
            for column in columns.iter() {
                let categories = planner.vocabularies.entry(*column).or_default();
                let code = |(key, number): (&String, &f64)| (f64::from(categories.learn(key)), *number);
                tables.push(CodeTable::new(keys.iter().zip(&answers.numbers).map(code)));
            }
        }
        (Keys::Texts(keys), Texts::Of(texts)) => {
            let known: std::collections::HashMap<&str, f64> =
                keys.iter().map(String::as_str).zip(answers.numbers.iter().copied()).collect();
            #[expect(clippy::cast_precision_loss, reason = "a vocabulary has fewer than 2^32 texts")]
            let codes =
                texts.iter().enumerate().filter_map(|(code, text)| Some((code as f64, *known.get(&**text)?)));
            tables.push(CodeTable::new(codes));
        }
        (Keys::Numbers(keys), Texts::None) => {
            tables.push(CodeTable::new(keys.iter().copied().zip(answers.numbers.iter().copied())));
        }
        _ => return Err(Error::malformed(format!("keys of another type than {}", value.describe()))),
    }
    let known = Known::among(answers.numbers.iter().copied().chain(answers.otherwise));
    let codes = Codes { which: which.into(), tables: tables.into(), otherwise: answers.otherwise };
    let made = planner.direct(value, value.shape.clone(), answers.kind, What::Codes(codes))?;
    let made = if made.as_constant().is_some() { made } else { made.with(known) };
    let texts = answers.texts.map_or(Texts::None, |texts| Texts::Of(Rc::from(texts)));
    Ok(Value { texts, ..made })
}

/// `CategoryMapper`: between texts and integers, by a list of each.
pub(super) fn category_mapper(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let texts = call.node.strings("cats_strings")?;
    let (numbers, _) = numbers(call, "cats").unwrap_or((Vec::new(), Kind::Whole));
    let value = call.input(0)?;
    if !value.is_text() {
        let default = call.node.string("default_string", "_Unused")?;
        return encoded(planner, value, &Keys::Numbers(numbers), of_texts(texts, default));
    }
    #[expect(clippy::cast_precision_loss, reason = "a code is a small integer")]
    let otherwise = Some(call.node.int("default_int64", -1) as f64);
    encoded(
        planner,
        value,
        &Keys::Texts(texts),
        Answers { numbers, otherwise, kind: Kind::Whole, texts: None },
    )
}

/// A column of zeros and ones for each category.
pub(super) fn one_hot_encoder(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let value = call.input(0)?;
    let texts = call.node.strings("cats_strings")?;
    let keys = if texts.is_empty() {
        Keys::Numbers(numbers(call, "cats").map(|(numbers, _)| numbers).unwrap_or_default())
    } else {
        Keys::Texts(texts)
    };
    let n = match &keys {
        Keys::Texts(texts) => texts.len(),
        Keys::Numbers(numbers) => numbers.len(),
    };
    // Unknown ones have no column, or no answer.
    let otherwise = (call.node.int("zeros", 1) != 0).then_some(-1.0);
    let value = match keys {
        Keys::Numbers(_) if !matches!(value.kind, Kind::Whole | Kind::Truth | Kind::Text) => {
            one(planner, One::Whole, value)?
        }
        _ => value.clone(),
    };
    let answers = Answers { numbers: places(n), otherwise, kind: Kind::Whole, texts: None };
    let places_of = encoded(planner, &value, &keys, answers)?;
    columns(planner, &places_of, n, Kind::Single)
}

/// For each place a row with 1 there, and 0 elsewhere.
fn columns(planner: &mut Planner<'_>, places_of: &Value, n: usize, kind: Kind) -> Result<Value> {
    let mut shape = places_of.shape.clone();
    shape.push(1);
    let all = Value::constant(vec![n], Kind::Whole, places(n));
    let is_there = two(planner, Two::Equal, &places_of.reshaped(shape), &all)?;
    Ok(Value { kind, ..is_there })
}

/// `OneHot`: one of two values, by whether a place is that of the column.
pub(super) fn one_hot(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let places_of = call.numbers(0)?;
    let depth = call.constant(1)?.first().copied().unwrap_or(0.0);
    let ([off, on], kind) = (call.constant(2)?, call.input(2)?.kind) else {
        return Err(Error::malformed("values that are not two"));
    };
    let (off, on) = (*off, *on);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it saturates, and is bounded"
    )]
    let n = shape::len(&[depth.max(0.0) as usize])?;
    planner.steps.spend(n)?;
    let axis = super::super::value::axis_of(call.node.int("axis", -1), places_of.rank() + 1)?;
    // Places from the end are below zero.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^32")]
    let depth = Value::constant(Vec::new(), places_of.kind, vec![n as f64]);
    let from_start = two(planner, Two::Mod, places_of, &depth)?;
    let is_there = columns(planner, &from_start, n, Kind::Truth)?;
    let made = planner.each(&[&is_there], is_there.shape.clone(), kind, |operands| {
        What::Choice(operands.swap_remove(0), Operand::Same(on), Operand::Same(off))
    })?;
    let made = if made.as_constant().is_some() { made } else { made.with(Known::among([off, on])) };
    moving::transposed(planner, &made, &moving::from_last(made.rank(), axis))
}
