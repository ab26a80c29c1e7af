//! Bad input: an error that names the place, never an answer.

use iris_core::{ErrorKind, Predictor};

const ROW: [f64; 4] = [5.1, 3.5, 1.4, 0.2];

#[test]
fn a_row_of_the_wrong_length() {
    for row in [&[][..], &ROW[..3], &[1.0; 5]] {
        let error = Predictor::iris().predict(row).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InputLength);
        let expected = format!(
            "the row has {} values, the model expects 4 features \
             (sepal_length, sepal_width, petal_length, petal_width)",
            row.len()
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_feature_that_is_not_finite_is_named() {
    let predictor = Predictor::iris();
    for (bad, text) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        for feature in 0..4 {
            let mut row = ROW;
            row[feature] = bad;
            let name = predictor.schema().features()[feature].name();
            let mut out = [0.0; 3];
            for error in [
                predictor.predict(&row).unwrap_err(),
                predictor.predict_class(&row).unwrap_err(),
                predictor.predict_proba_into(&row, &mut out).unwrap_err(),
                predictor.decision_function_into(&row, &mut out).unwrap_err(),
                predictor.check_row(&row).unwrap_err(),
            ] {
                assert_eq!((error.kind(), error.feature()), (ErrorKind::InputNotFinite, Some(feature)));
                assert!(error.to_string().starts_with(&format!("{name} is {text}")), "{error}");
            }
        }
    }
}

#[test]
fn features_too_large_for_the_model_are_an_error_of_their_own() {
    let error = Predictor::iris().predict(&[1.7e308, -1.7e308, 1.7e308, -1.7e308]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ScoreOverflow);
}

#[test]
fn features_as_large_as_the_scores_can_bear_are_answered() {
    let mut probabilities = [0.0; 3];
    let predictor = Predictor::iris();
    let prediction = predictor.predict_proba_into(&[0.0, 0.0, 1e307, 1e307], &mut probabilities).unwrap();
    assert_eq!(prediction.label(), Some("virginica".into()));
    assert_eq!(probabilities, [0.0, 0.0, 1.0]);
}

#[test]
fn buffers_of_the_wrong_length() {
    let predictor = Predictor::iris();
    let error = predictor.predict_proba_into(&ROW, &mut [0.0; 2]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutputLength);
    assert_eq!(error.to_string(), "the buffer for predict_proba holds 2 values, the answer has 3");
    let error = predictor.decision_function_into(&ROW, &mut [0.0; 4]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutputLength);
}

#[test]
fn a_model_of_scores_gives_no_probabilities() {
    let ridge = crate::cases::model("ridge_classifier_three_strings_float.onnx");
    let predictor = Predictor::read(&ridge).unwrap();
    assert_eq!(predictor.predict(&ROW).unwrap().probability(), None);
    let error = predictor.predict_proba_into(&ROW, &mut [0.0; 3]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoProbabilities);
    assert!(error.to_string().contains("decision_function"));
}
