//! Opcodes that push one number or text, which the file holds as it is.

use std::borrow::Cow;

use super::escape;
use super::input::Input;
use super::object::Object;
use crate::error::{Error, Result};

/// The object that this opcode stands for; `None` if it is no such opcode.
pub(super) fn read<'a>(opcode: u8, input: &mut Input<'a>) -> Result<Option<Object<'a>>> {
    let object = match opcode {
        b'N' => Object::None,
        0x88 => Object::Bool(true),
        0x89 => Object::Bool(false),
        b'J' => Object::Int(i32::from_le_bytes(input.array()?).into()),
        b'K' => Object::Int(input.byte()?.into()),
        b'M' => Object::Int(u16::from_le_bytes(input.array()?).into()),
        b'I' => decimal(input.line()?)?,
        b'L' => long_decimal(input.line()?)?,
        0x8a => counted(input, 1, long)?,
        0x8b => counted(input, 4, long)?,
        b'F' => Object::Float(parsed(input.line()?)?),
        b'G' => Object::Float(f64::from_be_bytes(input.array()?)),
        b'S' => old_string(Cow::Owned(escape::quoted(input.line()?)?)),
        b'U' => counted(input, 1, |bytes| Ok(old_string(Cow::Borrowed(bytes))))?,
        b'T' => counted(input, 4, |bytes| Ok(old_string(Cow::Borrowed(bytes))))?,
        b'V' => Object::Str(Cow::Owned(escape::unicode(input.line()?)?)),
        0x8c => counted(input, 1, text)?,
        b'X' => counted(input, 4, text)?,
        0x8d => counted(input, 8, text)?,
        b'C' => counted(input, 1, bytes)?,
        b'B' => counted(input, 4, bytes)?,
        0x8e | 0x96 => counted(input, 8, bytes)?,
        _ => return Ok(None),
    };
    Ok(Some(object))
}

fn counted<'a>(
    input: &mut Input<'a>,
    width: usize,
    object: impl Fn(&'a [u8]) -> Result<Object<'a>>,
) -> Result<Object<'a>> {
    let length = input.length(width)?;
    object(input.take(length)?)
}

#[expect(clippy::unnecessary_wraps, reason = "it stands beside others that fail")]
fn bytes(bytes: &[u8]) -> Result<Object<'_>> {
    Ok(Object::Bytes(Cow::Borrowed(bytes)))
}

/// A string of Python 2, which is text or bytes: what is ASCII is taken for text.
fn old_string(bytes: Cow<'_, [u8]>) -> Object<'_> {
    if !bytes.is_ascii() {
        return Object::Bytes(bytes);
    }
    match bytes {
        Cow::Borrowed(bytes) => Object::Str(String::from_utf8_lossy(bytes)),
        Cow::Owned(bytes) => Object::Str(String::from_utf8_lossy(&bytes).into_owned().into()),
    }
}

fn text(bytes: &[u8]) -> Result<Object<'_>> {
    let text = str::from_utf8(bytes).map_err(|_| Error::malformed("a string that is not UTF-8"))?;
    Ok(Object::Str(Cow::Borrowed(text)))
}

/// An integer in two's complement, little-endian, as long as it needs to be.
#[expect(clippy::unnecessary_wraps, reason = "it stands beside others that fail")]
fn long(bytes: &[u8]) -> Result<Object<'_>> {
    let Some(last) = bytes.last() else { return Ok(Object::Int(0)) };
    if bytes.len() > 8 {
        return Ok(Object::BigInt(bytes.into()));
    }
    let sign = if last & 0x80 == 0 { 0 } else { 0xff };
    let mut word = [sign; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    Ok(Object::Int(i64::from_le_bytes(word)))
}

/// Protocol 0 writes booleans as `00` and `01`.
fn decimal(line: &[u8]) -> Result<Object<'_>> {
    match line {
        b"00" => Ok(Object::Bool(false)),
        b"01" => Ok(Object::Bool(true)),
        _ => long_decimal(line),
    }
}

fn long_decimal(line: &[u8]) -> Result<Object<'_>> {
    let digits = line.strip_suffix(b"L").unwrap_or(line);
    let unsigned = digits.strip_prefix(b"-").unwrap_or(digits);
    if unsigned.is_empty() || !unsigned.iter().all(u8::is_ascii_digit) {
        return Err(Error::malformed("an integer that is not one"));
    }
    Ok(parsed(digits).map_or(Object::BigInt(digits.into()), Object::Int))
}

/// A number of protocol 0, on a line of its own.
pub(super) fn parsed<T: std::str::FromStr>(line: &[u8]) -> Result<T> {
    let number = str::from_utf8(line).ok().and_then(|line| line.trim().parse().ok());
    number.ok_or_else(|| Error::malformed("a number that is not one"))
}
