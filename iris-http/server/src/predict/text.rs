//! Text in blocks of whole records, however long the file is.

use std::io::{self, Read};

/// Bytes of a block, where no record is longer.
pub(super) const BLOCK: usize = 1 << 20;

/// Bytes of a record at the most.
const LONGEST: usize = 16 << 20;

/// Finds where the last whole record of some bytes ends, which are the last ones if the flag is
/// set; 0 if there is none.
pub(super) type Cut = Box<dyn FnMut(&[u8], bool) -> usize + Send>;

/// The blocks of a text.
pub(super) struct Blocks {
    reader: Box<dyn Read + Send>,
    cut: Cut,
    /// Read, and not yet in a block.
    rest: Vec<u8>,
    is_at_end: bool,
    /// Bytes that have been handed out.
    pub(super) position: u64,
}

impl Blocks {
    pub(super) fn new(reader: impl Read + Send + 'static, cut: Cut) -> Self {
        Self { reader: Box::new(reader), cut, rest: Vec::new(), is_at_end: false, position: 0 }
    }

    /// The first line, with its end, which is in no block then; empty where there is none.
    ///
    /// # Errors
    ///
    /// What reading says.
    pub(super) fn first_record(&mut self, mut end: impl FnMut(&[u8], bool) -> usize) -> io::Result<Vec<u8>> {
        let mut bytes = std::mem::take(&mut self.rest);
        let mut wanted = BLOCK;
        loop {
            let n_used = end(&bytes, self.is_at_end);
            if n_used > 0 || self.is_at_end {
                self.rest = bytes.split_off(n_used);
                self.position += n_used as u64;
                return Ok(bytes);
            }
            if bytes.len() >= LONGEST {
                return Err(too_long());
            }
            self.fill(&mut bytes, wanted)?;
            wanted *= 2;
        }
    }

    /// Fills `block` with the next whole records; `false` if there are no more.
    ///
    /// # Errors
    ///
    /// What reading says, and that a record is too long.
    pub(super) fn next(&mut self, block: &mut Vec<u8>) -> io::Result<bool> {
        block.clear();
        block.append(&mut self.rest);
        let mut wanted = BLOCK;
        loop {
            self.fill(block, wanted)?;
            let n_whole = if self.is_at_end { block.len() } else { (self.cut)(block, false) };
            if n_whole > 0 || self.is_at_end {
                self.rest.extend_from_slice(&block[n_whole..]);
                block.truncate(n_whole);
                self.position += n_whole as u64;
                return Ok(n_whole > 0);
            }
            if wanted >= LONGEST {
                return Err(too_long());
            }
            wanted *= 2;
        }
    }

    /// Reads until there are so many bytes, or no more.
    fn fill(&mut self, bytes: &mut Vec<u8>, wanted: usize) -> io::Result<()> {
        let missing = wanted.saturating_sub(bytes.len());
        if missing > 0 && !self.is_at_end {
            let n_read = self.reader.by_ref().take(missing as u64).read_to_end(bytes)?;
            self.is_at_end = n_read < missing;
        }
        Ok(())
    }
}

fn too_long() -> io::Error {
    io::Error::other("a line is longer than 16 MiB; are there line ends?")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: Vec<u8>) -> Blocks {
        let cut = |bytes: &[u8], _| memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        Blocks::new(io::Cursor::new(text), Box::new(cut))
    }

    #[test]
    fn blocks_are_whole_lines_and_together_the_text() {
        let text: Vec<u8> = (0..400_000).flat_map(|n| format!("{n}\n").into_bytes()).chain(*b"end").collect();
        let mut blocks = lines(text.clone());
        let head = blocks.first_record(|bytes, _| memchr::memchr(b'\n', bytes).map_or(0, |end| end + 1));
        let (mut together, mut block, mut n) = (head.unwrap(), Vec::new(), 0);
        assert_eq!(together, b"0\n");
        while blocks.next(&mut block).unwrap() {
            assert!(block.len() <= BLOCK && (block.ends_with(b"\n") || block.ends_with(b"end")));
            together.extend_from_slice(&block);
            n += 1;
        }
        assert!(n > 2 && together == text);
        assert_eq!(blocks.position, text.len() as u64);
    }

    #[test]
    fn a_line_may_be_longer_than_a_block_but_not_without_end() {
        let mut block = Vec::new();
        let mut blocks = lines([vec![b'a'; 3 * BLOCK], b"\nb\n".to_vec()].concat());
        assert!(blocks.next(&mut block).unwrap() && block.len() == 3 * BLOCK + 3);
        assert!(!blocks.next(&mut block).unwrap());
        let error = lines(vec![b'a'; LONGEST + 1]).next(&mut block).unwrap_err();
        assert!(error.to_string().contains("16 MiB"));
    }
}
