//! Models of LightGBM's against its own answers, to the last bit.

use std::path::Path;

use iris_core::{Cell, ColumnKind, ErrorKind, Predictor, Reader, Task};
use serde::Deserialize;

use crate::cases;

/// A file, rows, and what LightGBM answered; numbers are hexadecimal bytes.
#[derive(Deserialize)]
struct Case {
    file: String,
    n_rows: usize,
    #[serde(default)]
    rows: String,
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default)]
    frame: Vec<Vec<serde_json::Value>>,
    answers: String,
    raw: Option<String>,
    labels: Option<Vec<String>>,
}

#[test]
fn every_model_answers_as_lightgbm_does() {
    let checked = check_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/lightgbm"));
    assert!(checked > 15, "only {checked} files");
}

fn check_all(folder: &Path) -> usize {
    let answers = std::fs::read_to_string(folder.join("answers.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&answers).unwrap();
    let complaint = |case: &Case| check(case, folder).err().map(|error| format!("{}: {error}", case.file));
    let complaints: Vec<String> = cases.iter().filter_map(complaint).collect();
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
    cases.len()
}

fn check(case: &Case, folder: &Path) -> Result<(), String> {
    let text = |error: iris_core::Error| error.to_string();
    let predictor = Predictor::open(folder.join(&case.file)).map_err(text)?;
    let schema = predictor.schema();
    let answers = numbers(&case.answers);
    let answers: Vec<&[f64]> = answers.chunks(answers.len() / case.n_rows).collect();
    let raw = case.raw.as_deref().map(numbers).unwrap_or_default();
    let (mut values, mut scores) =
        (vec![0.0; schema.n_classes().max(schema.n_targets())], vec![0.0; predictor.n_scores()]);
    for (index, row) in rows(case, &predictor)?.iter().enumerate() {
        let prediction = match schema.task() {
            Task::Regress { .. } => predictor.predict_values_into(row, &mut values).map(|()| None),
            Task::Classify { .. } => predictor.predict_proba_into(row, &mut values).map(Some),
        };
        // Of two classes LightGBM itself answers the second one's probability alone.
        let expected = answers[index];
        let expected_raw = raw.chunks(expected.len()).nth(index).unwrap_or(expected);
        if let (Err(error), false) = (&prediction, expected_raw.iter().all(|score| score.is_finite())) {
            assert_eq!(error.kind(), ErrorKind::ScoreOverflow);
            continue;
        }
        let prediction = prediction.map_err(|error| format!("row {index} {row:?}: {error}"))?;
        let found = if expected.len() == 1 { &values[values.len() - 1..] } else { &values };
        let near = |(a, b): (&f64, &f64)| a.to_bits().abs_diff(b.to_bits()) <= 2;
        if found.len() != expected.len() || !found.iter().zip(expected).all(near) {
            return Err(format!("row {index} {row:?}: {found:?} instead of {expected:?}"));
        }
        if !raw.is_empty() && predictor.n_scores() > 0 {
            predictor.decision_function_into(row, &mut scores).map_err(text)?;
            if scores != expected_raw {
                return Err(format!("row {index} {row:?}: scores {scores:?} instead of {expected_raw:?}"));
            }
        }
        let label = prediction.and_then(|prediction| prediction.label()).map(|label| label.to_string());
        if let (Some(label), Some(labels)) = (label, &case.labels)
            && label != labels[index]
        {
            return Err(format!("row {index}: {label} instead of {}", labels[index]));
        }
    }
    Ok(())
}

fn rows(case: &Case, predictor: &Predictor) -> Result<Vec<Vec<f64>>, String> {
    let schema = predictor.schema();
    if case.frame.is_empty() {
        return Ok(numbers(&case.rows).chunks(schema.n_features()).map(<[f64]>::to_vec).collect());
    }
    let names: Vec<String> = schema.features().iter().map(|feature| feature.name().to_owned()).collect();
    // LightGBM has no blanks in names.
    if names != case.columns.iter().map(|name| name.replace(' ', "_")).collect::<Vec<_>>() {
        return Err(format!("its columns are {names:?}"));
    }
    let cell = |(feature, value): (usize, &serde_json::Value)| {
        let cell = match value {
            serde_json::Value::Null => Cell::Missing,
            serde_json::Value::String(text) => Cell::Text(text),
            number => Cell::Number(number.as_f64().unwrap()),
        };
        schema.encode(feature, cell).map_err(|error| error.to_string())
    };
    case.frame.iter().map(|row| row.iter().enumerate().map(cell).collect()).collect()
}

fn numbers(hexadecimal: &str) -> Vec<f64> {
    let byte = |place: usize| u8::from_str_radix(&hexadecimal[place..place + 2], 16).unwrap();
    let bytes: Vec<u8> = (0..hexadecimal.len()).step_by(2).map(byte).collect();
    bytes.chunks(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect()
}

#[test]
fn a_file_tells_its_columns_categories_and_task() {
    let predictor = Predictor::read(&cases::model_in("lightgbm", "frame.txt")).unwrap();
    let schema = predictor.schema();
    let kinds: Vec<&str> = schema.features().iter().map(|feature| feature.kind().name()).collect();
    assert_eq!(kinds, ["number", "number", "category", "number", "number", "category"]);
    let ColumnKind::Category(towns) = schema.features()[2].kind() else { panic!("no category") };
    assert_eq!(towns.texts(), ["Bern", "Köln", "Oslo", "Rome"]);
    assert!(towns.accepts_unknown() && schema.features().iter().all(iris_core::Feature::accepts_missing));
    let predictor = Predictor::read(&cases::model_in("lightgbm", "gbdt_cat_binary.txt")).unwrap();
    assert_eq!(
        predictor.schema().labels().iter().map(|label| label.to_string()).collect::<Vec<_>>(),
        ["0", "1"]
    );
    assert_eq!(predictor.schema().features()[4].name(), "x4");
}

#[test]
fn line_ends_of_windows_change_nothing() {
    let text = String::from_utf8(cases::model_in("lightgbm", "gbdt_cat_binary.txt")).unwrap();
    let (plain, windows) = (text.clone(), text.replace('\n', "\r\n"));
    let row = [0.5, 17.0, -0.2, 3.0, f64::NAN];
    let answers = [plain, windows].map(|text| {
        let predictor = Predictor::read(text.as_bytes()).unwrap();
        predictor.predict(&row).unwrap().probability().unwrap().to_bits()
    });
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn a_text_that_is_cut_short_anywhere_before_its_end_is_refused() {
    let text = String::from_utf8(cases::model_in("lightgbm", "gbdt_cat_binary.txt")).unwrap();
    let end = text.find("end of trees").unwrap();
    for len in (20..end - 1).step_by(7).chain(end - 40..end - 1) {
        let error = Predictor::read(&text.as_bytes()[..len]).expect_err(&text[..len]);
        assert!(error.is_model(), "{error}");
    }
}

#[test]
fn what_is_wrong_in_a_text_is_named() {
    let text = String::from_utf8(cases::model_in("lightgbm", "gbdt_cat_binary.txt")).unwrap();
    let linear = String::from_utf8(cases::model_in("lightgbm", "linear_nan.txt")).unwrap();
    for (text, key, value, says) in [
        (&text, "version", "v5", "version 'v5' of LightGBM's format; v2, v3, v4 are read"),
        (&text, "max_feature_idx", "9", "5 feature names for 10 features"),
        (&text, "max_feature_idx", "99999999999", "a model of 100000000000 input columns"),
        (&text, "feature_infos", "none", "'feature_infos' are of 1 features instead of 5"),
        (&text, "num_class", "0", "1 trees an iteration for 0 classes"),
        (&text, "objective", "survival", "the objective 'survival' is not read"),
        (&text, "tree_sizes", "1 2", "3 trees, where the head speaks of 2"),
        (
            &text,
            "num_leaves",
            "4000000000",
            "tree 0: 4000000000 leaves, of which 'leaf_value' has not as many",
        ),
        (&text, "num_leaves", "0", "tree 0: 0 leaves, of which 'leaf_value' has not as many"),
        (&text, "leaf_value", "0.1 1000000", "tree 0: 'leaf_value' has 2 numbers instead of 5"),
        (&text, "leaf_value", "0.1 x 1 1 1", "tree 0: 'leaf_value' has 'x' for a number"),
        (&text, "leaf_value", "0.1 nan 1 1 1", "tree 0: a leaf is not finite"),
        (&text, "split_feature", "0 1 2 7", "tree 0: node 3: it asks about feature 7 of 5"),
        (&text, "split_feature", "0 1 2 -1", "tree 0: 'split_feature' has '-1' for a number"),
        (&text, "left_child", "0 1 2 3", "tree 0: node 0: more than one way leads to it"),
        (&text, "left_child", "99 1 2 3", "tree 0: node 4294967295: there are only 9 nodes"),
        (&text, "decision_type", "0 12 0 0", "tree 0: node 1: its 'decision_type' is 12"),
        (&text, "decision_type", "1 0 0 0", "tree 0: node 0: it asks about set"),
        (&text, "threshold", "1 nan 1 1", "tree 0: node "),
        (&text, "cat_boundaries", "5 2", "tree 0: 'cat_boundaries' "),
        (&text, "cat_threshold", "4294967296", "tree 0: 'cat_threshold' has '4294967296' for a number"),
        (&linear, "num_features", "9 9 9 9 9", "tree 0: 'leaf_features' has "),
        (&linear, "leaf_const", "1 1 1 1 inf", "tree 0: leaf 4: its linear terms are not finite"),
        (&text, "pandas_categorical", "[[", "'pandas_categorical': EOF"),
        (&text, "pandas_categorical", "[[\"a\", 1]]", "'pandas_categorical': categories that are neither"),
    ] {
        let changed = with(text, key, value);
        let error = Predictor::read(changed.as_bytes()).expect_err(says);
        assert!(error.is_model() && error.to_string().starts_with(says), "{error}, instead of {says}");
    }
    let error = Reader::new().max_numbers(100).read(text.as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelTooLarge);
    let error = Reader::new().key("model").read(text.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the entry 'model' is asked for, but a file of LightGBM holds one model and no dict"
    );
}

#[test]
fn a_damaged_text_is_an_error_or_a_model_that_answers() {
    let mut state = 1u64;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % n
    };
    let mut n_read = 0;
    for file in ["gbdt_cat_binary.txt", "linear_nan.txt", "frame.txt"] {
        let text = cases::model_in("lightgbm", file);
        for _ in 0..700 {
            let mut damaged = text.clone();
            for _ in 0..=below(3) {
                let place = 14 + below(damaged.len() - 14);
                match below(3) {
                    0 => damaged[place] = b"0123456789-. =:\n[]enx"[below(21)],
                    1 => drop(damaged.drain(place..(place + below(9)).min(text.len() / 2).max(place))),
                    _ => damaged.insert(place, b"0189- =\n"[below(8)]),
                }
            }
            let Ok(predictor) = Predictor::read(&damaged) else { continue };
            n_read += 1;
            // What is damaged may be too large to add up, and no more.
            for value in [0.0, 1.0, f64::NAN] {
                let answer = predictor.predict(&vec![value; predictor.schema().n_features()]);
                assert!(answer.err().is_none_or(|error| error.is_input()));
            }
        }
    }
    assert!(n_read > 300, "only {n_read} were read");
}

/// The text with another value behind the first line of a key.
fn with(text: &str, key: &str, value: &str) -> String {
    let mark = if key == "pandas_categorical" { ':' } else { '=' };
    let start = text.find(&format!("\n{key}{mark}")).expect(key) + key.len() + 2;
    let end = start + text[start..].find('\n').unwrap();
    format!("{}{value}{}", &text[..start], &text[end..])
}

#[test]
fn categories_of_which_nobody_knows_the_columns_leave_numbers_and_a_note() {
    let text = String::from_utf8(cases::model_in("lightgbm", "gbdt_cat_binary.txt")).unwrap();
    let predictor = Predictor::read(with(&text, "pandas_categorical", "[[\"a\"]]").as_bytes()).unwrap();
    let schema = predictor.schema();
    assert!(!schema.has_categories());
    assert!(schema.notes()[0].starts_with("The file has categories of columns without saying which"));
}

#[cfg(feature = "inspect")]
#[test]
fn an_inspection_tells_what_it_was_trained_for() {
    let inspection = Reader::new().inspect(&cases::model_in("lightgbm", "gbdt_cat_binary.txt"));
    assert!(inspection.is_read());
    assert_eq!((inspection.format, inspection.versions["LightGBM's format"].as_str()), ("LightGBM", "v4"));
    assert_eq!(inspection.outline.unwrap().line(), "Booster(objective='binary sigmoid:1', num_trees=3)");
}
