//! Linear models of many weights: the kernel for them, and fewer bits a weight.

use iris_core::{ErrorKind, Labels, LinearModel, Link, Predictor, Quantization, Reader, Rows, RowsMut};

/// Numbers that single precision does not hold, always the same.
fn numbers(count: usize) -> impl Iterator<Item = f64> {
    let count = u32::try_from(count).unwrap();
    (0..count).map(|index| f64::from(index.wrapping_mul(2_654_435_761) >> 8) / 1e6 - 8.0)
}

#[expect(clippy::cast_possible_truncation, reason = "single precision is what is asked for")]
fn model(n_features: usize, n_scores: usize, single: bool) -> LinearModel {
    let weights: Vec<f64> = numbers(n_features * n_scores)
        .map(|number| if single { f64::from(number as f32) } else { number })
        .collect();
    LinearModel {
        features: (0..n_features).map(|index| format!("x{index}")).collect(),
        coefficients: weights.chunks_exact(n_features).map(<[f64]>::to_vec).collect(),
        intercepts: numbers(n_scores).collect(),
        labels: Some(Labels::Integers((0..).take(n_scores).collect())),
        link: Link::Softmax,
    }
}

/// A sum in the order that is promised.
fn scores(model: &LinearModel, row: &[f64]) -> Vec<f64> {
    let sum = |weights: &Vec<f64>| weights.iter().zip(row).fold(0.0, |sum, (weight, x)| sum + x * weight);
    model.coefficients.iter().zip(&model.intercepts).map(|(weights, b)| sum(weights) + b).collect()
}

#[test]
fn every_row_has_the_same_bits_alone_and_among_others() {
    // Outputs that fill two panels, that leave one over, and features beyond what is near at once.
    for (n_features, n_scores, single) in
        [(1_024, 16, false), (1_024, 16, true), (700, 27, false), (513, 33, true), (1_025, 24, false)]
    {
        let model = model(n_features, n_scores, single);
        let predictor = Predictor::linear(&model).unwrap();
        let rows: Vec<f64> = numbers(39 * n_features).collect();
        let expected: Vec<f64> = rows.chunks(n_features).flat_map(|row| scores(&model, row)).collect();
        let mut alone = vec![0.0; n_scores];
        for (row, expected) in rows.chunks(n_features).zip(expected.chunks(n_scores)) {
            predictor.decision_function_into(row, &mut alone).unwrap();
            assert_eq!(alone, expected);
        }
        for n_rows in [1, 3, 4, 7, 39] {
            let (rows, expected) = (&rows[..n_rows * n_features], &expected[..n_rows * n_scores]);
            let mut found = vec![0.0; n_rows * n_scores];
            let asked = Rows::new(rows, n_features).unwrap();
            predictor
                .decision_function_batch_into(asked, RowsMut::new(&mut found, n_scores).unwrap())
                .unwrap();
            assert_eq!(found, expected, "{n_features} × {n_scores}, {n_rows} rows");
            let mut classes = vec![0; n_rows];
            predictor.predict_batch_into(Rows::new(rows, n_features).unwrap(), &mut classes).unwrap();
            for (class, scores) in classes.iter().zip(expected.chunks(n_scores)) {
                let largest = scores.iter().copied().fold(f64::MIN, f64::max);
                assert_eq!(scores[*class as usize], largest);
            }
        }
    }
}

#[test]
fn a_row_at_fault_is_named_in_any_block() {
    let (n_features, n_rows) = (1_024, 40);
    let predictor = Predictor::linear(&model(n_features, 16, false)).unwrap();
    for bad in [0, 5, 31, 32, 39] {
        let mut rows = vec![0.5; n_rows * n_features];
        rows[bad * n_features + 1_000] = f64::NAN;
        let asked = Rows::new(&rows, n_features).unwrap();
        let error = predictor.predict_batch_into(asked, &mut vec![0; n_rows]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InputNotFinite);
        assert!(error.to_string().contains(&format!("row {bad}")), "{error}");
    }
}

#[test]
fn of_a_small_model_nothing_is_taken_and_that_is_told() {
    let reader = Reader::new().quantization(Quantization::Bfloat16);
    let predictor = reader.read(Predictor::IRIS).unwrap();
    assert!(predictor.schema().notes()[0].contains("nothing of it is kept as bfloat16"));
    let row = [5.1, 3.5, 1.4, 0.2];
    let (mut found, mut expected) = ([0.0; 3], [0.0; 3]);
    predictor.predict_proba_into(&row, &mut found).unwrap();
    Predictor::iris().predict_proba_into(&row, &mut expected).unwrap();
    assert_eq!(found, expected);
}
