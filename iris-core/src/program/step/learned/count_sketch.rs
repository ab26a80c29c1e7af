//! Tensor sketches: products of hashed sums, of which products are nearly a polynomial kernel (Pham & Pagh, 2013).

/// Where each column is counted, once a degree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CountSketch {
    pub(crate) n_outputs: usize,
    /// The row's columns, and one more for the constant if there is one.
    pub(crate) n_hashed: usize,
    pub(crate) constant: f64,
    /// Degree by degree, below `n_outputs`.
    pub(crate) places: Vec<u32>,
    /// 1 or -1 of each place.
    pub(crate) signs: Vec<f64>,
}

impl CountSketch {
    /// The sums of one degree, and the product so far.
    pub(super) fn scratch_len(&self) -> usize {
        2 * self.n_outputs
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64], scratch: &mut [f64]) {
        let (sums, product) = scratch[..self.scratch_len()].split_at_mut(self.n_outputs);
        let degrees = self.places.chunks_exact(self.n_hashed).zip(self.signs.chunks_exact(self.n_hashed));
        for (degree, (places, signs)) in degrees.enumerate() {
            sums.fill(0.0);
            let columns = row.iter().copied().chain(std::iter::once(self.constant));
            for ((x, place), sign) in columns.zip(places).zip(signs) {
                sums[*place as usize] += sign * x;
            }
            if degree == 0 {
                out.copy_from_slice(sums);
                continue;
            }
            // What scikit-learn takes by Fourier transforms: a product of polynomials, around a circle.
            product.copy_from_slice(out);
            out.fill(0.0);
            for (shift, factor) in sums.iter().enumerate().filter(|(_, factor)| **factor != 0.0) {
                let (ahead, around) = product.split_at(self.n_outputs - shift);
                out[shift..].iter_mut().zip(ahead).for_each(|(out, x)| *out += factor * x);
                out[..shift].iter_mut().zip(around).for_each(|(out, x)| *out += factor * x);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_multiplied_around_a_circle() {
        let sketch = CountSketch {
            n_outputs: 3,
            n_hashed: 3,
            constant: 0.5,
            places: vec![0, 1, 1, 2, 2, 0],
            signs: vec![1.0, -1.0, 1.0, 1.0, 1.0, -1.0],
        };
        let mut out = [f64::NAN; 3];
        sketch.apply(&[2.0, 3.0], &mut out, &mut [f64::NAN; 7]);
        // (2 - 2.5 t) (-0.5 + 5 t²), where t³ is 1.
        assert_eq!(out, [-1.0 - 12.5, 1.25, 10.0]);
    }
}
