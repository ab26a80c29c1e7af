//! Compressed files that came to harm, or were made to do some.

use iris_core::{ErrorKind, Predictor, Reader};

use super::hostile::try_all;
use crate::cases;

const FORMS: [&str; 4] = ["bz2", "xz", "lzma", "lz4"];

fn model(form: &str) -> Vec<u8> {
    cases::model_in("formats", &format!("logisticregression.{form}.joblib"))
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    for form in FORMS {
        let bytes = model(form);
        for length in 0..bytes.len() {
            assert!(!try_all(&bytes[..length]), "{form} cut to {length} bytes is a model");
        }
        assert!(try_all(&bytes));
    }
}

#[test]
fn a_byte_changed_anywhere_is_survived() {
    for form in FORMS {
        let bytes = model(form);
        for index in 0..bytes.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[index] ^= change;
                try_all(&bytes);
            }
        }
    }
}

#[test]
fn what_follows_the_end_is_not_dropped_in_silence() {
    for form in FORMS {
        let bytes = model(form);
        for behind in [&b"x"[..], &[0; 16], &bytes] {
            let error = Predictor::read(&[&bytes, behind].concat()).expect_err(form);
            assert_eq!(error.kind(), ErrorKind::MalformedModel, "{form}: {error}");
        }
    }
}

#[test]
fn what_inflates_without_end_meets_the_limit() {
    for form in FORMS {
        let bytes = cases::model_in("formats", &format!("zeroes.{form}"));
        let error = Reader::new().max_numbers(1 << 16).read(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelTooLarge, "{form}: {error}");
        let error = Predictor::read(&bytes).unwrap_err();
        assert!(error.to_string().starts_with("inside of what is compressed"), "{form}: {error}");
    }
}

/// A dictionary of four gigabytes, which a decoder would set up first.
#[test]
fn a_decoder_takes_no_more_memory_than_joblib_asks_for() {
    let mut bytes = model("lzma");
    bytes[3..5].copy_from_slice(b"\xff\xff");
    let error = Predictor::read(&bytes).unwrap_err();
    assert!(error.to_string().contains("cannot be inflated"), "{error}");
}

/// A name says nothing: what is read is told by its content.
#[test]
fn zstd_is_refused_by_name() {
    let error = Predictor::read(b"\x28\xb5\x2f\xfd\x04\x00").unwrap_err();
    assert!(error.to_string().contains("compressed with zstd"), "{error}");
}
