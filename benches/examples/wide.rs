//! Times linear models of many weights: one row, and rows of a batch of 32, of each way to keep the weights.
//!
//! `wide ROUNDS`: prints a line a model and way, as JSON: microseconds a row, and what reading the
//! bytes of its weights once takes, which is the least that one row can cost where no cache holds them.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use iris_benches::wide;
use iris_core::{LinearModel, Link, Predictor, Quantization, Reader, Rows};

const BATCH: usize = 32;

#[expect(clippy::print_stdout, reason = "the figures are its answer")]
fn main() -> Result<(), Box<dyn Error>> {
    let rounds: usize = std::env::args().nth(1).ok_or("usage: wide ROUNDS")?.parse()?;
    let onnx = wide::onnx();
    let ways = [Quantization::Exact, Quantization::Bfloat16];
    let mut models = vec![("double", 8, Predictor::linear(&doubles())?)];
    for (way, bytes) in ways.into_iter().zip([4, 2]) {
        let name = if way == Quantization::Exact { "float32" } else { way.name() };
        models.push((name, bytes, Reader::new().quantization(way).read(&onnx)?));
    }
    let rows = wide::rows(BATCH).concat();
    let mut taken = vec![[Vec::new(), Vec::new(), Vec::new()]; models.len()];
    for _ in 0..rounds {
        for ((_, bytes, predictor), taken) in models.iter().zip(&mut taken) {
            for (n_rows, taken) in [1, BATCH].into_iter().zip(&mut *taken) {
                taken.push(microseconds(predictor, &rows[..n_rows * wide::N_FEATURES], n_rows)?);
            }
            taken[2].push(reading(*bytes));
        }
    }
    for ((name, _, _), taken) in models.iter().zip(&mut taken) {
        let [one, batch, read] = taken.each_mut().map(|times| median(times));
        println!(
            "{{\"weights\": \"{name}\", \"one\": {one:.1}, \"batch\": {batch:.1}, \"read\": {read:.1}}}"
        );
    }
    Ok(())
}

/// The same shape with weights that single precision does not hold.
fn doubles() -> LinearModel {
    let mut uniform = iris_benches::uniform();
    LinearModel {
        features: (0..wide::N_FEATURES).map(|index| format!("x{index}")).collect(),
        coefficients: (0..wide::N_CLASSES)
            .map(|_| (0..wide::N_FEATURES).map(|_| uniform() / 64.0).collect())
            .collect(),
        intercepts: vec![0.0; wide::N_CLASSES],
        labels: Some(iris_core::Labels::Integers((0..).take(wide::N_CLASSES).collect())),
        link: Link::Softmax,
    }
}

/// A row of a batch, all asked for their classes.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn microseconds(predictor: &Predictor, rows: &[f64], n_rows: usize) -> iris_core::Result<f64> {
    let mut scratch = predictor.scratch();
    let mut out = vec![0; n_rows];
    let calls = BATCH / n_rows;
    let start = Instant::now();
    for _ in 0..calls {
        predictor.predict_batch_with(
            &mut scratch,
            Rows::new(rows, wide::N_FEATURES)?,
            black_box(&mut out),
        )?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / (calls * n_rows) as f64)
}

/// To add up so many bytes a weight, in numbers of eight bytes.
fn reading(bytes: usize) -> f64 {
    let numbers = vec![1_u64; wide::N_FEATURES * wide::N_CLASSES * bytes / 8];
    let start = Instant::now();
    black_box(black_box(&numbers).iter().fold(0_u64, |sum, number| sum.wrapping_add(*number)));
    start.elapsed().as_secs_f64() * 1e6
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
