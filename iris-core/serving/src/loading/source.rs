//! Where one version of a model is read from.

use std::io;
use std::path::{Path, PathBuf};

use iris_core::{Predictor, Reader};

use super::stamp::Stamp;

/// A file, a folder, or files that are one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    files: Vec<PathBuf>,
    /// Of the dict in it.
    key: Option<String>,
}

impl Source {
    /// As it is written: `PATH[#KEY]` or `PATH,PATH…`. What is really called so wins.
    pub(super) fn written(path: &Path) -> Self {
        let (file, key) = match path.to_str().and_then(|path| path.rsplit_once('#')) {
            Some((file, key)) if !file.is_empty() && !key.is_empty() && !path.exists() => {
                (PathBuf::from(file), Some(key.to_owned()))
            }
            _ => (path.to_owned(), None),
        };
        let files = match file.to_str() {
            Some(files) if files.contains(',') && !file.exists() => {
                files.split(',').map(PathBuf::from).collect()
            }
            _ => vec![file],
        };
        Self { files, key }
    }

    /// A file or a folder.
    pub(super) fn at(path: PathBuf) -> Self {
        Self { files: vec![path], key: None }
    }

    /// What a model is called that has no other name.
    pub(super) fn stem(&self) -> String {
        let stem = self.files.first().and_then(|file| file.file_stem());
        let stem = stem.map_or_else(|| "model".into(), |stem| stem.to_string_lossy());
        stem.strip_suffix(".tar").unwrap_or(&stem).to_owned()
    }

    /// The folder, if it is one.
    pub(super) fn folder(&self) -> Option<&Path> {
        match self.files.as_slice() {
            [one] if one.is_dir() => Some(one),
            _ => None,
        }
    }

    pub(super) fn stamp(&self) -> io::Result<Stamp> {
        Stamp::of_all(self.files.iter().map(PathBuf::as_path))
    }

    pub(super) fn read(&self, reader: &Reader) -> iris_core::Result<Predictor> {
        let reader = self.key.clone().into_iter().fold(reader.clone(), Reader::key);
        match self.files.as_slice() {
            [one] => reader.open(one),
            several => reader.open_all(several),
        }
    }
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
            let expected = Source { files: vec![file.into()], key: key.map(str::to_owned) };
            assert_eq!(Source::written(Path::new(path)), expected);
        }
    }

    #[test]
    fn a_file_that_is_called_so_wins() {
        let path = std::env::temp_dir().join(format!("iris-{}.onnx#model", std::process::id()));
        std::fs::write(&path, Predictor::IRIS).unwrap();
        assert_eq!(Source::written(&path), Source::at(path.clone()));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(Source::written(&path).key.as_deref(), Some("model"));
    }

    #[test]
    fn a_model_is_called_as_its_file() {
        for (path, stem) in
            [("a/churn.joblib", "churn"), ("wine.tar.gz", "wine"), ("/", "model"), ("a.b.pkl", "a.b")]
        {
            assert_eq!(Source::at(path.into()).stem(), stem);
        }
    }
}
