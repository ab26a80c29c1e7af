//! XGBoost's models in every form and of several releases, against what each release answers.

use std::fmt::Display;
use std::io::Read as _;

use flate2::read::GzDecoder;
use iris_core::{Cell, ErrorKind, Predictor, Reader, Schema, Task};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use crate::cases;

/// The files that hold a model, and XGBoost's answers. Numbers are texts, as Python writes them.
#[derive(Deserialize)]
struct Case {
    files: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Rows at which XGBoost raises, or answers what is no number.
    refused: Vec<Vec<String>>,
    values: Option<Vec<Value>>,
    labels: Option<Vec<Value>>,
    margins: Option<Vec<Value>>,
    probabilities: Option<Vec<Value>>,
}

/// Steps of single precision by which probabilities may differ.
const STEPS: i64 = 2;

const VERSIONS: [(&str, usize); 4] = [("0.90", 14), ("1.2.1", 15), ("1.7.6", 17), ("3.2.0", 20)];

#[test]
fn every_form_of_every_model_answers_as_its_release_does() {
    let mut complaints = Vec::new();
    for (version, at_least) in VERSIONS {
        let answers = unpacked(&cases::model_in("xgboost", &format!("{version}.json.gz")));
        let cases: Vec<Case> = serde_json::from_slice(&answers).unwrap();
        assert!(cases.len() >= at_least, "only {} models of {version}", cases.len());
        for (case, file) in cases.iter().flat_map(|case| case.files.iter().map(move |file| (case, file))) {
            let bytes = cases::model_in(&format!("xgboost/{version}"), file);
            if let Err(complaint) = check_file(case, file, &bytes) {
                complaints.push(format!("{version} {file}: {complaint}"));
            }
        }
    }
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}

fn check_file(case: &Case, file: &str, bytes: &[u8]) -> Result<(), String> {
    let predictor = Predictor::read(bytes).map_err(text)?;
    let schema = predictor.schema();
    for (index, row) in case.rows.iter().enumerate() {
        let row = encoded(schema, row).map_err(text)?;
        check_row(case, &predictor, index, &row).map_err(|error| format!("row {index}: {error}"))?;
    }
    // A file by itself is asked as its estimator would be, and 'missing' is not known of it.
    if std::path::Path::new(file).extension().is_some_and(|ending| ending == "joblib") {
        for row in &case.refused {
            if encoded(schema, row).and_then(|row| answer(&predictor, &row)).is_ok() {
                return Err(format!("an answer to {row:?}"));
            }
        }
    }
    Ok(())
}

fn check_row(case: &Case, predictor: &Predictor, index: usize, row: &[f64]) -> Result<(), String> {
    match predictor.schema().task() {
        Task::Regress { n_targets } => {
            let mut ours = vec![0.0; *n_targets];
            predictor.predict_values_into(row, &mut ours).map_err(text)?;
            near("values", &ours, &case.values.as_ref().ok_or("it is a classifier's")?[index])
        }
        Task::Classify { has_probabilities, .. } => {
            let labels = case.labels.as_ref().ok_or("it is a regressor's")?;
            let label = predictor.predict(row).map_err(text)?.label().map(|label| label.to_string());
            let expected = labels[index].as_str().map(str::to_owned);
            if label != expected {
                return Err(format!("class {label:?}, not {expected:?}"));
            }
            let mut scores = vec![0.0; predictor.n_scores()];
            predictor.decision_function_into(row, &mut scores).map_err(text)?;
            same("margins", &scores, &case.margins.as_ref().unwrap()[index], 0)?;
            if !has_probabilities {
                return Ok(());
            }
            let mut probabilities = vec![0.0; predictor.schema().n_classes()];
            predictor.predict_proba_into(row, &mut probabilities).map_err(text)?;
            near("probabilities", &probabilities, &case.probabilities.as_ref().unwrap()[index])
        }
    }
}

fn near(name: &str, ours: &[f64], theirs: &Value) -> Result<(), String> {
    same(name, ours, theirs, STEPS)
}

/// That numbers are the same but for so many steps of single precision.
#[expect(clippy::cast_possible_truncation, reason = "all are numbers of single precision")]
fn same(name: &str, ours: &[f64], theirs: &Value, steps: i64) -> Result<(), String> {
    let theirs: Vec<f64> = match theirs {
        Value::Array(values) => values.iter().map(number).collect(),
        value => vec![number(value)],
    };
    let bits = |value: f64| i64::from((value as f32).to_bits());
    // Of two probabilities the lesser has the error of the greater.
    let largest = theirs.iter().copied().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let step = f64::from((largest as f32).next_up()) - largest;
    let is_near = |ours: f64, theirs: f64| {
        let is_single = f64::from(ours as f32) == ours;
        let is_close = bits(ours).abs_diff(bits(theirs)) <= steps.unsigned_abs();
        is_single
            && (ours == theirs || is_close || (ours - theirs).abs() <= 2.0 * step * f64::from(steps > 0))
    };
    let is_same = ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| is_near(*a, *b));
    if is_same { Ok(()) } else { Err(format!("{name} {ours:?}, not {theirs:?}")) }
}

