//! Programs with steps: a batch of any length, cut into blocks, is its rows one by one, and so are its errors.

use std::sync::LazyLock;

use iris_core::{Error, Predictor, Result, Scratch};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, ShapeBuilder};
use proptest::prelude::*;

use crate::cases;

/// A model, and rows that it was made to be asked about.
struct Known {
    name: String,
    predictor: Predictor,
    rows: Vec<Vec<f64>>,
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let number = |value: &Option<f64>| value.unwrap_or(f64::NAN);
    let of_folder = |folder: &'static str| {
        let with_rows = cases::pickles(folder).into_iter().filter(|case| !case.rows.is_empty());
        with_rows.map(move |case| {
            let predictor = Predictor::read(&cases::model_in(folder, &case.files[0])).unwrap();
            let rows = case.rows.iter().map(|row| row.iter().map(number).collect()).collect();
            Known { name: case.files[0].clone(), predictor, rows }
        })
    };
    let mixed = Known {
        name: "churn.joblib".to_owned(),
        predictor: Predictor::read(&cases::model_in("mixed", "churn.joblib")).unwrap(),
        rows: vec![
            vec![34.0, 52_000.0, 0.0, 1.0, 1.0, 0.0],
            vec![f64::NAN, 18_500.0, 1.0, 0.0, 0.0, 0.0],
            vec![61.0, f64::NAN, f64::NAN, 2.0, 1.0, 0.0],
            vec![19.5, 0.0, 3.0, 0.0, 0.0, 0.0],
        ],
    };
    ["transformers", "composites", "old_transformers", "old_composites"]
        .into_iter()
        .flat_map(of_folder)
        .chain([mixed])
        .collect()
});

/// What a model is asked, of a row or of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Class,
    Probabilities,
    Scores,
    Values,
}

impl Question {
    /// Those that the model answers, and how many numbers each is.
    fn of(predictor: &Predictor) -> Vec<(Self, usize)> {
        let schema = predictor.schema();
        if schema.n_classes() == 0 {
            return vec![(Self::Values, schema.n_targets())];
        }
        let probabilities = schema.has_probabilities().then(|| (Self::Probabilities, schema.n_classes()));
        let scores = (predictor.n_scores() > 0).then(|| (Self::Scores, predictor.n_scores()));
        [(Self::Class, 1)].into_iter().chain(probabilities).chain(scores).collect()
    }

    fn of_row(self, predictor: &Predictor, row: &[f64], out: &mut [f64]) -> Result<()> {
        match self {
            Self::Class => predictor.predict_class(row).map(|class| out[0] = whole(class)),
            Self::Probabilities => predictor.predict_proba_into(row, out).map(drop),
            Self::Scores => predictor.decision_function_into(row, out),
            Self::Values => predictor.predict_values_into(row, out),
        }
    }

    fn of_rows(
        self,
        predictor: &Predictor,
        rows: ArrayView2<'_, f64>,
        mut out: ArrayViewMut2<'_, f64>,
        scratch: Option<&mut Scratch>,
    ) -> Result<()> {
        match (self, scratch) {
            (Self::Class, scratch) => {
                let mut classes = vec![0; rows.nrows()];
                match scratch {
                    Some(scratch) => predictor.predict_batch_with(scratch, rows, &mut classes)?,
                    None => predictor.predict_batch_into(rows, &mut classes)?,
                }
                out.iter_mut().zip(classes).for_each(|(out, class)| *out = f64::from(class));
                Ok(())
            }
            (Self::Probabilities, Some(scratch)) => predictor.predict_proba_batch_with(scratch, rows, out),
            (Self::Probabilities, None) => predictor.predict_proba_batch_into(rows, out),
            (Self::Scores, Some(scratch)) => predictor.decision_function_batch_with(scratch, rows, out),
            (Self::Scores, None) => predictor.decision_function_batch_into(rows, out),
            (Self::Values, Some(scratch)) => predictor.predict_values_batch_with(scratch, rows, out),
            (Self::Values, None) => predictor.predict_values_batch_into(rows, out),
        }
    }
}

