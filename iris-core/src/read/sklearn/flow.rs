//! A row on its way through the estimators, as a program is made of them.

use super::estimator::Estimator;
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::linear::{Linear, Link};
use crate::program::{Program, ProgramBuilder, Step, ValueId};
use crate::read::pickle::{Array, Budget, ObjectId, Objects};
use crate::schema::Labels;

/// From the rows that come to an estimator to what it makes of them.
pub(super) type Builder = fn(&Estimator<'_, '_>, &mut Flow<'_, '_>, Rows) -> Result<Output>;

/// The builder of a module's class, if it is read.
pub(super) type Builders = fn(&str, &str) -> Option<Builder>;

/// The estimators of a file, and the program that they have become so far.
pub(super) struct Flow<'t, 'a> {
    objects: &'t Objects<'a>,
    builders: Builders,
    program: ProgramBuilder,
    budget: Budget,
    depth: usize,
}

/// Columns that are an affine map of a value of the program. Maps are folded
/// into each other, and into the estimator, as long as nothing else comes between.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) source: ValueId,
    pub(super) affine: Affine,
}

/// What a predictor answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) source: ValueId,
    /// One score a class, or one value a target.
    pub(super) scores: Affine,
    /// `None` of a regressor.
    pub(super) labels: Option<Labels>,
    pub(super) link: Link,
}

/// What an estimator makes of rows.
#[derive(Debug)]
pub(super) enum Output {
    /// A transformer's columns.
    Rows(Rows),
    Answer(Answer),
}

/// Estimators within estimators. People nest three or four.
const MAX_DEPTH: usize = 32;

/// Numbers that a visit costs, so that few bytes cannot ask for many visits.
const VISIT: usize = 1024;

/// Products of maps that count as much as one number held.
const PRODUCTS_A_NUMBER: usize = 1024;

impl<'t, 'a> Flow<'t, 'a> {
    /// A program without steps, and the rows that come in.
    pub(super) fn new(
        objects: &'t Objects<'a>,
        builders: Builders,
        n_features: usize,
        mut budget: Budget,
    ) -> Result<(Self, Rows)> {
        budget.spend(3 * n_features)?;
        let rows = Rows { source: ValueId::FEATURES, affine: Affine::identity(n_features) };
        Ok((Self { objects, builders, program: ProgramBuilder::new(n_features), budget, depth: 0 }, rows))
    }

    /// Counts numbers that are about to be held.
    pub(super) fn spend(&mut self, numbers: usize) -> Result<()> {
        self.budget.spend(numbers)
    }

    /// The texts that an array holds.
    pub(super) fn strings(&mut self, array: &Array<'_>) -> Result<Vec<String>> {
        array.strings(self.objects, &mut self.budget)
    }

    /// The rows' map behind another, `weights` with `n_outputs` numbers a column.
    pub(super) fn times(&mut self, affine: &Affine, weights: &[f64], n_outputs: usize) -> Result<Affine> {
        self.budget.spend(affine.n_inputs().saturating_mul(n_outputs))?;
        if affine.picked().is_none() {
            // A product costs far less than a number that is kept, but there may be far more.
            let products = affine.n_inputs().saturating_mul(weights.len());
            self.budget.spend(products / PRODUCTS_A_NUMBER)?;
        }
        Ok(affine.times(weights, n_outputs))
    }

    /// What an estimator makes of rows.
    pub(super) fn visit(&mut self, id: ObjectId, rows: Rows) -> Result<Output> {
        let class = self.objects.describe(id);
        if self.depth == MAX_DEPTH {
            let message = format!("estimators are nested more than {MAX_DEPTH} deep");
            return Err(Error::unsupported(message).at_operator(class));
        }
        self.budget.spend(VISIT)?;
        self.depth += 1;
        let output = self.build(id, rows);
        self.depth -= 1;
        output.map_err(|error| match error.operator() {
            // Whoever is further inside has said it.
            Some(_) => error,
            None => error.within(&class).at_operator(class),
        })
    }

    fn build(&mut self, id: ObjectId, rows: Rows) -> Result<Output> {
        let Some((module, class)) = Estimator::class_of(self.objects, id) else {
            return Err(Estimator::new(self.objects, id, &mut self.budget).err().unwrap_or_else(not_read));
        };
        let builder = (self.builders)(module, class).ok_or_else(not_read)?;
        let estimator = Estimator::new(self.objects, id, &mut self.budget)?;
        builder(&estimator, self, rows)
    }

    /// An estimator within another that is no step on a row's way.
    pub(super) fn open(&mut self, id: ObjectId) -> Result<Estimator<'t, 'a>> {
        Estimator::new(self.objects, id, &mut self.budget)
    }

    /// The rows under another affine map, which was made of theirs.
    pub(super) fn mapped(&mut self, source: ValueId, affine: Affine) -> Result<Output> {
        self.budget.spend(affine.size())?;
        check_finite(&affine)?;
        Ok(Output::Rows(Rows { source, affine }))
    }

    /// The rows behind a step.
    pub(super) fn stepped(&mut self, rows: Rows, step: Step) -> Result<Rows> {
        let source = self.in_full(rows)?;
        let source = self.program.step(step, source);
        let width = self.program.width(source);
        self.budget.spend(3 * width)?;
        Ok(Rows { source, affine: Affine::identity(width) })
    }

    /// The value that rows are, with their map as a step if they have one.
    fn in_full(&mut self, rows: Rows) -> Result<ValueId> {
        if rows.affine.is_identity() {
            return Ok(rows.source);
        }
        self.budget.spend(rows.affine.size())?;
        Ok(self.program.step(Step::Affine(rows.affine), rows.source))
    }

    /// The program that gives this value to an estimator.
    pub(super) fn finish(self, output: ValueId, linear: Linear) -> Program {
        self.program.finish(output, linear)
    }
}

impl Rows {
    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.affine.n_outputs()
    }
}

/// That an estimator's numbers can be computed with, also behind the maps in front of it.
pub(super) fn check_finite(affine: &Affine) -> Result<()> {
    if affine.is_finite() {
        return Ok(());
    }
    Err(Error::malformed("its numbers are not finite, or overflow with those in front of it"))
}

#[cold]
fn not_read() -> Error {
    Error::unsupported(
        "this class is not read; read are the linear classifiers and regressors of scikit-learn behind \
         scalers, normalizers, imputers and PCA, in pipelines and searches",
    )
}