fn encoded(schema: &Schema, row: &[String]) -> iris_core::Result<Vec<f64>> {
    let cell = |(feature, text): (usize, &String)| match text.parse::<f64>() {
        Ok(number) if number.is_nan() || schema.features()[feature].categories().is_none() => {
            schema.encode(feature, Cell::Number(number))
        }
        _ => schema.encode(feature, Cell::Text(text)),
    };
    row.iter().enumerate().map(cell).collect()
}

fn answer(predictor: &Predictor, row: &[f64]) -> iris_core::Result<()> {
    match predictor.schema().task() {
        Task::Classify { .. } => predictor.predict(row).map(|_| ()),
        Task::Regress { n_targets } => predictor.predict_values_into(row, &mut vec![0.0; *n_targets]),
    }
}

fn number(value: &Value) -> f64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap()
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut unpacked).unwrap();
    unpacked
}

#[test]
fn a_file_says_what_its_columns_are_called_and_hold() {
    let predictor = Predictor::read(&cases::model_in("xgboost/3.2.0", "names.ubj")).unwrap();
    let schema = predictor.schema();
    let names: Vec<&str> = schema.features().iter().map(iris_core::Feature::name).collect();
    assert_eq!(names, ["city", "floor", "age"]);
    let cities = schema.features()[0].categories().unwrap();
    assert_eq!(cities.texts(), ["Bergen", "Lima", "Oslo", "Paris", "Rome"]);
    assert!(schema.features().iter().all(iris_core::Feature::accepts_missing));
    // XGBoost raises for categories that it was not trained on, be they texts or numbers.
    assert!(schema.encode(0, Cell::Text("oslo")).is_err());
    let mut value = [0.0];
    predictor.predict_values_into(&[2.0, 70.0, 0.1], &mut value).unwrap();
    predictor.predict_values_into(&[2.0, 69.0, 0.1], &mut value).unwrap_err();
}

#[test]
fn the_names_that_xgboost_itself_gives_are_none() {
    for (version, file) in [("0.90", "two.joblib"), ("1.2.1", "two.joblib"), ("1.7.6", "two.json")] {
        let predictor = Predictor::read(&cases::model_in(&format!("xgboost/{version}"), file)).unwrap();
        assert_eq!(predictor.schema().features()[2].name(), "x2");
    }
}

