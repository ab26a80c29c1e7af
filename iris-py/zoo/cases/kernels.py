"""What compares a row with others: support vectors, neighbours, kernels, centres."""

from case import Case, classifiers, lines, regressors, subject, transformers, wholes

CLASSIFIERS = """
    StandardScaler() | SVC()
    StandardScaler() | SVC(kernel="poly", coef0=0.5)
    StandardScaler() | SVC(kernel="sigmoid", C=0.5, gamma=0.05)
    StandardScaler() | SVC(C=10.0, gamma=0.3, decision_function_shape="ovo")
    StandardScaler() | SVC(probability=True, random_state=0)
    StandardScaler() | SVC(C=0.01, break_ties=True, class_weight="balanced")
    SVC(kernel="poly", degree=2, gamma="auto")
    StandardScaler() | NuSVC()
    StandardScaler() | NuSVC(nu=0.2, probability=True, random_state=0)
    StandardScaler() | KNeighborsClassifier()
    KNeighborsClassifier(n_neighbors=7, weights="distance", algorithm="ball_tree", leaf_size=7)
    KNeighborsClassifier(n_neighbors=4, algorithm="kd_tree", leaf_size=5)
    KNeighborsClassifier(n_neighbors=3, metric="manhattan", algorithm="ball_tree")
    KNeighborsClassifier(n_neighbors=3, metric="manhattan", algorithm="brute")
    KNeighborsClassifier(n_neighbors=6, metric="chebyshev", algorithm="kd_tree")
    KNeighborsClassifier(p=3, algorithm="kd_tree", leaf_size=3)
    KNeighborsClassifier(p=1.5, algorithm="ball_tree")
    KNeighborsClassifier(metric="chebyshev", algorithm="ball_tree", weights="distance")
    StandardScaler() | RadiusNeighborsClassifier(radius=2.5, outlier_label="most_frequent")
    StandardScaler() | RadiusNeighborsClassifier(radius=1.5, outlier_label="most_frequent", weights="distance", algorithm="ball_tree")
    StandardScaler() | LabelPropagation(gamma=2.0, max_iter=200)
    StandardScaler() | LabelPropagation(kernel="knn", n_neighbors=5, max_iter=200)
    StandardScaler() | LabelSpreading(gamma=1.0)
    StandardScaler() | SelfTrainingClassifier(LogisticRegression())
    StandardScaler() | GaussianProcessClassifier()
    StandardScaler() | GaussianProcessClassifier(1.0 * Matern(nu=1.5) + DotProduct(), optimizer=None)
    StandardScaler() | GaussianProcessClassifier(1.0 * RBF([1.0] * np.asarray(X).shape[1]), optimizer=None)
"""

# Points that are asked by products of matrices, of which no two are equally far from a third.
BRUTE = """
    KNeighborsClassifier(algorithm="brute")
    KNeighborsClassifier(algorithm="brute", n_neighbors=9, metric="cosine")
    KNeighborsClassifier(algorithm="brute", weights="distance", metric="euclidean")
    RadiusNeighborsClassifier(algorithm="brute", radius=2.0, outlier_label="most_frequent")
"""

REGRESSORS = """
    StandardScaler() | KNeighborsRegressor()
    KNeighborsRegressor(n_neighbors=3, weights="distance", algorithm="ball_tree")
    KNeighborsRegressor(n_neighbors=8, metric="manhattan", algorithm="kd_tree")
    KNeighborsRegressor(algorithm="brute", metric="cityblock")
    StandardScaler() | RadiusNeighborsRegressor(radius=4.0)
    StandardScaler() | RadiusNeighborsRegressor(radius=4.0, weights="distance", algorithm="ball_tree")
    KernelRidge(kernel="rbf", alpha=0.1)
    KernelRidge(kernel="poly", degree=2, gamma=0.5, coef0=2.0)
    KernelRidge(kernel="laplacian")
    KernelRidge(kernel="sigmoid", gamma=0.1)
    KernelRidge(kernel="cosine", alpha=0.1)
    KernelRidge(kernel="poly", degree=2.5, gamma=0.5, coef0=2.0)
    MinMaxScaler() | KernelRidge(kernel="additive_chi2")
    MinMaxScaler() | KernelRidge(kernel="chi2", gamma=0.5)
    StandardScaler() | GaussianProcessRegressor(1.0 * RBF(3.0) + WhiteKernel(0.5), optimizer=None, normalize_y=True)
    StandardScaler() | GaussianProcessRegressor(ConstantKernel(2.0) * RationalQuadratic(2.0, 0.7) + Matern(2.0, nu=2.5), alpha=0.1, optimizer=None)
    StandardScaler() | GaussianProcessRegressor(alpha=0.1, optimizer=None)
    StandardScaler() | GaussianProcessRegressor(DotProduct(0.5) ** 2 + Matern(3.0, nu=0.5), alpha=1.0, optimizer=None)
"""

# For one target only.
SINGLE = """
    StandardScaler() | SVR()
    StandardScaler() | SVR(kernel="poly", degree=2, coef0=1.0, C=5.0)
    StandardScaler() | SVR(kernel="sigmoid", gamma=0.05)
    StandardScaler() | SVR(epsilon=1e6)
    StandardScaler() | NuSVR(C=20.0)
"""

