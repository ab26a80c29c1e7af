//! The steps that the evaluation has found, and what it may still cost.

use super::node::Node;
use super::symbol::{Activation, Symbol};
use crate::affine::Affine;
use crate::error::{Error, ErrorKind, Result};
use crate::linear::Linear;
use crate::program::{Clip, Ending, Estimator, Program, ProgramBuilder, Step, ValueId};
use crate::schema::Dtype;
use crate::words::Counter;

/// The preprocessing found so far.
pub(super) struct StepBuilder {
    program: ProgramBuilder,
    answers: Vec<ValueId>,
    budget: usize,
    left: usize,
}

impl StepBuilder {
    /// `budget` is how many numbers all symbolic values together may hold. A
    /// file's own constants are bounded by its size; what a few bytes can
    /// declare is not.
    pub(super) fn new(n_features: usize, budget: usize) -> Self {
        Self { program: ProgramBuilder::new(n_features), answers: Vec::new(), budget, left: budget }
    }

    /// Counts numbers about to be held against the budget.
    pub(super) fn spend(&mut self, numbers: usize) -> Result<()> {
        self.left = self.left.checked_sub(numbers).ok_or_else(|| {
            let message = format!("the graph expands to more than {} numbers", self.budget);
            Error::new(ErrorKind::ModelTooLarge, message)
        })?;
        Ok(())
    }

    /// What a step makes of a value.
    pub(super) fn step(&mut self, step: Step, source: ValueId) -> ValueId {
        self.program.step(step, source)
    }

    /// What a counter finds in a column of text.
    pub(super) fn terms(&mut self, feature: usize, counter: Counter) -> Result<ValueId> {
        self.spend(counter.n_columns())?;
        Ok(self.program.terms(feature, counter))
    }

    /// Whether a value is a row of counted terms.
    pub(super) fn is_sparse(&self, value: ValueId) -> bool {
        self.program.is_sparse(value)
    }

    /// Refuses a row of so many terms that an operator would have to read one by one.
    pub(super) fn check_width(&self) -> Result<()> {
        match self.program.too_wide() {
            None => Ok(()),
            Some(width) => Err(Error::unsupported(format!(
                "an operator that reads all {width} terms of a vectorizer one by one"
            ))),
        }
    }

    /// Values side by side.
    pub(super) fn beside(&mut self, sources: Vec<ValueId>) -> Result<ValueId> {
        self.spend(sources.iter().map(|source| self.program.width(*source)).sum())?;
        Ok(self.program.concat(sources))
    }

    /// The program that gives this value to an estimator.
    pub(super) fn finish(self, output: ValueId, linear: Linear) -> Program {
        self.program.finish(output, Estimator::Linear(linear))
    }

    /// The program whose steps have computed the answer.
    pub(super) fn end(self, ending: &Ending) -> Program {
        self.program.end(ending)
    }

    /// The value behind a step that begins an answer: what follows is no feature any more.
    pub(super) fn answer(&mut self, rows: &Symbol, step: Step) -> Result<Symbol> {
        let answer = self.push(rows, step)?;
        self.answers.push(answer.source);
        Ok(answer)
    }

    /// Whether a value is what a step has answered.
    pub(super) fn is_answer(&self, value: ValueId) -> bool {
        self.answers.contains(&value)
    }

    /// Makes steps of everything that these rows still have in front of them,
    /// so that what follows starts from plain columns.
    pub(super) fn materialize(&mut self, rows: &Symbol) -> Result<Symbol> {
        let source = self.value(rows)?;
        let plain = self.plain(source, rows.dtype)?;
        match rows.activation {
            Activation::Clip { scale, offset, .. } => {
                Ok(Symbol { affine: plain.affine.scaled(|_| scale).shifted(|_| offset), ..plain })
            }
            _ => Ok(plain),
        }
    }

    /// The value of an affine map, clipped where a clip follows it, but
    /// without what scales and shifts it behind that.
    fn value(&mut self, rows: &Symbol) -> Result<ValueId> {
        if !rows.affine.is_finite() {
            return Err(Error::malformed("a scaler's numbers overflow, or divide by zero"));
        }
        self.spend(rows.affine.size())?;
        let mapped = if rows.affine.is_identity() {
            rows.source
        } else {
            self.program.step(Step::Affine(rows.affine.clone()), rows.source)
        };
        match rows.activation {
            Activation::None => Ok(mapped),
            Activation::Clip { low, high, .. } => {
                Ok(self.program.step(Step::Clip(Clip { low, high }), mapped))
            }
            _ => Err(Error::unsupported("arithmetic on probabilities that no known estimator does")),
        }
    }

    /// The rows for affine arithmetic: as they are, or behind a clip's step.
    pub(super) fn plain_rows(&mut self, node: &Node<'_>, rows: &Symbol) -> Result<Symbol> {
        match rows.activation {
            Activation::None => Ok(rows.clone()),
            Activation::Clip { .. } => self.materialize(rows),
            _ => Err(node.unexpected()),
        }
    }

    /// Appends a step that keeps the width, after materialising what is in front.
    pub(super) fn push(&mut self, rows: &Symbol, step: Step) -> Result<Symbol> {
        let source = self.in_full(rows)?;
        let source = self.program.step(step, source);
        self.plain(source, rows.dtype)
    }

    /// Columns from different steps side by side.
    pub(super) fn join(&mut self, parts: &[Symbol]) -> Result<Symbol> {
        let sources = parts.iter().map(|part| self.in_full(part)).collect::<Result<_>>()?;
        let joined = self.program.concat(sources);
        let is_single = parts.iter().all(|part| part.dtype == Dtype::F32);
        self.plain(joined, if is_single { Dtype::F32 } else { Dtype::F64 })
    }

    /// The value of these rows with nothing left in front.
    pub(super) fn in_full(&mut self, rows: &Symbol) -> Result<ValueId> {
        let plain = self.materialize(rows)?;
        if plain.affine.is_identity() {
            return Ok(plain.source);
        }
        self.value(&plain)
    }

    /// The columns as they are in a value.
    pub(super) fn plain(&mut self, source: ValueId, dtype: Dtype) -> Result<Symbol> {
        let width = self.program.width(source);
        self.spend(2 * width)?;
        Ok(Symbol { source, affine: Affine::identity(width), activation: Activation::None, dtype })
    }
}
