//! Support vectors, neighbours, kernels and layers that are lies.

use super::{array, doubles, instance, pickle, refused, text};
use crate::cases;
use iris_core::Predictor;

const INT: &[u8] = b"K\x02";

/// A machine of two classes and two support vectors, with one attribute more, which counts.
fn machine(name: &str, value: &[u8]) -> Vec<u8> {
    let numbers = |shape: &[u8], values: &[f64]| array(shape, "f8", &doubles(values));
    let counts = array(b"K\x02\x85", "i4", b"C\x08\x01\0\0\0\x01\0\0\0");
    let classes = array(b"K\x02\x85", "i4", b"C\x08\0\0\0\0\x01\0\0\0");
    let attributes = [
        ("n_features_in_", INT.to_vec()),
        ("kernel", text("rbf")),
        ("_gamma", b"K\x01".to_vec()),
        ("coef0", b"K\x00".to_vec()),
        ("degree", b"K\x03".to_vec()),
        ("decision_function_shape", text("ovr")),
        ("classes_", classes),
        ("_n_support", counts),
        ("support_vectors_", numbers(b"K\x02K\x02\x86", &[0.0, 0.0, 1.0, 1.0])),
        ("_dual_coef_", numbers(b"K\x01K\x02\x86", &[1.0, -1.0])),
        ("_intercept_", numbers(b"K\x01\x85", &[0.0])),
        (name, value.to_vec()),
    ];
    pickle(&[&instance("sklearn.svm._classes", "SVC", &attributes)])
}

#[test]
fn support_vectors_that_do_not_fit_are_named() {
    let right = Predictor::read(&machine("C", b"K\x01")).unwrap();
    assert_eq!(right.predict_class(&[0.1, 0.0]).unwrap(), 0);
    assert_eq!(right.predict_class(&[0.9, 1.0]).unwrap(), 1);
    let numbers = |shape: &[u8], values: &[f64]| array(shape, "f8", &doubles(values));
    for (name, value, says) in [
        ("support_vectors_", numbers(b"K\x02K\x03\x86", &[0.0; 6]), "[2, 3] where 2 columns come in"),
        ("support_vectors_", numbers(b"K\x02K\x02\x86", &[0.0, f64::NAN, 1.0, 1.0]), "not finite"),
        ("support_vectors_", numbers(b"K\x00K\x02\x86", &[]), "support vectors of 2 classes"),
        ("_dual_coef_", numbers(b"K\x01K\x03\x86", &[1.0; 3]), "'_dual_coef_' is of shape [1, 3]"),
        ("_dual_coef_", numbers(b"K\x02K\x02\x86", &[1.0; 4]), "4 numbers for 2 support vectors"),
        ("_dual_coef_", numbers(b"K\x01K\x02\x86", &[f64::INFINITY, 1.0]), "not finite"),
        (
            "_n_support",
            array(b"K\x02\x85", "i4", b"C\x08\x01\0\0\0\x02\0\0\0"),
            "support vectors of 2 classes",
        ),
        ("_n_support", array(b"K\x02\x85", "i4", b"C\x08\x01\0\0\0\xff\xff\xff\xff"), "'_n_support'"),
        ("_intercept_", numbers(b"K\x02\x85", &[0.0; 2]), "2 numbers for 2 classes"),
        ("_probA", numbers(b"K\x02\x85", &[0.0; 2]), "numbers of Platt's for 2 classes"),
        ("kernel", text("precomputed"), "its kernel is precomputed"),
        ("kernel", text("cosine"), "its kernel 'cosine' is not read"),
        ("kernel", b"N".to_vec(), "its kernel is None"),
        ("_gamma", b"J\xff\xff\xff\xff".to_vec(), "gamma is -1, which is negative"),
    ] {
        let error = refused(&machine(name, &value));
        assert!(error.to_string().contains(says), "{name}: {error}");
    }
}

