//! Operators that are not planned.

use super::super::call::Call;
use crate::error::Error;

/// An operator that nobody plans, with the estimator that it probably comes from.
pub(super) fn unknown(call: &Call<'_>) -> Error {
    let of = match call.proto().op_type.as_str() {
        "Ngram" | "RegexFullMatch" | "StringConcat" | "StringSplit" => {
            "a vectorizer of texts of its own, of which a CountVectorizer's and a TfidfVectorizer's graphs are read"
        }
        "DictVectorizer" => "a DictVectorizer, whose joblib or skops file is read",
        "Conv" | "MaxPool" | "LSTM" | "GRU" | "BatchNormalization" | "LayerNormalization" | "Attention" => {
            "a neural network of a deep learning library"
        }
        "Compress" | "NonZero" => "a KNNImputer, whose joblib or skops file is read",
        "If" | "Loop" | "Unique" | "SequenceAt" | "SplitToSequence" => {
            "a converter whose graph depends on the data"
        }
        "Solve" | "Inverse" => {
            "a GaussianProcessClassifier, or a regressor that is asked for the deviation too"
        }
        _ => "no converter of scikit-learn's estimators that is known here",
    };
    Error::unsupported(format!("this operator is not supported; it probably comes from {of}"))
}
