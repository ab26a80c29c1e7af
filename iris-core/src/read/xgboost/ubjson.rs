//! UBJSON as values: a reader without recursion, of draft 12 with typed and counted containers.

use super::json::MAX_ENTRIES;
use super::value::{ListBuilder, VALUE, Value, is_unused};
use crate::error::{Error, Result};
use crate::read::budget::Budget;

/// Containers within containers; XGBoost's models nest eight.
const MAX_DEPTH: usize = 64;

/// The value that these bytes are. What it holds is held against `budget`.
pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Value> {
    let mut input = Input { bytes, at: 0 };
    let value = read_value(&mut input, budget)
        .map_err(|error| error.within(format_args!("no UBJSON: byte {}", input.at)))?;
    // No-ops may follow.
    if bytes[input.at..].iter().any(|byte| *byte != b'N') {
        return Err(Error::malformed(format!("{} bytes follow the document", bytes.len() - input.at)));
    }
    Ok(value)
}

/// A container that has begun.
enum Open {
    List { items: ListBuilder, left: Left },
    Object { entries: Vec<(String, Value)>, key: String, left: Left },
}

/// What a container still has.
#[derive(Clone, Copy)]
struct Left {
    /// Items, where it was counted; else it ends with a mark.
    count: Option<usize>,
    /// The type of every item, where it was said once.
    kind: Option<u8>,
}

fn read_value(input: &mut Input<'_>, budget: &mut Budget) -> Result<Value> {
    let mut open: Vec<Open> = Vec::new();
    let mut kind = input.kind()?;
    loop {
        let mut done = match kind {
            b'[' | b'{' => {
                budget.spend(VALUE)?;
                let left = input.container()?;
                match (kind, left) {
                    (b'[', Left { count: Some(count), kind: Some(kind) }) if width(kind).is_some() => {
                        Some(input.typed(kind, count, budget)?)
                    }
                    (_, left) => {
                        if open.len() == MAX_DEPTH {
                            return Err(Error::malformed(format!("nested more than {MAX_DEPTH} deep")));
                        }
                        open.push(if kind == b'[' {
                            Open::List { items: ListBuilder::new(), left }
                        } else {
                            Open::Object { entries: Vec::new(), key: String::new(), left }
                        });
                        None
                    }
                }
            }
            kind => Some(input.scalar(kind, budget)?),
        };
        // Gives the value to whatever it stands in, and ends what ends with it.
        kind = loop {
            let Some(last) = open.last_mut() else {
                return done.ok_or_else(|| Error::malformed("nothing is in it"));
            };
            if let Some(value) = done.take() {
                budget.spend(if matches!(value, Value::Number(_)) { 2 } else { VALUE })?;
                last.push(value)?;
            }
            match last.next(input, budget)? {
                Some(kind) => break kind,
                None => done = open.pop().map(Open::finish),
            }
        };
    }
}

impl Open {
    fn push(&mut self, value: Value) -> Result<()> {
        match self {
            Self::List { items, .. } => items.push(value),
            Self::Object { key, .. } if is_unused(key) => {}
            Self::Object { entries, .. } if entries.len() == MAX_ENTRIES => {
                return Err(Error::malformed(format!("an object of more than {MAX_ENTRIES} entries")));
            }
            Self::Object { entries, key, .. } => entries.push((std::mem::take(key), value)),
        }
        Ok(())
    }

    /// The type of the next item, in front of which an object has a key; `None` at the end.
    fn next(&mut self, input: &mut Input<'_>, budget: &mut Budget) -> Result<Option<u8>> {
        let (left, end) = match self {
            Self::List { left, .. } => (left, b']'),
            Self::Object { left, .. } => (left, b'}'),
        };
        match &mut left.count {
            Some(0) => return Ok(None),
            Some(count) => *count -= 1,
            None => {
                if input.peek_kind()? == end {
                    input.at += 1;
                    return Ok(None);
                }
            }
        }
        let kind = left.kind;
        if let Self::Object { key, .. } = self {
            *key = input.text(budget)?;
        }
        kind.map_or_else(|| input.kind(), Ok).map(Some)
    }