/// Neighbours of two points that are asked about two labels, unless an attribute more says otherwise.
fn neighbors(name: &str, value: &[u8]) -> Vec<u8> {
    let of_two = || array(b"K\x02\x85", "i4", b"C\x08\0\0\0\0\x01\0\0\0");
    let attributes = [
        ("n_features_in_", b"K\x01".to_vec()),
        ("n_neighbors", b"K\x01".to_vec()),
        ("weights", text("uniform")),
        ("effective_metric_", text("euclidean")),
        ("_fit_method", text("brute")),
        ("_fit_X", array(b"K\x02K\x01\x86", "f8", &doubles(&[0.0, 1.0]))),
        ("_y", array(b"K\x02K\x02\x86", "i4", b"C\x10\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0")),
        ("outputs_2d_", b"\x88".to_vec()),
        ("classes_", [b"](".to_vec(), of_two(), of_two(), b"e".to_vec()].concat()),
        (name, value.to_vec()),
    ];
    pickle(&[&instance("sklearn.neighbors._classification", "KNeighborsClassifier", &attributes)])
}

#[test]
fn neighbours_that_do_not_know_the_labels_are_named() {
    let right = Predictor::read(&neighbors("p", INT)).unwrap();
    for (row, expected) in [(0.1, [0.0, 1.0]), (0.9, [1.0, 0.0])] {
        let mut found = [f64::NAN; 2];
        right.predict_values_into(&[row], &mut found).unwrap();
        assert_eq!(found, expected);
    }
    let classes = |bytes: &[u8]| array(b"K\x02K\x02\x86", "i4", bytes);
    for (name, value, says) in [
        ("classes_", b"]".to_vec(), "'classes_' is an empty list"),
        ("classes_", b"N".to_vec(), "'classes_' is no list"),
        ("_y", classes(b"C\x10\0\0\0\0\x02\0\0\0\x01\0\0\0\0\0\0\0"), "'_y' are no classes of 2 points"),
        (
            "_y",
            classes(b"C\x10\0\0\0\0\xff\xff\xff\xff\x01\0\0\0\0\0\0\0"),
            "'_y' are no classes of 2 points",
        ),
        ("_y", array(b"K\x02\x85", "i4", b"C\x08\0\0\0\0\x01\0\0\0"), "'_y' are no classes of 2 points"),
    ] {
        let error = refused(&neighbors(name, &value));
        assert!(error.to_string().contains(says), "{name}: {error}");
    }
}

/// Whatever a byte of a file becomes, it is refused, or its rows are answered or refused.
#[test]
fn any_byte_may_be_wrong() {
    for (file, width) in [
        ("kneighborsclassifier_balls.pkl", 4),
        ("localoutlierfactor.pkl", 4),
        ("svc.pkl", 4),
        ("mlpclassifier.pkl", 4),
        ("calibratedclassifiercv.pkl", 4),
        ("svr.pkl", 4),
    ] {
        let whole = cases::model_in("others", file);
        for place in (0..whole.len()).step_by(7) {
            let mut file = whole.clone();
            file[place] ^= if place % 2 == 0 { 0x81 } else { 0xff };
            if let Ok(predictor) = Predictor::read(&file) {
                let _ = predictor.predict(&[0.5, -0.5, 0.1, 5.0][..width]);
            }
        }
    }
}

/// How many bytes a node of a tree takes.
const NODE: usize = 32;

/// The tree of seven nodes that a classifier of neighbours holds: where each begins and ends.
#[test]
fn trees_of_neighbours_that_are_none() {
    let whole = cases::model_in("others", "kneighborsclassifier_balls.pkl");
    // Of the root: from 0 to 50, and it is no leaf.
    let root = [0i64, 50, 0].map(i64::to_le_bytes).concat();
    let start = whole.windows(root.len()).position(|bytes| bytes == root).unwrap();
    for (node, field, value, says) in [
        (0, 0, 1i64, "its first node does not have all points behind it"),
        (0, 8, 49, "its first node does not have all points behind it"),
        (1, 0, 2, "the points behind a node are not those behind its two"),
        (2, 8, 51, "the points behind a node are not those behind its two"),
        (2, 8, -1, "the points behind a node are not those behind its two"),
        (1, 8, i64::MAX, "the points behind a node are not those behind its two"),
    ] {
        let mut file = whole.clone();
        file[start + node * NODE + field..][..8].copy_from_slice(&value.to_le_bytes());
        let error = refused(&file);
        assert!(error.to_string().ends_with(says), "node {node}: {error}");
    }
}
