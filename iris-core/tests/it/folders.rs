//! Folders as MLflow and platforms lay them out, archives, and files that are one model together.

use std::fs;
use std::path::{Path, PathBuf};

use iris_core::{ErrorKind, Feature, Predictor, Reader};
use serde::Deserialize;

use crate::estimators::close;

#[derive(Deserialize)]
struct Answers {
    rows: Vec<Vec<f64>>,
    labels: Vec<String>,
    probabilities: Vec<Vec<f64>>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/folders").join(name)
}

fn check(predictor: &Predictor) {
    let answers: Answers = serde_json::from_slice(&fs::read(folder("answers.json")).unwrap()).unwrap();
    for (index, row) in answers.rows.iter().enumerate() {
        let mut found = [0.0; 3];
        let prediction = predictor.predict_proba_into(row, &mut found).unwrap();
        assert!(prediction.label().is_some_and(|label| label == *answers.labels[index]), "row {index}");
        close(index, &found, &answers.probabilities[index], 1e-12).unwrap();
    }
}

/// A folder of its own for a test, gone with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("iris-core-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_mlflow_saved_answers_under_the_names_of_its_signature() {
    for name in ["mlflow_pickle", "mlflow_cloudpickle"] {
        let predictor = Predictor::open(folder(name)).unwrap();
        check(&predictor);
        let names: Vec<&str> = predictor.schema().features().iter().map(Feature::name).collect();
        assert_eq!(names, ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]);
        assert_eq!(predictor.schema().feature_index("petal width (cm)"), Some(3));
    }
    let given = Reader::new().feature_names(["a", "b", "c", "d"]).open(folder("mlflow_pickle")).unwrap();
    assert_eq!(given.schema().features()[0].name(), "a");
}

#[test]
fn an_archive_is_read_from_its_bytes() {
    let bytes = fs::read(folder("model.tar.gz")).unwrap();
    check(&Predictor::read(&bytes).unwrap());
    check(&Predictor::open(folder("model.tar.gz")).unwrap());
    let error = Reader::new().max_bytes(4_000).read(&bytes).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelTooLarge, "{error}");
    // Cut short anywhere it is an error, and no panic.
    for end in (0..bytes.len()).step_by(7) {
        Predictor::read(&bytes[..end]).unwrap_err();
    }
}

fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        // `set_path` would refuse what an attacker writes.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn archives_of_strangers_are_refused_in_words() {
    let model = fs::read(folder("mlflow_pickle/model.pkl")).unwrap();
    let nested = tar(&[("export/1/model.pkl", &model), ("export/1/._model.pkl", b"x")]);
    check(&Predictor::read(&nested).unwrap());
    let inner = tar(&[("model.pkl", &model)]);
    for (entries, said) in [
        (vec![("../model.pkl", model.as_slice())], "leaves the archive: '../model.pkl'"),
        (vec![("/model.pkl", &model)], "leaves the archive"),
        (vec![("model.pkl", &model), ("./model.pkl", &model)], "holds 'model.pkl' twice"),
        (
            vec![("model.pkl", &model), ("model.joblib", &model)],
            "several models in the folder: found model.joblib, model.pkl",
        ),
        (vec![("readme.txt", b"hello")], "no model in the folder: found readme.txt"),
        (
            vec![("MLmodel", b"flavors: {sklearn: {pickled_model: other.pkl}}")],
            "the file 'other.pkl' of the flavor 'sklearn'",
        ),
        (vec![("model.tar.gz", &inner)], "tar archive"),
    ] {
        let error = Predictor::read(&tar(&entries)).unwrap_err();
        assert!(error.is_model() && error.to_string().contains(said), "{said}: {error}");
    }
    let mut lies = tar(&[("model.pkl", &model)]);
    lies.truncate(1_000);
    assert!(Predictor::read(&lies).unwrap_err().to_string().contains("archive"));
}

#[test]
fn a_platforms_folder_holds_one_model_of_whatever_name() {
    let model = fs::read(folder("mlflow_pickle/model.pkl")).unwrap();
    let scratch = Scratch::new("platform");
    let refused = |said: &str| {
        let error = Predictor::open(&scratch.0).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    };
    refused("no model in the folder: found nothing");
    scratch.put("..data/classifier.bin", &model);
    scratch.put("requirements.txt", "scikit-learn\n");
    refused("found requirements.txt; taken would be what MLmodel names, exactly one of model.joblib");
    scratch.put("classifier.bin", &model);
    check(&Predictor::open(&scratch.0).unwrap());
    scratch.put("other.bin", &model);
    refused("several models in the folder: found classifier.bin, other.bin");
    scratch.put("model.pkl", &model);
    check(&Predictor::open(&scratch.0).unwrap());
    let nested = Scratch::new("nested");
    nested.put("1/model.tar.gz", fs::read(folder("model.tar.gz")).unwrap());
    check(&Predictor::open(&nested.0).unwrap());
    let native = Scratch::new("native");
    native.put("MLmodel", "flavors:\n  lightgbm:\n    data: model.lgb\n");
    native.put("model.lgb", "tree\nversion=v4\n");
    let error = Predictor::open(&native.0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedModel);
    assert!(error.to_string().contains("LightGBM"), "{error}");
}

#[test]
fn files_are_joined_in_order_and_an_encoder_gives_the_labels_back() {
    let files = ["pair/preprocessor.joblib", "pair/model.pkl", "pair/label_encoder.pkl"].map(folder);
    let predictor = Reader::new().open_all(&files).unwrap();
    check(&predictor);
    assert_eq!(predictor.schema().features()[0].name(), "sepal length (cm)");
    let numbers = Reader::new().open_all(&files[..2]).unwrap();
    assert!(numbers.predict(&[5.1, 3.5, 1.4, 0.2]).unwrap().label().is_some_and(|label| label == 0));
    let bytes = files.map(|file| fs::read(file).unwrap());
    let [scaler, model, encoder] = bytes.each_ref().map(Vec::as_slice);
    for (files, said) in [
        (vec![], "no file"),
        (vec![scaler, encoder], "transformer without an estimator"),
        (vec![model, scaler], "step 'file 1' of the pipeline: a predictor stands"),
        (vec![scaler, b"a,b\n"], "file 2: the file is plain text"),
        (vec![scaler, Predictor::IRIS], "file 2: this is no pickle"),
        (vec![scaler, &model[..40]], "file 2"),
        (vec![scaler; 17], "at most 16"),
    ] {
        let error = Reader::new().read_all(&files).unwrap_err();
        assert!(error.to_string().contains(said), "{said}: {error}");
    }
    let error = Reader::new().max_bytes(model.len() + 1).read_all(&[scaler, model]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelTooLarge);
}
