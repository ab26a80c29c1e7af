//! Text of protocol 0, in which bytes are escaped.

use crate::error::{Error, Result};

/// A string as Python's `repr` writes it, quotes included.
pub(super) fn quoted(line: &[u8]) -> Result<Vec<u8>> {
    let line = line.trim_ascii();
    let ([b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"']) = line else {
        return Err(Error::malformed("a string without its quotes"));
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next() {
            Some(byte @ (b'\\' | b'\'' | b'"')) => byte,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'x') => {
                let digits = [rest.next(), rest.next()];
                let [Some(high), Some(low)] = digits else { return Err(bad_escape()) };
                let byte = number(&[high, low]).and_then(|value| u8::try_from(value).ok());
                byte.ok_or_else(bad_escape)?
            }
            _ => return Err(bad_escape()),
        });
    }
    Ok(bytes)
}

/// Python's `raw-unicode-escape`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`.
pub(super) fn unicode(line: &[u8]) -> Result<String> {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        let n_digits = match (byte, behind.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            _ => {
                text.push(char::from(*byte));
                continue;
            }
        };
        let digits = behind.get(1..=n_digits).ok_or_else(bad_escape)?;
        text.push(number(digits).and_then(char::from_u32).ok_or_else(bad_escape)?);
        rest = &behind[n_digits + 1..];
    }
    Ok(text)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 4 | digit)
    })
}

#[cold]
fn bad_escape() -> Error {
    Error::malformed("an escape in a string that means no character")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_escapes() {
        assert_eq!(quoted(br"'a\n\x00\\\'\xff'").unwrap(), b"a\n\x00\\'\xff");
        assert_eq!(unicode(b"caf\xe9 \\u2192 \\U0001f600 \\u005c \\n").unwrap(), "café → 😀 \\ \\n");
        for bad in [&br"'\x0'"[..], b"'\\", b"'", b"x", br"'\q'"] {
            quoted(bad).unwrap_err();
        }
        for bad in [&br"\u12"[..], br"\ud800", br"\Uffffffff", br"\u"] {
            unicode(bad).unwrap_err();
        }
    }
}
