//! The columns of a row: the graph's inputs side by side, in their order.

use std::collections::HashSet;
use std::rc::Rc;

use super::planner::Planner;
use super::shape;
use super::value::{Kind, Texts, Value};
use crate::error::{Error, Result};
use crate::program::{Step, ValueId};
use crate::read::metadata::Metadata;
use crate::read::names::Names;
use crate::read::onnx::proto::{self, Size};
use crate::read::onnx::steps::StepBuilder;
use crate::read::onnx::tensor::Tensor;
use crate::schema::{ColumnKind, Dtype, Feature};

/// Input columns that a file may declare; each costs a name and a place in a row.
const MAX_FEATURES: usize = 1 << 20;

/// The inputs of a graph.
pub(super) struct Inputs<'a> {
    inputs: Vec<Input<'a>>,
}

struct Input<'a> {
    name: &'a str,
    width: usize,
    kind: Kind,
    /// Whether it is a list with an element a row, and no matrix.
    is_list: bool,
}

impl<'a> Inputs<'a> {
    /// Those that are not constants, with their widths.
    pub(super) fn of(graph: &'a proto::Graph, names: &Names) -> Result<Self> {
        let constants: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
        let declared = graph.input.iter().filter(|input| !constants.contains(input.name.as_str()));
        let mut inputs = Vec::new();
        let mut unknown = Vec::new();
        for input in declared {
            let (kind, width, is_list) =
                input_type(input).map_err(|error| error.within(format_args!("input '{}'", input.name)))?;
            let width = width.or_else(|| width_of(graph, &input.name));
            if width == Some(0) {
                return Err(no_width(&input.name));
            }
            if width.is_none() {
                unknown.push(inputs.len());
            }
            inputs.push(Input { name: &input.name, width: width.unwrap_or(0), kind, is_list });
        }
        let total =
            inputs.iter().try_fold(0usize, |sum, input| sum.checked_add(input.width)).unwrap_or(usize::MAX);
        if let [index] = unknown[..] {
            // What names are given for is how many columns there are.
            let width = names
                .features
                .as_ref()
                .and_then(|names| names.len().checked_sub(total))
                .filter(|width| *width > 0);
            inputs[index].width = width.ok_or_else(|| no_width(inputs[index].name))?;
        } else if let Some(index) = unknown.first() {
            return Err(no_width(inputs[*index].name));
        }
        let total = inputs.iter().try_fold(0usize, |sum, input| sum.checked_add(input.width));
        match total {
            Some(1..=MAX_FEATURES) => Ok(Self { inputs }),
            Some(0) => Err(Error::malformed("the graph has no input columns")),
            _ => Err(Error::malformed(format!("the graph has more than {MAX_FEATURES} input columns"))),
        }
    }

    pub(super) fn width(&self) -> usize {
        self.inputs.iter().map(|input| input.width).sum()
    }

    pub(super) fn steps(&self, budget: usize) -> StepBuilder {
        StepBuilder::new(self.width(), budget)
    }

    /// The number type that the file declares.
    pub(super) fn dtype(&self) -> Dtype {
        let is_wide = |input: &Input<'_>| matches!(input.kind, Kind::Double);
        if self.inputs.iter().any(is_wide) { Dtype::F64 } else { Dtype::F32 }
    }

    /// Gives the planner each input as a tensor of one row.
    pub(super) fn define(&self, planner: &mut Planner<'a>) -> Result<()> {
        let all = Value::computed(vec![1, self.width()], Kind::Double, ValueId::FEATURES);
        let mut first = 0u32;
        for input in &self.inputs {
            let end =
                u32::try_from(input.width).map(|width| first + width).map_err(|_| shape::too_large())?;
            let shape = if input.is_list { vec![1] } else { vec![1, input.width] };
            let mut value = planner.pick(&all, (first..end).collect(), shape)?;
            value.kind = input.kind;
            if input.kind == Kind::Single
                && let Some(source) = value.source()
            {
                value = Value::computed(value.shape, Kind::Single, planner.steps.step(Step::Single, source));
            }
            if input.kind == Kind::Truth {
                value.known = super::value::Known::among([0.0, 1.0]);
            }
            if input.kind == Kind::Text {
                let columns: Rc<[usize]> = (first as usize..end as usize).collect();
                planner.texts.extend(columns.iter());
                value.texts = Texts::Columns(columns);
            }
            planner.define(input.name, value)?;
            first = end;
        }
        Ok(())
    }

    /// The features, under these names or the file's own.
    pub(super) fn features(
        &self,
        planner: &mut Planner<'_>,
        metadata: &Metadata,
        names: &Names,
    ) -> Result<Vec<Feature>> {
        let default = self.names();
        let names = names.features.as_ref().unwrap_or(&default);
        crate::golden::check_len("feature_names", names.len(), default.len())?;
        crate::schema::check_names(names)?;
        let feature = |(column, name): (usize, &String)| {
            let is_counted = planner.free_texts.contains(&column);
            let kind = match planner.vocabularies.remove(&column) {
                Some(_) if is_counted => {
                    return Err(Error::unsupported(format!(
                        "column '{name}' is encoded whole, and its words are counted as well"
                    )));
                }
                Some(categories) => ColumnKind::Category(categories),
                None if is_counted => ColumnKind::Text,
                // Texts that nobody looks at.
                None if planner.texts.contains(&column) => ColumnKind::Ignored,
                None => ColumnKind::Number,
            };
            Ok(Feature { kind, ..Feature::number(name.clone()) })
        };
        let mut features: Vec<Feature> = names.iter().enumerate().map(feature).collect::<Result<_>>()?;
        metadata.describe(&mut features)?;
        Ok(features)
    }

