//! The flags of what is served.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::Args;
use iris_core::Quantization;
pub(crate) use iris_serving::ModelFile as ModelSource;
use iris_serving::{Sources, VersionPolicy};

use super::above_zero;

/// What is served.
#[derive(Debug, Args)]
pub(crate) struct ModelFlags {
    /// Model to serve, and the name to serve it under; without it the embedded one. May be repeated.
    ///
    /// A file from joblib, pickle, skops or skl2onnx, of XGBoost, LightGBM or CatBoost, its key if it holds a dict;
    /// or a folder with one as MLflow saves it. Files with commas between are one model, in the order of its steps.
    /// Several models have semicolons between, or a flag each; the first is asked where none is named.
    #[arg(long, env = "IRIS_MODELS", value_name = "[NAME=]PATH[#KEY][,PATH…]", value_delimiter = ';')]
    model: Vec<ModelSource>,

    /// Folder of models, each a file, or a folder of its own with or without versions.
    ///
    /// Laid out as Triton, MLServer and MLflow do it. What could be a model and is none is told in the log.
    #[arg(id = "models", long = "models", env = "IRIS_MODELS_DIR", value_name = "DIR")]
    folder: Option<PathBuf>,

    /// Versions served of each model that says nothing else: latest, latest(N), all, or numbers with commas between.
    #[arg(
        long,
        env = "IRIS_VERSIONS",
        value_name = "POLICY",
        default_value = "latest",
        hide_short_help = true
    )]
    versions: VersionPolicy,

    /// Model that is asked where none is named [default: the first].
    #[arg(long, env = "IRIS_DEFAULT_MODEL", value_name = "NAME", hide_short_help = true)]
    pub(crate) default_model: Option<String>,

    /// Most that the files of all loaded models may have together.
    #[arg(
        id = "models_memory",
        long = "models-memory",
        env = "IRIS_MODELS_MEMORY",
        value_name = "SIZE",
        hide_short_help = true
    )]
    memory: Option<ByteSize>,

    /// Look at the models' files as often as this, and load what has changed [default: on SIGHUP alone].
    #[arg(long, env = "IRIS_WATCH", value_name = "DURATION", value_parser = above_zero)]
    pub(crate) watch: Option<Duration>,

    /// Keep the weights of wide linear models (16 outputs, 16,384 weights or more) as exact, float32 or bfloat16.
    ///
    /// Fewer bits are faster and change scores; `inspect --quantize` measures by how much, and the log says so.
    #[arg(
        long,
        env = "IRIS_QUANTIZE",
        value_name = "TYPE",
        value_parser = quantization,
        default_value = "exact",
        hide_short_help = true
    )]
    quantize: Quantization,

    /// Let clients have models of --models loaded and unloaded, send such, and move aliases.
    ///
    /// With keys, those who have one for manage.
    #[arg(long, env = "IRIS_ALLOW_LOADING")]
    pub(crate) allow_loading: bool,
}

impl ModelFlags {
    /// What there is to load, for requests of at most so many rows.
    pub(crate) fn sources(&self, max_rows: usize) -> Sources {
        Sources {
            files: self.model.clone(),
            folder: self.folder.clone(),
            policy: self.versions.clone(),
            max_rows,
            memory: self.memory.map(|size| size.as_u64()),
            quantization: self.quantize,
        }
    }
}

/// A type for weights, as it is called in file formats.
pub(super) fn quantization(name: &str) -> Result<Quantization, String> {
    [Quantization::Exact, Quantization::Float32, Quantization::Bfloat16]
        .into_iter()
        .find(|each| each.name() == name)
        .ok_or_else(|| "expected exact, float32 or bfloat16".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tests::parse;

    #[test]
    fn a_model_may_be_named_and_there_may_be_several() {
        let models = |arguments: &[&str]| parse(arguments).map(|cli| cli.models.sources(5).files);
        let file =
            |name: Option<&str>, path: &str| ModelSource { name: name.map(str::to_owned), path: path.into() };
        assert_eq!(models(&["--model", "a/b.onnx"]).unwrap(), [file(None, "a/b.onnx")]);
        let three = models(&["--model", "wine=w.onnx;c.pkl#model", "--model", "d=s.pkl,m.pkl"]).unwrap();
        let expected =
            [file(Some("wine"), "w.onnx"), file(None, "c.pkl#model"), file(Some("d"), "s.pkl,m.pkl")];
        assert_eq!(three, expected);
        assert!(models(&["--model", "=w.onnx"]).is_err() && models(&["--model", "wine="]).is_err());
    }

    #[test]
    fn a_folder_has_a_policy_and_a_limit() {
        let cli = parse(&["--models", "m", "--versions", "latest(2)", "--models-memory", "1MiB"]).unwrap();
        let Sources { folder, policy, max_rows, memory, .. } = cli.models.sources(5);
        assert_eq!((folder, memory, max_rows), (Some("m".into()), Some(1 << 20), 5));
        assert_eq!(policy, VersionPolicy::Latest(2));
        let cli = parse(&["--quantize", "bfloat16"]).unwrap();
        assert_eq!(cli.models.sources(5).quantization, Quantization::Bfloat16);
        for (flag, value) in
            [("--versions", "newest"), ("--models-memory", "lots"), ("--quantize", "int4"), ("--watch", "0s")]
        {
            assert!(parse(&[flag, value]).unwrap_err().contains(flag), "{flag}");
        }
    }
}
