//! skops' files that came to harm, or were made to do some.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use iris_core::{Error, ErrorKind, Predictor, Reader};
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};

use super::hostile::try_all;
use crate::cases;

/// An archive of these files, stored or compressed.
pub(super) fn zip(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (name, content) in files {
        let (mut entry, config) = archive.new_file(*name).compression_method(method).start().unwrap();
        let descriptor = if method == CompressionMethod::DEFLATE {
            let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::best()));
            writer.write_all(content).unwrap();
            let (encoder, descriptor) = writer.finish().unwrap();
            encoder.finish().unwrap();
            descriptor
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(content).unwrap();
            writer.finish().unwrap().1
        };
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    bytes
}

fn stored(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip(files, CompressionMethod::STORE)
}

/// A file whose only node is this one, without its braces.
fn schema(node: &str) -> Vec<u8> {
    stored(&[("schema.json", format!("{{{node}, \"protocol\": 2}}").as_bytes())])
}

fn refused(bytes: &[u8]) -> Error {
    Predictor::read(bytes).expect_err("no model")
}

/// The files of one that skops wrote.
fn files(name: &str) -> Vec<(String, Vec<u8>)> {
    let bytes = cases::model_in("formats", name);
    let archive = ZipArchive::from_slice(&bytes).unwrap();
    let file = |entry: rawzip::ZipFileHeaderRecord<'_>| {
        let mut content = Vec::new();
        archive.get_entry(entry.wayfinder()).unwrap().data().read_to_end(&mut content).unwrap();
        (String::from_utf8(entry.file_path().as_bytes().to_vec()).unwrap(), content)
    };
    archive.entries().map(|entry| file(entry.unwrap())).collect()
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let bytes = cases::model_in("formats", "logisticregression.deflated.skops");
    for length in 0..bytes.len() {
        assert!(!try_all(&bytes[..length]), "cut to {length} bytes it is a model");
    }
    assert!(try_all(&bytes));
    refused(&[&bytes[..], b"x"].concat());
}

#[test]
fn a_byte_changed_anywhere_is_survived() {
    let bytes = cases::model_in("formats", "logisticregression.deflated.skops");
    for index in 0..bytes.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut bytes = bytes.clone();
            bytes[index] ^= change;
            try_all(&bytes);
        }
    }
}

/// The archive's sums hide the schema and the arrays from the test above.
#[test]
fn a_byte_changed_within_the_archive_is_survived() {
    let mut files = files("logisticregression.skops");
    let reader = Reader::new().max_bytes(1 << 20).max_numbers(1 << 20);
    for file in 0..files.len() {
        let step = (files[file].1.len() / 500).max(1);
        for index in (0..files[file].1.len()).step_by(step) {
            for change in [0x01, 0x10, 0x80] {
                files[file].1[index] ^= change;
                let parts: Vec<_> =
                    files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
                let _ = reader.read(&stored(&parts));
                files[file].1[index] ^= change;
            }
        }
    }
}

