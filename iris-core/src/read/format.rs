//! What a file is, by its content: names of files lie too often.

use crate::error::{Error, ErrorKind};

/// What the first bytes of a file look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Also whatever nothing else here looks like: the format has no mark of its own.
    Onnx,
    Empty,
    /// A stand-in that Git leaves where a large file was not fetched.
    GitLfsPointer,
    Html,
    Pickle,
    Gzip,
    Zlib,
    Bzip2,
    Xz,
    Lzma,
    Lz4,
    Zstandard,
    Zip,
    Tar,
    Json,
    UbJson,
    LightGbm,
    CatBoost,
    XgBoostBinary,
    Hdf5,
    Numpy,
    Parquet,
    Text,
}

/// What begins with what.
const MAGIC: [(&[u8], Format); 20] = [
    (b"version https://git-lfs", Format::GitLfsPointer),
    (b"\x1f\x8b", Format::Gzip),
    (b"BZh", Format::Bzip2),
    (b"\xfd7zXZ\x00", Format::Xz),
    (b"\x5d\x00\x00", Format::Lzma),
    (b"\x04\x22\x4d\x18", Format::Lz4),
    (b"\x28\xb5\x2f\xfd", Format::Zstandard),
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"tree\nversion=", Format::LightGbm),
    (b"tree\r\nversion=", Format::LightGbm),
    (b"CBM1", Format::CatBoost),
    (b"binf", Format::XgBoostBinary),
    (b"\x89HDF", Format::Hdf5),
    (b"\x93NUMPY", Format::Numpy),
    (b"PAR1", Format::Parquet),
    (b"{L", Format::UbJson),
    (b"{i", Format::UbJson),
    (b"{U", Format::UbJson),
    (b"{#", Format::UbJson),
];

/// What may be read, each with whether this build does.
const READ: [(bool, &str); 4] = [
    (cfg!(feature = "onnx"), "an ONNX file"),
    (cfg!(feature = "pickle"), "a pickle, as joblib and pickle write it"),
    (cfg!(feature = "skops"), "a file of skops'"),
    (cfg!(feature = "boosters"), "a model of XGBoost's, LightGBM's or CatBoost's own"),
];

/// The headers of zlib's streams: what joblib compresses with.
const ZLIB: [&[u8]; 4] = [b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"];

impl Format {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let starts_with = |magic: &[u8]| bytes.starts_with(magic);
        if bytes.is_empty() {
            return Self::Empty;
        }
        if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| starts_with(magic)) {
            return *format;
        }
        if ZLIB.into_iter().any(starts_with) {
            return Self::Zlib;
        }
        if bytes.get(257..262) == Some(b"ustar") {
            return Self::Tar;
        }
        #[cfg(feature = "boosters")]
        if super::xgboost::is_binary(bytes) {
            return Self::XgBoostBinary;
        }
        // Protocols 2 to 5 say so; those before have no mark, but all end in a full stop.
        if matches!(bytes, [0x80, 2..=5, ..]) || is_unmarked_pickle(bytes) {
            return Self::Pickle;
        }
        Self::of_text(bytes)
    }

    /// What it is called in a word or two.
    #[cfg(feature = "inspect")]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Onnx => "ONNX",
            Self::Empty => "empty",
            Self::GitLfsPointer => "pointer of Git LFS",
            Self::Html => "HTML",
            Self::Pickle => "pickle",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lzma => "lzma",
            Self::Lz4 => "lz4",
            Self::Zstandard => "zstd",
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Json => "JSON",
            Self::UbJson => "UBJSON",
            Self::LightGbm => "LightGBM",
            Self::CatBoost => "CatBoost",
            Self::XgBoostBinary => "XGBoost's old binary format",
            Self::Hdf5 => "HDF5",
            Self::Numpy => "numpy",
            Self::Parquet => "Parquet",
            Self::Text => "text",
        }
    }

    fn of_text(bytes: &[u8]) -> Self {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        let front = text[..text.len().min(15)].to_ascii_lowercase();
        if [&b"<!doctype html"[..], b"<html", b"<?xml"].into_iter().any(|tag| front.starts_with(tag)) {
            return Self::Html;
        }
        if is_json(&front) {
            return Self::Json;
        }
        // A model in protobuf has bytes that no text has, and soon.
        let head = &bytes[..bytes.len().min(512)];
        let is_text = head.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e));
        match is_text {
            true if bytes.ends_with(b".") && bytes.contains(&b'\n') => Self::Pickle,
            true => Self::Text,
            false => Self::Onnx,
        }
    }

    /// Whether joblib compresses so.
    #[cfg(feature = "pickle")]
    pub(super) fn is_compressed(self) -> bool {
        let is_extra = matches!(self, Self::Bzip2 | Self::Xz | Self::Lzma | Self::Lz4);
        matches!(self, Self::Gzip | Self::Zlib) || (is_extra && cfg!(feature = "compression"))
    }

    /// Why a file of this format is not read, and what would be.
    #[cold]
    pub(super) fn refusal(self) -> Error {
        let (kind, what) = match self {
            Self::Onnx => (
                ErrorKind::UnsupportedModel,
                "an ONNX file, perhaps, for which the feature `onnx` is switched off",
            ),
            Self::Empty => (ErrorKind::MalformedModel, "empty"),
            Self::GitLfsPointer => (
                ErrorKind::MalformedModel,
                "a pointer of Git LFS and not the model itself; `git lfs pull` fetches that",
            ),
            Self::Html => (
                ErrorKind::MalformedModel,
                "a page of HTML or XML, as a download leaves that led to an error or a login",
            ),
            Self::Text => (ErrorKind::MalformedModel, "plain text"),
            Self::Numpy => (ErrorKind::MalformedModel, "an array of numpy's"),
            Self::Parquet => (ErrorKind::MalformedModel, "a table in Parquet"),
            Self::Pickle => {
                (ErrorKind::UnsupportedModel, "a pickle, for which the feature `pickle` is switched off")
            }
            Self::Gzip => (ErrorKind::UnsupportedModel, "compressed with gzip"),
            Self::Zlib => (ErrorKind::UnsupportedModel, "compressed with zlib, as joblib compresses"),
            Self::Bzip2 => (ErrorKind::UnsupportedModel, "compressed with bzip2"),
            Self::Xz => (ErrorKind::UnsupportedModel, "compressed with xz"),
            Self::Lzma => (ErrorKind::UnsupportedModel, "compressed with lzma"),
            Self::Lz4 => (ErrorKind::UnsupportedModel, "compressed with lz4"),
            Self::Zstandard => (ErrorKind::UnsupportedModel, "compressed with zstd"),
            Self::Zip => (ErrorKind::UnsupportedModel, "a zip archive, as skops and torch write it"),
            Self::Tar => (ErrorKind::UnsupportedModel, "a tar archive"),
            Self::Json => (ErrorKind::UnsupportedModel, "JSON, as XGBoost and CatBoost write it"),
            Self::UbJson => (ErrorKind::UnsupportedModel, "UBJSON, as XGBoost writes it"),
            Self::LightGbm => (
                ErrorKind::UnsupportedModel,
                "a model of LightGBM's, for which the feature `boosters` is switched off",
            ),
            Self::CatBoost => (ErrorKind::UnsupportedModel, "a model of CatBoost's"),
            Self::XgBoostBinary => (ErrorKind::UnsupportedModel, "a model in XGBoost's old binary format"),
            Self::Hdf5 => (ErrorKind::UnsupportedModel, "an HDF5 file, as Keras writes it"),
        };
        Error::new(kind, format!("the file is {what}; expected {}", expected()))
    }
}

