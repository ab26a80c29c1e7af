//! What the predictor costs, without any transport.
//!
//! `one_row/*` give the time of one row: passes through 1,024 different rows
//! divided by their number, so the branch predictor cannot know the answers by
//! heart. Rows do not wait for each other, as in a server that answers one
//! after the other; the `time` column is what to read.
//!
//! `batch/*` give the time of a whole batch; the `thrpt` column is what to
//! read, in rows a second. `batch/read` only reads the rows and is what the
//! memory allows: 100,000 rows fit the caches, 4 million do not.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use iris_benches::{one_row, random_rows, read};
use iris_core::Predictor;
use ndarray::{Array2, aview2, s};

const LARGEST_BATCH: usize = 4_000_000;
const BATCHES: [usize; 6] = [1, 32, 1_000, 100_000, 1_000_000, LARGEST_BATCH];

/// Folded into the same kernel as the model without a scaler.
static SCALED: &[u8] = include_bytes!(
    "../../iris-core/testdata/onnx/standard_scaler_logistic_regression_three_strings_double.onnx"
);
/// A step that cannot be folded.
static NORMALIZED: &[u8] = include_bytes!(
    "../../iris-core/testdata/onnx/normalizer_l2_logistic_regression_three_strings_double.onnx"
);

fn class_of_a_row(criterion: &mut Criterion) {
    let predictor = Predictor::iris();
    time_rows(criterion, "one_row/class", |row| predictor.predict_class(row));
}

fn class_and_probability_of_a_row(criterion: &mut Criterion) {
    let predictor = Predictor::iris();
    time_rows(criterion, "one_row/class_and_probability", |row| predictor.predict(row));
}

fn probabilities_of_a_row(criterion: &mut Criterion) {
    let predictor = Predictor::iris();
    let mut out = [0.0; 3];
    time_rows(criterion, "one_row/probabilities", |row| {
        predictor.predict_proba_into(row, black_box(&mut out)).is_ok()
    });
}

fn scores_of_a_row(criterion: &mut Criterion) {
    let predictor = Predictor::iris();
    let mut out = [0.0; 3];
    time_rows(criterion, "one_row/scores", |row| {
        predictor.decision_function_into(row, black_box(&mut out)).is_ok()
    });
}

/// The same model behind a scaler: folded when it was loaded, so the same time.
fn class_of_a_row_behind_a_scaler(criterion: &mut Criterion) {
    let predictor = Predictor::read(SCALED).expect("the core's tests read it");
    time_rows(criterion, "one_row/class_behind_scaler", |row| predictor.predict_class(row));
}

/// A model with a step left to run: what the steps themselves cost.
fn class_of_a_row_behind_a_normalizer(criterion: &mut Criterion) {
    let predictor = Predictor::read(NORMALIZED).expect("the core's tests read it");
    time_rows(criterion, "one_row/class_behind_normalizer", |row| predictor.predict_class(row));
}

/// The floor of the batches below.
fn read_of_a_batch(criterion: &mut Criterion) {
    batches(criterion, "batch/read", |rows| {
        black_box(read(rows));
    });
}

fn classes_of_a_batch(criterion: &mut Criterion) {
    let predictor = Predictor::iris();
    let mut out = vec![0; LARGEST_BATCH];
    batches(criterion, "batch/classes", |rows| {
        let out = black_box(&mut out[..rows.len()]);
        predictor.predict_batch_into(aview2(rows), out).expect("the rows are finite");
    });
}

fn probabilities_of_a_batch(criterion: &mut Criterion) {
    let predictor = Predictor::iris();
    let mut out = Array2::zeros((LARGEST_BATCH, 3));
    batches(criterion, "batch/probabilities", |rows| {
        let out = black_box(out.slice_mut(s![..rows.len(), ..]));
        predictor.predict_proba_batch_into(aview2(rows), out).expect("the rows are finite");
    });
}

/// Row by row, since a step is left to run.
fn classes_of_a_batch_behind_a_normalizer(criterion: &mut Criterion) {
    let predictor = Predictor::read(NORMALIZED).expect("the core's tests read it");
    let mut out = vec![0; LARGEST_BATCH];
    batches(criterion, "batch/classes_behind_normalizer", |rows| {
        let out = black_box(&mut out[..rows.len()]);
        predictor.predict_batch_into(aview2(rows), out).expect("the rows are finite");
    });
}

fn time_rows<T>(criterion: &mut Criterion, question: &str, mut work: impl FnMut(&[f64]) -> T) {
    criterion.bench_function(question, |bencher| bencher.iter_custom(|rows| one_row(rows, &mut work)));
}

fn batches(criterion: &mut Criterion, question: &str, mut work: impl FnMut(&[[f64; 4]])) {
    let rows = random_rows(LARGEST_BATCH);
    let mut group = criterion.benchmark_group(question);
    for size in BATCHES {
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| work(black_box(&rows[..size])));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets =
        class_of_a_row,
        class_and_probability_of_a_row,
        probabilities_of_a_row,
        scores_of_a_row,
        class_of_a_row_behind_a_scaler,
        class_of_a_row_behind_a_normalizer,
        read_of_a_batch,
        classes_of_a_batch,
        probabilities_of_a_batch,
        classes_of_a_batch_behind_a_normalizer,
}
criterion_main!(benches);
