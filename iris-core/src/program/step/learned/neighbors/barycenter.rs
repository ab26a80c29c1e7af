//! Where a row lies among its neighbours, and so among where these were placed (Roweis & Saul, 2000).

use super::super::triangle;
use super::heap::Heap;

/// Points, and where each was placed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Barycenter {
    /// Numbers of a point, one behind the other.
    pub(crate) of_points: Vec<f64>,
    /// So many numbers of each point.
    pub(crate) n_outputs: usize,
    pub(crate) places: Vec<f64>,
    /// Added to the diagonal of the system, as a share of all that stands there.
    pub(crate) regularization: f64,
}

impl Barycenter {
    /// The system of so many neighbours, and their weights.
    pub(super) fn scratch_len(n_neighbors: usize) -> usize {
        n_neighbors * n_neighbors + n_neighbors
    }

    /// Writes NaN where the system has no answer.
    pub(super) fn apply(&self, row: &[f64], heap: &Heap<'_>, out: &mut [f64], scratch: &mut [f64]) {
        let n = heap.iter().count();
        let (system, weights) = scratch[..Self::scratch_len(n)].split_at_mut(n * n);
        self.fill(row, heap, system, n);
        let mut is_solved = heap.iter().all(|(distance, _)| distance.is_finite());
        is_solved &= factored(system, n);
        weights.fill(1.0);
        triangle::solve(system, n, weights);
        let sum: f64 = weights.iter().sum();
        out.fill(if is_solved { 0.0 } else { f64::NAN });
        for ((_, point), weight) in heap.iter().zip(&*weights) {
            let place = &self.places[point * self.n_outputs..][..self.n_outputs];
            out.iter_mut().zip(place).for_each(|(out, place)| *out += weight / sum * place);
        }
    }

    /// The products of the ways from a row to its neighbours, and what holds their system solvable.
    fn fill(&self, row: &[f64], heap: &Heap<'_>, system: &mut [f64], n: usize) {
        let point = |point: usize| &self.of_points[point * row.len()..][..row.len()];
        let mut trace = 0.0;
        for (line, (_, one)) in heap.iter().enumerate() {
            for (column, (_, other)) in heap.iter().take(line + 1).enumerate() {
                let pairs = point(one).iter().zip(point(other)).zip(row);
                system[line * n + column] = pairs.fold(0.0, |sum, ((a, b), x)| sum + (a - x) * (b - x));
            }
            trace += system[line * n + line];
        }
        let added = if trace > 0.0 { self.regularization * trace } else { self.regularization };
        system.iter_mut().step_by(n + 1).for_each(|diagonal| *diagonal += added);
    }
}

/// Makes its Cholesky triangle of a system, below its diagonal and on it; `false` if it has none.
fn factored(system: &mut [f64], n: usize) -> bool {
    for line in 0..n {
        let (above, rest) = system.split_at_mut(line * n);
        triangle::line(above, n, &mut rest[..line]);
        rest[line] = rest[..line].iter().fold(rest[line], |sum, each| sum - each * each).sqrt();
        if rest[line].is_nan() || rest[line] <= 0.0 {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_between_two_points_is_placed_between_them() {
        let barycenter = |regularization| Barycenter {
            of_points: vec![0.0, 0.0, 4.0, 0.0, 9.0, 9.0],
            n_outputs: 1,
            places: vec![10.0, 20.0, 99.0],
            regularization,
        };
        let of = |regularization, row: [f64; 2]| {
            let mut memory = [0.0; 4];
            let mut heap = Heap::new(&mut memory);
            for (point, x) in [(0, 0.0), (1, 4.0)] {
                heap.push((row[0] - x) * (row[0] - x) + row[1] * row[1], point);
            }
            let mut out = [0.0];
            barycenter(regularization).apply(&row, &heap, &mut out, &mut [0.0; 6]);
            out[0]
        };
        // The nearest place on the line through both.
        assert!((of(1e-9, [1.0, 0.0]) - 12.5).abs() < 1e-6);
        assert!((of(1e-9, [1.0, 3.0]) - 12.5).abs() < 1e-6);
        // Ways of 1 and 3 to either side: with a tenth of 10 on the diagonal 1 + 1 and 9 + 1, beside -3.
        assert!((of(0.1, [1.0, 0.0]) - (10.0 * 13.0 + 20.0 * 5.0) / 18.0).abs() < 1e-13);
        // On the first point nothing but the second's way counts.
        assert!((of(1e-3, [0.0, 0.0]) - (10.0 * 16.016 + 20.0 * 0.016) / 16.032).abs() < 1e-12);
        assert!(of(0.0, [1.0, 0.0]).is_nan());
    }
}
