//! x ↦ x·W + b, the map that scalers, PCA and linear scores have in common.

/// An affine map of rows: `y[j] = Σ_i x[i] · matrix[i][j] + offset[j]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Affine {
    n_inputs: usize,
    matrix: Matrix,
    offset: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq)]
enum Matrix {
    /// One factor a column; what scalers are, and small where `Dense` is not.
    Diagonal(Vec<f64>),
    /// `n_inputs × n_outputs`, row-major.
    Dense(Vec<f64>),
}

impl Affine {
    /// The map that changes nothing.
    pub(crate) fn identity(width: usize) -> Self {
        Self { n_inputs: width, matrix: Matrix::Diagonal(vec![1.0; width]), offset: vec![0.0; width] }
    }

    /// Picks columns out of `n_inputs`, in any order. The indices are in range.
    pub(crate) fn select(n_inputs: usize, columns: impl ExactSizeIterator<Item = usize>) -> Self {
        let n_outputs = columns.len();
        let mut dense = vec![0.0; n_inputs * n_outputs];
        for (output, input) in columns.enumerate() {
            dense[input * n_outputs + output] = 1.0;
        }
        Self { n_inputs, matrix: Matrix::Dense(dense), offset: vec![0.0; n_outputs] }
    }

    pub(crate) fn n_inputs(&self) -> usize {
        self.n_inputs
    }

    pub(crate) fn n_outputs(&self) -> usize {
        self.offset.len()
    }

    pub(crate) fn offset(&self) -> &[f64] {
        &self.offset
    }

    /// Numbers held, the measure of what it costs to keep and to apply.
    pub(crate) fn size(&self) -> usize {
        let (Matrix::Diagonal(values) | Matrix::Dense(values)) = &self.matrix;
        values.len() + self.offset.len()
    }

    /// Whether every number in it is finite.
    pub(crate) fn is_finite(&self) -> bool {
        let (Matrix::Diagonal(values) | Matrix::Dense(values)) = &self.matrix;
        values.iter().chain(&self.offset).all(|value| value.is_finite())
    }

    pub(crate) fn is_identity(&self) -> bool {
        matches!(&self.matrix, Matrix::Diagonal(factors) if factors.iter().all(|factor| *factor == 1.0))
            && self.offset.iter().all(|offset| *offset == 0.0)
    }

    /// Whether each output depends on the input of the same column alone.
    pub(crate) fn is_elementwise(&self) -> bool {
        matches!(self.matrix, Matrix::Diagonal(_))
    }

    /// Applies `matrix` and `offset` to every column's terms in turn.
    fn map_columns(mut self, matrix: impl Fn(usize, f64) -> f64, offset: impl Fn(usize, f64) -> f64) -> Self {
        let n_outputs = self.n_outputs();
        match &mut self.matrix {
            Matrix::Diagonal(factors) => {
                factors.iter_mut().enumerate().for_each(|(column, value)| *value = matrix(column, *value));
            }
            Matrix::Dense(values) => values
                .iter_mut()
                .enumerate()
                .for_each(|(index, value)| *value = matrix(index % n_outputs, *value)),
        }
        self.offset.iter_mut().enumerate().for_each(|(column, value)| *value = offset(column, *value));
        self
    }

    /// `y[j] · factor(j)`
    pub(crate) fn scaled(self, factor: impl Fn(usize) -> f64) -> Self {
        self.map_columns(|column, value| value * factor(column), |column, value| value * factor(column))
    }

    /// `y[j] / divisor(j)`
    pub(crate) fn divided(self, divisor: impl Fn(usize) -> f64) -> Self {
        self.map_columns(|column, value| value / divisor(column), |column, value| value / divisor(column))
    }

    /// `y[j] + term(j)`
    pub(crate) fn shifted(self, term: impl Fn(usize) -> f64) -> Self {
        self.map_columns(|_, value| value, |column, value| value + term(column))
    }

    /// `y · weights`, with `weights` row-major and `n_outputs` rows high.
    pub(crate) fn times(&self, weights: &[f64], width: usize) -> Self {
        let row = |index: usize| &weights[index * width..(index + 1) * width];
        let mut dense = vec![0.0; self.n_inputs * width];
        for (input, products) in dense.chunks_exact_mut(width.max(1)).enumerate() {
            match &self.matrix {
                Matrix::Diagonal(factors) => add_scaled(products, factors[input], row(input)),
                Matrix::Dense(values) => {
                    let n_outputs = self.offset.len();
                    let factors = &values[input * n_outputs..(input + 1) * n_outputs];
                    factors
                        .iter()
                        .enumerate()
                        .for_each(|(index, factor)| add_scaled(products, *factor, row(index)));
                }
            }
        }
        let mut offset = vec![0.0; width];
        self.offset.iter().enumerate().for_each(|(index, term)| add_scaled(&mut offset, *term, row(index)));
        Self { n_inputs: self.n_inputs, matrix: Matrix::Dense(dense), offset }
    }

