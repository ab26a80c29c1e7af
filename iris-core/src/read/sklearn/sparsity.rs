//! Whether what a transformer gives is a sparse matrix, which says nothing of zeros.

use super::estimator::Estimator;
use crate::error::Result;

/// Classes that give dense matrices, whatever they are given.
const DENSE: [&str; 31] = [
    "BernoulliRBM",
    "Birch",
    "BisectingKMeans",
    "CCA",
    "DictionaryLearning",
    "FactorAnalysis",
    "FastICA",
    "FeatureAgglomeration",
    "GaussianRandomProjection",
    "IncrementalPCA",
    "KMeans",
    "KernelCenterer",
    "KernelPCA",
    "LatentDirichletAllocation",
    "LinearDiscriminantAnalysis",
    "LocallyLinearEmbedding",
    "MiniBatchDictionaryLearning",
    "MiniBatchKMeans",
    "MiniBatchSparsePCA",
    "NMF",
    "NeighborhoodComponentsAnalysis",
    "Nystroem",
    "PCA",
    "PLSCanonical",
    "PLSRegression",
    "PolynomialCountSketch",
    "RBFSampler",
    "SkewedChi2Sampler",
    "SparseCoder",
    "SparsePCA",
    "TruncatedSVD",
];

/// Classes that give what their members do.
const COMPOSITES: [&str; 4] = ["FeatureUnion", "FrozenEstimator", "GridSearchCV", "Pipeline"];

/// Whether the output is sparse, by whether the input is, and the output of what is inside.
pub(super) fn of(estimator: &Estimator<'_, '_>, input: bool, inside: bool) -> Result<bool> {
    let class = estimator.class();
    match class {
        _ if estimator.is_of("category_encoders") => Ok(false),
        // It was called otherwise before 1.2.
        "OneHotEncoder" if estimator.get("sparse_output").is_some() => estimator.flag("sparse_output", true),
        "DictVectorizer" | "OneHotEncoder" => estimator.flag("sparse", true),
        "ColumnTransformer" => estimator.flag("sparse_output_", false),
        "KBinsDiscretizer" => Ok(estimator.text("encode") == Some("onehot")),
        "CountVectorizer"
        | "HashingVectorizer"
        | "KNeighborsTransformer"
        | "RadiusNeighborsTransformer"
        | "TfidfTransformer"
        | "TfidfVectorizer" => Ok(true),
        "SplineTransformer" => estimator.flag("sparse_output", false),
        "RandomTreesEmbedding" => estimator.flag("sparse_output", true),
        _ if COMPOSITES.contains(&class) || class.ends_with("SearchCV") => Ok(inside),
        _ => Ok(input && !DENSE.contains(&class)),
    }
}
