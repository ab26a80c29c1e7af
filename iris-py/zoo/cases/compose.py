"""Columns that go different ways."""

from case import Case, transformers, wholes

NUMBERS = '["age", "income", "rooms"]'
WORDS = '["city", "size"]'
IMPUTED = 'make_pipeline(SimpleImputer(strategy="median"), StandardScaler())'
FILLED = 'make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))'
ORDERED = 'OrdinalEncoder(categories=[["small", "medium", "large"]])'

BY_NAME = f"""
    ColumnTransformer([("n", {IMPUTED}, {NUMBERS}), ("w", {FILLED}, {WORDS})])
    ColumnTransformer([("n", {IMPUTED}, {NUMBERS}), ("w", {FILLED}, {WORDS})], sparse_threshold=1.0)
    ColumnTransformer([("n", {IMPUTED}, {NUMBERS}), ("w", {FILLED}, {WORDS})], sparse_threshold=0)
    ColumnTransformer([("n", {IMPUTED}, {NUMBERS}), ("w", {FILLED}, {WORDS})], remainder="passthrough")
    ColumnTransformer([("w", {FILLED}, {WORDS}), ("drop", "drop", ["age"])], remainder="passthrough")
    ColumnTransformer([("w", {FILLED}, {WORDS}), ("as", "passthrough", ["rooms", "garden"])])
    ColumnTransformer([("w", {FILLED}, {WORDS}), ("b", "passthrough", ["garden"])], remainder=SimpleImputer())
    ColumnTransformer([("n", {IMPUTED}, {NUMBERS}), ("o", {ORDERED}, ["size"])], verbose_feature_names_out=False)
    ColumnTransformer([("n", {IMPUTED}, {NUMBERS}), ("o", {ORDERED}, ["size"])], transformer_weights={{"n": 2.5, "o": 0.5}})
    ColumnTransformer([("n", {IMPUTED}, {NUMBERS}), ("o", {ORDERED}, ["size"])], n_jobs=1, verbose_feature_names_out="{{feature_name}}-{{transformer_name}}")
    ColumnTransformer([("n", {IMPUTED}, [3, 4]), ("w", {FILLED}, [0, 1])])
    ColumnTransformer([("n", {IMPUTED}, [-2, -3]), ("w", {FILLED}, [1, 0])])
    ColumnTransformer([("n", {IMPUTED}, slice(2, 5)), ("w", {FILLED}, slice(None, 2))])
    ColumnTransformer([("n", {IMPUTED}, slice("rooms", "income")), ("w", {FILLED}, slice("city", "size"))])
    ColumnTransformer([("n", {IMPUTED}, [False, False, True, True, True, False]), ("w", {FILLED}, np.array([True, True, False, False, False, False]))])
    ColumnTransformer([("n", {IMPUTED}, make_column_selector(dtype_include="number")), ("w", {FILLED}, make_column_selector("^(city|size)$"))])
    ColumnTransformer([("n", {IMPUTED}, make_column_selector(dtype_include="number")), ("b", "passthrough", make_column_selector(dtype_include=bool))])
    ColumnTransformer([("n", {IMPUTED}, ["age"]), ("none", StandardScaler(), [])], remainder="drop")
    ColumnTransformer([("twice", {IMPUTED}, ["age", "rooms"]), ("again", KBinsDiscretizer(3, encode="ordinal"), ["rooms"])])
    ColumnTransformer([("inner", ColumnTransformer([("a", {IMPUTED}, ["age"])], remainder="passthrough"), ["age", "rooms"]), ("w", {FILLED}, ["city"])])
    ColumnTransformer([("u", make_union(SimpleImputer(), MissingIndicator(features="all")), ["age", "rooms"]), ("w", {FILLED}, ["city"])])
    ColumnTransformer([("log", FunctionTransformer(np.log1p), ["income"]), ("id", FunctionTransformer(), ["rooms", "garden"])])
    ColumnTransformer([("n", {IMPUTED}, {NUMBERS}), ("w", {FILLED}, {WORDS})], force_int_remainder_cols=False, remainder="passthrough")
    make_column_transformer(({IMPUTED}, {NUMBERS}), (OneHotEncoder(handle_unknown="ignore"), {WORDS}))
"""

