//! How far a row is from each of several points.

use crate::columns::{Columns, ColumnsMut};

/// The points, and what distance is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Distances {
    /// Row by row, each as wide as the row that comes.
    pub(crate) points: Vec<f64>,
    pub(crate) n_points: usize,
    pub(crate) metric: Metric,
}

/// A distance, or what is as good for comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metric {
    SquaredEuclidean,
    Manhattan,
    SquaredManhattan,
}

impl Distances {
    pub(crate) fn n_outputs(&self) -> usize {
        self.n_points
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) {
        for (out, point) in out.iter_mut().zip(self.points.chunks_exact(row.len().max(1))) {
            let differences = row.iter().zip(point).map(|(x, at)| x - at);
            *out = match self.metric {
                Metric::SquaredEuclidean => differences.map(|difference| difference * difference).sum(),
                Metric::Manhattan => differences.map(f64::abs).sum(),
                Metric::SquaredManhattan => differences.map(f64::abs).sum::<f64>().powi(2),
            };
        }
    }

    pub(super) fn apply_columns(&self, rows: Columns<'_>, mut out: ColumnsMut<'_>) {
        for (out, point) in out.iter_mut().zip(self.points.chunks_exact(rows.width().max(1))) {
            // What numbers are summed from, so that zeros keep their signs.
            out.fill(-0.0);
            for (column, at) in rows.iter().zip(point) {
                let sums = out.iter_mut().zip(column);
                match self.metric {
                    Metric::SquaredEuclidean => sums.for_each(|(sum, x)| *sum += (x - at) * (x - at)),
                    _ => sums.for_each(|(sum, x)| *sum += (x - at).abs()),
                }
            }
            if self.metric == Metric::SquaredManhattan {
                for sum in out {
                    *sum = sum.powi(2);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_metric_by_its_definition() {
        for (metric, expected) in [
            (Metric::SquaredEuclidean, [25.0, 1.0]),
            (Metric::Manhattan, [7.0, 1.0]),
            (Metric::SquaredManhattan, [49.0, 1.0]),
        ] {
            let distances = Distances { points: vec![0.0, 0.0, 3.0, 3.0], n_points: 2, metric };
            let mut out = [f64::NAN; 2];
            distances.apply(&[3.0, 4.0], &mut out);
            assert_eq!(out, expected);
        }
    }
}
