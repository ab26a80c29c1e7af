//! Any bytes as a model file: an error or a model that answers, never a panic.

#![no_main]

use iris_core::{Predictor, Task};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(predictor) = Predictor::read(bytes) else { return };
    let features = predictor.schema().features();
    let row = vec![0.5; features.len()];
    let holes: Vec<f64> = features.iter().map(|f| if f.accepts_missing() { f64::NAN } else { 0.5 }).collect();
    for row in [row, holes] {
        match predictor.schema().task() {
            Task::Classify { .. } => classify(&predictor, &row),
            Task::Regress { .. } => regress(&predictor, &row),
        }
    }
});

fn classify(predictor: &Predictor, row: &[f64]) {
    let mut scores = vec![0.0; predictor.n_scores()];
    let mut probabilities = vec![0.0; predictor.schema().n_classes()];
    let answered = predictor.predict(row).is_ok();
    // A graph of any operators may make its label of other numbers than its scores and probabilities,
    // and some of these may overflow alone. What it calls a probability may be any number, as in onnxruntime.
    assert!(predictor.predict_class(row).is_ok() || !answered);
    let _ = predictor.decision_function_into(row, &mut scores);
    if predictor.schema().has_probabilities() && predictor.predict_proba_into(row, &mut probabilities).is_ok()
    {
        assert!(probabilities.iter().all(|probability| probability.is_finite()));
    }
}

fn regress(predictor: &Predictor, row: &[f64]) {
    let mut values = vec![0.0; predictor.schema().n_targets()];
    let answered = predictor.predict_values_into(row, &mut values).is_ok();
    if let [value] = values[..] {
        let predicted = predictor.predict(row).ok().and_then(|prediction| prediction.value());
        assert_eq!(predicted, answered.then_some(value));
    }
}
