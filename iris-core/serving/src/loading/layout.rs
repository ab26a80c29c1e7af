//! What a folder of models says: which models are there, in which versions, and what these are called.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::policy::VersionPolicy;
use super::source::Source;
use super::{Aliases, ModelFile};
use crate::check_name;

/// A model that is there to be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundModel {
    /// `None` for the name in its file, or that of the file.
    pub(super) name: Option<String>,
    /// What it is called otherwise.
    pub(super) stem: String,
    pub(super) versions: Vec<FoundVersion>,
    /// What the model's own folder says of versions.
    pub(super) policy: Option<VersionPolicy>,
    pub(super) aliases: Aliases,
}

/// One version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundVersion {
    /// `None` for the version in its file, or `1`.
    pub(super) version: Option<String>,
    pub(super) source: Source,
}

/// What is in a folder of models.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) models: Vec<FoundModel>,
    /// What could be one, but is not, with the reason.
    pub(super) refused: Vec<(String, String)>,
}

/// Endings of the files that are models where they lie in the folder themselves.
const ENDINGS: [&str; 15] = [
    "joblib", "pkl", "pickle", "skops", "onnx", "iris", "ubj", "bst", "xgb", "cbm", "model", "json", "txt",
    "gz", "zip",
];

/// Files that have such an ending and are none.
const OTHERS: [&str; 5] = ["aliases.json", "settings.json", SETTINGS, "requirements.txt", "README.txt"];

const SETTINGS: &str = "model-settings.json";

/// Bytes of the longest file that says something of a model.
const LONGEST: u64 = 1 << 20;

/// As much of `MLServer`'s `model-settings.json` as matters here.
#[derive(Debug, Default, Deserialize)]
struct ModelSettings {
    name: Option<String>,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Debug, Default, Deserialize)]
struct Parameters {
    uri: Option<String>,
    version: Option<String>,
}

/// The models of a folder, in the order of their names.
pub(super) fn in_folder(root: &Path) -> io::Result<Found> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root)? {
        names.push(entry?.file_name());
    }
    names.sort();
    let mut found = Found::default();
    for name in names {
        let path = root.join(&name);
        let name = name.to_string_lossy();
        if name.starts_with('.') || name == "lost+found" {
            continue;
        }
        let model = match fs::metadata(&path) {
            Ok(at) if at.is_dir() => in_own_folder(&path, Some(&name)),
            Ok(_) if !is_model_file(&path, &name) => continue,
            Ok(_) => of_file(path),
            Err(error) => Err(format!("it cannot be read: {error}")),
        };
        match model {
            Ok(model) => found.models.push(model),
            Err(reason) => found.refused.push((name.into_owned(), reason)),
        }
    }
    Ok(found)
}

/// A model that was given by its path.
pub(super) fn given(file: &ModelFile) -> Result<FoundModel, String> {
    let source = Source::written(&file.path);
    if let Some(folder) = source.folder().filter(|folder| is_described(folder)) {
        let found = in_own_folder(folder, None)?;
        return Ok(FoundModel { name: file.name.clone().or(found.name), ..found });
    }
    let (name, stem) = (file.name.clone(), source.stem());
    let versions = vec![FoundVersion { version: None, source }];
    Ok(FoundModel { name, stem, versions, policy: None, aliases: Aliases::new() })
}

fn of_file(path: PathBuf) -> Result<FoundModel, String> {
    let source = Source::at(path);
    let stem = source.stem();
    check_name("model", &stem).map_err(|refusal| refusal.to_string())?;
    let versions = vec![FoundVersion { version: None, source }];
    Ok(FoundModel { name: Some(stem.clone()), stem, versions, policy: None, aliases: Aliases::new() })
}

/// Whether a folder says more than which file is the model.
fn is_described(folder: &Path) -> bool {
    folder.join(SETTINGS).is_file() || !versions_in(folder).unwrap_or_default().is_empty()
}

/// The model in a folder of its own, which is called so unless it says otherwise.
fn in_own_folder(folder: &Path, called: Option<&str>) -> Result<FoundModel, String> {
    let stem = folder.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy()).into_owned();
    let settings: ModelSettings = json(&folder.join(SETTINGS))?.unwrap_or_default();
    let name = settings.name.clone().or_else(|| called.map(str::to_owned));
    if let Some(name) = &name {
        check_name("model", name).map_err(|refusal| refusal.to_string())?;
    }
    let aliases: Aliases = json(&folder.join("aliases.json"))?.unwrap_or_default();
    for alias in aliases.keys() {
        check_name("alias", alias).map_err(|refusal| format!("aliases.json: {refusal}"))?;
    }
    let policy = text(&folder.join("config.pbtxt"))?.and_then(|text| VersionPolicy::in_config(&text));
    let numbered = versions_in(folder).map_err(|error| format!("it cannot be read: {error}"))?;
    let versions = if numbered.is_empty() {
        vec![version_in(folder, settings)?]
    } else {
        let within = |version: String| {
            let folder = folder.join(&version);
            let settings = json(&folder.join(SETTINGS))?.unwrap_or_default();
            Ok(FoundVersion { version: Some(version), ..version_in(&folder, settings)? })
        };
        numbered.into_iter().map(within).collect::<Result<_, String>>()?
    };
    Ok(FoundModel { name, stem, versions, policy, aliases })
}

