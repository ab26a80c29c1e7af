//! Where the records of CSV begin and end.
//!
//! The crate `csv` reads whatever it is given; here a quote that is never closed costs one line,
//! not the rest of the file, and is told.

use memchr::{memchr, memchr2, memchr3, memrchr};

/// Bytes of a record with quotes at the most, so that one that is not closed is told soon.
const LONGEST: usize = 1 << 20;

/// Goes through the records of some bytes.
pub(super) struct Records<'b> {
    bytes: &'b [u8],
    delimiter: u8,
    at: usize,
    /// Lines before `at`.
    n_lines: u64,
    /// Lines with nothing on them.
    pub(super) n_blank: u64,
    has_quotes: bool,
    has_returns: bool,
}

/// One record, without the end of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record<'b> {
    pub(super) bytes: &'b [u8],
    /// Where it begins.
    pub(super) start: usize,
    /// Its first line, from 0.
    pub(super) line: u64,
    pub(super) quotes: Quotes,
}

/// What there is to know of a record's quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    None,
    Some,
    /// They are wrong, and this is how; the record is one line.
    Broken(&'static str),
}

/// What stands at some place.
enum Found {
    /// A record's end, and where the next begins.
    Record(usize, usize),
    Broken(&'static str),
    /// Its end is not among the bytes.
    Open,
}

impl<'b> Records<'b> {
    pub(super) fn new(bytes: &'b [u8], delimiter: u8) -> Self {
        Self {
            bytes,
            delimiter,
            at: 0,
            n_lines: 0,
            n_blank: 0,
            has_quotes: memchr(b'"', bytes).is_some(),
            has_returns: memchr(b'\r', bytes).is_some(),
        }
    }

    /// Lines gone through.
    pub(super) fn n_lines(&self) -> u64 {
        self.n_lines
    }

    /// Where the last whole record ends; 0 if there is none.
    pub(super) fn cut(mut self) -> usize {
        if !self.has_quotes && !self.has_returns {
            return memrchr(b'\n', self.bytes).map_or(0, |end| end + 1);
        }
        while self.step(false).is_some() {}
        self.at
    }

    /// Where the first record ends that has something in it; 0 if it is not whole.
    pub(super) fn first(mut self, is_at_end: bool) -> usize {
        if self.find(is_at_end).is_some() { self.at } else { 0 }
    }

    fn find(&mut self, is_at_end: bool) -> Option<Record<'b>> {
        loop {
            let record = self.step(is_at_end)?;
            if !record.bytes.is_empty() {
                return Some(record);
            }
            self.n_blank += 1;
        }
    }

    /// The next record, and be it an empty line; `None` if it is not whole.
    #[inline]
    fn step(&mut self, is_at_end: bool) -> Option<Record<'b>> {
        if self.at == self.bytes.len() {
            return None;
        }
        let start = self.at;
        let (bytes, line) = (self.bytes, self.n_lines);
        let record = |end: usize, quotes| Record { bytes: &bytes[start..end], start, line, quotes };
        let (found, next) = match self.line_end(start, is_at_end) {
            Some((end, next)) if !self.has_quotes || memchr(b'"', &self.bytes[start..end]).is_none() => {
                (record(end, Quotes::None), next)
            }
            None if !is_at_end && !self.has_quotes => return None,
            line => match (self.quoted(is_at_end), line) {
                (Found::Record(end, next), _) => (record(end, Quotes::Some), next),
                (Found::Broken(why), Some((end, next))) => (record(end, Quotes::Broken(why)), next),
                (Found::Broken(_) | Found::Open, _) => return None,
            },
        };
        self.n_lines += 1;
        if found.quotes == Quotes::Some {
            self.n_lines += n_line_ends(found.bytes);
        }
        self.at = next;
        Some(found)
    }

    /// Where the line that begins at `from` ends, and where the next one begins.
    #[inline]
    fn line_end(&self, from: usize, is_at_end: bool) -> Option<(usize, usize)> {
        let rest = &self.bytes[from..];
        let end = if self.has_returns { memchr2(b'\n', b'\r', rest) } else { memchr(b'\n', rest) };
        match end {
            Some(end) => self.after_line(from + end, is_at_end).map(|next| (from + end, next)),
            None => is_at_end.then_some((self.bytes.len(), self.bytes.len())),
        }
    }

    /// Where the next line begins, if one ends at `end`; `None` if that is not to be told yet.
    fn after_line(&self, end: usize, is_at_end: bool) -> Option<usize> {
        match (self.bytes[end], self.bytes.get(end + 1)) {
            (b'\r', Some(b'\n')) => Some(end + 2),
            (b'\r', None) if !is_at_end => None,
            _ => Some(end + 1),
        }
    }

    /// Follows the quotes of the record at `self.at`.
    fn quoted(&self, is_at_end: bool) -> Found {
        let bytes = &self.bytes[..self.bytes.len().min(self.at + LONGEST)];
        let is_cut = bytes.len() < self.bytes.len();
        let open = |why| if is_at_end || is_cut { Found::Broken(why) } else { Found::Open };
        let ends = |end: usize| match self.after_line(end, is_at_end) {
            Some(next) => Found::Record(end, next),
            None => Found::Open,
        };
        let mut at = self.at;
        loop {
            if bytes.get(at) != Some(&b'"') {
                let Some(end) = memchr3(self.delimiter, b'\n', b'\r', &bytes[at..]) else {
                    return match (is_at_end, is_cut) {
                        (true, false) => Found::Record(bytes.len(), bytes.len()),
                        _ => open("the record is longer than 1 MiB"),
                    };
                };
                if bytes[at + end] != self.delimiter {
                    return ends(at + end);
                }
                at += end + 1;
                continue;
            }
            at += 1;
            let after = loop {
                let Some(quote) = memchr(b'"', &bytes[at..]) else {
                    return open("a quote is opened and not closed");
                };
                at += quote + 1;
                match bytes.get(at) {
                    Some(b'"') => at += 1,
                    after => break after,
                }
            };
            match after {
                Some(b'\n' | b'\r') => return ends(at),
                Some(after) if *after == self.delimiter => at += 1,
                Some(_) => return Found::Broken("there is text behind a closing quote"),
                None if is_at_end && !is_cut => return Found::Record(at, at),
                None => return open("the record is longer than 1 MiB"),
            }
        }
    }
}

