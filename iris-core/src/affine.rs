//! x ↦ x·W + b, the map that scalers, PCA and linear scores have in common.

mod composed;
mod written;

use std::ops::Range;

use crate::columns::{Columns, ColumnsMut, products};
use written::{Term, Written};

/// An affine map of rows: `y[j] = Σ_i x[i] · matrix[i][j] + offset[j]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Affine {
    n_inputs: usize,
    matrix: Matrix,
    offset: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq)]
enum Matrix {
    /// Each output is one input times a factor: what scalers and selections of
    /// columns are, and small where `Dense` is not. To be folded into products
    /// it is one factor and one offset; on its own it is applied as it was
    /// written, since a step behind it may tell a value from the next one.
    Picked { columns: Vec<usize>, factors: Vec<f64>, written: Box<Written> },
    /// `n_inputs × n_outputs`, row-major.
    Dense {
        values: Vec<f64>,
        /// What maps in front of the product made zero of, an input each; empty where that is 0,
        /// or not one number.
        centre: Vec<f64>,
    },
}

/// Offsets, in units of the spread, that cost three of sixteen digits.
#[cfg(any(test, feature = "pickle"))]
const MAX_OFFSET: f64 = 1000.0;

impl Affine {
    /// The map that changes nothing.
    pub(crate) fn identity(width: usize) -> Self {
        Self::select(width, 0..width)
    }

    /// Picks columns out of `n_inputs`, in any order. The indices are in range.
    pub(crate) fn select(n_inputs: usize, columns: impl ExactSizeIterator<Item = usize>) -> Self {
        let n_outputs = columns.len();
        let factors = vec![1.0; n_outputs];
        let matrix = Matrix::Picked { columns: columns.collect(), factors, written: Box::default() };
        Self { n_inputs, matrix, offset: vec![0.0; n_outputs] }
    }

    pub(crate) fn n_inputs(&self) -> usize {
        self.n_inputs
    }

    pub(crate) fn n_outputs(&self) -> usize {
        self.offset().len()
    }

    pub(crate) fn offset(&self) -> &[f64] {
        &self.offset
    }

    /// Which values of the inputs came to a product as zeros, as the means do behind a
    /// `StandardScaler`; empty if zeros did.
    pub(crate) fn centre(&self) -> &[f64] {
        match &self.matrix {
            Matrix::Picked { .. } => &[],
            Matrix::Dense { centre, .. } => centre,
        }
    }

    /// Adds to each input's factor in a sum what it has through the outputs' factors in it.
    pub(crate) fn add_factors(&self, of_outputs: &[f64], of_inputs: &mut [f64]) {
        match &self.matrix {
            Matrix::Picked { columns, factors, .. } => {
                for ((column, factor), of_output) in columns.iter().zip(factors).zip(of_outputs) {
                    of_inputs[*column] += factor * of_output;
                }
            }
            Matrix::Dense { values, .. } => {
                let of_input = values.chunks_exact(of_outputs.len().max(1));
                for (to, weights) in of_inputs.iter_mut().zip(of_input) {
                    *to +=
                        weights.iter().zip(of_outputs).map(|(weight, factor)| weight * factor).sum::<f64>();
                }
            }
        }
    }

    /// Numbers held, the measure of what it costs to keep and to apply.
    pub(crate) fn size(&self) -> usize {
        let terms = match &self.matrix {
            Matrix::Picked { written, .. } => written.terms.len() * (size_of::<Term>() / size_of::<f64>()),
            Matrix::Dense { centre, .. } => centre.len(),
        };
        self.values().len() + self.offset.len() + terms
    }

    /// Whether every number in it is finite.
    pub(crate) fn is_finite(&self) -> bool {
        [self.values(), &self.offset].into_iter().all(all_finite)
    }

    /// Whether folded into others it would lose digits that it keeps as it was
    /// written: where a mean is thousands of times the spread around it.
    #[cfg(any(test, feature = "pickle"))]
    pub(crate) fn is_steep(&self) -> bool {
        self.picked().is_some() && self.offset.iter().any(|offset| offset.abs() > MAX_OFFSET)
    }

    fn values(&self) -> &[f64] {
        let (Matrix::Picked { factors: values, .. } | Matrix::Dense { values, .. }) = &self.matrix;
        values
    }

    pub(crate) fn is_identity(&self) -> bool {
        let picks_all = |columns: &[usize]| columns.iter().copied().eq(0..self.n_inputs);
        matches!(&self.matrix, Matrix::Picked { columns, written, .. } if written.terms.is_empty() && picks_all(columns))
    }

    /// Whether each output is an input as it came.
    pub(crate) fn is_choice(&self) -> bool {
        matches!(&self.matrix, Matrix::Picked { written, .. } if written.terms.is_empty())
    }

