//! A linear model put together from its numbers, without a file.

use super::Predictor;
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::linear::Linear;
pub use crate::linear::Link;
use crate::model::Model;
use crate::program::Program;
use crate::schema::{Dtype, Feature, Features, Labels, Schema, Task, check_names};

/// The numbers of a linear model, as scikit-learn's estimators keep them.
///
/// ```
/// use iris_core::{Labels, LinearModel, Link, Predictor};
///
/// let predictor = Predictor::linear(&LinearModel {
///     features: vec!["age".to_owned(), "weight".to_owned()],
///     coefficients: vec![vec![0.5, -1.0]],
///     intercepts: vec![0.25],
///     labels: Some(Labels::Strings(vec!["no".to_owned(), "yes".to_owned()])),
///     link: Link::Logistic,
/// })?;
/// assert!(predictor.predict(&[4.0, 1.0])?.label().is_some_and(|label| label == "yes"));
/// # Ok::<(), iris_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LinearModel {
    /// The columns' names, in the order of a row.
    pub features: Vec<String>,
    /// `coef_`: for each score one number a feature. A classifier has one score
    /// a class, or a single one for two classes, positive for the second; a
    /// regressor one a target.
    pub coefficients: Vec<Vec<f64>>,
    /// `intercept_`: one a score.
    pub intercepts: Vec<f64>,
    /// `classes_`, or `None` for a regressor.
    pub labels: Option<Labels>,
    /// From scores to probabilities; [`Link::Identity`] for a regressor.
    pub link: Link,
}

impl Predictor {
    /// A linear model from its numbers.
    ///
    /// # Errors
    ///
    /// [`MalformedModel`](crate::ErrorKind::MalformedModel) if lengths do not
    /// fit, a number is not finite, or a name or label stands twice.
    pub fn linear(model: &LinearModel) -> Result<Self> {
        let LinearModel { features, coefficients, intercepts, labels, link } = model;
        let n_features = features.len();
        check(n_features > 0 && !coefficients.is_empty(), "a linear model has features and scores")?;
        check(
            coefficients.iter().all(|row| row.len() == n_features),
            "each score has a coefficient a feature",
        )?;
        check(intercepts.len() == coefficients.len(), "each score has an intercept")?;
        let mut scores = Affine::identity(n_features)
            .times(columns(coefficients), coefficients.len())
            .shifted(|score| intercepts[score]);
        check(scores.is_finite(), "coefficients and intercepts are finite")?;
        let (task, linear) = match labels {
            None => {
                check(*link == Link::Identity, "a regressor's link is the identity")?;
                (Task::Regress { n_targets: scores.n_outputs() }, Linear::regressor(scores))
            }
            Some(labels) => {
                if scores.n_outputs() == 1 {
                    scores = scores.for_two_classes();
                }
                labels.check(scores.n_outputs())?;
                let task =
                    Task::Classify { labels: labels.clone(), has_probabilities: link.has_probabilities() };
                (task, Linear::classifier(scores, *link))
            }
        };
        check(check_names(features).is_ok(), "each feature has a name of its own")?;
        let schema = Schema {
            name: None,
            version: None,
            description: None,
            features: Features::new(features.iter().cloned().map(Feature::number).collect()),
            task,
            answers_column: false,
            answer_distribution: None,
            is_of_trees: false,
            contributions: Ok(0),
            dtype: Dtype::F64,
            notes: Vec::new(),
        };
        Ok(Self::new(Model::new(schema, Program::linear(linear))))
    }
}

/// One line a score becomes one column a score, row-major.
fn columns(lines: &[Vec<f64>]) -> Vec<f64> {
    (0..lines[0].len()).flat_map(|feature| lines.iter().map(move |line| line[feature])).collect()
}

fn check(holds: bool, rule: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::malformed(format!("expected that {rule}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn model() -> LinearModel {
        LinearModel {
            features: vec!["a".to_owned(), "b".to_owned()],
            coefficients: vec![vec![1.0, 2.0], vec![0.0, -1.0]],
            intercepts: vec![0.5, 0.0],
            labels: None,
            link: Link::Identity,
        }
    }

    #[test]
    fn a_regressor_of_two_targets() {
        let predictor = Predictor::linear(&model()).unwrap();
        let mut values = [0.0; 2];
        predictor.predict_values_into(&[1.0, 10.0], &mut values).unwrap();
        assert_eq!(values, [21.5, -10.0]);
        assert_eq!(predictor.predict(&[1.0, 10.0]).unwrap_err().kind(), ErrorKind::WrongTask);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        type Spoil = fn(&mut LinearModel);
        let cases: [(&str, Spoil); 7] = [
            ("features and scores", |model| model.coefficients.clear()),
            ("a coefficient a feature", |model| model.coefficients[1].push(1.0)),
            ("an intercept", |model| model.intercepts.truncate(1)),
            ("finite", |model| model.intercepts[0] = f64::NAN),
            ("identity", |model| model.link = Link::Softmax),
            ("name of its own", |model| model.features[1] = "a".to_owned()),
            ("3 class labels for 2 scores", |model| model.labels = Some(Labels::Integers(vec![1, 2, 3]))),
        ];
        for (named, spoil) in cases {
            let mut spoilt = model();
            spoil(&mut spoilt);
            let error = Predictor::linear(&spoilt).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::MalformedModel);
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
