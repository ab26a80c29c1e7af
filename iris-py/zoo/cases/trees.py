"""Trees and what is made of them."""

from case import Case, classifiers, regressors, wholes

CLASSIFIERS = """
    DecisionTreeClassifier(random_state=0)
    DecisionTreeClassifier(max_depth=3, criterion="entropy", random_state=0)
    DecisionTreeClassifier(max_leaf_nodes=6, class_weight="balanced", random_state=0)
    DecisionTreeClassifier(splitter="random", ccp_alpha=0.01, random_state=0)
    DecisionTreeClassifier(max_depth=2, class_weight={label: 0.1 + 0.37 * place for place, label in enumerate(np.unique(y))})
    StandardScaler() | DecisionTreeClassifier(max_depth=4, random_state=0)
    SelectKBest(k=2) | DecisionTreeClassifier(random_state=0)
    VarianceThreshold(0.3) | DecisionTreeClassifier(random_state=0)
    RFE(DecisionTreeClassifier(random_state=0), n_features_to_select=2) | DecisionTreeClassifier(random_state=0)
    ExtraTreeClassifier(random_state=0)
    ExtraTreeClassifier(max_depth=4, class_weight="balanced", random_state=0)
    RandomForestClassifier(n_estimators=8, random_state=0)
    RandomForestClassifier(n_estimators=7, max_depth=4, class_weight="balanced_subsample", random_state=0)
    RandomForestClassifier(n_estimators=5, bootstrap=False, max_leaf_nodes=9, criterion="entropy", random_state=0)
    StandardScaler() | RandomForestClassifier(n_estimators=6, max_depth=5, random_state=0)
    ExtraTreesClassifier(n_estimators=8, random_state=0)
    ExtraTreesClassifier(n_estimators=6, bootstrap=True, max_samples=0.6, class_weight="balanced", random_state=0)
    GradientBoostingClassifier(n_estimators=6, random_state=0)
    GradientBoostingClassifier(n_estimators=9, init="zero", learning_rate=0.3, subsample=0.7, random_state=0)
    GradientBoostingClassifier(n_estimators=6, max_depth=2, n_iter_no_change=2, random_state=0)
    GradientBoostingClassifier(n_estimators=4, init=DecisionTreeClassifier(max_depth=2), random_state=0)
    GradientBoostingClassifier(n_estimators=4, init=LogisticRegression(max_iter=50), random_state=0)
    GradientBoostingClassifier(n_estimators=4, init=HistGradientBoostingClassifier(max_iter=2), random_state=0)
    StandardScaler() | GradientBoostingClassifier(n_estimators=5, random_state=0)
    HistGradientBoostingClassifier(max_iter=6)
    HistGradientBoostingClassifier(max_iter=8, learning_rate=0.4, max_depth=3, l2_regularization=1.0, random_state=0)
    HistGradientBoostingClassifier(max_iter=6, max_bins=12, min_samples_leaf=5, early_stopping=True, random_state=0)
    StandardScaler() | HistGradientBoostingClassifier(max_iter=5)
    BaggingClassifier(n_estimators=5, random_state=0)
    BaggingClassifier(n_estimators=6, max_features=0.5, random_state=0)
    BaggingClassifier(n_estimators=6, max_features=0.8, bootstrap_features=True, bootstrap=False, random_state=0)
    BaggingClassifier(LogisticRegression(max_iter=100), n_estimators=4, max_features=0.7, random_state=0)
    BaggingClassifier(LinearSVC(max_iter=50, random_state=0), n_estimators=4, random_state=0)
    BaggingClassifier(RandomForestClassifier(n_estimators=3), n_estimators=3, random_state=0)
    BaggingClassifier(make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=3)), n_estimators=3, random_state=0)
    AdaBoostClassifier(n_estimators=6, random_state=0)
    AdaBoostClassifier(n_estimators=6, algorithm="SAMME", random_state=0)
    AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=5, learning_rate=0.5, random_state=0)
    AdaBoostClassifier(LogisticRegression(max_iter=100), n_estimators=4, random_state=0)
    AdaBoostClassifier(HistGradientBoostingClassifier(max_iter=2), n_estimators=3, random_state=0)
    AdaBoostClassifier(LogisticRegression(max_iter=100), n_estimators=4, algorithm="SAMME", random_state=0)
"""

