//! Counts allocations on the calls that promise to make none.

#[path = "support/counting.rs"]
mod counting;

use std::sync::atomic::Ordering;

use iris_core::{Labels, LinearModel, Link, Predictor, Result};
use ndarray::Array2;

fn allocations(work: impl FnOnce()) -> usize {
    let counter = counting::counter();
    counting::count_this_thread(counter);
    work();
    counter.load(Ordering::Relaxed)
}

/// Allocations of every public call that a classifier or a regressor answers,
/// on rows one by one, on batches in one piece, and on scattered ones.
fn every_call(predictor: &Predictor, with_scratch: bool) -> usize {
    let schema = predictor.schema();
    let is_classifier = schema.n_classes() > 0;
    let row = vec![1.0; schema.n_features()];
    let rows = Array2::from_elem((1_000, schema.n_features()), 1.0);
    let columns = rows.t().as_standard_layout().into_owned();
    let scattered = columns.t();
    let mut classes = vec![0; 1_000];
    let mut scores = Array2::zeros((1_000, predictor.n_scores()));
    let mut probabilities = Array2::zeros((1_000, schema.n_classes()));
    let mut values = Array2::zeros((1_000, schema.n_targets()));
    let mut one = vec![0.0; schema.n_classes().max(schema.n_targets())];
    let (n_scores, n_targets) = (predictor.n_scores(), schema.n_targets());
    let mut scratch = predictor.scratch();
    let mut with_own_memory = || -> Result<()> {
        predictor.check_row(&row)?;
        if is_classifier {
            predictor.predict(&row)?;
            predictor.predict_class(&row)?;
            predictor.decision_function_into(&row, &mut one[..n_scores])?;
        } else {
            predictor.predict_values_into(&row, &mut one[..n_targets])?;
        }
        if schema.has_probabilities() {
            predictor.predict_proba_into(&row, &mut one)?;
        }
        for rows in [rows.view(), scattered] {
            if is_classifier {
                predictor.predict_batch_into(rows, &mut classes)?;
                predictor.decision_function_batch_into(rows, scores.view_mut())?;
            } else {
                predictor.predict_values_batch_into(rows, values.view_mut())?;
            }
            if schema.has_probabilities() {
                predictor.predict_proba_batch_into(rows, probabilities.view_mut())?;
            }
        }
        Ok(())
    };
    let mut outcome = Ok(());
    if !with_scratch {
        let count = allocations(|| outcome = with_own_memory());
        outcome.unwrap();
        return count;
    }
    let scratch = &mut scratch;
    let mut contributions = vec![0.0; predictor.contributions_len()];
    let mut of_batch = Array2::zeros((1_000, contributions.len()));
    if schema.contributions().is_ok() {
        // The scratch grows at the first call, once.
        predictor.contributions_batch_with(scratch, rows.view(), of_batch.view_mut()).unwrap();
    }
    let mut with_scratch = || -> Result<()> {
        if schema.contributions().is_ok() {
            predictor.contributions_with(scratch, &row, &mut contributions)?;
            for rows in [rows.view(), scattered] {
                predictor.contributions_batch_with(scratch, rows, of_batch.view_mut())?;
            }
        }
        if is_classifier {
            predictor.predict_with(scratch, &row)?;
            predictor.predict_class_with(scratch, &row)?;
            predictor.decision_function_with(scratch, &row, &mut one[..n_scores])?;
        } else {
            predictor.predict_values_with(scratch, &row, &mut one[..n_targets])?;
        }
        if schema.has_probabilities() {
            predictor.predict_proba_with(scratch, &row, &mut one)?;
        }
        for rows in [rows.view(), scattered] {
            if is_classifier {
                predictor.predict_batch_with(scratch, rows, &mut classes)?;
                predictor.decision_function_batch_with(scratch, rows, scores.view_mut())?;
            } else {
                predictor.predict_values_batch_with(scratch, rows, values.view_mut())?;
            }
            if schema.has_probabilities() {
                predictor.predict_proba_batch_with(scratch, rows, probabilities.view_mut())?;
            }
        }
        Ok(())
    };
    let count = allocations(|| outcome = with_scratch());
    outcome.unwrap();
    count
}

fn models() -> Vec<(String, Predictor)> {
    let testdata = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let entries = |folder| std::fs::read_dir(testdata.join(folder)).unwrap();
    let pickles =
        ["mixed/churn.joblib", "transformers/knnimputer.joblib", "composites/onevsoneclassifier.joblib"];
    let pickles = pickles.into_iter().filter(|_| cfg!(feature = "pickle")).map(|file| testdata.join(file));
    let files = ["onnx", "regressors", "branches"].into_iter().flat_map(entries);
    let graphs = ["svc_rbf_ints", "mlp_regressor", "k_neighbors_regressor"];
    let graphs = graphs.map(|file| testdata.join(format!("graphs/{file}.onnx")));
    let files = files.map(|entry| entry.unwrap().path()).chain(graphs);
    let load = |path: std::path::PathBuf| (path.display().to_string(), Predictor::open(&path).unwrap());
    files.chain(pickles).map(load).chain([("embedded".to_owned(), Predictor::iris())]).collect()
}

/// More classes, or features, than fit on any stack.
fn wide(n_features: usize, n_classes: usize) -> Predictor {
    let model = LinearModel {
        features: (0..n_features).map(|index| format!("x{index}")).collect(),
        coefficients: vec![vec![0.25; n_features]; n_classes],
        intercepts: vec![0.5; n_classes],
        labels: Some(Labels::Integers((0..).take(n_classes).collect())),
        link: Link::Softmax,
    };
    Predictor::linear(&model).unwrap()
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
}

#[test]
fn every_model_of_ordinary_size_in_its_own_memory_or_the_callers() {
    for (name, predictor) in models() {
        assert_eq!(every_call(&predictor, false), 0, "{name}");
        assert_eq!(every_call(&predictor, true), 0, "{name}");
    }
}

#[test]
fn a_scratch_is_enough_whatever_the_size() {
    for predictor in [wide(3, 5_000), wide(5_000, 3)] {
        assert!(predictor.scratch_len() > 5_000);
        assert_eq!(every_call(&predictor, true), 0);
    }
}

#[test]
fn without_one_a_call_beyond_the_stack_allocates_once() {
    let predictor = wide(3, 5_000);
    let row = [1.0; 3];
    assert_eq!(allocations(|| assert!(predictor.predict(&row).is_ok())), 1);
    assert_eq!(
        allocations(|| predictor.predict_batch_into(Array2::ones((9, 3)).view(), &mut [0; 9]).unwrap()),
        2
    );
}

#[test]
fn one_scratch_grows_to_the_largest_model_that_it_serves() {
    let (small, large) = (Predictor::iris(), wide(3, 5_000));
    let mut scratch = small.scratch();
    assert_eq!(allocations(|| assert!(large.predict_with(&mut scratch, &[1.0; 3]).is_ok())), 1);
    assert_eq!(allocations(|| assert!(large.predict_with(&mut scratch, &[1.0; 3]).is_ok())), 0);
}
