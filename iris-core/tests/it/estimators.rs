//! Every converted estimator in `testdata/onnx` against its oracle.

use iris_core::Predictor;

use crate::cases::{self, Estimator};

#[test]
fn every_converted_estimator_answers_as_its_oracle() {
    let estimators = cases::estimators();
    assert!(estimators.len() > 100, "only {} estimators", estimators.len());
    let complaints: Vec<String> = estimators.iter().filter_map(complaint).collect();
    assert!(
        complaints.is_empty(),
        "{} of {}:\n{}",
        complaints.len(),
        estimators.len(),
        complaints.join("\n")
    );
}

/// What is wrong with our answers, if anything.
fn complaint(case: &Estimator) -> Option<String> {
    check(case, &cases::model(&case.file))
        .err()
        .map(|error| format!("{} ({}): {error}", case.file, case.description))
}

/// The answers must be scikit-learn's, also where the converted file would give
/// others; but a binary linear discriminant analysis is written as the softmax
/// of a score and its negative, which is another function, and the file's.
pub(crate) fn check(case: &Estimator, file: &[u8]) -> Result<(), String> {
    let predictor = Predictor::read(file).map_err(|error| error.to_string())?;
    let schema = predictor.schema();
    if schema.has_probabilities() != case.probabilities.is_some() {
        return Err(format!("has probabilities: {}", schema.has_probabilities()));
    }
    let another_function = case.file.starts_with("linear_discriminant_analysis_two");
    let scikit_learn = case.scikit_learn.as_ref().filter(|_| !another_function);
    let labels = scikit_learn.map_or(&case.labels, |answers| &answers.labels);
    // Digits lost in a weight show in proportion to the scores it helps to make.
    let largest_score =
        case.decision_function.iter().flatten().fold(1.0, |largest: f64, score| largest.max(score.abs()));
    for (index, row) in case.rows.iter().enumerate() {
        let row: Vec<f64> = row.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        // A file in single precision carries seven digits of each weight.
        let tolerance = if case.input == "double" { 1e-12 } else { 3e-6 };
        let prediction = predictor.predict(&row).map_err(|error| format!("row {index}: {error}"))?;
        if prediction.label().is_none_or(|label| label != labels[index]) {
            return Err(format!("row {index}: {:?} is not {:?}", prediction.label(), labels[index]));
        }
        let mut scores = vec![0.0; predictor.n_scores()];
        predictor.decision_function_into(&row, &mut scores).map_err(|error| error.to_string())?;
        close(index, &scores, &case.decision_function[index], tolerance * largest_score)?;
        if let Some(expected) = &case.probabilities {
            let expected = scikit_learn.map_or(expected, |answers| &answers.probabilities);
            let mut probabilities = vec![0.0; schema.n_classes()];
            predictor.predict_proba_into(&row, &mut probabilities).map_err(|error| error.to_string())?;
            let expected: Vec<f64> = expected[index].iter().map(|value| value.unwrap_or(f64::NAN)).collect();
            close(index, &probabilities, &expected, tolerance)?;
        }
    }
    Ok(())
}

/// Within `tolerance` of what is expected.
pub(crate) fn close(index: usize, ours: &[f64], expected: &[f64], tolerance: f64) -> Result<(), String> {
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance;
    if ours.len() == expected.len() && ours.iter().zip(expected).all(near) {
        Ok(())
    } else {
        Err(format!("row {index}: {ours:?} is not {expected:?}"))
    }
}
