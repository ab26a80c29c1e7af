//! What each feature contributes, against the libraries' own functions and shap's.

use iris_core::{Cell, ErrorKind, Predictor, Scratch, Task};
use serde::Deserialize;
use serde_json::Value;

use crate::cases;

/// A file, rows, and what each feature contributes: for each output one number a feature, and the
/// expected value.
#[derive(Deserialize)]
struct Case {
    file: String,
    rows: Vec<Vec<Value>>,
    contributions: Vec<Vec<f64>>,
    /// Relative to the largest of a row; XGBoost adds up in single precision.
    tolerance: f64,
}

fn all_cases() -> Vec<Case> {
    serde_json::from_slice(&cases::model_in("contributions", "answers.json")).unwrap()
}

fn open(file: &str) -> Predictor {
    Predictor::read(&cases::model_in("contributions", file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn encoded(predictor: &Predictor, row: &[Value]) -> Vec<f64> {
    let cell = |(feature, value): (usize, &Value)| {
        let cell = match value {
            Value::Null => Cell::Missing,
            Value::String(text) => Cell::Text(text),
            number => Cell::Number(number.as_f64().unwrap()),
        };
        predictor.schema().encode(feature, cell).unwrap()
    };
    row.iter().enumerate().map(cell).collect()
}

#[test]
fn every_model_is_explained_as_its_library_does() {
    let mut complaints = Vec::new();
    let cases = all_cases();
    for case in &cases {
        let predictor = open(&case.file);
        let (mut scratch, mut out) = (Scratch::new(), vec![f64::NAN; predictor.contributions_len()]);
        let mut worst = 0f64;
        for (row, expected) in case.rows.iter().zip(&case.contributions) {
            let row = encoded(&predictor, row);
            if let Err(error) = predictor.contributions_with(&mut scratch, &row, &mut out) {
                complaints.push(format!("{}: {error}", case.file));
                break;
            }
            assert_eq!(out.len(), expected.len(), "{}", case.file);
            let largest = expected.iter().fold(0f64, |largest, value| largest.max(value.abs()));
            let difference = out.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0f64, f64::max);
            worst = worst.max(difference / largest);
        }
        if worst > case.tolerance {
            complaints.push(format!("{}: differs by {worst:e}", case.file));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(cases.len() > 20);
}

#[test]
fn contributions_add_up_to_what_is_explained() {
    for case in all_cases() {
        let predictor = open(&case.file);
        let schema = predictor.schema();
        let n_outputs = schema.contributions().unwrap();
        let mut out = vec![0.0; predictor.contributions_len()];
        let mut answer = vec![0.0; n_outputs];
        // Their sums have seven digits, and some answer what a link makes of sums.
        let tolerance = if case.file.starts_with("xgboost") { 1e-6 } else { 1e-9 };
        let link: fn(f64) -> f64 = match case.file.as_str() {
            "xgboost_poisson.ubj" | "lightgbm_tweedie.txt" => f64::exp,
            _ => |sum| sum,
        };
        for row in &case.rows {
            let row = encoded(&predictor, row);
            predictor.contributions_with(&mut Scratch::new(), &row, &mut out).unwrap();
            match schema.task() {
                Task::Regress { .. } => predictor.predict_values_into(&row, &mut answer).unwrap(),
                Task::Classify { .. } if predictor.n_scores() > 0 => {
                    predictor.decision_function_into(&row, &mut answer).unwrap();
                }
                Task::Classify { .. } => drop(predictor.predict_proba_into(&row, &mut answer).unwrap()),
            }
            for (part, answer) in out.chunks_exact(schema.n_features() + 1).zip(&answer) {
                let (sum, size) = (part.iter().sum::<f64>(), part.iter().map(|x| x.abs()).sum::<f64>());
                let near = tolerance * size.max(1.0) * answer.abs().max(1.0);
                assert!((link(sum) - answer).abs() <= near, "{}: {sum} of {answer}", case.file);
            }
        }
    }
}

#[test]
fn a_batch_is_its_rows_one_by_one() {
    for file in ["xgboost_several.ubj", "sklearn_scaled.joblib", "sklearn_forest.joblib"] {
        let case = all_cases().into_iter().find(|case| case.file == file).unwrap();
        let predictor = open(file);
        let rows: Vec<Vec<f64>> = case.rows.iter().map(|row| encoded(&predictor, row)).collect();
        let len = predictor.contributions_len();
        let mut scratch = predictor.scratch();
        let one_by_one = rows.iter().flat_map(|row| {
            let mut out = vec![0.0; len];
            predictor.contributions_with(&mut scratch, row, &mut out).unwrap();
            out
        });
        let one_by_one: Vec<f64> = one_by_one.collect();
        let table = ndarray::Array2::from_shape_vec((rows.len(), 5), rows.concat()).unwrap();
        let columns = table.t().as_standard_layout().into_owned();
        for layout in [table.view(), columns.t()] {
            let mut out = ndarray::Array2::zeros((rows.len(), len));
            predictor.contributions_batch_with(&mut scratch, layout, out.view_mut()).unwrap();
            assert_eq!(out.into_raw_vec_and_offset().0, one_by_one, "{file}");
        }
        let mut out = vec![0.0; len];
        let mut wrong = rows[0].clone();
        wrong[2] = f64::INFINITY;
        if file.starts_with("sklearn") {
            let error = predictor.contributions_with(&mut scratch, &wrong, &mut out).unwrap_err();
            assert_eq!((error.kind(), error.feature()), (ErrorKind::InputNotFinite, Some(2)));
        }
        let error = predictor.contributions_with(&mut scratch, &rows[0], &mut out[1..]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutputLength);
        let error = predictor.contributions_with(&mut scratch, &rows[0][1..], &mut out).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InputLength);
    }
}

#[test]
fn who_is_no_sum_says_why() {
    for (folder, file, says) in [
        ("lightgbm", "linear_nan.txt", "the leaves of its trees are functions of the row"),
        ("catboost", "combined.cbm", "in front of them is CatBoost's statistics of texts"),
        ("trees", "adaboostregressor.joblib", "it ends in a weighted median, which is no sum"),
        ("trees", "isolationforest.pkl", "it ends in a function of what was added up"),
        ("tree_ensembles", "forest_3.onnx", "do not tell how much of the training data came to"),
        ("transformers", "polynomialfeatures.joblib", "PolynomialFeatures"),
    ] {
        let Ok(predictor) = Predictor::read(&cases::model_in(folder, file)) else { panic!("{file}") };
        let why = predictor.schema().contributions().unwrap_err();
        assert!(why.contains(says), "{file}: {why}");
        assert_eq!(predictor.contributions_len(), 0);
        let row = vec![0.0; predictor.schema().n_features()];
        let error = predictor.contributions_with(&mut Scratch::new(), &row, &mut []).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoContributions);
        assert!(error.to_string().starts_with("this model gives no contributions: "), "{error}");
    }
}
