//! From rows to sums: keys, then leaves, which are added in the order of the trees.

use bytemuck::cast_slice_mut;

use super::columns::{Columns, LANES};
use super::kernel::{Binned, Grove, Kernel, Ordered, Tiles, WIDE, WINDOW};
use super::leaves::{Holds, Leaves, Number, Payloads};
use super::linear::LinearLeaves;
use super::{Size, Sum};
use crate::refused::Refused;

/// A forest whose values are compared as `K`, and whose leaves are added as `T`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Engine<K, T> {
    kernel: Kernel<K>,
    /// In the place of the kernel, for many rows.
    binned: Option<Binned<K>>,
    leaves: Leaves<T>,
    adding: Adding,
    n_trees: usize,
}

/// Which output each tree adds to.
#[derive(Debug, Clone, PartialEq)]
enum Adding {
    /// All to the one that there is.
    One,
    /// Each to one, or [`ALL`].
    Each(Vec<usize>),
}

/// In the place of an output: a leaf has a number for each.
const ALL: usize = usize::MAX;

/// Rows whose sums are worked on together.
pub(super) const ROWS: usize = 128;

/// The trees of a forest, of either shape.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trees<'a> {
    Nodes(Grove<'a>),
    Ordered(&'a [Ordered]),
}

impl Trees<'_> {
    /// How large the forest is.
    pub(super) fn size(self) -> Size {
        match self {
            Self::Nodes(grove) => grove.size(),
            Self::Ordered(trees) => {
                let levels = || trees.iter().map(|tree| tree.questions.len());
                let n_leaves = levels().map(|levels| 1 << levels).sum::<usize>();
                let depth = levels().max().unwrap_or(0);
                Size { n_trees: trees.len(), n_nodes: n_leaves + levels().sum::<usize>(), n_leaves, depth }
            }
        }
    }
}

impl<K: Holds<T>, T: Number> Engine<K, T> {
    /// `None` if the trees are more than 32 bits can count.
    pub(super) fn new(
        trees: Trees<'_>,
        values: &[f64],
        outputs: &[Option<usize>],
        n_outputs: usize,
        is_linear: bool,
    ) -> Option<Self> {
        let is_of_numbers = n_outputs == 1 || outputs.iter().all(Option::is_some);
        let width = |tree: usize| if outputs[tree].is_some() { 1 } else { n_outputs };
        let payloads = match trees {
            _ if is_linear => Payloads::in_table(values),
            _ if is_of_numbers => Payloads::of_numbers::<K>(values),
            Trees::Nodes(grove) => Payloads::of_vectors(values, grove.leaves(width)),
            Trees::Ordered(trees) => Payloads::of_vectors(values, trees.iter().flat_map(Ordered::leaves)),
        };
        let kernel = match trees {
            Trees::Nodes(grove) => Kernel::of_nodes(&grove, |place| payloads.of(place))?,
            Trees::Ordered(trees) => Kernel::of_ordered(trees, |place| payloads.of(place)),
        };
        let adding = if n_outputs == 1 {
            Adding::One
        } else {
            Adding::Each(outputs.iter().map(|output| output.unwrap_or(ALL)).collect())
        };
        let mut leaves = payloads.finish();
        let binned = match (trees, &mut leaves) {
            (Trees::Ordered(trees), Leaves::Table(table)) if n_outputs == 1 => Binned::new(trees)
                .inspect(|_| table.resize(table.len() + Binned::<K>::BEHIND, T::from_f64(0.0))),
            _ => None,
        };
        Some(Self { kernel, binned, leaves, adding, n_trees: outputs.len() })
    }

