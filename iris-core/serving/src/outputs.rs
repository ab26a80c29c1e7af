//! Which outputs a request asks for, and their tensors.

use std::borrow::Cow;

use iris_core::{Labels, Schema, Task};

use crate::{Datatype, Model, Predictions, Refusal, Want};

/// An output that models have, by scikit-learn's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    Predict,
    PredictProba,
    DecisionFunction,
    ClassIndex,
    Contributions,
}

impl Output {
    pub(super) const ALL: [Self; 5] =
        [Self::Predict, Self::PredictProba, Self::DecisionFunction, Self::ClassIndex, Self::Contributions];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Predict => "predict",
            Self::PredictProba => "predict_proba",
            Self::DecisionFunction => "decision_function",
            Self::ClassIndex => "class_index",
            Self::Contributions => "contributions",
        }
    }

    /// By its name, or by one that other servers and converters give it.
    fn named(name: &str) -> Option<Self> {
        match name {
            "predict" | "output-0" | "label" | "output_label" => Some(Self::Predict),
            "predict_proba" | "probabilities" | "output_probability" => Some(Self::PredictProba),
            "decision_function" => Some(Self::DecisionFunction),
            "class_index" => Some(Self::ClassIndex),
            "contributions" => Some(Self::Contributions),
            _ => None,
        }
    }

    /// Whether the model has this output.
    pub(super) fn is_of(self, model: &Model) -> bool {
        match self {
            Self::Predict => true,
            Self::PredictProba => model.schema().has_probabilities(),
            // Some classifiers have votes alone.
            Self::DecisionFunction => model.predictor().n_scores() > 0,
            Self::ClassIndex => matches!(model.schema().task(), Task::Classify { .. }),
            Self::Contributions => model.schema().contributions().is_ok(),
        }
    }

    pub(super) fn datatype(self, schema: &Schema) -> Datatype {
        match (self, schema.task()) {
            (Self::Predict, Task::Classify { labels, .. }) => match labels {
                Labels::Strings(_) => Datatype::Bytes,
                Labels::Booleans(_) => Datatype::Bool,
                Labels::Floats(_) => Datatype::Fp64,
                _ => Datatype::Int64,
            },
            (Self::ClassIndex, _) => Datatype::Int64,
            (Self::Predict, Task::Regress { .. })
            | (Self::PredictProba | Self::DecisionFunction | Self::Contributions, _) => Datatype::Fp64,
        }
    }

    /// The dimensions behind that of the rows; none for a tensor of one dimension.
    pub(super) fn dimensions(self, model: &Model) -> impl Iterator<Item = usize> + use<> {
        let columns = match self {
            // One value a row is a vector, as scikit-learn has it.
            Self::Predict => Some(model.schema().n_targets()).filter(|n| *n > 1),
            Self::ClassIndex => None,
            Self::PredictProba => Some(model.schema().n_classes()),
            // As scikit-learn has it: a binary model gives a vector.
            Self::DecisionFunction => Some(model.predictor().n_scores()).filter(|n| *n > 1),
            Self::Contributions => Some(model.schema().n_features() + 1),
        };
        let n_explained = model.schema().contributions().ok();
        // One output has a table, several have one each.
        let outputs = n_explained.filter(|n| self == Self::Contributions && *n > 1);
        [outputs, columns].into_iter().flatten()
    }
}

/// One output as a request asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputRequest<'n> {
    /// Its name, or one that it has elsewhere.
    pub name: Cow<'n, str>,
    /// Whether Triton's extension for classification is asked of it.
    pub as_classification: bool,
    /// Whether it is to be put into memory shared with the client.
    pub in_shared_memory: bool,
}

/// A name, and nothing more.
impl<'n> From<&'n str> for OutputRequest<'n> {
    fn from(name: &'n str) -> Self {
        Self { name: name.into(), as_classification: false, in_shared_memory: false }
    }
}

/// The outputs that a request asks for, in its order and by its names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestedOutputs<'n> {
    outputs: Vec<(Cow<'n, str>, Output)>,
}

/// One output of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputTensor<'a> {
    /// The name that the request gave it.
    pub name: &'a str,
    /// The type of its elements.
    pub datatype: Datatype,
    /// `[rows]` or `[rows, columns]`; of contributions to several outputs `[rows, outputs, columns]`.
    pub shape: Vec<usize>,
    /// Its elements, row-major.
    pub values: OutputData<'a>,
}

