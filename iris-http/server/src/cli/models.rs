//! The flags of what is served.

use std::path::PathBuf;

use clap::Args;

/// What is served.
#[derive(Debug, Args)]
pub(crate) struct ModelFlags {
    /// Model to serve, and the name to serve it under; without it the embedded one.
    ///
    /// A file from joblib, pickle, skops or skl2onnx, of XGBoost, LightGBM or CatBoost, its key if it holds a dict;
    /// or a folder with one as MLflow saves it. Files with commas between are one model, in the order of its steps.
    #[arg(long, env = "IRIS_MODELS", value_name = "[NAME=]PATH[#KEY][,PATH…]")]
    pub(crate) model: Option<ModelSource>,
}

/// A model file, and the name to serve it under if not its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelSource {
    pub(crate) name: Option<String>,
    pub(crate) path: PathBuf,
}

impl std::str::FromStr for ModelSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = match text.split_once('=') {
            Some((name, path)) => (Some(name.to_owned()), path),
            None => (None, text),
        };
        if path.is_empty() || name.as_ref().is_some_and(String::is_empty) {
            return Err("expected a path, or a name and a path as NAME=PATH".to_owned());
        }
        Ok(Self { name, path: path.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_may_be_named() {
        let source = |text: &str| text.parse::<ModelSource>();
        assert_eq!(source("a/b.onnx").unwrap().name, None);
        let named = ModelSource { name: Some("wine".into()), path: "w.onnx".into() };
        assert_eq!(source("wine=w.onnx"), Ok(named));
        assert!(source("=w.onnx").is_err() && source("wine=").is_err() && source("").is_err());
    }
}
