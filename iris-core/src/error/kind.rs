//! What kinds of mistake there are.

use super::ErrorClass;

/// What kind of mistake an [`Error`](crate::Error) reports.
///
/// More kinds may come; every one has a [`class`](Self::class), and those are
/// what a program that answers others maps to its statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A row, or a batch, has another number of columns than the model has features.
    InputLength,
    /// A feature is infinite, or NaN where the model declares no missing values.
    InputNotFinite,
    /// A text stands where a feature is a number, or the other way round.
    InputType,
    /// A feature has a value that its encoder was not fitted on.
    UnknownCategory,
    /// The features are finite, but so large that the model's scores are not.
    ScoreOverflow,
    /// A buffer of the caller's has another length than the answer.
    OutputLength,
    /// Probabilities were asked of a model that only gives scores.
    NoProbabilities,
    /// Scores were asked of a classifier that has none.
    NoScores,
    /// Contributions were asked of a model whose answer is no sum of what features do.
    NoContributions,
    /// A class was asked of a regressor, or a number of a classifier.
    WrongTask,
    /// The file cannot be opened or read; the system's error is the source.
    Unreadable,
    /// The file is not a model: cut short, inconsistent, or out of bounds.
    MalformedModel,
    /// The file is a model, but uses something that this crate does not read.
    UnsupportedModel,
    /// The model is larger than the reader was allowed to take.
    ModelTooLarge,
    /// The model does not reproduce the golden vectors that it carries.
    GoldenMismatch,
}

impl ErrorKind {
    /// Every kind, in the order of its declaration.
    pub const ALL: [Self; 15] = [
        Self::InputLength,
        Self::InputNotFinite,
        Self::InputType,
        Self::UnknownCategory,
        Self::ScoreOverflow,
        Self::OutputLength,
        Self::NoProbabilities,
        Self::NoScores,
        Self::NoContributions,
        Self::WrongTask,
        Self::Unreadable,
        Self::MalformedModel,
        Self::UnsupportedModel,
        Self::ModelTooLarge,
        Self::GoldenMismatch,
    ];

    /// What it means to whoever sent the rows or the file.
    ///
    /// A buffer of the wrong length is [`Internal`](ErrorClass::Internal): who
    /// called is at fault, and never the client of whoever called.
    #[must_use]
    pub fn class(self) -> ErrorClass {
        match self {
            Self::InputLength
            | Self::InputNotFinite
            | Self::InputType
            | Self::UnknownCategory
            | Self::ScoreOverflow
            | Self::NoProbabilities
            | Self::NoScores
            | Self::NoContributions
            | Self::WrongTask => ErrorClass::InvalidInput,
            Self::Unreadable
            | Self::MalformedModel
            | Self::UnsupportedModel
            | Self::ModelTooLarge
            | Self::GoldenMismatch => ErrorClass::InvalidModel,
            Self::OutputLength => ErrorClass::Internal,
        }
    }

    /// Whether it is about the rows, or what was asked of them: another row may do better.
    #[must_use]
    pub fn is_input(self) -> bool {
        self.class() == ErrorClass::InvalidInput
    }

    /// Whether it is about the model's file, which another call does not change.
    #[must_use]
    pub fn is_model(self) -> bool {
        self.class() == ErrorClass::InvalidModel
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_about_the_input_the_model_or_the_caller() {
        for kind in ErrorKind::ALL {
            let is_callers = kind == ErrorKind::OutputLength;
            let n = [kind.is_input(), kind.is_model(), is_callers].into_iter().filter(|is| *is).count();
            assert_eq!(n, 1, "{kind:?}");
        }
    }
}