DETECTORS = """
    StandardScaler() | OneClassSVM()
    StandardScaler() | OneClassSVM(kernel="linear", nu=0.1)
    StandardScaler() | OneClassSVM(kernel="poly", nu=0.2, degree=2)
    StandardScaler() | SGDOneClassSVM(random_state=0)
    StandardScaler() | SGDOneClassSVM(nu=0.1, fit_intercept=False, random_state=0)
    StandardScaler() | LocalOutlierFactor(novelty=True)
    LocalOutlierFactor(novelty=True, n_neighbors=7, algorithm="ball_tree", metric="manhattan")
    EllipticEnvelope(random_state=0)
    StandardScaler() | EllipticEnvelope(contamination=0.05, assume_centered=True, random_state=0)
"""

CLUSTERS = """
    KMeans(3, random_state=0, n_init=2)
    StandardScaler() | KMeans(5, random_state=0, n_init=2)
    MiniBatchKMeans(4, random_state=0, n_init=2)
    BisectingKMeans(4, random_state=0, n_init=2)
    StandardScaler() | BisectingKMeans(7, random_state=0, bisecting_strategy="largest_cluster")
    MeanShift(bandwidth=2.0)
    StandardScaler() | MeanShift(bandwidth=1.8, bin_seeding=True)
    StandardScaler() | AffinityPropagation(damping=0.8, max_iter=500, random_state=0)
    StandardScaler() | Birch(threshold=0.8, n_clusters=4)
    Birch(threshold=0.4, n_clusters=None)
    GaussianMixture(3, random_state=0)
    GaussianMixture(3, covariance_type="diag", random_state=0)
    GaussianMixture(3, covariance_type="tied", random_state=0)
    GaussianMixture(3, covariance_type="spherical", random_state=0)
    BayesianGaussianMixture(n_components=3, random_state=0)
    BayesianGaussianMixture(n_components=3, covariance_type="diag", weight_concentration_prior_type="dirichlet_distribution", random_state=0)
"""

FEATURES = """
    Nystroem(n_components=10, random_state=0, gamma=0.1)
    Nystroem(kernel="poly", n_components=8, random_state=0, degree=2, coef0=1.0, gamma=0.1)
    RBFSampler(n_components=12, random_state=0, gamma=0.2)
    KernelPCA(3)
    KernelPCA(3, kernel="rbf", gamma=0.1)
    KernelPCA(2, kernel="poly", degree=2, gamma=0.1)
    KMeans(4, random_state=0, n_init=2)
    BisectingKMeans(4, random_state=0, n_init=2)
    Birch(threshold=0.5)
    KernelPCA(3, kernel="cosine")
    PolynomialCountSketch(n_components=12, random_state=0)
    PolynomialCountSketch(n_components=20, degree=3, gamma=0.5, coef0=1.0, random_state=0)
"""

# Of numbers that are not negative.
HISTOGRAMS = """
    AdditiveChi2Sampler()
    AdditiveChi2Sampler(sample_steps=3)
    AdditiveChi2Sampler(sample_steps=1, sample_interval=0.7)
    SkewedChi2Sampler(n_components=10, random_state=0)
    SkewedChi2Sampler(n_components=6, skewedness=0.1, random_state=0)
    Nystroem(kernel="chi2", n_components=10, random_state=0)
    Nystroem(kernel="additive_chi2", n_components=10, random_state=0)
"""


def alone(text, data):
    """Models that need no target, each about the class of its last step."""
    for line in lines(text):
        yield from wholes(subject(line.split(" | ")[-1]), line, data, "number")


CASES = [
    *classifiers(CLASSIFIERS),
    *classifiers(BRUTE, ("scaled", "scaled"), mixed=False),
    *regressors(REGRESSORS),
    *regressors(SINGLE, ["number"]),
    *alone(DETECTORS, "iris cancer"),
    *alone(CLUSTERS, "iris scaled"),
    *transformers(FEATURES, "iris scaled"),
    *transformers(HISTOGRAMS, "iris"),
    Case("KNeighborsClassifier", 'KNeighborsClassifier(metric="precomputed")', "squared", "three str"),
    Case("SVC", 'SVC(kernel="precomputed")', "squared", "three str"),
    Case("KNeighborsClassifier", "KNeighborsClassifier()", "iris", "outputs"),
    *wholes(
        "RadiusNeighborsClassifier",
        """
        RadiusNeighborsClassifier(1.0, outlier_label=0)
        RadiusNeighborsClassifier(0.6, weights="distance", outlier_label=-1)
        RadiusNeighborsClassifier(0.8, outlier_label=[1, 0, 7])
        RadiusNeighborsClassifier(0.9, outlier_label="most_frequent", algorithm="brute")
        RadiusNeighborsClassifier(1.0)
        """,
        "iris",
        "labels",
    ),
    Case("RadiusNeighborsClassifier", "RadiusNeighborsClassifier()", "iris", "outputs"),
    Case("SVC", "OneHotEncoder() | SVC()", "words", "three str"),
    Case("SVC", "OneHotEncoder() | SVC(probability=True, random_state=0)", "words", "two bool"),
    Case("SVR", "OneHotEncoder() | SVR()", "words", "number"),
    Case("KNeighborsClassifier", "OneHotEncoder() | KNeighborsClassifier()", "words", "three str"),
]
"""Cases of the same class stand together, those of single classes with one data set last."""
