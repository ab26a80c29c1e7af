//! Compressed bytes as they were before, for a bounded amount of work.

use std::io::{self, BufRead, Read};

use flate2::bufread::{GzDecoder, ZlibDecoder};

/// How bytes were compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    /// One gzip member or several, read as one (RFC 1952).
    Gzip,
    /// A zlib stream (RFC 1950), which is called `deflate` where it has to have a name.
    Zlib,
}

/// Why compressed bytes are not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InflateError {
    /// More would come out than is taken.
    #[error("more than {limit} bytes come out")]
    TooLarge {
        /// Bytes that are taken.
        limit: usize,
    },
    /// Much more goes in than comes out.
    #[error("{read} bytes give no more than {given}")]
    Empty {
        /// Bytes read.
        read: usize,
        /// Bytes that they gave.
        given: usize,
    },
    /// The bytes end early, or are nothing of the kind.
    #[error("{0}")]
    Malformed(#[from] io::Error),
    /// The bytes go on behind their end.
    #[error("{0} bytes follow the end")]
    Trailing(usize),
}

/// By how much what goes in may exceed what has come out. Honest compressors add
/// a few bytes in thousands; blocks that hold nothing cost 20 times as much work
/// a byte as data does, so a limit of what comes out alone limits no work.
const EXCESS: usize = 64 << 10;

/// What is asked of a decoder at a time.
const CHUNK: usize = 16 << 10;

/// The bytes as they were, at most `limit` of them.
///
/// # Errors
///
/// See [`InflateError`]; what had come out by then is lost.
pub(crate) fn inflate(compression: Compression, bytes: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
    let mut given = Vec::new();
    let mut rest = Rationed { bytes, read: 0, ration: 0 };
    loop {
        // A decoder reads the head of its stream when it is made.
        rest.ration = given.len() + EXCESS;
        rest = match compression {
            Compression::Gzip => drain(GzDecoder::new(rest), GzDecoder::get_mut, &mut given, limit)?,
            Compression::Zlib => drain(ZlibDecoder::new(rest), ZlibDecoder::get_mut, &mut given, limit)?,
        };
        match rest.bytes {
            [] => return Ok(given),
            [0x1F, 0x8B, ..] if compression == Compression::Gzip => {}
            more => return Err(InflateError::Trailing(more.len())),
        }
    }
}

/// Reads one stream to its end; what follows it is left in the input.
fn drain<'b, D: Read>(
    mut decoder: D,
    input: fn(&mut D) -> &mut Rationed<'b>,
    given: &mut Vec<u8>,
    limit: usize,
) -> Result<Rationed<'b>, InflateError> {
    loop {
        let start = given.len();
        input(&mut decoder).ration = start + EXCESS;
        given.resize(start + CHUNK, 0);
        let came = decoder.read(&mut given[start..]);
        given.truncate(start + came.as_ref().map_or(0, |came| *came));
        let input = input(&mut decoder);
        match came {
            _ if given.len() > limit => return Err(InflateError::TooLarge { limit }),
            Ok(0) => return Ok(input.clone()),
            Ok(_) => {}
            Err(_) if input.is_used_up() => {
                return Err(InflateError::Empty { read: input.read, given: start });
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Bytes of which no more can be read than the ration.
#[derive(Debug, Clone)]
struct Rationed<'b> {
    bytes: &'b [u8],
    read: usize,
    ration: usize,
}

impl Rationed<'_> {
    fn is_used_up(&self) -> bool {
        self.read >= self.ration && !self.bytes.is_empty()
    }
}

impl BufRead for Rationed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.is_used_up() {
            return Err(io::Error::other("the ration is used up"));
        }
        let left = self.bytes.len().min(self.ration - self.read);
        Ok(&self.bytes[..left])
    }

    fn consume(&mut self, n: usize) {
        self.bytes = &self.bytes[n..];
        self.read += n;
    }
}

impl Read for Rationed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::{GzEncoder, ZlibEncoder};
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Bytes that no compressor makes shorter.
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1u64;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56).to_le_bytes()[0]
        };
        (0..len).map(next).collect()
    }

    #[test]
    fn sizes_at_the_limit_and_around_a_chunk() {
        for len in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK, 1 << 20] {
            for bytes in [vec![7; len], noise(len)] {
                for (compression, packed) in
                    [(Compression::Gzip, gzip(&bytes)), (Compression::Zlib, zlib(&bytes))]
                {
                    assert!(inflate(compression, &packed, len).unwrap() == bytes, "{compression:?} {len}");
                    let Some(limit) = len.checked_sub(1) else { continue };
                    let error = inflate(compression, &packed, limit).unwrap_err();
                    assert!(matches!(error, InflateError::TooLarge { limit: said } if said == limit));
                }
            }
        }
    }

    #[test]
    fn members_are_one_and_nothing_may_follow() {
        let members = [gzip(b"one "), gzip(b""), gzip(b"whole")].concat();
        assert_eq!(inflate(Compression::Gzip, &members, 9).unwrap(), b"one whole");
        assert!(matches!(inflate(Compression::Gzip, &members, 8), Err(InflateError::TooLarge { .. })));
        for (compression, packed) in [
            (Compression::Gzip, [&members[..], b"more"].concat()),
            (Compression::Zlib, [&zlib(b"one")[..], b"more"].concat()),
        ] {
            assert!(matches!(inflate(compression, &packed, 99), Err(InflateError::Trailing(4))));
        }
        assert!(matches!(
            inflate(Compression::Zlib, &[zlib(b"one"), zlib(b"two")].concat(), 99),
            Err(InflateError::Trailing(11))
        ));
        let cut = &members[..members.len() - 1];
        assert!(matches!(inflate(Compression::Gzip, cut, 99), Err(InflateError::Malformed(_))));
    }

    /// Two megabytes that hold nothing: in members, and in blocks of one.
    #[test]
    fn much_of_nothing_is_not_read_to_its_end() {
        let members = gzip(b"").repeat(100_000);
        // 4 of these are 5 bytes: a block of fixed codes and its end, 10 bits.
        let blocks = [&[0x78, 0x9C][..], &[0x02, 0x08, 0x20, 0x80, 0x00].repeat(400_000)].concat();
        for (compression, packed) in [(Compression::Gzip, members), (Compression::Zlib, blocks)] {
            let error = inflate(compression, &packed, 4 << 20).unwrap_err();
            let InflateError::Empty { read, given: 0 } = error else { panic!("{compression:?}: {error}") };
            assert_eq!(read, EXCESS);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_packed_comes_out(parts in vec(vec(any::<u8>(), 0..300), 1..5)) {
            let (whole, len) = (parts.concat(), parts.concat().len());
            let members: Vec<u8> = parts.iter().flat_map(|part| gzip(part)).collect();
            prop_assert_eq!(&inflate(Compression::Gzip, &members, len).unwrap(), &whole);
            prop_assert_eq!(&inflate(Compression::Zlib, &zlib(&whole), len).unwrap(), &whole);
        }

        #[test]
        fn any_bytes_come_out_or_not_but_no_more_than_the_limit(bytes in vec(any::<u8>(), 0..300)) {
            for (compression, head) in [(Compression::Gzip, &gzip(b"")[..10]), (Compression::Zlib, &[0x78, 0x9C])] {
                for bytes in [bytes.clone(), [head, &bytes].concat()] {
                    prop_assert!(inflate(compression, &bytes, 50).map_or(0, |given| given.len()) <= 50);
                }
            }
        }
    }
}
