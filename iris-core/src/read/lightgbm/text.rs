//! The lines of a model: its head, then a section for each tree, then what was trained with.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::{Error, Result};

/// The text that has not been read yet.
pub(super) struct Text<'a> {
    rest: &'a str,
}

/// The lines of the head or of a tree: keys with their values.
pub(super) struct Lines<'a>(HashMap<&'a str, &'a str>);

/// Lines of one section. LightGBM writes about twenty.
const MAX_LINES: usize = 64;

/// What a tree begins with, and what stands behind the last.
const TREE: &str = "Tree=";
const END: &str = "end of trees";

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// What stands behind the trees.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// The lines in front of the trees. A line without a value is a key as well.
    pub(super) fn head(&mut self) -> Result<Lines<'a>> {
        let mut lines = Lines(HashMap::new());
        while !self.is_at_trees() {
            let line = self.line().ok_or_else(cut_short)?;
            if !line.is_empty() {
                lines.add(line, line.split_once('=').unwrap_or((line, "")))?;
            }
        }
        Ok(lines)
    }

    /// The lines of the next tree, if there is one. A tree that no empty line follows was cut short.
    pub(super) fn next_tree(&mut self) -> Result<Option<Lines<'a>>> {
        while self.rest.starts_with(['\r', '\n']) {
            self.line();
        }
        if !self.rest.starts_with(TREE) {
            return Ok(None);
        }
        self.line();
        let mut lines = Lines(HashMap::new());
        while let Some(line) = self.line() {
            if line.is_empty() {
                return Ok(Some(lines));
            }
            let pair = line.split_once('=');
            let pair =
                pair.ok_or_else(|| Error::malformed(format!("the line '{}' has no key", shown(line))))?;
            lines.add(line, pair)?;
        }
        Err(cut_short())
    }

    /// How many trees follow, which are all that the head speaks of.
    pub(super) fn n_trees(&self, expected: Option<usize>) -> Result<usize> {
        let is_tree = |line: &&str| line.starts_with(TREE);
        let mut lines = self.rest.lines();
        let n_trees = lines.by_ref().take_while(|line| *line != END).filter(is_tree).count();
        let is_whole = self.rest.lines().any(|line| line == END);
        match expected {
            Some(expected) if expected != n_trees => {
                let message = format!("{n_trees} trees, where the head speaks of {expected}");
                Err(if n_trees < expected && !is_whole {
                    cut_short().within(message)
                } else {
                    Error::malformed(message)
                })
            }
            _ => Ok(n_trees),
        }
    }

    fn is_at_trees(&self) -> bool {
        self.rest.starts_with(TREE) || self.rest.starts_with(END)
    }

    /// The next line without its end; `None` at the end of the text. What has no end is no line.
    fn line(&mut self) -> Option<&'a str> {
        let (line, rest) = self.rest.split_once('\n')?;
        self.rest = rest;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

impl<'a> Lines<'a> {
    fn add(&mut self, line: &str, (key, value): (&'a str, &'a str)) -> Result<()> {
        if self.0.len() == MAX_LINES {
            let message = format!("more than {MAX_LINES} lines up to '{}'", shown(line));
            return Err(Error::malformed(message));
        }
        self.0.insert(key, value);
        Ok(())
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.0.get(key).copied()
    }

    pub(super) fn required(&self, key: &str) -> Result<&'a str> {
        self.get(key).ok_or_else(|| Error::malformed(format!("it has no '{key}'")))
    }

    /// A whole number; `default` where there is none.
    pub(super) fn number(&self, key: &str, default: Option<usize>) -> Result<usize> {
        match (self.get(key), default) {
            (None, Some(default)) => Ok(default),
            _ => parsed(key, self.required(key)?.trim()),
        }
    }

    /// As many numbers as there have to be.
    pub(super) fn numbers<T: std::str::FromStr>(&self, key: &str, n_numbers: usize) -> Result<Vec<T>> {
        let words = self.required(key)?.split_ascii_whitespace();
        let numbers: Vec<T> = words.map(|word| parsed(key, word)).collect::<Result<_>>()?;
        if numbers.len() == n_numbers {
            return Ok(numbers);
        }
        Err(Error::malformed(format!("'{key}' has {} numbers instead of {n_numbers}", numbers.len())))
    }
}

fn parsed<T: std::str::FromStr>(key: &str, word: &str) -> Result<T> {
    let number = word.parse();
    number.map_err(|_| Error::malformed(format!("'{key}' has '{}' for a number", shown(word))))
}

#[cold]
fn cut_short() -> Error {
    Error::malformed("the file is cut short")
}

/// What stands in the place of a word of a message, no longer than that should be.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