# Of two classes only.
TWO = """
    GradientBoostingClassifier(n_estimators=7, loss="exponential", random_state=0)
    GradientBoostingClassifier(n_estimators=4, loss="exponential", init=DecisionTreeClassifier(max_depth=2), random_state=0)
    DecisionTreeClassifier(monotonic_cst=[1] + [0] * 11, max_depth=4, random_state=0)
"""

REGRESSORS = """
    DecisionTreeRegressor(random_state=0)
    DecisionTreeRegressor(max_depth=4, criterion="absolute_error", random_state=0)
    DecisionTreeRegressor(max_depth=4, criterion="poisson", splitter="random", random_state=0)
    ExtraTreeRegressor(random_state=0)
    ExtraTreeRegressor(max_depth=5, max_features=0.5, random_state=0)
    RandomForestRegressor(n_estimators=8, random_state=0)
    RandomForestRegressor(n_estimators=7, max_depth=4, max_features=0.5, random_state=0)
    StandardScaler() | RandomForestRegressor(n_estimators=6, max_depth=5, random_state=0)
    ExtraTreesRegressor(n_estimators=8, random_state=0)
    ExtraTreesRegressor(n_estimators=6, bootstrap=True, max_leaf_nodes=20, random_state=0)
"""

ONE_TARGET = """
    GradientBoostingRegressor(n_estimators=8, random_state=0)
    GradientBoostingRegressor(n_estimators=6, loss="huber", alpha=0.8, random_state=0)
    GradientBoostingRegressor(n_estimators=6, loss="quantile", alpha=0.3, random_state=0)
    GradientBoostingRegressor(n_estimators=6, loss="absolute_error", random_state=0)
    GradientBoostingRegressor(n_estimators=6, loss="lad", init="zero", random_state=0)
    GradientBoostingRegressor(n_estimators=5, init=DecisionTreeRegressor(max_depth=2), random_state=0)
    GradientBoostingRegressor(n_estimators=5, init=LinearRegression(), random_state=0)
    StandardScaler() | GradientBoostingRegressor(n_estimators=5, subsample=0.6, random_state=0)
    HistGradientBoostingRegressor(max_iter=8)
    HistGradientBoostingRegressor(max_iter=6, loss="poisson")
    HistGradientBoostingRegressor(max_iter=6, loss="gamma")
    HistGradientBoostingRegressor(max_iter=6, loss="absolute_error")
    HistGradientBoostingRegressor(max_iter=6, loss="quantile", quantile=0.7)
    BaggingRegressor(n_estimators=6, random_state=0)
    BaggingRegressor(n_estimators=6, max_features=0.5, bootstrap_features=True, random_state=0)
    BaggingRegressor(Ridge(), n_estimators=4, max_features=0.6, random_state=0)
    AdaBoostRegressor(n_estimators=7, random_state=0)
    AdaBoostRegressor(DecisionTreeRegressor(max_depth=2), n_estimators=6, loss="square", random_state=0)
    AdaBoostRegressor(Ridge(), n_estimators=4, loss="exponential", random_state=0)
"""

# Where numbers are missing, also while fitting.
MISSING = """
    DecisionTreeClassifier(random_state=0)
    DecisionTreeClassifier(max_depth=3, splitter="random", random_state=0)
    ExtraTreeClassifier(random_state=0)
    RandomForestClassifier(n_estimators=6, random_state=0)
    ExtraTreesClassifier(n_estimators=6, random_state=0)
    HistGradientBoostingClassifier(max_iter=6)
    StandardScaler() | RandomForestClassifier(n_estimators=5, random_state=0)
    MinMaxScaler() | DecisionTreeClassifier(random_state=0)
    StandardScaler() | HistGradientBoostingClassifier(max_iter=5)
    BaggingClassifier(n_estimators=4, random_state=0)
    BaggingClassifier(HistGradientBoostingClassifier(max_iter=3), n_estimators=3, max_features=0.7, random_state=0)
    SimpleImputer() | GradientBoostingClassifier(n_estimators=4, random_state=0)
"""
MISSING_REGRESSORS = """
    DecisionTreeRegressor(random_state=0)
    DecisionTreeRegressor(max_depth=4, criterion="absolute_error", random_state=0)
    RandomForestRegressor(n_estimators=5, random_state=0)
    ExtraTreesRegressor(n_estimators=5, random_state=0)
    HistGradientBoostingRegressor(max_iter=6)
    BaggingRegressor(n_estimators=4, random_state=0)
"""

