"""CatBoost's classes, alone and behind steps."""

from case import Case, by_kind, wholes

BOTH = """
    (depth=4)
    (depth=1, iterations=3)
    (grow_policy="Lossguide", max_leaves=7)
    (grow_policy="Depthwise", depth=4, min_data_in_leaf=3)
    (boosting_type="Ordered", depth=3)
    (nan_mode="Max", depth=4)
    (border_count=5, learning_rate=0.5)
    (iterations=100, depth=2)
    (l2_leaf_reg=0.1, bootstrap_type="MVS", random_seed=1)
    (feature_border_type="Uniform", score_function="L2")
    (langevin=True, depth=3, random_seed=0)
    (model_shrink_rate=0.2, learning_rate=0.3)
    (grow_policy="Lossguide", max_leaves=12, score_function="L2", min_data_in_leaf=2)
"""

# Not of several classes.
ONE = """
    (boost_from_average=True, depth=3)
    (boost_from_average=False, depth=3)
    (monotone_constraints=[1, -1, 0, 0], depth=3)
"""

THREE = """
    CatBoostClassifier()
    CatBoostClassifier(loss_function="MultiClassOneVsAll")
    CatBoostClassifier(auto_class_weights="Balanced")
"""

TWO = """
    CatBoostClassifier()
    CatBoostClassifier(loss_function="MultiClass")
    CatBoostClassifier(scale_pos_weight=3.0, depth=3)
    CatBoostClassifier(loss_function="Focal:focal_alpha=0.4;focal_gamma=2.0")
"""

REGRESSORS = """
    CatBoostRegressor()
    CatBoostRegressor(loss_function="MAE")
    CatBoostRegressor(loss_function="Quantile:alpha=0.3")
    CatBoostRegressor(loss_function="MAPE")
    CatBoostRegressor(loss_function="Poisson")
    CatBoostRegressor(loss_function="Tweedie:variance_power=1.5")
    CatBoostRegressor(loss_function="Huber:delta=10")
    CatBoostRegressor(loss_function="Expectile:alpha=0.3")
    CatBoostRegressor(loss_function="LogCosh")
    CatBoostRegressor(loss_function="Lq:q=3")
    CatBoostRegressor(loss_function="RMSEWithUncertainty")
    CatBoostRegressor(loss_function="MultiQuantile:alpha=0.1,0.5,0.9")
"""

MISSING = """
    CatBoost{}(depth=5)
    CatBoost{}(nan_mode="Max")
    CatBoost{}(nan_mode="Max", grow_policy="Depthwise", depth=4)
    CatBoost{}(nan_mode="Min", grow_policy="Lossguide")
"""

WORDS = """
    CatBoost{}(cat_features=["city", "size"], one_hot_max_size=100)
    CatBoost{}(cat_features=["city", "size"])
    CatBoost{}(cat_features=["city", "size", "street"], one_hot_max_size=4, depth=4)
    CatBoost{}(cat_features=["city", "size", "rooms"], one_hot_max_size=1, depth=4)
    CatBoost{}(cat_features=["city", "size", "street"], one_hot_max_size=1, max_ctr_complexity=1, simple_ctr=["Borders:Prior=0.5", "Counter:Prior=0.2"])
    CatBoost{}(cat_features=["city", "size", "street"], one_hot_max_size=1, simple_ctr=["Buckets"], combinations_ctr=["Buckets:Prior=0.3"], depth=4)
    CatBoost{}(cat_features=["city", "size", "street"], one_hot_max_size=1, boosting_type="Ordered", depth=3)
    CatBoost{}(cat_features=["city", "size", "street"], one_hot_max_size=1, simple_ctr=["BinarizedTargetMeanValue"], counter_calc_method="Full")
    CatBoost{}(cat_features=["city", "size", "street"], one_hot_max_size=50, grow_policy="Lossguide")
    CatBoost{}(cat_features=["city", "size", "street"], one_hot_max_size=1, grow_policy="Depthwise", depth=3)
"""

ONLY_WORDS = """
    CatBoost{}(cat_features=[0, 1], one_hot_max_size=100)
    CatBoost{}(cat_features=[0, 1], one_hot_max_size=1)
"""

FRAMES = """
    CatBoost{}(cat_features=["street", "rooms"], one_hot_max_size=100)
    CatBoost{}(cat_features=["street", "rooms"], one_hot_max_size=1)
"""

