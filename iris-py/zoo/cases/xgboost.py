"""XGBoost's classes, alone and behind steps."""

from case import Case, by_kind, wholes

BOTH = """
    (max_depth=3)
    (tree_method="exact", max_depth=9, min_child_weight=0)
    (tree_method="hist", grow_policy="lossguide", max_leaves=7, max_depth=0)
    (tree_method="approx", learning_rate=0.7)
    (booster="dart", rate_drop=0.3, random_state=0)
    (booster="dart", rate_drop=0.5, normalize_type="forest", sample_type="weighted", one_drop=True, random_state=0)
    (booster="gblinear")
    (booster="gblinear", updater="coord_descent", feature_selector="cyclic", reg_lambda=0.1)
    (num_parallel_tree=3, subsample=0.7, colsample_bynode=0.6, random_state=0)
    (n_estimators=1, num_parallel_tree=12, subsample=0.5, learning_rate=1.0, random_state=0)
    (base_score=0.3)
    (gamma=0.2, reg_alpha=0.5, max_delta_step=1, n_estimators=30)
    (n_estimators=1, max_depth=1)
    (n_estimators=200, max_depth=2)
    (monotone_constraints="(1,-1,0,0)", tree_method="exact")
    (interaction_constraints="[[0, 1], [2, 3]]", tree_method="hist")
    (multi_strategy="multi_output_tree", tree_method="hist")
    (n_estimators=3, process_type="default", tree_method="hist", max_bin=4)
"""

CLASSIFIERS = """
    XGBClassifier()
    XGBClassifier(max_depth=2, learning_rate=0.9)
    XGBRFClassifier(n_estimators=10, random_state=0)
    XGBRFClassifier(n_estimators=5, max_depth=2, random_state=1)
"""

THREE = """
    XGBClassifier(objective="multi:softmax")
    XGBClassifier(objective="multi:softprob")
    XGBClassifier(objective="multi:softmax", booster="gblinear")
"""

TWO = """
    XGBClassifier(objective="binary:logitraw")
    XGBClassifier(objective="binary:hinge")
    XGBClassifier(objective="reg:logistic")
    XGBClassifier(objective="binary:logitraw", booster="gblinear")
    XGBClassifier(scale_pos_weight=3.0, base_score=0.9)
    XGBClassifier(base_score=0.5, n_estimators=2)
"""

REGRESSORS = """
    XGBRegressor()
    XGBRegressor(objective="reg:linear")
    XGBRegressor(objective="reg:squarederror", base_score=120.0)
    XGBRegressor(objective="reg:squaredlogerror", min_child_weight=0)
    XGBRegressor(objective="reg:pseudohubererror", min_child_weight=0)
    XGBRegressor(objective="reg:absoluteerror")
    XGBRegressor(objective="reg:quantileerror", quantile_alpha=0.4)
    XGBRegressor(objective="reg:quantileerror", quantile_alpha=np.array([0.1, 0.5, 0.9]))
    XGBRegressor(objective="reg:gamma")
    XGBRegressor(objective="reg:gamma", base_score=100.0)
    XGBRegressor(objective="reg:tweedie", tweedie_variance_power=1.3)
    XGBRegressor(objective="count:poisson")
    XGBRegressor(objective="count:poisson", base_score=3.0, booster="dart", rate_drop=0.2, random_state=0)
    XGBRegressor(objective="reg:tweedie", booster="gblinear")
    XGBRegressor(objective="survival:cox")
    XGBRFRegressor(n_estimators=10, random_state=0)
"""

MISSING = """
    XGB{}(max_depth=5)
    XGB{}(missing=0.0)
    XGB{}(missing=2.5, booster="dart", rate_drop=0.3, random_state=0)
    XGB{}(tree_method="exact", n_estimators=20)
    XGB{}(booster="gblinear")
"""

CATEGORIES = """
    XGB{}(enable_categorical=True, tree_method="hist")
    XGB{}(enable_categorical=True, tree_method="hist", max_cat_to_onehot=1)
    XGB{}(enable_categorical=True, tree_method="hist", max_cat_to_onehot=100)
    XGB{}(enable_categorical=True, tree_method="approx", max_cat_to_onehot=5, booster="dart", rate_drop=0.3, random_state=0)
    XGB{}(enable_categorical=True, tree_method="hist", max_cat_to_onehot=2, max_cat_threshold=4, n_estimators=20, max_depth=4)
"""

CODES = """
    XGB{}(enable_categorical=True, tree_method="hist", feature_types=["c", "c", "c", "q"])
    XGB{}(enable_categorical=True, tree_method="hist", feature_types=["c", "c", "c", "q"], max_cat_to_onehot=1, max_depth=8)
    XGB{}(enable_categorical=True, tree_method="hist", feature_types=["c", "q", "c", "q"], max_cat_to_onehot=200)
"""

EARLY = """
    XGB{}(n_estimators=60, early_stopping_rounds=3)
    XGB{}(n_estimators=60, early_stopping_rounds=3, learning_rate=1.0, num_parallel_tree=2, subsample=0.8, random_state=0)
    XGB{}(n_estimators=60, early_stopping_rounds=3, booster="dart", rate_drop=0.1, random_state=0)
    XGB{}(n_estimators=60, early_stopping_rounds=3, booster="gblinear")
"""

