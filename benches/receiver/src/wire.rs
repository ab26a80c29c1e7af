//! Protobuf's wire format, read without building anything.

/// A field's value, as far as its wire type tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// An integer, a boolean or an enumerator; or 32 bits: nobody asks for them here.
    Number,
    /// 64 bits: a time.
    Fixed64(u64),
    /// A string, bytes or a message.
    Bytes(&'a [u8]),
}

/// The bytes are no protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The fields of one message, in the order they stand in.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The messages, strings or bytes in the field of this number.
    pub(crate) fn bytes(self, number: u64) -> impl Iterator<Item = Result<&'a [u8], Malformed>> {
        self.filter_map(move |field| match field {
            Ok((found, Value::Bytes(bytes))) if found == number => Some(Ok(bytes)),
            Ok(_) => None,
            Err(malformed) => Some(Err(malformed)),
        })
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), Malformed> {
        let key = self.varint()?;
        let value = match key & 7 {
            0 => {
                self.varint()?;
                Value::Number
            }
            1 => Value::Fixed64(u64::from_le_bytes(self.take(8)?.try_into().map_err(|_| Malformed)?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Number)?,
            _ => return Err(Malformed),
        };
        Ok((key >> 3, value))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or(Malformed)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wire_type_is_stepped_over() {
        let message = [0x08, 0x96, 0x01, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1a, 2, 7, 9, 0x25, 1, 2, 3, 4];
        let fields: Result<Vec<_>, _> = Fields::of(&message).collect();
        let expected = vec![
            (1, Value::Number),
            (2, Value::Fixed64(0x0807_0605_0403_0201)),
            (3, Value::Bytes(&[7, 9])),
            (4, Value::Number),
        ];
        assert_eq!(fields, Ok(expected));
    }

    #[test]
    fn padded_varints_are_read() {
        let fields: Result<Vec<_>, _> = Fields::of(&[0x0a, 0x81, 0x80, 0x00, 5]).collect();
        assert_eq!(fields, Ok(vec![(1, Value::Bytes(&[5]))]));
    }

    #[test]
    fn what_is_cut_short_is_malformed() {
        for message in [&[0x08][..], &[0x0a, 2, 0], &[0x11, 0], &[0x0b], &[0xff; 11]] {
            assert_eq!(Fields::of(message).last(), Some(Err(Malformed)), "{message:?}");
        }
    }
}
