//! What the model gave for the rows of a request.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::Wanted;
use crate::linear::class_number;
use crate::spans::PredictionRequest;
use crate::{Error, Label, Predictor, Result};

/// The answers to the rows of one request, in their order.
#[derive(Debug)]
pub struct Outputs<'p> {
    predictor: &'p Predictor,
    classes: Classes,
    probabilities: Vec<f64>,
    scores: Vec<f64>,
}

/// One row is so common that its class needs no allocation.
#[derive(Debug)]
enum Classes {
    One(u32),
    Many(Vec<u32>),
}

impl<'p> Outputs<'p> {
    /// Runs the model: the span `model_inference`.
    #[inline]
    pub(super) fn of(
        predictor: &'p Predictor,
        request: &mut PredictionRequest<'_>,
        values: &[f64],
        wanted: Wanted,
    ) -> Result<Self> {
        let n_features = predictor.schema().n_features();
        let outputs = |classes, n_rows| {
            let buffer = |is_wanted, columns: usize| vec![0.0; if is_wanted { columns * n_rows } else { 0 }];
            let probabilities = buffer(wanted.probabilities, predictor.schema().n_classes());
            Self { predictor, classes, probabilities, scores: buffer(wanted.scores, predictor.n_scores()) }
        };
        if values.len() == n_features {
            request.features(values);
            let mut one = outputs(Classes::One(0), 1);
            request.model_inference(|| one.fill_one(values, wanted))?;
            return Ok(one);
        }
        let n_rows = values.len() / n_features;
        let rows = ArrayView2::from_shape((n_rows, n_features), values).ok().filter(|_| n_rows > 0);
        let rows = rows.ok_or_else(|| not_rows(values.len(), n_features))?;
        let mut classes = vec![0; n_rows];
        let mut many = outputs(Classes::Many(Vec::new()), n_rows);
        request.batch_inference(n_rows, || many.fill(rows, &mut classes, wanted))?;
        let mut counts = vec![0; predictor.schema().n_classes()];
        for class in &classes {
            counts[*class as usize] += 1;
        }
        request.batch_classes(&counts);
        many.classes = Classes::Many(classes);
        Ok(many)
    }

    #[inline]
    fn fill_one(&mut self, row: &[f64], wanted: Wanted) -> Result<crate::Prediction<'p>> {
        let prediction = if wanted.probabilities {
            self.predictor.predict_proba_into(row, &mut self.probabilities)?
        } else {
            self.predictor.infer(row)?
        };
        if wanted.scores {
            self.predictor.decision_function_into(row, &mut self.scores)?;
        }
        self.classes = Classes::One(class_number(prediction.class_index()));
        Ok(prediction)
    }

    fn fill(&mut self, rows: ArrayView2<'_, f64>, classes: &mut [u32], wanted: Wanted) -> Result<()> {
        let Self { predictor, probabilities, scores, .. } = self;
        predictor.predict_batch_into(rows, classes)?;
        if wanted.probabilities {
            let out = table(probabilities, rows.nrows());
            predictor.predict_proba_batch_into(rows, out)?;
        }
        if wanted.scores {
            predictor.decision_function_batch_into(rows, table(scores, rows.nrows()))?;
        }
        Ok(())
    }

    /// Number of rows, one at least.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.classes().len()
    }

    /// The class index of each row.
    #[inline]
    #[must_use]
    pub fn classes(&self) -> &[u32] {
        match &self.classes {
            Classes::One(class) => std::slice::from_ref(class),
            Classes::Many(classes) => classes,
        }
    }

    /// The label of each row's class.
    pub fn labels(&self) -> impl Iterator<Item = Label<'p>> + '_ {
        let labels = self.predictor.schema().labels();
        // The reader matched labels to scores, so that every class has one.
        self.classes().iter().filter_map(|class| labels.get(*class as usize))
    }

    /// Each row's label with the probabilities of the classes, none unless wanted.
    pub fn rows(&self) -> impl Iterator<Item = (Label<'p>, &[f64])> {
        let n = self.probabilities.len() / self.n_rows();
        self.labels()
            .enumerate()
            .map(move |(row, label)| (label, &self.probabilities[row * n..(row + 1) * n]))
    }

    /// Every class's probability, row-major, `rows × n_classes`; empty unless wanted.
    #[inline]
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// Scores, row-major, `rows × n_scores`; empty unless wanted.
    #[must_use]
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }
}

/// A buffer made for so many rows, as their table.
fn table(buffer: &mut [f64], n_rows: usize) -> ArrayViewMut2<'_, f64> {
    let columns = buffer.len() / n_rows;
    ArrayViewMut2::from_shape((n_rows, columns), buffer).expect("the buffer was made for these rows")
}

#[cold]
fn not_rows(len: usize, n_features: usize) -> Error {
    Error::new(
        crate::ErrorKind::InputLength,
        format!("{len} values are no whole number of rows of {n_features}"),
    )
}