    /// The one input that each output depends on, unless one depends on several.
    pub(crate) fn picked(&self) -> Option<&[usize]> {
        match &self.matrix {
            Matrix::Picked { columns, .. } => Some(columns),
            Matrix::Dense { .. } => None,
        }
    }

    /// The same with the factor of each; what is added is the [`offset`](Self::offset).
    pub(crate) fn picked_factors(&self) -> Option<(&[usize], &[f64])> {
        match &self.matrix {
            Matrix::Picked { columns, factors, .. } => Some((columns, factors)),
            Matrix::Dense { .. } => None,
        }
    }

    /// The part of a product that some of the inputs have in it, without the offset, as weights.
    pub(crate) fn weights_of(&self, inputs: Range<usize>) -> Vec<f64> {
        let width = self.n_outputs();
        match &self.matrix {
            Matrix::Picked { .. } => self.dense()[inputs.start * width..inputs.end * width].to_vec(),
            Matrix::Dense { values, .. } => values[inputs.start * width..inputs.end * width].to_vec(),
        }
    }

    /// The matrix written out, `n_inputs × n_outputs`, row-major.
    pub(crate) fn dense(&self) -> Vec<f64> {
        match &self.matrix {
            Matrix::Dense { values, .. } => values.clone(),
            Matrix::Picked { columns, factors, .. } => {
                let n_outputs = self.n_outputs();
                let mut dense = vec![0.0; self.n_inputs * n_outputs];
                for (output, (input, factor)) in columns.iter().zip(factors).enumerate() {
                    dense[input * n_outputs + output] = *factor;
                }
                dense
            }
        }
    }

    /// The same, and the offset, of a map that is not needed any more.
    pub(crate) fn into_dense(self) -> (Vec<f64>, Vec<f64>) {
        match self.matrix {
            Matrix::Dense { values, .. } => (values, self.offset),
            Matrix::Picked { .. } => (self.dense(), self.offset),
        }
    }

    /// Maps one row of `n_inputs` into one of `n_outputs`.
    pub(crate) fn apply(&self, row: &[f64], out: &mut [f64]) {
        match &self.matrix {
            Matrix::Picked { columns, written, .. } => {
                out.iter_mut().zip(columns).for_each(|(out, column)| *out = row[*column]);
                for Term { output, operation } in &written.terms {
                    out[*output] = operation.apply(out[*output]);
                }
            }
            Matrix::Dense { values, .. } => {
                out.fill(0.0);
                for (x, weights) in row.iter().zip(values.chunks_exact(self.offset.len())) {
                    add_scaled(out, *x, weights);
                }
                out.iter_mut().zip(&self.offset).for_each(|(out, offset)| *out += offset);
            }
        }
    }

    /// The same of a block of rows.
    pub(crate) fn apply_columns(&self, rows: Columns<'_>, mut out: ColumnsMut<'_>) {
        match &self.matrix {
            Matrix::Picked { columns, written, .. } => {
                out.iter_mut()
                    .zip(columns)
                    .for_each(|(out, column)| out.copy_from_slice(rows.column(*column)));
                for Term { output, operation } in &written.terms {
                    operation.apply_all(out.column(*output));
                }
            }
            Matrix::Dense { values, .. } => products(rows, values, &self.offset, out),
        }
    }
}

/// Whether every number is finite; asked of many at once, which takes no branch a number.
fn all_finite(values: &[f64]) -> bool {
    let in_part = |part: &[f64]| part.iter().fold(true, |so_far, value| so_far & value.is_finite());
    values.chunks(1024).all(in_part)
}

/// `out += factor · row`, each output's sum in the order of the calls.
#[inline(always)]
pub(crate) fn add_scaled(out: &mut [f64], factor: f64, row: &[f64]) {
    out.iter_mut().zip(row).for_each(|(out, value)| *out += factor * value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_finite_is_found_wherever_it_stands() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for place in [0, 1023, 1024, 2999] {
                let mut weights = vec![f64::MAX; 3000];
                assert!(Affine::identity(3000).times(weights.clone(), 1).is_finite());
                weights[place] = bad;
                assert!(!Affine::identity(3000).times(weights, 1).is_finite());
            }
            assert!(!Affine::identity(1).shifted(|_| bad).is_finite());
        }
    }

    #[test]
    fn a_mean_far_from_its_spread_is_steep() {
        let map = |mean: f64| Affine::identity(1).shifted(|_| -mean).divided(|_| 0.5);
        assert!(map(1e4).is_steep() && !map(1.0).is_steep());
        assert!(!map(1e4).times(vec![1.0], 1).is_steep());
    }

    #[test]
    fn identity_is_recognised() {
        assert!(Affine::identity(3).is_identity());
        assert!(!Affine::identity(3).shifted(|_| 1.0).is_identity());
        assert_eq!(Affine::identity(3).scaled(|_| 2.0).picked(), Some(&[0, 1, 2][..]));
        assert!(!Affine::select(3, [0, 2].into_iter()).is_identity());
    }
}
