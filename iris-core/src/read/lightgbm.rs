//! LightGBM's models: the text that its boosters are saved as, alone and within pickles.

mod header;
mod objective;
mod pandas;
mod text;
mod tree;

use super::booster::{self, Booster};
use super::budget::Budget;
use super::names::Names;
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::program::{Ending, LightGbm as Converting, ProgramBuilder, Step, ValueId};
use crate::schema::{Feature, Labels, Task};
use crate::trees::{Finish, Forest, Planting, Precision, Sum};
pub(super) use header::Header;
use objective::Objective;
#[cfg(feature = "pickle")]
pub(super) use pandas::Codes;
pub(super) use pandas::Coding;
use text::Text;

/// A booster as LightGBM saves it.
pub(super) struct LightGbm {
    header: Header,
    objective: Objective,
    forest: Forest,
    /// The iterations that a random forest takes the mean of, else 1.
    n_averaged: f64,
    coding: Coding,
}

impl LightGbm {
    /// The booster of a text, with its first iterations alone where `best_iteration` says how
    /// many are best.
    pub(super) fn read(text: &str, best_iteration: Option<usize>, budget: &mut Budget) -> Result<Self> {
        let mut text = Text::new(text);
        let header = Header::read(&mut text, budget)?;
        let objective = Objective::of(header.objective.as_deref(), header.n_scores)?;
        let n_iterations = text.n_trees(header.n_trees)? / header.n_scores;
        let n_iterations =
            best_iteration.filter(|best| *best > 0).map_or(n_iterations, |best| best.min(n_iterations));
        let mut planting = Planting::new(header.n_features(), header.n_scores, Precision::Double)
            .taking_missing(true)
            .taking_infinite(true);
        let mut n_read = 0;
        while let Some(lines) = text.next_tree()? {
            // Those behind are read too, as LightGBM does before it leaves them out.
            let at_tree = |error: Error| error.within(format_args!("tree {n_read}"));
            let grown = tree::Grown::read(&lines, budget).map_err(at_tree)?;
            if n_read < n_iterations * header.n_scores {
                grown.plant(&mut planting, n_read % header.n_scores)?;
            }
            n_read += 1;
        }
        #[expect(clippy::cast_precision_loss, reason = "a budget ends before 2^53 trees")]
        let n_averaged = match (header.averages, n_iterations) {
            (false, _) => 1.0,
            (true, 0) => return Err(Error::malformed("a mean of no trees")),
            (true, n_iterations) => n_iterations as f64,
        };
        let coding = Coding::of(&header, text.rest(), budget)?;
        let forest = planting.finish(Sum {
            precision: Precision::Double,
            start: vec![0.0; header.n_scores],
            finish: Finish::Nothing,
        })?;
        Ok(Self { header, objective, forest, n_averaged, coding })
    }

    #[cfg(feature = "pickle")]
    /// The columns of pandas' categories, each with what LightGBM takes in the place of its
    /// values. Whoever takes them has to look them up.
    pub(super) fn take_codes(&mut self) -> Vec<(usize, Codes)> {
        std::mem::take(&mut self.coding.columns)
    }
}

impl Booster for LightGbm {
    fn features(&self) -> Vec<Feature> {
        let mut features: Vec<Feature> = self.header.names().into_iter().map(Feature::number).collect();
        for (column, codes) in &self.coding.columns {
            features[*column].kind = codes.kind();
        }
        features
    }

    fn task(&self) -> Task {
        let n_scores = self.header.n_scores;
        match self.objective {
            Objective::Values(_) => Task::Regress { n_targets: n_scores },
            Objective::Classes(_) => {
                let n_classes = i64::try_from(n_scores.max(2)).unwrap_or(i64::MAX);
                Task::Classify { labels: Labels::Integers((0..n_classes).collect()), has_probabilities: true }
            }
        }
    }

    fn notes(&self) -> Vec<String> {
        self.coding.note.iter().map(|note| (*note).to_owned()).collect()
    }

    fn plant(self, program: &mut ProgramBuilder, columns: ValueId) -> Result<Ending> {
        let columns = match self.coding.step(self.header.n_features()) {
            Some(step) => program.step(step, columns),
            None => columns,
        };
        let scores = program.step(Step::Trees(Box::new(self.forest)), columns);
        let converting = Converting { n_averaged: self.n_averaged, conversion: self.objective.conversion() };
        let converted =
            if converting.is_identity() { scores } else { program.step(Step::LightGbm(converting), scores) };
        Ok(match self.objective {
            Objective::Values(_) => Ending::Values(converted),
            Objective::Classes(_) => {
                let of_two = self.header.n_scores == 1;
                let probabilities = if of_two { with_complement(program, converted) } else { converted };
                Ending::Classes {
                    votes: probabilities,
                    scores: Some(scores),
                    probabilities: Some(probabilities),
                }
            }
        })
    }
}

/// The model that a file of LightGBM's is.
pub(super) fn model(bytes: &[u8], mut budget: Budget, names: &Names) -> Result<Model> {
    booster::model(LightGbm::read(text(bytes)?, None, &mut budget)?, names)
}

/// What the head of a file of LightGBM's says of it.
#[cfg(feature = "inspect")]
pub(super) fn contents(bytes: &[u8], budget: &mut Budget) -> Result<super::inspect::Contents> {
    let header = Header::of(text(bytes)?, budget)?;
    let mut outline = super::outline::Outline::new("lightgbm.basic.Booster".to_owned(), true);
    outline.parameters = header.told();
    let versions = [("LightGBM's format", header.version.to_owned())].into();
    Ok(super::inspect::Contents { versions, outline: Some(outline) })
}

/// A file's text.
fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|error| Error::malformed("it is no text in UTF-8").caused_by(error))
}

/// The probability of the second of two classes, behind that of the first.
pub(super) fn with_complement(program: &mut ProgramBuilder, probability: ValueId) -> ValueId {
    program.step(Step::Affine(complemented(&Affine::identity(1))), probability)
}

/// The same of one column of numbers: 1 - p, and p.
pub(super) fn complemented(affine: &Affine) -> Affine {
    let pair = affine.columns(&[0, 0]);
    pair.scaled(|column| if column == 0 { -1.0 } else { 1.0 })
        .shifted(|column| if column == 0 { 1.0 } else { 0.0 })
}
