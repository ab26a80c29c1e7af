//! Models written as ONNX files; ONNX Runtime's answers to them are looked at in `iris-py/tests/test_onnx_out.py`.

use iris_core::{ErrorKind, Predictor};

#[test]
fn a_file_begins_with_its_versions_and_is_the_same_each_time() {
    let file = Predictor::iris().to_onnx().unwrap();
    assert_eq!(file, Predictor::iris().to_onnx().unwrap());
    assert!(file.starts_with(&[8, 7]), "IR version 7");
    for word in ["ai.onnx.ml", "probabilities", "setosa", "iris.feature_names"] {
        assert!(file.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

#[test]
fn what_cannot_be_written_is_named() {
    for (file, what) in [
        ("others/calibratedclassifiercv.pkl", "an estimator that is neither linear nor of trees"),
        ("pickles/a_pipeline_in_a_pipeline.joblib", "the step Normalizer"),
        ("texts/spam_filter.joblib", "columns of texts"),
    ] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(file);
        let error = Predictor::open(path).unwrap().to_onnx().expect_err(file);
        assert_eq!(error.kind(), ErrorKind::UnsupportedModel);
        assert_eq!(error.to_string(), format!("{what} cannot be written as ONNX"), "{file}");
    }
}
