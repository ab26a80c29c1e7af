//! From the outputs of a planned graph to a model.

use super::inputs::Inputs;
use super::planner::Planner;
use super::value::{Kind, Texts, Value};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::program::{Ending, Operand, Program, Two, ValueId, What};
use crate::read::metadata::Metadata;
use crate::read::names::Names;
use crate::read::onnx::proto;
use crate::schema::{Features, Labels, Schema, Task};

/// What the graph answers.
#[derive(Default)]
struct Outputs {
    /// A class label, or several numbers that are labels.
    label: Option<Value>,
    /// Scores, probabilities, or a regressor's values, in the order of the file.
    numbers: Vec<Value>,
}

impl Outputs {
    fn has_several_labels(&self) -> bool {
        self.label.as_ref().is_some_and(|label| label.len() != 1)
    }
}

/// The model whose answers these outputs are.
pub(super) fn model(
    graph: &proto::Graph,
    mut planner: Planner<'_>,
    inputs: &Inputs<'_>,
    metadata: &Metadata,
    names: &Names,
) -> Result<Model> {
    let outputs = outputs(graph, &planner)?;
    let has_several_labels = outputs.has_several_labels();
    let (task, ending) = match outputs.label {
        Some(labels) if has_several_labels => values(&[labels])?,
        Some(label) => classes(&mut planner, &label, outputs.numbers)?,
        None => values(&outputs.numbers)?,
    };
    let features = inputs.features(&mut planner, metadata, names)?;
    planner.steps.check_width()?;
    let program: Program = planner.steps.end(&ending);
    let answer_distribution = metadata.answers(&task)?;
    let schema = Schema {
        name: names.name.clone(),
        version: names.version.clone(),
        description: metadata.description.clone(),
        features: Features::new(features),
        task,
        answers_column: has_several_labels,
        answer_distribution,
        is_of_trees: false,
        contributions: Ok(0),
        dtype: inputs.dtype(),
        notes: Vec::new(),
    };
    Ok(Model::new(schema, program))
}

fn outputs(graph: &proto::Graph, planner: &Planner<'_>) -> Result<Outputs> {
    let mut outputs = Outputs::default();
    for output in &graph.output {
        let made_by = |operator: &str| {
            let mut nodes = graph.node.iter().filter(|node| node.op_type == operator);
            nodes.any(|node| node.output.contains(&output.name))
        };
        let Some(value) = planner.value(&output.name) else {
            // Of several labels a row the probabilities are a list of tables, and no answer.
            if outputs.has_several_labels() && made_by("SequenceConstruct") {
                continue;
            }
            return Err(Error::malformed(format!("output '{}' is made by no node", output.name)));
        };
        let value = &match value.shape[..] {
            // skl2onnx writes the targets of an `MLPRegressor` into one column, a row's behind each other.
            [n, 1] if graph.output.len() == 1 && is_column(graph, planner, &output.name) => {
                value.reshaped(vec![1, n])
            }
            _ => value.clone(),
        };
        let is_number = matches!(value.kind, Kind::Single | Kind::Double);
        // What is answered for the first row only, or for several, is no answer for each.
        let is_row = value.shape.iter().enumerate().all(|(axis, dim)| axis == 1 || *dim == 1);
        if !is_row || value.len() == 0 {
            return Err(Error::unsupported(format!(
                "output '{}' is {}, where a row has one line of answers",
                output.name,
                value.describe()
            )));
        }
        if is_number {
            outputs.numbers.push(value.clone());
        } else if value.len() != 1 && (value.is_text() || outputs.label.is_some()) {
            return Err(Error::unsupported(format!(
                "output '{}' is several labels for a row; such are read alone, and if they are numbers",
                output.name
            )));
        } else if outputs.label.is_none() {
            outputs.label = Some(value.clone());
        } else {
            return Err(Error::unsupported("two outputs are class labels"));
        }
    }
    Ok(outputs)
}

