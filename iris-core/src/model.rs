//! A model: what it expects, its preprocessing, its estimator.

use crate::error::{Error, ErrorKind, Result};
use crate::linear::{Linear, NotFinite, Winner};
use crate::pipeline::Steps;
use crate::{Prediction, Schema};

/// What the reader builds and every call runs.
pub(crate) struct Model {
    pub(crate) schema: Schema,
    pub(crate) steps: Steps,
    pub(crate) linear: Linear,
}

impl Model {
    /// The class of one row.
    #[inline]
    pub(crate) fn class(&self, row: &[f64]) -> Result<usize> {
        self.answer(row, Linear::class)
    }

    /// The class of one row and its probability.
    #[inline]
    pub(crate) fn infer(&self, row: &[f64]) -> Result<Prediction<'_>> {
        let winner = self.answer(row, Linear::winner)?;
        Ok(self.prediction(winner))
    }

    /// The same with every class's probability written to `out`.
    #[inline]
    pub(crate) fn probabilities(&self, row: &[f64], out: &mut [f64]) -> Result<Prediction<'_>> {
        self.check_probabilities(out.len())?;
        let winner = self.answer(row, |linear, row| linear.probabilities(row, out))?;
        Ok(self.prediction(winner))
    }

    /// The scores of one row into `out`.
    #[inline]
    pub(crate) fn scores(&self, row: &[f64], out: &mut [f64]) -> Result<()> {
        check_len(out.len(), self.linear.n_scores(), "decision_function")?;
        self.answer(row, |linear, row| linear.scores(row, out))
    }

    /// Checks the row, applies the steps, and runs `work` on what they leave.
    #[inline(always)]
    fn answer<T>(
        &self,
        row: &[f64],
        work: impl FnOnce(&Linear, &[f64]) -> Result<T, NotFinite>,
    ) -> Result<T> {
        if row.len() != self.schema.n_features() {
            return Err(self.wrong_length(row.len()));
        }
        if !self.steps.is_empty() {
            return self.answer_behind_steps(row, work);
        }
        // Every feature enters every score, so a row that is not finite gives
        // scores that are not, and those are looked at anyway.
        work(&self.linear, row).map_err(|_| self.not_finite(row))
    }

    /// Out of line, so that a model without steps pays nothing for them.
    #[inline(never)]
    fn answer_behind_steps<T>(
        &self,
        row: &[f64],
        work: impl FnOnce(&Linear, &[f64]) -> Result<T, NotFinite>,
    ) -> Result<T> {
        self.check_finite(row)?;
        self.steps.apply(row, |row| work(&self.linear, row)).map_err(|_| self.not_finite(row))
    }

    #[inline]
    fn prediction(&self, winner: Winner) -> Prediction<'_> {
        Prediction {
            class_index: winner.class_index,
            label: self.schema.labels.get(winner.class_index).expect("the reader matched labels to scores"),
            probability: winner.probability,
        }
    }

    /// Checks one row's length and numbers.
    pub(crate) fn check_row(&self, row: &[f64]) -> Result<()> {
        if row.len() != self.schema.n_features() {
            return Err(self.wrong_length(row.len()));
        }
        self.check_finite(row)
    }

    fn check_finite(&self, row: &[f64]) -> Result<()> {
        let accepts_missing = self.schema.accepts_missing;
        let bad = row.iter().position(|value| !(value.is_finite() || (value.is_nan() && accepts_missing)));
        match bad {
            None => Ok(()),
            Some(feature) => Err(self.bad_feature(row, feature)),
        }
    }

    /// Checks that there are probabilities, and as many as the buffer holds.
    #[inline]
    pub(crate) fn check_probabilities(&self, len: usize) -> Result<()> {
        if !self.schema.has_probabilities {
            return Err(Error::new(
                ErrorKind::NoProbabilities,
                "this model gives scores, not probabilities; ask for decision_function",
            ));
        }
        check_len(len, self.schema.n_classes(), "predict_proba")
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
        let why =
            if value.is_nan() { "and this model declares no missing values" } else { "not a finite number" };
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
