//! Every pickle in `testdata/pickles` against scikit-learn, and files that were
//! made to do harm.

mod compressed;
mod hostile;
mod packages;
mod skops;
mod transformers;

use iris_core::{Cell, ErrorKind, Predictor, Reader, Rows, RowsMut, Task};

use crate::cases::{self, Pickled};
use crate::estimators::close;

#[test]
fn every_pickle_answers_as_scikit_learn() {
    let cases = cases::pickles("pickles");
    assert!(cases.len() > 90, "only {} estimators", cases.len());
    compare("pickles", &cases);
}

/// Some of these, such as one-vs-rest, today's release would answer otherwise.
#[test]
fn files_of_an_older_release_answer_as_that_did() {
    let cases = cases::pickles("old_pickles");
    assert!(cases.len() > 10, "only {} estimators", cases.len());
    compare("old_pickles", &cases);
}

/// Compressed in every way, by skops and by dill, and with what pandas makes of texts.
#[test]
fn every_format_answers_as_scikit_learn() {
    let cases = cases::pickles("formats");
    assert!(cases.len() > 7, "only {} estimators", cases.len());
    compare("formats", &cases);
}

#[test]
fn an_entry_of_a_dict_is_asked_for_by_its_key() {
    let expected = Predictor::read(&cases::model_in("formats", "logisticregression.dill")).unwrap();
    for file in ["held.joblib", "held.skops", "held_in_order.joblib"] {
        let file = cases::model_in("formats", file);
        let error = Predictor::read(&file).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedModel);
        assert!(
            error.to_string().contains("'model' (sklearn.linear_model._logistic.LogisticRegression)"),
            "{error}"
        );
        assert!(error.to_string().contains("as in `model.pkl#model`"), "{error}");
        let found = Reader::new().key("model").read(&file).unwrap();
        let row = [5.0, 3.0, 1.5, 0.2];
        assert_eq!(found.predict(&row).unwrap().label(), expected.predict(&row).unwrap().label());
        let error = Reader::new().key("estimator").read(&file).unwrap_err();
        assert!(error.to_string().contains("no entry 'estimator', but the keys"), "{error}");
    }
    let reader = Reader::new().key("threshold");
    let error = reader.read(&cases::model_in("formats", "held.joblib")).unwrap_err();
    assert_eq!(error.operator(), Some("a float"), "{error}");
    for file in [cases::model_in("formats", "logisticregression.skops"), Predictor::IRIS.to_vec()] {
        let error = reader.read(&file).unwrap_err();
        assert!(error.to_string().contains("'threshold' is asked for, but"), "{error}");
    }
}

/// Those that are made of others, or answer otherwise than by scores.
#[test]
fn composites_answer_as_scikit_learn() {
    for (folder, at_least) in [("composites", 40), ("old_composites", 20)] {
        let cases = cases::pickles(folder);
        assert!(cases.len() >= at_least, "only {} estimators in {folder}", cases.len());
        compare(folder, &cases);
    }
}

/// On their thresholds and one step of single precision beside, with missing values and categories.
#[test]
fn trees_answer_as_scikit_learn() {
    for (folder, at_least) in [("trees", 17), ("old_trees", 15)] {
        let cases = cases::pickles(folder);
        assert!(cases.len() >= at_least, "only {} estimators in {folder}", cases.len());
        compare(folder, &cases);
    }
}

/// Support vectors, neighbours, naive Bayes, centres, layers, and what is made of such.
#[test]
fn others_answer_as_scikit_learn() {
    let cases = cases::pickles("others");
    assert_eq!(cases.len(), 35);
    compare("others", &cases);
}

