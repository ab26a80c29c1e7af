"""Linear regressors, and the generalised ones."""

from case import Case, regressors

LINEAR = """
    LinearRegression()
    LinearRegression(fit_intercept=False)
    LinearRegression(positive=True)
    LinearRegression(normalize=True)
    Ridge()
    Ridge(alpha=5.0, fit_intercept=False, solver="lsqr")
    Ridge(positive=True, solver="lbfgs")
    Ridge(solver="sag", max_iter=50, random_state=0)
    RidgeCV()
    RidgeCV(alphas=(0.5, 2.0), cv=3)
    RidgeCV(alphas=(0.5, 2.0), fit_intercept=False)
    RidgeCV(alphas=(0.5, 2.0), alpha_per_target=True)
    Lasso(alpha=0.1)
    Lasso(alpha=0.1, positive=True, fit_intercept=False)
    ElasticNet(alpha=0.01, l1_ratio=0.3)
    ElasticNet(alpha=0.01, selection="random", random_state=0)
    Lars()
    Lars(n_nonzero_coefs=3, fit_intercept=False)
    Lars(fit_path=False)
    LassoLars(alpha=0.1)
    LassoLars(alpha=0.1, positive=True, fit_path=False)
    OrthogonalMatchingPursuit()
    OrthogonalMatchingPursuit(n_nonzero_coefs=4, fit_intercept=False)
    DummyRegressor()
    DummyRegressor(strategy="median")
    DummyRegressor(strategy="quantile", quantile=0.3)
    KernelRidge(kernel="linear")
"""

# For one target only.
SINGLE = """
    LassoCV(cv=3, n_alphas=5)
    LassoCV(cv=3, alphas=[0.1, 1.0])
    ElasticNetCV(cv=3, alphas=[0.1, 1.0], l1_ratio=[0.2, 0.8])
    LarsCV(cv=3)
    LassoLarsCV(cv=3)
    LassoLarsIC(criterion="bic")
    LassoLarsIC(criterion="aic", fit_intercept=False)
    OrthogonalMatchingPursuitCV(cv=3)
    BayesianRidge()
    BayesianRidge(compute_score=True, fit_intercept=False)
    ARDRegression()
    ARDRegression(fit_intercept=False)
    HuberRegressor(max_iter=50)
    HuberRegressor(max_iter=50, epsilon=1.1, fit_intercept=False)
    QuantileRegressor(alpha=0.01, solver="highs")
    QuantileRegressor(quantile=0.9, alpha=0, solver="highs")
    TheilSenRegressor(random_state=0, max_subpopulation=100)
    TheilSenRegressor(random_state=0, max_subpopulation=100, fit_intercept=False)
    RANSACRegressor(random_state=0)
    RANSACRegressor(Ridge(), random_state=0, min_samples=20)
    SGDRegressor(random_state=0)
    SGDRegressor(loss="huber", average=True, random_state=0)
    SGDRegressor(loss="epsilon_insensitive", penalty="l1", fit_intercept=False, random_state=0)
    PassiveAggressiveRegressor(random_state=0)
    PassiveAggressiveRegressor(loss="squared_epsilon_insensitive", average=True, random_state=0)
    LinearSVR(random_state=0, max_iter=200)
    LinearSVR(random_state=0, max_iter=200, loss="squared_epsilon_insensitive", fit_intercept=False)
    LinearSVR(random_state=0, max_iter=200, intercept_scaling=4.0)
    StandardScaler() | SVR(kernel="linear")
    StandardScaler() | NuSVR(kernel="linear")
"""

# For several targets only.
MULTI = """
    MultiTaskLasso(alpha=0.1)
    MultiTaskLasso(alpha=0.1, fit_intercept=False)
    MultiTaskElasticNet(alpha=0.1)
    MultiTaskLassoCV(cv=3, alphas=[0.1, 1.0])
    MultiTaskElasticNetCV(cv=3, alphas=[0.1, 1.0], l1_ratio=[0.3, 0.9])
    CCA(n_components=1, max_iter=50)
    PLSCanonical(n_components=2, max_iter=50)
"""

PLS = """
    PLSRegression()
    PLSRegression(n_components=3, scale=False)
    PLSRegression(n_components=1)
"""

# Positive amounts.
GENERALISED = """
    PoissonRegressor()
    PoissonRegressor(alpha=0, fit_intercept=False)
    PoissonRegressor(alpha=0.1, solver="newton-cholesky")
    GammaRegressor()
    GammaRegressor(alpha=0.1, fit_intercept=False)
    TweedieRegressor()
    TweedieRegressor(power=0, link="log")
    TweedieRegressor(power=1)
    TweedieRegressor(power=1.5, alpha=0.1)
    TweedieRegressor(power=2, link="log", fit_intercept=False)
    TweedieRegressor(power=3, alpha=0.5)
"""

CASES = [
    *regressors(LINEAR),
    *regressors(SINGLE, ["number"]),
    *regressors(MULTI, ["numbers"], mixed=False),
    *regressors(PLS),
    *regressors(GENERALISED, ["amount"], "scaled"),
    Case("DummyRegressor", 'DummyRegressor(strategy="constant", constant=7.5)', "diabetes", "number"),
    Case(
        "DummyRegressor",
        'DummyRegressor(strategy="constant", constant=[1.5, -2.0, 0.0])',
        "diabetes",
        "numbers",
    ),
    Case("LinearRegression", "LinearRegression()", "diabetes", "count"),
    Case("LinearRegression", "StandardScaler() | LinearRegression()", "wine", "number", named=True),
]
