//! A forest, and its outputs for a row and for many.

use super::columns::Columns;
use super::engine::{Engine, Trees};
use super::explained::{Explained, Planted, WhyNot};
use super::key::Key;
use super::linear::LinearLeaves;
#[cfg(feature = "onnx")]
use super::written::{self, WrittenTree};
use super::{Precision, Size, Sum};
use crate::refused::Refused;

/// Trees over prepared columns, and how their leaves are added.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Forest {
    shape: Shape,
    columns: Columns,
    sum: Sum,
    engine: Engines,
    linear: Option<LinearLeaves>,
    size: Size,
    explained: Result<Box<Explained>, WhyNot>,
}

/// Why trees of which nothing more is known cannot be explained.
const UNKNOWN_COVERS: &str =
    "its file does not tell how much of the training data came to each node of its trees";

/// What rows it takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    pub(super) n_features: usize,
    pub(super) takes_missing: bool,
    pub(super) precision: Precision,
}

/// Engines by the type that is compared, and that which is added.
#[derive(Debug, Clone, PartialEq)]
enum Engines {
    SingleSingle(Engine<i32, f32>),
    SingleDouble(Engine<i32, f64>),
    DoubleSingle(Engine<i64, f32>),
    DoubleDouble(Engine<i64, f64>),
}

/// The same expression of whichever engine it is.
macro_rules! with {
    ($engines:expr, $engine:ident => $does:expr) => {
        match $engines {
            Engines::SingleSingle($engine) => $does,
            Engines::SingleDouble($engine) => $does,
            Engines::DoubleSingle($engine) => $does,
            Engines::DoubleDouble($engine) => $does,
        }
    };
}

impl Forest {
    /// `None` if the trees are more than 32 bits can count.
    pub(super) fn new(
        shape: Shape,
        columns: Columns,
        trees: Trees<'_>,
        (values, linear): (&[f64], Option<LinearLeaves>),
        outputs: &[Option<usize>],
        sum: Sum,
    ) -> Option<Self> {
        let n_outputs = sum.start.len();
        let is_linear = linear.is_some();
        let engine = match (shape.precision, sum.precision) {
            (Precision::Single, Precision::Single) => {
                Engines::SingleSingle(Engine::new(trees, values, outputs, n_outputs, is_linear)?)
            }
            (Precision::Single, Precision::Double) => {
                Engines::SingleDouble(Engine::new(trees, values, outputs, n_outputs, is_linear)?)
            }
            (Precision::Double, Precision::Single) => {
                Engines::DoubleSingle(Engine::new(trees, values, outputs, n_outputs, is_linear)?)
            }
            (Precision::Double, Precision::Double) => {
                Engines::DoubleDouble(Engine::new(trees, values, outputs, n_outputs, is_linear)?)
            }
        };
        let explained = Err(UNKNOWN_COVERS);
        Some(Self { shape, columns, sum, engine, linear, size: trees.size(), explained })
    }

    /// Keeps the trees as they were planted, if they can be explained.
    pub(super) fn keep(&mut self, planted: Planted) {
        self.explained = match self.linear {
            Some(_) => Err("the leaves of its trees are functions of the row"),
            None => Explained::new(planted, &self.columns, &self.sum, self.size.depth).map(Box::new),
        };
    }

