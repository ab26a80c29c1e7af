"""What changes numbers, each on its own."""

from case import Case, transformers

CASES = [
    *transformers(
        """
        StandardScaler()
        StandardScaler(with_mean=False)
        StandardScaler(with_std=False)
        StandardScaler(with_mean=False, with_std=False)
        MinMaxScaler()
        MinMaxScaler(feature_range=(-3, 5), clip=True)
        MaxAbsScaler()
        MaxAbsScaler(clip=True)
        RobustScaler()
        RobustScaler(quantile_range=(10, 90), unit_variance=True)
        RobustScaler(with_centering=False)
        RobustScaler(with_scaling=False)
        Normalizer()
        Normalizer(norm="l1")
        Normalizer(norm="max")
        Binarizer()
        Binarizer(threshold=2.5)
        QuantileTransformer(n_quantiles=20)
        QuantileTransformer(n_quantiles=7, output_distribution="normal")
        QuantileTransformer(n_quantiles=80, subsample=100, random_state=0)
        PowerTransformer()
        PowerTransformer(standardize=False)
        KBinsDiscretizer(encode="onehot", strategy="uniform")
        KBinsDiscretizer(encode="ordinal", strategy="quantile", n_bins=4)
        KBinsDiscretizer(encode="ordinal", strategy="kmeans", n_bins=3)
        KBinsDiscretizer(encode="ordinal", quantile_method="averaged_inverted_cdf")
        KBinsDiscretizer(encode="ordinal", dtype=np.float32, strategy="uniform")
        """,
        "iris zeros",
    ),
    *transformers(
        """
        PowerTransformer(method="box-cox")
        PowerTransformer(method="box-cox", standardize=False)
        PowerTransformer(method="yeo-johnson", standardize=True)
        QuantileTransformer(n_quantiles=50, output_distribution="normal")
        KBinsDiscretizer(encode="ordinal", n_bins=[2, 3, 4, 5])
        KBinsDiscretizer(encode="onehot-dense")
        KBinsDiscretizer(encode="onehot", strategy="kmeans", n_bins=3)
        """,
        "positive iris",
    ),
    *transformers(
        """
        PolynomialFeatures()
        PolynomialFeatures(degree=3, include_bias=False)
        PolynomialFeatures(interaction_only=True)
        PolynomialFeatures(degree=(2, 3))
        PolynomialFeatures(degree=4, interaction_only=True, include_bias=False)
        PolynomialFeatures(order="F")
        PolynomialFeatures(degree=0)
        SplineTransformer()
        SplineTransformer(degree=2, n_knots=4, include_bias=False)
        SplineTransformer(degree=0, n_knots=4)
        SplineTransformer(degree=1, n_knots=3, extrapolation="linear")
        SplineTransformer(knots="quantile", extrapolation="linear")
        SplineTransformer(extrapolation="continue")
        SplineTransformer(extrapolation="periodic", n_knots=6)
        SplineTransformer(degree=5, n_knots=3, extrapolation="linear")
        SplineTransformer(sparse_output=True)
        """,
        "iris scaled",
    ),
    *transformers('SplineTransformer(handle_missing="zeros")', "holes"),
    *transformers("SplineTransformer(knots=np.array([[-1.0] * 5, [0.25] * 5, [1.5] * 5]))", "scaled"),
    # What these leave missing, somebody fills in.
    *transformers(
        """
        StandardScaler() | SimpleImputer()
        MinMaxScaler() | SimpleImputer()
        MaxAbsScaler() | SimpleImputer(strategy="constant", fill_value=-9)
        RobustScaler() | SimpleImputer(strategy="median")
        QuantileTransformer(n_quantiles=20) | SimpleImputer()
        PowerTransformer() | SimpleImputer()
        """,
        "holes",
    ),
    *transformers(
        """
        FunctionTransformer()
        FunctionTransformer(np.log1p, validate=True)
        FunctionTransformer(np.sqrt)
        FunctionTransformer(np.log)
        FunctionTransformer(np.log2)
        FunctionTransformer(np.log10, np.exp2)
        FunctionTransformer(np.abs)
        FunctionTransformer(np.square)
        FunctionTransformer(np.cbrt)
        FunctionTransformer(np.reciprocal)
        FunctionTransformer(np.negative)
        FunctionTransformer(np.sign)
        FunctionTransformer(np.floor)
        FunctionTransformer(np.ceil)
        FunctionTransformer(np.rint)
        FunctionTransformer(np.trunc)
        FunctionTransformer(np.log1p, np.expm1, check_inverse=False)
        FunctionTransformer(np.clip, kw_args={"a_min": 1, "a_max": 5})
        FunctionTransformer(np.nan_to_num)
        """,
        "positive",
    ),
    *transformers(
        """
        FunctionTransformer(np.exp)
        FunctionTransformer(np.expm1)
        FunctionTransformer(np.exp2)
        FunctionTransformer(np.sin)
        FunctionTransformer(np.cos)
        FunctionTransformer(np.tan)
        FunctionTransformer(np.tanh)
        FunctionTransformer(np.sinh)
        FunctionTransformer(np.cosh)
        FunctionTransformer(np.arctan)
        FunctionTransformer(np.arcsinh)
        FunctionTransformer(np.deg2rad)
        FunctionTransformer(np.isnan)
        FunctionTransformer(np.isfinite)
        FunctionTransformer(np.signbit)
        FunctionTransformer(scipy.special.expit)
        """,
        "scaled",
    ),
    *transformers("FunctionTransformer(np.isnan)\nFunctionTransformer(np.nan_to_num)", "holes"),
    Case("FunctionTransformer", "FunctionTransformer() | OneHotEncoder()", "words", "three int", "identity"),
    Case("StandardScaler", "StandardScaler()", "flags", "three int", "identity"),
    Case("MinMaxScaler", "MinMaxScaler()", "flags", "three str", "logistic"),
    Case("PolynomialFeatures", "PolynomialFeatures() | StandardScaler()", "flags", "three str", "logistic"),
]
