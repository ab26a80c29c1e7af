//! Free text as converters of vectorizers take it apart: in lower case, into tokens, counted.

use std::rc::Rc;

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::value::{FreeText, Kind, Known, Texts, Value};
use super::sparse;
use crate::error::{Error, Result};
use crate::words::{Accents, Analyzer, Case, Counter, Index, Pattern, SparseRow, Unit, Vocabulary, Work};

/// The longest n-grams that are read, as of the other readers.
const MOST_UNITS: i64 = 64;

/// `StringNormalizer`: lower case, and texts that are dropped.
///
/// Which locale it names makes no difference: a character's lower case is that of Unicode.
pub(super) fn string_normalizer(call: &Call<'_>) -> Result<Value> {
    let text = free_text(call)?;
    if text.tokens.is_some() {
        return Err(Error::unsupported("tokens that are put in lower case"));
    }
    let case = match call.node.string("case_change_action", "NONE")?.as_str() {
        "LOWER" => Case::LowerEach,
        "NONE" => text.case,
        other => {
            return Err(Error::unsupported(format!("case_change_action '{other}'; LOWER and NONE are read")));
        }
    };
    let dropped = call.node.strings("stopwords")?;
    let ignores_case = call.node.int("is_case_sensitive", 0) == 0;
    if !dropped.is_empty() && (ignores_case && case == Case::Kept || !text.dropped.is_empty()) {
        return Err(Error::unsupported("stop words whose case makes a difference to the tokens"));
    }
    let dropped = if dropped.is_empty() { text.dropped.clone() } else { dropped.into() };
    as_text(call, FreeText { case, dropped, ..(*text).clone() })
}

/// `Tokenizer`: by an expression for tokens, or by separators.
pub(super) fn tokenizer(call: &Call<'_>) -> Result<Value> {
    let text = free_text(call)?;
    if text.tokens.is_some() {
        return Err(Error::unsupported("tokens of tokens"));
    }
    if call.node.int("mark", 0) != 0 || call.node.int("mincharnum", 1) != 1 {
        return Err(Error::unsupported("marks around tokens, or tokens of several characters at the least"));
    }
    let separators = call.node.strings("separators")?;
    let expression = call.node.string("tokenexp", "")?;
    let pattern = match separators.as_slice() {
        [] => Pattern::of_re2(&expression),
        [separator] if separator.is_empty() => Some(Pattern::characters()),
        separators => Pattern::between(separators),
    };
    let shown = || if separators.is_empty() { vec![expression.clone()] } else { separators.clone() };
    let pattern = pattern.ok_or_else(|| {
        let shown: String = shown().join("', '").chars().take(80).collect();
        Error::unsupported(format!(
            "tokens by '{shown}'; runs of one kind of characters are read, such as '[a-zA-Z0-9_]+', and separators of one character"
        ))
    })?;
    let value = as_text(call, FreeText { tokens: Some(pattern), ..(*text).clone() })?;
    // How many there are stands in no shape; what follows may only pass them on, in a line.
    let mut shape = value.shape.clone();
    shape.push(1);
    Ok(value.reshaped(shape))
}

/// `TfIdfVectorizer`: how often each n-gram of a list is among the tokens.
pub(super) fn term_counts(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let text = free_text(call)?;
    let Some(pattern) = &text.tokens else {
        return Err(Error::unsupported("n-grams of columns of texts; those of a text's tokens are read"));
    };
    let n_grams = n_grams(call)?;
    if n_grams.1 > 1 && pattern.takes(' ') && !pattern.is_single() {
        return Err(Error::unsupported("n-grams of tokens that may have spaces in them"));
    }
    let (terms, order) = terms(planner, call, n_grams)?;
    let n_terms = terms.len();
    let in_order: Vec<&str> = terms.iter().map(String::as_str).collect();
    let vocabulary =
        Vocabulary::new(&in_order).ok_or_else(|| Error::malformed("an n-gram is there twice"))?;
    let mode = call.node.string("mode", "TF")?;
    let weights = weights(call, &mode, &order)?;
    let counter = Counter {
        analyzer: Analyzer {
            case: text.case,
            accents: Accents::Kept,
            unit: Unit::Words { pattern: pattern.clone(), stop_words: Vocabulary::default() },
            n_grams,
        },
        index: Index::Known(vocabulary),
        is_binary: mode == "IDF",
    };
    check_dropped(&counter, &text.dropped)?;
    planner.free_texts.insert(text.column);
    let counts = planner.steps.terms(text.column, counter)?;
    let counts = Value::computed(vec![1, n_terms], Kind::Single, counts);
    let counts = counts.with(Known::within(0.0, f64::INFINITY));
    match weights {
        Some(weights) => sparse::scaled(planner, &counts, &weights),
        None => Ok(counts),
    }
}

