//! From a learner to steps: categories to codes, margins by trees or weights, and answers of margins.

use super::learner::{Boosting, Ensemble, Learner, Names};
use super::objective::Answer;
use super::{Asker, Rounds, XgBoost};
use crate::error::{Error, Result};
use crate::program::{
    Above, Binarize, Blank, Ending, Keys, LookUp, Otherwise, ProgramBuilder, SingleLinear, Step, Table,
    ValueId, XgBoost as Converting,
};
use crate::trees::{Finish, Planting, Precision, Sum};

pub(super) fn plant(booster: XgBoost, program: &mut ProgramBuilder, columns: ValueId) -> Result<Ending> {
    let (classifies, has_several_labels) = (booster.classifies(), booster.has_several_labels());
    let answer = booster.objective.answer;
    let is_old = booster.version() < (1, 3);
    let columns = booster.prepared(program, columns);
    let margins = program.step(booster.margins()?, columns);
    let sigmoid = if is_old { Converting::OldSigmoid } else { Converting::Sigmoid };
    let converted = match answer {
        Answer::Margin => margins,
        Answer::Sigmoid => program.step(Step::XgBoost(sigmoid), margins),
        Answer::Exponential => program.step(Step::XgBoost(Converting::Exponential), margins),
        Answer::Hinge => program.step(Step::XgBoost(Converting::Hinge), margins),
        Answer::Softmax => program.step(Step::XgBoost(Converting::Softmax), margins),
        // XGBoost answers the class alone; its wrapper has scipy make probabilities of margins.
        Answer::Class => program.step(Step::XgBoost(Converting::SinglySoftmax), margins),
    };
    if !classifies {
        return Ok(Ending::Values(converted));
    }
    if has_several_labels {
        let labels = program.step(Step::Binarize(Binarize { threshold: 0.5 }), converted);
        return Ok(Ending::Values(labels));
    }
    let scores = Some(margins);
    Ok(match answer {
        Answer::Softmax => Ending::Classes { votes: converted, scores, probabilities: Some(converted) },
        Answer::Class => Ending::Classes { votes: margins, scores, probabilities: Some(converted) },
        _ => {
            let above = Step::Above(Above { threshold: 0.5, or_equal: false });
            let votes = program.step(above, converted);
            let probabilities = matches!(answer, Answer::Sigmoid | Answer::Hinge)
                .then(|| program.step(Step::XgBoost(Converting::WithComplement), converted));
            Ending::Classes { votes, scores, probabilities }
        }
    })
}

impl XgBoost {
    /// The columns as trees ask about them.
    fn prepared(&self, program: &mut ProgramBuilder, mut columns: ValueId) -> ValueId {
        let names = &self.learner.categories;
        if names.iter().any(|names| matches!(names, Some(Names::Numbers(_)))) {
            let outputs = names.iter().map(|names| table(names.as_ref())).enumerate().collect();
            columns = program.step(Step::LookUp(LookUp { outputs }), columns);
        }
        let categories: Vec<usize> = match &self.learner.boosting {
            Boosting::Trees(ensemble) => ensemble
                .categorical
                .iter()
                .copied()
                .filter(|column| *column < self.learner.n_features)
                .filter(|column| names.get(*column).is_none_or(Option::is_none))
                .collect(),
            Boosting::Linear(_) => Vec::new(),
        };
        let missing = self.use_.missing;
        let zero_is_missing = self.use_.zero_is_missing;
        if !missing.is_nan() || zero_is_missing || !categories.is_empty() {
            let takes_missing = self.takes_missing();
            let blank = Blank { missing, zero_is_missing, categories, takes_missing };
            columns = program.step(Step::Blank(blank), columns);
        }
        columns
    }

    /// Whether rows may have NaN, which 0.90 refused where something else stood for missing values.
    fn takes_missing(&self) -> bool {
        self.version() >= (1, 0) || self.use_.missing.is_nan()
    }

    /// Whether rows may have infinities. Where XGBoost reads them where they are, it does not
    /// look for any, and where it makes a matrix of them it has looked since 1.4.
    fn takes_infinite(&self) -> bool {
        let in_place = match (&self.learner.boosting, self.use_.asker) {
            (Boosting::Linear(_), _) | (_, Asker::Booster) => false,
            (Boosting::Trees(_), _) => true,
        };
        in_place || self.version() < (1, 4) || self.use_.missing.is_infinite()
    }

    /// The step that makes margins.
    fn margins(self) -> Result<Step> {
        let base = self.objective.base_margins(&self.learner)?;
        let takes_infinite = self.takes_infinite();
        let n_trees = match &self.learner.boosting {
            Boosting::Trees(ensemble) => self.n_trees(ensemble),
            Boosting::Linear(_) => 0,
        };
        let is_in_place = self.use_.asker != Asker::Booster;
        let Learner { version, n_features, boosting, .. } = self.learner;
        match boosting {
            Boosting::Linear(weights) => {
                // Of several base scores it takes the first for all.
                linear(weights, &vec![base[0]; base.len()], n_features, takes_infinite)
            }
            Boosting::Trees(mut ensemble) => {
                ensemble.keep(n_trees);
                ensemble.assign(base.len())?;
                ensemble.weigh(&base, is_in_place && weighs_with_base(version))?;
                let planting = Planting::new(n_features, base.len(), Precision::Single)
                    .taking_missing(true)
                    .taking_infinite(takes_infinite);
                Ok(Step::Trees(Box::new(ensemble.planted(planting, base, version)?)))
            }
        }
    }

    /// Rounds up to the best one, where the file says which that is.
    pub(super) fn best_rounds(&self) -> Option<usize> {
        // Before 1.0 nobody read it when a file was loaded.
        let best: usize = self.learner.attribute("best_iteration")?.trim().parse().ok()?;
        (self.version() >= (1, 0)).then(|| best.saturating_add(1))
    }

