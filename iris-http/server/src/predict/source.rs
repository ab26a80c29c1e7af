//! Where rows come from: a file or standard input, with its beginning looked at.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::AsFd;
use std::path::Path;

use crate::cli::Format;

/// Enough of a file to tell what it is, and to hold the header of most.
const HEAD: usize = 64 << 10;

/// An open input.
pub(super) struct Source {
    /// For messages.
    pub(super) name: String,
    pub(super) file: File,
    /// Its first bytes, which are read already.
    pub(super) head: Vec<u8>,
    /// Its length, if it is a file, which can also be read from its end.
    pub(super) len: Option<u64>,
}

impl Source {
    /// Opens the path, or standard input for `-`, and reads the beginning.
    ///
    /// # Errors
    ///
    /// A sentence with the name of the file.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let is_standard = path.as_os_str() == "-";
        let name = if is_standard { "standard input".to_owned() } else { path.display().to_string() };
        let unreadable = |error: io::Error| format!("cannot read {name}: {error}");
        let mut file = if is_standard {
            File::from(io::stdin().as_fd().try_clone_to_owned().map_err(unreadable)?)
        } else {
            File::open(path).map_err(unreadable)?
        };
        let metadata = file.metadata().map_err(unreadable)?;
        let len = metadata.is_file().then_some(metadata.len());
        let mut head = Vec::new();
        file.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(unreadable)?;
        Ok(Self { name, file, head, len })
    }

    /// The format: what the first bytes leave no doubt of, else what the file's ending says.
    ///
    /// # Errors
    ///
    /// A sentence that names what is no table, or written in another encoding.
    pub(super) fn format(&self, path: &Path) -> Result<Format, String> {
        let by_ending = ending(path).map(|(format, _)| format);
        let head = without_bom(&self.head);
        match head {
            [b'P', b'A', b'R', b'1', ..] => return Ok(Format::Parquet),
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] | [0xff, 0xff, 0xff, 0xff, ..] => {
                return Ok(Format::Arrow);
            }
            _ => {}
        }
        match (head.trim_ascii_start().first(), by_ending) {
            (_, Some(format @ (Format::Parquet | Format::Arrow))) => {
                Err(format!("{} does not begin as {format:?} does", self.name))
            }
            (Some(b'{'), None) => Ok(Format::Jsonl),
            (_, known) => Ok(known.unwrap_or(Format::Csv)),
        }
    }

    /// Refuses what is no text of UTF-8, by the name of what it seems to be.
    ///
    /// # Errors
    ///
    /// A sentence that says so, and what to do.
    pub(super) fn check_text(&self) -> Result<(), String> {
        let utf_16 = |order: &str| {
            format!("UTF-16, {order} byte first; iconv -f UTF-16 -t UTF-8 makes text of it that is read")
        };
        let is_zero = |index: usize| self.head.get(index) == Some(&0);
        let found = match self.head.as_slice() {
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
                "UTF-32; iconv -f UTF-32 -t UTF-8 makes text of it that is read".to_owned()
            }
            [0xff, 0xfe, ..] => utf_16("the lower"),
            [0xfe, 0xff, ..] => utf_16("the higher"),
            _ if is_zero(1) && is_zero(3) && !is_zero(0) => utf_16("the lower"),
            _ if is_zero(0) && is_zero(2) && !is_zero(1) => utf_16("the higher"),
            [0x1f, 0x8b, ..] => {
                "compressed by gzip; gzip -dc makes text of it, for standard input".to_owned()
            }
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                "compressed by zstd; zstd -dc makes text of it, for standard input".to_owned()
            }
            [b'P', b'K', 3, 4, ..] => "a zip archive, such as a workbook of Excel".to_owned(),
            head if memchr::memchr(0, head).is_some() => "binary data, no text".to_owned(),
            _ => return Ok(()),
        };
        Err(format!("{} is {found}", self.name))
    }

    /// The whole input as text, without the mark that some programs begin with.
    pub(super) fn into_text(self) -> impl Read + Send {
        let n_marked = self.head.len() - without_bom(&self.head).len();
        let mut head = io::Cursor::new(self.head);
        head.set_position(n_marked as u64);
        head.chain(self.file)
    }

    /// The file from its beginning, if it can be read from anywhere.
    ///
    /// # Errors
    ///
    /// A sentence that says what stands in the way.
    pub(super) fn into_file(self) -> Result<File, String> {
        if self.len.is_none() {
            return Err(format!(
                "{} is no file that could be read from its end, as its format asks for; give a file",
                self.name
            ));
        }
        let mut file = self.file;
        file.rewind().map_err(|error| format!("cannot read {}: {error}", self.name))?;
        Ok(file)
    }
}

/// What a file's name says of its format, and of what stands between fields.
pub(super) fn ending(path: &Path) -> Option<(Format, u8)> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match ending.as_str() {
        "csv" => (Format::Csv, b','),
        "tsv" | "tab" => (Format::Csv, b'\t'),
        "jsonl" | "ndjson" => (Format::Jsonl, b','),
        "parquet" | "pq" => (Format::Parquet, b','),
        "arrow" | "arrows" | "ipc" | "feather" => (Format::Arrow, b','),
        _ => return None,
    })
}

fn without_bom(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(head: &[u8]) -> Source {
        let file = File::open("/dev/null").unwrap();
        Source { name: "rows".to_owned(), file, head: head.to_vec(), len: None }
    }

    #[test]
    fn a_format_is_told_by_content_then_by_ending() {
        let format = |head: &[u8], path: &str| source(head).format(Path::new(path));
        assert_eq!(format(b"PAR1....", "a.csv"), Ok(Format::Parquet));
        assert_eq!(format(b"ARROW1\0\0", "-"), Ok(Format::Arrow));
        assert_eq!(format(b"\xff\xff\xff\xff\x10", "-"), Ok(Format::Arrow));
        assert_eq!(format(b"\xef\xbb\xbf {\"a\":1}", "-"), Ok(Format::Jsonl));
        assert_eq!(format(b"[1,2]\n", "a.ndjson"), Ok(Format::Jsonl));
        assert_eq!(format(b"{a},b\n", "a.CSV"), Ok(Format::Csv));
        assert_eq!(format(b"a,b\n", "a"), Ok(Format::Csv));
        assert!(format(b"a,b\n", "a.parquet").unwrap_err().contains("does not begin as Parquet"));
    }

    #[test]
    fn what_is_no_text_is_called_by_its_name() {
        for (head, named) in [
            (&b"\xff\xfea\0,\0"[..], "UTF-16, the lower byte first"),
            (b"\xfe\xff\0a\0,", "UTF-16, the higher byte first"),
            (b"a\0,\0b\0", "UTF-16, the lower"),
            (b"\0a\0,\0b", "UTF-16, the higher"),
            (b"\xff\xfe\0\0a\0\0\0", "UTF-32"),
            (b"\x1f\x8b\x08", "gzip -dc"),
            (b"\x28\xb5\x2f\xfd", "zstd -dc"),
            (b"PK\x03\x04", "zip archive"),
            (b"a,b\n1,\0\n", "binary data"),
        ] {
            let refused = source(head).check_text().unwrap_err();
            assert!(refused.contains(named), "{refused}");
        }
        assert_eq!(source(b"\xef\xbb\xbfa,b\n").check_text(), Ok(()));
        assert_eq!(source(b"").check_text(), Ok(()));
    }

    #[test]
    fn the_mark_is_no_part_of_the_text() {
        let mut text = String::new();
        source(b"\xef\xbb\xbfa,b\n").into_text().read_to_string(&mut text).unwrap();
        assert_eq!(text, "a,b\n");
    }
}
