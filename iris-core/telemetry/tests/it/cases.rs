//! Models from the core's test data.

use std::path::Path;

use iris_core::Predictor;

pub(crate) fn model(file: &str) -> Predictor {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/onnx");
    Predictor::open(folder.join(file)).unwrap()
}
