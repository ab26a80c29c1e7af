"""Linear classifiers, and the simple ones."""

from case import Case, classifiers

LINEAR = """
    LogisticRegression(max_iter=300)
    LogisticRegression(C=0.05, solver="liblinear")
    LogisticRegression(solver="liblinear", fit_intercept=False)
    LogisticRegression(solver="liblinear", penalty="l1")
    LogisticRegression(solver="newton-cg", max_iter=50)
    LogisticRegression(solver="newton-cholesky", max_iter=50)
    LogisticRegression(solver="saga", max_iter=50, l1_ratio=0.5, penalty="elasticnet", random_state=0)
    LogisticRegression(solver="saga", max_iter=50, l1_ratio=0.5, random_state=0)
    LogisticRegression(multi_class="ovr", max_iter=300)
    LogisticRegression(multi_class="multinomial", max_iter=300)
    LogisticRegression(class_weight="balanced", max_iter=300)
    LogisticRegression(fit_intercept=False, max_iter=300)
    LogisticRegression(penalty="none", max_iter=100)
    LogisticRegression(penalty=None, max_iter=100)
    LogisticRegressionCV(Cs=3, cv=3, max_iter=100)
    LogisticRegressionCV(Cs=3, cv=3, solver="liblinear")
    LogisticRegressionCV(Cs=3, cv=3, max_iter=100, multi_class="ovr")
    LogisticRegressionCV(Cs=3, cv=3, max_iter=100, multi_class="multinomial")
    LogisticRegressionCV(Cs=3, cv=3, max_iter=100, refit=False)
    LogisticRegressionCV(Cs=3, cv=3, max_iter=100, scoring="neg_log_loss", l1_ratios=(0,), use_legacy_attributes=False)
    LinearDiscriminantAnalysis()
    LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.3)
    LinearDiscriminantAnalysis(n_components=1, store_covariance=True)
    LinearDiscriminantAnalysis(solver="lsqr", covariance_estimator=LedoitWolf())
    RidgeClassifier()
    RidgeClassifier(alpha=10, class_weight="balanced")
    RidgeClassifier(fit_intercept=False, solver="lsqr")
    RidgeClassifier(positive=True, solver="lbfgs")
    RidgeClassifier(normalize=True)
    RidgeClassifierCV()
    RidgeClassifierCV(alphas=(0.1, 5.0), cv=3)
    SGDClassifier(random_state=0)
    SGDClassifier(loss="log_loss", random_state=0)
    SGDClassifier(loss="log", random_state=0)
    SGDClassifier(loss="modified_huber", random_state=0)
    SGDClassifier(loss="squared_hinge", random_state=0)
    SGDClassifier(loss="perceptron", average=True, random_state=0)
    SGDClassifier(loss="huber", penalty="elasticnet", random_state=0)
    SGDClassifier(loss="log_loss", early_stopping=True, average=10, random_state=0)
    SGDClassifier(loss="squared_epsilon_insensitive", fit_intercept=False, random_state=0)
    SGDClassifier(loss="squared_error", learning_rate="adaptive", eta0=1e-7, random_state=0)
    Perceptron(random_state=0)
    Perceptron(penalty="l2", early_stopping=True, random_state=0)
    Perceptron(fit_intercept=False, random_state=0)
    PassiveAggressiveClassifier(random_state=0)
    PassiveAggressiveClassifier(loss="squared_hinge", average=True, random_state=0)
    PassiveAggressiveClassifier(fit_intercept=False, C=0.1, random_state=0)
    LinearSVC(max_iter=200, random_state=0)
    LinearSVC(multi_class="crammer_singer", max_iter=200, random_state=0)
    LinearSVC(penalty="l1", dual=False, max_iter=200, random_state=0)
    LinearSVC(loss="hinge", dual=True, max_iter=200, random_state=0)
    LinearSVC(fit_intercept=False, max_iter=200, random_state=0)
    LinearSVC(intercept_scaling=5.0, class_weight="balanced", max_iter=200, random_state=0)
    StandardScaler() | SVC(kernel="linear")
    StandardScaler() | SVC(kernel="linear", decision_function_shape="ovo")
    StandardScaler() | SVC(kernel="linear", break_ties=True, C=0.1)
    StandardScaler() | SVC(kernel="linear", probability=True, random_state=0)
    StandardScaler() | NuSVC(kernel="linear", nu=0.1)
    NearestCentroid()
    NearestCentroid(shrink_threshold=0.2)
    NearestCentroid(metric="manhattan")
    NearestCentroid(priors="empirical")
    NearestCentroid(priors="empirical", shrink_threshold=0.05)
    DummyClassifier()
    DummyClassifier(strategy="most_frequent")
    DummyClassifier(strategy="stratified", random_state=0)
    DummyClassifier(strategy="uniform", random_state=0)
"""

CASES = [
    *classifiers(LINEAR),
    Case("DummyClassifier", 'DummyClassifier(strategy="constant", constant=1)', "iris", "three int"),
    Case("DummyClassifier", 'DummyClassifier(strategy="constant", constant="b")', "iris", "three str"),
    Case("NearestCentroid", 'NearestCentroid(metric="cosine")', "iris", "three str"),
    Case("RidgeClassifier", "RidgeClassifier()", "iris", "labels"),
    Case("RidgeClassifierCV", "RidgeClassifierCV()", "iris", "labels"),
    Case("DummyClassifier", "DummyClassifier()", "iris", "outputs"),
    Case("DummyClassifier", "DummyClassifier()", "iris", "labels"),
    Case("DummyClassifier", 'DummyClassifier(strategy="most_frequent")', "iris", "labels", named=True),
    Case("DummyClassifier", 'DummyClassifier(strategy="constant", constant=[1, 0, 1])', "iris", "labels"),
    Case("DummyClassifier", "StandardScaler() | DummyClassifier()", "iris", "labels"),
    Case("LogisticRegression", "LogisticRegression(max_iter=200)", "wine", "three str"),
    Case("LogisticRegression", "StandardScaler() | LogisticRegression()", "wine", "three object", named=True),
    Case("LinearDiscriminantAnalysis", "LinearDiscriminantAnalysis()", "wine", "three int"),
    Case(
        "LinearDiscriminantAnalysis",
        "LinearDiscriminantAnalysis(n_components=1) | LogisticRegression()",
        "wine",
        "three str",
    ),
]
