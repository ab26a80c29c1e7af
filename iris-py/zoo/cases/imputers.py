"""What fills in or marks missing values."""

from case import Case, transformers

CASES = [
    *transformers(
        """
        SimpleImputer()
        SimpleImputer(strategy="median")
        SimpleImputer(strategy="most_frequent")
        SimpleImputer(strategy="constant")
        SimpleImputer(strategy="constant", fill_value=-7.5)
        SimpleImputer(add_indicator=True)
        SimpleImputer(strategy="median", add_indicator=True)
        SimpleImputer(keep_empty_features=True)
        SimpleImputer(strategy="constant", keep_empty_features=True, add_indicator=True)
        MissingIndicator()
        MissingIndicator(features="all")
        MissingIndicator(error_on_new=False)
        MissingIndicator(sparse=True)
        IterativeImputer(max_iter=3, random_state=0)
        IterativeImputer(max_iter=3, random_state=0, estimator=Ridge(), add_indicator=True)
        """,
        "holes empty",
    ),
    *transformers(
        """
        KNNImputer()
        KNNImputer(n_neighbors=2, weights="distance")
        KNNImputer(n_neighbors=3, add_indicator=True)
        KNNImputer(keep_empty_features=True)
        """,
        "gaps",
    ),
    *transformers(
        """
        SimpleImputer(missing_values=0)
        SimpleImputer(missing_values=0, strategy="median", add_indicator=True)
        SimpleImputer(missing_values=2.5, strategy="most_frequent")
        MissingIndicator(missing_values=0)
        KNNImputer(missing_values=0)
        """,
        "zeros",
    ),
    *transformers(
        """
        SimpleImputer(strategy="most_frequent") | OneHotEncoder(handle_unknown="ignore")
        SimpleImputer(strategy="constant", fill_value="none") | OneHotEncoder(handle_unknown="ignore")
        SimpleImputer(strategy="constant", fill_value="none") | OrdinalEncoder()
        SimpleImputer(strategy="most_frequent", missing_values=np.nan) | OneHotEncoder()
        """,
        "lost_words",
    ),
    *transformers(
        """
        SimpleImputer(strategy="most_frequent", missing_values=None) | OneHotEncoder(handle_unknown="ignore")
        SimpleImputer(strategy="constant", missing_values=None, fill_value="?") | OrdinalEncoder()
        """,
        "none_words",
    ),
    *transformers(
        'SimpleImputer(missing_values="small", strategy="most_frequent") | OneHotEncoder()', "words"
    ),
    *transformers('MissingIndicator(features="all")', "lost_words"),
    Case("SimpleImputer", "SimpleImputer() | StandardScaler() | Ridge()", "holes", "number"),
    Case("SimpleImputer", 'SimpleImputer(strategy="most_frequent")', "code_holes", "three str", "logistic"),
]