# Columns 0 and 2 hold categories.
CATEGORIES = """
    HistGradientBoostingClassifier(max_iter=6, categorical_features=[2], min_samples_leaf=3)
    HistGradientBoostingClassifier(max_iter=6, categorical_features=[False, True, True], min_samples_leaf=3)
    HistGradientBoostingClassifier(max_iter=6, categorical_features=[1], min_samples_leaf=3)
    HistGradientBoostingClassifier(max_iter=6, min_samples_leaf=3)
"""
FRAMES = """
    HistGradientBoostingClassifier(max_iter=6, categorical_features="from_dtype", min_samples_leaf=4)
    HistGradientBoostingClassifier(max_iter=6, categorical_features=["city", "size"], min_samples_leaf=4)
"""

OUTLIERS = """
    IsolationForest(n_estimators=8, random_state=0)
    IsolationForest(n_estimators=8, max_samples=40, contamination=0.1, random_state=0)
    IsolationForest(n_estimators=8, max_features=0.5, random_state=0)
    IsolationForest(n_estimators=5, max_features=3, bootstrap=True, random_state=0)
    StandardScaler() | IsolationForest(n_estimators=5, random_state=0)
"""

CASES = [
    *classifiers(CLASSIFIERS),
    *wholes("GradientBoostingClassifier", "\n".join(TWO.split("\n")[:3]), "cancer", "two str"),
    *wholes("DecisionTreeClassifier", "\n".join(TWO.split("\n")[3:]), "cancer", "two int"),
    *regressors(REGRESSORS),
    *regressors(ONE_TARGET, ("amount",)),
    *(
        case
        for text, target in ((MISSING, "three str"), (MISSING_REGRESSORS, "amount"))
        for line in text.strip().splitlines()
        for case in wholes(line.split(" | ")[-1].strip().split("(")[0], line, "holes", target)
    ),
    *wholes("HistGradientBoostingClassifier", CATEGORIES, "codes code_holes", "three int"),
    *wholes("HistGradientBoostingClassifier", FRAMES, "kinds", "three str"),
    *wholes("IsolationForest", OUTLIERS, "iris cancer", "three int"),
    *wholes("IsolationForest", OUTLIERS.split("\n")[1], "holes", "three int"),
    Case(
        "RandomTreesEmbedding",
        "RandomTreesEmbedding(n_estimators=4, max_depth=3, random_state=0)",
        "iris",
        "three int",
        "identity",
    ),
    Case(
        "RandomTreesEmbedding",
        "RandomTreesEmbedding(n_estimators=3, random_state=0)",
        "cancer",
        "two int",
        "logistic",
    ),
    Case(
        "SelectFromModel",
        "SelectFromModel(ExtraTreesClassifier(n_estimators=5, random_state=0))",
        "iris",
        "three int",
        "identity",
    ),
    Case(
        "SelectFromModel",
        "SelectFromModel(DecisionTreeClassifier(max_depth=4, random_state=0))",
        "cancer",
        "two int",
        "identity",
    ),
    Case(
        "SelectFromModel",
        "SelectFromModel(GradientBoostingClassifier(n_estimators=4, random_state=0))",
        "cancer",
        "two int",
        "identity",
    ),
    Case("DecisionTreeClassifier", "DecisionTreeClassifier(random_state=0)", "iris", "outputs"),
    Case("DecisionTreeClassifier", "DecisionTreeClassifier(max_depth=3, random_state=0)", "iris", "labels"),
    Case("ExtraTreesClassifier", "ExtraTreesClassifier(n_estimators=5, random_state=0)", "iris", "labels"),
    Case(
        "RandomForestClassifier", "RandomForestClassifier(n_estimators=3, random_state=0)", "iris", "labels"
    ),
]
