//! Which models are served, and who may change that.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::Args;
use iris_serving::{ModelFile, Sources, VersionPolicy};

use super::above_zero;

/// Where models come from.
#[derive(Debug, Args)]
pub(crate) struct Models {
    /// File to serve instead of the embedded model, from joblib, pickle, skops or skl2onnx, its key if it holds a
    /// dict, or a folder with one as MLflow saves it; and the name to serve it under. Files with commas between
    /// are one model, in the order of its steps. May be repeated, or have more behind a semicolon; the first is asked
    /// where no model is named.
    #[arg(long, env = "IRIS_MODELS", value_name = "[NAME=]PATH[#KEY][,PATH…]", value_delimiter = ';', value_parser = file)]
    model: Vec<ModelFile>,

    /// Folder of models, each a file, or a folder of its own with or without versions, as Triton, MLServer and MLflow
    /// lay them out.
    #[arg(id = "models", long = "models", env = "IRIS_MODELS_DIR", value_name = "DIR")]
    folder: Option<PathBuf>,

    /// Versions served of each model that says nothing else: latest, latest(N), all, or numbers with commas between.
    #[arg(long, env = "IRIS_VERSIONS", value_name = "POLICY", default_value = "latest")]
    versions: VersionPolicy,

    /// Model that is asked where none is named [default: the first].
    #[arg(long, env = "IRIS_DEFAULT_MODEL", value_name = "NAME")]
    pub(crate) default_model: Option<String>,

    /// Most that the files of all loaded models may have together.
    #[arg(id = "models_memory", long = "models-memory", env = "IRIS_MODELS_MEMORY", value_name = "SIZE")]
    memory: Option<ByteSize>,

    /// Let clients who may manage have models of --models loaded and unloaded, send such, and move aliases.
    #[arg(long, env = "IRIS_ALLOW_LOADING")]
    pub(crate) allow_loading: bool,

    /// Look at the models' files as often as this, and load what has changed [default: on SIGHUP alone].
    #[arg(long, env = "IRIS_WATCH", value_name = "DURATION", value_parser = above_zero)]
    pub(crate) watch: Option<Duration>,
}

impl Models {
    /// What there is to load, for requests of at most so many rows.
    pub(crate) fn sources(&self, max_rows: usize) -> Sources {
        Sources {
            files: self.model.clone(),
            folder: self.folder.clone(),
            policy: self.versions.clone(),
            max_rows,
            memory: self.memory.map(|size| size.as_u64()),
        }
    }
}

fn file(text: &str) -> Result<ModelFile, String> {
    let (name, path) = match text.split_once('=') {
        Some((name, path)) => (Some(name.to_owned()), path),
        None => (None, text),
    };
    if path.is_empty() || name.as_ref().is_some_and(String::is_empty) {
        return Err("expected a path, or a name and a path as NAME=PATH".to_owned());
    }
    Ok(ModelFile { name, path: path.into() })
}
