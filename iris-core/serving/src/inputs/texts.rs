//! Elements of tensors of strings, as a model's columns take them.

use std::fmt;
use std::ops::Range;

use iris_core::{Cell, ColumnKind, Schema, Texts as HeldTexts};

use crate::{InputData, Refusal, Tensor};

/// The elements of a tensor of strings, wherever a transport has them.
pub trait Texts: fmt::Debug {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them; `None` beyond the last.
    fn get(&self, index: usize) -> Option<Text<'_>>;
}

/// One element of a tensor of strings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Text<'a> {
    /// A string, which has to be UTF-8.
    Bytes(&'a [u8]),
    /// A number among strings, as JSON may have; NaN where it has `null`.
    Number(f64),
}

impl<T: AsRef<[u8]> + fmt::Debug> Texts for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, index: usize) -> Option<Text<'_>> {
        self.as_slice().get(index).map(|bytes| Text::Bytes(bytes.as_ref()))
    }
}

/// Writes what stands for the elements to every `stride`-th place of `out`; they
/// are those of the columns `features` in turn. Of elements there are as many as
/// there are places.
pub(super) fn read(
    schema: &Schema,
    held: &mut HeldTexts,
    tensor: &Tensor<'_>,
    features: Range<usize>,
    out: &mut [f64],
    stride: usize,
) -> Result<(), Refusal> {
    let mut raw = match tensor.data {
        InputData::Raw(bytes) => bytes,
        _ => &[],
    };
    let mut columns = features.cycle();
    for (index, out) in out.iter_mut().step_by(stride).enumerate() {
        let refuse = |why: String| Refusal::input(tensor.name, format_args!("element {index}: {why}"));
        let text = match tensor.data {
            InputData::Raw(_) => next(&mut raw).map(Text::Bytes),
            InputData::Texts(texts) => texts.get(index),
            _ => None,
        };
        let text = text.ok_or_else(|| refuse("its bytes are cut short".to_owned()))?;
        let feature = columns.next().unwrap_or_default();
        *out = value(schema, held, feature, text).map_err(refuse)?;
    }
    match raw {
        [] => Ok(()),
        rest => {
            let reason = format_args!("{} bytes are left behind the last element", rest.len());
            Err(Refusal::input(tensor.name, reason))
        }
    }
}

/// The first string of those that lie one behind the other, each behind its length.
fn next<'r>(rest: &mut &'r [u8]) -> Option<&'r [u8]> {
    let (len, behind) = rest.split_first_chunk()?;
    let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
    let (text, behind) = behind.split_at_checked(len)?;
    *rest = behind;
    Some(text)
}

fn value(schema: &Schema, held: &mut HeldTexts, feature: usize, text: Text<'_>) -> Result<f64, String> {
    let cell = match text {
        Text::Number(number) if number.is_nan() => Cell::Missing,
        Text::Number(number) => Cell::Number(number),
        Text::Bytes(bytes) => {
            let text = str::from_utf8(bytes).map_err(|error| format!("it is no UTF-8: {error}"))?;
            match schema.features()[feature].kind() {
                // Tables of strings have their numbers written out, and nothing where one is missing.
                ColumnKind::Number if text.trim().is_empty() => Cell::Missing,
                ColumnKind::Number => match text.trim().parse() {
                    Ok(number) => Cell::Number(number),
                    Err(_) => Cell::Text(text),
                },
                _ => Cell::Text(text),
            }
        }
    };
    schema.encode_with(feature, cell, held).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_lie_behind_their_lengths() {
        let mut rest: &[u8] = b"\x02\0\0\0ab\0\0\0\0\x05\0\0\0abc";
        assert_eq!(next(&mut rest), Some(&b"ab"[..]));
        assert_eq!(next(&mut rest), Some(&b""[..]));
        assert_eq!(next(&mut rest), None);
        assert_eq!(rest.len(), 7);
    }
}
