//! Composites whose parts are lies.

use super::{array, doubles, global, pickle, refused, text};
use iris_core::Predictor;

/// An estimator with these attributes, which others may share.
fn estimator(module: &str, class: &str, attributes: &[(&str, &[u8])]) -> Vec<u8> {
    let attributes: Vec<u8> =
        attributes.iter().flat_map(|(name, value)| [text(name), value.to_vec()].concat()).collect();
    [&global(module, class)[..], b")\x81}(", &attributes, b"ub"].concat()
}

fn numbers(values: &[f64]) -> Vec<u8> {
    array(&[b"K", &[u8::try_from(values.len()).unwrap()][..], b"\x85"].concat(), "f8", &doubles(values))
}

fn classes(values: &[i64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let data = [&b"C"[..], &[u8::try_from(bytes.len()).unwrap()], &bytes].concat();
    array(&[b"K", &[u8::try_from(values.len()).unwrap()][..], b"\x85"].concat(), "i8", &data)
}

fn list(items: &[&[u8]]) -> Vec<u8> {
    [b"](", &items.concat()[..], b"e"].concat()
}

#[test]
fn members_that_do_not_fit_are_named() {
    let two = b"K\x02";
    let linear = |coefficients: &[f64]| {
        estimator(
            "sklearn.linear_model",
            "Ridge",
            &[("coef_", &numbers(coefficients)), ("intercept_", &numbers(&[0.5]))],
        )
    };
    let logistic = estimator(
        "sklearn.linear_model",
        "LogisticRegression",
        &[
            ("classes_", &classes(&[0, 1])),
            ("coef_", &numbers(&[1.0, 2.0])),
            ("intercept_", &numbers(&[0.5])),
        ],
    );
    let binarizer = |labels: &[i64]| {
        estimator("sklearn.preprocessing", "LabelBinarizer", &[("classes_", &classes(labels))])
    };
    let of = |module: &str, class: &str, attributes: &[(&str, &[u8])]| {
        let columns = [&[("n_features_in_", &two[..])], attributes].concat();
        refused(&pickle(&[&estimator(module, class, &columns)])).to_string()
    };
    let chain = |order: &[u8], members: &[&[u8]]| {
        of("sklearn.multioutput", "RegressorChain", &[("order_", order), ("estimators_", &list(members))])
    };
    let one = linear(&[1.0, 2.0]);
    let second = linear(&[1.0, 2.0, 3.0]);
    let found = chain(&classes(&[0, 0]), &[&one, &second]);
    assert!(found.contains("does not name each of 2 targets once"), "{found}");
    let found = chain(&classes(&[-1, 0]), &[&one, &second]);
    assert!(found.contains("'order_' is an array of"), "{found}");
    let found = chain(&classes(&[0, 1]), &[&one, &one]);
    assert!(found.contains("where 3 columns come in"), "{found}");
    let found = chain(&classes(&[]), &[]);
    assert!(found.contains("'estimators_' is empty"), "{found}");
    let several = "sklearn.multioutput";
    let found = of(several, "MultiOutputRegressor", &[("estimators_", &list(&[&logistic]))]);
    assert!(found.contains("a classifier stands where a regressor would"), "{found}");
    let found = of(several, "MultiOutputClassifier", &[("estimators_", &list(&[&one]))]);
    assert!(found.contains("a regressor stands where a classifier would"), "{found}");
    let large = estimator(
        "sklearn.linear_model",
        "LogisticRegression",
        &[
            ("classes_", &classes(&[0, i64::MAX])),
            ("coef_", &numbers(&[1.0, 2.0])),
            ("intercept_", &numbers(&[0.5])),
        ],
    );
    let found = of(several, "MultiOutputClassifier", &[("estimators_", &list(&[&large]))]);
    assert!(found.contains("integers of 32 bits are read, and one is 9223372036854775807"), "{found}");
    let attributes = [
        ("order_", &classes(&[0])[..]),
        ("estimators_", &list(&[&logistic])[..]),
        ("chain_method_", b"\x8c\x07no_such"),
    ];
    let found = of(several, "ClassifierChain", &attributes);
    assert!(found.contains("'chain_method_' is"), "{found}");
    let of_rest = |labels: &[i64], members: &[&[u8]]| {
        let attributes = [("label_binarizer_", &binarizer(labels)[..]), ("estimators_", &list(members)[..])];
        of("sklearn.multiclass", "OneVsRestClassifier", &attributes)
    };
    let found = of_rest(&[0, 1, 2], &[&logistic, &logistic]);
    assert!(found.contains("3 class labels for 2 scores"), "{found}");
    let found = of_rest(&[0], &[&logistic]);
    assert!(found.contains("1 class labels for 2 scores"), "{found}");
    let scaler = estimator("sklearn.preprocessing", "MaxAbsScaler", &[("scale_", &numbers(&[1.0, 2.0]))]);
    let found = of_rest(&[0, 1], &[&scaler]);
    assert!(found.contains("a transformer stands where a predictor would"), "{found}");
    let (labels, members) = (classes(&[0, 1]), list(&[&logistic, &logistic]));
    let code = [("classes_", &labels[..]), ("estimators_", &members[..])];
    let found = of("sklearn.multiclass", "OneVsOneClassifier", &code);
    assert!(found.contains("2 members for 2 classes"), "{found}");
    let book = numbers(&[1.0, 0.0, 1.0]);
    let with_book = [&code[..], &[("code_book_", &book)]].concat();
    let found = of("sklearn.multiclass", "OutputCodeClassifier", &with_book);
    assert!(found.contains("'code_book_' is of shape [3]"), "{found}");
}

#[test]
fn sparse_coefficients_that_are_lies_are_refused() {
    let sparse = |shape: &[u8], starts: &[i64], columns: &[i64]| {
        let matrix = estimator(
            "scipy.sparse",
            "csr_matrix",
            &[
                ("_shape", shape),
                ("indptr", &classes(starts)),
                ("indices", &classes(columns)),
                ("data", &numbers(&[1.0, 2.0])),
            ],
        );
        let attributes: [(&str, &[u8]); 3] =
            [("n_features_in_", b"K\x02"), ("coef_", &matrix), ("intercept_", b"K\x00")];
        pickle(&[&estimator("sklearn.linear_model", "Lasso", &attributes)])
    };
    let right = Predictor::read(&sparse(b"K\x01K\x02\x86", &[0, 2], &[1, 0])).unwrap();
    assert_eq!(right.predict(&[10.0, 1.0]).unwrap().value(), Some(21.0));
    for (shape, starts, columns, named) in [
        (&b"K\x01K\x03\x86"[..], &[0, 2][..], &[0, 1][..], "of shape [1, 3] where 2 columns"),
        (b"K\x00K\x02\x86", &[0], &[0, 1], "'_shape' is a tuple"),
        (b"J\xff\xff\xff\x7fK\x02\x86", &[0, 2], &[0, 1], "expands to more"),
        (b"K\x01K\x02\x86", &[0, 9], &[0, 1], "do not fit each other"),
        (b"K\x01K\x02\x86", &[2, 0], &[0, 1], "do not fit each other"),
        (b"K\x01K\x02\x86", &[0, 2], &[0, 2], "beyond its columns"),
        (b"K\x01K\x02\x86", &[0, 2], &[0, -1], "'indices' is an array"),
    ] {
        let error = refused(&sparse(shape, starts, columns));
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn inverses_in_inverses_come_to_an_end() {
    // A pipeline whose step is itself, as the transformer of a target.
    let ridge = estimator(
        "sklearn.linear_model",
        "Ridge",
        &[("coef_", &numbers(&[1.0])), ("intercept_", &numbers(&[0.0]))],
    );
    let itself = [
        &global("sklearn.pipeline", "Pipeline")[..],
        b")\x81q\x07}(",
        &text("steps"),
        b"]((",
        &text("a"),
        b"h\x07teub",
    ]
    .concat();
    let attributes: [(&str, &[u8]); 3] =
        [("n_features_in_", b"K\x01"), ("regressor_", &ridge), ("transformer_", &itself)];
    let error = refused(&pickle(&[&estimator("sklearn.compose", "TransformedTargetRegressor", &attributes)]));
    assert!(error.to_string().contains("nested more than 32 deep"), "{error}");
}
