//! The smallest use from Rust: one flower, one answer.

use iris_core::{Error, Predictor};

#[expect(clippy::print_stdout, reason = "an example talks to its reader")]
fn main() -> Result<(), Error> {
    let predictor = Predictor::iris();
    let prediction = predictor.predict(&[5.1, 3.5, 1.4, 0.2])?;
    println!("{prediction}");
    Ok(())
}
