//! Maps that are made of maps: behind one another, beside each other, and parts of one.

use super::written::{MAX_LAYERS, Operation, Term, Written, folded, terms_of};
use super::{Affine, Matrix, add_scaled};

impl Affine {
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
}

fn row_of(weights: &[f64], width: usize, index: usize) -> &[f64] {
    &weights[index * width..(index + 1) * width]
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
    fn of_many_layers_it_is_what_they_come_to_that_is_kept() {
        let mut map = Affine::identity(1);
        for _ in 0..1000 {
            map = map.shifted(|_| 1.0).scaled(|_| 1.0);
        }
        assert!(map.size() < 100, "{}", map.size());
        assert_eq!(apply(&map, &[0.5]), [1000.5]);
    }
}
