//! Types of numpy's arrays.

use std::fmt;
use std::rc::Rc;

use crate::error::{Error, Result};

/// The type of an array's items.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dtype {
    kind: Kind,
    big_endian: bool,
    /// Bytes of an item.
    size: usize,
}

/// What an item is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Bool,
    Int,
    UInt,
    Float,
    /// Text of a fixed length, four bytes a character, filled up with zeroes.
    Unicode,
    /// Bytes of a fixed length, filled up with zeroes.
    Bytes,
    /// References to objects, which lie elsewhere.
    Object,
    /// Named parts.
    Structured(Vec<Field>),
    /// Dates, complex numbers and the like: bytes that nobody here looks into.
    Other(char),
}

/// One part of a structured item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) offset: usize,
    pub(crate) dtype: Rc<Dtype>,
}

impl Dtype {
    /// From its name, such as `f8`, `<i4`, `U10` or `O`.
    pub(crate) fn named(name: &str) -> Result<Self> {
        let unknown = || Error::unsupported(format!("'{}' is no type of numpy's that is read", shown(name)));
        let (order, bare) = match name.as_bytes() {
            [order @ (b'<' | b'>' | b'|' | b'='), ..] => (*order, &name[1..]),
            _ => (b'=', name),
        };
        let code = bare.chars().next().ok_or_else(unknown)?;
        let digits = &bare[code.len_utf8()..];
        // Dates may have their unit behind, as in `M8[ns]`.
        let digits = match digits.split_once('[') {
            Some((digits, unit)) if matches!(code, 'm' | 'M') && unit.ends_with(']') => digits,
            _ => digits,
        };
        let number: Option<usize> =
            if digits.is_empty() { None } else { Some(digits.parse().map_err(|_| unknown())?) };
        let (kind, size) = match (code, number) {
            ('b', Some(1)) | ('?', None) => (Kind::Bool, Some(1)),
            ('i', size @ Some(1 | 2 | 4 | 8)) => (Kind::Int, size),
            ('u', size @ Some(1 | 2 | 4 | 8)) => (Kind::UInt, size),
            ('f', size @ Some(2 | 4 | 8)) => (Kind::Float, size),
            ('b', None) => (Kind::Int, Some(1)),
            ('U', length) => (Kind::Unicode, length.unwrap_or(0).checked_mul(4)),
            ('S' | 'a', length) => (Kind::Bytes, Some(length.unwrap_or(0))),
            ('O', _) => (Kind::Object, Some(8)),
            ('V' | 'c' | 'f' | 'm' | 'M', size) => (Kind::Other(code), Some(size.unwrap_or(8))),
            _ => return Err(unknown()),
        };
        Ok(Self { kind, big_endian: order == b'>', size: size.ok_or_else(unknown)? })
    }

    /// Of parts with these names and types, one behind the other. Those without
    /// a name only take their place.
    #[cfg(feature = "skops")]
    pub(crate) fn structured(parts: Vec<(String, Self)>) -> Option<Self> {
        let (mut fields, mut size) = (Vec::new(), 0usize);
        for (name, dtype) in parts {
            let offset = size;
            size = size.checked_add(dtype.size)?;
            if !name.is_empty() {
                fields.push(Field { name, offset, dtype: Rc::new(dtype) });
            }
        }
        Some(Self { kind: Kind::Structured(fields), big_endian: false, size })
    }

    /// Several of these as one, which nobody looks into.
    #[cfg(feature = "skops")]
    pub(crate) fn repeated(&self, n: usize) -> Option<Self> {
        Some(Self { kind: Kind::Other('V'), big_endian: false, size: self.size.checked_mul(n)? })
    }

    /// The same in this order of bytes.
    pub(super) fn with_order(self, big_endian: bool) -> Self {
        Self { big_endian, ..self }
    }

    /// The same kind, each item so many bytes.
    pub(super) fn with_size(self, size: usize) -> Self {
        Self { size, ..self }
    }

    /// Another kind, of the same size.
    pub(super) fn with_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn is_big_endian(&self) -> bool {
        self.big_endian
    }

    /// Whether it is numbers of single precision.
    pub(crate) fn is_single(&self) -> bool {
        self.kind == Kind::Float && self.size == 4
    }

    /// The part of this name, if it has parts.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        match &self.kind {
            Kind::Structured(fields) => fields.iter().find(|field| field.name == name),
            _ => None,
        }
    }

    /// Whether the items are objects, or have some within.
    pub(crate) fn has_objects(&self) -> bool {
        match &self.kind {
            Kind::Object => true,
            Kind::Structured(fields) => fields.iter().any(|field| field.dtype.kind == Kind::Object),
            _ => false,
        }
    }

    /// What it costs to look at: one number a field.
    pub(super) fn n_fields(&self) -> usize {
        match &self.kind {
            Kind::Structured(fields) => fields.len(),
            _ => 0,
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.size.saturating_mul(8);
        match &self.kind {
            Kind::Bool => f.write_str("bool"),
            Kind::Int => write!(f, "int{bits}"),
            Kind::UInt => write!(f, "uint{bits}"),
            Kind::Float => write!(f, "float{bits}"),
            Kind::Unicode => write!(f, "U{}", self.size / 4),
            Kind::Bytes => write!(f, "S{}", self.size),
            Kind::Object => f.write_str("object"),
            Kind::Structured(fields) => write!(f, "{} named fields", fields.len()),
            Kind::Other(code) => write!(f, "{code}{}", self.size),
        }
    }
}

/// A piece of a name that a file gives, for a message.
fn shown(name: &str) -> String {
    name.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numpys_names() {
        for (name, size, shown) in [
            ("f8", 8, "float64"),
            ("<f4", 4, "float32"),
            (">f2", 2, "float16"),
            ("i1", 1, "int8"),
            ("|u8", 8, "uint64"),
            ("b1", 1, "bool"),
            ("U3", 12, "U3"),
            ("S5", 5, "S5"),
            ("O", 8, "object"),
            ("O8", 8, "object"),
            ("V64", 64, "V64"),
            ("M8", 8, "M8"),
            ("<m8[ns]", 8, "m8"),
            ("c16", 16, "c16"),
        ] {
            let dtype = Dtype::named(name).unwrap();
            assert_eq!((dtype.size(), dtype.to_string().as_str()), (size, shown));
            assert_eq!(dtype.is_big_endian(), name.starts_with('>'));
        }
        for name in [
            "",
            "<",
            "i3",
            "f8[ns]",
            "M8[",
            "f8f8",
            "é8",
            "U99999999999999999999",
            "U9223372036854775807",
            "os.system",
        ] {
            Dtype::named(name).unwrap_err();
        }
    }
}
