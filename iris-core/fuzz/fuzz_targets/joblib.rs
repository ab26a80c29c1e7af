//! Any bytes behind joblib's description of an array, and any bytes compressed:
//! an error or a model, never a panic.

#![no_main]

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use iris_core::Reader;
use libfuzzer_sys::fuzz_target;

/// A model whose last array's bytes, and whatever comes behind, are fuzzed.
const MODEL: &[u8] = include_bytes!("../../testdata/pickles/logisticregression_iris.joblib");

fuzz_target!(|bytes: &[u8]| {
    let reader = Reader::new().max_numbers(1 << 20);
    let Some((cut, rest)) = bytes.split_first_chunk::<2>() else { return };
    let cut = usize::from(u16::from_le_bytes(*cut)) % MODEL.len();
    let file = [&MODEL[..cut], rest].concat();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(&file).expect("memory takes everything");
    gzip.write_all(&file).expect("memory takes everything");
    let zlib = zlib.finish().expect("memory takes everything");
    let gzip = gzip.finish().expect("memory takes everything");
    let loads = reader.read(&file).is_ok();
    // However a pickle came, it is the same one; what is no pickle is not looked for inside.
    if file.starts_with(&[0x80]) {
        assert_eq!(reader.read(&zlib).is_ok(), loads);
        assert_eq!(reader.read(&gzip).is_ok(), loads);
    }
    let _ = reader.read(&[b"\x78\x9c", rest].concat());
    let _ = reader.read(&[b"\x1f\x8b\x08", rest].concat());
});
