//! Keys from a file in TOML.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Key, Keys};
use crate::gate::RouteClass;

/// A file of keys that cannot be used, and why. It quotes nothing of the file,
/// which might be a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct KeysError {
    path: PathBuf,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    keys: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    key: Option<String>,
    sha256: Option<String>,
    classes: Vec<RouteClass>,
    requests_per_second: Option<f64>,
    rows_per_second: Option<f64>,
}

/// What a file has to be like; said instead of quoting what it is like.
const EXPECTED: &str = "expected [[keys]] with name, classes (of predict, observe, manage), either key or sha256, \
                        and at will requests_per_second and rows_per_second";

/// Characters of the longest name.
const LONGEST_NAME: usize = 64;

impl Keys {
    /// Reads the keys in this file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is not TOML, has no key, or one that is incomplete
    /// or there twice.
    pub fn open(path: &Path) -> Result<Self, KeysError> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let keys = text.and_then(|text| read(&text));
        keys.map_err(|reason| KeysError { path: path.to_owned(), reason })
    }
}

fn read(text: &str) -> Result<Keys, String> {
    let File { keys } = toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(0, |before| before.matches('\n').count());
        format!("line {}: {EXPECTED}", line + 1)
    })?;
    if keys.is_empty() {
        return Err(format!("there is no key in it; {EXPECTED}"));
    }
    let keys = keys.into_iter().enumerate().map(|(index, entry)| {
        let number = index + 1;
        entry.check().map_err(|reason| format!("key {number}: {reason}"))
    });
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    for (index, key) in keys.iter().enumerate() {
        let name = &key.name;
        if keys[..index].iter().any(|other| other.name == *name) {
            return Err(format!("the name '{name}' is there twice"));
        }
        if let Some(other) = keys[..index].iter().find(|other| other.digest == key.digest) {
            return Err(format!("'{}' and '{name}' are the same key", other.name));
        }
    }
    Ok(Keys::new(keys))
}

impl Entry {
    fn check(self) -> Result<Key, String> {
        let Self { name, key, sha256, classes, requests_per_second, rows_per_second } = self;
        // It will stand in logs.
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!("its name has to be of 1 to {LONGEST_NAME} ASCII characters without spaces"));
        }
        if classes.is_empty() {
            return Err(format!("'{name}' is for no class"));
        }
        let mut built = match (key, sha256) {
            (Some(key), None) => {
                if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(format!("'{name}': a key is of ASCII characters without spaces"));
                }
                Key::of(name, key.as_bytes(), classes)
            }
            (None, Some(hex)) => match digest(&hex) {
                Some(digest) => Key::new(name, digest, classes),
                None => return Err(format!("'{name}': sha256 has to be 64 hexadecimal digits")),
            },
            _ => return Err(format!("'{name}': there has to be either key or sha256")),
        };
        if let Some(rate) = checked(&built, "requests_per_second", requests_per_second)? {
            built = built.with_requests_per_second(rate);
        }
        if let Some(rate) = checked(&built, "rows_per_second", rows_per_second)? {
            built = built.with_rows_per_second(rate);
        }
        Ok(built)
    }
}

fn checked(key: &Key, what: &str, rate: Option<f64>) -> Result<Option<f64>, String> {
    match rate {
        Some(rate) if !(rate > 0.0 && rate.is_finite()) => {
            Err(format!("'{}': {what} has to be above 0", key.name))
        }
        rate => Ok(rate),
    }
}

fn digest(hex: &str) -> Option<[u8; 32]> {
    let digits = hex.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

/// Says no more than its keys do.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_itself_or_as_its_digest() {
        let keys = read(
            r#"
            [[keys]]
            name = "app"
            key = "abc"
            classes = ["predict"]
            requests_per_second = 10
            rows_per_second = 0.5

            [[keys]]
            name = "ops"
            # That of "def".
            sha256 = "CB8379AC2098aa165029e3938a51da0bcecfc008fd6795f401178647f96c5b34"
            classes = ["observe", "manage"]
            "#,
        )
        .unwrap();
        assert_eq!(keys.names().collect::<Vec<_>>(), ["app", "ops"]);
        let found = |key: &str| keys.find(key.as_bytes()).map(|key| key.name().to_owned());
        assert_eq!((found("abc").as_deref(), found("def").as_deref()), (Some("app"), Some("ops")));
        assert_eq!((found(""), found("abcd")), (None, None));
        let ops = keys.find(b"def").unwrap();
        assert!(ops.may(RouteClass::Manage) && ops.may(RouteClass::Observe) && !ops.may(RouteClass::Predict));
    }

    #[test]
    fn a_mistake_is_told_without_quoting_a_key() {
        const SECRET: &str = "s3cr3t-s3cr3t";
        for (text, told) in [
            ("", "line 1"),
            ("keys = []", "no key in it"),
            ("[[keys]]\nname = 's3cr3t-s3cr3t", "line 2"),
            ("[[keys]]\nname = 'a'\nkey = 's3cr3t-s3cr3t'\nclasses = 's3cr3t-s3cr3t'", "line 4"),
            ("[[keys]]\nname = 'a'\nkey = 's3cr3t-s3cr3t'\nclasses = ['all']", "line 4"),
            ("[[keys]]\nname = 'a'\nsecret = 's3cr3t-s3cr3t'\nclasses = []", "line"),
            ("[[keys]]\nname = 'a'\nkey = 's3cr3t-s3cr3t'\nclasses = []", "'a' is for no class"),
            ("[[keys]]\nname = 'a'\nclasses = ['predict']", "'a': there has to be either"),
            (
                "[[keys]]\nname = 'a'\nkey = 's3cr3t-s3cr3t'\nsha256 = ''\nclasses = ['predict']",
                "'a': there has to be either",
            ),
            (
                "[[keys]]\nname = 'a'\nsha256 = 's3cr3t-s3cr3t'\nclasses = ['predict']",
                "'a': sha256 has to be",
            ),
            ("[[keys]]\nname = 'a'\nkey = 's3cr3t s3cr3t'\nclasses = ['predict']", "'a': a key is of"),
            ("[[keys]]\nname = \"a\\nb\"\nkey = 's3cr3t-s3cr3t'\nclasses = ['predict']", "key 1: its name"),
            (
                "[[keys]]\nname = 'a'\nkey = 's3cr3t-s3cr3t'\nclasses = ['predict']\nrows_per_second = 0",
                "rows_per_second has to be",
            ),
            (
                "[[keys]]\nname = 'a'\nkey = 's3cr3t-s3cr3t'\nclasses = ['predict']\nrequests_per_second = inf",
                "requests_per_second has to be",
            ),
            (
                "[[keys]]\nname = 'a'\nkey = 'x'\nclasses = ['predict']\n[[keys]]\nname = 'a'\nkey = 'y'\nclasses = ['predict']",
                "'a' is there twice",
            ),
            (
                "[[keys]]\nname = 'a'\nkey = 'x'\nclasses = ['predict']\n[[keys]]\nname = 'b'\nkey = 'x'\nclasses = ['predict']",
                "'a' and 'b' are the same",
            ),
        ] {
            let reason = read(text).map(drop).unwrap_err();
            assert!(reason.contains(told) && !reason.contains(SECRET), "{text}\n{reason}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Keys::open(Path::new("/nowhere/keys.toml")).unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/keys.toml: "), "{error}");
    }
}
