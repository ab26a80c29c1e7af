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
        NeighborhoodComponentsAnalysis(2, max_iter=10, random_state=0)
        StandardScaler() | SparsePCA(2, max_iter=20, random_state=0)
        StandardScaler() | MiniBatchSparsePCA(3, alpha=0.1, max_iter=20, random_state=0)
        GaussianRandomProjection(3, random_state=0)
        SparseRandomProjection(3, random_state=0)
        SparseRandomProjection(2, density=0.5, dense_output=True, random_state=0)
        MinMaxScaler() | BernoulliRBM(5, n_iter=2, random_state=0)
        FeatureAgglomeration(2)
        FeatureAgglomeration(3, linkage="complete", affinity="manhattan")
        FeatureAgglomeration(3, linkage="complete", metric="manhattan")
        """,
        "iris wine",
    ),
    *transformers(
        """
        DictionaryLearning(3, max_iter=5, transform_algorithm="threshold", transform_alpha=0.5, random_state=0)
        SparseCoder(np.eye(3, 5), transform_algorithm="threshold", split_sign=True)
        MiniBatchDictionaryLearning(3, fit_algorithm="cd", transform_algorithm="threshold", positive_code=True, random_state=0)
        SparseCoder(np.eye(3, 5), transform_algorithm="threshold", transform_alpha=0.5)
        DictionaryLearning(3, max_iter=5, random_state=0)
        """,
        "scaled",
    ),
    *transformers(
        """
        NMF(2, max_iter=50, random_state=0)
        LatentDirichletAllocation(2, max_iter=3, random_state=0)
        Isomap(n_components=2)
        Isomap(n_components=3, n_neighbors=8, neighbors_algorithm="ball_tree")
        LocallyLinearEmbedding(n_components=2, random_state=0)
        KNeighborsTransformer()
        """,
        "iris",
    ),
    *transformers(
        """
        NMF(2, max_iter=50, tol=0, random_state=0)
        NMF(3, init="nndsvd", max_iter=100, tol=0, alpha_W=0.01, l1_ratio=0.5, random_state=0)
        NMF(3, init="random", tol=0, alpha=0.3, l1_ratio=0.25, random_state=0)
        NMF(2, max_iter=30, tol=0, alpha=0.3, regularization="components", random_state=0)
        NMF(2, max_iter=50, tol=0, shuffle=True, random_state=0)
        NMF(2, max_iter=50, tol=0, solver="mu", beta_loss="kullback-leibler", random_state=0)
        MiniBatchNMF(2, max_iter=20, tol=0, random_state=0)
        """,
        "iris",
    ),
    *transformers(
        """
        DictionaryLearning(3, max_iter=5, transform_n_nonzero_coefs=2, random_state=0)
        DictionaryLearning(6, max_iter=5, transform_n_nonzero_coefs=4, split_sign=True, random_state=0)
        SparseCoder(np.eye(3, 5) + 0.25, transform_n_nonzero_coefs=3)
        SparseCoder(np.vstack([np.eye(5), np.ones((2, 5)), np.zeros((1, 5))]), transform_n_nonzero_coefs=8)
        SparseCoder(np.random.RandomState(0).randn(7, 5), transform_n_nonzero_coefs=4)
        SparseCoder(np.vstack([np.eye(5) * np.arange(1, 6), np.sin(np.arange(1, 11)).reshape(2, 5)]), transform_n_nonzero_coefs=7)
        SparseCoder(np.vstack([np.eye(5), np.eye(5), np.zeros((1, 5))]), transform_n_nonzero_coefs=8)
        SparseCoder(np.eye(5), transform_algorithm="omp", split_sign=True)
        MiniBatchDictionaryLearning(4, transform_n_nonzero_coefs=3, random_state=0)
        DictionaryLearning(3, max_iter=5, transform_algorithm="lasso_lars", random_state=0)
        DictionaryLearning(3, max_iter=5, transform_algorithm="lasso_cd", random_state=0)
        DictionaryLearning(3, max_iter=5, transform_algorithm="lars", random_state=0)
        """,
        "scaled",
    ),
    *transformers(
        """
        LocallyLinearEmbedding(n_components=2, random_state=0, eigen_solver="dense")
        LocallyLinearEmbedding(n_neighbors=9, n_components=3, reg=0.01, neighbors_algorithm="ball_tree", eigen_solver="dense")
        LocallyLinearEmbedding(n_neighbors=7, neighbors_algorithm="brute", method="ltsa", eigen_solver="dense")
        KNeighborsTransformer()
        KNeighborsTransformer(mode="connectivity", n_neighbors=3, algorithm="ball_tree", metric="manhattan")
        KNeighborsTransformer(n_neighbors=2, algorithm="brute", metric="cosine")
        RadiusNeighborsTransformer(radius=1.5)
        RadiusNeighborsTransformer(radius=2.5, mode="connectivity", algorithm="brute", metric="chebyshev")
        """,
        "scaled",
    ),
    *transformers(
        """
        DictionaryLearning(6, max_iter=5, transform_algorithm="lasso_lars", transform_alpha=0.1, split_sign=True, random_state=0)
        SparseCoder(np.random.RandomState(0).randn(9, 5), transform_algorithm="lasso_lars", transform_alpha=0.01)
        SparseCoder(np.random.RandomState(1).randn(9, 5), transform_algorithm="lasso_lars", positive_code=True, transform_alpha=0.3)
        SparseCoder(np.random.RandomState(2).randn(4, 5), transform_algorithm="lasso_lars", transform_alpha=1e-6)
        SparseCoder(np.random.RandomState(3).randn(9, 5), transform_algorithm="lars", transform_n_nonzero_coefs=4)
        SparseCoder(np.random.RandomState(4).randn(20, 5), transform_algorithm="lars", transform_n_nonzero_coefs=3, split_sign=True)
        SparseCoder(np.random.RandomState(5).randn(30, 5), transform_algorithm="lasso_lars", transform_alpha=0.05, transform_max_iter=4)
        DictionaryLearning(3, alpha=0.25, max_iter=5, transform_algorithm="threshold", random_state=0)
        DictionaryLearning(3, alpha=0.25, max_iter=5, transform_algorithm="lasso_lars", random_state=0)
        """,
        "scaled",
    ),
    *transformers("OneHotEncoder() | SparseRandomProjection(3, random_state=0)", "words"),
    *transformers("KernelCenterer()", "squared"),
    *transformers("OneHotEncoder() | TruncatedSVD(2, random_state=0)", "words"),
    # Their `fit_transform` gives a pair, so that in a pipeline they can only stand frozen.
    *(
        Case(of, f"FrozenEstimator(fitted({of}(n_components=1)))", "iris", "three int", "identity")
        for of in ("PLSRegression", "PLSCanonical", "CCA", "PLSSVD")
    ),
]
