"""Fewer columns, made of all."""

from case import Case, transformers

CASES = [
    *transformers(
        """
        PCA()
        PCA(2)
        PCA(3, whiten=True)
        PCA(0.9)
        PCA(2, svd_solver="randomized", random_state=0)
        PCA(2, svd_solver="arpack", random_state=0)
        PCA(2, svd_solver="covariance_eigh")
        IncrementalPCA(2)
        IncrementalPCA(2, whiten=True, batch_size=40)
        TruncatedSVD(2, random_state=0)
        TruncatedSVD(3, algorithm="arpack", random_state=0)
        LinearDiscriminantAnalysis(n_components=2)
        LinearDiscriminantAnalysis(solver="eigen", n_components=1)
        StandardScaler() | PCA(2)
        """,
        "iris wine",
    ),
    *transformers("OneHotEncoder() | TruncatedSVD(2, random_state=0)", "words"),
    # Their `fit_transform` gives a pair, so that in a pipeline they can only stand frozen.
    *(
        Case(of, f"FrozenEstimator(fitted({of}(n_components=1)))", "iris", "three int", "identity")
        for of in ("PLSRegression", "PLSCanonical", "CCA", "PLSSVD")
    ),
]
