//! The kernel for weights that the first cache cannot hold: read in streams, for as many rows as registers keep sums of.

mod panels;

use multiversion::multiversion;

use super::Quantization;
use crate::columns::{Columns, ColumnsMut};
use panels::{Bfloat16, PANEL, Panels, Weight, single};

/// Weights in panels of outputs side by side, feature after feature.
///
/// A sum begins at zero, adds its products in the order of the features and the
/// intercept last, as the other kernels' do: the bits are theirs.
#[derive(Debug)]
pub(super) struct Wide {
    n_features: usize,
    kept: Kept,
    intercepts: Vec<f64>,
}

/// How a weight is kept.
#[derive(Debug)]
enum Kept {
    Double(Panels<f64>),
    Single(Panels<f32>),
    Bfloat16(Panels<Bfloat16>),
}

/// Calls with the panels of whichever type the weights have.
macro_rules! each_kept {
    ($kept:expr, $panels:ident => $call:expr) => {
        match $kept {
            Kept::Double($panels) => $call,
            Kept::Single($panels) => $call,
            Kept::Bfloat16($panels) => $call,
        }
    };
}

/// Rows whose sums are kept in registers together.
const ROWS: usize = 4;
/// Products of rounded weights that are added up in single precision.
const SINGLE: usize = 64;
/// Features after which the next rows take their turn, so that the weights are still near.
const FEATURES: usize = 8 * SINGLE;

impl Wide {
    /// Rows scored together: the weights come from memory once for all of them.
    pub(super) const BLOCK: usize = 32;

    /// Outputs and weights from which on panels are faster than rows of weights.
    pub(super) fn pays(n_features: usize, n_outputs: usize) -> bool {
        n_outputs >= 2 * PANEL && n_features * n_outputs >= 16_384
    }

    /// From row-major weights. Those that single precision holds exactly, as of files in single
    /// precision, are kept in it: half the bytes, the same numbers.
    pub(super) fn new(weights: &[f64], intercepts: Vec<f64>) -> Self {
        let n_outputs = intercepts.len();
        let kept = if weights.iter().all(|weight| f64::from(single(*weight)).to_bits() == weight.to_bits()) {
            Kept::Single(Panels::new(weights, n_outputs, single))
        } else {
            Kept::Double(Panels::new(weights, n_outputs, |weight| weight))
        };
        Self { n_features: weights.len() / n_outputs, kept, intercepts }
    }

    /// Keeps the weights in fewer bits, rounded to the nearest; false where they have no more.
    pub(super) fn quantize(&mut self, to: Quantization) -> bool {
        let n_outputs = self.intercepts.len();
        let is_narrower = match to {
            Quantization::Exact => false,
            Quantization::Float32 => matches!(self.kept, Kept::Double(_)),
            Quantization::Bfloat16 => matches!(self.kept, Kept::Double(_) | Kept::Single(_)),
        };
        if !is_narrower {
            return false;
        }
        let weights: Vec<f64> = (0..self.n_features)
            .flat_map(|feature| (0..n_outputs).map(move |output| (feature, output)))
            .map(|(feature, output)| self.weight(feature, output))
            .collect();
        self.kept = match to {
            Quantization::Exact | Quantization::Float32 => {
                Kept::Single(Panels::new(&weights, n_outputs, single))
            }
            Quantization::Bfloat16 => Kept::Bfloat16(Panels::new(&weights, n_outputs, Bfloat16::nearest)),
        };
        true
    }

    pub(super) fn n_features(&self) -> usize {
        self.n_features
    }

    pub(super) fn weight(&self, feature: usize, output: usize) -> f64 {
        each_kept!(&self.kept, panels => panels.weight(self.n_features, feature, output))
    }

    pub(super) fn intercepts(&self) -> &[f64] {
        &self.intercepts
    }

