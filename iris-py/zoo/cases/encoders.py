"""From categories to numbers: strings, whole numbers, booleans, with some missing or rare."""

from case import Case, transformers, wholes

CASES = [
    *transformers(
        """
        OneHotEncoder()
        OneHotEncoder(sparse=False)
        OneHotEncoder(sparse_output=False)
        OneHotEncoder(handle_unknown="ignore")
        OneHotEncoder(drop="first")
        OneHotEncoder(drop="if_binary")
        OneHotEncoder(drop="first", handle_unknown="ignore")
        OneHotEncoder(dtype=np.float32, handle_unknown="ignore")
        OneHotEncoder(min_frequency=20, handle_unknown="infrequent_if_exist")
        OneHotEncoder(min_frequency=0.15, handle_unknown="ignore")
        OneHotEncoder(max_categories=3, handle_unknown="infrequent_if_exist")
        OneHotEncoder(max_categories=2, drop="first", handle_unknown="infrequent_if_exist")
        OneHotEncoder(max_categories=3, handle_unknown="warn")
        OrdinalEncoder()
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=99, dtype=np.int64)
        OrdinalEncoder(min_frequency=20, handle_unknown="use_encoded_value", unknown_value=-5)
        OrdinalEncoder(max_categories=3)
        TargetEncoder(random_state=0)
        TargetEncoder(smooth=5.0, random_state=0)
        TargetEncoder(smooth=0.0, cv=3, random_state=0)
        """,
        "words codes",
    ),
    *transformers(
        """
        OneHotEncoder()
        OneHotEncoder(handle_unknown="ignore")
        OneHotEncoder(drop="first", handle_unknown="ignore")
        OneHotEncoder(max_categories=3, handle_unknown="infrequent_if_exist")
        OrdinalEncoder(encoded_missing_value=-2)
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan) | SimpleImputer()
        TargetEncoder(random_state=0)
        """,
        "lost_words none_words code_holes",
    ),
    *transformers(
        'OneHotEncoder(handle_unknown="ignore")\nOrdinalEncoder()\nOneHotEncoder(drop="if_binary")', "flags"
    ),
    *transformers(
        """
        OneHotEncoder(categories=[["Bergen", "Oslo", "Tromsø", "Ålesund", "nowhere"], ["small", "medium", "large"]])
        OneHotEncoder(drop=["nowhere", "small"])
        OneHotEncoder(drop=np.array(["Bergen", "medium"], dtype=object))
        OneHotEncoder(feature_name_combiner="concat")
        OrdinalEncoder(categories=[["Oslo", "Bergen", "Tromsø", "Ålesund", "nowhere"], ["small", "medium", "large"]])
        """,
        "words",
    ),
    *transformers(
        'DictVectorizer()\nDictVectorizer(sparse=False, sort=False)\nDictVectorizer(separator=": ")',
        "houses words",
    ),
    *wholes(
        "DictVectorizer",
        """
        DictVectorizer() | MaxAbsScaler() | LogisticRegression(max_iter=200)
        DictVectorizer() | BernoulliNB()
        DictVectorizer() | RandomForestClassifier(5, random_state=0)
        """,
        "houses",
        "three str",
    ),
    *wholes(
        "TargetEncoder",
        """
        TargetEncoder(random_state=0) | Ridge()
        TargetEncoder(target_type="continuous", random_state=0) | Ridge()
        """,
        "words codes",
        "number",
    ),
    *wholes(
        "TargetEncoder", "TargetEncoder(random_state=0) | LogisticRegression()", "words codes", "two str"
    ),
    *wholes(
        "OneHotEncoder",
        """
        OneHotEncoder(handle_unknown="ignore") | LogisticRegression()
        OneHotEncoder(handle_unknown="ignore") | MultinomialNB()
        OneHotEncoder(handle_unknown="ignore") | BernoulliNB()
        OneHotEncoder(handle_unknown="ignore") | ComplementNB()
        OneHotEncoder(handle_unknown="ignore") | TruncatedSVD(3, random_state=0) | LogisticRegression()
        OneHotEncoder(handle_unknown="ignore") | RandomForestClassifier(5, random_state=0)
        OneHotEncoder(handle_unknown="ignore") | OneVsRestClassifier(LinearSVC(random_state=0))
        """,
        "crowds",
        "three str",
    ),
    *wholes("OneHotEncoder", 'OneHotEncoder(handle_unknown="ignore") | Ridge()', "crowds", "number"),
    Case(
        "OneHotEncoder",
        'OneHotEncoder(handle_unknown="ignore") | LogisticRegression()',
        "words",
        "two object",
    ),
    Case("OneHotEncoder", 'OneHotEncoder(handle_unknown="ignore") | Ridge()', "words", "number"),
    Case("OrdinalEncoder", "OrdinalEncoder() | LinearRegression()", "words", "number"),
]