#[test]
fn a_file_of_a_training_that_stopped_early_says_so() {
    let bytes = cases::model_in("xgboost/3.2.0", "two.json");
    assert!(Predictor::read(&bytes).unwrap().schema().notes().is_empty());
    let text = String::from_utf8(bytes).unwrap();
    let text = text.replacen("\"attributes\":{}", "\"attributes\":{\"best_iteration\":\"0\"}", 1);
    let predictor = Predictor::read(text.as_bytes()).unwrap();
    assert!(
        predictor.schema().notes()[0].starts_with("training stopped early: the trees of its first 1 rounds")
    );
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_its_place() {
    let text = String::from_utf8(cases::model_in("xgboost/3.2.0", "two.json")).unwrap();
    let changes = [
        ("binary:logistic", "binary:mine", "the objective 'binary:mine' is not read"),
        ("\"name\":\"gbtree\"", "\"name\":\"gbforest\"", "'learner': the booster 'gbforest'"),
        ("\"num_trees\":\"2\"", "\"num_trees\":\"3\"", "'learner': 2 trees where 3 are announced"),
        ("\"left_children\":[1", "\"left_children\":[0", "tree 0: node 0: more than one way leads to it"),
        ("\"left_children\":[1", "\"left_children\":[9", "tree 0: node 9: there are only 7 nodes"),
        ("\"left_children\":[1", "\"left_children\":[0.5", "tree 0: node 0: its children are 0.5 and 2"),
        ("\"default_left\":[0", "\"default_left\":[0,0", "'default_left' has 8 numbers where 7 are due"),
        ("\"split_conditions\":[", "\"split_conditions\":[NaN,", "'split_conditions' has 8 numbers"),
        ("\"split_indices\":[", "\"split_indices\":[1e9,", "'split_indices' has 8 numbers"),
        ("\"tree_info\":[0", "\"tree_info\":[7", "tree 0: it adds to output 7 of 1"),
        (
            "\"num_feature\":\"3\",\"num_target\"",
            "\"num_feature\":\"0\",\"num_target\"",
            "a model of 0 input columns",
        ),
        ("\"base_score\":\"[3E-1]\"", "\"base_score\":\"[3E-1,1E-1]\"", "2 base scores for 1 outputs"),
        (
            "\"base_score\":\"[3E-1]\"",
            "\"base_score\":\"[1E0]\"",
            "the base score [1.0] has no finite margin",
        ),
        ("\"num_class\":\"0\"", "\"num_class\":\"1000000000\"", ""),
    ];
    for (from, to, says) in changes {
        assert!(text.contains(from), "{from}");
        let error = Predictor::read(text.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert!(error.to_string().contains(says), "{to}: {error}");
        assert!(error.to_string().starts_with("XGBoost: "), "{error}");
    }
}

/// The file with another first number in a list of its first tree.
fn with_first(text: &str, list: &str, value: &str) -> String {
    let start = text.find(&format!("\"{list}\":[")).expect(list) + list.len() + 4;
    let end = start + text[start..].find(',').unwrap();
    format!("{}{value}{}", &text[..start], &text[end..])
}

#[test]
fn a_threshold_that_asks_nothing_is_refused_and_an_infinite_one_asked() {
    let text = String::from_utf8(cases::model_in("xgboost/3.2.0", "two.json")).unwrap();
    let error = Predictor::read(with_first(&text, "split_conditions", "NaN").as_bytes()).unwrap_err();
    assert!(error.to_string().contains("tree 0: node 0: its threshold is NaN"), "{error}");
    let error = Predictor::read(with_first(&text, "split_conditions", "-Infinity").as_bytes()).unwrap_err();
    assert!(error.to_string().contains("its threshold is -inf, below which nothing lies"), "{error}");
    for threshold in ["Infinity", "1E39"] {
        let changed = with_first(&text, "split_conditions", threshold);
        let predictor = Predictor::read(changed.as_bytes()).unwrap();
        for value in [-1e30, 0.0, 1e30, f64::NAN] {
            let mut out = [f64::NAN];
            predictor.decision_function_into(&[value; 3], &mut out).unwrap();
            assert!(out[0].is_finite(), "{threshold}: {out:?}");
        }
    }
}

/// A file whose trees do not say how much of the training data came where, as those of several outputs once were.
#[test]
fn without_sums_of_hessians_there_are_no_contributions() {
    let text = String::from_utf8(cases::model_in("xgboost/3.2.0", "two.json")).unwrap();
    assert!(Predictor::read(text.as_bytes()).unwrap().schema().contributions().is_ok());
    let without = text.replace("\"sum_hessian\":[", "\"sum_hessian\":[],\"other\":[");
    let predictor = Predictor::read(without.as_bytes()).unwrap();
    let why = predictor.schema().contributions().unwrap_err();
    assert!(why.contains("does not tell how much of the training data came to"), "{why}");
    for (value, says) in [("-1", "no amount"), ("NaN", "no amount"), ("Infinity", "no amount")] {
        let changed = with_first(&text, "sum_hessian", value);
        let why =
            Predictor::read(changed.as_bytes()).unwrap().schema().contributions().unwrap_err().to_owned();
        assert!(why.contains(says), "{value}: {why}");
    }
}

#[test]
fn a_model_is_no_dict_with_entries() {
    let bytes = cases::model_in("xgboost/3.2.0", "two.ubj");
    let error = Reader::new().key("model").read(&bytes).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedModel);
    assert!(error.to_string().contains("a file of XGBoost holds one model"));
}

#[test]
fn a_file_that_was_cut_short_is_refused() {
    for (version, file) in
        [("3.2.0", "two.ubj"), ("3.2.0", "names.json"), ("0.90", "two.bin"), ("1.7.6", "linear.bin")]
    {
        let bytes = cases::model_in(&format!("xgboost/{version}"), file);
        // The metrics at the end of a binary file, and before 1.0 the attributes, are not needed.
        let needed = if file == "linear.bin" { bytes.len() / 3 } else { bytes.len() * 3 / 4 };
        for length in (0..needed).step_by(7) {
            assert!(Predictor::read(&bytes[..length]).is_err(), "{file}: {length} bytes");
        }
    }
}

proptest! {
    #[test]
    fn changed_bytes_are_refused_or_give_a_model_that_answers(
        file in 0usize..6, at in 0usize..3000, byte: u8, more in proptest::collection::vec((0usize..3000, any::<u8>()), 0..4),
    ) {
        let files = [
            ("3.2.0", "two.ubj"), ("3.2.0", "names.ubj"), ("3.2.0", "vectors.json"), ("0.90", "two.bin"),
            ("1.7.6", "codes.ubj"), ("1.7.6", "linear.bin"),
        ];
        let (version, name) = files[file];
        let mut bytes = cases::model_in(&format!("xgboost/{version}"), name);
        for (at, byte) in more.into_iter().chain([(at, byte)]) {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        if let Ok(predictor) = Reader::new().max_numbers(1 << 20).read(&bytes) {
            let row = vec![0.0; predictor.schema().n_features()];
            let _ = answer(&predictor, &row);
        }
    }
}