    /// How many of the trees are asked.
    fn n_trees(&self, ensemble: &Ensemble) -> usize {
        let n_all = ensemble.trees.len();
        let Rounds::Best { n_rounds, n_trees, n_in_rounds } = self.use_.rounds else { return n_all };
        let of_each_output = |n_trees: usize| n_trees.saturating_mul(self.learner.n_outputs()).min(n_all);
        // Releases before 1.4 count trees, where their wrapper says how many.
        if self.version() < (1, 4) && self.use_.asker != Asker::File {
            return n_trees.filter(|n_trees| *n_trees > 0).map_or(n_all, of_each_output);
        }
        let Some(n_rounds) = n_rounds.or_else(|| self.best_rounds()) else { return n_all };
        if let (Some(n_trees), true) = (ensemble.rounds.get(n_rounds), n_rounds > 0) {
            return (*n_trees).min(n_all);
        }
        // Before 2.0 trees were counted as well, and files may not say how many are of a round.
        let said = self.learner.attribute("best_ntree_limit").and_then(|limit| limit.trim().parse().ok());
        if let Some(n_trees) = n_in_rounds.or(said) {
            return of_each_output(n_trees);
        }
        let n_parallel = ensemble.n_parallel.unwrap_or(1);
        let n_outputs = if ensemble.has_vectors { 1 } else { self.learner.n_outputs() };
        n_rounds.saturating_mul(n_parallel).saturating_mul(n_outputs).min(n_all)
    }
}

/// Whether a weighed tree of `dart` was computed with what rows begin with, and this then taken off.
fn weighs_with_base(version: (u32, u32)) -> bool {
    version >= (1, 4)
}

impl Ensemble {
    fn keep(&mut self, n_trees: usize) {
        self.trees.truncate(n_trees);
    }

    /// Says of each tree what it adds to.
    fn assign(&mut self, n_outputs: usize) -> Result<()> {
        if self.has_vectors {
            return Ok(());
        }
        if self.groups.len() < self.trees.len() {
            let message = format!("{} trees, and outputs of {} of them", self.trees.len(), self.groups.len());
            return Err(Error::malformed(message));
        }
        for (number, (tree, group)) in self.trees.iter_mut().zip(&self.groups).enumerate() {
            if *group >= n_outputs {
                return Err(Error::malformed(format!(
                    "tree {number}: it adds to output {group} of {n_outputs}"
                )));
            }
            tree.output = Some(*group);
        }
        Ok(())
    }

    /// Multiplies leaves by the weights of their trees.
    #[expect(clippy::cast_possible_truncation, reason = "leaves are numbers of single precision")]
    fn weigh(&mut self, base: &[f32], with_base: bool) -> Result<()> {
        let Some(weights) = &self.weights else { return Ok(()) };
        if weights.len() < self.trees.len() {
            let message = format!("{} weights for {} trees", weights.len(), self.trees.len());
            return Err(Error::malformed(message));
        }
        if self.has_vectors {
            return Err(Error::unsupported("weights of trees whose leaves have several numbers"));
        }
        for (tree, weight) in self.trees.iter_mut().zip(weights) {
            let base = tree.output.filter(|_| with_base).map_or(0.0, |output| base[output]);
            for value in &mut tree.values {
                *value = f64::from(((*value as f32 + base) - base) * weight);
            }
        }
        Ok(())
    }

    fn planted(
        self,
        mut planting: Planting,
        base: Vec<f32>,
        version: (u32, u32),
    ) -> Result<crate::trees::Forest> {
        let is_dart = self.weights.is_some();
        for tree in &self.trees {
            planting.plant(tree)?;
        }
        let base: Vec<f64> = base.into_iter().map(f64::from).collect();
        // At first trees were added up by themselves.
        let is_old = if is_dart { version < (1, 4) } else { version < (1, 3) };
        let (start, finish) =
            if is_old { (vec![0.0; base.len()], Finish::Shift(base)) } else { (base, Finish::Nothing) };
        planting.finish(Sum { precision: Precision::Single, start, finish })
    }
}

/// `gblinear`'s step.
fn linear(weights: Vec<f32>, base: &[f32], n_features: usize, takes_infinite: bool) -> Result<Step> {
    let n_outputs = base.len();
    if n_features.checked_add(1).and_then(|n_rows| n_rows.checked_mul(n_outputs)) != Some(weights.len()) {
        let message = format!("{} weights for {n_features} features and {n_outputs} outputs", weights.len());
        return Err(Error::malformed(message));
    }
    if !weights.iter().all(|weight| weight.is_finite()) {
        return Err(Error::malformed("a weight is not finite"));
    }
    let mut weights = weights;
    let biases = weights.split_off(n_features * n_outputs);
    let intercepts = biases.into_iter().zip(base).map(|(bias, base)| bias + base).collect();
    Ok(Step::SingleLinear(SingleLinear { intercepts, weights, takes_missing: true, takes_infinite }))
}

/// The codes of a column's categories, where these are numbers.
#[expect(clippy::cast_precision_loss, reason = "codes are small")]
fn table(names: Option<&Names>) -> Table {
    let Some(Names::Numbers(numbers)) = names else { return Table::keeping() };
    let mut pairs: Vec<(f64, f64)> =
        numbers.iter().enumerate().map(|(code, number)| (*number, code as f64)).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (keys, values) = pairs.into_iter().map(|(number, code)| (number, Some(code))).unzip();
    Table { keys: Keys::Numbers(keys), values, missing: Otherwise::Keep, unknown: Otherwise::Refuse }
}