#[test]
fn nodes_that_skops_does_not_write() {
    let dict = r#""__loader__": "DictNode", "__module__": "builtins", "__class__": "dict""#;
    for (node, named) in [
        (r#""__loader__": "Nothing""#, "'Nothing' is no node of skops'"),
        (r#""__loader__": "CachedNode", "__id__": 7"#, "was not read before"),
        (r#""__loader__": "JsonNode""#, "without its content"),
        (r#""__loader__": "JsonNode", "content": "[[1]]""#, "a list or an object in JSON"),
        (r#""__loader__": "JsonNode", "content": "nil""#, "no node as skops writes it"),
        (r#""__loader__": "JsonNode", "content": 1"#, "no node as skops writes it"),
        (r#""__loader__": "ObjectNode", "__class__": "a", "__id__": -1"#, "no node as skops writes it"),
        (r#""__loader__": "ObjectNode", "__class__": "a""#, "without its class"),
        (r#""__loader__": "ListNode", "content": {}"#, "no node as skops writes it"),
        (r#""__loader__": "ListNode", "content": [1]"#, "no node as skops writes it"),
        (r#""__loader__": "BytesNode""#, "without its file"),
        (r#""__loader__": "BytesNode", "file": "x.bin""#, "'x.bin': no such file"),
        (r#""__loader__": "NdArrayNode", "type": "numpy", "file": "schema.json""#, "that is not numpy's"),
        (r#""__loader__": "NdArrayNode", "type": "pickle""#, "neither in numpy's format"),
        (r#""__loader__": "SparseMatrixNode", "file": "schema.json""#, "the zip archive is broken"),
        (r#""__loader__": "TreeNode", "__class__": "a", "__module__": "b""#, "without its __reduce__"),
        (r#""__loader__": "SliceNode", "content": {"start": "a"}"#, "no node as skops writes it"),
        (&format!(r#"{dict}, "content": {{"a": 1}}"#), "no node as skops writes it"),
        (
            &format!(
                r#"{dict}, "content": {{"a": 1}}, "key_types": {{"__loader__": "ListNode", "__module__": "builtins", "__class__": "list", "content": []}}"#
            ),
            "other keys than types",
        ),
        (
            r#""__loader__": "NdArrayNode", "type": "json", "content": [], "shape": {"__loader__": "JsonNode", "content": "5"}"#,
            "whose shape is none",
        ),
    ] {
        let error = refused(&schema(node));
        assert!(error.is_model() && error.to_string().contains(named), "{node}: {error}");
        assert!(error.to_string().starts_with("schema.json, byte "), "{error}");
    }
    let json = |text: &str| refused(&stored(&[("schema.json", text.as_bytes())])).to_string();
    assert!(
        json(r#"{"__loader__": "ListNode", "protocol": 3, "content": []}"#).contains("protocol 3 of skops")
    );
    assert!(json(r#"{"__loader__": "ListNode", "content": []}"#).contains("without its protocol"));
    assert!(json("[]").contains("no node"));
    assert!(json("").contains("no node"));
    assert!(refused(&stored(&[("data.pkl", b"x")])).to_string().contains("without the schema.json"));
    assert!(refused(&stored(&[("schema.json", b"\xff")])).to_string().contains("invalid utf-8"));
}

#[test]
fn nothing_that_a_file_names_is_called() {
    for node in [
        r#""__loader__": "TypeNode", "__module__": "os", "__class__": "system""#,
        r#""__loader__": "ObjectNode", "__module__": "os", "__class__": "system""#,
        r#""__loader__": "ConstructorFromReduceNode", "__module__": "os", "__class__": "system",
            "content": {"__loader__": "JsonNode", "content": "\"true\""}"#,
    ] {
        assert_eq!(refused(&schema(node)).operator(), Some("os.system"));
    }
}

#[test]
fn depth_is_refused() {
    let open = r#"{"__loader__": "ListNode", "__module__": "builtins", "__class__": "list", "content": ["#;
    let nested = format!(
        r#""__loader__": "ListNode", "__module__": "builtins", "__class__": "list", "content": [{}{}]"#,
        open.repeat(1000),
        "]}".repeat(1000)
    );
    let error = refused(&schema(&nested));
    assert!(error.to_string().contains("nested more than 100 deep"), "{error}");
    // Where no node is expected: in the content of one that needs none, and in a value.
    let brackets = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    refused(&schema(&format!(r#""__loader__": "RandomStateNode", "content": {brackets}"#)));
    refused(&schema(&format!(r#""__loader__": "JsonNode", "content": "{brackets}""#)));
    refused(&schema(&format!(r#""__loader__": "JsonNode", "unknown": {brackets}"#)));
}

/// An object that holds itself: the reference leads to what is not there yet.
#[test]
fn circles_are_refused() {
    let node = r#""__loader__": "ListNode", "__module__": "builtins", "__class__": "list", "__id__": 1,
        "content": [{"__loader__": "CachedNode", "__id__": 1}]"#;
    assert!(refused(&schema(node)).to_string().contains("was not read before"));
}

#[test]
fn a_name_that_is_there_twice_is_refused() {
    let node = br#"{"__loader__": "ListNode", "content": [], "protocol": 2}"#;
    let error = refused(&stored(&[("schema.json", node), ("schema.json", node)]));
    assert!(error.to_string().contains("'schema.json' is in the zip archive twice"), "{error}");
}

#[test]
fn floods_meet_the_limit() {
    let reader = Reader::new().max_numbers(1 << 16);
    let too_large = |bytes: &[u8]| {
        let error = reader.read(bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelTooLarge, "{error}");
    };
    // A gigabyte of spaces would be as small.
    let bomb = [&br#"{"__loader__": "ListNode", "content": ["#[..], &vec![b' '; 1 << 22], b"]}"].concat();
    too_large(&zip(&[("schema.json", &bomb)], CompressionMethod::DEFLATE));
    let node = r#"{"__loader__": "JsonNode", "content": "1"},"#.repeat(1 << 14);
    let list = r#""__loader__": "ListNode", "__module__": "builtins", "__class__": "list""#;
    too_large(&schema(&format!(r#"{list}, "content": [{}]"#, node.trim_end_matches(','))));
    // One file again and again, each time whole.
    let node = r#"{"__loader__": "BytesNode", "file": "a.bin"},"#.repeat(1 << 10);
    let node = format!(r#"{{{list}, "protocol": 2, "content": [{}]}}"#, node.trim_end_matches(','));
    for method in [CompressionMethod::STORE, CompressionMethod::DEFLATE] {
        too_large(&zip(&[("schema.json", node.as_bytes()), ("a.bin", &[0; 1 << 13])], method));
    }
}

/// Sizes and sums of the archive's directory that are not those of the files.
#[test]
fn sizes_that_are_lies() {
    let good = cases::model_in("formats", "logisticregression.deflated.skops");
    let directory = good.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    // The sum, the size in the archive, the size outside of it, and where the file begins.
    for field in [16, 20, 24, 42] {
        for value in [0u32, 1, 0x7fff_ffff, 0xffff_fffe] {
            let mut bytes = good.clone();
            bytes[directory + field..directory + field + 4].copy_from_slice(&value.to_le_bytes());
            if bytes != good {
                let error = refused(&bytes);
                assert!(error.is_model(), "{error}");
            }
        }
    }
    let other = zip(&[("schema.json", b"{}")], CompressionMethod::BZIP2);
    assert!(refused(&other).to_string().contains("it is compressed by"), "{}", refused(&other));
}