    /// The outputs where nothing is known of a row, to which [`explain`](Self::explain) adds.
    ///
    /// # Errors
    ///
    /// Why rows cannot be explained.
    pub(crate) fn expected(&self) -> Result<&[f64], &'static str> {
        self.explained.as_ref().map(|explained| explained.expected()).map_err(|why| *why)
    }

    /// Steps that it takes to explain a row, roughly.
    pub(crate) fn explanation_steps(&self) -> usize {
        self.explained.as_ref().map_or(0, |explained| explained.n_steps())
    }

    /// Numbers that explaining a row works in.
    pub(crate) fn explanation_scratch_len(&self) -> usize {
        let keys_len = self.columns.n_keys();
        self.explained.as_ref().map_or(0, |explained| explained.scratch_len(keys_len, self.n_features()))
    }

    /// Calls `add` with an output, a feature and what it contributes there, several times for each.
    /// Nothing, if rows cannot be explained.
    pub(crate) fn explain(
        &self,
        row: &[f64],
        scratch: &mut [f64],
        add: &mut dyn FnMut(usize, usize, f64),
    ) -> Result<(), Refused> {
        let Ok(explained) = &self.explained else { return Ok(()) };
        let (keys, scratch) = scratch.split_at_mut(self.columns.n_keys());
        match self.shape.precision {
            Precision::Single => self.explain_by::<i32>(explained, row, keys, scratch, add),
            Precision::Double => self.explain_by::<i64>(explained, row, keys, scratch, add),
        }
    }

    fn explain_by<K: Key>(
        &self,
        explained: &Explained,
        row: &[f64],
        keys: &mut [f64],
        scratch: &mut [f64],
        add: &mut dyn FnMut(usize, usize, f64),
    ) -> Result<(), Refused> {
        let keys = &mut bytemuck::cast_slice_mut::<f64, K>(keys)[..self.columns.n_keys()];
        explained.explain(&self.columns, row, (keys, scratch), add)
    }

    /// Length of a row.
    pub(crate) fn n_features(&self) -> usize {
        self.shape.n_features
    }

    /// Numbers that it makes of a row.
    pub(crate) fn n_outputs(&self) -> usize {
        self.sum.start.len()
    }

    /// Whether rows may have missing values.
    pub(crate) fn takes_missing(&self) -> bool {
        self.shape.takes_missing
    }

    /// Whether rows may have infinities.
    pub(crate) fn takes_infinite(&self) -> bool {
        self.columns.takes_infinite
    }

    /// The trees as a writer of another format is told them.
    ///
    /// # Errors
    ///
    /// Why they are not known any more.
    #[cfg(feature = "onnx")]
    pub(crate) fn written(&self) -> Result<impl Iterator<Item = WrittenTree> + '_, WhyNot> {
        let explained = self.explained.as_ref().map_err(|why| *why)?;
        Ok(written::trees(explained, &self.columns.list))
    }

    /// In which precision values are compared, and how leaves are added.
    #[cfg(feature = "onnx")]
    pub(crate) fn arithmetic(&self) -> (Precision, &Sum) {
        (self.shape.precision, &self.sum)
    }

    /// How large it is.
    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// How it finds leaves, in words.
    pub(crate) fn kernel(&self) -> &'static str {
        with!(&self.engine, engine => engine.kernel())
    }

    /// Numbers that a call on one row works in.
    pub(crate) fn scratch_len(&self) -> usize {
        with!(&self.engine, engine => engine.scratch_len(&self.columns, self.n_outputs()))
    }

    /// Numbers that a call on a block of so many rows works in.
    pub(crate) fn block_scratch_len(&self, n_rows: usize) -> usize {
        with!(&self.engine, engine => engine.block_scratch_len(&self.columns, self.n_outputs(), n_rows))
    }

    /// Whether it answers a block of so many rows faster than row by row, or at all.
    pub(crate) fn answers_blocks(&self, n_rows: usize) -> bool {
        self.linear.is_none() && with!(&self.engine, engine => n_rows >= engine.fewest_rows())
    }

    /// The outputs of one row.
    pub(crate) fn apply(&self, row: &[f64], out: &mut [f64], scratch: &mut [f64]) -> Result<(), Refused> {
        let linear = self.linear.as_ref();
        with!(&self.engine, engine => engine.apply(&self.columns, &self.sum, linear, row, out, scratch))
    }

    /// The outputs of rows: the same numbers as row by row. In `from` the
    /// values of a feature lie side by side, and in `to` those of an output.
    ///
    /// Which row a value was refused in is not said; row by row will tell.
    pub(crate) fn apply_block(
        &self,
        from: &[f64],
        to: &mut [f64],
        scratch: &mut [f64],
    ) -> Result<(), Refused> {
        with!(&self.engine, engine => engine.apply_block(&self.columns, &self.sum, from, to, scratch))
    }
}
