//! Times a forest as callers of the crate use it, in turns with its peers.
//!
//! `trees MODEL ROWS N_FEATURES`: reads the model and `f64` rows (native byte
//! order), then takes lines `N_ROWS CALLS` from standard input: makes so many
//! calls with the next rows of the file, and prints the nanoseconds a call took.
//! A line `answers N` prints what it answers to each of the first rows. The model is a regressor of one target.

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Instant;

use iris_core::{Predictor, Rows, RowsMut, Scratch};

struct Bench {
    predictor: Predictor,
    scratch: Scratch,
    rows: Vec<f64>,
    n_features: usize,
    out: Vec<f64>,
    /// Where the next call's rows begin.
    next: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(model), Some(rows), Some(n_features)) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: trees MODEL ROWS N_FEATURES".into());
    };
    let mut bench = Bench::new(Predictor::open(model)?, &std::fs::read(rows)?, n_features.parse()?)?;
    let mut answer = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (first, second) = line.split_once(' ').ok_or("a line has two words")?;
        let second = second.parse()?;
        if first == "answers" {
            bench.call(second)?;
            let texts: Vec<String> = bench.out.iter().map(f64::to_string).collect();
            writeln!(answer, "{}", texts.join(" "))?;
            bench.next = 0;
        } else {
            writeln!(answer, "{}", bench.time(first.parse()?, second)?)?;
        }
        answer.flush()?;
    }
    Ok(())
}

impl Bench {
    fn new(predictor: Predictor, bytes: &[u8], n_features: usize) -> Result<Self, Box<dyn Error>> {
        let (numbers, _) = bytes.as_chunks();
        let rows: Vec<f64> = numbers.iter().map(|number| f64::from_ne_bytes(*number)).collect();
        if n_features == 0 || rows.is_empty() || !rows.len().is_multiple_of(n_features) {
            return Err("the file does not hold whole rows".into());
        }
        let scratch = predictor.scratch();
        Ok(Self { predictor, scratch, rows, n_features, out: Vec::new(), next: 0 })
    }

    /// Nanoseconds a call.
    #[expect(clippy::cast_precision_loss, reason = "counts of calls are far below 2^53")]
    fn time(&mut self, n_rows: usize, calls: usize) -> Result<f64, Box<dyn Error>> {
        let start = Instant::now();
        for _ in 0..calls {
            self.call(n_rows)?;
        }
        Ok(start.elapsed().as_secs_f64() * 1e9 / calls as f64)
    }

    /// Not inlined, so that calls can't be worked on together; those of a C function aren't either.
    #[inline(never)]
    fn call(&mut self, n_rows: usize) -> Result<(), Box<dyn Error>> {
        let len = n_rows * self.n_features;
        let start = if self.next + len > self.rows.len() { 0 } else { self.next };
        let rows = self.rows.get(start..start + len).ok_or("there are not so many rows")?;
        self.next = start + len;
        self.out.resize(n_rows, 0.0);
        if n_rows == 1 {
            self.predictor.predict_values_with(&mut self.scratch, rows, &mut self.out)?;
        } else {
            let rows = Rows::new(rows, self.n_features)?;
            let out = RowsMut::new(&mut self.out, 1)?;
            self.predictor.predict_values_batch_with(&mut self.scratch, rows, out)?;
        }
        Ok(())
    }
}
