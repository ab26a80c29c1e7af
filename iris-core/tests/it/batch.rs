//! A batch is its rows one by one, bit for bit, in any layout.

use iris_core::{Classified, ErrorKind, Predictor};
use ndarray::{Array2, ArrayView2, ShapeBuilder, s};
use proptest::prelude::*;

use crate::cases;

/// Asserts that every batch form gives the bits that the row form gives.
fn assert_batch_is_row_by_row(predictor: &Predictor, rows: ArrayView2<'_, f64>) {
    let (n_rows, n_classes, n_scores) = (rows.nrows(), predictor.schema().n_classes(), predictor.n_scores());
    let mut classes = vec![u32::MAX; n_rows];
    let mut scores = Array2::zeros((n_rows, n_scores));
    let mut probabilities = Array2::zeros((n_rows, n_classes));
    let mut scattered = Array2::zeros((n_rows, n_classes).f());
    predictor.predict_batch_into(rows, &mut classes).unwrap();
    predictor.decision_function_batch_into(rows, scores.view_mut()).unwrap();
    let has_probabilities = predictor.schema().has_probabilities();
    if has_probabilities {
        predictor.predict_proba_batch_into(rows, probabilities.view_mut()).unwrap();
        predictor.predict_proba_batch_into(rows, scattered.view_mut()).unwrap();
        assert_eq!(probabilities, scattered);
    }
    let (mut again, mut scores_again) = (vec![u32::MAX; n_rows], Array2::zeros((n_rows, n_scores)));
    let all = Classified {
        classes: &mut again,
        probabilities: has_probabilities.then(|| scattered.view_mut().into()),
        scores: Some(scores_again.view_mut().into()),
    };
    predictor.classify_batch_with(&mut predictor.scratch(), rows, all).unwrap();
    assert_eq!((&again, &scores_again), (&classes, &scores));
    if has_probabilities {
        assert_eq!(probabilities, scattered);
    }
    for (index, row) in rows.rows().into_iter().enumerate() {
        let row = row.to_vec();
        let mut expected = vec![0.0; n_scores];
        predictor.decision_function_into(&row, &mut expected).unwrap();
        assert_eq!(scores.row(index).to_vec(), expected);
        let class_index = predictor.predict_class(&row).unwrap();
        assert_eq!(usize::try_from(classes[index]), Ok(class_index));
        if has_probabilities {
            let mut expected = vec![0.0; n_classes];
            predictor.predict_proba_into(&row, &mut expected).unwrap();
            assert_eq!(probabilities.row(index).to_vec(), expected);
        }
    }
}

#[test]
fn every_estimator_on_its_rows() {
    for case in cases::estimators() {
        let predictor = Predictor::read(&cases::model(&case.file)).unwrap();
        let n_features = predictor.schema().n_features();
        let values = case.rows.iter().flatten().map(|value| value.unwrap_or(f64::NAN)).collect();
        let rows = Array2::from_shape_vec((case.rows.len(), n_features), values).unwrap();
        assert_batch_is_row_by_row(&predictor, rows.view());
    }
}

#[test]
fn strided_transposed_and_reversed_rows() {
    let rows = cases::random_rows(101);
    let rows = Array2::from_shape_fn((101, 4), |(row, column)| rows[row][column]);
    let predictor = Predictor::iris();
    assert_batch_is_row_by_row(&predictor, rows.slice(s![..;-2, ..]));
    let columns_first = Array2::from_shape_fn((101, 4).f(), |index| rows[index]);
    assert_batch_is_row_by_row(&predictor, columns_first.view());
}

#[test]
fn an_error_names_the_first_bad_row() {
    let predictor = Predictor::iris();
    for n_rows in [1, 63, 64, 65, 200] {
        for bad in [0, n_rows / 2, n_rows - 1] {
            let mut rows = Array2::from_elem((n_rows, 4), 1.0);
            rows[[bad, 2]] = f64::NAN;
            rows[[n_rows - 1, 3]] = f64::INFINITY;
            let mut out = Array2::zeros((n_rows, 3));
            for error in [
                predictor.predict_batch_into(rows.view(), &mut vec![0; n_rows]).unwrap_err(),
                predictor.predict_proba_batch_into(rows.view(), out.view_mut()).unwrap_err(),
                predictor.decision_function_batch_into(rows.view(), out.view_mut()).unwrap_err(),
            ] {
                assert_eq!((error.row(), error.feature()), (Some(bad), Some(2)));
                assert!(error.to_string().starts_with(&format!("row {bad}: petal_length is NaN")), "{error}");
            }
        }
    }
}

#[test]
fn an_empty_batch_has_an_empty_answer() {
    let rows = Array2::zeros((0, 4));
    assert_batch_is_row_by_row(&Predictor::iris(), rows.view());
}

#[test]
fn shapes_that_do_not_fit() {
    let predictor = Predictor::iris();
    let kind = |error: iris_core::Error| error.kind();
    let narrow = Array2::zeros((2, 3));
    assert_eq!(
        kind(predictor.predict_batch_into(narrow.view(), &mut [0; 2]).unwrap_err()),
        ErrorKind::InputLength
    );
    let rows = Array2::zeros((2, 4));
    assert_eq!(
        kind(predictor.predict_batch_into(rows.view(), &mut [0; 3]).unwrap_err()),
        ErrorKind::OutputLength
    );
    for shape in [(2, 2), (3, 3)] {
        let mut out = Array2::zeros(shape);
        let error = predictor.predict_proba_batch_into(rows.view(), out.view_mut()).unwrap_err();
        assert_eq!(kind(error), ErrorKind::OutputLength);
    }
}

proptest! {
    #[test]
    fn any_rows_of_the_embedded_model(
        rows in prop::collection::vec(prop::array::uniform4(-1e300..1e300f64), 0..130),
        small in prop::collection::vec(prop::array::uniform4(-20.0..20.0f64), 0..130),
    ) {
        let predictor = Predictor::iris();
        for rows in [rows, small] {
            let rows = Array2::from_shape_fn((rows.len(), 4), |(row, column)| rows[row][column]);
            assert_batch_is_row_by_row(&predictor, rows.view());
        }
    }
}
