//! A model: what it expects, and the program that answers.

mod block;
mod contributions;

use crate::error::{Error, ErrorKind, Result};
use crate::linear::{NotFinite, Winner};
use crate::program::{
    Explanation, ForClass, ForProbabilities, ForScores, ForWinner, Program, Question, Stopped,
};
use crate::scratch::Memory;
use crate::{Categories, ColumnKind, Feature, Prediction, Schema, Task};

pub(crate) use block::{AtFault, Left};

/// What a reader builds and every call runs: checks before, errors after.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) schema: Schema,
    pub(crate) program: Program,
    /// Which features may be NaN; none where the list is empty.
    missing: Box<[bool]>,
    /// Which may be infinite, likewise.
    infinite: Box<[bool]>,
    /// The length of a row that has a class, and of its probabilities: one
    /// comparison for whether there are any and whether they fit.
    classified_len: usize,
    n_probabilities: usize,
    /// How rows are explained, if they can be.
    explanation: Option<Box<Explanation>>,
}

/// The length of what there is not: no slice has it.
const NONE: usize = usize::MAX;

impl Model {
    /// Puts schema and program together; the schema learns which features may be missing.
    pub(crate) fn new(mut schema: Schema, program: Program) -> Self {
        let missing = program.tolerated_missing().into_boxed_slice();
        let infinite = program.tolerated_infinite().into_boxed_slice();
        schema.features.accept_missing(&missing);
        schema.is_of_trees = program.forests().next().is_some();
        let is_classifier = matches!(schema.task, Task::Classify { .. });
        let classified_len = if is_classifier { schema.n_features() } else { NONE };
        let n_probabilities = if schema.has_probabilities() { schema.n_classes() } else { NONE };
        let explanation = program.explanation(schema.n_features());
        schema.contributions = explanation.as_ref().map(Explanation::n_outputs).map_err(Clone::clone);
        let explanation = explanation.ok().map(Box::new);
        Self { schema, program, missing, infinite, classified_len, n_probabilities, explanation }
    }

    /// Numbers that a call on one row works in.
    pub(crate) fn row_len(&self) -> usize {
        self.program.row_len() + self.program.estimator().row_len()
    }

    /// The class of one row.
    #[inline]
    pub(crate) fn class(&self, row: &[f64], memory: Memory<'_>) -> Result<usize> {
        if row.len() != self.classified_len {
            return Err(self.no_class(row.len()));
        }
        self.run(row, memory, ForClass)
    }

