//! The classes that are read, each with its builder.

#[cfg(feature = "boosters")]
use super::catboost;
use super::flow::Builder;
#[cfg(feature = "boosters")]
use super::lightgbm;
#[cfg(feature = "boosters")]
use super::xgboost;
use super::{
    ada_boost, bagging, binarizer, bisecting_k_means, boltzmann_machine, calibrated, categorical_nb,
    category_encoders, chi_square_features, column_transformer, constant_predictor, count_sketch,
    decision_tree, dict_vectorizer, discrete_nb, dummy_classifier, dummy_regressor, elliptic_envelope,
    factor_analysis, fast_ica, feature_agglomeration, feature_union, frozen_estimator, function_transformer,
    gaussian_mixture, gaussian_nb, gaussian_process, generalized_linear, gradient_boosting,
    hist_gradient_boosting, isolation_forest, isomap, isotonic, iterative_imputer, k_bins_discretizer,
    k_means, kernel_centerer, kernel_features, kernel_ridge, knn_imputer, label_propagation,
    linear_discriminant_analysis, linear_regressor, local_outlier_factor, locally_linear_embedding,
    logistic_regression, max_abs_scaler, min_max_scaler, missing_indicator, multilayer_perceptron,
    nearest_center, nearest_centroid, neighbor_graph, neighbors, non_negative_matrix, normalizer,
    one_hot_encoder, one_vs_one, one_vs_rest, ordinal_encoder, output_code, partial_least_squares, pca,
    pipeline, polynomial_features, power_transformer, projection, quadratic_discriminant,
    quantile_transformer, random_forest, random_trees_embedding, recursive_elimination, ridge_classifier,
    robust_scaler, score_classifier, search, select_from_model, self_training, several_labels,
    several_outputs, sgd_classifier, sgd_one_class, simple_imputer, sparse_coding, sparse_pca,
    spline_transformer, stacking, standard_scaler, support_vectors, target_encoder, tfidf,
    threshold_classifier, topics, transformed_target, univariate_selection, variance_threshold, vectorizer,
    voting,
};

