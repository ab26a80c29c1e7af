//! What a model answers, by the loss that it was trained for.

use serde_json::Value;

use super::parts::{ClassParams, DataOptions, Info, Loss, Parts};
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::linear::Link;
use crate::program::{Above, Binarize, Ending, Function, ProgramBuilder, Step, ValueId};
use crate::schema::{Labels, Task};
use crate::trees::Forest;

/// Who keeps a model: its estimators answer differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "pickle"), expect(dead_code, reason = "a file has no keeper"))]
pub(in crate::read) enum Keeper {
    /// Nobody; it answers as the estimator would that is for its loss.
    File,
    /// `CatBoostClassifier`
    Classifier,
    /// `CatBoostRegressor`
    Regressor,
    /// `CatBoostRanker` and `CatBoost`, which leave numbers as they are.
    Other,
}

/// What is made of the numbers of a row's leaves.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// The second of two classes where the number is above the threshold.
    Two {
        labels: Labels,
        threshold: f64,
    },
    /// A number a class.
    Several {
        labels: Labels,
        is_each_alone: bool,
    },
    /// Several labels a row: 1 where a number is above the threshold, else 0.
    Labels {
        n_labels: usize,
        threshold: f64,
    },
    Values {
        n_targets: usize,
        link: ValueLink,
    },
}

/// What is made of a regressor's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueLink {
    Nothing,
    Exponent,
    /// The second number is the logarithm of a deviation, and answered as its square.
    Variance,
}

impl Answer {
    /// What this model answers.
    pub(super) fn of(parts: &Parts, keeper: Keeper) -> Result<Self> {
        let loss = parts.info.params.loss_function.as_ref().map_or("", Loss::name);
        let is_classifier = match loss {
            "MultiLogloss" | "MultiCrossEntropy" if matches!(keeper, Keeper::File | Keeper::Classifier) => {
                return Ok(Self::Labels { n_labels: parts.n_outputs, threshold: threshold(parts)? });
            }
            "Logloss" | "CrossEntropy" | "Focal" | "MultiClass" | "MultiClassOneVsAll" => true,
            "" => parts.info.class_params.is_some() || keeper == Keeper::Classifier,
            _ => keeper == Keeper::Classifier,
        };
        let n_outputs = parts.n_outputs;
        if !is_classifier {
            let is_linked = matches!(keeper, Keeper::File | Keeper::Regressor);
            let link = match loss {
                "Poisson" | "Tweedie" if is_linked => ValueLink::Exponent,
                "RMSEWithUncertainty" if is_linked && n_outputs == 2 => ValueLink::Variance,
                _ => ValueLink::Nothing,
            };
            return Ok(Self::Values { n_targets: n_outputs, link });
        }
        let labels = labels(&parts.info, n_outputs)?;
        labels.check(n_outputs.max(2))?;
        if n_outputs > 1 {
            return Ok(Self::Several { labels, is_each_alone: loss == "MultiClassOneVsAll" });
        }
        Ok(Self::Two { labels, threshold: threshold(parts)? })
    }

    pub(super) fn task(&self) -> Task {
        match self {
            Self::Two { labels, .. } | Self::Several { labels, .. } => {
                Task::Classify { labels: labels.clone(), has_probabilities: true }
            }
            // They have no classes in common, and are answered as the numbers that they are.
            Self::Labels { n_labels: n_targets, .. } | Self::Values { n_targets, .. } => {
                Task::Regress { n_targets: *n_targets }
            }
        }
    }