    /// The class of one row and its probability, or its value.
    #[inline]
    pub(crate) fn predict(&self, row: &[f64], memory: Memory<'_>) -> Result<Prediction<'_>> {
        if row.len() != self.classified_len {
            return self.predict_value(row, memory);
        }
        let winner = self.run(row, memory, ForWinner)?;
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
        let winner = self.run(row, memory, ForProbabilities(out))?;
        Ok(self.prediction(winner))
    }

    /// The scores of one row into `out`.
    #[inline]
    pub(crate) fn scores(&self, row: &[f64], out: &mut [f64], memory: Memory<'_>) -> Result<()> {
        self.check_scores(out.len())?;
        if row.len() != self.classified_len {
            return Err(self.no_class(row.len()));
        }
        self.run(row, memory, ForScores(out))
    }

    /// The value of each target of one row into `out`.
    #[inline]
    pub(crate) fn values(&self, row: &[f64], out: &mut [f64], memory: Memory<'_>) -> Result<()> {
        self.check_values(out.len())?;
        if row.len() != self.schema.n_features() {
            return Err(self.wrong_length(row.len()));
        }
        self.run(row, memory, ForScores(out))
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

    /// Runs the steps on a row of the right length, and asks the estimator
    /// about what they leave.
    #[inline(always)]
    fn run<Q: Question>(&self, row: &[f64], memory: Memory<'_>, question: Q) -> Result<Q::Answer> {
        let Some(linear) = self.program.direct() else {
            return self.run_behind_steps(row, memory, question);
        };
        // Every feature enters every score, so a row that is not finite gives
        // scores that are not, and those are looked at anyway.
        question.linear(linear, row, memory).map_err(|_| self.not_finite(row))
    }

    /// Out of line, so that a model without steps pays nothing for them.
    #[inline(never)]
    fn run_behind_steps<Q: Question>(
        &self,
        row: &[f64],
        memory: Memory<'_>,
        question: Q,
    ) -> Result<Q::Answer> {
        self.check_finite(row)?;
        let texts = memory.texts();
        memory.with(self.row_len(), |numbers| {
            let (of_steps, rest) = numbers.split_at_mut(self.program.row_len());
            let left =
                self.program.run(row, of_steps, texts).map_err(|stopped| self.refused(row, stopped))?;
            let answer = question.ask(self.program.estimator(), left, Memory::Piece(rest, None));
            answer.map_err(|NotFinite { .. }| self.not_finite(row))
        })
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

    #[inline]
    fn check_finite(&self, row: &[f64]) -> Result<()> {
        // Most rows are, and then what may be missing is of no interest.
        if !self.schema.has_categories() && row.iter().all(|value| value.is_finite()) {
            return Ok(());
        }
        self.check_unusual(row)
    }

    #[inline(never)]
    fn check_unusual(&self, row: &[f64]) -> Result<()> {
        let is_bad = |(feature, value): (usize, &f64)| {
            let taken = if value.is_nan() { &self.missing } else { &self.infinite };
            !(value.is_finite() || taken.get(feature).copied().unwrap_or(false))
        };
        match row.iter().enumerate().position(is_bad) {
            None if self.schema.has_categories() => self.check_codes(row),
            None => Ok(()),
            Some(feature) => Err(self.bad_feature(row, feature)),
        }
    }

    /// That what stands for texts are codes that there are.
    fn check_codes(&self, row: &[f64]) -> Result<()> {
        let is_code = |categories: &Categories, code: f64| code.is_nan() || categories.is_code(code);
        for (index, (feature, code)) in self.schema.features().iter().zip(row).enumerate() {
            if let Some(categories) = feature.categories()
                && !is_code(categories, *code)
            {
                let name = feature.name();
                let message = format!(
                    "{name} is {code}, which is no code of its {} categories",
                    categories.texts().len()
                );
                return Err(Error::new(ErrorKind::UnknownCategory, message).at_feature(index));
            }
        }
        Ok(())
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
        let message = match self.program.estimator().n_scores() {
            0 => "this model gives classes, not probabilities; ask for predict",
            _ => "this model gives scores, not probabilities; ask for decision_function",
        };
        Error::new(ErrorKind::NoProbabilities, message)
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
        match self.program.estimator().n_scores() {
            0 => Err(no_scores()),
            n_scores => check_len(len, n_scores, "decision_function"),
        }
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
        if value.is_nan() && self.schema.features()[feature].holds_texts() {
            let message =
                format!("{name} is missing, and this model declares no missing values in that column");
            return Error::new(ErrorKind::InputNotFinite, message).at_feature(feature);
        }
        let why = match (value.is_nan(), self.missing.is_empty()) {
            (true, true) => "and this model declares no missing values",
            (true, false) => "and this model declares no missing values in that column",
            (false, _) => "not a finite number",
        };
        Error::new(ErrorKind::InputNotFinite, format!("{name} is {value}, {why}")).at_feature(feature)
    }

    /// Says which value it was that a step has no answer for.
    #[cold]
    fn refused(&self, row: &[f64], stopped: Stopped) -> Error {
        let Some(feature) = self.program.feature_at(stopped) else {
            let message =
                "a value that was computed from the row is none that the step behind it has an answer for";
            return Error::new(ErrorKind::UnknownCategory, message);
        };
        let column: &Feature = &self.schema.features()[feature];
        let value = row[feature];
        if *column.kind() == ColumnKind::Text {
            let message = format!("{} is {value}, and no text of that number came along", column.name());
            return Error::new(ErrorKind::InputType, message).at_feature(feature);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "codes are small and whole"
        )]
        let text = column.categories().and_then(|known| known.texts().get(value as usize));
        let error = if let Some(text) = text {
            column.unknown(text)
        } else {
            let message = format!("{} is {value}, which the model was not fitted on", column.name());
            Error::new(ErrorKind::UnknownCategory, message)
        };
        error.at_feature(feature)
    }

    /// Says which of the two reasons a score has for not being finite.
    #[cold]
    pub(crate) fn not_finite(&self, row: &[f64]) -> Error {
        self.check_finite(row).err().unwrap_or_else(|| {
            let message = if row.iter().any(|value| value.is_infinite()) {
                "a feature is infinite, and so a score of the model is not finite"
            } else {
                "the features are finite, but too large: a score of the model overflows"
            };
            Error::new(ErrorKind::ScoreOverflow, message)
        })
    }
}

#[cold]
fn wrong_task(message: &'static str) -> Error {
    Error::new(ErrorKind::WrongTask, message)
}

#[cold]
fn no_scores() -> Error {
    Error::new(ErrorKind::NoScores, "this model has no scores, so there is no decision_function")
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
