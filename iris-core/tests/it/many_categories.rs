//! Models of hundreds of categories, which a row does not pay for: scikit-learn's answers, and what each column adds.

use iris_core::{Cell, Predictor, Rows, RowsMut, Scratch, Task};
use serde::Deserialize;
use serde_json::Value;

use crate::cases;
use crate::estimators::close;

#[derive(Deserialize)]
struct Case {
    file: String,
    rows: Vec<Vec<Value>>,
    numbers: Vec<Vec<f64>>,
    /// A number a column, and the intercept.
    contributions: Option<Vec<Vec<f64>>>,
}

fn all_cases() -> Vec<Case> {
    serde_json::from_slice(&cases::model_in("many_categories", "answers.json")).unwrap()
}

fn encoded(predictor: &Predictor, row: &[Value]) -> Vec<f64> {
    let cell = |(feature, value): (usize, &Value)| {
        let cell = value.as_str().map_or_else(|| Cell::Number(value.as_f64().unwrap()), Cell::Text);
        predictor.schema().encode(feature, cell).unwrap()
    };
    row.iter().enumerate().map(cell).collect()
}

#[test]
fn wide_columns_of_categories_answer_as_scikit_learn_alone_and_in_batches() {
    let cases = all_cases();
    assert_eq!(cases.len(), 4);
    for case in &cases {
        let predictor = Predictor::read(&cases::model_in("many_categories", &case.file)).unwrap();
        let is_regressor = matches!(predictor.schema().task(), Task::Regress { .. });
        let rows: Vec<Vec<f64>> = case.rows.iter().map(|row| encoded(&predictor, row)).collect();
        let width = case.numbers[0].len();
        let mut alone = vec![f64::NAN; rows.len() * width];
        for (index, (row, out)) in rows.iter().zip(alone.chunks_exact_mut(width)).enumerate() {
            if is_regressor {
                predictor.predict_values_into(row, out).unwrap();
            } else {
                predictor.predict_proba_into(row, out).unwrap();
            }
            close(index, out, &case.numbers[index], 1e-12).unwrap();
        }
        // Often enough for blocks.
        let many: Vec<f64> = (0..20).flat_map(|_| rows.concat()).collect();
        let n_rows = 20 * rows.len();
        let mut together = vec![f64::NAN; n_rows * width];
        let rows = Rows::new(&many, rows[0].len()).unwrap();
        let out = RowsMut::new(&mut together, width).unwrap();
        if is_regressor {
            predictor.predict_values_batch_into(rows, out).unwrap();
        } else {
            predictor.predict_proba_batch_into(rows, out).unwrap();
        }
        for of_block in together.chunks_exact(alone.len()) {
            assert_eq!(of_block, alone, "{}", case.file);
        }
    }
}

#[test]
fn each_column_of_categories_adds_its_own_weight() {
    let explained: Vec<Case> = all_cases().into_iter().filter(|case| case.contributions.is_some()).collect();
    assert_eq!(explained.len(), 2);
    for case in &explained {
        let predictor = Predictor::read(&cases::model_in("many_categories", &case.file)).unwrap();
        let (mut scratch, mut out) = (Scratch::new(), vec![f64::NAN; predictor.contributions_len()]);
        for (index, (row, expected)) in
            case.rows.iter().zip(case.contributions.as_deref().unwrap()).enumerate()
        {
            let row = encoded(&predictor, row);
            predictor.contributions_with(&mut scratch, &row, &mut out).unwrap();
            close(index, &out, expected, 1e-12).unwrap();
        }
    }
}
