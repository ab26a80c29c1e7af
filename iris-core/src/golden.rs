//! Golden vectors: rows with the answers that scikit-learn gave for them.

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Dtype, Schema};
use crate::{Cell, Label, Predictor, Rows, RowsMut, Texts};

/// `iris.golden` of a file's metadata, one item a row; `null` is a missing value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Golden {
    inputs: Vec<Vec<GoldenCell>>,
    labels: Option<Vec<GoldenLabel>>,
    values: Option<Vec<Vec<f64>>>,
    decision_function: Option<Vec<Vec<f64>>>,
    probabilities: Option<Vec<Vec<f64>>>,
}

/// One value of a row; `null` is a missing one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum GoldenCell {
    Missing(()),
    Bool(bool),
    Number(f64),
    Text(String),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum GoldenLabel {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    String(String),
}

/// Rows enough to fill a block of every kernel, and to begin another.
const BATCH: usize = 40;

impl Golden {
    /// Runs every golden row through the model and compares the answers.
    pub(crate) fn replay(&self, predictor: &Predictor) -> Result<()> {
        if let Some(labels) = &self.labels {
            check_len("iris.golden labels", labels.len(), self.inputs.len())?;
        }
        for answers in [&self.decision_function, &self.probabilities, &self.values].into_iter().flatten() {
            check_len("iris.golden answers", answers.len(), self.inputs.len())?;
        }
        for index in 0..self.inputs.len() {
            self.replay_row(predictor, index)
                .map_err(|error| mismatch(error.to_string()).within(format_args!("golden row {index}")))?;
        }
        if self.inputs.is_empty() {
            return Ok(());
        }
        self.replay_batch(predictor).map_err(|error| error.within("golden rows together"))
    }

    /// How many rows there are.
    #[cfg(feature = "inspect")]
    pub(crate) fn len(&self) -> usize {
        self.inputs.len()
    }

    fn row(&self, schema: &Schema, index: usize, texts: &mut Texts) -> Result<Vec<f64>> {
        let cells = &self.inputs[index];
        check_len("a golden row", cells.len(), schema.n_features())?;
        let cells = cells.iter().enumerate();
        cells.map(|(feature, cell)| schema.encode_with(feature, cell.as_cell(), texts)).collect()
    }

    fn replay_row(&self, predictor: &Predictor, index: usize) -> Result<()> {
        let mut texts = Texts::new();
        let row = self.row(predictor.schema(), index, &mut texts)?;
        let predictor = &predictor.reading(texts);
        let schema = predictor.schema();
        if let Some(labels) = &self.labels {
            let class_index = predictor.predict_class(&row)?;
            let label = schema.labels().get(class_index).expect("every class has a label");
            if labels[index] != label {
                return Err(mismatch(format!("the model answers {label}, not {:?}", labels[index])));
            }
        }
        let tolerance = match schema.dtype() {
            Dtype::F32 => 1e-5,
            Dtype::F64 => 1e-9,
        };
        if let Some(expected) = &self.probabilities {
            let mut probabilities = vec![0.0; schema.n_classes()];
            predictor.predict_proba_into(&row, &mut probabilities)?;
            compare("probabilities", &probabilities, &expected[index], tolerance)?;
        }
        if let Some(expected) = &self.decision_function {
            let mut scores = vec![0.0; predictor.n_scores()];
            predictor.decision_function_into(&row, &mut scores)?;
            compare("decision_function", &scores, &expected[index], tolerance)?;
        }
        if let Some(expected) = &self.values {
            let mut values = vec![0.0; schema.n_targets()];
            predictor.predict_values_into(&row, &mut values)?;
            compare("values", &values, &expected[index], tolerance)?;
        }
        Ok(())
    }

