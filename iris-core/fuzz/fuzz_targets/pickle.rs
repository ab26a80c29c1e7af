//! Any bytes as a pickle: an error or a model that answers, never a panic.

#![no_main]

use iris_core::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // With the mark of protocol 4 in front, so that none is taken for another format.
    let marked = [&[0x80, 4], bytes].concat();
    // Small limits, so that time is spent on finding more than on filling memory.
    let reader = Reader::new().max_numbers(1 << 20);
    for bytes in [bytes, &marked] {
        let Ok(predictor) = reader.read(bytes) else { continue };
        let schema = predictor.schema();
        let row = vec![0.5; schema.n_features()];
        let mut values = vec![0.0; schema.n_targets()];
        let mut probabilities = vec![0.0; schema.n_classes()];
        let _ = predictor.predict(&row);
        let _ = predictor.predict_values_into(&row, &mut values);
        if schema.has_probabilities() && predictor.predict_proba_into(&row, &mut probabilities).is_ok() {
            assert!(probabilities.iter().all(|probability| (0.0..=1.0).contains(probability)));
        }
    }
});
