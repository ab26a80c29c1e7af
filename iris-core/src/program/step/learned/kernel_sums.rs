//! Sums of kernels: how alike a row is to each of many points, weighted and added up.

mod kernel;
mod panel;
mod part;

use multiversion::multiversion;

use crate::columns::{Columns, ColumnsMut};
pub(crate) use kernel::Kernel;
use panel::{LANES, Lanes};
pub(crate) use part::KernelPart;

/// Points in panels of some, with what each counts for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KernelSums {
    kernel: Kernel,
    width: usize,
    n_weights: usize,
    groups: Vec<Group>,
}

/// Points whose weights are for outputs of their own.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    /// For each panel and column, a number of each point.
    points: Vec<f64>,
    /// For each panel and output, the weight of each point; 0 of those that fill up the last.
    weights: Vec<f64>,
}

impl KernelSums {
    /// Points of `width` numbers each and their weights, `n_weights` a point, in groups of so many
    /// points, which are all.
    pub(crate) fn new(
        kernel: Kernel,
        width: usize,
        points: &[f64],
        weights: &[f64],
        n_weights: usize,
        groups: &[usize],
    ) -> Self {
        let mut start = 0;
        let groups = groups.iter().map(|n_points| {
            let range = start..start + n_points;
            start = range.end;
            let points = &points[range.start * width..range.end * width];
            Group::new(points, &weights[range.start * n_weights..range.end * n_weights], width, n_weights)
        });
        Self { kernel, width, n_weights, groups: groups.collect() }
    }

    /// Numbers that so many points take, filled up to whole panels.
    pub(crate) fn size(width: usize, n_weights: usize, n_points: usize, n_groups: usize) -> usize {
        n_groups
            .saturating_mul(LANES)
            .saturating_add(n_points)
            .saturating_mul(width.saturating_add(n_weights))
    }

    pub(super) fn n_outputs(&self) -> usize {
        self.groups.len() * self.n_weights
    }

    pub(super) fn scratch_len(&self) -> usize {
        self.n_weights * LANES
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64], scratch: &mut [f64]) {
        self.apply_rows(row, out, scratch);
    }

    /// The rows written out one by one, their answers, and the sums of each.
    pub(super) fn block_scratch_len(&self, width: usize, n_rows: usize) -> usize {
        n_rows * (width + self.n_outputs() + self.scratch_len())
    }

    pub(super) fn apply_columns(&self, rows: Columns<'_>, mut out: ColumnsMut<'_>, scratch: &mut [f64]) {
        let (width, n_outputs) = (rows.width(), self.n_outputs());
        let (gathered, rest) = scratch.split_at_mut(rows.n_rows() * width);
        let (answers, rest) = rest.split_at_mut(rows.n_rows() * n_outputs);
        for (index, row) in gathered.chunks_exact_mut(width).enumerate() {
            rows.gather(index, row);
        }
        self.apply_rows(gathered, answers, rest);
        for (index, answer) in answers.chunks_exact(n_outputs).enumerate() {
            out.scatter(index, answer);
        }
    }

    /// Any number of rows, one behind the other: each panel is read once for all.
    fn apply_rows(&self, rows: &[f64], out: &mut [f64], scratch: &mut [f64]) {
        let n_rows = rows.len() / self.width;
        let sums = &mut scratch[..n_rows * self.n_weights * LANES];
        for (place, group) in self.groups.iter().enumerate() {
            sums.fill(0.0);
            add(&self.kernel, group, rows, self.width, sums);
            let of_rows = out.chunks_exact_mut(self.groups.len() * self.n_weights);
            for (out, sums) in of_rows.zip(sums.chunks_exact(self.n_weights * LANES)) {
                let out = &mut out[place * self.n_weights..][..self.n_weights];
                out.iter_mut().zip(sums.as_chunks::<LANES>().0).for_each(|(out, lanes)| *out = total(lanes));
            }
        }
    }
}

impl Group {
    fn new(points: &[f64], weights: &[f64], width: usize, n_weights: usize) -> Self {
        let n_points = points.len() / width;
        let panels = n_points.div_ceil(LANES);
        let lanes = |panel: usize| panel * LANES..(panel + 1) * LANES;
        let mut group = Self {
            points: Vec::with_capacity(panels * width * LANES),
            weights: Vec::with_capacity(panels * n_weights * LANES),
        };
        for panel in 0..panels {
            for column in 0..width {
                // The last point again, so that no kernel sees what no file holds.
                let number = |point: usize| points[point.min(n_points - 1) * width + column];
                group.points.extend(lanes(panel).map(number));
            }
            for weight in 0..n_weights {
                let number =
                    |point: usize| if point < n_points { weights[point * n_weights + weight] } else { 0.0 };
                group.weights.extend(lanes(panel).map(number));
            }
        }
        group
    }
}

/// Adds what every point of a group counts for to each row's sums.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn add(kernel: &Kernel, group: &Group, rows: &[f64], width: usize, sums: &mut [f64]) {
    let n_weights = sums.len() / LANES / (rows.len() / width);
    let weights = group.weights.chunks_exact(n_weights * LANES);
    for (points, weights) in group.points.chunks_exact(width * LANES).zip(weights) {
        let (points, weights) = (points.as_chunks::<LANES>().0, weights.as_chunks::<LANES>().0);
        let of_rows = rows.chunks_exact(width).zip(sums.chunks_exact_mut(n_weights * LANES));
        for (row, sums) in of_rows {
            let kernels = kernel.of_panel(row, points);
            for (sums, weights) in sums.as_chunks_mut::<LANES>().0.iter_mut().zip(weights) {
                for lane in 0..LANES {
                    sums[lane] += weights[lane] * kernels[lane];
                }
            }
        }
    }
}

/// The sum of a panel's lanes, in halves.
#[inline(always)]
fn total(lanes: &Lanes) -> f64 {
    let [first, second, third, fourth] = [0, 1, 2, 3].map(|lane| lanes[lane] + lanes[lane + 4]);
    (first + second) + (third + fourth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_sums_of_their_own_whatever_fills_the_panels() {
        // Eleven points on a line: 0, 1, …, 10.
        let points: Vec<f64> = (0..11u8).map(f64::from).collect();
        let weights: Vec<f64> = (0..22u8).map(f64::from).collect();
        let sums = KernelSums::new(Kernel::Linear, 1, &points, &weights, 2, &[9, 2]);
        let mut out = [f64::NAN; 4];
        sums.apply(&[2.0], &mut out, &mut vec![f64::NAN; sums.scratch_len()]);
        let expected = |points: std::ops::Range<u8>, output: u8| -> f64 {
            points.map(|point| 2.0 * f64::from(point) * f64::from(2 * point + output)).sum()
        };
        assert_eq!(out, [expected(0..9, 0), expected(0..9, 1), expected(9..11, 0), expected(9..11, 1)]);
    }
}
