//! Any bytes as a model of XGBoost's, and as a pickle's booster: an error or a model that
//! answers, never a panic.

#![no_main]

use iris_core::{Predictor, Reader, Task};
use libfuzzer_sys::fuzz_target;

/// What a binary model begins with: a learner of three columns, so that bytes become its trees.
const LEARNER: &[u8] = include_bytes!("../../testdata/xgboost/0.90/two.bin");
const HEADER: usize = 136 + 8 + "binary:logistic".len() + 8 + "gbtree".len();

fuzz_target!(|bytes: &[u8]| {
    let reader = Reader::new().max_numbers(1 << 20);
    let trees = [&LEARNER[..HEADER], bytes].concat();
    let document = [b"{L\0\0\0\0\0\0\0\x07learner", bytes].concat();
    let json = [b"{\"learner\":", bytes].concat();
    for bytes in [bytes, &trees, &document, &json] {
        if let Ok(predictor) = reader.read(bytes) {
            answer(&predictor);
        }
    }
});

fn answer(predictor: &Predictor) {
    let schema = predictor.schema();
    for value in [0.0, f64::NAN, 1e300] {
        let row = vec![value; schema.n_features()];
        match schema.task() {
            Task::Regress { n_targets } => {
                let _ = predictor.predict_values_into(&row, &mut vec![0.0; *n_targets]);
            }
            Task::Classify { has_probabilities, .. } => {
                let mut probabilities = vec![0.0; schema.n_classes()];
                let answered = predictor.predict(&row).is_ok();
                if *has_probabilities {
                    let taken = predictor.predict_proba_into(&row, &mut probabilities).is_ok();
                    assert_eq!(taken, answered);
                    assert!(probabilities.iter().all(|probability| (0.0..=1.0).contains(probability)));
                }
            }
        }
    }
}
