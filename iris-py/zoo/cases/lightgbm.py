"""LightGBM's classes, alone and behind steps."""

from case import Case, by_kind, wholes

BOTH = """
    (min_child_samples=5)
    (num_leaves=4, learning_rate=0.5, n_estimators=30)
    (boosting_type="dart", drop_rate=0.5, drop_seed=1, n_estimators=15)
    (boosting_type="dart", xgboost_dart_mode=True, uniform_drop=True, n_estimators=15)
    (boosting_type="goss", n_estimators=15)
    (data_sample_strategy="goss", n_estimators=15)
    (boosting_type="rf", subsample=0.6, subsample_freq=1, colsample_bytree=0.8)
    (linear_tree=True, min_child_samples=8)
    (linear_tree=True, boosting_type="dart", linear_lambda=0.1, min_child_samples=8)
    (max_depth=1, n_estimators=3)
    (max_bin=4, min_data_in_bin=1)
    (boost_from_average=False)
    (extra_trees=True, random_state=0, min_child_samples=2)
    (reg_lambda=1.0, reg_alpha=0.3, path_smooth=1.0)
    (zero_as_missing=True, min_child_samples=5)
    (use_missing=False, min_child_samples=5)
    (n_estimators=100, num_leaves=8, min_child_samples=3)
    (min_child_samples=10000)
"""

CLASSIFIERS = """
    LGBMClassifier()
    LGBMClassifier(class_weight="balanced", min_child_samples=5)
"""

THREE = """
    LGBMClassifier(objective="multiclassova")
    LGBMClassifier(monotone_constraints=[1, -1, 0, 0])
    LGBMClassifier(objective="multiclassova", sigmoid=2.5, min_child_samples=5)
    LGBMClassifier(objective="multiclass", boosting_type="rf", subsample=0.5, subsample_freq=1)
"""

TWO = """
    LGBMClassifier(sigmoid=2.5)
    LGBMClassifier(sigmoid=0.3, boosting_type="rf", subsample=0.5, subsample_freq=1)
    LGBMClassifier(objective="cross_entropy")
    LGBMClassifier(objective="cross_entropy_lambda")
    LGBMClassifier(scale_pos_weight=3.0)
    LGBMClassifier(is_unbalance=True)
"""

REGRESSORS = """
    LGBMRegressor()
    LGBMRegressor(objective="regression_l1")
    LGBMRegressor(objective="huber", alpha=0.7)
    LGBMRegressor(objective="fair")
    LGBMRegressor(objective="poisson")
    LGBMRegressor(objective="poisson", boosting_type="rf", subsample=0.5, subsample_freq=1)
    LGBMRegressor(objective="quantile", alpha=0.3)
    LGBMRegressor(objective="mape")
    LGBMRegressor(objective="gamma")
    LGBMRegressor(objective="tweedie", tweedie_variance_power=1.3)
    LGBMRegressor(objective="tweedie", boosting_type="dart", drop_rate=0.5, n_estimators=15)
    LGBMRegressor(reg_sqrt=True)
    LGBMRegressor(reg_sqrt=True, linear_tree=True)
"""

MISSING = """
    LGBM{}(min_child_samples=5)
    LGBM{}(zero_as_missing=True, min_child_samples=5)
    LGBM{}(use_missing=False, min_child_samples=5)
    LGBM{}(linear_tree=True, min_child_samples=8)
    LGBM{}(boosting_type="rf", subsample=0.6, subsample_freq=1, min_child_samples=3)
"""

CATEGORIES = """
    LGBM{}(min_child_samples=5)
    LGBM{}(min_child_samples=3, cat_smooth=0.1, cat_l2=0.1, min_data_per_group=2, n_estimators=20)
    LGBM{}(min_child_samples=3, max_cat_to_onehot=100, min_data_per_group=2)
    LGBM{}(min_child_samples=3, max_cat_to_onehot=1, max_cat_threshold=3, min_data_per_group=2, cat_smooth=0.1)
    LGBM{}(min_child_samples=8, linear_tree=True, min_data_per_group=2, cat_smooth=0.1)
"""

EARLY = """
    LGBM{}(n_estimators=60, early_stopping_round=3, min_child_samples=3)
    LGBM{}(n_estimators=60, early_stopping_round=3, learning_rate=0.8, min_child_samples=3)
"""

