//! How alike a row is to each of a machine's support vectors.

/// The kernel of a row with each vector of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VectorKernel {
    pub(crate) vectors: Box<[f64]>,
    /// Numbers of a vector; not 0.
    pub(crate) n: usize,
    pub(crate) kind: VectorKernelKind,
    pub(crate) gamma: f64,
    pub(crate) coef0: f64,
    pub(crate) degree: f64,
}

/// What `ai.onnx.ml` calls a kernel's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VectorKernelKind {
    Linear,
    Poly,
    Rbf,
    Sigmoid,
}

impl VectorKernel {
    pub(super) fn apply(&self, row: &[f64], to: &mut [f64]) {
        for (to, vector) in to.iter_mut().zip(self.vectors.chunks_exact(self.n)) {
            *to = if self.kind == VectorKernelKind::Rbf {
                let distance: f64 = row.iter().zip(vector).map(|(a, b)| (a - b) * (a - b)).sum();
                (-self.gamma * distance).exp()
            } else {
                let product: f64 = row.iter().zip(vector).map(|(a, b)| a * b).sum();
                match self.kind {
                    VectorKernelKind::Poly => (self.gamma * product + self.coef0).powf(self.degree),
                    VectorKernelKind::Sigmoid => (self.gamma * product + self.coef0).tanh(),
                    VectorKernelKind::Linear | VectorKernelKind::Rbf => product,
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kernel_of_two_vectors() {
        let of = |kind| {
            let vectors = [1.0, 2.0, 0.0, 0.0].into();
            let mut to = [0.0; 2];
            VectorKernel { vectors, n: 2, kind, gamma: 0.5, coef0: 1.0, degree: 2.0 }
                .apply(&[3.0, 1.0], &mut to);
            to
        };
        assert_eq!(of(VectorKernelKind::Linear), [5.0, 0.0]);
        assert_eq!(of(VectorKernelKind::Poly), [12.25, 1.0]);
        assert_eq!(of(VectorKernelKind::Rbf), [(-2.5f64).exp(), (-5f64).exp()]);
        assert_eq!(of(VectorKernelKind::Sigmoid), [3.5f64.tanh(), 1f64.tanh()]);
    }
}