    fn finish(self) -> Value {
        match self {
            Self::List { items, .. } => items.finish(),
            Self::Object { entries, .. } => Value::Object(entries),
        }
    }
}

/// The bytes, and how far they were read.
struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| Error::malformed("the file ends too early"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("as many were taken"))
    }

    /// The next mark of a type; no-ops in front of it are nothing.
    fn kind(&mut self) -> Result<u8> {
        let kind = self.peek_kind()?;
        self.at += 1;
        Ok(kind)
    }

    fn peek_kind(&mut self) -> Result<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b'N') => self.at += 1,
                Some(kind) => return Ok(*kind),
                None => return Err(Error::malformed("the file ends too early")),
            }
        }
    }

    /// What is said at the beginning of a container.
    fn container(&mut self) -> Result<Left> {
        let mut kind = None;
        if self.bytes.get(self.at) == Some(&b'$') {
            self.at += 1;
            kind = Some(self.kind()?);
        }
        let count = if self.bytes.get(self.at) == Some(&b'#') {
            self.at += 1;
            Some(self.length()?)
        } else if kind.is_some() {
            return Err(Error::malformed("a container of one type does not say how long it is"));
        } else {
            None
        };
        // Types without bytes would make a short file long.
        if let (Some(count), Some(b'Z' | b'T' | b'F')) = (count, kind)
            && count > self.bytes.len()
        {
            return Err(Error::malformed(format!("{count} items without bytes")));
        }
        Ok(Left { count, kind })
    }

    fn length(&mut self) -> Result<usize> {
        let kind = self.kind()?;
        let length = match kind {
            b'i' | b'U' | b'I' | b'l' | b'L' => integer(kind, self.take(width(kind).unwrap_or(0))?),
            _ => return Err(unknown(kind)),
        };
        usize::try_from(length).map_err(|_| Error::malformed(format!("a length of {length}")))
    }

    fn text(&mut self, budget: &mut Budget) -> Result<String> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        budget.spend(VALUE)?;
        budget.spend_bytes(length)?;
        // What is written is no more than bytes to XGBoost, and keys are all that is compared.
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    fn scalar(&mut self, kind: u8, budget: &mut Budget) -> Result<Value> {
        Ok(match kind {
            b'Z' => Value::Null,
            b'T' => Value::Number(1.0),
            b'F' => Value::Number(0.0),
            b'S' | b'H' => Value::Text(self.text(budget)?),
            b'C' => Value::Text(char::from(self.array::<1>()?[0]).to_string()),
            kind => {
                let width = width(kind).ok_or_else(|| unknown(kind))?;
                Value::Number(number(kind, self.take(width)?))
            }
        })
    }

    /// The items of a list whose type has been said.
    fn typed(&mut self, kind: u8, count: usize, budget: &mut Budget) -> Result<Value> {
        let width = width(kind).ok_or_else(|| unknown(kind))?;
        let length = count.checked_mul(width).ok_or_else(|| Error::malformed("the file ends too early"))?;
        let bytes = self.take(length)?;
        budget.spend(count)?;
        Ok(Value::Numbers(bytes.chunks_exact(width).map(|item| number(kind, item)).collect()))
    }
}

/// Bytes of a number of this type.
fn width(kind: u8) -> Option<usize> {
    match kind {
        b'i' | b'U' => Some(1),
        b'I' => Some(2),
        b'l' | b'd' => Some(4),
        b'L' | b'D' => Some(8),
        _ => None,
    }
}

