//! Reading model files, whatever format their content is.

#[cfg(feature = "skops")]
mod archive;
#[cfg(feature = "boosters")]
mod booster;
#[cfg(any(feature = "boosters", feature = "pickle"))]
mod budget;
#[cfg(feature = "boosters")]
mod catboost;
#[cfg(feature = "folders")]
mod folder;
mod format;
#[cfg(feature = "inspect")]
mod inspect;
#[cfg(feature = "pickle")]
mod joblib;
#[cfg(feature = "pickle")]
mod key;
#[cfg(feature = "boosters")]
mod lightgbm;
#[cfg(any(feature = "onnx", feature = "skops"))]
mod metadata;
mod names;
#[cfg(feature = "skops")]
mod npy;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "inspect")]
mod outline;
#[cfg(feature = "skops")]
mod package;
#[cfg(feature = "pickle")]
mod pair;
#[cfg(feature = "pickle")]
mod pickle;
#[cfg(feature = "pickle")]
mod sklearn;
#[cfg(feature = "skops")]
mod skops;
#[cfg(any(feature = "onnx", feature = "pickle"))]
mod transposed;
#[cfg(feature = "boosters")]
mod xgboost;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
#[cfg(any(feature = "onnx", feature = "skops"))]
use crate::golden::Golden;
use crate::model::Model;
use crate::{Predictor, Quantization};
use format::Format;
use names::Names;
#[cfg(any(feature = "onnx", feature = "pickle"))]
use transposed::transposed;

