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

/// What becomes of a row on which every class is at 0 is the estimator's rule, and the file's operators tell whose it is.
#[test]
fn rows_on_which_no_class_is_probable_are_answered_as_the_estimator_does() {
    let read = |file| Predictor::read(&cases::model_in("zero_sum", file)).unwrap();
    let sgd = read("sgd_wine.onnx");
    let row = [13.24, 2.59, 2.87, 21.0, 118.0, 2.8, 2.69, 0.39, 1.82, 4.32, 1.04, 2.93, 735.0];
    let mut probabilities = [f64::NAN; 3];
    sgd.predict_proba_into(&row, &mut probabilities).unwrap();
    assert_eq!(probabilities, [1.0 / 3.0; 3]);
    assert!(sgd.schema().notes().is_empty());

    let one_vs_rest = read("ovr_mh.onnx");
    let row =
        [1.401_508_368_131_565, 0.328_414_053_195_667_5, 0.535_408_561_526_140_1, 0.264_141_916_475_869_3];
    one_vs_rest.predict_proba_into(&row, &mut probabilities).unwrap();
    assert_eq!(probabilities, [0.0; 3]);
    assert!(one_vs_rest.schema().notes()[0].contains("OneVsRestClassifier"));
}
