//! Several files that are one model: a preprocessor, an estimator, an encoder of labels.

use std::borrow::Cow;
use std::path::Path;

use super::pickle::{Budget, Call, Object, ObjectId, Objects, Pickle};
use super::{Format, Loaded, Reader, joblib, pickle, sklearn};
use crate::Predictor;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Label, Labels, Task};

/// Files that are joined.
const MAX_FILES: usize = 16;

impl Reader {
    /// One model from several files, as [`read_all`](Self::read_all).
    ///
    /// # Errors
    ///
    /// As [`Predictor::open`].
    pub fn open_all<P: AsRef<Path>>(&self, paths: &[P]) -> Result<Predictor> {
        let files: Result<Vec<Vec<u8>>> = paths.iter().map(|path| self.bytes_of(path.as_ref())).collect();
        let files = files?;
        self.read_all(&files.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// One model from several files, in the order in which a row meets them, as
    /// steps of a pipeline would be: `preprocessor.pkl`, then `model.pkl`. If
    /// the last is a `LabelEncoder`, its labels are answered in place of the
    /// numbers that the model before it was trained on.
    ///
    /// The limits of the reader hold for all of them together.
    ///
    /// # Errors
    ///
    /// As [`Predictor::read`]; [`UnsupportedModel`](ErrorKind::UnsupportedModel)
    /// of a file that holds no objects of scikit-learn's, as one of ONNX.
    pub fn read_all(&self, files: &[&[u8]]) -> Result<Predictor> {
        match files {
            [file] => self.read(file),
            files => self.predictor(self.loaded_all(files)?),
        }
    }

    /// What several files hold that are joined.
    pub(super) fn loaded_all(&self, files: &[&[u8]]) -> Result<Loaded> {
        match files {
            [] => return Err(Error::malformed("no file")),
            _ if files.len() > MAX_FILES => {
                return Err(Error::malformed(format!(
                    "{} files; at most {MAX_FILES} are joined",
                    files.len()
                )));
            }
            _ => {}
        }
        let size = files.iter().fold(0usize, |size, file| size.saturating_add(file.len()));
        if size > self.max_bytes {
            let message = format!("the files have more than the {} bytes allowed", self.max_bytes);
            return Err(Error::new(ErrorKind::ModelTooLarge, message));
        }
        let mut budget = Budget::of_file(self.max_numbers, size);
        let inflated: Result<Vec<Cow<'_, [u8]>>> = files
            .iter()
            .enumerate()
            .map(|(index, file)| plain(file, &mut budget).map_err(|error| error.within(nth(index))))
            .collect();
        self.joined(&inflated?, budget)
    }

    fn joined(&self, files: &[Cow<'_, [u8]>], mut budget: Budget) -> Result<Loaded> {
        let mut objects = Objects::default();
        let mut roots = Vec::new();
        for (index, file) in files.iter().enumerate() {
            let pickle = pickle::load_behind(objects, file, &mut budget);
            let pickle = pickle.map_err(|error| error.within(nth(index)))?;
            objects = pickle.objects;
            roots.push(pickle.root);
        }
        let of_labels = Budget::of_file(self.max_numbers, self.max_bytes);
        let labels = match roots.last().map(|last| sklearn::encoded_labels(&objects, *last, of_labels)) {
            Some(Some(labels)) => {
                roots.pop();
                Some(labels.map_err(|error| error.within(nth(files.len() - 1)))?)
            }
            _ => None,
        };
        let root = match roots.as_slice() {
            [one] => *one,
            steps => pipeline(&mut objects, steps, &mut budget)?,
        };
        let budget = budget.raised_to(self.max_numbers);
        let mut model = sklearn::build(&Pickle { objects, root }, budget, &self.names)?;
        if let Some(labels) = labels {
            let Task::Classify { labels: known, .. } = &mut model.schema.task else {
                return Err(Error::unsupported("an encoder of labels behind a model that is no classifier"));
            };
            *known = decoded(known, &labels)?;
        }
        Ok(Loaded::of(model))
    }
}

/// The pickle in a file, which may be compressed.
fn plain<'a>(file: &'a [u8], budget: &mut Budget) -> Result<Cow<'a, [u8]>> {
    match Format::of(file) {
        Format::Pickle => Ok(Cow::Borrowed(file)),
        compressed if compressed.is_compressed() => joblib::inflate(compressed, file, budget).map(Cow::Owned),
        Format::Onnx | Format::Zip => {
            Err(Error::unsupported("this is no pickle; only these are joined, not files of ONNX or skops'"))
        }
        other => Err(other.refusal()),
    }
}

/// What a pickle of a pipeline with these steps would hold.
fn pipeline(objects: &mut Objects<'_>, steps: &[ObjectId], budget: &mut Budget) -> Result<ObjectId> {
    let mut add = |object| objects.add(object, budget);
    let mut pairs = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let name = add(Object::Str(nth(index).into()))?;
        pairs.push(add(Object::Tuple([name, *step].into()))?);
    }
    let pairs = add(Object::List(pairs))?;
    let key = add(Object::Str("steps".into()))?;
    let state = add(Object::Dict(vec![(key, pairs)]))?;
    let module = add(Object::Str("sklearn.pipeline".into()))?;
    let name = add(Object::Str("Pipeline".into()))?;
    let callable = add(Object::Global { module, name })?;
    let args = add(Object::Tuple([].into()))?;
    add(Object::Call(Box::new(Call { state: Some(state), ..Call::new(callable, args) })))
}

/// The labels behind the numbers that a classifier was trained on.
fn decoded(known: &Labels, encoder: &Labels) -> Result<Labels> {
    let index = |label: Label<'_>| {
        let index = label.as_i64().and_then(|number| usize::try_from(number).ok());
        index.filter(|index| *index < encoder.len()).ok_or_else(|| {
            let n_labels = encoder.len();
            Error::unsupported(format!(
                "the classifier answers {label}, which is none of the {n_labels} numbers of the encoder of labels"
            ))
        })
    };
    let indices: Vec<usize> = known.iter().map(index).collect::<Result<_>>()?;
    let labels = match encoder {
        Labels::Strings(labels) => {
            Labels::Strings(indices.iter().map(|index| labels[*index].clone()).collect())
        }
        Labels::Integers(labels) => Labels::Integers(indices.iter().map(|index| labels[*index]).collect()),
        Labels::Booleans(labels) => Labels::Booleans(indices.iter().map(|index| labels[*index]).collect()),
        Labels::Floats(labels) => Labels::Floats(indices.iter().map(|index| labels[*index]).collect()),
    };
    labels.check(labels.len())?;
    Ok(labels)
}

fn nth(index: usize) -> String {
    format!("file {}", index + 1)
}
