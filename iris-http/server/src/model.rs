//! The model to serve, from its file or from the binary itself.

use std::path::{Path, PathBuf};

use iris_core::{Predictor, Reader};
use iris_serving::Model;
use iris_telemetry::{Recorder, model_loading};

use crate::cli::ModelSource;

/// The model alone, for who serves nothing.
pub(crate) fn predictor(source: Option<&ModelSource>) -> Result<Predictor, String> {
    let Some(ModelSource { path, .. }) = source else { return Ok(Predictor::iris()) };
    let (file, key) = located(path);
    open(&file, key).map_err(|error| format!("cannot read the model {}: {error}", path.display()))
}

/// Served under the name given, the name in the file, or the file's own name.
pub(crate) fn load(recorder: &Recorder, source: Option<&ModelSource>) -> Result<Model, String> {
    let Some(ModelSource { name, path }) = source else {
        let iris = model_loading(recorder, || Predictor::read(Predictor::IRIS));
        let iris = iris.map_err(|error| format!("cannot serve the embedded model: {error}"))?;
        return Ok(named(None, "iris", iris));
    };
    let (file, key) = located(path);
    let predictor = model_loading(recorder, || open(&file, key))
        .map_err(|error| format!("cannot serve the model {}: {error}", path.display()))?;
    let stem = file.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy());
    Ok(named(name.as_deref(), &stem, predictor))
}

/// The file of `model.pkl#key`, and the key of the dict in it. A file that is
/// really called so wins.
fn located(path: &Path) -> (PathBuf, Option<String>) {
    match path.to_str().and_then(|path| path.rsplit_once('#')) {
        Some((file, key)) if !file.is_empty() && !key.is_empty() && !path.exists() => {
            (file.into(), Some(key.into()))
        }
        _ => (path.into(), None),
    }
}

/// A file or a folder; or several files, with commas between, that are one model.
fn open(path: &Path, key: Option<String>) -> iris_core::Result<Predictor> {
    let reader = key.into_iter().fold(Reader::new(), Reader::key);
    match path.to_str() {
        Some(files) if files.contains(',') && !path.exists() => {
            reader.open_all(&files.split(',').collect::<Vec<_>>())
        }
        _ => reader.open(path),
    }
}

fn named(name: Option<&str>, fallback: &str, predictor: Predictor) -> Model {
    let schema = predictor.schema();
    let name = name.or(schema.name()).unwrap_or(fallback).to_owned();
    let version = schema.version().unwrap_or("1").to_owned();
    Model::new(name, version, predictor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_behind_the_last_hash() {
        for (path, file, key) in [
            ("a/b.pkl", "a/b.pkl", None),
            ("a/b.pkl#model", "a/b.pkl", Some("model")),
            ("a#b/c.pkl#d e", "a#b/c.pkl", Some("d e")),
            ("#model", "#model", None),
            ("b.pkl#", "b.pkl#", None),
        ] {
            assert_eq!(located(Path::new(path)), (file.into(), key.map(str::to_owned)));
        }
    }

    #[test]
    fn a_file_that_is_called_so_wins() {
        let path = std::env::temp_dir().join(format!("iris-{}.onnx#model", std::process::id()));
        std::fs::write(&path, Predictor::IRIS).unwrap();
        assert_eq!(located(&path), (path.clone(), None));
        let predictor = Reader::new().open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(predictor.schema().n_features() > 0);
        assert_eq!(located(&path).1.as_deref(), Some("model"));
    }
}