    /// The steps from rows to the answer.
    pub(super) fn end(self, program: &mut ProgramBuilder, rows: ValueId, forest: Forest) -> Ending {
        let numbers = program.step(Step::Trees(Box::new(forest)), rows);
        match self {
            Self::Two { threshold, .. } => {
                let votes = program.step(Step::Above(Above { threshold, or_equal: false }), numbers);
                let second = program.step(Step::Function(Function::EXPIT), numbers);
                let both = Affine::identity(1).times(vec![-1.0, 1.0], 2).shifted(|class| [1.0, 0.0][class]);
                let probabilities = program.step(Step::Affine(both), second);
                Ending::Classes { votes, scores: Some(numbers), probabilities: Some(probabilities) }
            }
            Self::Several { is_each_alone, .. } => {
                let link =
                    if is_each_alone { Step::Function(Function::EXPIT) } else { Step::Link(Link::Softmax) };
                let probabilities = program.step(link, numbers);
                Ending::Classes { votes: numbers, scores: Some(numbers), probabilities: Some(probabilities) }
            }
            Self::Labels { threshold, .. } => {
                Ending::Values(program.step(Step::Binarize(Binarize { threshold }), numbers))
            }
            Self::Values { link: ValueLink::Nothing, .. } => Ending::Values(numbers),
            Self::Values { link: ValueLink::Exponent, .. } => {
                Ending::Values(program.step(Step::Function(Function::EXP), numbers))
            }
            Self::Values { link: ValueLink::Variance, .. } => {
                let mean = program.step(Step::Affine(Affine::select(2, [0].into_iter())), numbers);
                let twice = Affine::select(2, [1].into_iter()).times(vec![2.0], 1);
                let twice = program.step(Step::Affine(twice), numbers);
                let variance = program.step(Step::Function(Function::EXP), twice);
                Ending::Values(program.concat(vec![mean, variance]))
            }
        }
    }
}

/// The number whose sigmoid is the probability from which on a label is the second.
fn threshold(parts: &Parts) -> Result<f64> {
    let probability = parts.info.threshold.unwrap_or(0.5);
    if !(0.0..=1.0).contains(&probability) {
        return Err(Error::malformed(format!("its threshold is {probability}, which is no probability")));
    }
    Ok(-((1.0 / probability - 1.0).ln()))
}

/// The labels of the classes, in the order of the numbers of a leaf.
fn labels(info: &Info, n_outputs: usize) -> Result<Labels> {
    let n_classes = n_outputs.max(2);
    let sequential = |n_classes: usize| i64::try_from(n_classes).map(|n| Labels::Integers((0..n).collect()));
    let too_many = |_| Error::malformed("more classes than numbers to count them");
    let Some(ClassParams { class_label_type, class_names, class_to_label, classes_count }) =
        &info.class_params
    else {
        let options = info.params.data_processing_options.as_ref();
        return match options.and_then(|DataOptions { class_names }| class_names.as_deref()) {
            Some(names @ [_, ..]) => written(names, None),
            _ => sequential(n_classes).map_err(too_many),
        };
    };
    let n_declared = class_names.len().max(*classes_count);
    if n_outputs > 1 && n_declared > 0 {
        let is_in_order = (0..n_outputs).map(Some).eq(class_to_label.iter().map(|label| whole(*label)));
        if n_declared != n_outputs || !is_in_order {
            let message = format!(
                "{n_declared} classes are declared, of which {n_outputs} were in the training data; the others have no number, which is not read"
            );
            return Err(Error::unsupported(message));
        }
    }
    match (class_names.as_slice(), *classes_count) {
        (names @ [_, ..], _) => written(names, class_label_type.as_deref()),
        ([], 1..) => sequential(*classes_count).map_err(too_many),
        #[expect(clippy::cast_possible_truncation, reason = "CatBoost takes the whole part as well")]
        ([], 0) => Ok(Labels::Integers(class_to_label.iter().map(|label| *label as i64).collect())),
    }
}

fn whole(number: f64) -> Option<usize> {
    let is_whole = number.trunc() == number && (0.0..4_294_967_296.0).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is small, whole and no less than 0"
    )]
    is_whole.then_some(number as usize)
}

/// Labels as JSON has them; floats may have lost their point.
fn written(names: &[Value], kind: Option<&str>) -> Result<Labels> {
    fn all<'v, T>(names: &'v [Value], of: impl Fn(&'v Value) -> Option<T>) -> Option<Vec<T>> {
        names.iter().map(of).collect()
    }
    let text = |name: &Value| name.as_str().map(str::to_owned);
    let labels = match kind {
        Some("Float") => all(names, Value::as_f64).map(Labels::Floats),
        _ => all(names, Value::as_i64).map(Labels::Integers),
    };
    let labels = labels
        .or_else(|| all(names, text).map(Labels::Strings))
        .or_else(|| all(names, Value::as_bool).map(Labels::Booleans))
        .or_else(|| all(names, Value::as_f64).map(Labels::Floats));
    labels.ok_or_else(|| Error::unsupported("its labels are of several types"))
}
