//! Would a cache of predictions or a batcher of requests pay?
//!
//! Both are often recommended in front of a model. Neither is built; here is
//! what either would cost and save, in front of Iris and of a model whose row
//! is thousands of times dearer, the largest that a linear model gets.
//!
//! A cache saves `cache/*/predict` at each hit and costs `hit` at each hit,
//! `miss` at each other request. A batcher saves `batcher/*/one_by_one` less
//! `together`, and costs each row a `hop` to it and back, besides the time
//! that it waits for other rows, which is for whoever configures it to say.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use iris_benches::{random_rows, wide};
use iris_core::Predictor;
use ndarray::{Array2, aview2, s};
use quick_cache::DefaultHashBuilder;
use quick_cache::sync::Cache;
use tokio::sync::{mpsc, oneshot};

/// Rows that are asked for again and again.
const N_ROWS: usize = 128;
const BATCHES: [usize; 4] = [1, 8, 32, 128];

/// What identifies a row: its bits.
type Key = Box<[u64]>;
/// What is remembered of it; shared, so that a hit copies no more than a pointer.
type Probabilities = Arc<[f64]>;

struct Subject {
    name: &'static str,
    predictor: Predictor,
    rows: Array2<f64>,
}

fn subjects() -> [Subject; 2] {
    let iris = random_rows(N_ROWS);
    let wide = wide::rows(N_ROWS).concat();
    let wide = Array2::from_shape_vec((N_ROWS, wide::N_FEATURES), wide).expect("rows are of one length");
    [
        Subject { name: "iris", predictor: Predictor::iris(), rows: aview2(&iris).to_owned() },
        Subject {
            name: "wide",
            predictor: Predictor::read(&wide::onnx()).expect("a test reads it"),
            rows: wide,
        },
    ]
}

impl Subject {
    fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.predictor.schema().n_classes()];
        self.predictor.predict_proba_into(row, &mut out).expect("rows are finite");
        out
    }

    /// The rows without end, as slices.
    fn cycle(&self) -> impl Iterator<Item = &[f64]> {
        self.rows.rows().into_iter().map(|row| row.to_slice().expect("it is C order")).cycle()
    }
}

fn cache(criterion: &mut Criterion) {
    for subject in &subjects() {
        let mut group = criterion.benchmark_group(format!("cache/{}", subject.name));
        let mut out = vec![0.0; subject.predictor.schema().n_classes()];
        let mut rows = subject.cycle();
        group.bench_function("predict", |bencher| {
            bencher.iter(|| {
                let row = black_box(rows.next().expect("there is no end"));
                subject.predictor.predict_proba_into(row, black_box(&mut out)).is_ok()
            });
        });

        let mut of_this_thread = HashMap::with_hasher(DefaultHashBuilder::default());
        let shared = Cache::<Key, Probabilities>::new(4 * N_ROWS);
        for row in subject.cycle().take(N_ROWS) {
            of_this_thread.insert(bits(row).collect::<Key>(), subject.probabilities(row));
            shared.insert(bits(row).collect(), subject.probabilities(row).into());
        }
        let mut key = Vec::new();
        group.bench_function("hit/own", |bencher| {
            bencher.iter(|| {
                rekey(&mut key, black_box(rows.next().expect("there is no end")));
                black_box(&mut out).copy_from_slice(&of_this_thread[&key[..]]);
            });
        });
        group.bench_function("hit/shared", |bencher| {
            bencher.iter(|| {
                rekey(&mut key, black_box(rows.next().expect("there is no end")));
                let known = shared.get(&key[..]).expect("all fit");
                black_box(&mut out).copy_from_slice(&known);
            });
        });

        // Each row is new by a number in its place, so none is ever found, and
        // the cache is full after the first few.
        let answer: Probabilities = subject.probabilities(rows.next().expect("there is no end")).into();
        let mut number = 0;
        group.bench_function("miss/shared", |bencher| {
            bencher.iter(|| {
                rekey(&mut key, black_box(rows.next().expect("there is no end")));
                number += 1;
                key[0] = number;
                assert!(shared.get(&key[..]).is_none());
                shared.insert(key.as_slice().into(), black_box(&answer[..]).into());
            });
        });
        group.finish();
    }
}

