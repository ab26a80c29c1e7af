//! CatBoost's models in every form, against what CatBoost answers.

use std::fmt::Display;

use iris_core::{Cell, Predictor, Reader, Task};
use serde::Deserialize;
use serde_json::Value;

use crate::cases;

/// The files that hold a model, and CatBoost's answers.
#[derive(Deserialize)]
struct Case {
    files: Vec<String>,
    /// Texts stand for numbers that JSON has not, unless the column holds texts.
    rows: Vec<Vec<Value>>,
    features: Vec<String>,
    /// The bits of the numbers before any link.
    raw: Vec<Vec<String>>,
    labels: Option<Vec<Value>>,
    classes: Option<Vec<Value>>,
    probabilities: Option<Vec<Vec<f64>>>,
    /// A regressor's, if they are others than the numbers.
    values: Option<Vec<Vec<Value>>>,
}

#[test]
fn every_form_of_every_model_answers_as_catboost_does() {
    check("catboost", 25);
}

#[test]
fn models_of_an_older_release_answer_as_it_did() {
    check("old_catboost", 20);
}

fn check(folder: &str, at_least: usize) {
    let cases: Vec<Case> = serde_json::from_slice(&cases::model_in(".", &format!("{folder}.json"))).unwrap();
    assert!(cases.len() >= at_least, "only {} models", cases.len());
    let complaints: Vec<String> = cases
        .iter()
        .flat_map(|case| case.files.iter().map(move |file| (case, file)))
        .filter_map(|(case, file)| {
            check_file(case, &cases::model_in(folder, file)).err().map(|error| format!("{file}: {error}"))
        })
        .collect();
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}

fn check_file(case: &Case, bytes: &[u8]) -> Result<(), String> {
    let predictor = Predictor::read(bytes).map_err(text)?;
    let schema = predictor.schema();
    let names: Vec<&str> = schema.features().iter().map(iris_core::Feature::name).collect();
    let is_named = case.features.iter().enumerate().any(|(index, name)| *name != index.to_string());
    let expected: Vec<String> = case
        .features
        .iter()
        .enumerate()
        .map(|(index, name)| if is_named { name.clone() } else { format!("x{index}") })
        .collect();
    if names != expected {
        return Err(format!("columns {names:?}, expected {expected:?}"));
    }
    for (index, row) in case.rows.iter().enumerate() {
        let cells = row
            .iter()
            .enumerate()
            .map(|(feature, value)| schema.encode(feature, cell(schema, feature, value)));
        let row: Vec<f64> = cells.collect::<iris_core::Result<_>>().map_err(text)?;
        let raw: Vec<u64> =
            case.raw[index].iter().map(|bits| u64::from_str_radix(bits, 16).unwrap()).collect();
        let raw: Vec<f64> = raw.into_iter().map(f64::from_bits).collect();
        check_row(case, &predictor, index, &row, &raw).map_err(|error| format!("row {index}: {error}"))?;
    }
    Ok(())
}

fn check_row(
    case: &Case,
    predictor: &Predictor,
    index: usize,
    row: &[f64],
    raw: &[f64],
) -> Result<(), String> {
    let same = |name: &str, ours: &[f64], theirs: &[f64]| {
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        if bits(ours) == bits(theirs) { Ok(()) } else { Err(format!("{name} {ours:?}, not {theirs:?}")) }
    };
    match (predictor.schema().task(), &case.labels) {
        (Task::Regress { n_targets }, None) => {
            let mut ours = vec![0.0; *n_targets];
            predictor.predict_values_into(row, &mut ours).map_err(text)?;
            match &case.values {
                None => same("values", &ours, raw),
                Some(values) => {
                    close("values", &ours, &values[index].iter().map(number).collect::<Vec<f64>>())
                }
            }
        }
        (Task::Classify { labels, .. }, Some(expected_labels)) => {
            let classes: Vec<Value> =
                labels.iter().map(|label| serde_json::to_value(label).unwrap()).collect();
            let expected = case.classes.as_ref().unwrap();
            if classes != *expected {
                return Err(format!("classes {classes:?}, not {expected:?}"));
            }
            let mut scores = vec![0.0; raw.len()];
            predictor.decision_function_into(row, &mut scores).map_err(text)?;
            same("scores", &scores, raw)?;
            let label = predictor
                .predict(row)
                .map_err(text)?
                .label()
                .map(|label| serde_json::to_value(label).unwrap());
            let expected = &expected_labels[index];
            if label.as_ref() != Some(expected) {
                return Err(format!("label {label:?}, not {expected}"));
            }
            let mut probabilities = vec![0.0; labels.len()];
            predictor.predict_proba_into(row, &mut probabilities).map_err(text)?;
            close("probabilities", &probabilities, &case.probabilities.as_ref().unwrap()[index])
        }
        (task, _) => Err(format!("its task is {task:?}")),
    }
}

