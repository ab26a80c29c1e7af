//! What JSON and UBJSON hold alike.

use crate::error::{Error, Result};

/// A value of a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    /// Truth values are 0 and 1.
    Number(f64),
    Text(String),
    /// A list of nothing but numbers; also an empty one.
    Numbers(Vec<f64>),
    List(Vec<Value>),
    /// In the order of the file.
    Object(Vec<(String, Value)>),
}

/// Numbers that a value takes beside what it holds.
pub(super) const VALUE: usize = size_of::<(String, Value)>() / 8;

/// Nodes' numbers that are not looked at; a third of a file.
const UNUSED: [&str; 3] = ["loss_changes", "parents", "metrics"];

/// Whether what stands under this key need not be kept.
pub(super) fn is_unused(key: &str) -> bool {
    UNUSED.contains(&key)
}

/// A list while its values are found, kept as numbers as long as they are such.
#[derive(Debug)]
pub(super) struct ListBuilder {
    numbers: Vec<f64>,
    values: Vec<Value>,
}

impl ListBuilder {
    pub(super) fn new() -> Self {
        Self { numbers: Vec::new(), values: Vec::new() }
    }

    pub(super) fn push(&mut self, value: Value) {
        match value {
            Value::Number(number) if self.values.is_empty() => self.numbers.push(number),
            // What JSON has in the place of NaN.
            Value::Null if self.values.is_empty() => self.numbers.push(f64::NAN),
            value => {
                self.values.extend(self.numbers.drain(..).map(Value::Number));
                self.values.push(value);
            }
        }
    }

    pub(super) fn finish(self) -> Value {
        if self.values.is_empty() { Value::Numbers(self.numbers) } else { Value::List(self.values) }
    }
}

impl Value {
    /// What stands under a key of an object.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The same, taken out.
    pub(super) fn take(&mut self, key: &str) -> Result<Self> {
        let found = match self {
            Self::Object(entries) => entries.iter_mut().find(|(name, _)| name == key),
            _ => None,
        };
        found
            .map(|(_, value)| std::mem::replace(value, Self::Null))
            .ok_or_else(|| Error::malformed(format!("there is no '{key}'")))
    }

    /// What has to stand under a key.
    pub(super) fn required(&self, key: &str) -> Result<&Self> {
        self.get(key).ok_or_else(|| Error::malformed(format!("there is no '{key}'")))
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number, which parameters have as text.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A length or an index.
    pub(super) fn size(&self) -> Option<usize> {
        whole(self.number()?)
    }

    pub(super) fn numbers(&self) -> Option<&[f64]> {
        match self {
            Self::Numbers(numbers) => Some(numbers),
            _ => None,
        }
    }

    /// The values of a list, of which some are no numbers; an empty one has none.
    pub(super) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(values) => Some(values),
            Self::Numbers(numbers) if numbers.is_empty() => Some(&[]),
            _ => None,
        }
    }

    /// Texts of a list of texts.
    pub(super) fn texts(&self) -> Option<Vec<String>> {
        self.list()?.iter().map(|value| value.text().map(str::to_owned)).collect()
    }
}

/// A number that is a length or an index.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole and in range")]
pub(super) fn whole(number: f64) -> Option<usize> {
    let is_whole = number.trunc() == number && (0.0..9_007_199_254_740_992.0).contains(&number);
    is_whole.then_some(number as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_numbers_are_kept_as_such_until_something_else_comes() {
        let list = |values: Vec<Value>| {
            let mut list = ListBuilder::new();
            for value in values {
                list.push(value);
            }
            list.finish()
        };
        assert_eq!(list(vec![Value::Number(1.0), Value::Number(0.0)]), Value::Numbers(vec![1.0, 0.0]));
        let mixed = vec![Value::Number(1.0), Value::Text("x".to_owned()), Value::Null];
        assert_eq!(list(mixed.clone()), Value::List(mixed));
        assert_eq!(list(Vec::new()).list(), Some(&[][..]));
    }

    #[test]
    fn parameters_are_numbers_as_text() {
        assert_eq!(Value::Text("5E-1".to_owned()).number(), Some(0.5));
        assert_eq!([-1.0, 0.5, 3.0, 1e300].map(whole), [None, None, Some(3), None]);
    }
}
