//! One JSON value where a number belongs.

use serde_json::value::RawValue;

use super::decimal;
use crate::lenient;

/// What a value turned out to be.
pub(super) enum Number {
    /// A finite number.
    Finite(f64),
    /// `null`.
    Null,
    /// A number beyond the range of `f64`, such as 1e400.
    TooLarge,
    /// A string that stands for NaN or an infinity, if such were quoted.
    Token(f64),
    /// A truth value.
    Bool(bool),
    /// Another kind of value, named.
    Not(&'static str),
}

impl Number {
    /// Classifies a value by its first byte; the parser has checked the rest.
    #[inline]
    pub(super) fn new(value: &RawValue) -> Self {
        let text = value.get();
        match text.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => match decimal::short(text) {
                Some(number) => Self::Finite(number),
                None => match text.parse::<f64>() {
                    Ok(number) if number.is_finite() => Self::Finite(number),
                    _ => Self::TooLarge,
                },
            },
            Some(b'n') => Self::Null,
            Some(b'"') => match lenient::value(text.trim_matches('"')) {
                Some(value) => Self::Token(value),
                None => Self::Not("a string"),
            },
            Some(b'{') => Self::Not("an object"),
            Some(b'[') => Self::Not("a list"),
            first => Self::Bool(first == Some(&b't')),
        }
    }
}