/// The shortest n-grams, and the longest.
fn n_grams(call: &Call<'_>) -> Result<(usize, usize)> {
    let (least, most) = (call.node.int("min_gram_length", 1), call.node.int("max_gram_length", 1));
    if call.node.int("max_skip_count", 0) != 0 && most > 1 {
        return Err(Error::unsupported("n-grams of tokens that do not follow each other"));
    }
    match (usize::try_from(least), usize::try_from(most)) {
        (Ok(of_least), Ok(of_most)) if least >= 1 && least <= most && most <= MOST_UNITS => {
            Ok((of_least, of_most))
        }
        _ => Err(Error::unsupported(format!("n-grams of {least} to {most} tokens"))),
    }
}

/// The n-grams by their columns, each with a space between its tokens, and which of the list each is.
fn terms(
    planner: &mut Planner<'_>,
    call: &Call<'_>,
    (least, most): (usize, usize),
) -> Result<(Vec<String>, Vec<usize>)> {
    let pool = call.node.strings("pool_strings")?;
    planner.steps.spend(pool.iter().map(|token| 4 + token.len() / 8).sum())?;
    let starts = call.node.ints("ngram_counts");
    let starts = starts.iter().map(|start| usize::try_from(*start).unwrap_or(usize::MAX));
    let starts: Vec<usize> = starts.collect();
    if starts.is_empty() || starts.len() > most || !starts.is_sorted() || starts.last() > Some(&pool.len()) {
        return Err(Error::malformed(format!(
            "'ngram_counts' {starts:?} for {} tokens and n-grams of up to {most}",
            pool.len()
        )));
    }
    let ends = starts.iter().skip(1).copied().chain([pool.len()]);
    let mut listed: Vec<String> = Vec::new();
    for (n, (start, end)) in (1..).zip(starts.iter().copied().zip(ends)) {
        let tokens = &pool[start..end];
        if !tokens.len().is_multiple_of(n) {
            return Err(Error::malformed(format!("{} tokens in n-grams of {n}", tokens.len())));
        }
        if n < least && !tokens.is_empty() {
            return Err(Error::unsupported(format!("n-grams of {n} that are never counted")));
        }
        listed.extend(tokens.chunks_exact(n).map(|tokens| tokens.join(" ")));
    }
    let columns = call.node.ints("ngram_indexes");
    let mut order = vec![None; listed.len()];
    for (place, column) in columns.iter().enumerate() {
        match usize::try_from(*column).ok().and_then(|column| order.get_mut(column)) {
            Some(free @ None) => *free = Some(place),
            _ => break,
        }
    }
    let order: Option<Vec<usize>> = order.into_iter().collect();
    match order.filter(|order| !order.is_empty() && order.len() == columns.len()) {
        Some(order) => Ok((order.iter().map(|place| listed[*place].clone()).collect(), order)),
        None if listed.is_empty() => Err(Error::malformed("its vocabulary is empty")),
        None => Err(Error::unsupported(format!(
            "{} n-grams whose columns are not 0, 1 and so on, each once",
            listed.len()
        ))),
    }
}

/// What counts are multiplied with, by columns. The file has them by n-grams.
fn weights(call: &Call<'_>, mode: &str, order: &[usize]) -> Result<Option<Vec<f64>>> {
    let weights = call.node.floats("weights")?;
    match mode {
        "TF" => Ok(None),
        "IDF" | "TFIDF" if weights.is_empty() => Ok(None),
        "IDF" | "TFIDF" if weights.len() == order.len() => {
            Ok(Some(order.iter().map(|place| weights[*place]).collect()))
        }
        "IDF" | "TFIDF" => {
            Err(Error::malformed(format!("{} weights for {} n-grams", weights.len(), order.len())))
        }
        _ => Err(Error::malformed(format!("mode '{mode}' is none of TF, IDF, TFIDF"))),
    }
}

/// That it makes no difference whether a text which is dropped whole is counted.
///
/// Converters hand stop words to an operator that sees no tokens, but the whole text. They are
/// no terms, so that nothing is counted in a text which is one of them.
fn check_dropped(counter: &Counter, dropped: &[String]) -> Result<()> {
    let (mut work, mut row) = (Work::default(), SparseRow::default());
    for text in dropped {
        counter.count(text, &mut work, &mut row);
        if !row.columns.is_empty() {
            return Err(Error::unsupported(format!(
                "the stop word '{text}', which has a term in it as well"
            )));
        }
    }
    Ok(())
}

/// The first input as one column of text.
fn free_text(call: &Call<'_>) -> Result<Rc<FreeText>> {
    let value = call.input(0)?;
    match &value.texts {
        Texts::Free(text) => Ok(text.clone()),
        Texts::Columns(columns) if columns.len() == 1 => {
            Ok(Rc::new(FreeText { column: columns[0], case: Case::Kept, dropped: Rc::new([]), tokens: None }))
        }
        _ => {
            Err(Error::unsupported(format!("{}, where one column of texts is taken apart", value.describe())))
        }
    }
}

fn as_text(call: &Call<'_>, text: FreeText) -> Result<Value> {
    Ok(Value { texts: Texts::Free(Rc::new(text)), ..call.input(0)?.clone() })
}