BY_POSITION = """
    ColumnTransformer([("a", StandardScaler(), [0, 2]), ("b", MinMaxScaler(), [1])])
    ColumnTransformer([("a", StandardScaler(), [3, 0]), ("b", MinMaxScaler(), [3])], remainder="passthrough")
    ColumnTransformer([("a", StandardScaler(), slice(1, None, 2))], remainder=MaxAbsScaler())
    ColumnTransformer([("a", StandardScaler(), slice(-2, None)), ("b", "passthrough", slice(0, 1))])
    ColumnTransformer([("a", StandardScaler(), [True, False, True, False])], remainder="passthrough")
    ColumnTransformer([("a", PCA(1), [0, 1]), ("b", PolynomialFeatures(2), [2, 3])], transformer_weights={"a": 3.0})
    ColumnTransformer([("a", "drop", [0]), ("b", StandardScaler(), [1])], remainder="passthrough")
    ColumnTransformer([("a", KBinsDiscretizer(3), [0, 1]), ("b", OneHotEncoder(handle_unknown="ignore"), [3])])
"""

UNIONS = """
    FeatureUnion([("a", StandardScaler()), ("b", PCA(2))])
    FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler())], transformer_weights={"a": 0.5})
    FeatureUnion([("a", StandardScaler()), ("b", "drop"), ("c", Normalizer())])
    FeatureUnion([("a", "passthrough"), ("b", KBinsDiscretizer(3))])
    FeatureUnion([("a", make_pipeline(StandardScaler(), PCA(1))), ("b", SelectKBest(k=1))])
    FeatureUnion([("a", FeatureUnion([("x", StandardScaler()), ("y", Binarizer())])), ("b", MaxAbsScaler())])
    FeatureUnion([("a", StandardScaler()), ("b", PCA(1))], verbose_feature_names_out=False)
    make_union(StandardScaler(), FunctionTransformer(np.sqrt))
"""

PIPELINES = """
    StandardScaler() | PCA(3) | LogisticRegression()
    StandardScaler() | "passthrough" | LogisticRegression()
    make_pipeline(StandardScaler(), PolynomialFeatures(2)) | StandardScaler() | LogisticRegression()
    Pipeline([("scale", StandardScaler()), ("skip", None), ("lr", LogisticRegression())])
    Pipeline([("scale", StandardScaler()), ("lr", LogisticRegression())], memory=None, verbose=False)
    make_pipeline(StandardScaler(), RidgeClassifier()).set_output(transform="pandas")
    Pipeline([("only", LogisticRegression(max_iter=100))])
    Pipeline([("scale", StandardScaler()), ("inner", Pipeline([("pca", PCA(2)), ("lr", LogisticRegression())]))])
"""

CASES = [
    *(case._replace(subject="ColumnTransformer") for case in transformers(BY_NAME, "houses")),
    *(case._replace(named=False) for case in transformers(BY_POSITION, "iris")),
    Case(
        "ColumnTransformer",
        'ColumnTransformer([("a", StandardScaler(), ["x3", "x0"])], remainder="passthrough")',
        "iris",
        "three str",
        "logistic",
        True,
    ),
    *(case._replace(subject="FeatureUnion") for case in transformers(UNIONS, "iris")),
    *wholes("Pipeline", PIPELINES, "iris", "three str"),
    *wholes(
        "ColumnTransformer", "mixed() | SelectKBest(f_regression, k=5) | Ridge()", "houses kinds", "number"
    ),
    *wholes("ColumnTransformer", "mixed() | LogisticRegression()", "kinds", "three str"),
    *wholes("ColumnTransformer", "mixed() | LogisticRegression()", "houses", "two int"),
    *wholes(
        "ColumnTransformer",
        'mixed().set_output(transform="pandas").set_params(w__onehotencoder__sparse_output=False) | LogisticRegression()',
        "houses",
        "three str",
    ),
]
