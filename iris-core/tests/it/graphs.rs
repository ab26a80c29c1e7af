//! ONNX files of estimators in elementary operators, against onnxruntime.

use iris_core::{Cell, Label, Predictor, Reader, Rows, RowsMut, Task, Texts};
use serde::Deserialize;
use serde_json::Value;

use crate::cases;
use crate::tree_ensembles::answer;

/// A file, rows, and what onnxruntime answers to them.
#[derive(Deserialize)]
struct Graph {
    file: String,
    rows: Vec<Vec<Value>>,
    /// `null` of a regressor.
    labels: Option<Vec<Value>>,
    /// Scores or probabilities of classes, or a regressor's values.
    numbers: Vec<Vec<f64>>,
}

#[test]
fn every_graph_answers_as_onnxruntime() {
    let graphs: Vec<Graph> = cases::parsed("graphs.json");
    assert!(graphs.len() > 200, "only {} graphs", graphs.len());
    let wrong: Vec<String> = graphs
        .iter()
        .filter_map(|case| check(case).err().map(|error| format!("{}: {error}", case.file)))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), graphs.len(), wrong.join("\n"));
}

/// The same labels; numbers within a few units in the last place of single precision, relative to the
/// largest of the row, since onnxruntime adds up in single precision and in an order of its own.
fn check(case: &Graph) -> Result<(), String> {
    let text = |error: iris_core::Error| error.to_string();
    let predictor = Predictor::read(&cases::model_in("graphs", &case.file)).map_err(text)?;
    let mut texts = Texts::new();
    let rows: Vec<Vec<f64>> = case.rows.iter().map(|row| coded(&predictor, row, &mut texts)).collect();
    let predictor = predictor.reading(texts);
    let batch = batch(&predictor, &rows.concat(), rows.len()).map_err(text)?;
    let mut batch = batch.chunks_exact(batch.len() / rows.len());
    for (index, (row, numbers)) in rows.iter().zip(&case.numbers).enumerate() {
        if let Some(labels) = &case.labels {
            let class = predictor.predict_class(row).map_err(text)?;
            let label = predictor.schema().labels().get(class);
            let expected = match &labels[index] {
                Value::String(text) => Label::String(text),
                number => Label::Integer(number.as_i64().unwrap()),
            };
            if label != Some(expected) {
                return Err(format!("row {index} {row:?} is {label:?}, not {}", labels[index]));
            }
        }
        let got = answer(&predictor, row).map_err(text)?;
        if batch.next() != Some(&got[..]) {
            return Err(format!("row {index} {row:?} is answered otherwise in a batch"));
        }
        // Of two classes one column has a score: that which is the larger the more it is the second.
        let is_reversed = got.len() == 1 && numbers.len() == 2 && case.file.contains("svc");
        let expected = match numbers.len() - got.len() {
            0 => &numbers[..],
            _ if is_reversed => &numbers[..1],
            rest => &numbers[rest..],
        };
        let largest = expected.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
        let is_close =
            |(got, expected): (&f64, &f64)| (got - expected).abs() <= tolerance(&case.file) * largest;
        if !got.iter().zip(expected).all(is_close) {
            return Err(format!("row {index} {row:?} gives {got:?}, not {expected:?}"));
        }
    }
    Ok(())
}

/// How far numbers may be off, relative to the largest. Where large numbers cancel, as in the scores of
/// linear kernels and in squares of distances, single precision leaves onnxruntime fewer digits.
fn tolerance(file: &str) -> f64 {
    let cancels =
        ["svc_", "one_class", "complement", "lda", "k_means", "mixture", "gaussian_process", "mixed_svc"];
    if cancels.iter().any(|name| file.contains(name)) { 1e-4 } else { 2e-6 }
}

/// The row as numbers, texts by their codes.
fn coded(predictor: &Predictor, row: &[Value], texts: &mut Texts) -> Vec<f64> {
    let number = |(feature, value): (usize, &Value)| match value {
        Value::String(text) => predictor.schema().encode_with(feature, Cell::Text(text), texts).unwrap(),
        Value::Null => f64::NAN,
        number => number.as_f64().unwrap(),
    };
    row.iter().enumerate().map(number).collect()
}

fn batch(predictor: &Predictor, rows: &[f64], n_rows: usize) -> iris_core::Result<Vec<f64>> {
    let schema = predictor.schema();
    let n_answers = match schema.task() {
        Task::Regress { n_targets } => *n_targets,
        Task::Classify { has_probabilities: true, .. } => schema.n_classes(),
        Task::Classify { .. } => predictor.n_scores(),
    };
    let mut answers = vec![0.0; n_rows * n_answers];
    let rows = Rows::new(rows, schema.n_features())?;
    let out = RowsMut::new(&mut answers, n_answers)?;
    match schema.task() {
        Task::Regress { .. } => predictor.predict_values_batch_into(rows, out)?,
        Task::Classify { has_probabilities: true, .. } => predictor.predict_proba_batch_into(rows, out)?,
        Task::Classify { .. } => predictor.decision_function_batch_into(rows, out)?,
    }
    Ok(answers)
}

#[test]
fn what_is_missing_is_refused_by_its_feature() {
    let predictor = Predictor::read(&cases::model_in("graphs", "gaussian_nb_ints.onnx")).unwrap();
    let error = predictor.predict(&[5.0, f64::NAN, 1.0, 1.0]).unwrap_err();
    assert_eq!((error.kind(), error.feature()), (iris_core::ErrorKind::InputNotFinite, Some(1)));
}

#[test]
fn what_is_a_probability_is_told_from_what_is_a_score() {
    for (file, has_probabilities) in [
        ("gaussian_nb_ints", true),
        ("svc_rbf_ints", false),
        ("svc_probability_ints", true),
        ("calibrated_sigmoid_ints", true),
        ("calibrated_isotonic_ints", true),
        ("calibrated_boosting_ints", true),
        ("calibrated_opset_9", true),
        ("text_tfidf_logistic", true),
    ] {
        let bytes = cases::model_in("graphs", &format!("{file}.onnx"));
        let predictor = Reader::new().read(&bytes).unwrap();
        assert_eq!(predictor.schema().has_probabilities(), has_probabilities, "{file}");
    }
}

/// Small files of every family, with bytes that are others.
#[test]
fn no_byte_of_a_graph_makes_it_panic() {
    let graphs: Vec<Graph> = cases::parsed("graphs.json");
    for case in &graphs {
        let bytes = cases::model_in("graphs", &case.file);
        let mut state = 1u64;
        for _ in 0..15 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let mut changed = bytes.clone();
            let at = usize::try_from(state >> 33).unwrap() % changed.len();
            changed[at] = changed[at].wrapping_add(u8::try_from(state >> 56).unwrap() | 1);
            if let Ok(predictor) = Reader::new().max_numbers(1 << 20).read(&changed) {
                let _ = answer(&predictor, &vec![1.0; predictor.schema().n_features()]);
            }
        }
    }
}
