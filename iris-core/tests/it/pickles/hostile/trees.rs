//! Trees whose nodes are lies.

use super::{array, instance, pickle, refused, text};
use crate::cases;
use iris_core::Predictor;

/// Bytes of a node, in which these fields begin.
const NODE: usize = 64;
const LEFT: usize = 0;
const RIGHT: usize = 8;
const FEATURE: usize = 16;
const THRESHOLD: usize = 24;

/// A file of a tree of fifteen nodes, and where these lie in it: the first leads to the second and the ninth.
fn tree() -> (Vec<u8>, usize) {
    let file = cases::model_in("trees", "decisiontreeregressor_several.pkl");
    let root = [1i64.to_le_bytes(), 8i64.to_le_bytes()].concat();
    let start = file.windows(root.len()).position(|bytes| bytes == root).unwrap();
    (file, start)
}

fn changed(node: usize, field: usize, bytes: [u8; 8]) -> Vec<u8> {
    let (mut file, start) = tree();
    file[start + node * NODE + field..][..8].copy_from_slice(&bytes);
    file
}

#[test]
fn a_node_that_does_not_fit_is_named() {
    let none = u32::MAX;
    for (node, field, value, says) in [
        (0, LEFT, 0i64, "tree 0: node 0: more than one way leads to it".to_owned()),
        (0, RIGHT, 1, "tree 0: node 1: more than one way leads to it".to_owned()),
        (8, LEFT, 0, "tree 0: node 0: more than one way leads to it".to_owned()),
        (0, LEFT, 15, "tree 0: node 15: there are only 15 nodes".to_owned()),
        (1, RIGHT, -5, format!("tree 0: node {none}: there are only 15 nodes")),
        (1, RIGHT, 1 << 40, format!("tree 0: node {none}: there are only 15 nodes")),
        (0, FEATURE, 4, "tree 0: node 0: it asks about feature 4 of 4".to_owned()),
        (1, FEATURE, -2, format!("tree 0: node 1: it asks about feature {} of 4", usize::MAX)),
    ] {
        let error = refused(&changed(node, field, value.to_le_bytes()));
        assert!(error.to_string().ends_with(&says), "{error}");
    }
    let error = refused(&changed(8, THRESHOLD, f64::NAN.to_le_bytes()));
    assert!(error.to_string().ends_with("tree 0: node 8: its threshold is NaN"), "{error}");
}

/// Whatever a byte of the nodes becomes, the file is refused or answers numbers.
#[test]
fn any_byte_of_a_node_may_be_wrong() {
    let (file, start) = tree();
    for place in start..start + 4 * NODE {
        for flipped in [1, 0x80, 0xff] {
            let mut file = file.clone();
            file[place] ^= flipped;
            if let Ok(predictor) = Predictor::read(&file) {
                let mut values = [0.0; 2];
                predictor.predict_values_into(&[0.5, -0.5, 0.1, -1.0], &mut values).unwrap();
            }
        }
    }
}

#[test]
fn arrays_of_another_length_are_refused() {
    let (file, _) = tree();
    for length in (0..file.len()).step_by(37) {
        Predictor::read(&file[..length]).unwrap_err();
    }
}