/// A text is a column of its own, a number stays one, and what a row does not have is 0.
#[test]
fn dictionaries_are_rows_of_named_columns() {
    let predictor = Predictor::read(&cases::model_in("others", "shown_records.pkl")).unwrap();
    let schema = predictor.schema();
    let names: Vec<&str> = schema.features().iter().map(iris_core::Feature::name).collect();
    assert_eq!(names, ["city", "garden", "heated", "rooms"]);
    assert!(schema.features().iter().all(iris_core::Feature::accepts_missing));
    let (text, number) = (Cell::Text, Cell::Number);
    for (cells, expected) in [
        ([text("Oslo"), Cell::Missing, Cell::Missing, number(7.5)], [0.0, 0.0, 1.0, 0.0, 0.0, 7.5]),
        ([text("="), Cell::Bool(true), text("by=wood"), Cell::Missing], [1.0, 0.0, 0.0, 1.0, 1.0, 0.0]),
        ([text("Paris"), number(2.0), text("by"), number(0.0)], [0.0, 0.0, 0.0, 2.0, 0.0, 0.0]),
    ] {
        let row: Vec<f64> =
            cells.iter().enumerate().map(|(place, cell)| schema.encode(place, *cell).unwrap()).collect();
        let mut values = [f64::NAN; 6];
        predictor.predict_values_into(&row, &mut values).unwrap();
        assert_eq!(values, expected, "{cells:?}");
    }
    assert!(schema.encode(3, text("two")).is_err());
}

#[test]
fn a_class_that_is_not_read_says_why() {
    let mut bytes = cases::model_in("others", "kmeans.joblib");
    let place = bytes.windows(6).position(|window| window == b"KMeans").unwrap();
    bytes[place..place + 6].copy_from_slice(b"DBSCAN");
    let error = Predictor::read(&bytes).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedModel);
    assert!(error.to_string().contains("not read: it finds clusters among the rows"), "{error}");
}

/// Samplers are passed by; the ensembles are forests and the like underneath.
#[test]
fn what_imbalanced_learn_wrote_answers_as_it() {
    for folder in ["imbalanced", "old_imbalanced"] {
        let cases = cases::pickles(folder);
        assert_eq!(cases.len(), 12);
        compare(folder, &cases);
    }
}

#[test]
fn labels_of_every_type_keep_it() {
    let cases = cases::pickles("label_pickles");
    assert_eq!(cases.len(), 9);
    compare("label_pickles", &cases);
}

fn compare(folder: &str, cases: &[Pickled]) {
    let of_case = |case: &Pickled| {
        let complaint = |file: &String| {
            let found = check(case, &cases::model_in(folder, file));
            found.err().map(|error| format!("{file} ({}): {error}", case.description))
        };
        case.files.iter().filter_map(complaint).collect::<Vec<_>>()
    };
    let complaints: Vec<String> = cases.iter().flat_map(of_case).collect();
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}

/// One row and a batch, in our memory and the caller's: scikit-learn's answers,
/// and each time the same bits.
fn check(case: &Pickled, file: &[u8]) -> Result<(), String> {
    let predictor = Predictor::read(file).map_err(|error| error.to_string())?;
    let schema = predictor.schema();
    let names: Vec<&str> = schema.features().iter().map(iris_core::Feature::name).collect();
    let defaults: Vec<String> = (0..names.len()).map(|index| format!("x{index}")).collect();
    if names != *case.names.as_ref().unwrap_or(&defaults) {
        return Err(format!("its columns are {names:?}"));
    }
    for (index, row) in case.rows.iter().enumerate() {
        let row: Vec<f64> = row.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        match schema.task() {
            Task::Classify { .. } => classified(case, &predictor, index, &row)?,
            Task::Regress { n_targets } => {
                let expected = &case.values.as_ref().ok_or("is a regressor")?[index];
                let mut values = vec![0.0; *n_targets];
                predictor.predict_values_into(&row, &mut values).map_err(|error| error.to_string())?;
                close(index, &values, expected, 1e-12 * largest(expected))?;
            }
        }
    }
    batch(case, &predictor)
}

