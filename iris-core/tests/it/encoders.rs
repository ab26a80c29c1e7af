//! Pipelines that begin with one of `category_encoders`, against the library's own answers.

use std::path::Path;

use iris_core::{Cell, ErrorKind, Label, Predictor, Task, Texts};
use serde::Deserialize;

/// A file and the rows that it was asked.
#[derive(Deserialize)]
struct Case {
    title: String,
    file: String,
    rows: Vec<Asked>,
}

/// A row as it was asked, and the answer; without numbers, the library raised.
#[derive(Deserialize)]
struct Asked {
    row: Vec<serde_json::Value>,
    numbers: Option<Vec<f64>>,
    label: Option<i64>,
}

#[test]
fn every_encoder_answers_as_its_library() {
    // Of release 2.2, whose files leave out what they were fitted on, some are refused by name, as is what hashes
    // otherwise than by MD5.
    for (folder, n_read, n_refused) in [("encoders", 45, 1), ("old_encoders", 23, 13)] {
        let checked = check_all(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata")), folder);
        assert_eq!(checked, (n_read, n_refused), "read and refused in {folder}");
    }
}

/// Every class and way of filling in, as `make_encoders.py` writes them into folders of this one.
#[test]
#[ignore = "needs files of many releases, which are made by hand"]
fn every_encoder_of_every_release_answers_as_its_library() {
    let all = std::env::var("IRIS_ENCODERS").expect("a folder is named");
    for entry in std::fs::read_dir(&all).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let folder = entry.file_name().into_string().unwrap();
            let (n_read, n_refused) = check_all(Path::new(&all), &folder);
            println!("{folder}: {n_read} read, {n_refused} refused");
        }
    }
}

/// How many are read, all of which answer as they should, and how many are refused.
fn check_all(parent: &Path, folder: &str) -> (usize, usize) {
    let cases = std::fs::read_to_string(parent.join(format!("{folder}.json"))).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&cases).unwrap();
    let is_refused = |case: &&Case| {
        let refused = Predictor::open(parent.join(folder).join(&case.file)).err();
        refused.is_some_and(|error| {
            assert_eq!(error.kind(), ErrorKind::UnsupportedModel, "{error}");
            assert!(error.operator().is_some_and(|class| class.starts_with("category_encoders.")), "{error}");
            true
        })
    };
    let (refused, read): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(is_refused);
    let complaint = |case: &&Case| {
        let found = check(case, &parent.join(folder));
        found.err().map(|error| format!("{folder}/{} ({}): {error}", case.file, case.title))
    };
    let complaints: Vec<String> = read.iter().filter_map(complaint).collect();
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
    (read.len(), refused.len())
}

fn check(case: &Case, folder: &Path) -> Result<(), String> {
    let text = |error: iris_core::Error| error.to_string();
    let predictor = Predictor::open(folder.join(&case.file)).map_err(text)?;
    let schema = predictor.schema();
    let names: Vec<&str> = schema.features().iter().map(iris_core::Feature::name).collect();
    if !names.starts_with(&["age", "city", "size"]) {
        return Err(format!("its columns are {names:?}"));
    }
    for Asked { row, numbers, label } in &case.rows {
        let mut texts = Texts::new();
        let cell = |(feature, value): (usize, &serde_json::Value)| {
            let cell = match value {
                serde_json::Value::Null => Cell::Missing,
                serde_json::Value::String(text) => Cell::Text(text),
                number => Cell::Number(number.as_f64().unwrap()),
            };
            schema.encode_with(feature, cell, &mut texts)
        };
        let mut found = vec![0.0; schema.n_classes().max(schema.n_targets())];
        let encoded: iris_core::Result<Vec<f64>> = row.iter().enumerate().map(cell).collect();
        let predictor = predictor.reading(texts);
        let answer = encoded.and_then(|row| match schema.task() {
            Task::Regress { .. } => predictor.predict_values_into(&row, &mut found).map(|()| None),
            Task::Classify { .. } => {
                predictor.predict_proba_into(&row, &mut found).map(|prediction| prediction.label())
            }
        });
        match (answer, numbers) {
            (Err(error), None) if error.is_input() => {}
            (Err(error), None) => return Err(format!("{row:?}: {error}")),
            (Ok(_), None) => return Err(format!("{row:?}: {found:?} where the library raises")),
            (Err(error), Some(expected)) => return Err(format!("{row:?}: {error} instead of {expected:?}")),
            (Ok(label_found), Some(expected)) => {
                let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-12 * b.abs().max(1.0);
                let is_near = found.len() == expected.len() && found.iter().zip(expected).all(close);
                if !is_near
                    || label_found
                        .is_some_and(|found| label.is_none_or(|label| found != Label::Integer(label)))
                {
                    return Err(format!(
                        "{row:?}: {found:?} instead of {expected:?}, {label_found:?} and {label:?}"
                    ));
                }
            }
        }
    }
    Ok(())
}