/// The elements of an output.
#[derive(Debug, Clone, PartialEq)]
pub enum OutputData<'a> {
    /// Of [`Datatype::Fp64`].
    F64(Cow<'a, [f64]>),
    /// Of [`Datatype::Int64`].
    I64(Vec<i64>),
    /// Of [`Datatype::Bool`].
    Bool(Vec<bool>),
    /// Of [`Datatype::Bytes`].
    Strings(Vec<&'a str>),
}

impl Model {
    /// The outputs asked for; `predict` if there is none.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](iris_core::ErrorClass::InvalidInput) for a name that is
    /// unknown, that this model has no output for, or that comes twice, and for
    /// an output that is to be what it is not here.
    pub fn select<'n, O>(&self, asked: impl IntoIterator<Item = O>) -> Result<RequestedOutputs<'n>, Refusal>
    where
        O: Into<OutputRequest<'n>>,
    {
        let mut outputs: Vec<(Cow<'n, str>, Output)> = Vec::new();
        for asked in asked {
            let OutputRequest { name, as_classification, in_shared_memory } = asked.into();
            if as_classification {
                return Err(Refusal::classification(&name));
            }
            if in_shared_memory {
                return Err(Refusal::shared_output(&name));
            }
            let output = Output::named(&name).filter(|output| output.is_of(self));
            let output = output.ok_or_else(|| self.no_output(&name))?;
            if outputs.iter().any(|(known, _)| *known == name) {
                return Err(Refusal::invalid(format!("output '{name}' is asked for twice")));
            }
            outputs.push((name, output));
        }
        if outputs.is_empty() {
            outputs.push((Output::Predict.name().into(), Output::Predict));
        }
        Ok(RequestedOutputs { outputs })
    }

    #[cold]
    fn no_output(&self, name: &str) -> Refusal {
        let of_model = Output::ALL.into_iter().filter(|output| output.is_of(self));
        let names: Vec<&str> = of_model.map(Output::name).collect();
        if let (Some(Output::Contributions), Err(why)) = (Output::named(name), self.schema().contributions())
        {
            return Refusal::invalid(format!(
                "this model has no output '{name}': {why}; it has {}",
                names.join(", ")
            ));
        }
        Refusal::invalid(format!("output '{name}' is unknown; this model has {}", names.join(", ")))
    }
}

impl RequestedOutputs<'_> {
    /// What the model must give for them.
    #[must_use]
    pub fn want(&self) -> Want {
        let has = |want| self.outputs.iter().any(|(_, output)| *output == want);
        Want {
            probabilities: has(Output::PredictProba),
            scores: has(Output::DecisionFunction),
            contributions: has(Output::Contributions),
        }
    }

    /// The tensors, in the order of the request.
    #[must_use]
    pub fn tensors<'a>(
        &'a self,
        model: &'a Model,
        predictions: &'a Predictions<'_>,
    ) -> impl ExactSizeIterator<Item = OutputTensor<'a>> {
        self.outputs.iter().map(move |(name, output)| {
            let shape = std::iter::once(predictions.n_rows()).chain(output.dimensions(model)).collect();
            let values = match output {
                Output::Predict => predicted(model.schema().task(), predictions),
                Output::PredictProba => OutputData::F64(predictions.probabilities().into()),
                Output::DecisionFunction => OutputData::F64(predictions.scores().into()),
                Output::Contributions => OutputData::F64(predictions.contributions().into()),
                Output::ClassIndex => {
                    OutputData::I64(predictions.classes().iter().map(|class| (*class).into()).collect())
                }
            };
            OutputTensor { name, datatype: output.datatype(model.schema()), shape, values }
        })
    }
}

/// A classifier's labels, or a regressor's values.
fn predicted<'a>(task: &'a Task, predictions: &'a Predictions<'_>) -> OutputData<'a> {
    let classes = predictions.classes().iter().map(|class| *class as usize);
    // The reader matched labels to scores, so that every class has one.
    match task {
        Task::Classify { labels: Labels::Strings(labels), .. } => {
            OutputData::Strings(classes.map(|class| labels[class].as_str()).collect())
        }
        Task::Classify { labels: Labels::Integers(labels), .. } => {
            OutputData::I64(classes.map(|class| labels[class]).collect())
        }
        Task::Classify { labels: Labels::Booleans(labels), .. } => {
            OutputData::Bool(classes.map(|class| labels[class]).collect())
        }
        Task::Classify { labels: Labels::Floats(labels), .. } => {
            OutputData::F64(classes.map(|class| labels[class]).collect())
        }
        Task::Classify { .. } => unreachable!("every type of labels is named above"),
        Task::Regress { .. } => OutputData::F64(predictions.values().into()),
    }
}

impl OutputData<'_> {
    /// Bytes of the tensor as [`write`](Self::write_raw) writes it.
    #[must_use]
    pub fn raw_len(&self) -> usize {
        match self {
            Self::F64(values) => values.len() * 8,
            Self::I64(values) => values.len() * 8,
            Self::Bool(values) => values.len(),
            Self::Strings(values) => values.iter().map(|value| 4 + value.len()).sum(),
        }
    }

    /// Appends the tensor in the protocol's bytes: little-endian, a string
    /// behind its length in four bytes.
    pub fn write_raw(&self, out: &mut Vec<u8>) {
        out.reserve(self.raw_len());
        match self {
            Self::F64(values) => out.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Self::I64(values) => out.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Self::Bool(values) => out.extend(values.iter().map(|value| u8::from(*value))),
            Self::Strings(values) => {
                for value in values {
                    let len = u32::try_from(value.len()).unwrap_or(u32::MAX);
                    out.extend_from_slice(&len.to_le_bytes());
                    out.extend_from_slice(&value.as_bytes()[..len as usize]);
                }
            }
        }
    }
}
