//! What a model was trained for, and what its scores become.

use super::text::shown;
use crate::error::{Error, Result};
use crate::program::Conversion;

/// What a model answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Objective {
    /// Numbers.
    Values(Conversion),
    /// Probabilities: of the second of two classes, or of each of several.
    Classes(Conversion),
}

impl Objective {
    /// What the line of the head says: a name, and parameters such as `sigmoid:1`. Without one
    /// the objective was the user's own function, whose scores are answered as they are.
    pub(super) fn of(line: Option<&str>, n_scores: usize) -> Result<Self> {
        let mut words = line.unwrap_or("custom").split_ascii_whitespace();
        let name = words.next().unwrap_or_default();
        let parameters = Parameters(words.collect());
        let (objective, of_one) = match name {
            "custom" | "none" | "null" | "na" => return Ok(Self::Values(Conversion::Raw)),
            "binary" => (Self::Classes(Conversion::Sigmoid(parameters.sigmoid()?)), true),
            "multiclass" | "softmax" => (Self::Classes(Conversion::Softmax), false),
            "multiclassova" | "multiclass_ova" | "ova" | "ovr" => {
                (Self::Classes(Conversion::Sigmoid(parameters.sigmoid()?)), false)
            }
            "cross_entropy" | "xentropy" => (Self::Values(Conversion::Sigmoid(1.0)), true),
            "cross_entropy_lambda" | "xentlambda" => (Self::Values(Conversion::LogOnePlusExponential), true),
            name if may_be_of_roots(name) && parameters.0.contains(&"sqrt") => {
                (Self::Values(Conversion::SignedSquare), true)
            }
            "huber" | "lambdarank" | "rank_xendcg" | "xendcg" | "xe_ndcg" | "xe_ndcg_mart"
            | "xendcg_mart" => (Self::Values(Conversion::Raw), true),
            name if may_be_of_roots(name) => (Self::Values(Conversion::Raw), true),
            "poisson" | "gamma" | "tweedie" => (Self::Values(Conversion::Exponential), true),
            _ => return Err(Error::unsupported(format!("the objective '{}' is not read", shown(name)))),
        };
        if of_one != (n_scores == 1) {
            let message = format!("the objective '{}' for {n_scores} trees an iteration", shown(name));
            return Err(Error::malformed(message));
        }
        if let (false, Some(n_classes)) = (of_one, parameters.get("num_class"))
            && n_classes.parse() != Ok(n_scores)
        {
            let message =
                format!("an objective of {} classes for {n_scores} trees an iteration", shown(n_classes));
            return Err(Error::malformed(message));
        }
        Ok(objective)
    }

    /// What the scores become.
    pub(super) fn conversion(self) -> Conversion {
        match self {
            Self::Values(conversion) | Self::Classes(conversion) => conversion,
        }
    }
}

/// Whether an objective's targets may have been replaced by their roots.
fn may_be_of_roots(name: &str) -> bool {
    matches!(
        name,
        "regression"
            | "regression_l2"
            | "l2"
            | "mean_squared_error"
            | "mse"
            | "l2_root"
            | "rmse"
            | "root_mean_squared_error"
            | "regression_l1"
            | "l1"
            | "mean_absolute_error"
            | "mae"
            | "fair"
            | "quantile"
            | "mape"
            | "mean_absolute_percentage_error"
    )
}

/// The words behind the name of an objective.
struct Parameters<'a>(Vec<&'a str>);

impl<'a> Parameters<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix(':'))
    }

    fn sigmoid(&self) -> Result<f64> {
        let text = self.get("sigmoid").ok_or_else(|| Error::malformed("the objective has no 'sigmoid'"))?;
        let factor = text.parse().ok().filter(|factor: &f64| factor.is_finite() && *factor > 0.0);
        factor.ok_or_else(|| Error::malformed(format!("the objective's 'sigmoid' is '{}'", shown(text))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_objective_has_its_conversion() {
        use Conversion::{Exponential, LogOnePlusExponential, Raw, Sigmoid, SignedSquare, Softmax};
        use Objective::{Classes, Values};
        for (line, n_scores, objective) in [
            (None, 3, Values(Raw)),
            (Some("custom"), 1, Values(Raw)),
            (Some("binary sigmoid:0.5"), 1, Classes(Sigmoid(0.5))),
            (Some("multiclass num_class:3"), 3, Classes(Softmax)),
            (Some("multiclassova num_class:3 sigmoid:1"), 3, Classes(Sigmoid(1.0))),
            (Some("xentropy"), 1, Values(Sigmoid(1.0))),
            (Some("cross_entropy_lambda"), 1, Values(LogOnePlusExponential)),
            (Some("regression"), 1, Values(Raw)),
            (Some("regression sqrt"), 1, Values(SignedSquare)),
            (Some("regression_l1 sqrt"), 1, Values(SignedSquare)),
            (Some("huber sqrt"), 1, Values(Raw)),
            (Some("poisson sqrt"), 1, Values(Exponential)),
            (Some("tweedie tweedie_variance_power:1.5"), 1, Values(Exponential)),
            (Some("lambdarank"), 1, Values(Raw)),
        ] {
            assert_eq!(Objective::of(line, n_scores), Ok(objective), "{line:?}");
        }
    }

    #[test]
    fn what_does_not_fit_or_is_not_known_is_refused() {
        for (line, n_scores, says) in [
            ("survival", 1, "the objective 'survival' is not read"),
            ("", 1, "the objective '' is not read"),
            ("binary", 1, "the objective has no 'sigmoid'"),
            ("binary sigmoid:-1", 1, "the objective's 'sigmoid' is '-1'"),
            ("binary sigmoid:1", 2, "the objective 'binary' for 2 trees an iteration"),
            ("multiclass num_class:4", 3, "an objective of 4 classes for 3 trees an iteration"),
            ("multiclass num_class:1", 1, "the objective 'multiclass' for 1 trees an iteration"),
        ] {
            assert_eq!(Objective::of(Some(line), n_scores).unwrap_err().to_string(), says);
        }
    }
}