fn whole(class: usize) -> f64 {
    f64::from(u32::try_from(class).unwrap())
}

/// Asserts that a batch gives the bits of its rows, or the error of the first that has one.
fn assert_is_row_by_row(known: &Known, rows: ArrayView2<'_, f64>) {
    let Known { name, predictor, .. } = known;
    let mut scratch = predictor.scratch();
    for (question, width) in Question::of(predictor) {
        let mut expected = Array2::zeros((rows.nrows(), width));
        let alone = rows.rows().into_iter().zip(expected.rows_mut()).enumerate();
        let alone = alone.map(|(index, (row, mut out))| {
            let done = question.of_row(predictor, &row.to_vec(), out.as_slice_mut().unwrap());
            done.map_err(|error| (index, error))
        });
        let error = alone.collect::<Result<(), (usize, Error)>>().err();
        let mut in_rows = Array2::from_elem((rows.nrows(), width), f64::NAN);
        let mut in_columns = Array2::from_elem((rows.nrows(), width).f(), f64::NAN);
        let columns_first = Array2::from_shape_fn(rows.raw_dim().f(), |index| rows[index]);
        for done in [
            question.of_rows(predictor, rows, in_rows.view_mut(), Some(&mut scratch)),
            question.of_rows(predictor, columns_first.view(), in_columns.view_mut(), None),
        ] {
            match (&error, done) {
                (None, Ok(())) => {}
                (Some((index, alone)), Err(error)) => {
                    assert_eq!((error.row(), error.feature()), (Some(*index), alone.feature()), "{name}");
                    assert_eq!(error.to_string(), format!("row {index}: {alone}"), "{name}");
                }
                (alone, done) => panic!("{name} {question:?}: {alone:?} alone, {done:?} in a batch"),
            }
        }
        if error.is_none() {
            let bits = |of: &Array2<f64>| of.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
            assert_eq!(bits(&in_rows), bits(&expected), "{name} {question:?}");
            assert_eq!(bits(&in_columns), bits(&expected), "{name} {question:?}");
        }
    }
}

/// So many rows of those that the model knows, each number a little off where it may be.
fn rows_like(known: &Known, n_rows: usize, seed: usize, noise: f64) -> Array2<f64> {
    let features = known.predictor.schema().features();
    Array2::from_shape_fn((n_rows, features.len()), |(row, column)| {
        let value = known.rows[(row * 7 + seed) % known.rows.len()][column];
        let turn = f64::from(u32::try_from((row * 31 + column * 17 + seed) % 101).unwrap()) / 101.0;
        if features[column].categories().is_some() { value } else { value * (1.0 + noise * turn) }
    })
}

#[test]
fn every_model_in_blocks_of_every_length() {
    for known in KNOWN.iter() {
        for n_rows in [0, 1, 3, 4, 21, 131] {
            assert_is_row_by_row(known, rows_like(known, n_rows, n_rows, 0.0).view());
        }
    }
}

proptest! {
    #[test]
    fn any_rows_of_any_model(
        known in 0..KNOWN.len(),
        n_rows in 0..300usize,
        seed in 0..10_000usize,
        noise in prop::sample::select(vec![0.0, 1e-3, 0.5, -3.0]),
        bad in prop::option::of((0..300usize, 0..64usize, prop::sample::select(vec![
            f64::NAN, f64::INFINITY, 1e308, -1e308, -5.0, 0.5, 1e6,
        ]))),
    ) {
        let known = &KNOWN[known];
        let mut rows = rows_like(known, n_rows, seed, noise);
        if let Some((row, column, value)) = bad && row < n_rows {
            let n_features = rows.ncols();
            rows[[row, column % n_features]] = value;
        }
        assert_is_row_by_row(known, rows.view());
    }
}
