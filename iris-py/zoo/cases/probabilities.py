"""Naive Bayes, discriminants, perceptrons, curves; estimators that vote, are stacked or calibrated."""

from case import Case, classifiers, regressors, wholes

CLASSIFIERS = """
    GaussianNB()
    GaussianNB(priors=np.full(len(np.unique(y)), 1 / len(np.unique(y))), var_smoothing=1e-6)
    MinMaxScaler() | MultinomialNB()
    MinMaxScaler() | MultinomialNB(alpha=0.1, fit_prior=False)
    MinMaxScaler() | ComplementNB()
    MinMaxScaler() | ComplementNB(norm=True, alpha=0.5)
    StandardScaler() | BernoulliNB()
    StandardScaler() | BernoulliNB(binarize=0.3, alpha=0.2)
    KBinsDiscretizer(4, encode="ordinal") | CategoricalNB()
    KBinsDiscretizer(3, encode="ordinal", strategy="uniform") | CategoricalNB(alpha=0.5, min_categories=5)
    StandardScaler() | QuadraticDiscriminantAnalysis(reg_param=0.1)
    StandardScaler() | QuadraticDiscriminantAnalysis(priors=np.full(len(np.unique(y)), 1 / len(np.unique(y))))
    StandardScaler() | MLPClassifier(hidden_layer_sizes=(8,), max_iter=30, random_state=0)
    StandardScaler() | MLPClassifier(hidden_layer_sizes=(6, 5), activation="tanh", max_iter=30, random_state=0)
    StandardScaler() | MLPClassifier(hidden_layer_sizes=(7,), activation="logistic", max_iter=30, random_state=0)
    StandardScaler() | MLPClassifier(hidden_layer_sizes=(4,), activation="identity", solver="lbfgs", max_iter=20, random_state=0)
    CalibratedClassifierCV(LogisticRegression(max_iter=200), cv=3)
    CalibratedClassifierCV(LinearSVC(max_iter=200, random_state=0), cv=3, method="isotonic")
    CalibratedClassifierCV(GaussianNB(), cv=3)
    CalibratedClassifierCV(RandomForestClassifier(5, random_state=0), cv=3, method="isotonic")
    CalibratedClassifierCV(GaussianNB(), cv=3, ensemble=False)
    CalibratedClassifierCV(LogisticRegression(max_iter=200), cv=3, method="temperature")
    CalibratedClassifierCV(RandomForestClassifier(5, random_state=0), cv=3, method="temperature")
    CalibratedClassifierCV(FrozenEstimator(fitted(LinearSVC(max_iter=200, random_state=0))))
    CalibratedClassifierCV(fitted(LogisticRegression(max_iter=200)), cv="prefit")
    VotingClassifier([("a", LogisticRegression(max_iter=200)), ("b", GaussianNB()), ("c", DecisionTreeClassifier(max_depth=2))])
    VotingClassifier([("a", LogisticRegression(max_iter=200)), ("b", GaussianNB()), ("c", "drop")], voting="soft", weights=[2, 1, 5])
    VotingClassifier([("a", LinearSVC(random_state=0)), ("b", GaussianNB())], weights=[1, 1.5])
    VotingClassifier([("a", RandomForestClassifier(5, random_state=0)), ("b", make_pipeline(StandardScaler(), KNeighborsClassifier()))], voting="soft")
    StackingClassifier([("a", LogisticRegression(max_iter=200)), ("b", DecisionTreeClassifier(max_depth=2, random_state=0))], cv=3)
    StackingClassifier([("a", LinearSVC(random_state=0)), ("b", GaussianNB()), ("c", "drop")], final_estimator=GaussianNB(), passthrough=True, cv=3)
    StackingClassifier([("a", LinearSVC(random_state=0)), ("b", RidgeClassifier())], final_estimator=DecisionTreeClassifier(max_depth=3, random_state=0), stack_method="predict", cv=3)
    StackingClassifier([("a", make_pipeline(StandardScaler(), SVC(probability=True, random_state=0))), ("b", GaussianNB())], cv=3, stack_method="predict_proba")
    BaggingClassifier(GaussianNB(), n_estimators=4, max_features=0.7, random_state=0)
    BaggingClassifier(make_pipeline(StandardScaler(), SVC()), n_estimators=3, random_state=0)
    BaggingClassifier(KNeighborsClassifier(3), n_estimators=3, random_state=0)
    AdaBoostClassifier(GaussianNB(), n_estimators=4, random_state=0)
    OneVsRestClassifier(GaussianNB())
    OneVsRestClassifier(make_pipeline(StandardScaler(), SVC()))
    OneVsOneClassifier(make_pipeline(MinMaxScaler(), MultinomialNB()))
    OutputCodeClassifier(GaussianNB(), random_state=0)
"""

REGRESSORS = """
    StandardScaler() | MLPRegressor(hidden_layer_sizes=(8,), max_iter=30, random_state=0)
    StandardScaler() | MLPRegressor(hidden_layer_sizes=(6, 5), activation="tanh", max_iter=30, random_state=0)
    StandardScaler() | MLPRegressor(hidden_layer_sizes=(5,), activation="logistic", solver="lbfgs", max_iter=20, random_state=0)
"""

SINGLE = """
    VotingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor(max_depth=3))])
    VotingRegressor([("a", Ridge()), ("b", "drop"), ("c", KNeighborsRegressor())], weights=[1, 2, 3])
    StackingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor(max_depth=3, random_state=0))], cv=3)
    StackingRegressor([("a", Ridge()), ("b", make_pipeline(StandardScaler(), SVR()))], final_estimator=RandomForestRegressor(4, random_state=0), passthrough=True, cv=3)
    BaggingRegressor(KNeighborsRegressor(3), n_estimators=3, random_state=0)
    AdaBoostRegressor(KNeighborsRegressor(3), n_estimators=3, random_state=0)
    SelectKBest(f_regression, k=1) | IsotonicRegression(out_of_bounds="clip")
    SelectKBest(f_regression, k=1) | IsotonicRegression(increasing="auto", out_of_bounds="nan")
"""

CASES = [
    *classifiers(CLASSIFIERS),
    *regressors(REGRESSORS),
    *regressors(SINGLE, ["number"]),
    *wholes("IsotonicRegression", "IsotonicRegression()", "lone", "number"),
    Case(
        "MLPClassifier",
        "MLPClassifier(hidden_layer_sizes=(4,), max_iter=20, random_state=0)",
        "scaled",
        "labels",
    ),
    Case(
        "MLPRegressor",
        'StandardScaler() | MLPRegressor(hidden_layer_sizes=(5,), loss="poisson", max_iter=20, random_state=0)',
        "scaled",
        "amount",
    ),
]
