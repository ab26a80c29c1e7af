//! Nanoseconds a row, natively, through the same calls that the module exports: for `npm/test/speed.js` to stand beside.
//!
//! `cargo run --release --example speed -- MODEL…`, each with 10,000 rows of numbers that repeat; prints a line of JSON a model.

use std::hint::black_box;
use std::time::Instant;
use std::{env, fs};

use iris::{Asked, Session};
use serde_json::{Value, json};

const ROWS: usize = 10_000;
const ROUNDS: usize = 15;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in env::args().skip(1) {
        let file = fs::read(&path)?;
        let mut session = Session::default();
        session.bytes(file.len()).ok_or("no memory")?.copy_from_slice(&file);
        session.load(0)?;
        let description: Value = serde_json::from_str(session.said())?;
        let width = description["schema"]["features"].as_array().map_or(0, Vec::len);
        let asked = if description["schema"]["task"]["kind"] == "regress" {
            Asked::Values
        } else {
            Asked::Probabilities
        };
        let rows: Vec<f64> =
            (0..ROWS * width).map(|index| f64::from(u32::try_from(index % 97).unwrap_or(0)) / 13.0).collect();
        let mut best = f64::INFINITY;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            session.rows(rows.len()).ok_or("no memory")?.copy_from_slice(&rows);
            session.answer(asked)?;
            black_box(session.numbers().to_vec());
            best = best.min(start.elapsed().as_secs_f64());
        }
        #[expect(clippy::cast_precision_loss, reason = "ten thousand is a small number")]
        let ns = best * 1e9 / ROWS as f64;
        println!("{}", json!({ "model": path, "ns": ns }));
    }
    Ok(())
}
