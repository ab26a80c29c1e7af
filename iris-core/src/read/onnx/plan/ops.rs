//! The operators that are planned, one family a file.

mod choice;
pub(super) mod constant;
mod counting;
mod elementwise;
mod encoding;
mod fold;
mod linear;
mod moving;
mod picking;
mod preprocessing;
mod product;
mod scan;
mod sparse;
mod svm;
mod texts;
mod trees;
mod unknown;

use super::call::Call;
use super::planner::Planner;
use super::value::Value;
use crate::error::{Error, Result};
use scan::Within;
use unknown::unknown;

/// Plans one node, and by `within` the graph that it may have within; the values answer to its outputs in order.
pub(super) fn plan<'a>(planner: &mut Planner<'a>, call: &Call<'a>, within: Within<'a>) -> Result<Vec<Value>> {
    let proto = call.proto();
    let one = |value: Result<Value>| value.map(|value| vec![value]);
    match (proto.domain.as_str(), proto.op_type.as_str()) {
        ("ai.onnx.ml", operator) => match operator {
            "ArrayFeatureExtractor" => one(picking::array_feature_extractor(planner, call)),
            "Binarizer" => one(preprocessing::binarizer(planner, call)),
            "CategoryMapper" => one(encoding::category_mapper(planner, call)),
            "FeatureVectorizer" => one(moving::feature_vectorizer(planner, call)),
            "Imputer" => one(preprocessing::imputer(planner, call)),
            "LabelEncoder" => one(encoding::label_encoder(planner, call)),
            "LinearClassifier" => linear::classifier(planner, call),
            "LinearRegressor" => one(linear::regressor(planner, call)),
            "Normalizer" => one(preprocessing::normalizer(planner, call)),
            "OneHotEncoder" => one(encoding::one_hot_encoder(planner, call)),
            "SVMClassifier" => svm::classifier(planner, call),
            "SVMRegressor" => one(svm::regressor(planner, call)),
            "Scaler" => one(preprocessing::scaler(planner, call)),
            "TreeEnsemble" | "TreeEnsembleRegressor" => one(trees::regressor(planner, call)),
            "TreeEnsembleClassifier" => trees::classifier(planner, call),
            "ZipMap" => one(linear::zip_map(call)),
            _ => Err(unknown(call)),
        },
        ("com.microsoft", "CDist") => one(scan::c_dist(planner, call)),
        ("com.microsoft", "Tokenizer") => one(counting::tokenizer(call)),
        ("" | "ai.onnx", operator) => match operator {
            "ArgMax" | "ArgMin" => one(fold::arg(planner, call)),
            "Cast" => one(texts::cast(planner, call)),
            "Concat" => one(moving::concat(planner, call)),
            "Constant" => one(constant::operator(call)),
            "ConstantOfShape" => one(constant::of_shape(planner, call)),
            "CumSum" => one(fold::cum_sum(planner, call)),
            "Dropout" | "Identity" => Ok(vec![call.input(0)?.clone()]),
            "Equal" if call.inputs.iter().flatten().any(Value::is_text) => one(texts::equal(planner, call)),
            "Expand" => one(moving::expand(planner, call)),
            "Flatten" => one(moving::flatten(call)),
            "Gather" => one(picking::gather(planner, call)),
            "GatherElements" => one(picking::gather_elements(planner, call)),
            "Gemm" => one(product::gemm(planner, call)),
            "LogSoftmax" | "Softmax" => one(fold::softmax(planner, call)),
            "MatMul" => one(product::mat_mul(planner, call)),
            "OneHot" => one(encoding::one_hot(planner, call)),
            "Range" => one(constant::range(planner, call)),
            "Reshape" => one(moving::reshape(call)),
            "Scan" => scan::scan(planner, call, within),
            "Shape" | "Size" if call.input(0)?.is_cut() => {
                Err(Error::unsupported("how many tokens a text has"))
            }
            "Shape" => one(constant::shape(call)),
            "Size" => Ok(vec![constant::whole(call.input(0)?.len())]),
            // A list of tables, which only an answer may be.
            "SequenceConstruct" => Ok(Vec::new()),
            "Slice" => one(moving::slice(planner, call)),
            "Split" => moving::split(planner, call),
            "StringNormalizer" => one(counting::string_normalizer(call)),
            "TfIdfVectorizer" => one(counting::term_counts(planner, call)),
            "Squeeze" => one(moving::squeeze(call)),
            "Tile" => one(moving::tile(planner, call)),
            "TopK" => fold::top(planner, call),
            "Transpose" => one(moving::transpose(planner, call)),
            "Unsqueeze" => one(moving::unsqueeze(call)),
            "Where" => one(choice::choice(planner, call)),
            _ if operator.starts_with("Reduce") => one(fold::reduce(planner, call)),
            _ => one(elementwise::plan(planner, call)),
        },
        _ => Err(unknown(call)),
    }
}

/// Columns side by side.
pub(super) fn side_by_side(planner: &mut Planner<'_>, columns: &[Value]) -> Result<Value> {
    moving::joined(planner, columns, 1)
}
