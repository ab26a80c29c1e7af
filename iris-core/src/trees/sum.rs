//! How the leaves that a row comes to make its outputs.

use super::Precision;

/// A sum for each output: from `start`, in the order of the trees, then `finish`.
///
/// Each library adds in an order and a type of its own, which decide the last
/// bits, so they are the reader's to say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sum {
    /// The type of leaves, sums and all that follows.
    pub(crate) precision: Precision,
    /// Where the sum of each output begins; as many as there are outputs.
    pub(crate) start: Vec<f64>,
    pub(crate) finish: Finish,
}

/// What is done with the sums.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Finish {
    Nothing,
    /// Divided, as a mean over trees is.
    Divide(f64),
    /// `factor * sum + shift`, one shift an output.
    Scale {
        factor: f64,
        shift: Vec<f64>,
    },
    /// `sum + shift`, one shift an output.
    Shift(Vec<f64>),
}

impl Sum {
    /// From 0, in double precision, and nothing after.
    pub(crate) fn plain(n_outputs: usize) -> Self {
        Self { precision: Precision::Double, start: vec![0.0; n_outputs], finish: Finish::Nothing }
    }

    /// The last step, on one row's sums.
    pub(super) fn finish(&self, sums: &mut [f64]) {
        match &self.finish {
            Finish::Nothing => {}
            Finish::Divide(divisor) => sums.iter_mut().for_each(|sum| *sum = self.rounded(*sum / divisor)),
            Finish::Scale { factor, shift } => sums.iter_mut().zip(shift).for_each(|(sum, shift)| {
                *sum = self.rounded(self.rounded(factor * *sum) + shift);
            }),
            Finish::Shift(shift) => {
                sums.iter_mut().zip(shift).for_each(|(sum, shift)| *sum = self.rounded(*sum + shift));
            }
        }
    }

    /// The same without rounding, as of sums that no library adds up.
    pub(super) fn finish_exactly(&self, sums: &mut [f64]) {
        Self { precision: Precision::Double, ..self.clone() }.finish(sums);
    }

    /// The same on the sums of many rows, of which those of an output lie side by side.
    pub(super) fn finish_block(&self, sums: &mut [f64], n_rows: usize) {
        let all_of = |output: usize| output * n_rows..(output + 1) * n_rows;
        match &self.finish {
            Finish::Nothing => {}
            Finish::Divide(divisor) => sums.iter_mut().for_each(|sum| *sum = self.rounded(*sum / divisor)),
            Finish::Scale { factor, shift } => {
                for (output, shift) in shift.iter().enumerate() {
                    let scaled = |sum: f64| self.rounded(self.rounded(factor * sum) + shift);
                    sums[all_of(output)].iter_mut().for_each(|sum| *sum = scaled(*sum));
                }
            }
            Finish::Shift(shift) => {
                for (output, shift) in shift.iter().enumerate() {
                    sums[all_of(output)].iter_mut().for_each(|sum| *sum = self.rounded(*sum + shift));
                }
            }
        }
    }

    #[inline(always)]
    fn rounded(&self, value: f64) -> f64 {
        match self.precision {
            #[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
            Precision::Single => f64::from(value as f32),
            Precision::Double => value,
        }
    }
}
