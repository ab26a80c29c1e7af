//! The walk over the graph: every node in order, every value by its name.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::node::{Node, at_node};
use super::ops;
use super::proto::{self, DataType, Size};
use super::steps::StepBuilder;
use super::symbol::{Activation, Symbol, Value};
use super::tensor::Tensor;
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::program::ValueId;
use crate::schema::Dtype;

/// Input columns that a file may declare; each costs a name and a place in a row.
const MAX_FEATURES: usize = 1 << 20;

/// What evaluates the nodes, and what they leave behind.
pub(super) struct Evaluator<'a> {
    values: HashMap<&'a str, Value>,
    pub(super) steps: StepBuilder,
}

/// One input of the graph.
pub(super) struct Input<'a> {
    pub(super) name: &'a str,
    pub(super) width: usize,
    pub(super) dtype: Dtype,
}

impl<'a> Evaluator<'a> {
    /// Evaluates every node of the graph.
    pub(super) fn new(graph: &'a proto::Graph, inputs: &[Input<'a>], budget: usize) -> Result<Self> {
        let mut evaluator = Self {
            values: HashMap::new(),
            steps: StepBuilder::new(inputs.iter().map(|input| input.width).sum(), budget),
        };
        for tensor in &graph.initializer {
            evaluator.define(&tensor.name, Value::Constant(Rc::new(Tensor::new(tensor)?)))?;
        }
        evaluator.define_inputs(inputs)?;
        for (index, proto) in graph.node.iter().enumerate() {
            evaluator.evaluate(proto).map_err(|error| at_node(error, index, proto))?;
        }
        Ok(evaluator)
    }

    /// The value of this name, if any node, input or constant has it.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The graph's inputs, side by side in their order, are the row.
    fn define_inputs(&mut self, inputs: &[Input<'a>]) -> Result<()> {
        let n_features = inputs.iter().map(|input| input.width).sum();
        if let [input] = inputs {
            let rows = self.steps.plain(ValueId::FEATURES, input.dtype)?;
            return self.define(input.name, Value::Rows(Rc::new(rows)));
        }
        let mut first = 0;
        for input in inputs {
            self.steps.spend(2 * input.width)?;
            let affine = Affine::select(n_features, first..first + input.width);
            first += input.width;
            let (source, activation) = (ValueId::FEATURES, Activation::None);
            let rows = Symbol { source, affine, activation, dtype: input.dtype };
            self.define(input.name, Value::Rows(Rc::new(rows)))?;
        }
        Ok(())
    }

    fn define(&mut self, name: &'a str, value: Value) -> Result<()> {
        if self.values.insert(name, value).is_some() {
            return Err(Error::malformed(format!("'{name}' is defined twice")));
        }
        Ok(())
    }

    fn evaluate(&mut self, proto: &'a proto::Node) -> Result<()> {
        let find = |name: &String| match name.as_str() {
            "" => Ok(None),
            name => self.values.get(name).cloned().map(Some).ok_or_else(|| {
                Error::malformed(format!("reads '{name}', which nothing in front of it makes"))
            }),
        };
        let inputs = proto.input.iter().map(find).collect::<Result<_>>()?;
        let outputs = ops::evaluate(&mut self.steps, &Node { proto, inputs })?;
        for value in &outputs {
            if let Value::Rows(rows) = value {
                self.steps.spend(rows.affine.size())?;
            }
        }
        for (name, value) in proto.output.iter().zip(outputs) {
            if !name.is_empty() {
                self.define(name, value)?;
            }
        }
        Ok(())
    }
}

/// The inputs that are not constants, with their widths.
pub(super) fn inputs(graph: &proto::Graph) -> Result<Vec<Input<'_>>> {
    let constants: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let inputs = graph.input.iter().filter(|input| !constants.contains(input.name.as_str())).map(|input| {
        let (width, dtype) =
            input_type(input).map_err(|error| error.within(format_args!("input '{}'", input.name)))?;
        Ok(Input { name: &input.name, width, dtype })
    });
    let inputs: Vec<_> = inputs.collect::<Result<_>>()?;
    let total = inputs.iter().try_fold(0usize, |sum, input| sum.checked_add(input.width));
    match total {
        Some(1..=MAX_FEATURES) => Ok(inputs),
        Some(0) => Err(Error::malformed("the graph has no input columns")),
        _ => Err(Error::malformed(format!("the graph has more than {MAX_FEATURES} input columns"))),
    }
}

fn input_type(input: &proto::ValueInfo) -> Result<(usize, Dtype)> {
    let tensor = input.r#type.as_ref().and_then(|r#type| r#type.tensor_type.as_ref());
    let tensor = tensor.ok_or_else(|| Error::unsupported("not a tensor"))?;
    let dtype = match tensor.elem_type() {
        DataType::Float => Dtype::F32,
        DataType::Double | DataType::Int64 | DataType::Int32 => Dtype::F64,
        _ => {
            return Err(Error::unsupported(format!(
                "element type {} is none of float, double, int32, int64",
                tensor.elem_type
            )));
        }
    };
    let dims = tensor.shape.as_ref().map_or(&[][..], |shape| &shape.dim);
    let width = match dims {
        [_, columns] => match columns.size {
            Some(Size::Value(width)) => usize::try_from(width).ok(),
            _ => None,
        },
        _ => None,
    };
    let width = width.filter(|width| *width > 0).ok_or_else(|| {
        Error::unsupported("its shape does not say how many columns it has; convert with [None, n_features]")
    })?;
    Ok((width, dtype))
}
