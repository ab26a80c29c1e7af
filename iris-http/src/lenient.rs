//! `NaN`, `Infinity` and `-Infinity` in JSON, as Python's `json.dumps` writes them.
//!
//! No JSON has them, and the parser stops at the first. Then, and only then, a
//! copy of the body is parsed in which each is a string of its length that no
//! client writes, so that the places named in messages stay what they were.

/// What the three become.
const TOKENS: [(&[u8], &[u8], f64); 3] = [
    (b"NaN", b"\"\x7f\"", f64::NAN),
    (b"Infinity", b"\"\x7f+++++\"", f64::INFINITY),
    (b"-Infinity", b"\"\x7f------\"", f64::NEG_INFINITY),
];

/// The JSON with strings for tokens, if `error`, which a parser gave for it, is
/// about the first of these.
#[cold]
pub(crate) fn quoted(json: &[u8], error: &serde_json::Error) -> Option<Vec<u8>> {
    if !error.is_syntax() {
        return None;
    }
    // The parser counts the byte that it stumbled on, which may be the second.
    let last = offset(json, error);
    let nearby = last.saturating_sub(2)..last;
    nearby.into_iter().find(|at| json.get(*at..).is_some_and(|rest| token_at(rest).is_some()))?;
    let mut quoted = json.to_vec();
    let mut at = 0;
    let mut is_text = false;
    while let Some(byte) = json.get(at) {
        at += match byte {
            b'\\' if is_text => 2,
            b'"' => {
                is_text = !is_text;
                1
            }
            b'N' | b'I' | b'-' if !is_text => match token_at(&json[at..]) {
                Some((token, string, _)) => {
                    let end = at + token.len();
                    let mut rest = json[end..].iter().skip_while(|byte| byte.is_ascii_whitespace());
                    // A value, and not a key.
                    if rest.next() == Some(&b':') {
                        return None;
                    }
                    quoted[at..end].copy_from_slice(string);
                    token.len()
                }
                None => 1,
            },
            _ => 1,
        };
    }
    Some(quoted)
}

/// What this text of a string stands for, where tokens were quoted.
#[cold]
pub(crate) fn value(text: &str) -> Option<f64> {
    let text = text.as_bytes();
    TOKENS.iter().find(|(_, string, _)| &string[1..string.len() - 1] == text).map(|(_, _, value)| *value)
}

/// Bytes up to where a parser gave up, that one included.
pub(crate) fn offset(json: &[u8], error: &serde_json::Error) -> usize {
    let lines = json.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
    lines.map(<[u8]>::len).sum::<usize>() + error.column()
}

fn token_at(json: &[u8]) -> Option<&'static (&'static [u8], &'static [u8], f64)> {
    TOKENS.iter().find(|(token, _, _)| json.starts_with(token))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn quote(json: &str) -> Option<String> {
        let error = serde_json::from_str::<Value>(json).unwrap_err();
        quoted(json.as_bytes(), &error).map(|json| String::from_utf8(json).unwrap())
    }

    #[test]
    fn tokens_become_strings_of_their_length() {
        for (token, string, value) in TOKENS {
            assert_eq!(token.len(), string.len());
            let text: String = serde_json::from_slice(string).unwrap();
            assert_eq!(super::value(&text).unwrap().to_bits(), value.to_bits());
        }
        assert_eq!(quote("NaN").unwrap(), "\"\x7f\"");
        let json = r#"{"NaN":[1, NaN,-Infinity , "Infinity\\", "a\"NaN", Infinity]}"#;
        let expected = json.replacen(" NaN", " \"\x7f\"", 1).replacen("-Infinity", "\"\x7f------\"", 1);
        let expected = expected.replacen(" Infinity", " \"\x7f+++++\"", 1);
        assert_eq!(quote(json).unwrap(), expected);
        assert_eq!(quote("[\n[NaN],\n[-NaN]]").unwrap(), "[\n[\"\x7f\"],\n[-\"\x7f\"]]");
    }

    #[test]
    fn other_mistakes_stay_what_they_are() {
        for json in [
            "",
            "[",
            "[nan]",
            "[inf]",
            "[x, NaN]",
            "[1,, NaN]",
            "{NaN: 1}",
            "[NaN, {Infinity : 1}]",
            "[\"NaN]",
        ] {
            assert_eq!(quote(json), None, "{json}");
        }
    }

    #[test]
    fn other_strings_are_no_tokens() {
        for text in ["", "NaN", "Infinity", "\u{7f}\u{7f}", "\u{7f}+"] {
            assert_eq!(value(text), None);
        }
    }
}
