//! What each feature contributes to a row's sums: path-dependent SHAP values.
//!
//! A contribution is the feature's Shapley value in the game whose players are the features: those
//! of a coalition are known, and a question about any other is answered both ways, weighted by how
//! much of the training data went there (Lundberg, Erion & Lee, Consistent individualized feature
//! attribution for tree ensembles, 2018). On the way to a leaf a feature that is asked about has a
//! share `z` of the data, and the row goes along (`o` = 1) or not (`o` = 0); the value of feature i is
//!
//! ```text
//! Σ over leaves: leaf · (o_i − z_i) · ∫₀¹ Π over j ≠ i: z_j (1 − t) + o_j t  dt
//! ```
//!
//! where the integrand is a polynomial, which a few points integrate exactly. At each point the
//! products grow on the way down and are summed up on the way back, so that every node is visited
//! once, and all terms are positive: no digits are lost, however deep the trees are.

mod planted;
#[cfg(test)]
mod tests;

use super::columns::Columns;
use super::flat::{Flat, Kind};
use super::key::Key;
use super::quadrature::{self, Point};
use super::{CategorySet, Finish, Sum};
use crate::refused::Refused;
pub(super) use planted::Planted;

/// The trees as they were planted, with the share of the training data that went each way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Explained {
    nodes: Vec<Flat>,
    /// Of what came to the node before it, from 0 to 1.
    shares: Vec<f64>,
    roots: Vec<u32>,
    sets: Vec<CategorySet>,
    values: Vec<f64>,
    outputs: Vec<Option<usize>>,
    n_outputs: usize,
    depth: usize,
    points: Vec<Point>,
    /// What sums are multiplied by in the end.
    factor: f64,
    /// The outputs where no feature is known.
    expected: Vec<f64>,
}

/// Why a forest cannot be explained.
pub(super) type WhyNot = &'static str;

/// What was asked about a feature on the way to a node.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Known {
    /// The share of the training data that went this way.
    share: f64,
    /// 1 if the row goes this way, else 0.
    along: f64,
}

impl Known {
    /// Nothing was asked yet.
    const NOTHING: Self = Self { share: 1.0, along: 1.0 };

    fn of([share, along]: [f64; 2]) -> Self {
        Self { share, along }
    }

    fn numbers(self) -> [f64; 2] {
        [self.share, self.along]
    }

    /// The factor of the integrand.
    #[inline(always)]
    fn factor(self, point: &Point) -> f64 {
        self.share * point.rest + self.along * point.at
    }

    /// What the factor is replaced by in the feature's own integral, by the factor.
    #[inline(always)]
    fn ratio(self, point: &Point) -> f64 {
        if self.along == 0.0 { -1.0 / point.rest } else { (1.0 - self.share) / self.factor(point) }
    }
}

impl Explained {
    /// The trees, whose leaves are added so.
    pub(super) fn new(planted: Planted, columns: &Columns, sum: &Sum, depth: usize) -> Result<Self, WhyNot> {
        let shares = planted.shares(depth)?;
        let Planted { nodes, roots, sets, values, outputs, .. } = planted;
        let mut asked: Vec<usize> = columns.list.iter().map(|column| column.feature).collect();
        asked.sort_unstable();
        asked.dedup();
        let n_points = depth.min(asked.len()).div_ceil(2).max(1);
        let n_outputs = sum.start.len();
        let mut explained = Self {
            nodes,
            shares,
            roots,
            sets,
            values,
            outputs,
            n_outputs,
            depth,
            points: quadrature::points(n_points),
            factor: match &sum.finish {
                Finish::Nothing | Finish::Shift(_) => 1.0,
                Finish::Divide(divisor) => 1.0 / divisor,
                Finish::Scale { factor, .. } => *factor,
            },
            expected: Vec::new(),
        };
        if explained.n_steps() > MAX_STEPS {
            return Err(
                "explaining a row would take too long: its trees have too many nodes for their depth",
            );
        }
        explained.expected = explained.expect(sum);
        Ok(explained)
    }

    /// The outputs where no feature is known.
    pub(super) fn expected(&self) -> &[f64] {
        &self.expected
    }

    /// Numbers that a row's contributions are computed from, roughly: the measure of the time they take.
    pub(super) fn n_steps(&self) -> usize {
        let width = if self.outputs.iter().any(Option::is_none) { self.n_outputs } else { 1 };
        self.nodes.len().saturating_mul(self.points.len()).saturating_mul(width)
    }

    fn expect(&self, sum: &Sum) -> Vec<f64> {
        let mut sums = sum.start.clone();
        let mut to_visit: Vec<(u32, f64)> = Vec::new();
        for (root, output) in self.roots.iter().zip(&self.outputs) {
            to_visit.push((*root, 1.0));
            while let Some((node, share)) = to_visit.pop() {
                match self.nodes[node as usize].kind() {
                    Kind::Leaf(place) => {
                        for (at, value) in self.numbers(*output, place).iter().enumerate() {
                            sums[output.unwrap_or(at)] += share * value;
                        }
                    }
                    Kind::Number { left, .. } | Kind::Set { left, .. } => {
                        to_visit.extend([left, left + 1].map(|child| (child, share * self.share(child))));
                    }
                }
            }
        }
        sum.finish_exactly(&mut sums);
        sums
    }

    fn share(&self, node: u32) -> f64 {
        self.shares[node as usize]
    }

