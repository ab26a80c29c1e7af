//! Answers as CSV and as JSON lines.

use std::borrow::Cow;

use super::Layout;
use crate::predict::answers::Answers;
use crate::predict::fields::{csv_field, json_text};
use crate::predict::rows::{Kept, Rows, Texts};

/// Bytes of a number at the most, and of what stands beside it.
const NUMBER: usize = 25;

/// A line a row.
pub(super) fn csv(layout: &Layout, rows: &Rows, answers: &Answers) -> Result<Vec<u8>, String> {
    let kept = texts(rows, false)?;
    let mut out = Vec::with_capacity(rows.len() * layout.names.len() * NUMBER);
    for row in 0..rows.len() {
        for texts in &kept {
            if texts.are_json {
                csv_field(&plain(texts.get(row)), layout.delimiter, &mut out);
            } else {
                csv_field(texts.get(row), layout.delimiter, &mut out);
            }
            out.push(layout.delimiter);
        }
        if let Some(class) = answers.classes.get(row) {
            out.extend_from_slice(&layout.labels[*class as usize]);
            out.push(layout.delimiter);
        }
        for number in numbers(answers, row) {
            push_number(number, b"", &mut out);
            out.push(layout.delimiter);
        }
        // Instead of the last delimiter.
        out.pop();
        out.push(b'\n');
    }
    Ok(out)
}

/// An object a line.
pub(super) fn json(layout: &Layout, rows: &Rows, answers: &Answers) -> Result<Vec<u8>, String> {
    let kept = texts(rows, true)?;
    let n_bytes: usize = layout.members.iter().map(|member| member.len() + NUMBER).sum();
    let mut out = Vec::with_capacity(rows.len() * n_bytes);
    for row in 0..rows.len() {
        let mut members = layout.members.iter();
        let mut name =
            |out: &mut Vec<u8>| out.extend_from_slice(members.next().map_or(&[][..], Vec::as_slice));
        for texts in &kept {
            name(&mut out);
            let text = texts.get(row);
            if texts.are_json {
                out.extend_from_slice(text);
            } else {
                // Only text of UTF-8 is kept.
                json_text(&String::from_utf8_lossy(text), &mut out);
            }
        }
        if let Some(class) = answers.classes.get(row) {
            name(&mut out);
            out.extend_from_slice(&layout.labels[*class as usize]);
        }
        for number in numbers(answers, row) {
            name(&mut out);
            push_number(number, b"null", &mut out);
        }
        out.extend_from_slice(b"}\n");
    }
    Ok(out)
}

/// The numbers of a row.
fn numbers(answers: &Answers, row: usize) -> impl Iterator<Item = f64> {
    let parts = answers.numbers().into_iter();
    parts.flat_map(move |(numbers, n)| numbers[row * n..(row + 1) * n].iter().copied())
}

/// The shortest digits that are the number again, or `otherwise`, which JSON has for what is none.
fn push_number(number: f64, otherwise: &[u8], out: &mut Vec<u8>) {
    if number.is_finite() {
        out.extend_from_slice(zmij::Buffer::new().format_finite(number).as_bytes());
    } else if otherwise.is_empty() {
        out.extend_from_slice(number.to_string().as_bytes());
    } else {
        out.extend_from_slice(otherwise);
    }
}

/// A value of JSON as a field: texts without quotes, nothing for null, the rest as it is.
fn plain(json: &[u8]) -> Vec<u8> {
    match json {
        b"null" => Vec::new(),
        [b'"', ..] => serde_json::from_slice::<String>(json).unwrap_or_default().into_bytes(),
        _ => json.to_vec(),
    }
}

/// The columns that are kept, as texts.
fn texts(rows: &Rows, as_json: bool) -> Result<Vec<Cow<'_, Texts>>, String> {
    #[cfg(not(feature = "tables"))]
    let _ = as_json;
    let texts = rows.kept.iter().map(|kept| match kept {
        Kept::Texts(texts) => Ok(Cow::Borrowed(texts)),
        #[cfg(feature = "tables")]
        Kept::Array(array) => crate::predict::tables::texts(array, as_json).map(Cow::Owned),
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_json_are_fields_without_their_quotes() {
        assert_eq!(plain(b"\"a\\\"b\""), b"a\"b");
        assert_eq!(plain(b"null"), b"");
        assert_eq!(plain(b"1.50"), b"1.50");
        assert_eq!(plain(b"[1]"), b"[1]");
    }

    #[test]
    fn numbers_are_those_again() {
        for number in [0.1, 1e300, -5e-324, 3.0, 0.982_014_3] {
            let mut out = Vec::new();
            push_number(number, b"", &mut out);
            assert_eq!(String::from_utf8(out).unwrap().parse(), Ok(number));
        }
        let mut out = Vec::new();
        push_number(f64::NAN, b"null", &mut out);
        push_number(f64::INFINITY, b"", &mut out);
        assert_eq!(out, b"nullinf");
    }
}
