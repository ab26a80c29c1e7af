"""Makes `graphs/` but for texts: files of estimators in elementary operators, and what onnxruntime answers.

With onnx, onnxruntime, skl2onnx, onnxmltools, scikit-learn, lightgbm and xgboost: `python make_graphs.py`.
"""

import itertools
import warnings

import lightgbm
import numpy as np
import xgboost
from graph_cases import answers, begin, cell, end, write
from onnx import TensorProto, helper, numpy_helper
from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm
from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost
from skl2onnx import to_onnx, update_registered_converter
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.decomposition import PCA, KernelPCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    GradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    RandomTreesEmbedding,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, Matern, RationalQuadratic
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge, TweedieRegressor
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    LocalOutlierFactor,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.random_projection import GaussianRandomProjection
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM
from sklearn.tree import DecisionTreeClassifier

RANDOM = np.random.default_rng(0)


def data():
    """Few rows, so that files are small; in single precision, as the files are."""
    x, y = load_iris(return_X_y=True)
    rows = RANDOM.permutation(len(x))
    return x[rows].astype(np.float32), y[rows]


X, Y = data()
TRAIN, ROWS = slice(0, 60), slice(60, 90)
NAMES = np.array(["setosa", "versicolor", "virginica"])
TARGETS = {"ints": Y, "strings": NAMES[Y], "two": (Y > 0).astype(int), "two_strings": NAMES[Y // 2]}


def classifiers():
    """Estimators, which targets they are fitted on, and options of the converter."""
    ordinary = ["ints", "two_strings"]
    yield "svc_rbf", SVC(), list(TARGETS)
    for kernel in ["linear", "poly", "sigmoid"]:
        yield f"svc_{kernel}", SVC(kernel=kernel), ordinary
    yield "svc_ovo", SVC(decision_function_shape="ovo"), ["ints"]
    yield "svc_probability", SVC(probability=True, random_state=0), ordinary
    yield "nu_svc", NuSVC(nu=0.3), ordinary
    yield "svc_scaled", make_pipeline(StandardScaler(), SVC()), ["strings"]
    yield "gaussian_nb", GaussianNB(), list(TARGETS)
    yield "multinomial_nb", MultinomialNB(), ordinary
    yield "bernoulli_nb", BernoulliNB(binarize=3.0), ordinary
    yield "complement_nb", ComplementNB(), ordinary
    for activation in ["identity", "logistic", "tanh", "relu"]:
        estimator = MLPClassifier((7, 5), activation=activation, max_iter=300, random_state=0)
        yield f"mlp_{activation}", estimator, list(TARGETS) if activation == "relu" else ["ints"]
    yield "mlp_scaled", make_pipeline(MinMaxScaler(), MLPClassifier((6,), random_state=0)), ["two"]
    yield "qda", QuadraticDiscriminantAnalysis(), ordinary
    yield "lda", LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1), ordinary
    yield "k_neighbors", KNeighborsClassifier(3), list(TARGETS)
    yield "k_neighbors_distance", KNeighborsClassifier(4, weights="distance"), ["ints"]
    yield "k_neighbors_manhattan", KNeighborsClassifier(3, p=1), ["ints"]
    yield "k_neighbors_minkowski", KNeighborsClassifier(3, p=3), ["ints"]
    yield "radius_neighbors", RadiusNeighborsClassifier(4.0), ["ints"]
    yield "gaussian_process", GaussianProcessClassifier(RBF(), random_state=0), ["two"]
    trees = RandomForestClassifier(5, max_depth=3, random_state=0)
    boosted = GradientBoostingClassifier(n_estimators=4, max_depth=2, random_state=0)
    linear = LogisticRegression(max_iter=500)
    members = [("a", trees), ("b", linear), ("c", GaussianNB())]
    yield (
        "voting_soft",
        VotingClassifier(members, voting="soft", flatten_transform=False),
        ordinary,
    )
    yield (
        "voting_hard",
        VotingClassifier(members, flatten_transform=False),
        ordinary,
    )
    yield (
        "voting_weights",
        VotingClassifier(
            [("a", boosted), ("b", linear)], voting="soft", weights=np.array([2, 1]), flatten_transform=False
        ),
        ordinary,
    )
    yield "stacking", StackingClassifier([("a", trees), ("b", linear)], LogisticRegression(), cv=2), ordinary
    yield (
        "stacking_passthrough",
        StackingClassifier([("a", trees), ("b", SVC())], LogisticRegression(), cv=2, passthrough=True),
        ["ints"],
    )
    for method in ["sigmoid", "isotonic"]:
        yield f"calibrated_{method}", CalibratedClassifierCV(GaussianNB(), method=method, cv=2), ordinary
    yield "calibrated_boosting", CalibratedClassifierCV(boosted, cv=2), ordinary
    yield "calibrated_forest", CalibratedClassifierCV(trees, cv=2), ["two"]
    yield "ada_boost", AdaBoostClassifier(n_estimators=4, random_state=0), ordinary
    yield "bagging", BaggingClassifier(n_estimators=3, random_state=0), ordinary
    yield "one_vs_rest_svc", OneVsRestClassifier(SVC()), ["ints"]
    yield "one_vs_rest_trees", OneVsRestClassifier(trees), ["ints"]
    yield "one_vs_one", OneVsOneClassifier(linear), ["ints"]
    yield "k_bins", make_pipeline(KBinsDiscretizer(3, encode="ordinal"), GaussianNB()), ["ints"]
    yield "polynomial", make_pipeline(PolynomialFeatures(2), GaussianNB()), ["ints"]
    yield "normalized", make_pipeline(Normalizer(), GaussianNB()), ["ints"]
    yield "binarized", make_pipeline(Binarizer(threshold=3.0), BernoulliNB()), ["ints"]
    yield "one_hot_numbers", make_pipeline(KBinsDiscretizer(3, encode="onehot-dense"), linear), ["ints"]


def regressors():
    """Estimators of numbers, fitted on one target."""
    yield "svr", SVR()
    yield "nu_svr_poly", NuSVR(kernel="poly", degree=2)
    yield "svr_linear", SVR(kernel="linear")
    yield "mlp_regressor", MLPRegressor(hidden_layer_sizes=(8, 4), max_iter=300, random_state=0)
    yield (
        "mlp_regressor_tanh",
        make_pipeline(
            StandardScaler(), MLPRegressor(hidden_layer_sizes=(5,), activation="tanh", random_state=0)
        ),
    )
    yield "k_neighbors_regressor", KNeighborsRegressor(3)
    yield "k_neighbors_regressor_distance", KNeighborsRegressor(3, weights="distance")
    yield "radius_neighbors_regressor", RadiusNeighborsRegressor(30.0)
    for name, kernel in {
        "rbf": ConstantKernel(2.0) * RBF(1.5),
        "dot_product": DotProduct(1.0),
        "rational": RationalQuadratic(1.0, 1.0),
        "matern": Matern(1.5, nu=1.5),
    }.items():
        estimator = GaussianProcessRegressor(kernel, alpha=0.1, optimizer=None, normalize_y=True)
        yield f"gaussian_process_{name}", estimator
    yield "poisson", PoissonRegressor()
    yield "tweedie", TweedieRegressor(power=1.5, link="log")
    trees = RandomForestRegressor(5, max_depth=3, random_state=0)
    yield "voting_regressor", VotingRegressor([("a", trees), ("b", Ridge())])
    yield "stacking_regressor", StackingRegressor([("a", trees), ("b", Ridge())], Ridge(), cv=2)
    yield "ada_boost_regressor", AdaBoostRegressor(n_estimators=4, random_state=0)
    yield "bagging_regressor", BaggingRegressor(n_estimators=3, random_state=0)


def others():
    """Clusters, mixtures and outliers, which have no targets."""
    yield "k_means", KMeans(3, random_state=0, n_init=1)
    yield "mini_batch_k_means", MiniBatchKMeans(4, random_state=0, n_init=1)
    for covariance in ["full", "tied", "diag", "spherical"]:
        yield f"gaussian_mixture_{covariance}", GaussianMixture(3, covariance_type=covariance, random_state=0)
    yield "bayesian_mixture", BayesianGaussianMixture(n_components=3, random_state=0)
    yield "one_class_svm", OneClassSVM(nu=0.2)


def plain(cases, skipped):
    """Estimators of one matrix of numbers."""

    def convert(name, estimator, x, options=None, double=False):
        x = x.astype(np.float64) if double else x
        try:
            model = to_onnx(estimator, x[:1], options=options)
            write(cases, name, model, {"X": x[ROWS]}, [[float(v) for v in row] for row in x[ROWS]])
        except Exception as error:  # noqa: BLE001
            skipped.append(f"{name}: {type(error).__name__} {str(error)[:90]}")

    for name, estimator, targets in classifiers():
        for target in targets:
            estimator.fit(X[TRAIN], TARGETS[target][TRAIN])
            convert(f"{name}_{target}", estimator, X, {"zipmap": False})
    nearest = KNeighborsClassifier(3).fit(X[TRAIN], Y[TRAIN])
    convert("k_neighbors_cdist", nearest, X, {"zipmap": False, "optim": "cdist"})
    bayes = GaussianNB().fit(X[TRAIN], NAMES[Y[TRAIN]])
    convert("gaussian_nb_map", bayes, X)
    convert("gaussian_nb_columns", bayes, X, {"zipmap": "columns"})
    convert("gaussian_nb_double", bayes, X, {"zipmap": False}, double=True)
    perceptron = MLPClassifier((5,), random_state=0).fit(X[TRAIN], Y[TRAIN])
    convert("mlp_double", perceptron, X, {"zipmap": False}, double=True)
    x, y = load_diabetes(return_X_y=True)
    x = (x[:, :5] * 20).astype(np.float32)
    for name, estimator in regressors():
        estimator.fit(x[TRAIN], y[TRAIN])
        convert(name, estimator, x)
    for name, estimator in others():
        estimator.fit(X[TRAIN])
        convert(name, estimator, X)
    # Which of two neighbours that are as far is the fifth a rounding decides; such rows are left out.
    outliers = LocalOutlierFactor(5, novelty=True).fit(X[TRAIN])
    model = to_onnx(outliers, X[:1])
    scores = outliers.decision_function(X[ROWS])
    _, found = answers(model, {"X": X[ROWS]})
    rows = X[ROWS][np.isclose(np.ravel(found), scores, rtol=1e-4)]
    write(cases, "local_outlier_factor", model, {"X": rows}, rows.astype(float).tolist())


def versions(cases, skipped):
    """The same in older versions of the operators, which have axes and bounds in attributes."""
    estimators = {
        "gaussian_nb": GaussianNB(),
        "k_neighbors": KNeighborsClassifier(3),
        "mlp": MLPClassifier((5,), random_state=0),
        "svc": SVC(),
        "qda": QuadraticDiscriminantAnalysis(),
        "calibrated": CalibratedClassifierCV(GaussianNB(), cv=2),
        "ada_boost": AdaBoostClassifier(n_estimators=2, random_state=0),
        "k_means": KMeans(3, random_state=0, n_init=1),
        "mixture": GaussianMixture(2, random_state=0),
        "isolation_forest": IsolationForest(n_estimators=4, max_samples=16, random_state=0),
    }
    for (name, estimator), opset in itertools.product(estimators.items(), [9, 11, 12, 14, 17]):
        estimator.fit(X[TRAIN], Y[TRAIN])
        options = {"zipmap": False} if hasattr(estimator, "classes_") else None
        try:
            model = to_onnx(
                estimator, X[:1], options=options, target_opset={"": opset, "ai.onnx.ml": min(opset // 4, 3)}
            )
            write(cases, f"{name}_opset_{opset}", model, {"X": X[ROWS]}, X[ROWS].astype(float).tolist())
        except Exception as error:  # noqa: BLE001
            skipped.append(f"{name} {opset}: {type(error).__name__} {str(error)[:90]}")


def transformers():
    """What may stand in front of an estimator."""
    yield "pca", PCA(3, whiten=True)
    yield "truncated_svd", TruncatedSVD(3)
    yield "power", PowerTransformer()
    yield "quantile", QuantileTransformer(n_quantiles=10)
    yield "select", SelectKBest(k=2)
    yield "max_abs", MaxAbsScaler()
    yield "robust", RobustScaler()
    yield "k_bins_one_hot", KBinsDiscretizer(3, encode="onehot-dense")
    yield "union", FeatureUnion([("a", PCA(2)), ("b", StandardScaler())])
    yield "gaussian_projection", GaussianRandomProjection(3, random_state=0)
    yield "kernel_pca", KernelPCA(3, kernel="rbf", gamma=0.2)
    yield "lda", LinearDiscriminantAnalysis()
    yield "k_means", KMeans(3, random_state=0, n_init=1)
    yield "forest_embedding", RandomTreesEmbedding(n_estimators=3, max_depth=2, random_state=0)


def behind(cases, skipped):
    """Transformers in front of naive Bayes and of a network."""
    for name, transformer in transformers():
        for suffix, estimator in [("bayes", GaussianNB()), ("mlp", MLPClassifier((4,), random_state=0))]:
            try:
                pipeline = make_pipeline(transformer, estimator).fit(X[TRAIN], Y[TRAIN])
                model = to_onnx(pipeline, X[:1], options={"zipmap": False})
                write(cases, f"{name}_before_{suffix}", model, {"X": X[ROWS]}, X[ROWS].astype(float).tolist())
            except Exception as error:  # noqa: BLE001
                skipped.append(f"{name} {suffix}: {type(error).__name__} {str(error)[:90]}")


def boosters(cases, skipped):
    """Boosters of other libraries within estimators of scikit-learn's."""
    for library, convert, shapes in [
        (lightgbm.LGBMClassifier, convert_lightgbm, "LightGbmLGBMClassifier"),
        (xgboost.XGBClassifier, convert_xgboost, "XGBoostXGBClassifier"),
    ]:
        options = {"nocl": [True, False], "zipmap": [True, False, "columns"]}
        update_registered_converter(
            library, shapes, calculate_linear_classifier_output_shapes, convert, options=options
        )
    light = lightgbm.LGBMClassifier(n_estimators=3, num_leaves=4, min_child_samples=3, verbose=-1)
    extreme = xgboost.XGBClassifier(n_estimators=3, max_depth=2)
    for name, estimator in {
        "calibrated_lightgbm": CalibratedClassifierCV(light, cv=2),
        "calibrated_xgboost": CalibratedClassifierCV(extreme, cv=2),
        "voting_boosters": VotingClassifier(
            [("a", light), ("b", extreme)], voting="soft", flatten_transform=False
        ),
        "stacking_boosters": StackingClassifier([("a", light), ("b", extreme)], LogisticRegression(), cv=2),
    }.items():
        for target in ["ints", "two"]:
            try:
                estimator.fit(X[TRAIN], TARGETS[target][TRAIN])
                opsets = {"": 17, "ai.onnx.ml": 3}
                model = to_onnx(estimator, X[:1], options={"zipmap": False}, target_opset=opsets)
                inputs = {"X": X[ROWS]}
                write(cases, f"{name}_{target}", model, inputs, X[ROWS].astype(float).tolist())
            except Exception as error:  # noqa: BLE001
                skipped.append(f"{name} {target}: {type(error).__name__} {str(error)[:90]}")


def by_matrices(cases):
    """A tree as a network writes it: which questions are yes, and which leaf has all of its answers."""
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X[TRAIN], Y[TRAIN]).tree_
    inner = np.flatnonzero(tree.children_left >= 0)
    leaves = np.flatnonzero(tree.children_left < 0)
    asks = np.zeros((4, len(inner)), np.float32)
    asks[tree.feature[inner], np.arange(len(inner))] = 1
    paths = np.zeros((len(inner), len(leaves)), np.float32)

    def descend(node, path):
        if tree.children_left[node] < 0:
            for question, answer in path:
                paths[question, np.flatnonzero(leaves == node)[0]] = answer
            return
        question = int(np.flatnonzero(inner == node)[0])
        descend(tree.children_left[node], [*path, (question, 1)])
        descend(tree.children_right[node], [*path, (question, -1)])

    descend(0, [])
    values = tree.value[leaves, 0].astype(np.float32)
    constants = {
        "asks": asks,
        "thresholds": tree.threshold[inner].astype(np.float32),
        "paths": paths,
        "yes": (paths > 0).sum(axis=0).astype(np.float32),
        "leaves": values / values.sum(axis=1, keepdims=True),
        "classes": np.arange(3, dtype=np.int64),
    }
    nodes = [
        helper.make_node("MatMul", ["X", "asks"], ["asked"]),
        helper.make_node("LessOrEqual", ["asked", "thresholds"], ["answers"]),
        helper.make_node("Cast", ["answers"], ["answered"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["answered", "paths"], ["agreed"]),
        helper.make_node("Equal", ["agreed", "yes"], ["is_leaf"]),
        helper.make_node("Cast", ["is_leaf"], ["leaf"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["leaf", "leaves"], ["probabilities"]),
        helper.make_node("ArgMax", ["probabilities"], ["place"], axis=1, keepdims=0),
        helper.make_node("Gather", ["classes", "place"], ["label"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tree",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, 4])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 3]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    write(cases, "tree_by_matrices", model, {"X": X[ROWS]}, X[ROWS].astype(float).tolist())


def columns(cases, skipped):
    """Inputs of several types: texts, integers, truth values, doubles, and missing numbers."""
    n = len(X)
    colour = np.array(["red", "green", "blue"])[RANDOM.integers(3, size=n)]
    size = np.array(["s", "m", "l"])[np.minimum(Y, RANDOM.integers(3, size=n))]
    names = ["length", "width", "colour", "size", "count"]
    table = np.empty((n, 5), dtype=object)
    table[:, 0], table[:, 1], table[:, 2], table[:, 3] = X[:, 0], X[:, 1], colour, size
    table[:, 4] = RANDOM.integers(5, size=n)
    encode = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), [0, 1]),
            ("texts", OneHotEncoder(handle_unknown="ignore", sparse_output=False), [2, 3]),
            ("count", "passthrough", [4]),
        ]
    )
    order = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    ordinal = ColumnTransformer([("texts", order, [2, 3]), ("rest", "passthrough", [0, 1])])
    trees = RandomForestClassifier(5, max_depth=4, random_state=0)
    types = {"length": FloatTensorType, "width": FloatTensorType, "count": Int64TensorType}
    initial = [(name, types.get(name, StringTensorType)([None, 1])) for name in names]
    for name, estimator in {
        "mixed_linear": make_pipeline(encode, LogisticRegression()),
        "mixed_bayes": make_pipeline(encode, GaussianNB()),
        "mixed_svc": make_pipeline(encode, SVC()),
        "mixed_trees": make_pipeline(encode, trees),
        "ordinal_trees": make_pipeline(ordinal, trees),
        "ordinal_bayes": make_pipeline(ordinal, GaussianNB()),
    }.items():
        n_columns = 4 if "ordinal" in name else 5
        estimator.fit(table[TRAIN, :n_columns], NAMES[Y[TRAIN]])
        try:
            model = to_onnx(estimator, initial_types=initial[:n_columns], options={"zipmap": False})
            asked = table[ROWS].copy()
            asked[0, 2] = "violet"
            if "mixed" in name:
                asked[1, 0] = np.nan
            kinds = {"length": np.float32, "width": np.float32, "count": np.int64}
            inputs = {
                column: asked[:, [index]].astype(kinds.get(column, object))
                for index, column in enumerate(names[:n_columns])
            }
            rows = [[cell(value) for value in row] for row in asked[:, :n_columns]]
            write(cases, name, model, inputs, rows)
        except Exception as error:  # noqa: BLE001
            skipped.append(f"{name}: {type(error).__name__} {str(error)[:200]}")
    bayes = GaussianNB().fit(X[TRAIN], Y[TRAIN])
    whole = np.rint(X * 2)
    of_whole = make_pipeline(StandardScaler(), GaussianNB()).fit(whole[TRAIN], Y[TRAIN])
    options = {"zipmap": False}
    model = to_onnx(of_whole, initial_types=[("X", Int64TensorType([None, 4]))], options=options)
    write(cases, "scaled_int64", model, {"X": whole[ROWS].astype(np.int64)}, whole[ROWS].tolist())
    of_categories = CategoricalNB(min_categories=20).fit(whole[TRAIN], Y[TRAIN])
    model = to_onnx(of_categories, initial_types=[("X", Int64TensorType([None, 4]))], options=options)
    write(cases, "categorical_nb", model, {"X": whole[ROWS].astype(np.int64)}, whole[ROWS].tolist())
    of_truth = BernoulliNB().fit(X[TRAIN] > 3, Y[TRAIN])
    for kind in ["int8", "uint8", "int16", "int32", "double", "bool"]:
        estimator, rows = (of_truth, X[ROWS] > 3) if kind == "bool" else (of_whole, whole[ROWS])
        model = to_onnx(estimator, initial_types=[("X", FloatTensorType([None, 4]))], options=options)
        model.graph.input[0].name = "rows"
        numpy_kind = np.dtype(kind)
        model.graph.input[0].type.tensor_type.elem_type = helper.np_dtype_to_tensor_dtype(numpy_kind)
        model.graph.node.insert(0, helper.make_node("Cast", ["rows"], ["X"], to=TensorProto.FLOAT))
        write(cases, f"cast_{kind}", model, {"rows": rows.astype(numpy_kind)}, rows.astype(float).tolist())
    for name, shape in [("unknown_columns", [None, None]), ("named_batch", ["N", 4]), ("one_row", [1, 4])]:
        model = to_onnx(bayes, initial_types=[("X", FloatTensorType([None, 4]))], options={"zipmap": False})
        dims = model.graph.input[0].type.tensor_type.shape.dim
        for dim, size in zip(dims, shape, strict=True):
            dim.Clear()
            if isinstance(size, int):
                dim.dim_value = size
            elif size:
                dim.dim_param = size
        write(cases, f"gaussian_nb_{name}", model, {"X": X[ROWS]}, X[ROWS].astype(float).tolist())


def main():
    """Writes every file anew."""
    warnings.filterwarnings("ignore")
    begin(of_texts=False)
    cases, skipped = [], []
    plain(cases, skipped)
    columns(cases, skipped)
    versions(cases, skipped)
    behind(cases, skipped)
    boosters(cases, skipped)
    by_matrices(cases)
    end(cases, skipped, of_texts=False)


if __name__ == "__main__":
    main()
