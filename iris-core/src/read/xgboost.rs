//! XGBoost's models: JSON, UBJSON and the old binary format, alone and within pickles.

mod binary;
mod document;
mod grown;
mod json;
mod learner;
mod objective;
mod plant;
mod saved;
mod snapshot;
mod ubjson;
mod value;

use super::booster::{self, Booster};
use super::budget::Budget;
use super::names;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::program::{Ending, ProgramBuilder, ValueId};
use crate::schema::{Categories, ColumnKind, Feature, Labels, Task};
pub(super) use binary::is_one as is_binary;
use learner::{Boosting, Learner, Names};
use objective::{Answer, Objective};
use saved::Saved;

/// A booster as XGBoost saves it, and how it is asked.
#[derive(Debug)]
pub(super) struct XgBoost {
    learner: Learner,
    objective: Objective,
    use_: Use,
    saved: Saved,
}

/// Who asks a booster, and what it is told beside the rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Use {
    pub(super) asker: Asker,
    /// The value that stands for missing ones beside NaN; NaN where none does.
    pub(super) missing: f32,
    /// Whether rows come as a sparse matrix, in which no zero is written down.
    pub(super) zero_is_missing: bool,
    pub(super) rounds: Rounds,
}

/// Which of the classes of Python asks, or would if a file were loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "pickle"), expect(dead_code, reason = "pickles alone say who asks"))]
pub(super) enum Asker {
    /// `XGBClassifier` or, of a file by itself, what its objective is for.
    Classifier,
    Regressor,
    /// `Booster`, which takes no infinity.
    Booster,
    /// Nobody known.
    File,
}

/// The rounds of boosting whose trees are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounds {
    All,
    /// Those up to the best one: by what is known beside the bytes, else by what they say.
    Best {
        n_rounds: Option<usize>,
        /// Trees of an output that the wrapper says, which is what releases before 1.4 go by.
        n_trees: Option<usize>,
        /// Trees of an output in these rounds, where the booster says it.
        n_in_rounds: Option<usize>,
    },
}

/// Input columns that a file may declare; each costs a name and a place in a row.
const MAX_FEATURES: usize = 1 << 20;

/// Numbers that a column takes.
const FEATURE: usize = size_of::<Feature>() / 8 + 4;

/// The model that a file is.
pub(super) fn read(bytes: &[u8], mut budget: Budget, names: &names::Names) -> Result<Model> {
    booster::model(XgBoost::new(bytes, Use::of_file(), &mut budget)?, names)
}

/// Whether JSON is a model of XGBoost's, by the first of its keys.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let key = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start).unwrap_or_default();
    [&b"\"learner\""[..], b"\"version\"", b"\"Config\"", b"\"Model\""]
        .into_iter()
        .any(|of| key.starts_with(of))
}

impl Use {
    /// What `load_model` and `predict` of the class for the objective would do.
    pub(super) fn of_file() -> Self {
        let rounds = Rounds::Best { n_rounds: None, n_trees: None, n_in_rounds: None };
        Self { asker: Asker::File, missing: f32::NAN, zero_is_missing: false, rounds }
    }
}

impl XgBoost {
    /// The booster of a file's bytes, or of those that a pickle holds.
    pub(super) fn new(bytes: &[u8], use_: Use, budget: &mut Budget) -> Result<Self> {
        let learner = snapshot::learner(bytes, budget)?;
        let (n_features, n_outputs) = (learner.n_features, learner.n_outputs());
        if n_features == 0 || n_features > MAX_FEATURES {
            return Err(Error::malformed(format!("a model of {n_features} input columns")));
        }
        budget.spend(n_features.saturating_mul(FEATURE).saturating_add(n_outputs.saturating_mul(16)))?;
        for (what, length) in [
            ("feature names", learner.feature_names.len()),
            ("columns with categories", learner.categories.len()),
        ] {
            if length != 0 && length != n_features {
                return Err(Error::malformed(format!("{length} {what} for {n_features} features")));
            }
        }
        let objective = Objective::of(&learner.objective, learner.version)?;
        let mut booster = Self { learner, objective, use_, saved: Saved::default() };
        if booster.use_.asker == Asker::File {
            let text = booster.learner.attribute("scikit_learn").unwrap_or_default();
            booster.saved = Saved::of(text, budget);
            booster.use_.missing = booster.saved.missing.unwrap_or(f32::NAN);
        }
        booster.check_task()?;
        Ok(booster)
    }