/// The one version that a folder is.
fn version_in(folder: &Path, settings: ModelSettings) -> Result<FoundVersion, String> {
    let Parameters { uri, version } = settings.parameters;
    let path = match uri {
        None => folder.to_owned(),
        Some(uri) => {
            let uri = Path::new(&uri);
            let is_within =
                uri.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
            if !is_within {
                return Err(format!(
                    "{SETTINGS}: the uri '{}' leads out of the model's folder",
                    uri.display()
                ));
            }
            folder.join(uri)
        }
    };
    Ok(FoundVersion { version, source: Source::at(path) })
}

/// The folders that are versions: positive numbers, as Triton has them.
fn versions_in(folder: &Path) -> io::Result<Vec<String>> {
    let mut versions = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_number = !name.starts_with('0') && name.parse::<u64>().is_ok() && !name.starts_with('+');
        if is_number && folder.join(&name).is_dir() {
            versions.push(name);
        }
    }
    Ok(versions)
}

fn is_model_file(path: &Path, name: &str) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) && !OTHERS.contains(&name)
}

/// What a file says, if it is there.
fn json<T: for<'d> Deserialize<'d>>(path: &Path) -> Result<Option<T>, String> {
    let Some(text) = text(path)? else { return Ok(None) };
    let parsed = serde_json::from_str(&text);
    parsed.map(Some).map_err(|error| format!("{}: {error}", file_name(path)))
}

fn text(path: &Path) -> Result<Option<String>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", file_name(path));
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(&error)),
        Ok(found) if found.len() > LONGEST => Err(wrong(&"the file is too long")),
        Ok(_) => fs::read_to_string(path).map(Some).map_err(|error| wrong(&error)),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for a test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("iris-layout-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn every_layout_is_found() {
        let folder = Folder::new("every");
        folder.write("triton/1/model.onnx", "");
        folder.write("triton/3/model.onnx", "");
        folder.write("triton/03/model.onnx", "");
        folder.write("triton/config.pbtxt", "version_policy: { all { } }");
        folder.write("triton/aliases.json", r#"{"champion": "1"}"#);
        folder.write(
            "server/model-settings.json",
            r#"{"name": "mlserver", "parameters": {"uri": "./m.joblib", "version": "v7"}}"#,
        );
        folder.write("flow/MLmodel", "");
        folder.write("plain.joblib", "");
        folder.write("README.md", "");
        folder.write(".hidden/1/model.onnx", "");
        let found = in_folder(&folder.0).unwrap();
        assert_eq!(found.refused, []);
        let said: Vec<_> = found
            .models
            .iter()
            .map(|model| {
                let versions: Vec<_> =
                    model.versions.iter().map(|version| version.version.as_deref()).collect();
                let mut versions = versions;
                versions.sort_unstable();
                (model.name.as_deref().unwrap(), versions)
            })
            .collect();
        let expected = [
            ("flow", vec![None]),
            ("plain", vec![None]),
            ("mlserver", vec![Some("v7")]),
            ("triton", vec![Some("1"), Some("3")]),
        ];
        assert_eq!(said, expected);
        let triton = &found.models[3];
        assert_eq!(
            (triton.policy.clone(), triton.aliases["champion"].as_str()),
            (Some(VersionPolicy::All), "1")
        );
    }

    #[test]
    fn what_is_no_model_is_refused_and_the_others_are_found() {
        let folder = Folder::new("refused");
        folder.write("out/model-settings.json", r#"{"parameters": {"uri": "../../etc/passwd"}}"#);
        folder.write("broken/model-settings.json", "{");
        folder.write("a b/1/model.onnx", "");
        folder.write("alias/aliases.json", r#"{"../x": "1"}"#);
        folder.write("good/1/model.onnx", "");
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.0.join("loop"), folder.0.join("loop")).unwrap();
        let found = in_folder(&folder.0).unwrap();
        assert_eq!(found.models.len(), 1);
        let refused: Vec<&str> = found.refused.iter().map(|(name, _)| name.as_str()).collect();
        assert!(refused.starts_with(&["a b", "alias", "broken"]), "{refused:?}");
        assert!(found.refused.iter().any(|(_, why)| why.contains("leads out")), "{:?}", found.refused);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        assert!(in_folder(Path::new("/nowhere/at/all")).is_err());
    }
}
