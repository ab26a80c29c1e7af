//! Models that read texts, as scikit-learn answers them.

use iris_core::{Cell, ColumnKind, ErrorKind, Label, Predictor, Rows, RowsMut, Texts};
use serde::Deserialize;

use crate::cases;

/// Texts in many scripts, and what models say of them.
#[derive(Deserialize)]
struct Cases {
    texts: Vec<String>,
    /// The same in tables with other columns.
    frame: Vec<Vec<FrameCell>>,
    models: Vec<Model>,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FrameCell {
    Number(f64),
    Text(String),
}

#[derive(Deserialize)]
struct Model {
    estimator: String,
    file: String,
    names: Vec<String>,
    labels: Option<Vec<String>>,
    decision_function: Option<Vec<Vec<f64>>>,
    probabilities: Option<Vec<Vec<f64>>>,
    values: Option<Vec<Vec<f64>>>,
}

#[derive(Deserialize)]
struct Refused {
    estimator: String,
    file: String,
}

fn read(folder: &str) -> Cases {
    cases::parsed(&format!("{folder}.json"))
}

impl Cases {
    /// The rows that a model is asked, with the texts that they refer to.
    fn rows(&self, model: &Model, predictor: &Predictor) -> (Vec<f64>, Texts) {
        let (mut rows, mut texts) = (Vec::new(), Texts::new());
        let schema = predictor.schema();
        if model.names.len() == 1 {
            let encode = |text: &String| schema.encode_with(0, Cell::Text(text), &mut texts).unwrap();
            rows.extend(self.texts.iter().map(encode));
            return (rows, texts);
        }
        for row in &self.frame {
            for (feature, cell) in row.iter().enumerate() {
                let cell = match cell {
                    FrameCell::Number(number) => Cell::Number(*number),
                    FrameCell::Text(text) => Cell::Text(text),
                };
                rows.push(schema.encode_with(feature, cell, &mut texts).unwrap());
            }
        }
        (rows, texts)
    }
}

#[test]
fn what_texts_say_is_what_they_say_to_scikit_learn() {
    let cases = read("texts");
    assert!(cases.models.len() > 60, "only {} models", cases.models.len());
    check("texts", &cases);
}

/// Written by scikit-learn 1.2, whose weights of terms are a matrix.
#[test]
fn so_it_is_of_an_older_release() {
    let cases = read("old_texts");
    assert!(cases.models.len() > 30, "only {} models", cases.models.len());
    check("old_texts", &cases);
}

fn check(folder: &str, cases: &Cases) {
    for model in &cases.models {
        let name = &model.estimator;
        let read = Predictor::read(&cases::model_in(folder, &model.file));
        let predictor = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        let columns = predictor.schema().features();
        let names: Vec<&str> = columns.iter().map(iris_core::Feature::name).collect();
        assert_eq!(names, model.names, "{name}");
        assert!(columns.iter().any(|column| *column.kind() == ColumnKind::Text), "{name}");
        let (rows, texts) = cases.rows(model, &predictor);
        let predictor = predictor.reading(texts);
        let width = names.len();
        let batch = Rows::new(&rows, width).unwrap();
        if let Some(labels) = &model.labels {
            let mut classes = vec![0; batch.n_rows()];
            predictor.predict_batch_into(batch, &mut classes).unwrap();
            for (index, (label, row)) in labels.iter().zip(rows.chunks_exact(width)).enumerate() {
                let class = predictor.predict_class(row).unwrap();
                let answered: Label<'_> = predictor.schema().labels().get(class).unwrap();
                assert!(answered == label.as_str(), "{name}, text {index}: {answered}, not {label:?}");
                assert_eq!(classes[index] as usize, class, "{name}, text {index}");
            }
        }
        let mut scratch = predictor.scratch();
        let mut all = vec![0.0; batch.n_rows() * 8];
        if let Some(expected) = &model.probabilities {
            let n = predictor.schema().n_classes();
            let all = &mut all[..batch.n_rows() * n];
            predictor.predict_proba_batch_into(batch, RowsMut::new(all, n).unwrap()).unwrap();
            let mut one = vec![0.0; n];
            for (index, row) in rows.chunks_exact(width).enumerate() {
                predictor.predict_proba_with(&mut scratch, row, &mut one).unwrap();
                compare(&format!("{name}, text {index}, probabilities"), &one, &expected[index]);
                assert_eq!(one, all[index * n..][..n], "{name}, text {index}");
            }
        }
        if let Some(expected) = &model.decision_function {
            let n = predictor.n_scores();
            let all = &mut all[..batch.n_rows() * n];
            predictor.decision_function_batch_into(batch, RowsMut::new(all, n).unwrap()).unwrap();
            for (index, scores) in all.chunks_exact(n).enumerate() {
                compare(&format!("{name}, text {index}, scores"), scores, &expected[index]);
            }
        }
        if let Some(expected) = &model.values {
            let n = predictor.schema().n_targets();
            let all = &mut all[..batch.n_rows() * n];
            predictor.predict_values_batch_into(batch, RowsMut::new(all, n).unwrap()).unwrap();
            for (index, values) in all.chunks_exact(n).enumerate() {
                compare(&format!("{name}, text {index}, values"), values, &expected[index]);
            }
        }
    }
}

fn compare(what: &str, answered: &[f64], expected: &[f64]) {
    assert_eq!(answered.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1e-3_f64, |largest, number| largest.max(number.abs()));
    for (answered, expected) in answered.iter().zip(expected) {
        let difference = (answered - expected).abs();
        assert!(difference <= 1e-12 * largest, "{what}: {answered}, not {expected}");
    }
}

/// Texts in which as much speaks for one class as for the other.
#[derive(Deserialize)]
struct Ties {
    texts: Vec<String>,
    models: Vec<Tied>,
}

#[derive(Deserialize)]
struct Tied {
    file: String,
    labels: Vec<i64>,
    scores: Option<Vec<f64>>,
}

#[test]
fn sums_are_added_up_in_the_order_of_scikit_learn() {
    let Ties { texts: asked, models } = cases::parsed("text_ties.json");
    for Tied { file, labels, scores } in models {
        let predictor = Predictor::read(&cases::model_in("text_ties", &file)).unwrap();
        let mut texts = Texts::new();
        let rows: Vec<f64> = asked.iter().map(|text| texts.push(text)).collect();
        let predictor = predictor.reading(texts);
        let mut classes = vec![0; rows.len()];
        predictor.predict_batch_into(Rows::new(&rows, 1).unwrap(), &mut classes).unwrap();
        for (index, (row, label)) in rows.iter().zip(&labels).enumerate() {
            let class = predictor.predict_class(&[*row]).unwrap();
            assert!(predictor.schema().labels().get(class).unwrap() == *label, "{file}, text {index}");
            assert_eq!(classes[index] as usize, class, "{file}, text {index}");
            if let Some(scores) = &scores {
                let mut score = [0.0];
                predictor.decision_function_into(&[*row], &mut score).unwrap();
                assert_eq!(score, [scores[index]], "{file}, text {index}");
            }
        }
    }
}

#[test]
fn functions_of_ones_own_and_what_else_is_not_read_are_named() {
    for folder in ["texts", "old_texts"] {
        for Refused { estimator, file } in &read(folder).refused {
            let error = Predictor::read(&cases::model_in(folder, file)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnsupportedModel, "{estimator}: {error}");
            let named = match estimator.rsplit(' ').next().unwrap() {
                "choice" => "token_pattern",
                "precision" => "single precision",
                parameter => parameter,
            };
            let message = error.to_string();
            assert!(message.contains(named) && message.contains("Vectorizer"), "{estimator}: {message}");
        }
    }
}

#[test]
fn rows_whose_text_did_not_come_along_are_refused() {
    let predictor = Predictor::read(&cases::model_in("texts", "spam_filter.joblib")).unwrap();
    let schema = predictor.schema();
    let refused = |predictor: &Predictor, row: f64| {
        let error = predictor.predict(&[row]).unwrap_err();
        assert_eq!(error.feature(), Some(0));
        (error.kind(), error.to_string())
    };
    let absent = "text is 0, and no text of that number came along";
    assert_eq!(refused(&predictor, 0.0), (ErrorKind::InputType, absent.to_owned()));
    let mut texts = Texts::new();
    texts.push("free money");
    let reading = predictor.reading(texts);
    assert_eq!(reading.predict(&[0.0]).unwrap().label().unwrap().as_str(), Some("spam"));
    assert_eq!(refused(&reading, 1.0).0, ErrorKind::InputType);
    assert_eq!(refused(&reading, 0.5).0, ErrorKind::InputType);
    let (kind, message) = refused(&reading, f64::NAN);
    assert_eq!(kind, ErrorKind::InputNotFinite);
    assert_eq!(message, "text is missing, and this model declares no missing values in that column");
    // The first row at fault is named, also in a block.
    let error =
        reading.predict_batch_into(Rows::new(&[0.0, 0.0, 0.0, 0.0, 2.0, 3.0], 1).unwrap(), &mut [0; 6]);
    assert_eq!(error.unwrap_err().row(), Some(4));
    for cell in [Cell::Number(5.0), Cell::Bool(true)] {
        let error = schema.encode_with(0, cell, &mut Texts::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InputType);
    }
    assert!(schema.contributions().is_err());
}

/// A megabyte is read in the time of a megabyte.
#[test]
fn a_text_of_a_megabyte_is_read() {
    let predictor = Predictor::read(&cases::model_in("texts", "spam_filter.joblib")).unwrap();
    let mut texts = Texts::new();
    let long = texts.push(&"FREE money, meeting at noon. ".repeat(36_158));
    let short = texts.push("FREE money, meeting at noon. ");
    let predictor = predictor.reading(texts);
    let (mut of_long, mut of_short) = ([0.0; 2], [0.0; 2]);
    predictor.predict_proba_into(&[long], &mut of_long).unwrap();
    predictor.predict_proba_into(&[short], &mut of_short).unwrap();
    // The same shares of the same terms.
    compare("probabilities", &of_long, &of_short);
}

#[test]
fn a_vectorizer_beside_a_model_is_read_with_it() {
    let [vectorizer, model, both] =
        ["vectorizer.pkl", "model.pkl", "spam_filter.joblib"].map(|file| cases::model_in("texts", file));
    let pair = iris_core::Reader::new().read_all(&[&vectorizer, &model]).unwrap();
    let both = Predictor::read(&both).unwrap();
    assert_eq!(pair.schema().features(), both.schema().features());
    let mut texts = Texts::new();
    let row = [texts.push("click here for a free prize")];
    let (pair, both) = (pair.reading(texts.clone()), both.reading(texts));
    assert_eq!(pair.predict(&row).unwrap(), both.predict(&row).unwrap());
    let error = Predictor::read(&vectorizer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedModel);
}