/// Whether a node puts all numbers of all rows into one column.
fn is_column(graph: &proto::Graph, planner: &Planner<'_>, name: &str) -> bool {
    let is_it = |node: &&proto::Node| node.op_type == "Reshape" && node.output.iter().any(|it| it == name);
    let shape = graph.node.iter().find(is_it).and_then(|node| planner.value(node.input.get(1)?));
    shape.and_then(Value::as_constant).is_some_and(|shape| **shape == [-1.0, 1.0])
}

/// A regressor's numbers.
fn values(numbers: &[Value]) -> Result<(Task, Ending)> {
    let [value] = numbers else {
        return Err(Error::unsupported(match numbers {
            [] => "no output is a class label or a number for each row".to_owned(),
            _ => format!("{} outputs of numbers, and no class label", numbers.len()),
        }));
    };
    let source = source(value)?;
    Ok((Task::Regress { n_targets: value.len() }, Ending::Values(source)))
}

fn classes(planner: &mut Planner<'_>, label: &Value, mut numbers: Vec<Value>) -> Result<(Task, Ending)> {
    let (labels, codes) = labels(label)?;
    let n_classes = labels.len();
    labels.check(n_classes)?;
    // Columns that are outputs of their own stand for one output each.
    if numbers.len() == n_classes && numbers.iter().all(|value| value.len() == 1) {
        let columns: Vec<Value> = numbers.iter().map(|value| value.reshaped(vec![1, 1])).collect();
        numbers = vec![super::ops::side_by_side(planner, &columns)?];
    }
    let is_probability = |value: &Value| value.len() == n_classes && value.known.is_probability();
    let probabilities = numbers.iter().find(|value| is_probability(value)).cloned();
    let scores = numbers.iter().find(|value| !is_probability(value)).cloned();
    let code = source(label)?;
    let one_hot =
        What::Two(Two::Equal, Operand::Places(vec![0; n_classes].into()), Operand::Constants(codes.into()));
    let votes = planner.emit(one_hot, vec![code], vec![1, n_classes], Kind::Truth)?;
    let votes = source(&votes)?;
    let probabilities = probabilities.map(|value| source(&value)).transpose()?;
    let scores = scores.map(|value| source(&of_two(planner, &value, n_classes)?)).transpose()?;
    let task = Task::Classify { labels, has_probabilities: probabilities.is_some() };
    Ok((task, Ending::Classes { votes, scores, probabilities }))
}

/// Of two classes one column has the score: that which is larger the more it is the second.
fn of_two(planner: &mut Planner<'_>, scores: &Value, n_classes: usize) -> Result<Value> {
    if n_classes != 2 || scores.len() != 2 {
        return Ok(scores.clone());
    }
    let column = u32::from(!scores.known.is_reversed);
    planner.pick(scores, vec![column], vec![1, 1])
}

/// The labels that there can be, and the numbers that stand for them.
fn labels(label: &Value) -> Result<(Labels, Vec<f64>)> {
    let unknown = || Error::unsupported("the class label can be any number; a classifier's is one of a list");
    let mut codes = label.known.among.as_ref().ok_or_else(unknown)?.to_vec();
    // The sign of a score is 0 on the very border alone, where scikit-learn says -1 as well: the first.
    if codes == [-1.0, 0.0, 1.0] {
        codes.remove(1);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "labels and codes are whole numbers"
    )]
    let labels = match (&label.texts, label.kind) {
        (Texts::Of(texts), _) => Labels::Strings(
            codes
                .iter()
                .map(|code| texts.get(*code as usize).cloned().ok_or_else(unknown))
                .collect::<Result<_>>()?,
        ),
        (_, Kind::Truth) => Labels::Booleans(codes.iter().map(|code| *code != 0.0).collect()),
        (Texts::None, Kind::Whole) => Labels::Integers(codes.iter().map(|code| *code as i64).collect()),
        _ => return Err(unknown()),
    };
    Ok((labels, codes))
}

/// The value of a program that a tensor is; a constant is no model's answer.
fn source(value: &Value) -> Result<ValueId> {
    value.source().ok_or_else(|| Error::unsupported("an output that is the same for every row"))
}
