"""What keeps some of the columns."""

from case import Case, transformers

CASES = [
    *transformers(
        """
        SelectKBest(k=2)
        SelectKBest(mutual_info_classif, k=3)
        SelectKBest(k="all")
        SelectPercentile(percentile=50)
        SelectFpr(alpha=0.01)
        SelectFdr(alpha=0.01)
        SelectFwe(alpha=0.01)
        GenericUnivariateSelect(mode="k_best", param=2)
        GenericUnivariateSelect(mode="percentile", param=50)
        RFE(LogisticRegression(max_iter=100), n_features_to_select=2)
        RFE(Ridge(), n_features_to_select=0.5)
        RFECV(LogisticRegression(max_iter=50), cv=3)
        SelectFromModel(LogisticRegression(max_iter=100))
        SelectFromModel(Ridge(), threshold="median")
        SelectFromModel(Ridge(), threshold="0.5*mean", max_features=3)
        SelectFromModel(Ridge(), threshold=-np.inf, max_features=2)
        SelectFromModel(LinearSVC(penalty="l1", dual=False, C=0.05, random_state=0))
        SelectFromModel(LogisticRegression(max_iter=100), norm_order=2, threshold=1.0)
        SelectFromModel(RandomForestClassifier(n_estimators=10, random_state=0))
        SequentialFeatureSelector(LogisticRegression(), n_features_to_select=2, cv=3)
        SequentialFeatureSelector(Ridge(), n_features_to_select=2, cv=3)
        SequentialFeatureSelector(Ridge(), n_features_to_select=3, direction="backward", cv=3)
        """,
        "iris wine",
    ),
    *transformers("VarianceThreshold()\nVarianceThreshold(threshold=0.3)", "zeros iris"),
    *transformers("VarianceThreshold(threshold=0.3) | SimpleImputer()", "holes"),
    *transformers("SelectKBest(chi2, k=2)\nSelectKBest(f_regression, k=2)", "iris"),
    Case("SelectKBest", "SelectKBest(f_regression, k=4) | Ridge()", "diabetes", "number"),
    Case("RFE", "RFE(LinearRegression(), n_features_to_select=4)", "diabetes", "number"),
    Case("RFE", "RFE(LogisticRegression(max_iter=100), n_features_to_select=2)", "iris", "three str"),
    Case("RFECV", "RFECV(Ridge(), cv=3)", "diabetes", "number", named=True),
]
