//! A model: what it expects, and the program that answers.

use crate::error::{Error, ErrorKind, Result};
use crate::linear::{Linear, NotFinite, Winner};
use crate::program::Program;
use crate::scratch::Memory;
use crate::{Prediction, Schema, Task};

/// What a reader builds and every call runs: checks before, errors after.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) schema: Schema,
    pub(crate) program: Program,
    /// Which features may be NaN; none where the list is empty.
    missing: Box<[bool]>,
    /// The length of a row that has a class, and of its probabilities: one
    /// comparison for whether there are any and whether they fit.
    classified_len: usize,
    n_probabilities: usize,
}

/// The length of what there is not: no slice has it.
const NONE: usize = usize::MAX;

impl Model {
    /// Puts schema and program together; the schema learns which features may be missing.
    pub(crate) fn new(mut schema: Schema, program: Program) -> Self {
        let missing = program.tolerated_missing().into_boxed_slice();
        schema.features.accept_missing(&missing);
        let is_classifier = matches!(schema.task, Task::Classify { .. });
        let classified_len = if is_classifier { schema.n_features() } else { NONE };
        let n_probabilities = if schema.has_probabilities() { schema.n_classes() } else { NONE };
        Self { schema, program, missing, classified_len, n_probabilities }
    }

    /// Numbers that a call on one row works in.
    pub(crate) fn row_len(&self) -> usize {
        self.program.arena_len() + self.program.estimator().row_len()
    }

    /// The class of one row.
    #[inline]
    pub(crate) fn class(&self, row: &[f64], memory: Memory<'_>) -> Result<usize> {
        if row.len() != self.classified_len {
            return Err(self.no_class(row.len()));
        }
        self.run(row, memory, Linear::class)
    }

    /// The class of one row and its probability, or its value.
    #[inline]
    pub(crate) fn predict(&self, row: &[f64], memory: Memory<'_>) -> Result<Prediction<'_>> {
        if row.len() != self.classified_len {
            return self.predict_value(row, memory);
        }
        let winner = self.run(row, memory, Linear::winner)?;
        Ok(self.prediction(winner))
    }

    /// The same with every class's probability written to `out`.
    #[inline]
    pub(crate) fn probabilities(
        &self,
        row: &[f64],
        out: &mut [f64],
        memory: Memory<'_>,
    ) -> Result<Prediction<'_>> {
        self.check_probabilities(out.len())?;
        if row.len() != self.classified_len {
            return Err(self.no_class(row.len()));
        }
        let winner = self.run(row, memory, |linear, row, _| linear.probabilities(row, out))?;
        Ok(self.prediction(winner))
    }

    /// The scores of one row into `out`.
    #[inline]
    pub(crate) fn scores(&self, row: &[f64], out: &mut [f64], memory: Memory<'_>) -> Result<()> {
        self.check_scores(out.len())?;
        if row.len() != self.classified_len {
            return Err(self.no_class(row.len()));
        }
        self.run(row, memory, |linear, row, _| linear.scores(row, out))
    }

    /// The value of each target of one row into `out`.
    #[inline]
    pub(crate) fn values(&self, row: &[f64], out: &mut [f64], memory: Memory<'_>) -> Result<()> {
        self.check_values(out.len())?;
        if row.len() != self.schema.n_features() {
            return Err(self.wrong_length(row.len()));
        }
        self.run(row, memory, |linear, row, _| linear.scores(row, out))
    }

