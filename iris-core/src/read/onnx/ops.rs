//! What each operator does to symbolic values.

mod arithmetic;
mod classifier;
mod link;
mod preprocessing;
mod reduction;
mod regressor;
mod selection;
pub(super) mod trees;

use std::rc::Rc;

use super::node::Node;
use super::steps::StepBuilder;
use super::symbol::{Guard, Reduction, Symbol, Value};
use super::tensor::Tensor;
use crate::error::{Error, Result};
use crate::schema::{Dtype, Labels};

/// Evaluates one node; the values answer to its outputs in order.
pub(super) fn evaluate(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Vec<Value>> {
    let domain = node.proto.domain.as_str();
    let value = match (domain, node.operator()) {
        ("ai.onnx.ml", "LinearClassifier") => return classifier::linear_classifier(steps, node),
        ("ai.onnx.ml", "LinearRegressor") => regressor::linear_regressor(steps, node)?,
        ("ai.onnx.ml", "TreeEnsembleClassifier") => return trees::classifier(steps, node),
        ("ai.onnx.ml", "TreeEnsembleRegressor") => trees::regressor(steps, node)?,
        ("ai.onnx.ml", "TreeEnsemble") => trees::ensemble(steps, node)?,
        ("ai.onnx.ml", "Scaler") => preprocessing::scaler(steps, node)?,
        ("ai.onnx.ml", "Normalizer") => preprocessing::normalizer(steps, node)?,
        ("ai.onnx.ml", "Imputer") => preprocessing::imputer(steps, node)?,
        ("ai.onnx.ml", "ArrayFeatureExtractor") => selection::array_feature_extractor(steps, node)?,
        ("ai.onnx.ml", "FeatureVectorizer") => selection::concat(steps, node)?,
        ("ai.onnx.ml", "ZipMap") => classifier::zip_map(node)?,
        ("" | "ai.onnx", operator) => match operator {
            "Add" => arithmetic::add(steps, node)?,
            "Sub" => arithmetic::sub(steps, node)?,
            "Mul" => arithmetic::mul(steps, node)?,
            "Div" => arithmetic::div(steps, node)?,
            "Abs" => arithmetic::abs(node)?,
            "Sqrt" => arithmetic::sqrt(node)?,
            "MatMul" => arithmetic::mat_mul(steps, node)?,
            "Gemm" => arithmetic::gemm(steps, node)?,
            "Clip" => arithmetic::clip(node)?,
            "Exp" | "Reciprocal" | "Sigmoid" | "Softmax" => link::evaluate(node)?,
            "ReduceSum" | "ReduceSumSquare" => reduction::evaluate(node)?,
            "ArgMax" => selection::arg_max(node)?,
            "Slice" => selection::slice(steps, node)?,
            "Concat" => selection::concat(steps, node)?,
            "Identity" => node.input(0)?.clone(),
            "Cast" => cast(node, node.int("to", 0))?,
            "CastLike" => cast_like(node)?,
            "IsNaN" => Value::Missing(node.rows(0)?.clone()),
            "Where" => preprocessing::where_missing(steps, node)?,
            "Not" => not(node)?,
            "Reshape" => reshape(node)?,
            _ => return Err(unknown()),
        },
        _ => return Err(unknown()),
    };
    Ok(vec![value])
}

fn unknown() -> Error {
    Error::unsupported(
        "this operator is not supported; supported are the linear classifiers and regressors of \
         scikit-learn, and ensembles of trees, behind scalers, normalizers, imputers and PCA",
    )
}

/// `TensorProto.DataType` of the types that a cast may lead to.
const FLOAT: i64 = 1;
const INT32: i64 = 6;
const INT64: i64 = 7;
const STRING: i64 = 8;
const BOOL: i64 = 9;
const DOUBLE: i64 = 11;

/// Numbers stay numbers, wide ones; a cast to bool asks whether a sum is zero.
fn cast(node: &Node<'_>, to: i64) -> Result<Value> {
    match (node.input(0)?, to) {
        (Value::Rows(rows), FLOAT | DOUBLE) => {
            let dtype = if to == FLOAT { Dtype::F32 } else { Dtype::F64 };
            Ok(Value::from(Symbol { dtype, ..(**rows).clone() }))
        }
        (
            value @ (Value::Guarded(_)
            | Value::Guard(..)
            | Value::Reduced(..)
            | Value::Label(_, Labels::Floats(_))),
            FLOAT | DOUBLE,
        )
        | (
            value @ (Value::ClassIndex(_) | Value::Label(_, Labels::Integers(_))),
            FLOAT | DOUBLE | INT32 | INT64,
        )
        | (value @ Value::Label(_, Labels::Strings(_)), STRING) => Ok(value.clone()),
        (Value::Constant(tensor), FLOAT | DOUBLE) => {
            let data = super::tensor::Data::Floats(tensor.finite("the constant")?);
            Ok(Value::Constant(Rc::new(Tensor { dims: tensor.dims.clone(), data })))
        }
        (Value::Reduced(rows, Reduction::Sum), BOOL) => Ok(Value::Guard(rows.clone(), Guard::NotZero)),
        _ => Err(node.unexpected().within(format_args!("cast to type {to}"))),
    }
}

/// To the type of another number; which of the floating ones does not matter.
fn cast_like(node: &Node<'_>) -> Result<Value> {
    match node.input(1)? {
        Value::Rows(_) | Value::Reduced(..) => cast(node, DOUBLE),
        Value::Constant(tensor) if matches!(tensor.data, super::tensor::Data::Floats(_)) => {
            cast(node, DOUBLE)
        }
        _ => Err(node.unexpected()),
    }
}

fn not(node: &Node<'_>) -> Result<Value> {
    match node.input(0)? {
        Value::Guard(rows, Guard::NotZero) => Ok(Value::Guard(rows.clone(), Guard::Zero)),
        _ => Err(node.unexpected()),
    }
}

/// Labels are flattened to one a row; anything else must keep its shape.
fn reshape(node: &Node<'_>) -> Result<Value> {
    let shape = node.constant(1)?.ints("the shape")?;
    match (node.input(0)?, shape) {
        (value @ (Value::ClassIndex(_) | Value::Label(..)), [-1] | [-1, 1]) => Ok(value.clone()),
        (Value::Rows(rows), [-1 | 0, width]) if usize::try_from(*width) == Ok(rows.width()) => {
            Ok(Value::Rows(rows.clone()))
        }
        _ => Err(node.unexpected().within(format_args!("shape {shape:?}"))),
    }
}