RANKERS = """
    LGBMRanker(min_child_samples=3)
    LGBMRanker(objective="rank_xendcg", min_child_samples=3, random_state=0)
    LGBMRanker(boosting_type="dart", drop_rate=0.5, min_child_samples=3)
"""

BEHIND = """
    StandardScaler() | LGBM{}(min_child_samples=3)
    MinMaxScaler() | LGBM{}(linear_tree=True, min_child_samples=8)
    SimpleImputer() | LGBM{}(boosting_type="rf", subsample=0.5, subsample_freq=1)
    PCA(2) | LGBM{}(min_child_samples=3)
"""

CASES = [
    *by_kind("LGBMClassifier", BOTH, "iris", "three int"),
    *by_kind("LGBMClassifier", BOTH, "cancer", "two code"),
    *by_kind("LGBMRegressor", BOTH, "diabetes", "number"),
    *wholes(None, CLASSIFIERS, "iris wine gaps", "three code"),
    *wholes(None, CLASSIFIERS, "iris", "three str"),
    *wholes(None, CLASSIFIERS, "iris", "three float"),
    *wholes(None, CLASSIFIERS, "iris", "three object"),
    *wholes(None, CLASSIFIERS, "cancer", "two str"),
    *wholes(None, CLASSIFIERS, "cancer", "two bool"),
    *wholes(None, CLASSIFIERS, "cancer", "two float"),
    *wholes(None, CLASSIFIERS, "cancer", "two object"),
    *wholes(None, THREE, "iris", "three int"),
    *wholes(None, TWO, "cancer", "two code"),
    *wholes(None, REGRESSORS, "diabetes", "number"),
    *wholes(None, REGRESSORS, "wine", "amount"),
    *by_kind("LGBMClassifier", MISSING, "gaps zeros", "three code"),
    *by_kind("LGBMRegressor", MISSING, "gaps zeros", "number"),
    *by_kind("LGBMClassifier", CATEGORIES, "stocked shelves", "three str"),
    *by_kind("LGBMRegressor", CATEGORIES, "stocked shelves", "amount"),
    *by_kind("LGBMClassifier", CATEGORIES, "indices codes", "three int", "categorical_feature=[0, 1, 2]"),
    *by_kind("LGBMClassifier", CATEGORIES, "indices", "two str", "categorical_feature=[0, 2]"),
    *by_kind("LGBMRegressor", CATEGORIES, "indices code_holes", "amount", "categorical_feature=[0, 1, 2]"),
    *by_kind("LGBMClassifier", EARLY, "iris", "three str", "eval_set=[held()]"),
    *by_kind("LGBMClassifier", EARLY, "cancer", "two code", "eval_set=[held()]"),
    *by_kind("LGBMRegressor", EARLY, "diabetes", "number", "eval_set=[held()]"),
    *wholes(None, RANKERS, "wine zeros", "three code", "group=queries()"),
    *wholes("LGBMClassifier", BEHIND.replace("{}", "Classifier"), "iris", "three str"),
    *wholes("LGBMClassifier", BEHIND.replace("{}", "Classifier"), "cancer", "two bool"),
    *wholes("LGBMRegressor", BEHIND.replace("{}", "Regressor"), "diabetes", "number"),
    Case("LGBMClassifier", "mixed() | LGBMClassifier()", "houses", "three str"),
    Case("LGBMClassifier", "mixed() | LGBMClassifier(min_child_samples=3)", "kinds", "two bool"),
    Case("LGBMRegressor", "mixed() | LGBMRegressor()", "houses", "amount"),
    Case("LGBMClassifier", 'OneHotEncoder(handle_unknown="ignore") | LGBMClassifier()', "words", "three str"),
    Case("LGBMClassifier", "OrdinalEncoder() | LGBMClassifier()", "words", "two int"),
    Case("LGBMClassifier", "OneVsRestClassifier(LGBMClassifier())", "iris", "three str"),
    Case(
        "LGBMClassifier", 'GridSearchCV(LGBMClassifier(), {"max_depth": [2, 3]}, cv=3)', "cancer", "two str"
    ),
    Case("LGBMRegressor", "MultiOutputRegressor(LGBMRegressor())", "diabetes", "numbers"),
]