/// A number of this type, as wide as that; the highest byte comes first.
#[expect(clippy::cast_precision_loss, reason = "whatever counts or chooses is small")]
fn number(kind: u8, bytes: &[u8]) -> f64 {
    match (kind, bytes) {
        (b'd', bytes) => bytes.try_into().map_or(f64::NAN, |bytes| f64::from(f32::from_be_bytes(bytes))),
        (b'D', bytes) => bytes.try_into().map_or(f64::NAN, f64::from_be_bytes),
        _ => integer(kind, bytes) as f64,
    }
}

fn integer(kind: u8, bytes: &[u8]) -> i64 {
    let is_negative = kind != b'U' && bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let start = if is_negative { -1 } else { 0 };
    bytes.iter().fold(start, |value, byte| (value << 8) | i64::from(*byte))
}

#[cold]
fn unknown(kind: u8) -> Error {
    Error::malformed(format!("'{}' is no type that is known", char::from(kind).escape_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Result<Value> {
        read(bytes, &mut Budget::new(1 << 16))
    }

    #[test]
    fn numbers_of_every_width_are_big_endian() {
        let cases: [(&[u8], f64); 8] = [
            (b"i\xff", -1.0),
            (b"U\xff", 255.0),
            (b"I\xff\x00", -256.0),
            (b"l\x00\x01\x00\x00", 65536.0),
            (b"L\xff\xff\xff\xff\xff\xff\xff\xfe", -2.0),
            (b"d\x3f\xc0\x00\x00", 1.5),
            (b"D\x3f\xf8\x00\x00\x00\x00\x00\x00", 1.5),
            (b"NNT", 1.0),
        ];
        for (bytes, number) in cases {
            assert_eq!(of(bytes).unwrap(), Value::Number(number), "{bytes:?}");
        }
    }

    #[test]
    fn containers_are_typed_counted_or_end_with_a_mark() {
        let numbers = Value::Numbers(vec![1.0, 2.0]);
        for bytes in [&b"[$U#U\x02\x01\x02"[..], b"[#i\x02U\x01U\x02", b"[U\x01NU\x02]"] {
            assert_eq!(of(bytes).unwrap(), numbers);
        }
        let object = Value::Object(vec![("a".to_owned(), Value::Text("x".to_owned()))]);
        for bytes in [&b"{U\x01aSU\x01x}"[..], b"{#U\x01U\x01aSU\x01x", b"{$S#U\x01U\x01aU\x01x"] {
            assert_eq!(of(bytes).unwrap(), object);
        }
        let nested = of(b"{i\x01a[{}[]Z]}").unwrap();
        let list = vec![Value::Object(Vec::new()), Value::Numbers(Vec::new()), Value::Null];
        assert_eq!(nested.get("a"), Some(&Value::List(list)));
    }

    #[test]
    fn what_is_cut_short_or_lies_is_refused() {
        let deep = b"[".repeat(100_000);
        let cases: [(&[u8], &str); 9] = [
            (b"", "no UBJSON: byte 0: the file ends too early"),
            (b"{U\x01", "no UBJSON: byte 3: the file ends too early"),
            (b"[$d#L\x00\x00\x00\x00\xff\xff\xff\xff", "no UBJSON: byte 13: the file ends too early"),
            (b"[$L#L\x7f\xff\xff\xff\xff\xff\xff\xff", "no UBJSON: byte 13: the file ends too early"),
            (b"[#i\xff", "no UBJSON: byte 4: a length of -1"),
            (b"[$T#l\x7f\xff\xff\xff", "no UBJSON: byte 9: 2147483647 items without bytes"),
            (b"[$d]", "no UBJSON: byte 3: a container of one type does not say how long it is"),
            (b"[x]", "no UBJSON: byte 2: 'x' is no type that is known"),
            (&deep, "no UBJSON: byte 65: nested more than 64 deep"),
        ];
        for (bytes, says) in cases {
            assert_eq!(of(bytes).unwrap_err().to_string(), says);
        }
        assert_eq!(of(b"TT").unwrap_err().to_string(), "1 bytes follow the document");
    }
}
