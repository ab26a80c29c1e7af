//! numpy's files of one array: a header in Python's words, then the bytes.

mod header;

use std::borrow::Cow;
use std::rc::Rc;

use super::pickle::{Array, Data, Order};
use crate::error::{Error, Result};
use header::Header;

/// What every file begins with, before the two bytes of its version.
const MAGIC: &[u8] = b"\x93NUMPY";

/// Bytes of the longest header, as numpy itself has it.
const MAX_HEADER: usize = 10_000;

/// The array of a whole file. Bytes that lie in the model's own file stay there.
pub(super) fn read(file: Cow<'_, [u8]>) -> Result<Array<'_>> {
    let (header, start) = header_of(&file)?;
    let Header { dtype, is_fortran, shape } = header;
    if dtype.has_objects() {
        return Err(Error::unsupported("an array of objects in a file of numpy's, which is a pickle there"));
    }
    let data = match file {
        Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[start..]),
        Cow::Owned(mut bytes) => {
            bytes.drain(..start);
            Cow::Owned(bytes)
        }
    };
    let order = if is_fortran { Order::Fortran } else { Order::C };
    Array::new(Rc::new(dtype), shape, order, Data::Raw(data))
        .map_err(|error| error.within(format_args!("byte {start}")))
}

/// The header, and where the bytes of the array begin.
fn header_of(file: &[u8]) -> Result<(Header, usize)> {
    let short = || Error::malformed("an array's file is cut short within its header");
    let rest =
        file.strip_prefix(MAGIC).ok_or_else(|| Error::malformed("an array's file that is not numpy's"))?;
    let ([major, _minor], rest) = rest.split_first_chunk().ok_or_else(short)?;
    let (length, rest) = match major {
        1 => {
            let (length, rest) = rest.split_first_chunk().ok_or_else(short)?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk().ok_or_else(short)?;
            (usize::try_from(u32::from_le_bytes(*length)).map_err(|_| short())?, rest)
        }
        _ => {
            return Err(Error::unsupported(format!(
                "version {major} of numpy's files, of which there are 3"
            )));
        }
    };
    if length > MAX_HEADER {
        return Err(Error::malformed(format!("an array's file with a header of {length} bytes")));
    }
    let text = rest.get(..length).ok_or_else(short)?;
    // UTF-8 came with the third version; before, a byte was a character.
    let text = match major {
        3 => str::from_utf8(text).map_err(|_| Error::malformed("a header that is not UTF-8"))?.to_owned(),
        _ => text.iter().copied().map(char::from).collect(),
    };
    let start = file.len() - rest.len() + length;
    Ok((header::parse(&text)?, start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::pickle::{Budget, Objects};

    /// A file of this version, with this header and these bytes.
    fn file(version: u8, header: &str, bytes: &[u8]) -> Vec<u8> {
        let length = u32::try_from(header.len()).unwrap().to_le_bytes();
        let length = if version == 1 { &length[..2] } else { &length };
        [MAGIC, &[version, 0], length, header.as_bytes(), bytes].concat()
    }

    fn floats(file: &[u8]) -> Result<Vec<f64>> {
        read(file.into())?.floats(&Objects::default())
    }

    #[test]
    fn every_version_and_either_order() {
        let bytes: Vec<u8> = [1.5f64, 2.5, 3.5, 4.5].iter().flat_map(|value| value.to_le_bytes()).collect();
        for version in 1..=3 {
            let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }   \n";
            assert_eq!(floats(&file(version, header, &bytes)).unwrap(), [1.5, 2.5, 3.5, 4.5]);
            let header = "{'descr':'<f8','fortran_order':True,'shape':(2,2)}";
            assert_eq!(floats(&file(version, header, &bytes)).unwrap(), [1.5, 3.5, 2.5, 4.5]);
        }
        let header = "{'descr': '>i2', 'fortran_order': False, 'shape': ()}\n";
        assert_eq!(floats(&file(1, header, &[1, 2])).unwrap(), [258.0]);
        // As Python 2 wrote its long integers.
        let header = "{'descr': '|b1', 'fortran_order': False, 'shape': (2L,)}\n";
        assert_eq!(floats(&file(1, header, &[1, 0])).unwrap(), [1.0, 0.0]);
    }

    #[test]
    fn parts_are_found_by_their_names() {
        let header = "{'descr': [('left', '<i4'), ('', '|V4'), ('café', '>f8'), ('w', '<f4', (2,))], \
                      'fortran_order': False, 'shape': (1,), }\n";
        let bytes = [&7i32.to_le_bytes()[..], &[9; 4], &0.5f64.to_be_bytes(), &[0; 8]].concat();
        let bytes = file(3, header, &bytes);
        let array = read(bytes.as_slice().into()).unwrap();
        assert_eq!(array.field_integers("left").unwrap(), [7]);
        assert_eq!(array.field_floats("café").unwrap(), [0.5]);
        array.field_floats("w").unwrap_err();
        assert!(array.field_floats("right").unwrap_err().to_string().contains("no field 'right'"));
        array.floats(&Objects::default()).unwrap_err();
        array.strings(&Objects::default(), &mut Budget::new(100)).unwrap_err();
    }

    #[test]
    fn bytes_of_its_own_are_not_copied() {
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}\n";
        let bytes = file(1, header, &2.5f64.to_le_bytes());
        assert_eq!(read(Cow::Owned(bytes.clone())).unwrap().floats(&Objects::default()).unwrap(), [2.5]);
        assert!(matches!(read(bytes.as_slice().into()).unwrap().data(), Data::Raw(Cow::Borrowed(_))));
    }

    #[test]
    fn headers_that_are_lies() {
        let good = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}";
        for length in 0..file(1, good, &[0; 8]).len() {
            read(file(1, good, &[0; 8])[..length].into()).unwrap_err();
        }
        for header in [
            "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1)}",
            "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}",
            "{'descr': '<f8', 'fortran_order': False}",
            "{'descr': '<f8', 'shape': (1,), 'shape': (1,)}",
            "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
            "{'descr': '<f9', 'fortran_order': False, 'shape': (1,)}",
            "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)} x",
            "{'descr': [('a', [('b', '<f8')])], 'fortran_order': False, 'shape': (1,)}",
            "{'descr': [(('t', 'a'), '<f8')], 'fortran_order': False, 'shape': (1,)}",
            "{'descr': [('a', 'V8', (9223372036854775807, 4))], 'fortran_order': False, 'shape': (1,)}",
            "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,)}",
            "__import__('os').system('true')",
            "{'descr': '<f8\\x00', 'fortran_order': False, 'shape': (1,)}",
            "",
        ] {
            read(file(1, header, &[0; 8]).into()).expect_err(header);
        }
        read(file(4, good, &[0; 8]).into()).unwrap_err();
        read(file(1, good, &[0; 9]).into()).unwrap_err();
        read(file(2, &" ".repeat(MAX_HEADER + 1), &[]).into()).unwrap_err();
    }
}