fn bits(row: &[f64]) -> impl Iterator<Item = u64> {
    row.iter().map(|value| value.to_bits())
}

fn rekey(key: &mut Vec<u64>, row: &[f64]) {
    key.clear();
    key.extend(bits(row));
}

fn batcher(criterion: &mut Criterion) {
    for Subject { name, predictor, rows } in &subjects() {
        let n_classes = predictor.schema().n_classes();
        let mut group = criterion.benchmark_group(format!("batcher/{name}"));
        // A batch of the dear model takes a good part of a second.
        group.sample_size(if *name == "wide" { 10 } else { 100 });
        for n_rows in BATCHES {
            let mut out = Array2::zeros((n_rows, n_classes));
            let rows = rows.slice(s![..n_rows, ..]);
            group.throughput(Throughput::Elements(n_rows as u64));
            group.bench_function(BenchmarkId::new("one_by_one", n_rows), |bencher| {
                bencher.iter(|| {
                    for (row, mut out) in rows.rows().into_iter().zip(out.rows_mut()) {
                        let row = black_box(row.to_slice().expect("it is C order"));
                        let out = out.as_slice_mut().expect("it is C order");
                        predictor.predict_proba_into(row, out).expect("rows are finite");
                    }
                });
            });
            group.bench_function(BenchmarkId::new("together", n_rows), |bencher| {
                bencher.iter(|| {
                    let answer = predictor.predict_proba_batch_into(black_box(rows), out.view_mut());
                    answer.expect("rows are finite");
                });
            });
        }
        group.finish();
    }
}

/// A row as it would go to a batcher, with where its answer goes.
type Job = ([f64; 4], oneshot::Sender<f64>);

/// To a batcher and back, with nothing done there.
fn hop(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("batcher/hop");
    let runtime = runtime();
    let (jobs, taken) = mpsc::channel(1_024);
    runtime.spawn(answer(taken));
    // A batcher for each worker: two tasks on one thread.
    group.bench_function("same_thread", |bencher| bencher.iter(|| runtime.block_on(ask(&jobs))));
    // One for all: the thread that asks sleeps until the other has answered.
    let (jobs, taken) = mpsc::channel(1_024);
    std::thread::spawn(move || self::runtime().block_on(answer(taken)));
    group.bench_function("other_thread", |bencher| bencher.iter(|| runtime.block_on(ask(&jobs))));
    // Many at a time, as under load: neither thread sleeps for long.
    group.throughput(Throughput::Elements(N_ROWS as u64));
    group.bench_function("other_thread_loaded", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let mut waiting = Vec::with_capacity(N_ROWS);
                for _ in 0..N_ROWS {
                    waiting.push(send(&jobs).await);
                }
                for answer in waiting {
                    black_box(answer.await.expect("the batcher answers"));
                }
            });
        });
    });
    group.finish();
}

/// Takes rows and answers each.
async fn answer(mut jobs: mpsc::Receiver<Job>) {
    while let Some((row, answer)) = jobs.recv().await {
        answer.send(black_box(row)[0]).expect("somebody waits for it");
    }
}

async fn send(jobs: &mpsc::Sender<Job>) -> oneshot::Receiver<f64> {
    let (sender, answer) = oneshot::channel();
    jobs.send((black_box([5.1, 3.5, 1.4, 0.2]), sender)).await.expect("the batcher takes it");
    answer
}

async fn ask(jobs: &mpsc::Sender<Job>) -> f64 {
    send(jobs).await.await.expect("the batcher answers")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("there are threads left")
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = cache, batcher, hop
}
criterion_main!(benches);
