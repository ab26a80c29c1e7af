//! Reading model files, whatever format their content is.

#[cfg(feature = "skops")]
mod archive;
mod format;
#[cfg(feature = "pickle")]
mod joblib;
#[cfg(feature = "pickle")]
mod key;
#[cfg(any(feature = "onnx", feature = "skops"))]
mod metadata;
#[cfg(feature = "skops")]
mod npy;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "skops")]
mod package;
#[cfg(feature = "pickle")]
mod pickle;
#[cfg(feature = "pickle")]
mod sklearn;
#[cfg(feature = "skops")]
mod skops;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::Predictor;
use crate::error::{Error, ErrorKind, Result};
#[cfg(any(feature = "onnx", feature = "skops"))]
use crate::golden::Golden;
use crate::model::Model;
use format::Format;

/// How a model is read: within which limits, under which names.
///
/// ```
/// use iris_core::{Predictor, Reader};
///
/// let reader = Reader::new().max_bytes(1 << 20).name("flowers").version("7");
/// let predictor = reader.read(Predictor::IRIS)?;
/// assert_eq!(predictor.schema().name(), Some("flowers"));
/// # Ok::<(), iris_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    max_bytes: usize,
    max_numbers: usize,
    name: Option<String>,
    version: Option<String>,
    feature_names: Option<Vec<String>>,
    key: Option<String>,
    checks_golden: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            max_bytes: Self::MAX_BYTES,
            max_numbers: Self::MAX_NUMBERS,
            name: None,
            version: None,
            feature_names: None,
            key: None,
            checks_golden: true,
        }
    }
}

impl Reader {
    /// Bytes of the largest file read unless [`max_bytes`](Self::max_bytes)
    /// says otherwise: 256 MiB, a linear model of 30 million weights.
    pub const MAX_BYTES: usize = 256 << 20;

    /// Numbers that a model may expand to while it is read, unless
    /// [`max_numbers`](Self::max_numbers) says otherwise: 2^26, or 512 MiB. What
    /// is held of a small file while it is read is less: 64 MiB, and a hundred
    /// times its size.
    pub const MAX_NUMBERS: usize = 1 << 26;

    /// A reader with the limits above, which replays golden vectors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another limit of the file, in bytes.
    #[must_use]
    pub fn max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    /// The same with another limit of what a file may expand to, in numbers of
    /// eight bytes: a few bytes can declare a great deal.
    #[must_use]
    pub fn max_numbers(self, max_numbers: usize) -> Self {
        Self { max_numbers, ..self }
    }

    /// The same giving the model this name, whatever its file says.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// The same giving the model this version, whatever its file says.
    #[must_use]
    pub fn version(self, version: impl Into<String>) -> Self {
        Self { version: Some(version.into()), ..self }
    }

    /// The same giving the columns these names, whatever the file says.
    #[must_use]
    pub fn feature_names<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Self { feature_names: Some(names.into_iter().map(Into::into).collect()), ..self }
    }

    /// The same taking the model from a dict that the file holds, where it
    /// stands under this key. A dict is refused without one, with its keys named.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// The same replaying the golden vectors of a file, or taking its answers on trust.
    #[must_use]
    pub fn checks_golden(self, checks_golden: bool) -> Self {
        Self { checks_golden, ..self }
    }

    /// A model from a file.
    ///
    /// # Errors
    ///
    /// As [`Predictor::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Predictor> {
        let path = path.as_ref();
        let bytes = self.load(path).map_err(|error| {
            Error::new(ErrorKind::Unreadable, format!("the file cannot be read: {error}")).caused_by(error)
        })?;
        self.read(&bytes)
    }

    /// No more of a file than makes it too large; its size may be a lie, or not known.
    fn load(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take((self.max_bytes as u64).saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// A model from the bytes of a file.
    ///
    /// # Errors
    ///
    /// As [`Predictor::read`].
    pub fn read(&self, bytes: &[u8]) -> Result<Predictor> {
        if bytes.len() > self.max_bytes {
            let message = format!("the file has more than the {} bytes allowed", self.max_bytes);
            return Err(Error::new(ErrorKind::ModelTooLarge, message));
        }
        let read = self.model(bytes, true)?;
        let predictor = Predictor::new(read.model);
        #[cfg(any(feature = "onnx", feature = "skops"))]
        if let Some(golden) = read.golden.filter(|_| self.checks_golden) {
            golden.replay(&predictor)?;
        }
        Ok(predictor)
    }

    /// What is in the bytes of a file, which may be a package, unless it was in one.
    #[cfg_attr(not(feature = "skops"), expect(unused_variables, reason = "packages are not read"))]
    #[cfg_attr(
        not(any(feature = "onnx", feature = "pickle")),
        expect(clippy::unused_self, reason = "no format is read")
    )]
    fn model(&self, bytes: &[u8], may_be_package: bool) -> Result<Read> {
        match Format::of(bytes) {
            #[cfg(feature = "onnx")]
            Format::Onnx => self.read_onnx(bytes),
            #[cfg(feature = "pickle")]
            Format::Pickle => {
                let mut budget = self.budget(bytes);
                self.build(pickle::load(bytes, &mut budget)?, budget)
            }
            #[cfg(feature = "skops")]
            Format::Zip => {
                let mut budget = self.budget(bytes);
                let archive = archive::Archive::new(bytes, &mut budget)?;
                if may_be_package && archive.has(package::MANIFEST) {
                    return package::read(&archive, budget, self);
                }
                self.build(skops::load(archive, &mut budget)?, budget)
            }
            #[cfg(feature = "pickle")]
            compressed if compressed.is_compressed() => {
                let mut budget = self.budget(bytes);
                let inflated = joblib::inflate(compressed, bytes, &mut budget)?;
                self.build(pickle::load(&inflated, &mut budget)?, budget)
            }
            other => Err(other.refusal()),
        }
    }

    #[cfg(feature = "pickle")]
    fn budget(&self, bytes: &[u8]) -> pickle::Budget {
        pickle::Budget::of_file(self.max_numbers, bytes.len())
    }

    #[cfg(feature = "pickle")]
    fn build(&self, mut pickle: pickle::Pickle<'_>, budget: pickle::Budget) -> Result<Read> {
        pickle.root = key::choose(&pickle, self.key.as_deref())?;
        let model = sklearn::build(&pickle, budget.raised_to(self.max_numbers), self)?;
        Ok(Read {
            model,
            #[cfg(any(feature = "onnx", feature = "skops"))]
            golden: None,
        })
    }

    #[cfg(feature = "onnx")]
    fn read_onnx(&self, bytes: &[u8]) -> Result<Read> {
        if let Some(key) = &self.key {
            return Err(Error::unsupported(format!(
                "the entry '{key}' is asked for, but a file of ONNX holds one model and no dict"
            )));
        }
        let (model, golden) = onnx::read(bytes, self)?;
        Ok(Read { model, golden })
    }
}

/// What a file holds.
struct Read {
    model: Model,
    /// The answers that the model has to give.
    #[cfg(any(feature = "onnx", feature = "skops"))]
    golden: Option<Golden>,
}