EARLY = """
    CatBoost{}(iterations=100, early_stopping_rounds=3, learning_rate=0.5)
    CatBoost{}(iterations=100, use_best_model=False, learning_rate=0.5)
"""

RANKERS = """
    CatBoostRanker()
    CatBoostRanker(loss_function="QueryRMSE")
    CatBoostRanker(loss_function="PairLogit")
"""

BEHIND = """
    StandardScaler() | CatBoost{}(depth=4)
    SimpleImputer() | CatBoost{}(grow_policy="Lossguide")
    PCA(2) | CatBoost{}(depth=3)
"""

CASES = [
    *by_kind("CatBoostClassifier", BOTH, "iris", "three int"),
    *by_kind("CatBoostClassifier", BOTH, "cancer", "two code"),
    *by_kind("CatBoostRegressor", BOTH, "diabetes", "number"),
    *by_kind("CatBoostClassifier", ONE, "cancer", "two str"),
    *by_kind("CatBoostRegressor", ONE, "diabetes", "number"),
    Case("CatBoostClassifier", 'CatBoostClassifier(loss_function="CrossEntropy")', "cancer", "two code"),
    *by_kind("CatBoostRegressor", BOTH, "diabetes", "numbers", changed='loss_function="MultiRMSE"'),
    *wholes(None, THREE, "iris wine gaps", "three code"),
    *wholes(None, THREE, "iris", "three str"),
    *wholes(None, THREE, "iris", "three float"),
    *wholes(None, THREE, "iris", "three object"),
    *wholes(None, TWO, "cancer", "two code"),
    *wholes(None, TWO, "cancer", "two str"),
    *wholes(None, TWO, "cancer", "two bool"),
    *wholes(None, TWO, "cancer", "two float"),
    *wholes(None, TWO, "cancer", "two object"),
    Case("CatBoostClassifier", 'CatBoostClassifier(loss_function="MultiLogloss")', "scaled", "labels"),
    Case("CatBoostClassifier", 'CatBoostClassifier(loss_function="MultiCrossEntropy")', "scaled", "labels"),
    *wholes(None, REGRESSORS, "diabetes", "number"),
    *wholes(None, REGRESSORS, "wine", "amount"),
    *by_kind("CatBoostClassifier", MISSING, "gaps zeros", "three code"),
    *by_kind("CatBoostRegressor", MISSING, "gaps zeros", "number"),
    *by_kind("CatBoostClassifier", WORDS, "plain", "three str"),
    *by_kind("CatBoostClassifier", WORDS, "plain", "two code"),
    *by_kind("CatBoostRegressor", WORDS, "plain", "amount"),
    *by_kind("CatBoostClassifier", ONLY_WORDS, "words", "three code"),
    *by_kind("CatBoostRegressor", ONLY_WORDS, "words", "amount"),
    *by_kind("CatBoostClassifier", FRAMES, "shelves", "two str"),
    *by_kind("CatBoostRegressor", FRAMES, "shelves", "amount"),
    *by_kind("CatBoostClassifier", EARLY, "iris", "three str", "eval_set=[held()]"),
    *by_kind("CatBoostClassifier", EARLY, "cancer", "two code", "eval_set=[held()]"),
    *by_kind("CatBoostRegressor", EARLY, "diabetes", "number", "eval_set=[held()]"),
    *wholes(None, RANKERS, "wine zeros", "three code", "group_id=np.arange(len(y)) // 20"),
    *wholes("CatBoostClassifier", BEHIND.replace("{}", "Classifier"), "iris", "three str"),
    *wholes("CatBoostClassifier", BEHIND.replace("{}", "Classifier"), "cancer", "two int"),
    *wholes("CatBoostRegressor", BEHIND.replace("{}", "Regressor"), "diabetes", "number"),
    Case("CatBoostClassifier", "mixed() | CatBoostClassifier()", "houses", "three str"),
    Case("CatBoostClassifier", "mixed() | CatBoostClassifier(depth=3)", "kinds", "two int"),
    Case("CatBoostRegressor", "mixed() | CatBoostRegressor()", "houses", "amount"),
    Case(
        "CatBoostClassifier",
        'OneHotEncoder(handle_unknown="ignore") | CatBoostClassifier()',
        "words",
        "three str",
    ),
    Case("CatBoostClassifier", "OneVsRestClassifier(CatBoostClassifier())", "iris", "three str"),
]