fn classified(case: &Pickled, predictor: &Predictor, index: usize, row: &[f64]) -> Result<(), String> {
    let text = |error: iris_core::Error| format!("row {index}: {error}");
    let label = &case.labels.as_ref().ok_or("is a classifier")?[index];
    let found = predictor.predict(row).map_err(text)?;
    if found.label().is_none_or(|found| found != *label) {
        return Err(format!("row {index}: {:?} is not {label:?}", found.label()));
    }
    let mut scores = vec![0.0; predictor.n_scores()];
    let found = predictor.decision_function_into(row, &mut scores);
    if let Some(expected) = &case.decision_function {
        found.map_err(text)?;
        close(index, &scores, &expected[index], 1e-12 * largest(&expected[index]))?;
    } else {
        assert_eq!(found.map_err(|error| error.kind()), Err(ErrorKind::NoScores));
    }
    if predictor.schema().has_probabilities() != case.probabilities.is_some() {
        return Err(format!("has probabilities: {}", predictor.schema().has_probabilities()));
    }
    if let Some(probabilities) = &case.probabilities {
        let mut found = vec![0.0; predictor.schema().n_classes()];
        predictor.predict_proba_into(row, &mut found).map_err(text)?;
        close(index, &found, &probabilities[index], 1e-12)?;
    }
    Ok(())
}

fn batch(case: &Pickled, predictor: &Predictor) -> Result<(), String> {
    let text = |error: iris_core::Error| error.to_string();
    let schema = predictor.schema();
    let rows: Vec<f64> = case.rows.iter().flatten().map(|value| value.unwrap_or(f64::NAN)).collect();
    let rows = Rows::new(&rows, schema.n_features()).map_err(text)?;
    let mut scratch = predictor.scratch();
    if let Task::Regress { n_targets } = *schema.task() {
        let mut values = vec![0.0; rows.n_rows() * n_targets];
        let into = RowsMut::new(&mut values, n_targets).map_err(text)?;
        predictor.predict_values_batch_into(rows, into).map_err(text)?;
        for (row, values) in case.rows.iter().zip(values.chunks_exact(n_targets)) {
            let row: Vec<f64> = row.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
            let mut again = vec![0.0; n_targets];
            predictor.predict_values_with(&mut scratch, &row, &mut again).map_err(text)?;
            assert_eq!(values, again);
        }
        return Ok(());
    }
    let mut classes = vec![0; rows.n_rows()];
    predictor.predict_batch_into(rows, &mut classes).map_err(text)?;
    for (row, class) in case.rows.iter().zip(classes) {
        let row: Vec<f64> = row.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        assert_eq!(predictor.predict_class_with(&mut scratch, &row).map_err(text)?, class as usize);
    }
    Ok(())
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(1.0, |largest: f64, value| largest.max(value.abs()))
}

#[test]
fn a_reader_gives_names_and_a_version() {
    let file = cases::model_in("pickles", "logisticregression_named_columns.joblib");
    let reader = Reader::new().name("flowers").version("3").feature_names(["a", "b", "c", "d"]);
    let predictor = reader.read(&file).unwrap();
    let schema = predictor.schema();
    assert_eq!((schema.name(), schema.version()), (Some("flowers"), Some("3")));
    assert_eq!(schema.feature_index("d"), Some(3));
    let error = Reader::new().feature_names(["a"]).read(&file).unwrap_err();
    assert!(error.to_string().contains("1 feature names for 4 features"), "{error}");
}

#[test]
fn what_an_imputer_fills_in_may_be_missing() {
    let file = cases::model_in("pickles", "simpleimputer_logisticregression.joblib");
    assert!(Predictor::read(&file).unwrap().schema().accepts_missing());
    let file = cases::model_in("pickles", "logisticregression_iris.joblib");
    let predictor = Predictor::read(&file).unwrap();
    assert!(!predictor.schema().accepts_missing());
    assert!(predictor.predict(&[f64::NAN, 1.0, 1.0, 1.0]).unwrap_err().is_input());
}