RANKERS = """
    XGBRanker()
    XGBRanker(objective="rank:pairwise", base_score=0.2)
    XGBRanker(objective="rank:ndcg", booster="dart", rate_drop=0.3, random_state=0)
"""

# Behind steps.
BEHIND = """
    StandardScaler() | XGB{}(max_depth=4)
    MinMaxScaler() | XGB{}(booster="gblinear")
    SimpleImputer() | XGB{}(booster="dart", rate_drop=0.3, random_state=0)
    PCA(2) | XGB{}()
"""

CASES = [
    *by_kind("XGBClassifier", BOTH, "iris", "three code"),
    *by_kind("XGBClassifier", BOTH, "cancer", "two code"),
    *by_kind("XGBRegressor", BOTH, "diabetes", "number"),
    *by_kind("XGBRegressor", BOTH, "diabetes", "numbers"),
    *wholes(None, CLASSIFIERS, "iris wine gaps", "three code"),
    *wholes(None, CLASSIFIERS, "cancer", "two code"),
    *wholes(None, CLASSIFIERS, "iris", "three str"),
    *wholes(None, CLASSIFIERS, "cancer", "two bool"),
    *wholes(None, CLASSIFIERS, "cancer", "two float"),
    *wholes(None, CLASSIFIERS, "iris", "three int"),
    *wholes(None, CLASSIFIERS, "scaled", "labels"),
    *wholes(None, THREE, "iris gaps", "three code"),
    *wholes(None, TWO, "cancer", "two code"),
    *wholes(None, REGRESSORS, "diabetes", "number"),
    *wholes(None, REGRESSORS, "wine", "amount"),
    *by_kind("XGBClassifier", MISSING, "gaps zeros", "three code"),
    *by_kind("XGBRegressor", MISSING, "gaps zeros", "number"),
    *by_kind("XGBClassifier", CATEGORIES, "stocked shelves", "three code"),
    *by_kind("XGBRegressor", CATEGORIES, "stocked shelves", "amount"),
    *by_kind("XGBClassifier", CODES, "indices", "three code"),
    *by_kind("XGBClassifier", CODES, "indices", "two code"),
    *by_kind("XGBRegressor", CODES, "indices", "amount"),
    *by_kind("XGBClassifier", EARLY, "iris", "three code", "eval_set=[held()], verbose=False"),
    *by_kind("XGBClassifier", EARLY, "cancer", "two code", "eval_set=[held()], verbose=False"),
    *by_kind("XGBRegressor", EARLY, "diabetes", "number", "eval_set=[held()], verbose=False"),
    Case(
        "XGBClassifier",
        "XGBClassifier(n_estimators=60)",
        "iris",
        "three code",
        fit="eval_set=[held()], early_stopping_rounds=3, verbose=False",
    ),
    Case(
        "XGBRegressor",
        "XGBRegressor(n_estimators=60, num_parallel_tree=2, subsample=0.8, random_state=0)",
        "diabetes",
        "number",
        fit="eval_set=[held()], early_stopping_rounds=3, verbose=False",
    ),
    *wholes(None, RANKERS, "wine zeros", "three code", "group=queries()"),
    Case("XGBRanker", 'XGBRanker(objective="rank:map")', "cancer", "two code", fit="group=queries()"),
    *wholes("XGBClassifier", BEHIND.replace("{}", "Classifier"), "iris", "three code"),
    *wholes("XGBClassifier", BEHIND.replace("{}", "Classifier"), "cancer", "two code"),
    *wholes("XGBRegressor", BEHIND.replace("{}", "Regressor"), "diabetes", "number"),
    Case("XGBClassifier", "mixed() | XGBClassifier()", "houses", "three code"),
    Case("XGBClassifier", "mixed() | XGBClassifier(max_depth=3, n_estimators=30)", "kinds", "two code"),
    Case("XGBRegressor", "mixed() | XGBRegressor()", "houses", "amount"),
    Case("XGBRFClassifier", "mixed() | XGBRFClassifier(random_state=0)", "kinds", "three code"),
    Case("XGBClassifier", 'OneHotEncoder(handle_unknown="ignore") | XGBClassifier()', "words", "three code"),
    Case("XGBClassifier", "OrdinalEncoder() | XGBClassifier()", "words", "two code"),
    Case("XGBRegressor", 'OneHotEncoder(handle_unknown="ignore") | XGBRegressor()', "words", "amount"),
    Case("XGBClassifier", "OneVsRestClassifier(XGBClassifier())", "iris", "three str"),
    Case("XGBClassifier", 'GridSearchCV(XGBClassifier(), {"max_depth": [2, 3]}, cv=3)', "cancer", "two code"),
    Case("XGBRegressor", "MultiOutputRegressor(XGBRegressor())", "diabetes", "numbers"),
    Case(
        "XGBRegressor",
        "TransformedTargetRegressor(XGBRegressor(), func=np.log1p, inverse_func=np.expm1)",
        "diabetes",
        "number",
    ),
]
