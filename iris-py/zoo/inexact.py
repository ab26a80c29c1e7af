"""What cannot be the same to 1e-12: cases in which scikit-learn's own digits are not determined, and why."""

from __future__ import annotations

WHY = {
    'XGBClassifier(objective="multi:softmax", booster="gblinear")': "numpy's own exponential",
    'LGBMClassifier(objective="cross_entropy': "its own file has no classes, so it answers a number",
    'CatBoostClassifier(cat_features=["city", "size", "street"], one_hot_max_size=1, simple_ctr=["Bin': (
        "CatBoost's JSON of this statistic, loaded by itself, answers otherwise than its cbm does"
    ),
    "GradientBoostingClassifier(n_estimators=4, init=HistGradientBoostingClassifier(": (
        "it starts at logarithms of another's probabilities, in whose last digits numpy's releases differ"
    ),
    "CatBoostClassifier(monotone_constraints=": (
        "contributions alone, by leaves that no training data came to, in the fourth digit"
    ),
    "SparseCoder(np.vstack([np.eye(5), np.ones(": (
        "atoms that tell as much of what is left as each other, among which a rounding chooses"
    ),
    "SparseCoder(np.vstack([np.eye(5) * ": (
        "a row of 1e30 that is told in full, and of which a rounding is left that counts as something"
    ),
    "StandardScaler() | MiniBatchSparsePCA(": "of a lone row the library makes one dimension too few",
    'KNeighborsClassifier(algorithm="brute"): scaled': (
        "a row of 1e30, equally far from all, among which numpy's partition chooses freely"
    ),
    'KNeighborsClassifier(algorithm="brute", n_neighbors=9, metric="cosine"': (
        "a row whose squares overflow, which is equally far from all"
    ),
    'SVC(kernel="poly", degree=2, gamma="auto")': "squares of products of columns up to 4000, which cancel",
    "OneHotEncoder() | KNeighborsClassifier(": (
        "equal distances, among which numpy's partition chooses freely"
    ),
    'KNNImputer(n_neighbors=2, weights="distance")': "weights by distances whose digits cancel",
    "Birch(threshold=0.5) | identity": "distances of rows from themselves, whose digits cancel",
    "Isomap(": "rows so far away that of the ways to all points nothing but their common length is left",
    "KNNImputer(missing_values=0)": "equal distances, among which numpy's partition chooses freely",
    "mixed() | Lars(): ": "columns that add up to each other, so that coefficients of 1e12 cancel",
    "mixed() | NearestCentroid(): kinds": "the digits of the distances cancel in scikit-learn's own formula",
    "PowerTransformer() | identity: zeros": "a spread of 1e-9, in which the last digit of a power counts",
}
"""By how the titles begin."""

NEVER_FITTED = {
    "mixed() | StandardScaler() | NuSVC(): kinds, two bool": "a class is too rare for its nu",
    "StandardScaler() | SelfTrainingClassifier(": "its labels may be no texts, and -1 is none",
    "mixed() | StandardScaler() | SelfTrainingClassifier(": "the same",
}
"""By how the titles begin: what no release fits, and why."""

TOO_LARGE = (
    "BayesianGaussianMixture(",
    "GaussianMixture(",
    'KNeighborsClassifier(algorithm="brute", weights="distance"',
    'KNeighborsClassifier(n_neighbors=7, weights="distance"',
)
"""How the titles begin of cases with a row that is refused because squares of it overflow, where scikit-learn
answers something."""

OF_RELEASES = [
    ("lightgbm", "2", ": stocked", "as those of release 3"),
    (
        "lightgbm",
        "3",
        ": stocked",
        "frames with truth values are handed on in single precision before release 4",
    ),
    ("xgboost", "0.90", 'booster="dart"', "it drops trees by chance when it answers, too"),
    ("xgboost", "0.90", 'objective="reg:logistic"', "its own file does not say that the wrapper has classes"),
    (
        "xgboost",
        "1.5",
        "num_parallel_tree",
        "the old binary format loses how many, so the wrapper asks too few",
    ),
    ("xgboost", "1.5", "XGBRF", "the same"),
    ("xgboost", "1.5", 'booster="dart"', "the last bits of weighted trees in the old binary format"),
]
"""Library, how its version begins, what the title holds, and why."""


def is_known(title: str, versions: dict[str, str | None]) -> bool:
    """Whether an answer that differs is one of these."""
    of_release = any(
        (versions.get(library) or "").startswith(version) and part in title
        for library, version, part, _ in OF_RELEASES
    )
    return title.startswith(tuple(WHY)) or of_release