    /// The columns of several maps of the same input side by side.
    pub(crate) fn concatenated(parts: &[&Self]) -> Self {
        let n_inputs = parts.first().map_or(0, |part| part.n_inputs);
        let n_outputs: usize = parts.iter().map(|part| part.n_outputs()).sum();
        let dense_parts: Vec<Vec<f64>> = parts.iter().map(|part| part.dense()).collect();
        let mut dense = Vec::with_capacity(n_inputs * n_outputs);
        for input in 0..n_inputs {
            for (part, values) in parts.iter().zip(&dense_parts) {
                dense.extend_from_slice(&values[input * part.n_outputs()..(input + 1) * part.n_outputs()]);
            }
        }
        let offset = parts.iter().flat_map(|part| part.offset.iter().copied()).collect();
        Self { n_inputs, matrix: Matrix::Dense(dense), offset }.simplified()
    }

    /// The outputs at `columns`, which are in range.
    pub(crate) fn columns(&self, columns: &[usize]) -> Self {
        let (n_outputs, width) = (self.n_outputs(), columns.len());
        let mut dense = vec![0.0; self.n_inputs * width];
        for (to, from) in columns.iter().enumerate() {
            match &self.matrix {
                Matrix::Diagonal(factors) => dense[from * width + to] = factors[*from],
                Matrix::Dense(values) => {
                    for input in 0..self.n_inputs {
                        dense[input * width + to] = values[input * n_outputs + from];
                    }
                }
            }
        }
        let offset = columns.iter().map(|column| self.offset[*column]).collect();
        Self { n_inputs: self.n_inputs, matrix: Matrix::Dense(dense), offset }.simplified()
    }

    /// The same map without the zeroes of a matrix that has nothing else off
    /// its diagonal: columns taken apart and put together again.
    fn simplified(mut self) -> Self {
        let (n_inputs, n_outputs) = (self.n_inputs, self.n_outputs());
        if let Matrix::Dense(values) = &self.matrix {
            let on_diagonal = |index: usize| index / n_outputs == index % n_outputs;
            let is_diagonal = n_inputs == n_outputs
                && values.iter().enumerate().all(|(index, value)| *value == 0.0 || on_diagonal(index));
            if is_diagonal {
                self.matrix = Matrix::Diagonal(values.iter().step_by(n_inputs + 1).copied().collect());
            }
        }
        self
    }

    /// The matrix written out, `n_inputs × n_outputs`, row-major.
    pub(crate) fn dense(&self) -> Vec<f64> {
        match &self.matrix {
            Matrix::Dense(values) => values.clone(),
            Matrix::Diagonal(factors) => {
                let mut dense = vec![0.0; factors.len() * factors.len()];
                for (index, factor) in factors.iter().enumerate() {
                    dense[index * factors.len() + index] = *factor;
                }
                dense
            }
        }
    }

    /// Maps one row of `n_inputs` into one of `n_outputs`.
    pub(crate) fn apply(&self, row: &[f64], out: &mut [f64]) {
        match &self.matrix {
            Matrix::Diagonal(factors) => {
                for ((out, x), (factor, offset)) in
                    out.iter_mut().zip(row).zip(factors.iter().zip(&self.offset))
                {
                    *out = x * factor + offset;
                }
            }
            Matrix::Dense(values) => {
                out.fill(0.0);
                for (x, weights) in row.iter().zip(values.chunks_exact(self.offset.len())) {
                    add_scaled(out, *x, weights);
                }
                out.iter_mut().zip(&self.offset).for_each(|(out, offset)| *out += offset);
            }
        }
    }
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
        let folded = map.times(&[1.0, 10.0, 100.0, 3.0, 30.0, 300.0], 3);
        assert_eq!(apply(&folded, &[5.0, 10.0]), [8.0, 80.0, 800.0]);
        assert_eq!(folded.times(&[1.0, 1.0, 1.0], 1).dense().len(), 2);
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

    #[test]
    fn identity_is_recognised() {
        assert!(Affine::identity(3).is_identity());
        assert!(!Affine::identity(3).shifted(|_| 1.0).is_identity());
        assert!(Affine::identity(3).scaled(|_| 2.0).is_elementwise());
    }
}
