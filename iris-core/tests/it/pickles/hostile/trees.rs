//! Trees whose nodes are lies.

use super::refused;
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