/// Package of scikit-learn, class, builder. Modules within a package were
/// renamed in 0.22, so that only the package counts.
const CLASSES: &[(&str, &str, Builder)] = &[
    ("pipeline", "Pipeline", pipeline::build),
    ("pipeline", "FeatureUnion", feature_union::build),
    ("compose", "ColumnTransformer", column_transformer::build),
    ("model_selection", "GridSearchCV", search::build),
    ("model_selection", "RandomizedSearchCV", search::build),
    ("model_selection", "HalvingGridSearchCV", search::build),
    ("model_selection", "HalvingRandomSearchCV", search::build),
    ("preprocessing", "StandardScaler", standard_scaler::build),
    ("preprocessing", "MinMaxScaler", min_max_scaler::build),
    ("preprocessing", "MaxAbsScaler", max_abs_scaler::build),
    ("preprocessing", "RobustScaler", robust_scaler::build),
    ("preprocessing", "Normalizer", normalizer::build),
    ("preprocessing", "OneHotEncoder", one_hot_encoder::build),
    ("preprocessing", "OrdinalEncoder", ordinal_encoder::build),
    ("preprocessing", "TargetEncoder", target_encoder::build),
    ("preprocessing", "FunctionTransformer", function_transformer::build),
    ("preprocessing", "Binarizer", binarizer::build),
    ("preprocessing", "KBinsDiscretizer", k_bins_discretizer::build),
    ("preprocessing", "PolynomialFeatures", polynomial_features::build),
    ("preprocessing", "SplineTransformer", spline_transformer::build),
    ("preprocessing", "PowerTransformer", power_transformer::build),
    ("preprocessing", "QuantileTransformer", quantile_transformer::build),
    ("preprocessing", "KernelCenterer", kernel_centerer::build),
    ("feature_extraction", "CountVectorizer", vectorizer::count),
    ("feature_extraction", "DictVectorizer", dict_vectorizer::build),
    ("feature_extraction", "HashingVectorizer", vectorizer::hashing),
    ("feature_extraction", "TfidfVectorizer", tfidf::vectorizer),
    ("feature_extraction", "TfidfTransformer", tfidf::transformer),
    ("feature_selection", "SelectKBest", univariate_selection::build),
    ("feature_selection", "SelectPercentile", univariate_selection::build),
    ("feature_selection", "SelectFpr", univariate_selection::build),
    ("feature_selection", "SelectFdr", univariate_selection::build),
    ("feature_selection", "SelectFwe", univariate_selection::build),
    ("feature_selection", "GenericUnivariateSelect", univariate_selection::build),
    ("feature_selection", "VarianceThreshold", variance_threshold::build),
    ("feature_selection", "SelectFromModel", select_from_model::build),
    ("feature_selection", "RFE", recursive_elimination::build),
    ("feature_selection", "RFECV", recursive_elimination::build),
    ("feature_selection", "SequentialFeatureSelector", recursive_elimination::build_selector),
    ("impute", "SimpleImputer", simple_imputer::build),
    ("impute", "IterativeImputer", iterative_imputer::build),
    ("impute", "KNNImputer", knn_imputer::build),
    ("impute", "MissingIndicator", missing_indicator::build),
    ("decomposition", "PCA", pca::build),
    ("decomposition", "IncrementalPCA", pca::build),
    ("decomposition", "TruncatedSVD", projection::build),
    ("decomposition", "SparsePCA", sparse_pca::build),
    ("decomposition", "MiniBatchSparsePCA", sparse_pca::build),
    ("decomposition", "SparseCoder", sparse_coding::build),
    ("decomposition", "DictionaryLearning", sparse_coding::build),
    ("decomposition", "MiniBatchDictionaryLearning", sparse_coding::build),
    ("random_projection", "GaussianRandomProjection", projection::build),
    ("random_projection", "SparseRandomProjection", projection::build),
    ("neighbors", "NeighborhoodComponentsAnalysis", projection::build),
    ("decomposition", "FactorAnalysis", factor_analysis::build),
    ("decomposition", "FastICA", fast_ica::build),
    ("decomposition", "NMF", non_negative_matrix::build),
    ("decomposition", "LatentDirichletAllocation", topics::build),
    ("cross_decomposition", "PLSRegression", partial_least_squares::build),
    ("cross_decomposition", "PLSCanonical", partial_least_squares::build),
    ("cross_decomposition", "CCA", partial_least_squares::build),
    ("cross_decomposition", "PLSSVD", partial_least_squares::build_svd),
    ("frozen", "FrozenEstimator", frozen_estimator::build),
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
    ("linear_model", "PoissonRegressor", generalized_linear::build),
    ("linear_model", "GammaRegressor", generalized_linear::build),
    ("linear_model", "TweedieRegressor", generalized_linear::build),
    ("tree", "DecisionTreeClassifier", several_labels::tree),
    ("tree", "DecisionTreeRegressor", decision_tree::regressor),
    ("tree", "ExtraTreeClassifier", several_labels::tree),
    ("tree", "ExtraTreeRegressor", decision_tree::regressor),
    ("ensemble", "RandomForestClassifier", several_labels::forest),
    ("ensemble", "RandomForestRegressor", random_forest::regressor),
    ("ensemble", "ExtraTreesClassifier", several_labels::forest),
    ("ensemble", "ExtraTreesRegressor", random_forest::regressor),
    ("ensemble", "GradientBoostingClassifier", gradient_boosting::classifier),
    ("ensemble", "GradientBoostingRegressor", gradient_boosting::regressor),
    ("ensemble", "HistGradientBoostingClassifier", hist_gradient_boosting::classifier),
    ("ensemble", "HistGradientBoostingRegressor", hist_gradient_boosting::regressor),
    ("ensemble", "BaggingClassifier", bagging::classifier),
    ("ensemble", "BaggingRegressor", bagging::regressor),
    ("ensemble", "AdaBoostClassifier", ada_boost::classifier),
    ("ensemble", "AdaBoostRegressor", ada_boost::regressor),
    ("ensemble", "IsolationForest", isolation_forest::build),
    ("ensemble", "RandomTreesEmbedding", random_trees_embedding::build),
    ("calibration", "CalibratedClassifierCV", calibrated::build),
    ("isotonic", "IsotonicRegression", isotonic::build),
    ("svm", "SVC", support_vectors::classifier),
    ("svm", "NuSVC", support_vectors::classifier),
    ("svm", "SVR", support_vectors::regressor),
    ("svm", "NuSVR", support_vectors::regressor),
    ("svm", "OneClassSVM", support_vectors::one_class),
    ("linear_model", "SGDOneClassSVM", sgd_one_class::build),
    ("linear_model", "RANSACRegressor", self_training::build),
    ("naive_bayes", "GaussianNB", gaussian_nb::build),
    ("naive_bayes", "MultinomialNB", discrete_nb::multinomial),
    ("naive_bayes", "ComplementNB", discrete_nb::complement),
    ("naive_bayes", "BernoulliNB", discrete_nb::bernoulli),
    ("naive_bayes", "CategoricalNB", categorical_nb::build),
    ("neighbors", "KNeighborsClassifier", neighbors::classifier),
    ("neighbors", "KNeighborsRegressor", neighbors::regressor),
    ("neighbors", "RadiusNeighborsClassifier", neighbors::radius_classifier),
    ("neighbors", "RadiusNeighborsRegressor", neighbors::radius_regressor),
    ("neighbors", "KNeighborsTransformer", neighbor_graph::of_nearest),
    ("neighbors", "RadiusNeighborsTransformer", neighbor_graph::within),
    ("neighbors", "LocalOutlierFactor", local_outlier_factor::build),
    ("cluster", "KMeans", k_means::build),
    ("cluster", "MiniBatchKMeans", k_means::build),
    ("cluster", "BisectingKMeans", bisecting_k_means::build),
    ("cluster", "MeanShift", nearest_center::build),
    ("cluster", "AffinityPropagation", nearest_center::build),
    ("cluster", "Birch", nearest_center::birch),
    ("cluster", "FeatureAgglomeration", feature_agglomeration::build),
    ("manifold", "Isomap", isomap::build),
    ("manifold", "LocallyLinearEmbedding", locally_linear_embedding::build),
    ("neural_network", "BernoulliRBM", boltzmann_machine::build),
    ("neural_network", "MLPClassifier", multilayer_perceptron::classifier),
    ("neural_network", "MLPRegressor", multilayer_perceptron::regressor),
    ("discriminant_analysis", "QuadraticDiscriminantAnalysis", quadratic_discriminant::build),
    ("covariance", "EllipticEnvelope", elliptic_envelope::build),
    ("ensemble", "VotingClassifier", voting::classifier),
    ("ensemble", "VotingRegressor", voting::regressor),
    ("ensemble", "StackingClassifier", stacking::classifier),
    ("ensemble", "StackingRegressor", stacking::regressor),
    ("mixture", "GaussianMixture", gaussian_mixture::build),
    ("mixture", "BayesianGaussianMixture", gaussian_mixture::build_bayesian),
    ("gaussian_process", "GaussianProcessRegressor", gaussian_process::regressor),
    ("gaussian_process", "GaussianProcessClassifier", gaussian_process::classifier),
    ("gaussian_process", "_BinaryGaussianProcessClassifierLaplace", gaussian_process::binary),
    ("kernel_ridge", "KernelRidge", kernel_ridge::build),
    ("kernel_approximation", "Nystroem", kernel_features::nystroem),
    ("kernel_approximation", "RBFSampler", kernel_features::rbf_sampler),
    ("kernel_approximation", "AdditiveChi2Sampler", chi_square_features::additive),
    ("kernel_approximation", "SkewedChi2Sampler", chi_square_features::skewed),
    ("kernel_approximation", "PolynomialCountSketch", count_sketch::build),
    ("decomposition", "KernelPCA", kernel_features::kernel_pca),
    ("semi_supervised", "LabelPropagation", label_propagation::build),
    ("semi_supervised", "LabelSpreading", label_propagation::build),
    ("semi_supervised", "SelfTrainingClassifier", self_training::build),
    ("dummy", "DummyClassifier", dummy_classifier::build),
    ("dummy", "DummyRegressor", dummy_regressor::build),
    ("neighbors", "NearestCentroid", nearest_centroid::build),
    ("multiclass", "OneVsRestClassifier", one_vs_rest::build),
    ("multiclass", "OneVsOneClassifier", one_vs_one::build),
    ("multiclass", "OutputCodeClassifier", output_code::build),
    ("multiclass", "_ConstantPredictor", constant_predictor::build),
    ("multioutput", "MultiOutputRegressor", several_outputs::regressors),
    ("multioutput", "RegressorChain", several_outputs::regressor_chain),
    ("multioutput", "MultiOutputClassifier", several_outputs::classifiers),
    ("multioutput", "ClassifierChain", several_outputs::classifier_chain),
    ("compose", "TransformedTargetRegressor", transformed_target::build),
    ("model_selection", "FixedThresholdClassifier", threshold_classifier::fixed),
    ("model_selection", "TunedThresholdClassifierCV", threshold_classifier::tuned),
];

