//! The model as far as the walk has got: steps, and what it may still cost.

use super::node::Node;
use super::rows::{Activation, Rows};
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::pipeline::{Clip, Step};

/// Numbers that all symbolic values together may hold (512 MiB). A file's own
/// constants are bounded by its size; what a few bytes can declare is not.
const BUDGET: usize = 1 << 26;

/// The preprocessing found so far.
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    budget: usize,
}

impl Plan {
    pub(super) fn new() -> Self {
        Self { steps: Vec::new(), budget: BUDGET }
    }

    /// Counts numbers about to be held against the budget.
    pub(super) fn spend(&mut self, numbers: usize) -> Result<()> {
        self.budget = self
            .budget
            .checked_sub(numbers)
            .ok_or_else(|| Error::malformed(format!("the graph expands to more than {BUDGET} numbers")))?;
        Ok(())
    }

    /// Makes a step of everything that these rows still have in front of them,
    /// so that what follows starts from plain columns.
    pub(super) fn materialize(&mut self, rows: &Rows) -> Result<Rows> {
        if rows.stage != self.steps.len() {
            return Err(Error::unsupported("preprocessing in branches that are not affine"));
        }
        if !rows.affine.is_finite() {
            return Err(Error::malformed("a scaler's numbers overflow, or divide by zero"));
        }
        self.spend(rows.affine.size())?;
        if !rows.affine.is_identity() {
            self.steps.push(Step::Affine(rows.affine.clone()));
        }
        match rows.activation {
            Activation::None => self.plain(rows.width()),
            Activation::Clip { low, high, scale, offset } => {
                self.steps.push(Step::Clip(Clip { low, high }));
                let plain = self.plain(rows.width())?;
                Ok(Rows { affine: plain.affine.scaled(|_| scale).shifted(|_| offset), ..plain })
            }
            _ => Err(Error::unsupported("arithmetic on probabilities that no known estimator does")),
        }
    }

    /// The rows for affine arithmetic: as they are, or behind a clip's step.
    pub(super) fn plain_rows(&mut self, node: &Node<'_>, rows: &Rows) -> Result<Rows> {
        match rows.activation {
            Activation::None => Ok(rows.clone()),
            Activation::Clip { .. } => self.materialize(rows),
            _ => Err(node.unexpected()),
        }
    }

    /// Appends a step that keeps the width, after materialising what is in front.
    pub(super) fn push(&mut self, rows: &Rows, step: Step) -> Result<Rows> {
        let plain = self.materialize(rows)?;
        if !plain.affine.is_identity() {
            self.steps.push(Step::Affine(plain.affine));
        }
        self.steps.push(step);
        self.plain(rows.width())
    }

    /// The columns as the last step leaves them.
    pub(super) fn plain(&mut self, width: usize) -> Result<Rows> {
        self.spend(2 * width)?;
        Ok(Rows { stage: self.steps.len(), affine: Affine::identity(width), activation: Activation::None })
    }
}
