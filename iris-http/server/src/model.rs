//! The model to serve, from its file or from the binary itself.

use iris_core::Predictor;
use iris_serving::Model;
use iris_telemetry::{Tracer, model_loading};

use crate::cli::ModelSource;

/// Model under the name given, the name in the file, or the file's own name.
pub(crate) fn load(tracer: &Tracer, source: Option<&ModelSource>) -> Result<Model, String> {
    let Some(ModelSource { name, path }) = source else {
        return Ok(named(None, "iris", Predictor::iris_traced(tracer)));
    };
    let read =
        || std::fs::read(path).map_err(|error| format!("cannot read the model {}: {error}", path.display()));
    // A file that is not there is a model that did not load; one that is there records itself.
    let bytes = read().or_else(|reason| model_loading(tracer, || Err(reason)))?;
    let predictor = Predictor::from_onnx_traced(tracer, &bytes)
        .map_err(|error| format!("cannot serve the model {}: {error}", path.display()))?;
    let stem = path.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy());
    Ok(named(name.as_deref(), &stem, predictor))
}

fn named(name: Option<&str>, fallback: &str, predictor: Predictor) -> Model {
    let schema = predictor.schema();
    let name = name.or(schema.name()).unwrap_or(fallback).to_owned();
    let version = schema.version().unwrap_or("1").to_owned();
    Model::new(name, version, predictor)
}