    /// The inputs' own names where each is a column, else scikit-learn's `x0`, `x1`, ….
    fn names(&self) -> Vec<String> {
        if self.inputs.len() > 1 && self.inputs.iter().all(|input| input.width == 1) {
            self.inputs.iter().map(|input| input.name.to_owned()).collect()
        } else {
            (0..self.width()).map(|index| format!("x{index}")).collect()
        }
    }
}

fn no_width(name: &str) -> Error {
    Error::unsupported("its shape does not say how many columns it has; convert with [None, n_features]")
        .within(format_args!("input '{name}'"))
}

fn input_type(input: &proto::ValueInfo) -> Result<(Kind, Option<usize>, bool)> {
    let tensor = input.r#type.as_ref().and_then(|r#type| r#type.tensor_type.as_ref());
    let tensor = tensor.ok_or_else(|| Error::unsupported("not a tensor"))?;
    let kind = super::ops::constant::kind(tensor.elem_type)?;
    let dims = tensor.shape.as_ref().map(|shape| &*shape.dim);
    let width = |dim: &proto::Dimension| match dim.size {
        Some(Size::Value(width)) => Some(usize::try_from(width).unwrap_or(0)),
        _ => None,
    };
    match dims {
        None | Some([_, _]) => Ok((kind, dims.and_then(|dims| width(&dims[1])), false)),
        Some([_]) => Ok((kind, Some(1), true)),
        Some(dims) => Err(Error::unsupported(format!("{} dimensions, where rows have two", dims.len()))),
    }
}

/// How many columns the first node that says so takes of an input, on its own or behind a cast.
fn width_of(graph: &proto::Graph, input: &str) -> Option<usize> {
    let mut names = HashSet::from([input]);
    for node in &graph.node {
        let Some(at) = node.input.iter().position(|name| names.contains(name.as_str())) else { continue };
        let attribute = |name: &str| node.attribute.iter().find(|attribute| attribute.name == name);
        let floats = |name: &str| attribute(name).map_or(0, |attribute| attribute.floats.len());
        let ints = |name: &str| attribute(name).map_or(0, |attribute| attribute.ints.len());
        let of_constant = |at: usize, axis_from_end: usize| {
            let name = node.input.get(at)?;
            let tensor = graph.initializer.iter().find(|tensor| tensor.name == *name)?;
            let dims = Tensor::new(tensor).ok()?.dims;
            dims.get(dims.len().checked_sub(axis_from_end)?).copied().filter(|dim| *dim > 1)
        };
        let quotient =
            |all: usize, parts: usize| (parts > 0 && all.is_multiple_of(parts)).then(|| all / parts);
        let width = match node.op_type.as_str() {
            "Identity" | "Cast" | "Normalizer" | "Abs" | "Sqrt" | "Exp" | "Log" | "Clip" => {
                names.extend(node.output.iter().map(String::as_str));
                None
            }
            "MatMul" if at == 0 => of_constant(1, 2),
            "Gemm" if at == 0 => {
                let is_transposed = attribute("transB").and_then(|attribute| attribute.i).unwrap_or(0) != 0;
                of_constant(1, if is_transposed { 1 } else { 2 })
            }
            "Sub" | "Add" | "Mul" | "Div" | "CDist" => of_constant(1 - at.min(1), 1),
            "Scan" => (0..node.input.len()).find_map(|at| of_constant(at, 1)),
            // All but the batch stand in the shape.
            "Reshape" => {
                let name = node.input.get(1)?;
                let tensor = graph.initializer.iter().find(|tensor| tensor.name == *name)?;
                let tensor = Tensor::new(tensor).ok()?;
                let shape = tensor.ints("the shape").ok()?;
                let mut known = shape.iter().filter(|dim| **dim > 0).map(|dim| usize::try_from(*dim).ok());
                let known = known.try_fold(1usize, |product, dim| product.checked_mul(dim?))?;
                (shape.iter().filter(|dim| **dim < 1).count() == 1 && known > 1).then_some(known)
            }
            "Scaler" => Some(floats("offset").max(floats("scale"))).filter(|width| *width > 1),
            "Imputer" => Some(floats("imputed_value_floats")).filter(|width| *width > 1),
            "LinearClassifier" => {
                quotient(floats("coefficients"), floats("intercepts").max(ints("classlabels_ints")).max(1))
            }
            "LinearRegressor" => quotient(floats("coefficients"), floats("intercepts").max(1)),
            "SVMRegressor" => quotient(floats("support_vectors"), floats("coefficients")),
            "SVMClassifier" => {
                let per_class = attribute("vectors_per_class").map_or(&[][..], |attribute| &attribute.ints);
                let n_vectors: i64 = per_class.iter().copied().fold(0, i64::saturating_add);
                quotient(floats("support_vectors"), usize::try_from(n_vectors).unwrap_or(0))
            }
            _ => None,
        };
        if width.is_some() {
            return width.filter(|width| *width > 0);
        }
    }
    None
}
