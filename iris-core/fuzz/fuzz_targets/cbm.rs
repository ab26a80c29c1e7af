//! Any bytes as a model of CatBoost's: an error or a model that answers, never a panic.

#![no_main]

use iris_core::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let reader = Reader::new().max_numbers(1 << 20);
    // With the mark and the length of the trees in front, and nothing behind them.
    let len = u32::try_from(bytes.len()).unwrap_or_default().to_le_bytes();
    let marked = [&b"CBM1"[..], &len, bytes].concat();
    for bytes in [bytes, &marked] {
        let Ok(predictor) = reader.read(bytes) else { continue };
        let schema = predictor.schema();
        let mut values = vec![0.0; schema.n_targets()];
        let mut scores = vec![0.0; predictor.n_scores()];
        let mut probabilities = vec![0.0; schema.n_classes()];
        for value in [0.0, 1e30, f64::NAN, f64::INFINITY] {
            let row = vec![value; schema.n_features()];
            let answered = predictor.predict(&row).is_ok();
            if schema.n_classes() > 0 {
                assert_eq!(predictor.decision_function_into(&row, &mut scores).is_ok(), answered);
                if predictor.predict_proba_into(&row, &mut probabilities).is_ok() {
                    assert!(probabilities.iter().all(|probability| (0.0..=1.0).contains(probability)));
                }
            } else {
                let _ = predictor.predict_values_into(&row, &mut values);
            }
        }
    }
});
