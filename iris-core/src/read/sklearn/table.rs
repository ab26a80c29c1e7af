//! The classes that are read, each with its builder.

use super::flow::Builder;
use super::{
    linear_discriminant_analysis, linear_regressor, logistic_regression, max_abs_scaler, min_max_scaler,
    normalizer, pca, pipeline, ridge_classifier, robust_scaler, score_classifier, search, sgd_classifier,
    simple_imputer, standard_scaler,
};

/// Package of scikit-learn, class, builder. Modules within a package were
/// renamed in 0.22, so that only the package counts.
const CLASSES: &[(&str, &str, Builder)] = &[
    ("pipeline", "Pipeline", pipeline::build),
    ("model_selection", "GridSearchCV", search::build),
    ("model_selection", "RandomizedSearchCV", search::build),
    ("model_selection", "HalvingGridSearchCV", search::build),
    ("model_selection", "HalvingRandomSearchCV", search::build),
    ("preprocessing", "StandardScaler", standard_scaler::build),
    ("preprocessing", "MinMaxScaler", min_max_scaler::build),
    ("preprocessing", "MaxAbsScaler", max_abs_scaler::build),
    ("preprocessing", "RobustScaler", robust_scaler::build),
    ("preprocessing", "Normalizer", normalizer::build),
    ("impute", "SimpleImputer", simple_imputer::build),
    ("decomposition", "PCA", pca::build),
    ("linear_model", "LogisticRegression", logistic_regression::build),
    ("linear_model", "LogisticRegressionCV", logistic_regression::build),
    ("linear_model", "RidgeClassifier", ridge_classifier::build),
    ("linear_model", "RidgeClassifierCV", ridge_classifier::build),
    ("linear_model", "SGDClassifier", sgd_classifier::build),
    ("linear_model", "Perceptron", score_classifier::build),
    ("linear_model", "PassiveAggressiveClassifier", score_classifier::build),
    ("svm", "LinearSVC", score_classifier::build),
    ("discriminant_analysis", "LinearDiscriminantAnalysis", linear_discriminant_analysis::build),
    ("svm", "LinearSVR", linear_regressor::build),
    ("linear_model", "ARDRegression", linear_regressor::build),
    ("linear_model", "BayesianRidge", linear_regressor::build),
    ("linear_model", "ElasticNet", linear_regressor::build),
    ("linear_model", "ElasticNetCV", linear_regressor::build),
    ("linear_model", "HuberRegressor", linear_regressor::build),
    ("linear_model", "Lars", linear_regressor::build),
    ("linear_model", "LarsCV", linear_regressor::build),
    ("linear_model", "Lasso", linear_regressor::build),
    ("linear_model", "LassoCV", linear_regressor::build),
    ("linear_model", "LassoLars", linear_regressor::build),
    ("linear_model", "LassoLarsCV", linear_regressor::build),
    ("linear_model", "LassoLarsIC", linear_regressor::build),
    ("linear_model", "LinearRegression", linear_regressor::build),
    ("linear_model", "MultiTaskElasticNet", linear_regressor::build),
    ("linear_model", "MultiTaskElasticNetCV", linear_regressor::build),
    ("linear_model", "MultiTaskLasso", linear_regressor::build),
    ("linear_model", "MultiTaskLassoCV", linear_regressor::build),
    ("linear_model", "OrthogonalMatchingPursuit", linear_regressor::build),
    ("linear_model", "OrthogonalMatchingPursuitCV", linear_regressor::build),
    ("linear_model", "PassiveAggressiveRegressor", linear_regressor::build),
    ("linear_model", "QuantileRegressor", linear_regressor::build),
    ("linear_model", "Ridge", linear_regressor::build),
    ("linear_model", "RidgeCV", linear_regressor::build),
    ("linear_model", "SGDRegressor", linear_regressor::build),
    ("linear_model", "TheilSenRegressor", linear_regressor::build),
];

/// The builder of a class, if it is read.
pub(super) fn builder(module: &str, class: &str) -> Option<Builder> {
    let mut parts = module.split('.');
    let (Some("sklearn"), Some(package)) = (parts.next(), parts.next()) else { return None };
    let found = CLASSES.iter().find(|(of, name, _)| *of == package && *name == class);
    found.map(|(_, _, builder)| *builder)
}

/// Whether a class is read.
#[cfg(feature = "inspect")]
pub(in crate::read) fn is_read(module: &str, class: &str) -> bool {
    builder(module, class).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_and_the_class_count_and_nothing_else() {
        assert!(builder("sklearn.preprocessing._data", "StandardScaler").is_some());
        assert!(builder("sklearn.preprocessing.data", "StandardScaler").is_some());
        assert!(builder("sklearn.preprocessing", "StandardScaler").is_some());
        for module in
            ["sklearn", "preprocessing", "cuml.preprocessing", "sklearn.svm", "sklearnx.preprocessing", ""]
        {
            assert!(builder(module, "StandardScaler").is_none(), "{module}");
        }
        assert!(builder("sklearn.preprocessing._data", "PowerTransformer").is_none());
    }
}
