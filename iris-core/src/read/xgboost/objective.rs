//! What a model was trained for: how margins become answers.

use super::learner::{BaseScore, Learner};
use crate::error::{Error, Result};

/// An objective, as far as answers depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Objective {
    /// From the base score that users give to the margin that is added.
    base: Base,
    pub(super) answer: Answer,
    /// Whether it is a classifier's.
    pub(super) is_classifier: bool,
}

/// What is made of margins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Margin,
    Sigmoid,
    Exponential,
    Hinge,
    /// Probabilities of classes.
    Softmax,
    /// The class of the largest margin, whose probabilities are asked for otherwise.
    Class,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    AsItIs,
    Logit,
    Logarithm,
}

impl Answer {
    /// Whether each of its numbers is one of the classes'.
    pub(super) fn is_of_classes(self) -> bool {
        matches!(self, Self::Softmax | Self::Class)
    }
}

impl Objective {
    /// The objective of this name, as this release has it.
    pub(super) fn of(name: &str, version: (u32, u32)) -> Result<Self> {
        let of = |base, answer, is_classifier| Ok(Self { base, answer, is_classifier });
        // Once the same on a graphics card was called otherwise.
        match name.strip_prefix("gpu:").unwrap_or(name) {
            "reg:squarederror"
            | "reg:linear"
            | "reg:squaredlogerror"
            | "reg:pseudohubererror"
            | "reg:absoluteerror"
            | "reg:quantileerror"
            | "reg:expectileerror"
            | "rank:pairwise"
            | "rank:ndcg"
            | "rank:map" => of(Base::AsItIs, Answer::Margin, false),
            "reg:logistic" => of(Base::Logit, Answer::Sigmoid, false),
            "binary:logistic" => of(Base::Logit, Answer::Sigmoid, true),
            "binary:logitraw" if version < (1, 3) => of(Base::Logit, Answer::Margin, true),
            "binary:logitraw" => of(Base::AsItIs, Answer::Margin, true),
            "binary:hinge" => of(Base::AsItIs, Answer::Hinge, true),
            "reg:gamma" | "reg:tweedie" | "count:poisson" | "survival:cox" | "survival:aft" => {
                of(Base::Logarithm, Answer::Exponential, false)
            }
            "multi:softprob" => of(Base::AsItIs, Answer::Softmax, true),
            "multi:softmax" => of(Base::AsItIs, Answer::Class, true),
            _ => {
                let name: String = name.chars().take(100).collect();
                Err(Error::unsupported(format!("the objective '{}' is not read", name.escape_debug())))
            }
        }
    }

    /// The margins that every row begins with.
    pub(super) fn base_margins(self, learner: &Learner) -> Result<Vec<f32>> {
        let n_outputs = learner.n_outputs();
        let scores = match &learner.base_score {
            BaseScore::Margin(margin) => return Ok(vec![*margin; n_outputs]),
            BaseScore::Answer(scores) => scores,
        };
        let margins: Vec<f32> = match scores.as_slice() {
            [score] => vec![self.margin(*score); n_outputs],
            scores if scores.len() == n_outputs => scores.iter().map(|score| self.margin(*score)).collect(),
            scores => {
                let message = format!("{} base scores for {n_outputs} outputs", scores.len());
                return Err(Error::malformed(message));
            }
        };
        match margins.iter().find(|margin| !margin.is_finite()) {
            None => Ok(margins),
            Some(_) => Err(Error::malformed(format!("the base score {scores:?} has no finite margin"))),
        }
    }

    /// In single precision, with a logarithm that is rounded once.
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
    fn margin(self, score: f32) -> f32 {
        match self.base {
            Base::AsItIs => score,
            Base::Logit => -(libm::log(f64::from(1.0 / score - 1.0)) as f32),
            Base::Logarithm => libm::log(f64::from(score)) as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_score_becomes_a_margin_as_the_objective_has_it() {
        let margin = |name: &str, score| Objective::of(name, (2, 0)).unwrap().margin(score);
        assert_eq!(margin("binary:logistic", 0.5), 0.0);
        assert_eq!(margin("binary:logistic", 0.3), -0.847_297_85);
        assert_eq!(margin("count:poisson", 3.0), 3f32.ln());
        assert_eq!(margin("gpu:reg:linear", 120.0), 120.0);
    }

    #[test]
    fn an_objective_that_is_not_known_is_named() {
        let error = Objective::of("survival:interval", (2, 0)).unwrap_err();
        assert_eq!(error.to_string(), "the objective 'survival:interval' is not read");
    }
}
