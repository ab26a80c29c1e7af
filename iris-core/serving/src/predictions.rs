//! What a model gave for the rows of a request.

mod part;

use std::cell::RefCell;

use iris_core::{Label, Prediction, Predictor, Result, Rows, Scratch, Task};
use iris_telemetry::PredictionRequest;

use crate::Want;
use part::Part;

/// The answers to the rows of one request, in their order.
#[derive(Debug)]
pub struct Predictions<'p> {
    predictor: &'p Predictor,
    n_rows: usize,
    classes: Classes,
    probabilities: Vec<f64>,
    scores: Vec<f64>,
    values: Vec<f64>,
    contributions: Vec<f64>,
}

/// One row is so common that its class needs no allocation.
#[derive(Debug)]
enum Classes {
    One(u32),
    Many(Vec<u32>),
}

thread_local! {
    /// Each thread's working memory, which grows to its largest model's.
    static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch::new()) };
}

impl<'p> Predictions<'p> {
    /// Runs the model: the span `model_inference`.
    #[inline]
    pub(crate) fn of(
        predictor: &'p Predictor,
        request: &mut PredictionRequest<'_>,
        numbers: &[f64],
        want: Want,
    ) -> Result<Self> {
        SCRATCH.with_borrow_mut(|scratch| {
            if numbers.len() == predictor.schema().n_features() {
                Self::of_one(predictor, request, scratch, numbers, want)
            } else {
                Self::of_many(predictor, request, scratch, numbers, want)
            }
        })
    }

    #[inline]
    fn of_one(
        predictor: &'p Predictor,
        request: &mut PredictionRequest<'_>,
        scratch: &mut Scratch,
        row: &[f64],
        want: Want,
    ) -> Result<Self> {
        request.features(row);
        let mut one = Self::with_room(predictor, 1, want);
        if predictor.schema().n_targets() > 1 {
            request.values_inference(|| {
                predictor.predict_values_with(scratch, row, &mut one.values)?;
                one.explain(scratch, row, want)
            })?;
        } else {
            request.model_inference(|| one.fill_one(scratch, row, want))?;
        }
        Ok(one)
    }

    #[inline]
    fn fill_one(&mut self, scratch: &mut Scratch, row: &[f64], want: Want) -> Result<Prediction<'p>> {
        let prediction = if want.probabilities {
            self.predictor.predict_proba_with(scratch, row, &mut self.probabilities)?
        } else {
            self.predictor.predict_with(scratch, row)?
        };
        if want.scores {
            self.predictor.decision_function_with(scratch, row, &mut self.scores)?;
        }
        self.explain(scratch, row, want)?;
        match (prediction.class_index(), prediction.value()) {
            (Some(class_index), _) => self.classes = Classes::One(class_number(class_index)),
            (None, Some(value)) => self.values[0] = value,
            (None, None) => {}
        }
        Ok(prediction)
    }

    fn of_many(
        predictor: &'p Predictor,
        request: &mut PredictionRequest<'_>,
        scratch: &mut Scratch,
        numbers: &[f64],
        want: Want,
    ) -> Result<Self> {
        let n_rows = Rows::new(numbers, predictor.schema().n_features())?.n_rows();
        let mut many = Self::with_room(predictor, n_rows, want);
        let n_classes = match predictor.schema().task() {
            Task::Classify { labels, .. } => Some(labels.len()),
            Task::Regress { .. } => None,
        };
        let mut classes = vec![0; n_classes.map_or(0, |_| n_rows)];
        let part = Part {
            want,
            first: 0,
            n_rows,
            numbers,
            classes: &mut classes,
            probabilities: &mut many.probabilities,
            scores: &mut many.scores,
            values: &mut many.values,
            contributions: &mut many.contributions,
        };
        if n_classes.is_none() {
            request.values();
        }
        request.batch_inference(n_rows, || part.answer(predictor, scratch))?;
        if let Some(n_classes) = n_classes {
            let mut counts = vec![0; n_classes];
            for class in &classes {
                counts[*class as usize] += 1;
            }
            request.batch_classes(&counts);
            many.classes = Classes::Many(classes);
        }
        Ok(many)
    }

    /// Adds what each feature contributes, if that is wanted: within `model_inference` as well.
    #[inline]
    fn explain(&mut self, scratch: &mut Scratch, row: &[f64], want: Want) -> Result<()> {
        if !want.contributions {
            return Ok(());
        }
        self.predictor.contributions_with(scratch, row, &mut self.contributions)
    }

    #[inline]
    fn with_room(predictor: &'p Predictor, n_rows: usize, want: Want) -> Self {
        let schema = predictor.schema();
        let room = |is_wanted, columns: usize| vec![0.0; if is_wanted { columns * n_rows } else { 0 }];
        Self {
            predictor,
            n_rows,
            classes: Classes::One(0),
            probabilities: room(want.probabilities, schema.n_classes()),
            scores: room(want.scores, predictor.n_scores()),
            values: room(true, schema.n_targets()),
            contributions: room(want.contributions, predictor.contributions_len()),
        }
    }

    /// Number of rows, one at least.
    #[inline]
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The class index of each row; meaningless from a regressor.
    #[inline]
    #[must_use]
    pub fn classes(&self) -> &[u32] {
        match &self.classes {
            Classes::One(class) => std::slice::from_ref(class),
            Classes::Many(classes) => classes,
        }
    }

    /// The label of each row's class; none from a regressor.
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

    /// What each feature contributes, row-major, `rows × outputs × (features + 1)`; empty unless wanted.
    #[must_use]
    pub fn contributions(&self) -> &[f64] {
        &self.contributions
    }

    /// A regressor's values, row-major, `rows × n_targets`; empty from a classifier.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

/// A class index as batches write it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a model that fits in memory has fewer than 2^32 classes"
)]
fn class_number(class_index: usize) -> u32 {
    class_index as u32
}
