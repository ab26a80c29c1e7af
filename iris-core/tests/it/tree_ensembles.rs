//! ONNX files with ensembles of trees, against onnxruntime.

use iris_core::{Label, Predictor, Task};
use serde::Deserialize;
use serde_json::Value;

use crate::cases;

/// A file, rows, and what onnxruntime answers to them.
#[derive(Deserialize)]
struct Ensemble {
    file: String,
    rows: Vec<Vec<Option<f64>>>,
    /// `null` of a regressor.
    labels: Option<Vec<Value>>,
    /// Scores or probabilities of classes, or a regressor's values.
    numbers: Vec<Vec<f64>>,
}

#[test]
fn every_ensemble_answers_as_onnxruntime() {
    let ensembles: Vec<Ensemble> = cases::parsed("tree_ensembles.json");
    assert!(ensembles.len() > 120, "only {} ensembles", ensembles.len());
    let wrong: Vec<String> = ensembles
        .iter()
        .filter_map(|case| check(case).err().map(|error| format!("{}: {error}", case.file)))
        .collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// The same labels; the same bits but for softmax and the logistic function, which may differ by two
/// units in the last place of single precision, and for the approximated probit.
fn check(case: &Ensemble) -> Result<(), String> {
    let text = |error: iris_core::Error| error.to_string();
    let predictor = Predictor::read(&cases::model_in("tree_ensembles", &case.file)).map_err(text)?;
    let tolerance = if case.file.contains("probit") { 1e-5 } else { 2.4e-7 };
    for (index, (row, numbers)) in case.rows.iter().zip(&case.numbers).enumerate() {
        let row: Vec<f64> = row.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        let got = answer(&predictor, &row).map_err(text)?;
        if let Some(labels) = &case.labels {
            let class = predictor.predict_class(&row).map_err(text)?;
            let label = predictor.schema().labels().get(class);
            let expected = match &labels[index] {
                Value::String(text) => Label::String(text),
                number => Label::Integer(number.as_i64().unwrap()),
            };
            if label != Some(expected) {
                return Err(format!("row {index} {row:?} is {label:?}, not {}", labels[index]));
            }
        }
        // Of two classes the second alone has a score.
        let expected = &numbers[numbers.len() - got.len()..];
        let is_close = |(got, expected): (&f64, &f64)| (got - expected).abs() <= tolerance * expected.abs();
        if !got.iter().zip(expected).all(is_close) {
            return Err(format!("row {index} {row:?} gives {got:?}, not {expected:?}"));
        }
    }
    Ok(())
}

/// The numbers of a row: values, probabilities, or else scores.
pub(crate) fn answer(predictor: &Predictor, row: &[f64]) -> iris_core::Result<Vec<f64>> {
    let schema = predictor.schema();
    let mut answer;
    match schema.task() {
        Task::Regress { n_targets } => {
            answer = vec![0.0; *n_targets];
            predictor.predict_values_into(row, &mut answer)?;
        }
        Task::Classify { has_probabilities: true, .. } => {
            answer = vec![0.0; schema.n_classes()];
            predictor.predict_proba_into(row, &mut answer)?;
        }
        Task::Classify { .. } => {
            answer = vec![0.0; predictor.n_scores()];
            predictor.decision_function_into(row, &mut answer)?;
        }
    }
    Ok(answer)
}