/// Ensembles whose parts do not fit each other.
#[test]
fn ensembles_that_contradict_themselves_are_refused() {
    let floats = |values: &[f64]| numbers(values, "f8", |value| value.to_le_bytes());
    let integers = |values: &[i64]| numbers(values, "i8", |value| value.to_le_bytes());
    let size = |size: u8| vec![b'K', size];
    let list = |items: &[Vec<u8>]| [b"](".to_vec(), items.concat(), b"e".to_vec()].concat();
    let of = |class: &str, attributes: &[(&str, Vec<u8>)]| {
        let columns = [&[("n_features_in_", size(2)), ("classes_", integers(&[0, 1]))], attributes].concat();
        refused(&pickle(&[&instance("sklearn.ensemble", class, &columns)])).to_string()
    };
    let ridge = instance(
        "sklearn.linear_model",
        "Ridge",
        &[("coef_", floats(&[1.0, 2.0])), ("intercept_", floats(&[0.5]))],
    );
    let members = || ("estimators_", list(&[ridge.clone(), ridge.clone()]));
    let columns = |columns: &[&[i64]]| {
        ("estimators_features_", list(&columns.iter().map(|columns| integers(columns)).collect::<Vec<_>>()))
    };
    for (class, attributes, says) in [
        ("RandomForestRegressor", vec![members()], "it has no 'tree_'"),
        ("RandomForestRegressor", vec![("estimators_", list(&[]))], "'estimators_' is empty"),
        (
            "AdaBoostRegressor",
            vec![members(), ("estimator_weights_", floats(&[1.0]))],
            "2 members with 1 weights",
        ),
        (
            "AdaBoostClassifier",
            vec![members(), ("estimator_weights_", floats(&[1.0]))],
            "'estimator_weights_' are 1 for 2 members",
        ),
        (
            "AdaBoostClassifier",
            vec![members(), ("estimator_weights_", floats(&[0.0, 0.0]))],
            "add up to no weight",
        ),
        (
            "AdaBoostClassifier",
            vec![members(), ("estimator_weights_", floats(&[1.0, 1.0]))],
            "a regressor stands where a classifier would",
        ),
        (
            "BaggingRegressor",
            vec![members(), columns(&[&[0, 1]]), ("n_estimators", size(2))],
            "columns of 1 members, of which there are 2",
        ),
        (
            "BaggingRegressor",
            vec![members(), columns(&[&[0, 1], &[1, 2]]), ("n_estimators", size(2))],
            "no choices among 2 columns",
        ),
        (
            "BaggingRegressor",
            vec![members(), columns(&[&[0, 1], &[]]), ("n_estimators", size(2))],
            "no choices among 2 columns",
        ),
        (
            "BaggingRegressor",
            vec![members(), columns(&[&[0, 1], &[0, 1]]), ("n_estimators", size(0))],
            "'n_estimators' is 0",
        ),
        ("IsolationForest", vec![members(), columns(&[&[0, 1]])], "columns of 1 members"),
        ("IsolationForest", vec![members(), columns(&[&[0, 1], &[0, 1]])], "it has no 'tree_'"),
        (
            "GradientBoostingClassifier",
            vec![("loss", text("hinge"))],
            "'loss' is 'hinge', which is not read here",
        ),
        (
            "GradientBoostingRegressor",
            vec![("learning_rate", floats(&[0.1])), ("estimators_", floats(&[1.0]))],
            "'estimators_' is of shape [1] for 1 outputs",
        ),
        (
            "HistGradientBoostingRegressor",
            vec![("loss", text("hinge"))],
            "'loss' is 'hinge', which is not read here",
        ),
        (
            "HistGradientBoostingRegressor",
            vec![("loss", text("poisson")), ("_baseline_prediction", floats(&[1.0, 2.0]))],
            "'_baseline_prediction' has 2 numbers for 1 outputs",
        ),
        (
            "HistGradientBoostingRegressor",
            vec![
                ("loss", text("poisson")),
                ("_baseline_prediction", floats(&[1.0])),
                (
                    "_bin_mapper",
                    instance(
                        "sklearn.ensemble",
                        "_BinMapper",
                        &[
                            ("bin_thresholds_", list(&[floats(&[256.0]), floats(&[1.0])])),
                            ("is_categorical_", integers(&[1, 0])),
                        ],
                    ),
                ),
            ],
            "a category of column 0 is no number below 256",
        ),
        (
            "HistGradientBoostingRegressor",
            vec![
                ("loss", text("poisson")),
                ("_baseline_prediction", floats(&[1.0])),
                (
                    "_bin_mapper",
                    instance(
                        "sklearn.ensemble",
                        "_BinMapper",
                        &[("bin_thresholds_", list(&[floats(&[0.5]), floats(&[1.0])]))],
                    ),
                ),
                ("_predictors", list(&[list(&[])])),
            ],
            "has not a tree for each of 1 outputs",
        ),
    ] {
        let error = of(class, &attributes);
        assert!(error.contains(says), "{class}: {error}");
    }
}

fn numbers<T: Copy>(values: &[T], dtype: &str, bytes: impl Fn(T) -> [u8; 8]) -> Vec<u8> {
    let items: Vec<u8> = values.iter().flat_map(|value| bytes(*value)).collect();
    let data = [&b"C"[..], &[u8::try_from(items.len()).unwrap()], &items].concat();
    array(&[b"K", &[u8::try_from(values.len()).unwrap()][..], b"\x85"].concat(), dtype, &data)
}