    /// The scores of `rows` into `out`, both row-major.
    pub(super) fn evaluate(&self, rows: &[f64], out: &mut [f64]) {
        let n_features = self.n_features;
        let n_outputs = self.intercepts.len();
        let in_groups = rows.len() / n_features / ROWS * ROWS;
        let (together, alone) = rows.split_at(in_groups * n_features);
        let (out_together, out_alone) = out.split_at_mut(in_groups * n_outputs);
        each_kept!(&self.kept, panels => {
            products(panels.numbers(), together, n_features, n_outputs, out_together);
            for (row, out) in alone.chunks_exact(n_features).zip(out_alone.chunks_exact_mut(n_outputs)) {
                row_products(panels.numbers(), row, out);
            }
        });
        for out in out.chunks_exact_mut(n_outputs) {
            out.iter_mut().zip(&self.intercepts).for_each(|(out, intercept)| *out += intercept);
        }
    }

    /// The scores of a block of rows, a column a class.
    pub(super) fn score_columns(&self, rows: Columns<'_>, mut out: ColumnsMut<'_>) {
        each_kept!(&self.kept, panels => column_products(panels.numbers(), rows, out.reborrow()));
        for (out, intercept) in out.iter_mut().zip(&self.intercepts) {
            for out in out {
                *out += intercept;
            }
        }
    }
}

/// What `sums[r][p][c] += values[r] · weights[p][c]` makes of the sums, feature after feature.
#[inline(always)]
fn add<W: Weight, const R: usize, const P: usize>(
    sums: [[[f64; PANEL]; P]; R],
    weights: impl Iterator<Item = [[W; PANEL]; P]>,
    values: impl Iterator<Item = [f64; R]>,
) -> [[[f64; PANEL]; P]; R] {
    if W::IS_ROUNDED { add_rounded(sums, weights, values) } else { add_exact(sums, weights, values) }
}

#[inline(always)]
fn add_exact<W: Weight, const R: usize, const P: usize>(
    mut sums: [[[f64; PANEL]; P]; R],
    weights: impl Iterator<Item = [[W; PANEL]; P]>,
    values: impl Iterator<Item = [f64; R]>,
) -> [[[f64; PANEL]; P]; R] {
    for (weights, values) in weights.zip(values) {
        for p in 0..P {
            let weights = weights[p].map(W::double);
            for r in 0..R {
                for c in 0..PANEL {
                    sums[r][p][c] += values[r] * weights[c];
                }
            }
        }
    }
    sums
}

/// The same with products in single precision, twice as many at a time, and sums of [`SINGLE`] of
/// them: next to what rounding the weights has lost, that is nothing.
#[inline(always)]
fn add_rounded<W: Weight, const R: usize, const P: usize>(
    mut sums: [[[f64; PANEL]; P]; R],
    weights: impl Iterator<Item = [[W; PANEL]; P]>,
    values: impl Iterator<Item = [f64; R]>,
) -> [[[f64; PANEL]; P]; R] {
    let mut pairs = weights.zip(values);
    let mut is_over = false;
    while !is_over {
        let mut parts = [[[0.0_f32; PANEL]; P]; R];
        for _ in 0..SINGLE {
            let Some((weights, values)) = pairs.next() else {
                is_over = true;
                break;
            };
            #[expect(
                clippy::cast_possible_truncation,
                reason = "what is beyond makes a score that is refused"
            )]
            let values = values.map(|value| value as f32);
            for p in 0..P {
                let weights = weights[p].map(W::single);
                for r in 0..R {
                    for c in 0..PANEL {
                        parts[r][p][c] += values[r] * weights[c];
                    }
                }
            }
        }
        for r in 0..R {
            for p in 0..P {
                for c in 0..PANEL {
                    sums[r][p][c] += f64::from(parts[r][p][c]);
                }
            }
        }
    }
    sums
}

#[inline(always)]
fn one<T: Copy>(from: &[T]) -> impl Iterator<Item = [T; 1]> {
    from.iter().map(|a| [*a])
}

#[inline(always)]
fn two<T: Copy>([a, b]: [&[T]; 2]) -> impl Iterator<Item = [T; 2]> {
    a.iter().zip(b).map(|(a, b)| [*a, *b])
}

/// Zipped, since indices into several slices are each checked.
#[inline(always)]
fn four<T: Copy>([a, b, c, d]: [&[T]; 4]) -> impl Iterator<Item = [T; 4]> {
    a.iter().zip(b).zip(c).zip(d).map(|(((a, b), c), d)| [*a, *b, *c, *d])
}

