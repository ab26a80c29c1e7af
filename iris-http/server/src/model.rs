//! The model to serve, from its file or from the binary itself.

use std::path::Path;

use iris_core::{Predictor, Reader};
use iris_serving::Model;
use iris_telemetry::{Recorder, model_loading};

use crate::cli::ModelSource;

/// Served under the name given, the name in the file, or the file's own name.
pub(crate) fn load(recorder: &Recorder, source: Option<&ModelSource>) -> Result<Model, String> {
    let Some(ModelSource { name, path }) = source else {
        let iris = model_loading(recorder, || Predictor::read(Predictor::IRIS));
        let iris = iris.map_err(|error| format!("cannot serve the embedded model: {error}"))?;
        return Ok(named(None, "iris", iris));
    };
    let predictor = model_loading(recorder, || open(path))
        .map_err(|error| format!("cannot serve the model {}: {error}", path.display()))?;
    let stem = path.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy());
    Ok(named(name.as_deref(), &stem, predictor))
}

/// A file or a folder; or several files, with commas between, that are one model.
fn open(path: &Path) -> iris_core::Result<Predictor> {
    match path.to_str() {
        Some(files) if files.contains(',') && !path.exists() => {
            Reader::new().open_all(&files.split(',').collect::<Vec<_>>())
        }
        _ => Predictor::open(path),
    }
}

fn named(name: Option<&str>, fallback: &str, predictor: Predictor) -> Model {
    let schema = predictor.schema();
    let name = name.or(schema.name()).unwrap_or(fallback).to_owned();
    let version = schema.version().unwrap_or("1").to_owned();
    Model::new(name, version, predictor)
}