    /// The value of a regressor that has one target; out of line, so that
    /// classifiers pay nothing for it.
    #[inline(never)]
    fn predict_value(&self, row: &[f64], memory: Memory<'_>) -> Result<Prediction<'_>> {
        if let Task::Classify { .. } = self.schema.task {
            return Err(self.wrong_length(row.len()));
        }
        let n_targets = self.schema.n_targets();
        if n_targets != 1 {
            let message = format!("this regressor has {n_targets} targets; ask for predict_values_into");
            return Err(Error::new(ErrorKind::WrongTask, message));
        }
        let mut value = [0.0];
        self.values(row, &mut value, memory)?;
        Ok(Prediction::number(value[0]))
    }

    /// Runs the steps on a row of the right length, and lets `work` run the
    /// estimator on what they leave.
    #[inline(always)]
    fn run<T>(
        &self,
        row: &[f64],
        memory: Memory<'_>,
        work: impl FnOnce(&Linear, &[f64], Memory<'_>) -> Result<T, NotFinite>,
    ) -> Result<T> {
        let Some(linear) = self.program.direct() else {
            return self.run_behind_steps(row, memory, work);
        };
        // Every feature enters every score, so a row that is not finite gives
        // scores that are not, and those are looked at anyway.
        work(linear, row, memory).map_err(|_| self.not_finite(row))
    }

    /// Out of line, so that a model without steps pays nothing for them.
    #[inline(never)]
    fn run_behind_steps<T>(
        &self,
        row: &[f64],
        memory: Memory<'_>,
        work: impl FnOnce(&Linear, &[f64], Memory<'_>) -> Result<T, NotFinite>,
    ) -> Result<T> {
        self.check_finite(row)?;
        let answer = memory.with(self.row_len(), |numbers| {
            let (arena, rest) = numbers.split_at_mut(self.program.arena_len());
            work(self.program.estimator(), self.program.run(row, arena), Memory::Piece(rest))
        });
        answer.map_err(|_| self.not_finite(row))
    }

    #[inline]
    fn prediction(&self, winner: Winner) -> Prediction<'_> {
        let label =
            self.schema.labels().get(winner.class_index).expect("the reader matched labels to scores");
        Prediction::class(winner.class_index, label, winner.probability)
    }

    /// Checks one row's length and numbers.
    pub(crate) fn check_row(&self, row: &[f64]) -> Result<()> {
        if row.len() != self.schema.n_features() {
            return Err(self.wrong_length(row.len()));
        }
        self.check_finite(row)
    }

    fn check_finite(&self, row: &[f64]) -> Result<()> {
        let may_be_missing = |feature: usize| self.missing.get(feature).copied().unwrap_or(false);
        let is_bad = |(feature, value): (usize, &f64)| {
            !(value.is_finite() || (value.is_nan() && may_be_missing(feature)))
        };
        match row.iter().enumerate().position(is_bad) {
            None => Ok(()),
            Some(feature) => Err(self.bad_feature(row, feature)),
        }
    }

    /// Checks that there are classes.
    #[inline]
    pub(crate) fn check_classifier(&self) -> Result<()> {
        match self.schema.task {
            Task::Classify { .. } => Ok(()),
            Task::Regress { .. } => Err(wrong_task("this model is a regressor, which has no classes")),
        }
    }

    /// Checks that there are probabilities, and as many as the buffer holds.
    #[inline]
    pub(crate) fn check_probabilities(&self, len: usize) -> Result<()> {
        if len == self.n_probabilities { Ok(()) } else { Err(self.no_probabilities(len)) }
    }

    /// Why so many probabilities cannot be given.
    #[cold]
    fn no_probabilities(&self, len: usize) -> Error {
        if let Err(error) = self.check_classifier() {
            return error;
        }
        if self.schema.has_probabilities() {
            return wrong_output(len, self.schema.n_classes(), "predict_proba");
        }
        Error::new(
            ErrorKind::NoProbabilities,
            "this model gives scores, not probabilities; ask for decision_function",
        )
    }

    /// Why a row of this length has no class.
    #[cold]
    fn no_class(&self, len: usize) -> Error {
        self.check_classifier().err().unwrap_or_else(|| self.wrong_length(len))
    }

    /// Checks that there are scores, and as many as the buffer holds.
    #[inline]
    pub(crate) fn check_scores(&self, len: usize) -> Result<()> {
        self.check_classifier()?;
        check_len(len, self.program.estimator().n_scores(), "decision_function")
    }

    /// Checks that there are targets, and as many as the buffer holds.
    #[inline]
    pub(crate) fn check_values(&self, len: usize) -> Result<()> {
        match self.schema.task {
            Task::Regress { n_targets } => check_len(len, n_targets, "predict_values"),
            Task::Classify { .. } => {
                Err(wrong_task("this model is a classifier, which answers classes, not values"))
            }
        }
    }

    #[cold]
    pub(crate) fn wrong_length(&self, len: usize) -> Error {
        let expected = format!("{} features ({})", self.schema.n_features(), self.schema.feature_list());
        Error::new(ErrorKind::InputLength, format!("the row has {len} values, the model expects {expected}"))
    }

    #[cold]
    fn bad_feature(&self, row: &[f64], feature: usize) -> Error {
        let name = self.schema.features()[feature].name();
        let value = row[feature];
        let why = match (value.is_nan(), self.missing.is_empty()) {
            (true, true) => "and this model declares no missing values",
            (true, false) => "and this model declares no missing values in that column",
            (false, _) => "not a finite number",
        };
        Error::new(ErrorKind::InputNotFinite, format!("{name} is {value}, {why}")).at_feature(feature)
    }

    /// Says which of the two reasons a score has for not being finite.
    #[cold]
    pub(crate) fn not_finite(&self, row: &[f64]) -> Error {
        self.check_finite(row).err().unwrap_or_else(|| {
            Error::new(
                ErrorKind::ScoreOverflow,
                "the features are finite, but too large: a score of the model overflows",
            )
        })
    }
}

#[cold]
fn wrong_task(message: &'static str) -> Error {
    Error::new(ErrorKind::WrongTask, message)
}

/// Checks the length of a buffer of the caller's.
#[inline]
pub(crate) fn check_len(len: usize, expected: usize, what: &str) -> Result<()> {
    if len == expected { Ok(()) } else { Err(wrong_output(len, expected, what)) }
}

#[cold]
fn wrong_output(len: usize, expected: usize, what: &str) -> Error {
    Error::new(
        ErrorKind::OutputLength,
        format!("the buffer for {what} holds {len} values, the answer has {expected}"),
    )
}