    /// The kernels for many rows must give the bits of those for one.
    fn replay_batch(&self, predictor: &Predictor) -> Result<()> {
        let schema = predictor.schema();
        let indices: Vec<usize> = (0..self.inputs.len()).cycle().take(self.inputs.len().max(BATCH)).collect();
        let mut texts = Texts::new();
        let rows: Result<Vec<Vec<f64>>> =
            indices.iter().map(|index| self.row(schema, *index, &mut texts)).collect();
        let numbers = rows?.concat();
        let predictor = &predictor.reading(texts);
        let rows = Rows::new(&numbers, schema.n_features())?;
        let row = |index: usize| &numbers[index * schema.n_features()..][..schema.n_features()];
        if schema.n_classes() > 0 {
            let mut classes = vec![0; rows.n_rows()];
            predictor.predict_batch_into(rows, &mut classes)?;
            for (index, class) in classes.into_iter().enumerate() {
                same("classes", &predictor.predict_class(row(index))?, &(class as usize))?;
            }
        }
        if schema.has_probabilities() {
            let width = schema.n_classes();
            let (mut all, mut one) = (vec![0.0; rows.n_rows() * width], vec![0.0; width]);
            predictor.predict_proba_batch_into(rows, RowsMut::new(&mut all, width)?)?;
            for (index, of_row) in all.chunks_exact(width).enumerate() {
                predictor.predict_proba_into(row(index), &mut one)?;
                same("probabilities", &one[..], of_row)?;
            }
        }
        if schema.n_targets() > 0 {
            let width = schema.n_targets();
            let (mut all, mut one) = (vec![0.0; rows.n_rows() * width], vec![0.0; width]);
            predictor.predict_values_batch_into(rows, RowsMut::new(&mut all, width)?)?;
            for (index, of_row) in all.chunks_exact(width).enumerate() {
                predictor.predict_values_into(row(index), &mut one)?;
                same("values", &one[..], of_row)?;
            }
        }
        Ok(())
    }
}

impl GoldenCell {
    fn as_cell(&self) -> Cell<'_> {
        match self {
            Self::Missing(()) => Cell::Missing,
            Self::Bool(flag) => Cell::Bool(*flag),
            Self::Number(number) => Cell::Number(*number),
            Self::Text(text) => Cell::Text(text),
        }
    }
}

impl PartialEq<Label<'_>> for GoldenLabel {
    fn eq(&self, label: &Label<'_>) -> bool {
        match (self, label) {
            (Self::String(ours), Label::String(theirs)) => ours == theirs,
            (Self::Integer(ours), Label::Integer(theirs)) => ours == theirs,
            (Self::Boolean(ours), Label::Boolean(theirs)) => ours == theirs,
            (Self::Float(ours), Label::Float(theirs)) => ours.to_bits() == theirs.to_bits(),
            _ => false,
        }
    }
}

/// Equal within `tolerance`, absolute below 1 and relative above.
fn compare(what: &str, ours: &[f64], expected: &[f64], tolerance: f64) -> Result<()> {
    check_len(what, expected.len(), ours.len())?;
    let close =
        |(ours, expected): (&f64, &f64)| (ours - expected).abs() <= tolerance * expected.abs().max(1.0);
    if ours.iter().zip(expected).all(close) {
        Ok(())
    } else {
        Err(mismatch(format!("{what} are {ours:?}, not {expected:?}")))
    }
}

/// The same bits from two ways to one answer.
fn same<T: PartialEq + std::fmt::Debug + ?Sized>(what: &str, one: &T, batch: &T) -> Result<()> {
    if one == batch {
        Ok(())
    } else {
        Err(mismatch(format!("{what} of a row are {one:?} alone and {batch:?} in a batch")))
    }
}

fn mismatch(message: String) -> Error {
    Error::new(ErrorKind::GoldenMismatch, message)
}

/// Checks how many entries a list in the metadata has.
pub(crate) fn check_len(what: &str, len: usize, expected: usize) -> Result<()> {
    if len == expected {
        Ok(())
    } else {
        Err(Error::malformed(format!("{what} has {len} entries, {expected} are needed")))
    }
}