/// Library on top of scikit-learn, class, builder. Within a library, the class alone counts.
const RELATED: &[(&str, &str, Builder)] = &[
    ("imblearn", "Pipeline", pipeline::build),
    ("imblearn", "BalancedRandomForestClassifier", several_labels::forest),
    ("imblearn", "BalancedBaggingClassifier", bagging::classifier),
    ("imblearn", "EasyEnsembleClassifier", bagging::classifier),
    ("imblearn", "RUSBoostClassifier", ada_boost::classifier),
    ("category_encoders", "OrdinalEncoder", category_encoders::ordinal),
    ("category_encoders", "TargetEncoder", category_encoders::by_code),
    ("category_encoders", "WOEEncoder", category_encoders::by_code),
    ("category_encoders", "JamesSteinEncoder", category_encoders::by_code),
    ("category_encoders", "MEstimateEncoder", category_encoders::by_code),
    ("category_encoders", "QuantileEncoder", category_encoders::by_code),
    ("category_encoders", "GLMMEncoder", category_encoders::by_code),
    ("category_encoders", "OneHotEncoder", category_encoders::several),
    ("category_encoders", "BinaryEncoder", category_encoders::several),
    ("category_encoders", "BaseNEncoder", category_encoders::several),
    ("category_encoders", "GrayEncoder", category_encoders::several),
    ("category_encoders", "BackwardDifferenceEncoder", category_encoders::several),
    ("category_encoders", "HelmertEncoder", category_encoders::several),
    ("category_encoders", "PolynomialEncoder", category_encoders::several),
    ("category_encoders", "SumEncoder", category_encoders::several),
    ("category_encoders", "HashingEncoder", category_encoders::hashing),
    ("category_encoders", "RankHotEncoder", category_encoders::rank_hot),
    ("category_encoders", "CountEncoder", category_encoders::count),
    ("category_encoders", "LeaveOneOutEncoder", category_encoders::leave_one_out),
    ("category_encoders", "CatBoostEncoder", category_encoders::cat_boost),
];