/// CatBoost's own exponential is up to twelve units in the last place off.
fn close(name: &str, ours: &[f64], theirs: &[f64]) -> Result<(), String> {
    let is_close = |(ours, theirs): (&f64, &f64)| (ours - theirs).abs() <= 16.0 * f64::EPSILON * theirs.abs();
    if ours.len() == theirs.len() && ours.iter().zip(theirs).all(is_close) {
        return Ok(());
    }
    Err(format!("{name} {ours:?}, not {theirs:?}"))
}

fn cell<'v>(schema: &iris_core::Schema, feature: usize, value: &'v Value) -> Cell<'v> {
    let is_text = schema.features()[feature].categories().is_some();
    match value {
        Value::Null => Cell::Missing,
        Value::String(text) if is_text => Cell::Text(text),
        value => Cell::Number(number(value)),
    }
}

fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap_or(f64::NAN),
        value => value.as_f64().unwrap(),
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

/// The files that are cut and changed.
const CHANGED: [&str; 6] = [
    "cross_entropy.cbm",
    "one_hot.cbm",
    "combined.cbm",
    "lossguide_three.cbm",
    "counted.json",
    "lossguide.json",
];

#[test]
fn files_that_are_cut_or_changed_are_refused_or_read_and_never_more() {
    let reader = Reader::new().max_numbers(1 << 20);
    for file in CHANGED {
        let bytes = cases::model_in("catboost", file);
        // Every byte of one small file: a single one can hold the number of outputs.
        let step = if file == "cross_entropy.cbm" { 1 } else { bytes.len() / 150 };
        for at in (0..bytes.len()).step_by(step) {
            let _ = reader.read(&bytes[..at]);
            for value in [0, 1, 0x7f, 0xff, bytes[at].wrapping_add(1)] {
                let mut changed = bytes.clone();
                changed[at] = value;
                let _ = reader.read(&changed);
            }
        }
        assert!(reader.read(&bytes[..bytes.len() / 3]).is_err(), "{file}");
    }
}

#[test]
fn what_is_wrong_in_json_is_named() {
    let good: Value = serde_json::from_slice(&cases::model_in("catboost", "binary.json")).unwrap();
    let broken = |path: &str, value: Value| {
        let mut model = good.clone();
        *model.pointer_mut(path).unwrap() = value;
        Predictor::read(&serde_json::to_vec(&model).unwrap()).unwrap_err().to_string()
    };
    let cases = [
        ("/oblivious_trees/1/splits/0/split_index", Value::from(99_999), "tree 1: question 99999 of "),
        ("/oblivious_trees/0/leaf_values", Value::from(vec![1.0; 3]), "tree 0: 3 numbers for the leaves of "),
        (
            "/oblivious_trees/2/leaf_values",
            Value::from(vec![1.0; 32]),
            "tree 2: 32 numbers for the leaves of ",
        ),
        ("/features_info/float_features/0/borders/0", Value::from(1e9), "not in ascending order"),
        ("/features_info/float_features/1/flat_feature_index", Value::from(0), "column 0 is there twice"),
        ("/features_info/float_features/1/flat_feature_index", Value::from(1u64 << 40), "input columns"),
        ("/scale_and_bias/1", Value::from(vec![0.0, 1.0]), "2 biases for 1 outputs"),
        ("/oblivious_trees", Value::Null, "neither 'oblivious_trees' nor 'trees'"),
        ("/model_info/class_params/class_names", Value::from(vec![1, 1]), "class label '1' appears twice"),
    ];
    for (path, value, says) in cases {
        let error = broken(path, value);
        assert!(error.contains(says), "{path}: {error}");
    }
}

#[test]
fn texts_are_known_by_their_hashes() {
    let predictor = Predictor::read(&cases::model_in("catboost", "counted.cbm")).unwrap();
    let schema = predictor.schema();
    let shop = schema.feature_index("shop").unwrap();
    assert_eq!(
        schema.encode(shop, Cell::Number(-3.0)).unwrap(),
        schema.encode(shop, Cell::Text("-3")).unwrap()
    );
    assert!(schema.encode(shop, Cell::Number(0.5)).is_err());
    assert!(!schema.features()[shop].accepts_missing() && schema.features()[0].accepts_missing());
    let mut row: Vec<f64> = vec![0.0; schema.n_features()];
    row[shop] = f64::NAN;
    assert!(predictor.predict(&row).unwrap_err().to_string().contains("shop is missing"));
    row[shop] = -1.0;
    assert!(predictor.predict(&row).unwrap_err().to_string().contains("shop is -1"));
}
