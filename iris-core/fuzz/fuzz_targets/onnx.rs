//! Any bytes as a model file: an error or a model that answers, never a panic.

#![no_main]

use iris_core::Predictor;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(predictor) = Predictor::from_onnx(bytes) else { return };
    let schema = predictor.schema();
    let row = vec![0.5; schema.n_features()];
    let mut scores = vec![0.0; predictor.n_scores()];
    let mut probabilities = vec![0.0; schema.n_classes()];
    let answered = predictor.predict(&row).is_ok();
    assert_eq!(predictor.predict_class(&row).is_ok(), answered);
    assert_eq!(predictor.decision_function_into(&row, &mut scores).is_ok(), answered);
    if schema.has_probabilities() && predictor.predict_proba_into(&row, &mut probabilities).is_ok() {
        assert!(probabilities.iter().all(|probability| (0.0..=1.0).contains(probability)));
    }
});