/// The products of one row, with four panels at once, so that no sum waits for the one before.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn row_products<W: Weight>(panels: &[[W; PANEL]], row: &[f64], out: &mut [f64]) {
    let n_features = row.len();
    let fours = panels.chunks(4 * n_features).zip(out.chunks_mut(4 * PANEL));
    for (panels, out) in fours {
        if panels.len() == 4 * n_features {
            let panels = std::array::from_fn(|p| &panels[p * n_features..][..n_features]);
            let [sums] = add([[[0.0; PANEL]; 4]], four(panels), one(row));
            out.copy_from_slice(&sums.as_flattened()[..out.len()]);
        } else {
            for (panel, out) in panels.chunks_exact(n_features).zip(out.chunks_mut(PANEL)) {
                let [[sums]] = add([[[0.0; PANEL]]], one(panel), one(row));
                out.copy_from_slice(&sums[..out.len()]);
            }
        }
    }
}

/// The products of a multiple of [`ROWS`] rows, of so many features at a time that the weights are
/// still near for the last of the rows.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn products<W: Weight>(
    panels: &[[W; PANEL]],
    rows: &[f64],
    n_features: usize,
    n_outputs: usize,
    out: &mut [f64],
) {
    out.fill(0.0);
    for first in (0..n_features).step_by(FEATURES) {
        let features = first..n_features.min(first + FEATURES);
        for (index, panels) in panels.chunks(2 * n_features).enumerate() {
            let outputs = 2 * PANEL * index..n_outputs.min(2 * PANEL * (index + 1));
            let panel = |p: usize| &panels[p * n_features..][features.clone()];
            let groups = rows.chunks(ROWS * n_features).zip(out.chunks_mut(ROWS * n_outputs));
            for (rows, out) in groups {
                let rows = std::array::from_fn(|r| &rows[r * n_features..][features.clone()]);
                let outs = out.chunks_mut(n_outputs).map(|out| &mut out[outputs.clone()]);
                if panels.len() > n_features {
                    update(outs, |sums| add(sums, two([panel(0), panel(1)]), four(rows)));
                } else {
                    update(outs, |sums| add(sums, one(panel(0)), four(rows)));
                }
            }
        }
    }
}

/// Takes sums from where they are, and puts them back.
#[inline(always)]
fn update<'o, const P: usize>(
    outs: impl Iterator<Item = &'o mut [f64]>,
    work: impl FnOnce([[[f64; PANEL]; P]; ROWS]) -> [[[f64; PANEL]; P]; ROWS],
) {
    let mut sums = [[[0.0; PANEL]; P]; ROWS];
    let mut outs = outs;
    let outs: [&mut [f64]; ROWS] = std::array::from_fn(|_| outs.next().unwrap_or_default());
    for (sums, out) in sums.iter_mut().zip(&outs) {
        sums.as_flattened_mut()[..out.len()].copy_from_slice(out);
    }
    for (sums, out) in work(sums).iter().zip(outs) {
        out.copy_from_slice(&sums.as_flattened()[..out.len()]);
    }
}

/// The products of rows that lie a column a feature, into a column an output.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn column_products<W: Weight>(panels: &[[W; PANEL]], rows: Columns<'_>, mut out: ColumnsMut<'_>) {
    let (n_rows, n_features) = (rows.n_rows(), rows.width());
    let in_fours = n_rows - n_rows % ROWS;
    for (panel, out) in panels.chunks_exact(n_features).zip(out.numbers().chunks_mut(PANEL * n_rows)) {
        for row in (0..in_fours).step_by(ROWS) {
            column_tile::<W, ROWS>(panel, rows, row, out);
        }
        for row in in_fours..n_rows {
            column_tile::<W, 1>(panel, rows, row, out);
        }
    }
}

/// The sums of `R` rows, written to the columns of a panel.
#[inline(always)]
fn column_tile<W: Weight, const R: usize>(
    panel: &[[W; PANEL]],
    rows: Columns<'_>,
    row: usize,
    out: &mut [f64],
) {
    let values = rows.iter().map_while(|column| column[row..].first_chunk().copied());
    let sums = add([[[0.0; PANEL]]; R], one(panel), values);
    for (c, out) in out.chunks_exact_mut(rows.n_rows()).enumerate() {
        for r in 0..R {
            out[row + r] = sums[r][0][c];
        }
    }
}