    /// The numbers of a leaf of a tree that adds to this output, or to all.
    /// How many trees there are.
    #[cfg(feature = "onnx")]
    pub(super) fn n_trees(&self) -> usize {
        self.roots.len()
    }

    /// The root of a tree, and the output that it adds to, if it is one.
    #[cfg(feature = "onnx")]
    pub(super) fn tree(&self, tree: usize) -> (u32, Option<usize>) {
        (self.roots[tree], self.outputs[tree])
    }

    /// What a node is.
    #[cfg(feature = "onnx")]
    pub(super) fn node(&self, place: u32) -> Kind {
        self.nodes[place as usize].kind()
    }

    /// The numbers of a leaf.
    pub(super) fn numbers(&self, output: Option<usize>, place: u32) -> &[f64] {
        let width = if output.is_some() { 1 } else { self.n_outputs };
        &self.values[place as usize..][..width]
    }

    /// Numbers that a call works in, where keys take `keys_len`.
    pub(super) fn scratch_len(&self, keys_len: usize, n_features: usize) -> usize {
        keys_len + 2 * n_features + (self.depth + 1) * self.level_len(None)
    }

    /// Numbers of a level: at each point the product on the way there, and the sums behind it.
    fn level_len(&self, output: Option<usize>) -> usize {
        self.points.len() * (1 + if output.is_some() { 1 } else { self.n_outputs })
    }

    /// Calls `add` with an output, a feature, and what this adds to it there; several times for the same.
    pub(super) fn explain<K: Key>(
        &self,
        columns: &Columns,
        row: &[f64],
        (keys, scratch): (&mut [K], &mut [f64]),
        add: &mut dyn FnMut(usize, usize, f64),
    ) -> Result<(), Refused> {
        columns.keys(row, keys)?;
        let (known, levels) = scratch.split_at_mut(2 * row.len());
        let known: &mut [[f64; 2]] = bytemuck::cast_slice_mut(known);
        known.fill(Known::NOTHING.numbers());
        for (root, output) in self.roots.iter().zip(&self.outputs) {
            levels[..self.points.len()].fill(self.factor);
            let mut visit = Visit { explained: self, columns, keys: &keys[1..], known, output: *output, add };
            visit.node(*root, levels);
        }
        Ok(())
    }
}

/// Steps of a row at the most, each a nanosecond or two.
const MAX_STEPS: usize = 1 << 28;

/// One row on all the ways through one tree.
struct Visit<'v, K> {
    explained: &'v Explained,
    columns: &'v Columns,
    keys: &'v [K],
    /// Of each feature, as numbers.
    known: &'v mut [[f64; 2]],
    output: Option<usize>,
    add: &'v mut dyn FnMut(usize, usize, f64),
}

impl<K: Key> Visit<'_, K> {
    /// Sums up the leaves behind a node, and adds what the questions behind it contribute. `levels`
    /// begins with the products on the way to the node, behind which the sums are put. The depth of
    /// trees that are explained is bounded.
    fn node(&mut self, node: u32, levels: &mut [f64]) {
        let explained = self.explained;
        let n_points = explained.points.len();
        let (level, below) = levels.split_at_mut(explained.level_len(self.output));
        let (products, sums) = level.split_at_mut(n_points);
        let (column, left, is_left) = match explained.nodes[node as usize].kind() {
            Kind::Leaf(place) => {
                let numbers = explained.numbers(self.output, place);
                for (sums, number) in sums.chunks_exact_mut(n_points).zip(numbers) {
                    sums.iter_mut().zip(&*products).for_each(|(sum, product)| *sum = number * product);
                }
                return;
            }
            Kind::Number { column, threshold, left } => {
                (column, left, self.keys[column as usize] <= K::of(threshold))
            }
            Kind::Set { column, set, left } => {
                let place = u32::try_from(self.keys[column as usize].place());
                let set = &explained.sets[set as usize];
                (column, left, place.is_ok_and(|place| set.contains(place)))
            }
        };
        let feature = self.columns.list[column as usize].feature;
        let before = Known::of(self.known[feature]);
        sums.fill(0.0);
        for (child, is_along) in [(left, is_left), (left + 1, !is_left)] {
            let share = before.share * explained.share(child);
            let along = if is_along { before.along } else { 0.0 };
            if share == 0.0 && along == 0.0 {
                // Neither the row nor any training data comes here.
                continue;
            }
            let after = Known { share, along };
            for ((to, product), point) in below.iter_mut().zip(&*products).zip(&explained.points) {
                *to = product * after.factor(point) / before.factor(point);
            }
            self.known[feature] = after.numbers();
            self.node(child, below);
            self.known[feature] = before.numbers();
            let behind = &below[n_points..][..sums.len()];
            sums.iter_mut().zip(behind).for_each(|(sum, behind)| *sum += behind);
            if before.along == 0.0 {
                // The ratios are equal, whatever the shares are.
                continue;
            }
            for (at, behind) in behind.chunks_exact(n_points).enumerate() {
                let of_point = |(sum, point): (&f64, &Point)| {
                    point.weight * sum * (after.ratio(point) - before.ratio(point))
                };
                let contribution = behind.iter().zip(&explained.points).map(of_point).sum();
                (self.add)(self.output.unwrap_or(at), feature, contribution);
            }
        }
    }
}