    /// The release that wrote it, major and minor.
    pub(super) fn version(&self) -> (u32, u32) {
        self.learner.version
    }

    #[cfg(feature = "pickle")]
    /// Names the columns where the bytes do not, as boosters before 1.4 keep names beside them.
    pub(super) fn name_features(&mut self, names: Vec<String>) {
        if self.learner.feature_names.is_empty() && names.len() == self.learner.n_features {
            self.learner.feature_names = names;
        }
    }

    /// Whether it answers classes.
    fn classifies(&self) -> bool {
        match self.use_.asker {
            Asker::Classifier => true,
            Asker::Regressor => false,
            Asker::Booster | Asker::File => self.saved.is_classifier.unwrap_or(self.objective.is_classifier),
        }
    }

    /// Whether it answers 0 or 1 for each of several labels a row.
    fn has_several_labels(&self) -> bool {
        self.classifies() && !self.objective.answer.is_of_classes() && self.learner.n_outputs() > 1
    }

    /// Classes of a classifier.
    fn n_classes(&self) -> usize {
        self.learner.n_classes.max(2)
    }

    fn check_task(&self) -> Result<()> {
        let learner = &self.learner;
        if self.objective.answer.is_of_classes() && learner.n_classes < 2 {
            return Err(Error::malformed(format!("a choice among {} classes", learner.n_classes)));
        }
        if !self.classifies() && self.objective.answer == Answer::Class {
            return Err(Error::unsupported("a regressor that answers classes is not read"));
        }
        Ok(())
    }

    /// Whether there are probabilities of the classes.
    fn has_probabilities(&self) -> bool {
        !matches!(self.objective.answer, Answer::Margin | Answer::Exponential)
    }

    /// The kind of a column.
    fn kind(&self, column: usize) -> ColumnKind {
        match self.learner.categories.get(column) {
            Some(Some(Names::Texts(texts))) => {
                let mut categories = Categories::default();
                for text in texts {
                    categories.learn(text);
                }
                categories.refuse_unknown();
                ColumnKind::Category(categories)
            }
            _ => ColumnKind::Number,
        }
    }
}

impl Booster for XgBoost {
    fn features(&self) -> Vec<Feature> {
        let names = &self.learner.feature_names;
        // XGBoost calls columns f0, f1, … that nobody named.
        let is_named =
            !names.is_empty() && names.iter().enumerate().any(|(index, name)| *name != format!("f{index}"));
        let name = |index: usize| if is_named { names[index].clone() } else { format!("x{index}") };
        let feature = |index| Feature { kind: self.kind(index), ..Feature::number(name(index)) };
        (0..self.learner.n_features).map(feature).collect()
    }

    fn task(&self) -> Task {
        if self.classifies() && !self.has_several_labels() {
            let n_classes = i64::try_from(self.n_classes()).unwrap_or(i64::MAX);
            let labels = self.saved.labels.clone().filter(|labels| labels.len() == self.n_classes());
            let labels = labels.unwrap_or_else(|| Labels::Integers((0..n_classes).collect()));
            return Task::Classify { labels, has_probabilities: self.has_probabilities() };
        }
        Task::Regress { n_targets: self.learner.n_outputs() }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.use_.rounds != Rounds::All
            && let (Some(n_rounds), Boosting::Trees(_)) = (self.best_rounds(), &self.learner.boosting)
        {
            notes.push(format!(
                "training stopped early: the trees of its first {n_rounds} rounds answer, as XGBoost's estimators do"
            ));
        }
        if self.has_several_labels() {
            notes.push(
                "it answers several labels a row: 1 above 0.5, as XGBClassifier has it, and no probabilities"
                    .to_owned(),
            );
        } else if self.classifies() && !self.has_probabilities() {
            notes.push("its objective gives margins and no probabilities; above 0.5 is class 1, as XGBClassifier has it".to_owned());
        }
        notes
    }

    fn plant(self, program: &mut ProgramBuilder, columns: ValueId) -> Result<Ending> {
        plant::plant(self, program, columns)
    }
}