/// The records that have something in them; the bytes are all there are.
impl<'b> Iterator for Records<'b> {
    type Item = Record<'b>;

    #[inline]
    fn next(&mut self) -> Option<Record<'b>> {
        self.find(true)
    }
}

impl Record<'_> {
    /// Hands each field to `take`, with its number and without its quotes.
    pub(super) fn fields(&self, delimiter: u8, room: &mut Vec<u8>, mut take: impl FnMut(usize, &[u8])) {
        let (mut rest, mut index) = (self.bytes, 0);
        loop {
            let (field, left) = match (self.quotes, rest.first()) {
                (Quotes::Some, Some(b'"')) => unquoted(&rest[1..], room),
                _ => match memchr(delimiter, rest) {
                    Some(end) => (&rest[..end], &rest[end..]),
                    None => (rest, &rest[rest.len()..]),
                },
            };
            take(index, field);
            match left.split_first() {
                Some((_, left)) => rest = left,
                None => return,
            }
            index += 1;
        }
    }
}

/// The field whose opening quote stands before `bytes`, and what follows its closing one.
fn unquoted<'f, 'b: 'f>(bytes: &'b [u8], room: &'f mut Vec<u8>) -> (&'f [u8], &'b [u8]) {
    let close = |from: usize| memchr(b'"', &bytes[from..]).map_or(bytes.len(), |at| from + at);
    let mut end = close(0);
    if bytes.get(end + 1) != Some(&b'"') {
        return (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    }
    room.clear();
    let mut from = 0;
    while bytes.get(end + 1) == Some(&b'"') {
        room.extend_from_slice(&bytes[from..=end]);
        from = end + 2;
        end = close(from);
    }
    room.extend_from_slice(&bytes[from..end]);
    (room, bytes.get(end + 1..).unwrap_or_default())
}

