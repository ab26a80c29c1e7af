//! Times `predict_class` one row after the other, as `peers/m2cgen/timing.c` times its peer.
//!
//! `single_row ROWS PASSES`: reads `f64` rows of four (native byte order) from
//! the file, goes through them that often, and prints the nanoseconds a row
//! took and the sum of all class indices.

use std::error::Error;
use std::time::Instant;

use iris_core::Predictor;

#[expect(clippy::print_stdout, reason = "the figures are its answer")]
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(passes)) = (arguments.next(), arguments.next()) else {
        return Err("usage: single_row ROWS PASSES".into());
    };
    let passes: usize = passes.parse()?;
    let rows = read_rows(&std::fs::read(file)?);
    let predictor = Predictor::iris();

    let mut checksum = 0;
    let start = Instant::now();
    for _ in 0..passes {
        for row in &rows {
            checksum += class_of(&predictor, row)?;
        }
    }
    let nanoseconds = start.elapsed().as_secs_f64() * 1e9;
    println!("{:.4} {checksum}", nanoseconds / (passes * rows.len()) as f64);
    Ok(())
}

/// Not inlined, so that rows can't be worked on together; the C function isn't either.
#[inline(never)]
fn class_of(predictor: &Predictor, row: &[f64]) -> iris_core::Result<usize> {
    predictor.predict_class(row)
}

fn read_rows(bytes: &[u8]) -> Vec<[f64; 4]> {
    let (rows, _) = bytes.as_chunks::<32>();
    rows.iter()
        .map(|row| std::array::from_fn(|i| f64::from_ne_bytes(std::array::from_fn(|b| row[8 * i + b]))))
        .collect()
}
