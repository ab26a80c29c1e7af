//! `KNNImputer`: a missing value replaced by what the rows nearest to it have there.

use crate::refused::Refused;

/// The rows that were seen, and how missing values are found and filled in.
#[derive(Debug, Clone)]
pub(crate) struct NeighborsImpute {
    width: usize,
    /// Row by row; what is missing is NaN.
    rows: Vec<f64>,
    /// The sum of squares of each row.
    squares: Vec<f64>,
    /// Of each column the mean, for rows that are near to none; `None` of a
    /// column without a value, which becomes 0.
    means: Vec<Option<f64>>,
    /// The value that stands for "missing"; usually NaN.
    missing: f64,
    n_neighbors: usize,
    weights: Weights,
}

/// What a neighbour counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weights {
    Uniform,
    /// One by its distance.
    Distance,
}

impl NeighborsImpute {
    /// Rows of `width` columns, of which there is at least one.
    pub(crate) fn new(
        width: usize,
        mut rows: Vec<f64>,
        missing: f64,
        n_neighbors: usize,
        weights: Weights,
    ) -> Self {
        for value in &mut rows {
            if *value == missing {
                *value = f64::NAN;
            }
        }
        let means = (0..width).map(|column| mean(rows[column..].iter().step_by(width))).collect();
        let squares = rows.chunks_exact(width).map(sum_of_squares).collect();
        Self { width, rows, squares, means, missing, n_neighbors, weights }
    }

    /// Numbers that it works in: the distance of each row that was seen, and
    /// room to order them.
    pub(crate) fn scratch_len(&self) -> usize {
        2 * self.n_rows()
    }

    pub(crate) fn fills_nan(&self) -> bool {
        self.missing.is_nan()
    }

    /// Whether a column had a value.
    pub(crate) fn is_known(&self, column: usize) -> bool {
        self.means[column].is_some()
    }

    fn n_rows(&self) -> usize {
        self.rows.len() / self.width
    }