    /// How leaves are found, in words, and why.
    pub(super) fn kernel(&self) -> &'static str {
        match self.binned {
            Some(_) => {
                "leaves by their numbers, a bit a question, of bytes for many rows: every tree asks one question a level"
            }
            None => self.kernel.name(),
        }
    }

    /// Rows from which on a block pays.
    pub(super) fn fewest_rows(&self) -> usize {
        self.kernel.fewest_rows()
    }

    /// Numbers that a call on one row works in.
    pub(super) fn scratch_len(&self, columns: &Columns, n_outputs: usize) -> usize {
        halved::<K>(columns.n_keys().max(WINDOW)) + halved::<K>(self.n_trees) + halved::<T>(n_outputs)
    }

    /// Numbers that a call on a block of so many rows works in.
    pub(super) fn block_scratch_len(&self, columns: &Columns, n_outputs: usize, n_rows: usize) -> usize {
        let n_tiles = n_rows.min(ROWS).div_ceil(LANES);
        let keys = halved::<[K; LANES]>(n_tiles * columns.n_keys() + self.kernel.window());
        let found = match &self.binned {
            Some(binned) => halved::<[u8; WIDE]>(binned.n_bins(n_rows.min(ROWS))),
            None => halved::<[K; LANES]>(n_tiles),
        };
        keys + found + halved::<[T; LANES]>(n_tiles * n_outputs)
    }

    /// The outputs of one row.
    pub(super) fn apply(
        &self,
        columns: &Columns,
        sum: &Sum,
        linear: Option<&LinearLeaves>,
        row: &[f64],
        out: &mut [f64],
        scratch: &mut [f64],
    ) -> Result<(), Refused> {
        let (keys, scratch) = part::<K>(scratch, columns.n_keys().max(WINDOW));
        columns.keys(row, keys)?;
        let (payloads, scratch) = part::<K>(scratch, self.n_trees);
        self.kernel.row(keys, payloads);
        let (sums, _) = part::<T>(scratch, out.len());
        sums.iter_mut().zip(&sum.start).for_each(|(sum, start)| *sum = T::from_f64(*start));
        match linear {
            None => self.add(payloads, sums),
            Some(linear) => self.add_linear(payloads, linear, row, sums),
        }
        out.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum.to_f64());
        sum.finish(out);
        Ok(())
    }

    /// The outputs of rows, of which each feature's values lie side by side, as each output's will.
    pub(super) fn apply_block(
        &self,
        columns: &Columns,
        sum: &Sum,
        from: &[f64],
        to: &mut [f64],
        scratch: &mut [f64],
    ) -> Result<(), Refused> {
        let n_outputs = sum.start.len();
        let Some(n_rows) = to.len().checked_div(n_outputs).filter(|n_rows| *n_rows > 0) else {
            return Ok(());
        };
        let n_keys = columns.n_keys();
        let n_tiles = n_rows.min(ROWS).div_ceil(LANES);
        let (keys, scratch) = part::<[K; LANES]>(scratch, n_tiles * n_keys + self.kernel.window());
        let (sums, scratch) = part::<[T; LANES]>(scratch, n_tiles * n_outputs);
        let sums = sums.as_flattened_mut();
        let of_output = n_tiles * LANES;
        for first in (0..n_rows).step_by(ROWS) {
            let n = ROWS.min(n_rows - first);
            let n_tiles = n.div_ceil(LANES);
            for (tile, keys) in keys.chunks_exact_mut(n_keys).take(n_tiles).enumerate() {
                let first_of_tile = first + tile * LANES;
                columns.tile(from, n_rows, first_of_tile..n_rows.min(first_of_tile + LANES), keys)?;
            }
            for (sums, start) in sums.chunks_exact_mut(of_output).zip(&sum.start) {
                sums.fill(T::from_f64(*start));
            }
            let tiles = Tiles { keys, n_columns: n_keys };
            if let (Some(binned), Leaves::Table(table)) = (&self.binned, &self.leaves) {
                let (bins, _) = part(scratch, binned.n_bins(n));
                binned.add(tiles, bins, table, &mut sums[..n]);
            } else {
                let (payloads, _) = part::<[K; LANES]>(scratch, n_tiles);
                for tree in 0..self.n_trees {
                    self.kernel.tree(tree, tiles, payloads);
                    self.add_tree(tree, payloads.as_flattened(), sums, of_output);
                }
            }
            for (sums, to) in sums.chunks_exact(of_output).zip(to.chunks_exact_mut(n_rows)) {
                to[first..first + n].iter_mut().zip(sums).for_each(|(to, sum)| *to = sum.to_f64());
            }
        }
        sum.finish_block(to, n_rows);
        Ok(())
    }

    /// Adds what the leaves of one row give.
    fn add(&self, payloads: &[K], sums: &mut [T]) {
        match (&self.adding, &self.leaves) {
            (Adding::One, Leaves::Held) => {
                sums[0] = payloads.iter().fold(sums[0], |sum, payload| sum.plus(payload.held()));
            }
            (Adding::One, Leaves::Table(table)) => {
                sums[0] = payloads.iter().fold(sums[0], |sum, payload| sum.plus(table[place(*payload)]));
            }
            (Adding::Each(outputs), Leaves::Held) => {
                for (payload, output) in payloads.iter().zip(outputs) {
                    sums[*output] = sums[*output].plus(payload.held());
                }
            }
            (Adding::Each(outputs), Leaves::Table(table)) => {
                for (payload, output) in payloads.iter().zip(outputs) {
                    let numbers = &table[place(*payload)..];
                    if *output == ALL {
                        sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum = sum.plus(*number));
                    } else {
                        sums[*output] = sums[*output].plus(numbers[0]);
                    }
                }
            }
        }
    }

    /// The same where leaves may be functions of the row.
    #[cold]
    fn add_linear(&self, payloads: &[K], linear: &LinearLeaves, row: &[f64], sums: &mut [T]) {
        let Leaves::Table(table) = &self.leaves else { return };
        for (tree, payload) in payloads.iter().enumerate() {
            let place = place(*payload);
            match &self.adding {
                Adding::Each(outputs) if outputs[tree] == ALL => {
                    let numbers = &table[place..];
                    sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum = sum.plus(*number));
                }
                adding => {
                    let output = if let Adding::Each(outputs) = adding { outputs[tree] } else { 0 };
                    let number = linear.value(place, row).map_or(table[place], T::from_f64);
                    sums[output] = sums[output].plus(number);
                }
            }
        }
    }

    /// Adds what the leaves of one tree give, to sums of which those of an output lie side by side.
    fn add_tree(&self, tree: usize, payloads: &[K], sums: &mut [T], of_output: usize) {
        let output = match &self.adding {
            Adding::One => 0,
            Adding::Each(outputs) => outputs[tree],
        };
        match &self.leaves {
            Leaves::Held => {
                let sums = &mut sums[output * of_output..][..of_output];
                sums.iter_mut().zip(payloads).for_each(|(sum, payload)| *sum = sum.plus(payload.held()));
            }
            Leaves::Table(table) if output == ALL => {
                for (index, sums) in sums.chunks_exact_mut(of_output).enumerate() {
                    let with = |(sum, payload): (&mut T, &K)| *sum = sum.plus(table[place(*payload) + index]);
                    sums.iter_mut().zip(payloads).for_each(with);
                }
            }
            Leaves::Table(table) => {
                let sums = &mut sums[output * of_output..][..of_output];
                let with = |(sum, payload): (&mut T, &K)| *sum = sum.plus(table[place(*payload)]);
                sums.iter_mut().zip(payloads).for_each(with);
            }
        }
    }
}

/// The place in a table that a payload is.
#[inline(always)]
fn place<K: super::key::Key>(payload: K) -> usize {
    // Places are not negative; any other would be out of the table.
    payload.place().cast_unsigned() as usize
}

/// Numbers in double precision that hold so many of another type.
fn halved<N>(len: usize) -> usize {
    (len * size_of::<N>()).div_ceil(size_of::<f64>())
}

/// The front of scratch memory as numbers of another type.
#[inline(always)]
fn part<N: bytemuck::Pod>(scratch: &mut [f64], len: usize) -> (&mut [N], &mut [f64]) {
    let (front, back) = scratch.split_at_mut(halved::<N>(len));
    (&mut cast_slice_mut(front)[..len], back)
}
