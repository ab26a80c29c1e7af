//! Every transformer of scikit-learn's that is read, and such as are none.

use iris_core::{ErrorKind, Predictor, Reader};

use super::compare;
use super::hostile::{array, doubles, global, instance, object_array, pickle, refused, text, try_all};
use crate::cases;

#[test]
fn every_transformer_hands_on_what_scikit_learns_does() {
    let cases = cases::pickles("transformers");
    assert!(cases.len() > 70, "only {} estimators", cases.len());
    compare("transformers", &cases);
}

/// Written by scikit-learn 1.0, whose bins, powers and coefficients are others.
#[test]
fn transformers_of_an_older_release_hand_on_what_those_did() {
    let cases = cases::pickles("old_transformers");
    assert!(cases.len() > 70, "only {} estimators", cases.len());
    compare("old_transformers", &cases);
}

#[test]
fn a_byte_changed_in_a_transformer_is_survived() {
    for case in cases::pickles("transformers") {
        for file in case.files.iter().filter(|file| file.rsplit('.').next() == Some("pkl")) {
            let bytes = cases::model_in("transformers", file);
            assert!(try_all(&bytes), "{file}");
            // A part of them: there are many files.
            for index in (0..bytes.len()).step_by(97) {
                for change in [0x01, 0x80] {
                    let mut bytes = bytes.clone();
                    bytes[index] ^= change;
                    try_all(&bytes);
                }
            }
        }
    }
}

/// A transformer of two columns, in front of a regression.
fn in_front(module: &str, class: &str, attributes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let columns = ("n_features_in_", b"K\x02".to_vec());
    let transformer = instance(module, class, &[&[columns], attributes].concat());
    let ridge = instance("sklearn.linear_model._ridge", "Ridge", &[]);
    let steps = [&b"](("[..], &text("a"), &transformer, b"t(", &text("b"), &ridge, b"te"].concat();
    pickle(&[&instance("sklearn.pipeline", "Pipeline", &[("steps", steps)])])
}

fn numbers(values: &[f64]) -> Vec<u8> {
    array(&[b'K', u8::try_from(values.len()).unwrap(), 0x85], "f8", &doubles(values))
}

fn table(height: u8, width: u8, values: &[f64]) -> Vec<u8> {
    array(&[b'K', height, b'K', width, 0x86], "f8", &doubles(values))
}

fn objects(items: &[Vec<u8>]) -> Vec<u8> {
    object_array(&items.concat(), u16::try_from(items.len()).unwrap())
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [b"](".to_vec(), items.concat(), b"e".to_vec()].concat()
}

const PREPROCESSING: &str = "sklearn.preprocessing._data";
const SELECTION: &str = "sklearn.feature_selection._base";

