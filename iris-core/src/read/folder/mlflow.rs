//! `MLmodel`: what MLflow says of a model that it saved.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};

pub(super) const MLMODEL: &str = "MLmodel";

/// Bytes of the largest `MLmodel` read; they have a few hundred, or some thousand for wide frames.
pub(super) const MAX_BYTES: usize = 4 << 20;

/// The flavors of which a file may be read, those before others that say more.
const FLAVORS: [&str; 5] = ["sklearn", "xgboost", "lightgbm", "catboost", "onnx"];

/// The file to read.
pub(super) struct Choice {
    pub(super) flavor: &'static str,
    pub(super) file: String,
    /// The columns' names in the signature, if it has any.
    pub(super) names: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct MlModel {
    flavors: BTreeMap<String, Option<Flavor>>,
    signature: Option<Signature>,
}

/// A flavor's keys that name a file.
#[derive(Deserialize)]
struct Flavor {
    pickled_model: Option<String>,
    data: Option<String>,
}

#[derive(Deserialize)]
struct Signature {
    /// JSON, as a text.
    inputs: Option<String>,
}

/// A column of the signature; of tensors the name may be missing.
#[derive(Deserialize)]
struct Column {
    name: Option<String>,
    r#type: Option<String>,
}

/// The file of the first flavor that may be read.
pub(super) fn choose(text: &[u8]) -> Result<Choice> {
    if text.len() > MAX_BYTES {
        let message = format!("{MLMODEL} has more than the {MAX_BYTES} bytes allowed");
        return Err(Error::new(ErrorKind::ModelTooLarge, message));
    }
    let text = std::str::from_utf8(text)
        .map_err(|error| Error::malformed(format!("{MLMODEL}: {error}")).caused_by(error))?;
    // The error quotes the file over several lines; the first says what is wrong.
    let MlModel { mut flavors, signature } = serde_saphyr::from_str(text).map_err(|error| {
        let error = error.to_string();
        Error::malformed(format!("{MLMODEL}: {}", error.lines().next().unwrap_or_default()))
    })?;
    for flavor in FLAVORS {
        let Some(Some(Flavor { pickled_model, data })) = flavors.remove(flavor) else { continue };
        let Some(file) = pickled_model.or(data) else { continue };
        if !is_within(&file) {
            let file: String = file.chars().take(60).collect();
            return Err(Error::malformed(format!("{MLMODEL}: a path that leaves the folder: '{file}'")));
        }
        return Ok(Choice { flavor, file, names: signature.and_then(names) });
    }
    let found: Vec<String> = flavors.keys().take(12).map(|name| name.chars().take(40).collect()).collect();
    let message = format!("{MLMODEL} has the flavors {}; read are {}", found.join(", "), FLAVORS.join(", "));
    Err(Error::new(ErrorKind::UnsupportedModel, message))
}

/// Whether a path names a file in the folder or below.
fn is_within(file: &str) -> bool {
    let mut components = Path::new(file).components().peekable();
    components.peek().is_some() && components.all(|part| matches!(part, Component::Normal(_)))
}

/// The names of the columns; none of tensors, whose names are of something else.
fn names(signature: Signature) -> Option<Vec<String>> {
    let columns: Vec<Column> = serde_json::from_str(&signature.inputs?).ok()?;
    let name = |column: Column| column.name.filter(|_| column.r#type.as_deref() != Some("tensor"));
    columns.into_iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_flavor_that_may_be_read_is_taken() {
        let choice = choose(b"flavors:\n  onnx: {data: model.onnx}\n  sklearn:\n    pickled_model: sub/model.pkl\n    code: null\n").ok();
        let choice = choice.unwrap();
        assert_eq!((choice.flavor, choice.file.as_str(), choice.names), ("sklearn", "sub/model.pkl", None));
        let tensors = b"flavors: {onnx: {data: m}}\nsignature:\n  inputs: '[{\"type\": \"tensor\", \"name\": \"x\"}]'\n";
        assert_eq!(choose(tensors).ok().unwrap().names, None);
    }

    #[test]
    fn what_is_wrong_is_said_in_a_line() {
        let refused = |text: &[u8]| choose(text).err().unwrap().to_string();
        assert!(
            refused(b"flavors: {pytorch: {model_data: data}}")
                .contains("the flavors pytorch; read are sklearn")
        );
        for path in ["../model.pkl", "/etc/passwd", "a/../../b", "./a"] {
            let text = format!("flavors: {{sklearn: {{pickled_model: {path}}}}}");
            assert!(path == "./a" || refused(text.as_bytes()).contains("leaves the folder"), "{path}");
        }
        for text in [&b"flavors: [1"[..], b"", b"\xff", b"flavors: 1", b"a: &a [*a, *a]"] {
            let said = refused(text);
            assert!(said.starts_with("MLmodel: ") && !said.contains('\n'), "{said}");
        }
        // Aliases that expand to more than there is memory for.
        let mut bomb = "a0: &a0 [x, x]\n".to_owned();
        for level in 1..40 {
            let before = level - 1;
            bomb.extend([format!("a{level}: &a{level} [*a{before}, *a{before}, *a{before}]\n")]);
        }
        bomb += "flavors: *a39\n";
        refused(bomb.as_bytes());
    }
}
