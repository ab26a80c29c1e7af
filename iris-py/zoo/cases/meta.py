"""Estimators around estimators."""

from case import Case, classifiers, regressors, wholes

AROUND = """
    OneVsRestClassifier(LogisticRegression(max_iter=200))
    OneVsRestClassifier(LinearSVC(max_iter=200, random_state=0))
    OneVsRestClassifier(make_pipeline(StandardScaler(), SGDClassifier(random_state=0)))
    OneVsRestClassifier(Ridge())
    OneVsRestClassifier(LogisticRegression(solver="liblinear"))
    OneVsOneClassifier(LogisticRegression(max_iter=200))
    OneVsOneClassifier(LinearSVC(max_iter=200, random_state=0))
    OneVsOneClassifier(make_pipeline(StandardScaler(), Perceptron(random_state=0)))
    OutputCodeClassifier(LogisticRegression(max_iter=200), random_state=0)
    OutputCodeClassifier(LinearSVC(max_iter=200, random_state=0), code_size=3, random_state=1)
    GridSearchCV(LogisticRegression(max_iter=200), {"C": [0.1, 1.0]}, cv=3)
    GridSearchCV(make_pipeline(StandardScaler(), SGDClassifier(random_state=0)), {"sgdclassifier__alpha": [1e-3, 1e-2]}, cv=3)
    GridSearchCV(make_pipeline(StandardScaler(), RidgeClassifier()), [{"standardscaler": [None, MinMaxScaler()]}], cv=3)
    RandomizedSearchCV(LogisticRegression(max_iter=200), {"C": [0.1, 1.0, 3.0]}, n_iter=2, cv=3, random_state=0)
    HalvingGridSearchCV(LogisticRegression(max_iter=100), {"C": [0.1, 1.0]}, cv=3, min_resources=60)
    HalvingRandomSearchCV(LogisticRegression(max_iter=100), {"C": [0.1, 1.0]}, cv=3, min_resources=60, random_state=0)
    FrozenEstimator(fitted(LogisticRegression(max_iter=200)))
"""

# Of two classes only.
THRESHOLDS = """
    FixedThresholdClassifier(LogisticRegression(max_iter=200))
    FixedThresholdClassifier(LogisticRegression(max_iter=200), threshold=0.8)
    FixedThresholdClassifier(LogisticRegression(max_iter=200), threshold=0.2, pos_label=first())
    FixedThresholdClassifier(RidgeClassifier(), threshold=0.3)
    FixedThresholdClassifier(make_pipeline(StandardScaler(), LogisticRegression()), threshold=-1.0, response_method="decision_function")
    TunedThresholdClassifierCV(LogisticRegression(max_iter=200), cv=3)
    TunedThresholdClassifierCV(make_pipeline(StandardScaler(), LogisticRegression()), scoring="f1", thresholds=20, cv=3, response_method="predict_proba", refit=True)
    TunedThresholdClassifierCV(FrozenEstimator(fitted(LogisticRegression(max_iter=200))), cv="prefit", refit=False)
"""

REGRESSORS = """
    TransformedTargetRegressor(Ridge())
    TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1)
    TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp)
    TransformedTargetRegressor(LinearRegression(), func=np.sqrt, inverse_func=np.square)
    TransformedTargetRegressor(LinearRegression(), func=np.cbrt, inverse_func=np.square, check_inverse=False)
    TransformedTargetRegressor(Ridge(), transformer=StandardScaler())
    TransformedTargetRegressor(Ridge(), transformer=MinMaxScaler())
    TransformedTargetRegressor(Ridge(), transformer=PowerTransformer())
    TransformedTargetRegressor(Ridge(), transformer=PowerTransformer(method="box-cox"))
    TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=20))
    TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=50, output_distribution="normal"))
    TransformedTargetRegressor(make_pipeline(StandardScaler(), Ridge()), transformer=RobustScaler())
    GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=3)
    GridSearchCV(make_pipeline(StandardScaler(), ElasticNet()), {"elasticnet__alpha": [0.1, 1.0]}, cv=3)
    RandomizedSearchCV(Lasso(), {"alpha": [0.1, 1.0, 3.0]}, n_iter=2, cv=3, random_state=0)
    FrozenEstimator(fitted(Ridge()))
"""

SEVERAL = """
    MultiOutputRegressor(Ridge())
    MultiOutputRegressor(LinearSVR(max_iter=100, random_state=0))
    MultiOutputRegressor(make_pipeline(StandardScaler(), SGDRegressor(random_state=0)))
    RegressorChain(Ridge())
    RegressorChain(LinearRegression(), order=[2, 0, 1])
    RegressorChain(Ridge(), order="random", random_state=0)
    RegressorChain(make_pipeline(StandardScaler(), Ridge()))
"""

CASES = [
    *classifiers(AROUND),
    *wholes("FixedThresholdClassifier", "\n".join(THRESHOLDS.split("\n")[:6]), "cancer", "two int"),
    *wholes("FixedThresholdClassifier", "\n".join(THRESHOLDS.split("\n")[:6]), "cancer", "two str"),
    *wholes("TunedThresholdClassifierCV", "\n".join(THRESHOLDS.split("\n")[6:]), "cancer", "two int"),
    *wholes(
        "FixedThresholdClassifier",
        "mixed() | FixedThresholdClassifier(LogisticRegression(), threshold=0.4)",
        "houses",
        "two int",
    ),
    *regressors(REGRESSORS),
    *regressors(SEVERAL, ["numbers"]),
    *wholes(
        "OneVsRestClassifier",
        "OneVsRestClassifier(LogisticRegression())\nOneVsRestClassifier(LinearSVC(random_state=0))",
        "scaled",
        "labels",
    ),
    *wholes(
        "MultiOutputClassifier",
        """
        MultiOutputClassifier(LogisticRegression(max_iter=100))
        MultiOutputClassifier(LinearSVC(random_state=0))
        MultiOutputClassifier(make_pipeline(StandardScaler(), RidgeClassifier()))
        """,
        "scaled",
        "outputs",
    ),
    *wholes(
        "MultiOutputClassifier",
        """
        MultiOutputClassifier(LogisticRegression(max_iter=100))
        MultiOutputClassifier(DecisionTreeClassifier(random_state=0))
        """,
        "scaled",
        "labels",
    ),
    *wholes(
        "MultiOutputClassifier",
        "mixed() | MultiOutputClassifier(LogisticRegression(max_iter=100))",
        "houses",
        "labels",
    ),
    *wholes(
        "ClassifierChain",
        """
        ClassifierChain(LogisticRegression(max_iter=100))
        ClassifierChain(LogisticRegression(max_iter=100), order=[2, 0, 1])
        ClassifierChain(LinearSVC(random_state=0))
        ClassifierChain(LogisticRegression(max_iter=100), order="random", random_state=0, cv=3)
        ClassifierChain(LogisticRegression(max_iter=100), chain_method="predict_proba")
        """,
        "scaled",
        "labels",
    ),
    Case(
        "FrozenEstimator",
        "FrozenEstimator(fitted(StandardScaler())) | LogisticRegression()",
        "iris",
        "three str",
    ),
    Case("FrozenEstimator", "FrozenEstimator(fitted(StandardScaler()))", "iris", "three int", "identity"),
    Case(
        "SelectFromModel",
        "SelectFromModel(fitted(LogisticRegression(max_iter=99)), prefit=True)",
        "iris",
        "three int",
        "identity",
    ),
]