/// Module, class, attributes, and what is said of them.
type Unfit = (&'static str, &'static str, Vec<(&'static str, Vec<u8>)>, &'static str);

#[test]
#[expect(clippy::too_many_lines, reason = "they are cases, one behind the other")]
fn attributes_that_do_not_fit_are_named() {
    let two = || numbers(&[1.0, 2.0]);
    let three = || numbers(&[1.0, 2.0, 3.0]);
    let spline = |knots: Vec<u8>, degree: u8, coefficients: Vec<u8>| {
        let attributes = [("t", knots), ("k", vec![b'K', degree]), ("c", coefficients)];
        instance("scipy.interpolate._bsplines", "BSpline", &attributes)
    };
    let splines = |spline: Vec<u8>| {
        vec![("bsplines_", list(&[spline.clone(), spline])), ("extrapolation", text("continue"))]
    };
    let polynomial = "sklearn.preprocessing._polynomial";
    let bins = "sklearn.preprocessing._discretization";
    let pls = "sklearn.cross_decomposition._pls";
    let cases: Vec<Unfit> = vec![
        (PREPROCESSING, "Binarizer", vec![("threshold", three())], "'threshold' is an array"),
        (PREPROCESSING, "PowerTransformer", vec![("lambdas_", three())], "'lambdas_' is of shape [3]"),
        (
            PREPROCESSING,
            "PowerTransformer",
            vec![("lambdas_", numbers(&[1.0, f64::NAN]))],
            "'lambdas_' has none for a column",
        ),
        (
            PREPROCESSING,
            "QuantileTransformer",
            vec![
                ("output_distribution", text("normal")),
                ("quantiles_", table(1, 2, &[0.0, 1.0])),
                ("references_", two()),
            ],
            "'references_' is of shape [2] where 1 columns",
        ),
        (
            PREPROCESSING,
            "QuantileTransformer",
            vec![("output_distribution", text("uniform")), ("quantiles_", table(0, 2, &[]))],
            "'quantiles_' is of shape [0, 2]",
        ),
        (polynomial, "PolynomialFeatures", vec![("degree", text("two"))], "'degree' is 'two'"),
        (
            polynomial,
            "PolynomialFeatures",
            vec![("degree", b"K\x00".to_vec()), ("include_bias", b"\x89".to_vec())],
            "it leaves no column",
        ),
        (polynomial, "SplineTransformer", splines(spline(three(), 3, table(1, 1, &[1.0]))), "no basis"),
        (polynomial, "SplineTransformer", splines(spline(two(), 0, table(1, 2, &[1.0, 0.0]))), "no basis"),
        (polynomial, "SplineTransformer", splines(spline(two(), 0, three())), "no basis"),
        (
            polynomial,
            "SplineTransformer",
            splines(spline(two(), 0, table(1, 1, &[2.0]))),
            "coefficients of their own",
        ),
        (
            polynomial,
            "SplineTransformer",
            vec![("bsplines_", list(&[])), ("extrapolation", text("continue"))],
            "'bsplines_' is of 0 columns",
        ),
        (bins, "KBinsDiscretizer", vec![("bin_edges_", objects(&[two()]))], "'bin_edges_' are of 1 columns"),
        (
            bins,
            "KBinsDiscretizer",
            vec![("bin_edges_", objects(&[two(), numbers(&[])]))],
            "edges that are not in order",
        ),
        (
            bins,
            "KBinsDiscretizer",
            vec![("bin_edges_", objects(&[two(), numbers(&[2.0, 1.0])]))],
            "edges that are not in order",
        ),
        (
            SELECTION,
            "SelectKBest",
            vec![("scores_", three()), ("k", b"K\x01".to_vec())],
            "'scores_' is of shape [3]",
        ),
        (SELECTION, "SelectKBest", vec![("scores_", two()), ("k", b"K\x00".to_vec())], "it leaves no column"),
        (SELECTION, "SelectFpr", vec![("pvalues_", b"N".to_vec())], "'pvalues_' is None"),
        (SELECTION, "GenericUnivariateSelect", vec![("mode", text("best"))], "'mode' is 'best'"),
        (SELECTION, "RFE", vec![("support_", three())], "'support_' is of shape [3]"),
        (SELECTION, "VarianceThreshold", vec![("variances_", three())], "'variances_' is of shape [3]"),
        (
            SELECTION,
            "SelectFromModel",
            vec![("estimator_", instance("sklearn.linear_model._ridge", "Ridge", &[("coef_", three())]))],
            "'coef_' is of shape [3]",
        ),
        (
            SELECTION,
            "SelectFromModel",
            vec![(
                "estimator_",
                instance("sklearn.neighbors._classification", "KNeighborsClassifier", &[("a", two())]),
            )],
            "a KNeighborsClassifier, keeps no 'feature_importances_'",
        ),
        (
            "sklearn.decomposition._truncated_svd",
            "TruncatedSVD",
            vec![("components_", three())],
            "'components_'",
        ),
        (
            "sklearn.decomposition._factor_analysis",
            "FactorAnalysis",
            vec![
                ("mean_", two()),
                ("noise_variance_", numbers(&[0.0, 0.0])),
                ("components_", table(1, 2, &[1.0, 2.0])),
            ],
            "nothing to invert",
        ),
        (pls, "PLSRegression", vec![("x_rotations_", three())], "'x_rotations_' is of shape [3]"),
        (
            "sklearn.discriminant_analysis",
            "LinearDiscriminantAnalysis",
            vec![("solver", text("lsqr"))],
            "'solver' is 'lsqr'",
        ),
        (
            "sklearn.impute._knn",
            "KNNImputer",
            vec![
                ("missing_values", b"N".to_vec()),
                ("metric", text("nan_euclidean")),
                ("weights", text("uniform")),
                ("_fit_X", three()),
            ],
            "'_fit_X' is of shape [3]",
        ),
    ];
    for (module, class, attributes, named) in cases {
        let error = refused(&in_front(module, class, &attributes));
        assert!(error.is_model() && error.to_string().contains(named), "{class}: {error}");
    }
}

#[test]
fn functions_are_known_by_name_or_refused() {
    let module = "sklearn.preprocessing._function_transformer";
    let with = |attributes: &[(&str, Vec<u8>)]| {
        refused(&in_front(module, "FunctionTransformer", attributes)).to_string()
    };
    for (function, named) in [
        (global("__main__", "log_of"), "its function is __main__.log_of"),
        (global("os", "system"), "its function is os.system"),
        (global("numpy", "load"), "its function is numpy.load"),
        (global("numpyx", "log1p"), "its function is numpyx.log1p"),
        (text("log1p"), "not given by name, but as a string"),
    ] {
        let error = with(&[("func", function)]);
        assert!(error.contains(named), "{error}");
    }
    let log = || global("numpy", "log1p");
    let arguments = [b"}".to_vec(), text("where"), b"K\x01s".to_vec()].concat();
    assert!(with(&[("func", log()), ("kw_args", arguments)]).contains("'kw_args'"));
    // What is known goes on to the regression, which was not fitted.
    for function in [
        log(),
        global("numpy.core._multiarray_umath", "log1p"),
        [
            global("numpy.core", "_ufunc_reconstruct"),
            text("numpy.core._multiarray_umath"),
            text("log1p"),
            b"\x86R".to_vec(),
        ]
        .concat(),
    ] {
        let error = with(&[("func", function), ("kw_args", b"N".to_vec())]);
        assert!(error.contains("it has no 'coef_'"), "{error}");
    }
}

/// A few bytes that ask for all products of a high degree.
#[test]
fn polynomials_meet_the_limit() {
    for degree in [&b"K\xff"[..], b"M\xff\xff", b"J\xff\xff\xff\x7f"] {
        let module = "sklearn.preprocessing._polynomial";
        let bytes = in_front(module, "PolynomialFeatures", &[("degree", degree.to_vec())]);
        let error = Reader::new().max_numbers(1 << 16).read(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelTooLarge, "{error}");
    }
    // Of interactions there are none beyond the columns.
    let bytes = in_front(
        "sklearn.preprocessing._polynomial",
        "PolynomialFeatures",
        &[("degree", b"J\xff\xff\xff\x7f".to_vec()), ("interaction_only", b"\x88".to_vec())],
    );
    assert!(refused(&bytes).to_string().contains("it has no 'coef_'"));
}

#[test]
fn values_without_an_answer_are_refused_by_their_column() {
    for (file, row) in [
        ("powertransformer_box_cox.joblib", [5.0, -1.0, 1.0, 1.0]),
        ("splinetransformer_error_3.joblib", [5.0, 100.0, 1.0, 1.0]),
    ] {
        let files: Vec<_> = cases::pickles("transformers").into_iter().flat_map(|case| case.files).collect();
        let stem = file.split('.').next().unwrap();
        let file = files.iter().find(|known| known.split('.').next() == Some(stem)).unwrap();
        let predictor = Predictor::read(&cases::model_in("transformers", file)).unwrap();
        let error = predictor.predict(&row).unwrap_err();
        assert!(error.is_input() && error.to_string().starts_with("x1 is "), "{error}");
    }
}
