//! Any bytes as a model of LightGBM's: an error or a model, never a panic, and a
//! model that answers a row.

#![no_main]

use iris_core::Reader;
use libfuzzer_sys::fuzz_target;

/// What marks the format, so that no run is spent on finding it.
const HEAD: &[u8] = b"tree\nversion=";

fuzz_target!(|bytes: &[u8]| {
    let text = [HEAD, bytes.strip_prefix(HEAD).unwrap_or(bytes)].concat();
    let Ok(predictor) = Reader::new().max_numbers(1 << 20).read(&text) else { return };
    for value in [0.0, f64::NAN] {
        let _ = predictor.predict(&vec![value; predictor.schema().n_features()]);
    }
});
