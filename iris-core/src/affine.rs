//! x ↦ x·W + b, the map that scalers, PCA and linear scores have in common.

mod written;

use std::ops::Range;

use crate::columns::{Columns, ColumnsMut, products};
use written::{MAX_LAYERS, Operation, Term, Written, folded, terms_of};

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

    /// Applies an operation to every output, if it changes anything.
    fn map_outputs(mut self, operation: impl Fn(usize) -> Operation) -> Self {
        let n_outputs = self.n_outputs();
        match &mut self.matrix {
            Matrix::Picked { factors, written, .. } => {
                if written.layers == MAX_LAYERS {
                    **written = Written { terms: folded(factors, &self.offset), layers: 2 };
                }
                written.layers += 1;
                for (output, factor) in factors.iter_mut().enumerate() {
                    let operation = operation(output);
                    if operation.changes() {
                        *factor = operation.of_factor(*factor);
                        written.terms.push(Term { output, operation });
                    }
                }
            }
            Matrix::Dense { values, .. } => {
                let operations: Vec<Operation> = (0..n_outputs).map(&operation).collect();
                if operations.iter().any(|operation| operation.changes_factor()) {
                    for factors in values.chunks_exact_mut(n_outputs) {
                        let each = factors.iter_mut().zip(&operations);
                        each.for_each(|(factor, operation)| *factor = operation.of_factor(*factor));
                    }
                }
            }
        }
        self.offset
            .iter_mut()
            .enumerate()
            .for_each(|(output, offset)| *offset = operation(output).apply(*offset));
        self
    }

    /// `y[j] · factor(j)`
    pub(crate) fn scaled(self, factor: impl Fn(usize) -> f64) -> Self {
        self.map_outputs(|output| Operation::Multiply(factor(output)))
    }

    /// `y[j] / divisor(j)`
    pub(crate) fn divided(self, divisor: impl Fn(usize) -> f64) -> Self {
        self.map_outputs(|output| Operation::Divide(divisor(output)))
    }

    /// `y[j] + term(j)`
    pub(crate) fn shifted(self, term: impl Fn(usize) -> f64) -> Self {
        self.map_outputs(|output| Operation::Add(term(output)))
    }

    /// `y · weights`, with `weights` row-major and `n_outputs` rows high. Where
    /// each output is the input at its place, the weights stay where they lie:
    /// of a large model they are most of what is held.
    pub(crate) fn times(&self, mut weights: Vec<f64>, width: usize) -> Self {
        let offset = self.offset_times(&weights, width);
        let centre = self.centre_of_product();
        let matrix = match &self.matrix {
            Matrix::Picked { columns, factors, .. } if columns.iter().copied().eq(0..self.n_inputs) => {
                for (row, factor) in weights.chunks_exact_mut(width.max(1)).zip(factors) {
                    if *factor != 1.0 {
                        for weight in row {
                            *weight *= factor;
                        }
                    }
                }
                weights
            }
            Matrix::Picked { columns, factors, .. } => {
                let mut dense = vec![0.0; self.n_inputs * width];
                for (index, (input, factor)) in columns.iter().zip(factors).enumerate() {
                    add_scaled(&mut dense[input * width..][..width], *factor, row_of(&weights, width, index));
                }
                dense
            }
            Matrix::Dense { values, .. } => {
                let mut dense = vec![0.0; self.n_inputs * width];
                let of_input = values.chunks_exact(self.offset.len().max(1));
                for (products, factors) in dense.chunks_exact_mut(width.max(1)).zip(of_input) {
                    for (index, factor) in factors.iter().enumerate() {
                        add_scaled(products, *factor, row_of(&weights, width, index));
                    }
                }
                dense
            }
        };
        Self { n_inputs: self.n_inputs, matrix: Matrix::Dense { values: matrix, centre }, offset }
    }

    /// The values that come to a product behind this as zeros.
    fn centre_of_product(&self) -> Vec<f64> {
        let Matrix::Picked { columns, factors, .. } = &self.matrix else { return self.centre().to_vec() };
        if self.offset.iter().all(|offset| *offset == 0.0) {
            return Vec::new();
        }
        let mut centre = vec![None; self.n_inputs];
        for ((column, factor), offset) in columns.iter().zip(factors).zip(&self.offset) {
            let zero = if *factor == 0.0 { 0.0 } else { -offset / factor };
            if centre[*column].is_some_and(|known| known != zero) {
                return Vec::new();
            }
            centre[*column] = Some(zero);
        }
        centre.into_iter().map(Option::unwrap_or_default).collect()
    }

    /// What the weights make of the offset.
    fn offset_times(&self, weights: &[f64], width: usize) -> Vec<f64> {
        let mut offset = vec![0.0; width];
        for (index, term) in self.offset.iter().enumerate() {
            // Of finite weights nothing is added.
            if *term != 0.0 {
                add_scaled(&mut offset, *term, row_of(weights, width, index));
            }
        }
        offset
    }

    /// The columns of several maps of the same input side by side.
    pub(crate) fn concatenated(parts: &[&Self]) -> Self {
        let n_inputs = parts.first().map_or(0, |part| part.n_inputs);
        let offset = parts.iter().flat_map(|part| part.offset.iter().copied()).collect();
        let matrix = if parts.iter().all(|part| part.picked().is_some()) {
            Self::picked_beside(parts)
        } else {
            let dense_parts: Vec<Vec<f64>> = parts.iter().map(|part| part.dense()).collect();
            let row = |input: usize| {
                let of_part = move |(part, values): (&&Self, &Vec<f64>)| {
                    let width = part.n_outputs();
                    values[input * width..(input + 1) * width].to_vec()
                };
                parts.iter().zip(&dense_parts).flat_map(of_part).collect::<Vec<f64>>()
            };
            let centre = match parts {
                [first, others @ ..] if others.iter().all(|part| part.centre() == first.centre()) => {
                    first.centre().to_vec()
                }
                _ => Vec::new(),
            };
            Matrix::Dense { values: (0..n_inputs).flat_map(row).collect(), centre }
        };
        Self { n_inputs, matrix, offset }
    }

    fn picked_beside(parts: &[&Self]) -> Matrix {
        let (mut all_columns, mut all_factors, mut all) = (Vec::new(), Vec::new(), Box::<Written>::default());
        for part in parts {
            if let Matrix::Picked { columns, factors, written } = &part.matrix {
                let start = all_columns.len();
                all_columns.extend(columns);
                all_factors.extend(factors);
                let terms = written.terms.iter().map(|term| Term { output: start + term.output, ..*term });
                all.terms.extend(terms);
                all.layers = all.layers.max(written.layers);
            }
        }
        Matrix::Picked { columns: all_columns, factors: all_factors, written: all }
    }

    /// A single score as two: its negative for the first class, itself for the second.
    pub(crate) fn for_two_classes(&self) -> Self {
        Self::concatenated(&[&self.clone().scaled(|_| -1.0), self])
    }

    /// The same map of a row that holds only the inputs at `inputs`; on others no output depends.
    #[cfg(feature = "pickle")]
    pub(crate) fn of_inputs(&self, inputs: &[usize]) -> Self {
        let n_outputs = self.n_outputs();
        let matrix = match &self.matrix {
            Matrix::Picked { columns, factors, written } => {
                let place = |column: &usize| inputs.iter().position(|input| input == column).unwrap_or(0);
                let columns = columns.iter().map(place).collect();
                Matrix::Picked { columns, factors: factors.clone(), written: written.clone() }
            }
            Matrix::Dense { values, centre } => Matrix::Dense {
                values: inputs
                    .iter()
                    .flat_map(|input| &values[input * n_outputs..][..n_outputs])
                    .copied()
                    .collect(),
                centre: inputs.iter().filter_map(|input| centre.get(*input)).copied().collect(),
            },
        };
        Self { n_inputs: inputs.len(), matrix, offset: self.offset.clone() }
    }

    /// The outputs at `columns`, which are in range.
    pub(crate) fn columns(&self, columns: &[usize]) -> Self {
        let n_outputs = self.n_outputs();
        let matrix = match &self.matrix {
            Matrix::Picked { columns: from, factors, written } => Matrix::Picked {
                columns: columns.iter().map(|column| from[*column]).collect(),
                factors: columns.iter().map(|column| factors[*column]).collect(),
                written: Box::new(Written {
                    terms: terms_of(&written.terms, columns),
                    layers: written.layers,
                }),
            },
            Matrix::Dense { values, centre } => Matrix::Dense {
                values: (0..self.n_inputs)
                    .flat_map(|input| columns.iter().map(move |column| values[input * n_outputs + column]))
                    .collect(),
                centre: centre.clone(),
            },
        };
        let offset = columns.iter().map(|column| self.offset[*column]).collect();
        Self { n_inputs: self.n_inputs, matrix, offset }
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

fn row_of(weights: &[f64], width: usize, index: usize) -> &[f64] {
    &weights[index * width..(index + 1) * width]
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

    fn apply(map: &Affine, row: &[f64]) -> Vec<f64> {
        let mut out = vec![f64::NAN; map.n_outputs()];
        map.apply(row, &mut out);
        out
    }

    #[test]
    fn a_scaler_then_a_product_is_one_map() {
        let map = Affine::identity(2).shifted(|j| [-1.0, -2.0][j]).divided(|j| [2.0, 4.0][j]);
        assert_eq!(apply(&map, &[5.0, 10.0]), [2.0, 2.0]);
        let folded = map.times(vec![1.0, 10.0, 100.0, 3.0, 30.0, 300.0], 3);
        assert_eq!(apply(&folded, &[5.0, 10.0]), [8.0, 80.0, 800.0]);
        assert_eq!(folded.times(vec![1.0, 1.0, 1.0], 1).dense().len(), 2);
    }

    #[test]
    fn weights_are_the_same_whether_they_stay_where_they_lie_or_not() {
        let weights = vec![1.0, -2.0, 0.5, 4.0, 0.25, 3.0];
        let scaled = |map: Affine| map.shifted(|j| [1.0, 0.0, -1.0][j]).scaled(|j| [0.1, 1.0, 3.0][j]);
        let turned = vec![0.25, 3.0, 0.5, 4.0, 1.0, -2.0];
        let straight = scaled(Affine::identity(3)).times(weights, 2);
        let crossed = scaled(Affine::identity(3)).columns(&[2, 1, 0]).times(turned, 2);
        assert_eq!(straight.dense(), crossed.dense());
        for (row, expected) in [([0.0; 3], [-0.65, -9.2]), ([9.0, 2.0, -1.0], [0.5, -12.0])] {
            for map in [&straight, &crossed] {
                let found = apply(map, &row);
                assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
            }
        }
    }

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
    fn selecting_and_concatenating_columns() {
        let (a, b) =
            (Affine::select(3, [2].into_iter()), Affine::select(3, [0].into_iter()).shifted(|_| 0.5));
        let both = Affine::concatenated(&[&a, &b]);
        assert_eq!(apply(&both, &[1.0, 2.0, 3.0]), [3.0, 1.5]);
        assert_eq!(apply(&both.columns(&[1]), &[1.0, 2.0, 3.0]), [1.5]);
        let scaled = Affine::identity(3).scaled(|j| [2.0, 3.0, 4.0][j]);
        assert_eq!(apply(&scaled.columns(&[2, 0]), &[1.0, 1.0, 10.0]), [40.0, 2.0]);
        assert_eq!(Affine::concatenated(&[&scaled.columns(&[0, 1]), &scaled.columns(&[2])]), scaled);
    }

    #[cfg(feature = "pickle")]
    #[test]
    fn inputs_on_which_nothing_depends_can_be_left_out() {
        let picked = Affine::select(4, [3, 1].into_iter()).scaled(|j| [2.0, 3.0][j]);
        for map in [picked.clone(), picked.times(vec![1.0, 1.0, 10.0, 1.0], 2)] {
            let left = map.of_inputs(&[1, 3]);
            assert_eq!(apply(&left, &[5.0, 7.0]), apply(&map, &[f64::MAX, 5.0, 0.0, 7.0]));
        }
    }

    #[test]
    fn a_scaler_on_its_own_rounds_as_it_was_written() {
        let (mean, scale) = (5.843_333_333_333_334, 0.825_301_291_785_141);
        let map = Affine::identity(2).shifted(|_| -mean).divided(|_| scale);
        for x in [5.1, 4.9, 1e6, mean] {
            let expected = (x - mean) / scale;
            assert_eq!(apply(&map, &[x, x]), [expected, expected]);
            assert_eq!(apply(&map.columns(&[1, 1, 0]), &[0.0, x])[..2], [expected, expected]);
            let beside = Affine::concatenated(&[&Affine::select(2, [1].into_iter()), &map]);
            assert_eq!(apply(&beside, &[x, 2.0])[..2], [2.0, expected]);
        }
    }

    #[test]
    fn a_mean_far_from_its_spread_is_steep() {
        let map = |mean: f64| Affine::identity(1).shifted(|_| -mean).divided(|_| 0.5);
        assert!(map(1e4).is_steep() && !map(1.0).is_steep());
        assert!(!map(1e4).times(vec![1.0], 1).is_steep());
    }

    #[test]
    fn of_many_layers_it_is_what_they_come_to_that_is_kept() {
        let mut map = Affine::identity(1);
        for _ in 0..1000 {
            map = map.shifted(|_| 1.0).scaled(|_| 1.0);
        }
        assert!(map.size() < 100, "{}", map.size());
        assert_eq!(apply(&map, &[0.5]), [1000.5]);
    }

    #[test]
    fn identity_is_recognised() {
        assert!(Affine::identity(3).is_identity());
        assert!(!Affine::identity(3).shifted(|_| 1.0).is_identity());
        assert_eq!(Affine::identity(3).scaled(|_| 2.0).picked(), Some(&[0, 1, 2][..]));
        assert!(!Affine::select(3, [0, 2].into_iter()).is_identity());
    }
}