fn n_line_ends(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The line of a record, and its fields, or what is wrong with it.
    type Read<F> = (u64, Result<Vec<F>, &'static str>);

    fn records(text: &[u8]) -> Vec<Read<Vec<u8>>> {
        let read = |record: Record<'_>| {
            let mut fields = Vec::new();
            record.fields(b',', &mut Vec::new(), |index, field| {
                assert_eq!(index, fields.len());
                fields.push(field.to_vec());
            });
            match record.quotes {
                Quotes::Broken(why) => (record.line, Err(why)),
                _ => (record.line, Ok(fields)),
            }
        };
        Records::new(text, b',').map(read).collect()
    }

    fn texts(text: &str) -> Vec<Read<String>> {
        let owned = |fields: Vec<Vec<u8>>| {
            fields.into_iter().map(|field| String::from_utf8(field).unwrap()).collect()
        };
        records(text.as_bytes()).into_iter().map(|(line, fields)| (line, fields.map(owned))).collect()
    }

    #[test]
    fn lines_end_in_any_way_and_quotes_hold_ends() {
        let found = texts("a,b\r\n1,2\n\n\"x\ny\",\"say \"\"hi\"\"\"\r3,\n,5");
        let expected: [(u64, &[&str]); 5] = [
            (0, &["a", "b"]),
            (1, &["1", "2"]),
            (3, &["x\ny", "say \"hi\""]),
            (5, &["3", ""]),
            (6, &["", "5"]),
        ];
        assert_eq!(found.len(), expected.len());
        for ((line, fields), expected) in found.into_iter().zip(expected) {
            assert_eq!(
                (line, fields.unwrap()),
                (expected.0, expected.1.iter().map(|s| (*s).to_owned()).collect())
            );
        }
    }

    #[test]
    fn a_broken_quote_costs_one_line() {
        let found = texts("1,\"a\n2,\"b\"\n3,\"c\"d\n4,5\" tall\n5,\"open\n6,e\n");
        let broken: Vec<_> =
            found.iter().map(|(line, fields)| (*line, fields.as_ref().err().copied())).collect();
        let behind = Some("there is text behind a closing quote");
        let open = Some("a quote is opened and not closed");
        assert_eq!(broken, [(0, behind), (1, None), (2, behind), (3, None), (4, open), (5, None)]);
        assert_eq!(found[3].1.as_ref().unwrap()[1], "5\" tall");
    }

    #[test]
    fn a_quote_is_waited_for_no_longer_than_a_mebibyte() {
        let text = [b"1,\"a\n".to_vec(), b"2,b\n".repeat(LONGEST / 4), b"3,\"c\"\n".to_vec()].concat();
        let cut = Records::new(&text, b',').cut();
        assert_eq!(cut, text.len());
        let first = Records::new(&text, b',').next().unwrap();
        assert_eq!(first.quotes, Quotes::Broken("a quote is opened and not closed"));
        assert_eq!(first.bytes, b"1,\"a");
    }

    #[test]
    fn cuts_fall_between_records() {
        let cut = |text: &str| Records::new(text.as_bytes(), b',').cut();
        assert_eq!(cut("a,b\nc"), 4);
        assert_eq!(cut("a,\"b\n"), 0);
        assert_eq!(cut("1\n\"b\n"), 2);
        assert_eq!(cut("1\n\"b\"\n"), 6);
        assert_eq!(cut("1\r"), 0);
        assert_eq!(cut("1\r2\r"), 2);
        assert_eq!(cut("\"1\"\r"), 0);
        assert_eq!(cut("no end"), 0);
        assert_eq!(Records::new(b"\n\na,b\n1", b',').first(false), 6);
        assert_eq!(Records::new(b"a,b", b',').first(false), 0);
        assert_eq!(Records::new(b"a,b", b',').first(true), 3);
    }

    /// Text of which every third character has a meaning.
    fn any_text() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(proptest::sample::select(b"ab,,\"\"\n\n\r1".to_vec()), 0..60)
    }

    proptest! {
        /// What is sound is read as the crate `csv` reads it.
        #[test]
        fn sound_records_are_those_of_the_crate_csv(text in any_text()) {
            let ours = records(&text);
            prop_assume!(ours.iter().all(|(_, fields)| fields.is_ok()));
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&*text);
            let theirs: Vec<Vec<Vec<u8>>> = reader
                .byte_records()
                .map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect())
                .collect();
            let ours: Vec<Vec<Vec<u8>>> = ours.into_iter().filter_map(|(_, fields)| fields.ok()).collect();
            prop_assert_eq!(ours, theirs);
        }

        /// However the text is cut, the records are the same, and none is lost.
        #[test]
        fn cuts_change_nothing(text in any_text(), first in 1usize..60) {
            let whole = records(&text);
            let (mut parts, mut at, mut seen) = (Vec::new(), 0, first.min(text.len()));
            let mut n_lines = 0;
            while at < text.len() {
                let is_at_end = seen == text.len();
                let n = if is_at_end { seen - at } else { Records::new(&text[at..seen], b',').cut() };
                if n == 0 {
                    seen += 1;
                    continue;
                }
                let mut part = Records::new(&text[at..at + n], b',');
                for record in part.by_ref() {
                    parts.push((n_lines + record.line, record.bytes.to_vec()));
                }
                n_lines += part.n_lines();
                at += n;
                seen = (seen + first).min(text.len());
            }
            prop_assert_eq!(parts.len(), whole.len());
            let lines: Vec<u64> = parts.iter().map(|(line, _)| *line).collect();
            prop_assert_eq!(lines, whole.iter().map(|(line, _)| *line).collect::<Vec<_>>());
        }

        #[test]
        fn no_bytes_make_it_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let n_bytes: usize = Records::new(&text, b',').map(|record| record.bytes.len()).sum();
            prop_assert!(n_bytes <= text.len());
            records(&text);
        }
    }
}