/// What this build reads.
fn expected() -> String {
    let read: Vec<&str> = READ.iter().filter(|(is_read, _)| *is_read).map(|(_, what)| *what).collect();
    match read.as_slice() {
        [] => "nothing, as no format is switched on".to_owned(),
        [one] => (*one).to_owned(),
        [front @ .., last] => format!("{} or {last}", front.join(", ")),
    }
}

/// Whether it is a pickle of protocol 1, which begins with the name of a class
/// or with an empty container. No model in protobuf begins with these bytes.
fn is_unmarked_pickle(bytes: &[u8]) -> bool {
    let Some((b'.', front)) = bytes.split_last() else { return false };
    match front {
        [b'c', name @ ..] => {
            let module = name.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
            module.len() < name.len() && !module.is_empty() && module.iter().all(is_name)
        }
        [b'}' | b']', b'q', ..] => true,
        _ => false,
    }
}

/// Whether an object or a list of JSON begins here.
fn is_json(front: &[u8]) -> bool {
    let Some((open, rest)) = front.split_first() else { return false };
    let next = rest.trim_ascii_start().first();
    match open {
        b'{' => matches!(next, Some(b'"' | b'}')),
        b'[' => matches!(next, Some(b'{' | b'[' | b']' | b'"' | b'-' | b'0'..=b'9')),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_their_content() {
        let mut tar = vec![b'm'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        let cases: [(&[u8], Format); 19] = [
            (b"[package]\nname = 'x'\n", Format::Text),
            (b"", Format::Empty),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", Format::GitLfsPointer),
            (b"\n <!DOCTYPE html><html>", Format::Html),
            (b"<?xml version='1.0'?><Error/>", Format::Html),
            (b"\x80\x04\x95\x10", Format::Pickle),
            (b"csklearn.svm\nSVC\nq\x00.", Format::Pickle),
            (b"csklearn.svm\nSVC\np0\n.", Format::Pickle),
            (b"\x1f\x8b\x08", Format::Gzip),
            (b"\x78\x9c\x01", Format::Zlib),
            (b"PK\x03\x04\x14", Format::Zip),
            (&tar, Format::Tar),
            (b"{\"learner\": {}}", Format::Json),
            (b"\xef\xbb\xbf [1]", Format::Json),
            (b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner", Format::UbJson),
            (b"tree\nversion=v4\n", Format::LightGbm),
            (b"sepal_length,sepal_width\n", Format::Text),
            (b"\x08\x0a\x12\x08skl2onnx", Format::Onnx),
            (b"\x93NUMPY\x01", Format::Numpy),
        ];
        for (bytes, format) in cases {
            assert_eq!(Format::of(bytes), format, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn every_refusal_says_what_it_looks_like_and_what_is_read() {
        for (_, format) in MAGIC {
            let message = format.refusal().to_string();
            assert!(message.starts_with("the file is ") && message.ends_with(&expected()), "{message}");
        }
    }
}