#[cfg(feature = "inspect")]
pub use inspect::{ForestShape, Inspection, NotRead};
#[cfg(feature = "inspect")]
pub use outline::Outline;

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
    names: Names,
    key: Option<String>,
    checks_golden: bool,
    quantization: Quantization,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            max_bytes: Self::MAX_BYTES,
            max_numbers: Self::MAX_NUMBERS,
            names: Names::default(),
            key: None,
            checks_golden: true,
            quantization: Quantization::Exact,
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
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.names.name = Some(name.into());
        self
    }

    /// The same giving the model this version, whatever its file says.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.names.version = Some(version.into());
        self
    }

    /// The same giving the columns these names, whatever the file says.
    #[must_use]
    pub fn feature_names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names.features = Some(names.into_iter().map(Into::into).collect());
        self
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

    /// The same keeping the weights of a wide linear model in fewer bits, after golden vectors were
    /// replayed with all of them. What it does to the model's scores is measured, and told in the
    /// [notes](crate::Schema::notes) of its schema.
    #[must_use]
    pub fn quantization(self, quantization: Quantization) -> Self {
        Self { quantization, ..self }
    }

    /// A model from a file.
    ///
    /// # Errors
    ///
    /// As [`Predictor::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Predictor> {
        let path = path.as_ref();
        #[cfg(feature = "folders")]
        if path.is_dir() {
            return self.predictor(self.loaded_named(self.in_folder(path)?)?);
        }
        self.read(&self.bytes_of(path)?)
    }

    /// The bytes of a file.
    fn bytes_of(&self, path: &Path) -> Result<Vec<u8>> {
        self.load(path).map_err(|error| {
            Error::new(ErrorKind::Unreadable, format!("the file cannot be read: {error}")).caused_by(error)
        })
    }

    /// No more of a file than makes it too large. There is room for it from the
    /// beginning, but its size may be a lie, or not known.
    fn load(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size.min(self.max_bytes))?;
        file.take((self.max_bytes as u64).saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// A model from the bytes of a file.
    ///
    /// # Errors
    ///
    /// As [`Predictor::read`].
    pub fn read(&self, bytes: &[u8]) -> Result<Predictor> {
        self.predictor(self.loaded(bytes)?)
    }

    /// A model that gives the answers that its file carries.
    #[cfg_attr(
        not(any(feature = "onnx", feature = "skops")),
        expect(clippy::unnecessary_wraps, reason = "no file that is read carries any")
    )]
    fn predictor(&self, loaded: Loaded) -> Result<Predictor> {
        let predictor = Predictor::new(loaded.model);
        #[cfg(any(feature = "onnx", feature = "skops"))]
        if let Some(golden) = loaded.golden.filter(|_| self.checks_golden) {
            golden.replay(&predictor)?;
        }
        Ok(predictor.quantized(self.quantization))
    }

    /// What a file holds, before its golden vectors are replayed.
    fn loaded(&self, bytes: &[u8]) -> Result<Loaded> {
        self.check_size(bytes)?;
        #[cfg(feature = "folders")]
        if folder::is_archive(bytes) {
            return self.loaded_named(self.in_archive(bytes)?);
        }
        self.loaded_alone(bytes, true)
    }

    /// What the file of a folder holds, under the folder's names where it has none itself.
    #[cfg(feature = "folders")]
    fn loaded_named(&self, found: folder::Found<'_>) -> Result<Loaded> {
        self.check_size(&found.bytes)?;
        let mut loaded = self.loaded_alone(&found.bytes, true)?;
        if let (Some(names), None) = (found.names, &self.names.features) {
            loaded.model.schema.features.name_unnamed(names)?;
        }
        Ok(loaded)
    }

    /// What is in the bytes of a file, which may be a package, unless it was in one.
    #[cfg_attr(not(feature = "skops"), expect(unused_variables, reason = "packages are not read"))]
    #[cfg_attr(
        not(any(feature = "boosters", feature = "onnx", feature = "pickle")),
        expect(clippy::unused_self, reason = "no format is read")
    )]
    fn loaded_alone(&self, bytes: &[u8], may_be_package: bool) -> Result<Loaded> {
        match Format::of(bytes) {
            #[cfg(feature = "onnx")]
            Format::Onnx => self.read_onnx(bytes),
            #[cfg(feature = "boosters")]
            Format::UbJson | Format::XgBoostBinary => self.read_xgboost(bytes),
            #[cfg(feature = "boosters")]
            Format::LightGbm => {
                self.check_no_key("LightGBM")?;
                lightgbm::model(bytes, self.budget(bytes), &self.names).map(Loaded::of)
            }
            #[cfg(feature = "boosters")]
            Format::Json if xgboost::is_json(bytes) => self.read_xgboost(bytes),
            #[cfg(feature = "skops")]
            Format::Zip if may_be_package => {
                let mut budget = self.budget(bytes);
                let archive = archive::Archive::new(bytes, &mut budget)?;
                if archive.has(package::MANIFEST) {
                    return package::read(&archive, budget, self);
                }
                self.loaded_alone(bytes, false)
            }
            #[cfg(feature = "boosters")]
            Format::CatBoost => self.read_catboost(bytes),
            #[cfg(feature = "boosters")]
            Format::Json if catboost::is_json(bytes) => self.read_catboost(bytes),
            #[cfg(feature = "pickle")]
            _ => self.with_objects(bytes, |mut pickle, budget| {
                pickle.root = key::choose(&pickle, self.key.as_deref())?;
                sklearn::build(&pickle, budget.raised_to(self.max_numbers), &self.names).map(Loaded::of)
            }),
            #[cfg(not(feature = "pickle"))]
            other => Err(other.refusal()),
        }
    }

    /// What a file says of itself, whether it is read or not.
    #[cfg(feature = "inspect")]
    fn contents(&self, bytes: &[u8]) -> Result<inspect::Contents> {
        #[cfg(feature = "folders")]
        if folder::is_archive(bytes) {
            let found = self.in_archive(bytes)?;
            self.check_size(&found.bytes)?;
            return self.contents_alone(&found.bytes);
        }
        self.contents_alone(bytes)
    }

    #[cfg(feature = "inspect")]
    fn contents_alone(&self, bytes: &[u8]) -> Result<inspect::Contents> {
        match Format::of(bytes) {
            #[cfg(feature = "onnx")]
            Format::Onnx => onnx::contents(bytes),
            #[cfg(feature = "boosters")]
            Format::LightGbm => lightgbm::contents(bytes, &mut self.budget(bytes)),
            #[cfg(feature = "skops")]
            Format::Zip if package::is_one(bytes, &mut self.budget(bytes))? => {
                let source = package::source(bytes, &mut self.budget(bytes))?;
                match Format::of(&source) {
                    Format::Zip if package::is_one(&source, &mut self.budget(&source))? => {
                        Err(Error::unsupported("a package within a package"))
                    }
                    _ => self.contents_alone(&source),
                }
            }
            #[cfg(feature = "pickle")]
            _ => self.with_objects(bytes, |mut pickle, _| {
                let mut contents = inspect::Contents::default();
                if self.key.is_some() {
                    pickle.root = key::choose(&pickle, self.key.as_deref())?;
                }
                let outline = outline::of(&pickle.objects, pickle.root, sklearn::is_read);
                contents.outline = Some(outline);
                if let [0x80, protocol, ..] = bytes {
                    contents.versions.insert("pickle protocol", protocol.to_string());
                }
                let versions = outline::versions(&pickle.objects, pickle.root);
                if !versions.is_empty() {
                    contents.versions.insert("scikit-learn", versions.join(", "));
                }
                Ok(contents)
            }),
            #[cfg(not(feature = "pickle"))]
            other => Err(other.refusal()),
        }
    }

    /// Lets `work` look at the objects of a file that holds some.
    #[cfg(feature = "pickle")]
    fn with_objects<T>(
        &self,
        bytes: &[u8],
        work: impl FnOnce(pickle::Pickle<'_>, budget::Budget) -> Result<T>,
    ) -> Result<T> {
        let mut budget = self.budget(bytes);
        match Format::of(bytes) {
            Format::Pickle => work(pickle::load(bytes, &mut budget)?, budget),
            #[cfg(feature = "skops")]
            Format::Zip => {
                let archive = archive::Archive::new(bytes, &mut budget)?;
                work(skops::load(archive, &mut budget)?, budget)
            }
            compressed if compressed.is_compressed() => {
                let inflated = joblib::inflate(compressed, bytes, &mut budget)?;
                work(pickle::load(&inflated, &mut budget)?, budget)
            }
            other => Err(other.refusal()),
        }
    }

    #[cfg(any(feature = "boosters", feature = "pickle"))]
    fn budget(&self, bytes: &[u8]) -> budget::Budget {
        budget::Budget::of_file(self.max_numbers, bytes.len())
    }

    #[cfg(feature = "boosters")]
    fn read_catboost(&self, bytes: &[u8]) -> Result<Loaded> {
        self.check_no_key("CatBoost")?;
        catboost::read(bytes, self.budget(bytes), &self.names)
            .map(Loaded::of)
            .map_err(|error| error.within("CatBoost"))
    }

    #[cfg(feature = "boosters")]
    fn read_xgboost(&self, bytes: &[u8]) -> Result<Loaded> {
        self.check_no_key("XGBoost")?;
        let budget = self.budget(bytes).raised_to(self.max_numbers);
        xgboost::read(bytes, budget, &self.names).map(Loaded::of).map_err(|error| error.within("XGBoost"))
    }

    #[cfg(feature = "onnx")]
    fn read_onnx(&self, bytes: &[u8]) -> Result<Loaded> {
        self.check_no_key("ONNX")?;
        let (model, golden) = onnx::read(bytes, &self.names, self.max_numbers)?;
        Ok(Loaded { model, golden })
    }

    /// That no entry is asked for of a file that has none.
    #[cfg(any(feature = "boosters", feature = "onnx"))]
    fn check_no_key(&self, format: &str) -> Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
        Err(Error::unsupported(format!(
            "the entry '{key}' is asked for, but a file of {format} holds one model and no dict"
        )))
    }

    fn check_size(&self, bytes: &[u8]) -> Result<()> {
        if bytes.len() <= self.max_bytes {
            return Ok(());
        }
        let message = format!("the file has more than the {} bytes allowed", self.max_bytes);
        Err(Error::new(ErrorKind::ModelTooLarge, message))
    }
}

/// A model, and the answers that it has to give.
struct Loaded {
    model: Model,
    #[cfg(any(feature = "onnx", feature = "skops"))]
    golden: Option<Golden>,
}

impl Loaded {
    #[cfg(any(feature = "boosters", feature = "pickle"))]
    fn of(model: Model) -> Self {
        Self {
            model,
            #[cfg(any(feature = "onnx", feature = "skops"))]
            golden: None,
        }
    }

    /// How many golden rows there are.
    #[cfg(feature = "inspect")]
    fn n_golden(&self) -> usize {
        self.golden.as_ref().map_or(0, Golden::len)
    }
}
