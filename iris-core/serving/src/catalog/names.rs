//! Which names models, versions and aliases may have, and how those of clients are quoted.

use std::fmt;

use crate::Refusal;

/// Characters of the longest name.
const LONGEST: usize = 128;

/// Characters of a client's text that a message shows.
const SHOWN: usize = 64;

/// Whether a model, a version or an alias may be called so where its name comes from a client or
/// a folder: ASCII letters, digits, `_`, `-` and single dots within, so that no name is a path, looks like
/// another, or needs quoting anywhere. `what` is what it names.
///
/// # Errors
///
/// [`InvalidInput`](iris_core::ErrorClass::InvalidInput), saying which names are taken.
pub fn check_name(what: &str, name: &str) -> Result<(), Refusal> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let is_path = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    if name.is_empty() || name.len() > LONGEST || is_path || !name.bytes().all(is_plain) {
        return Err(Refusal::invalid(format!(
            "{what} '{}' is no name; expected up to {LONGEST} of A-Z, a-z, 0-9, '_', '-', and dots within",
            shown(name)
        )));
    }
    Ok(())
}

/// A client's text as a message shows it: its beginning, with no character that a terminal obeys.
pub(crate) fn shown(text: &str) -> impl fmt::Display {
    let mut shown: String =
        text.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_taken() {
        for name in ["iris", "Churn_2", "fraud-model.v2", "1", "x".repeat(LONGEST).as_str()] {
            assert_eq!(check_name("model", name), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_is_a_path_or_looks_like_another_is_not() {
        let huge = "x".repeat(10 << 20);
        let all = [
            "", ".", "..", ".hidden", "a..b", "a.", "a/b", "a\\b", "a b", "a\0b", "a\nb", "іris", "iris@x",
            "ﬁsh", &huge,
        ];
        for name in all {
            let refusal = check_name("model", name).unwrap_err().to_string();
            assert!(refusal.len() < 400 && !refusal.contains(['\0', '\n']), "{refusal}");
        }
    }
}