/// Library beside scikit-learn, class, builder. Within a library, the class alone counts.
#[cfg(feature = "boosters")]
const BOOSTERS: &[(&str, &str, Builder)] = &[
    ("lightgbm", "LGBMClassifier", lightgbm::classifier),
    ("lightgbm", "LGBMRegressor", lightgbm::regressor),
    ("lightgbm", "LGBMRanker", lightgbm::regressor),
    ("lightgbm", "LGBMModel", lightgbm::regressor),
    ("lightgbm", "Booster", lightgbm::booster),
    ("catboost", "CatBoostClassifier", catboost::classifier),
    ("catboost", "CatBoostRegressor", catboost::regressor),
    ("catboost", "CatBoostRanker", catboost::other),
    ("catboost", "CatBoost", catboost::other),
    ("xgboost", "XGBClassifier", xgboost::classifier),
    ("xgboost", "XGBRFClassifier", xgboost::classifier),
    ("xgboost", "XGBRegressor", xgboost::regressor),
    ("xgboost", "XGBRFRegressor", xgboost::regressor),
    ("xgboost", "XGBRanker", xgboost::regressor),
    ("xgboost", "XGBModel", xgboost::regressor),
    ("xgboost", "Booster", xgboost::booster),
];

#[cfg(not(feature = "boosters"))]
const BOOSTERS: &[(&str, &str, Builder)] = &[];

/// The builder of a class, if it is read.
pub(super) fn builder(module: &str, class: &str) -> Option<Builder> {
    let mut parts = module.split('.');
    let (Some(library), Some(package)) = (parts.next(), parts.next()) else { return None };
    let (classes, of) = if library == "sklearn" { (CLASSES, package) } else { (BOOSTERS, library) };
    let related = if library == "sklearn" { &[][..] } else { RELATED };
    let found = classes.iter().chain(related).find(|(known, name, _)| *known == of && *name == class);
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
        assert_eq!(builder("catboost.core", "CatBoostRanker").is_some(), cfg!(feature = "boosters"));
        assert!(builder("sklearn.catboost", "CatBoostRanker").is_none());
        assert!(builder("sklearn.preprocessing._data", "KNNImputer").is_none());
        assert_eq!(builder("lightgbm.sklearn", "LGBMRanker").is_some(), cfg!(feature = "boosters"));
        assert!(builder("lightgbm.dask", "DaskLGBMRanker").is_none());
        assert!(builder("sklearn.lightgbm", "LGBMRanker").is_none());
        assert_eq!(builder("xgboost.sklearn", "XGBRanker").is_some(), cfg!(feature = "boosters"));
        assert!(builder("xgboost.dask", "DaskXGBRanker").is_none());
        assert!(builder("sklearn.xgboost", "XGBRanker").is_none());
    }
}