    pub(super) fn apply(&self, row: &[f64], filled: &mut [f64], scratch: &mut [f64]) -> Result<(), Refused> {
        let (distances, ordered) = scratch.split_at_mut(self.n_rows());
        for (column, (to, from)) in filled.iter_mut().zip(row).enumerate() {
            let is_missing = from.is_nan() || *from == self.missing;
            if from.is_infinite() || (from.is_nan() && !self.fills_nan()) {
                return Err(Refused { column });
            }
            *to = if is_missing { f64::NAN } else { *from };
        }
        let is_asked = |(value, mean): (&f64, &Option<f64>)| value.is_nan() && mean.is_some();
        if filled.iter().zip(&self.means).any(is_asked) {
            let squared = sum_of_squares(filled);
            let seen = self.rows.chunks_exact(self.width).zip(&self.squares);
            for (distance, (seen, squares)) in distances.iter_mut().zip(seen) {
                *distance = distance_between(filled, seen, [squared, *squares]);
            }
        }
        for (column, (value, mean)) in filled.iter_mut().zip(&self.means).enumerate() {
            match mean {
                None => *value = 0.0,
                Some(mean) if value.is_nan() => {
                    *value = self.among_neighbors(column, distances, ordered).unwrap_or(*mean);
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// The mean of the nearest rows that have a value in a column; `None` if no
    /// row that has one is at any distance.
    fn among_neighbors(&self, column: usize, distances: &[f64], ordered: &mut [f64]) -> Option<f64> {
        let values = self.rows[column..].iter().step_by(self.width);
        let donors = || {
            let known = distances.iter().zip(values.clone());
            known.filter(|(distance, value)| !distance.is_nan() && !value.is_nan())
        };
        let mut n_donors = 0;
        for (place, (distance, _)) in ordered.iter_mut().zip(donors()) {
            *place = *distance;
            n_donors += 1;
        }
        let last = self.n_neighbors.min(n_donors).checked_sub(1)?;
        let (_, farthest, _) = ordered[..n_donors].select_nth_unstable_by(last, f64::total_cmp);
        let farthest = *farthest;
        let has_zero = donors().any(|(distance, _)| *distance == 0.0);
        // Of those as far as the farthest the first ones, until there are enough.
        let mut ties = last + 1 - donors().filter(|(distance, _)| **distance < farthest).count();
        let (mut sum, mut sum_of_weights) = (0.0, 0.0);
        for (distance, value) in donors() {
            if *distance > farthest {
                continue;
            }
            if *distance == farthest {
                if ties == 0 {
                    continue;
                }
                ties -= 1;
            }
            let weight = match self.weights {
                Weights::Uniform => 1.0,
                Weights::Distance if has_zero => f64::from(u8::from(*distance == 0.0)),
                Weights::Distance => 1.0 / distance,
            };
            sum += weight * value;
            sum_of_weights += weight;
        }
        Some(sum / sum_of_weights)
    }
}

/// Two are equal when they do the same, so NaN equals NaN here.
impl PartialEq for NeighborsImpute {
    fn eq(&self, other: &Self) -> bool {
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
        self.width == other.width
            && self.missing.to_bits() == other.missing.to_bits()
            && self.n_neighbors == other.n_neighbors
            && self.weights == other.weights
            && bits(&self.rows) == bits(&other.rows)
    }
}

/// The Euclidean distance over the columns that both have, as if the others
/// were as far apart; NaN if there are none.
///
/// Computed as scikit-learn does, from the sums of squares and a product, and
/// rounded where its libraries round: digits are lost in that, and which of
/// several rows is nearest may lie in them.
fn distance_between(row: &[f64], seen: &[f64], squares: [f64; 2]) -> f64 {
    let (mut product, mut of_row_alone, mut of_seen_alone, mut n_present) = (0.0, 0.0, 0.0, 0.0);
    for (a, b) in row.iter().zip(seen) {
        match (a.is_nan(), b.is_nan()) {
            (false, false) => {
                product = a.mul_add(*b, product);
                n_present += 1.0;
            }
            (false, true) => of_row_alone += a * a,
            (true, false) => of_seen_alone += b * b,
            (true, true) => {}
        }
    }
    if n_present == 0.0 {
        return f64::NAN;
    }
    let whole = (-2.0 * product + squares[0] + squares[1]).max(0.0);
    let shared = (whole - of_row_alone - of_seen_alone).max(0.0);
    #[expect(clippy::cast_precision_loss, reason = "a row has fewer than 2^53 columns")]
    let n_columns = row.len() as f64;
    (shared / n_present * n_columns).sqrt()
}

/// In the order of numpy's `einsum`: two sums, of every other number, and of
/// eight numbers in a row the last ones first.
fn sum_of_squares(row: &[f64]) -> f64 {
    let mut sums = [0.0; 2];
    let (eights, rest) = row.as_chunks::<8>();
    let pairs = eights.iter().flat_map(|eight| eight.chunks(2).rev()).chain(rest.chunks(2));
    for pair in pairs {
        for (sum, value) in sums.iter_mut().zip(pair) {
            let value = if value.is_nan() { 0.0 } else { *value };
            *sum += value * value;
        }
    }
    sums[0] + sums[1]
}

/// The mean of what is not missing.
fn mean<'v>(values: impl Iterator<Item = &'v f64>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0.0);
    for value in values.filter(|value| !value.is_nan()) {
        sum += value;
        n += 1.0;
    }
    (n > 0.0).then(|| sum / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    fn filled(weights: Weights, n_neighbors: usize, row: [f64; 2]) -> [f64; 2] {
        let rows = vec![0.0, 10.0, 1.0, 20.0, 3.0, 40.0, NAN, 70.0, 9.0, NAN];
        let step = NeighborsImpute::new(2, rows, NAN, n_neighbors, weights);
        let mut out = [NAN; 2];
        step.apply(&row, &mut out, &mut vec![NAN; step.scratch_len()]).unwrap();
        out
    }

    #[test]
    fn the_nearest_that_have_a_value() {
        assert_eq!(filled(Weights::Uniform, 2, [0.25, NAN]), [0.25, 15.0]);
        assert_eq!(filled(Weights::Distance, 2, [0.25, NAN]), [0.25, 12.5]);
        assert_eq!(filled(Weights::Distance, 2, [1.0, NAN]), [1.0, 20.0]);
        assert_eq!(filled(Weights::Uniform, 100, [9.0, NAN])[1], 70.0 / 3.0);
        assert_eq!(filled(Weights::Uniform, 1, [5.0, 6.0]), [5.0, 6.0]);
        // Two are equally far: the first of them.
        assert_eq!(filled(Weights::Uniform, 1, [0.5, NAN])[1], 10.0);
    }

    #[test]
    fn a_row_near_to_none_takes_the_means() {
        assert_eq!(filled(Weights::Uniform, 2, [NAN, NAN]), [13.0 / 4.0, 35.0]);
    }

    #[test]
    fn another_value_may_stand_for_missing() {
        let step = NeighborsImpute::new(2, vec![-1.0, 2.0, -1.0, 4.0], -1.0, 1, Weights::Uniform);
        let (mut out, scratch) = ([NAN; 2], &mut [NAN; 4]);
        step.apply(&[5.0, -1.0], &mut out, scratch).unwrap();
        assert_eq!(out, [0.0, 3.0]);
        assert!(!step.is_known(0) && step.is_known(1));
        assert_eq!(step.apply(&[5.0, NAN], &mut out, scratch), Err(Refused { column: 1 }));
        assert_eq!(step.apply(&[f64::INFINITY, 1.0], &mut out, scratch), Err(Refused { column: 0 }));
    }
}
