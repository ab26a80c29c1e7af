//! What is said of files, read or refused.

use iris_core::{Predictor, Reader};

use crate::cases;

#[test]
fn a_pipeline_is_drawn_with_what_wrote_it() {
    let file = cases::model_in("pickles", "a_pipeline_named_columns.p3.pkl");
    let inspection = Reader::new().inspect(&file);
    assert!(inspection.is_read() && inspection.not_read.is_empty());
    assert_eq!((inspection.format, inspection.size), ("pickle", file.len()));
    assert_eq!(inspection.versions["scikit-learn"], "1.9.1");
    assert_eq!(inspection.versions["pickle protocol"], "3");
    assert_eq!(inspection.sha256.len(), 64);
    let outline = inspection.outline.as_ref().unwrap();
    assert_eq!(outline.class, "sklearn.pipeline.Pipeline");
    let text = inspection.to_string();
    assert!(text.contains("└─ ridgeclassifier: RidgeClassifier()"), "{text}");
    assert!(text.contains("exactness   the same class on every row"), "{text}");
    let json = serde_json::to_value(&inspection).unwrap();
    assert_eq!(json["outline"]["within"][0]["is_read"], true);
}

#[test]
fn a_graph_is_listed_and_its_golden_rows_are_counted() {
    let inspection = Reader::new().inspect(Predictor::IRIS);
    assert!(inspection.is_read() && inspection.golden > 0);
    assert_eq!(inspection.format, "ONNX");
    assert!(inspection.versions["producer"].starts_with("skl2onnx"), "{:?}", inspection.versions);
    assert!(!inspection.outline.as_ref().unwrap().within.is_empty());
    assert!(inspection.to_string().contains("sepal_length"), "{inspection}");
}

/// Every committed file that is refused still shows what stands in it.
#[test]
fn a_file_that_is_refused_is_drawn_and_says_where_it_stops() {
    for case in cases::refused_pickles() {
        let inspection = Reader::new().inspect(&cases::model_in("pickles", &case.file));
        assert!(!inspection.is_read(), "{}", case.file);
        assert!(inspection.error.as_ref().unwrap().contains(&case.says), "{}: {inspection}", case.file);
        assert!(inspection.to_string().contains("refused     "), "{inspection}");
    }
}

#[test]
fn what_is_no_model_is_named() {
    for (bytes, format) in [(&b""[..], "empty"), (b"a,b\n1,2\n", "text"), (b"PK\x03\x04", "zip")] {
        let inspection = Reader::new().inspect(bytes);
        assert_eq!((inspection.format, inspection.is_read()), (format, false));
        assert!(inspection.outline.is_none() && inspection.schema.is_none());
    }
    let error = Reader::new().inspect_file("/nowhere").unwrap_err();
    assert_eq!(error.kind(), iris_core::ErrorKind::Unreadable);
}

/// A list that holds itself, and estimators that hold each other: the walk ends.
#[test]
fn circles_end() {
    let estimator = b"\x80\x02csklearn.pipeline\nPipeline\nq\x00)\x81q\x01}q\x02U\x05stepsq\x03]q\x04U\x01aq\x05h\x01\x86q\x06asb.";
    let inspection = Reader::new().inspect(estimator);
    assert!(!inspection.is_read());
    assert_eq!(inspection.outline.unwrap().class, "sklearn.pipeline.Pipeline");
}
