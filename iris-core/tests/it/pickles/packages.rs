//! Packages: what stands beside the file counts, and what is none is refused.

use iris_core::{ErrorKind, Predictor, Reader};
use rawzip::CompressionMethod;

use super::hostile::try_all;
use super::skops::zip;
use crate::cases;

fn package(manifest: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut all: Vec<(&str, &[u8])> = vec![("iris.json", manifest.as_bytes())];
    all.extend(files);
    zip(&all, CompressionMethod::STORE)
}

fn churn() -> Vec<u8> {
    cases::model_in("mixed", "churn.joblib")
}

#[test]
fn names_units_statistics_and_golden_rows_stand_beside_the_file() {
    let manifest = r#"{"format": 1, "model": "m", "name": "churn", "version": "3", "description": "who leaves",
        "feature_units": ["years", null, null, null, null, null],
        "training_statistics": {"min": [18, 0, null, null, 0, null], "max": [90, 9, null, null, 1, null],
            "mean": [40, 5, null, null, 0.5, null], "std": [9, 1, null, null, 0.5, null],
            "edges": [[30, 50], null, null, null, [0], null], "texts": [null, null, ["Lyon", "Berlin"], null, null, null],
            "shares": [[0.25, 0.5, 0.2], null, [0.5, 0.25, 0.0], null, [0.5, 0.5], null],
            "missing": [0.05, null, 0.25, null, null, null], "answers": {"shares": [0.75, 0.25]}},
        "golden": {"inputs": [[34.0, 52000.0, "Berlin", "pro", true, null]], "labels": ["no"]}}"#;
    let file = package(manifest, &[("m", &churn())]);
    let predictor = Predictor::read(&file).unwrap();
    let schema = predictor.schema();
    assert_eq!(
        (schema.name(), schema.version(), schema.description()),
        (Some("churn"), Some("3"), Some("who leaves"))
    );
    assert_eq!(schema.features()[0].unit(), Some("years"));
    assert_eq!(schema.features()[0].statistics().map(|of| of.max), Some(90.0));
    assert!(schema.features()[2].statistics().is_none());
    let spread = schema.features()[0].distribution().unwrap();
    assert_eq!((spread.edges(), spread.shares()), (&[30.0, 50.0][..], &[0.25, 0.5, 0.2][..]));
    assert_eq!((spread.missing(), spread.bin(50.0), spread.bin(51.0)), (0.05, Some(1), Some(2)));
    assert!(schema.features()[1].distribution().is_none() && schema.features()[4].distribution().is_some());
    let city = &schema.features()[2];
    let spread = city.distribution().unwrap();
    let code = |text| city.categories().unwrap().code(text).unwrap();
    let bins = ["Berlin", "Lyon", "nowhere"].map(|text| spread.bin(code(text)).unwrap());
    assert_eq!((bins.map(|bin| spread.shares()[bin]), spread.missing()), ([0.25, 0.5, 0.0], 0.25));
    let answers = schema.answer_distribution().unwrap();
    assert!(answers.texts().eq(["no", "yes"]) && answers.shares() == [0.75, 0.25, 0.0]);
    for (right, wrong) in [
        ("\"Lyon\"", "\"nowhere\""),
        ("\"Lyon\"", "\"Berlin\""),
        ("[null, null, [\"Lyon\", \"Berlin\"]", "[[\"Lyon\", \"Berlin\"], null, null"),
        ("[0.75, 0.25]", "[0.75, 0.5]"),
        ("[0.75, 0.25]", "[0.75, 0.125, 0.125]"),
        ("\"answers\": {", "\"answers\": {\"edges\": [0.5], "),
        ("[0.25, 0.5, 0.2]", "[0.25, 0.5, 0.5]"),
        ("[30, 50]", "[50, 30]"),
        ("\"missing\": [0.05, ", "\"missing\": ["),
    ] {
        let error =
            Predictor::read(&package(&manifest.replace(right, wrong), &[("m", &churn())])).unwrap_err();
        assert!(error.is_model() && error.to_string().contains("training_statistics"), "{error}");
    }
    let renamed = Reader::new().name("other").read(&file).unwrap();
    assert_eq!(renamed.schema().name(), Some("other"));
    let wrong = manifest.replace("[\"no\"]", "[\"yes\"]");
    let error = Predictor::read(&package(&wrong, &[("m", &churn())])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::GoldenMismatch, "{error}");
}

#[test]
fn what_is_no_package_is_refused_by_what_is_wrong() {
    let model = churn();
    let inner = package(r#"{"format": 1, "model": "m"}"#, &[("m", &model)]);
    for (manifest, file, said) in [
        ("{", &model, "iris.json: EOF"),
        (r#"{"format": 1}"#, &model, "missing field `model`"),
        (r#"{"format": 2, "model": "m"}"#, &model, "of layout 2"),
        (r#"{"format": 1, "model": "n"}"#, &model, "no such file"),
        (r#"{"format": 1, "model": []}"#, &model, "no file"),
        (r#"{"format": 1, "model": "m"}"#, &inner, "schema.json"),
        (r#"{"format": 1, "model": "m", "key": "k"}"#, &model, "the entry 'k' is asked for"),
        (r#"{"format": 1, "model": "m", "feature_units": []}"#, &model, "feature_units has 0 entries"),
        (r#"{"format": 1, "model": "m", "feature_names": ["a"]}"#, &model, "1 feature names for 6"),
    ] {
        let error = Predictor::read(&package(manifest, &[("m", file)])).unwrap_err();
        assert!(error.is_model() && error.to_string().contains(said), "{manifest}: {error}");
    }
}

#[test]
fn a_package_cut_or_changed_anywhere_is_survived() {
    let file = package(r#"{"format": 1, "model": "m"}"#, &[("m", &churn())]);
    assert!(try_all(&file));
    for end in (0..file.len()).step_by(61) {
        assert!(!try_all(&file[..end]), "{end}");
    }
    for index in (0..file.len()).step_by(61) {
        let mut changed = file.clone();
        changed[index] ^= 0x40;
        try_all(&changed);
    }
}
