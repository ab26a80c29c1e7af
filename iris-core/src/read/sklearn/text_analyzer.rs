//! How a vectorizer takes texts apart, by its parameters.

use super::estimator::Estimator;
use super::flow::Flow;
use crate::error::{Error, Result};
use crate::read::pickle::{Object, ObjectId};
use crate::words::{Accents, Analyzer, Case, Pattern, Unit, Vocabulary};

/// The words that `stop_words='english'` stands for, a line each: those of scikit-learn, which has
/// them from the Glasgow Information Retrieval Group and has not changed them since 0.21.
const ENGLISH: &str = include_str!("english_stop_words.txt");

/// The longest n-grams that are read. People use three, or five of characters.
const MOST_UNITS: usize = 64;

/// The analyzer of a vectorizer, if all of it is scikit-learn's own.
pub(super) fn of(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Analyzer> {
    for name in ["preprocessor", "tokenizer"] {
        if !estimator.is_none(name) {
            return Err(own_function(estimator, name));
        }
    }
    if estimator.text("input") != Some("content") {
        return Err(estimator.unexpected("input", estimator.required("input")?));
    }
    let unit = match estimator.text("analyzer") {
        Some("word") => {
            Unit::Words { pattern: pattern(estimator)?, stop_words: stop_words(estimator, flow)? }
        }
        Some("char") => Unit::Characters,
        Some("char_wb") => Unit::CharactersOfWords,
        Some(_) => return Err(estimator.unexpected("analyzer", estimator.required("analyzer")?)),
        None => return Err(own_function(estimator, "analyzer")),
    };
    Ok(Analyzer {
        case: if estimator.flag("lowercase", true)? { Case::Lower } else { Case::Kept },
        accents: accents(estimator)?,
        unit,
        n_grams: n_grams(estimator)?,
    })
}

fn accents(estimator: &Estimator<'_, '_>) -> Result<Accents> {
    match estimator.text("strip_accents") {
        None if estimator.is_none("strip_accents") => Ok(Accents::Kept),
        Some("ascii") => Ok(Accents::ToAscii),
        Some("unicode") => Ok(Accents::Stripped),
        Some(_) => Err(estimator.unexpected("strip_accents", estimator.required("strip_accents")?)),
        None => Err(own_function(estimator, "strip_accents")),
    }
}

fn n_grams(estimator: &Estimator<'_, '_>) -> Result<(usize, usize)> {
    let id = estimator.required("ngram_range")?;
    let bounds: Option<Vec<usize>> = estimator
        .objects
        .items(id)
        .and_then(|bounds| bounds.iter().map(|bound| estimator.objects.size(*bound)).collect());
    match bounds.as_deref() {
        Some([least, most]) if (1..=MOST_UNITS).contains(most) && (1..=*most).contains(least) => {
            Ok((*least, *most))
        }
        _ => Err(estimator.unexpected("ngram_range", id)),
    }
}

fn pattern(estimator: &Estimator<'_, '_>) -> Result<Pattern> {
    let id = estimator.required("token_pattern")?;
    let Some(expression) = estimator.objects.text(id) else {
        return Err(estimator.unexpected("token_pattern", id));
    };
    Pattern::of(expression).ok_or_else(|| {
        let shown: String = expression.chars().take(80).collect();
        Error::unsupported(format!(
            "'token_pattern' is r'{shown}', and only runs of one kind of characters are read, such as r'\\b\\w+\\b' or r'[a-z]{{3,}}'"
        ))
    })
}

fn stop_words(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Vocabulary> {
    if estimator.is_none("stop_words") {
        return Ok(Vocabulary::default());
    }
    let id = estimator.required("stop_words")?;
    let mut words: Vec<String> = match estimator.objects.get(id) {
        Object::Str(name) if **name == *"english" => ENGLISH.lines().map(str::to_owned).collect(),
        Object::Array(array) => flow.strings(array)?,
        _ => listed(estimator, id).ok_or_else(|| estimator.unexpected("stop_words", id))?,
    };
    words.sort_unstable();
    words.dedup();
    flow.spend(words.len())?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Vocabulary::new(&words).ok_or_else(|| estimator.unexpected("stop_words", id))
}

/// The texts of a list, a tuple or a set.
fn listed(estimator: &Estimator<'_, '_>, id: ObjectId) -> Option<Vec<String>> {
    let objects = estimator.objects;
    let items = objects.members(id)?;
    items.iter().map(|item| objects.text(*item).map(str::to_owned)).collect()
}

/// That somebody's own function would have to be called.
#[cold]
fn own_function(estimator: &Estimator<'_, '_>, name: &str) -> Error {
    match estimator.get(name) {
        Some(id) => {
            let what = estimator.objects.describe(id);
            Error::unsupported(format!(
                "'{name}' is {what}: a function of one's own cannot be called, only scikit-learn's own way is read"
            ))
        }
        None => Error::unsupported(format!("it has no '{name}', as one that was fitted would")),
    }
}

#[cfg(test)]
mod tests {
    use super::ENGLISH;

    #[test]
    fn the_english_words_are_in_order_and_each_once() {
        let words: Vec<&str> = ENGLISH.lines().collect();
        assert_eq!((words.len(), words.first(), words.last()), (318, Some(&"a"), Some(&"yourselves")));
        assert!(words.is_sorted_by(|a, b| a < b));
    }
}
