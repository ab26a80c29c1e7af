//! From what a predictor answers to the end of a program.

use super::{Answer, ClassAnswer, Flow, Numbers};
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::linear::Linear;
use crate::program::{Ending, Estimator as Last, Program, Step, ValueId};
use crate::schema::{ColumnKind, Feature, Task};

impl Flow<'_, '_> {
    /// A classifier's answer as numbers that steps can go on with.
    pub(in crate::read::sklearn) fn classes(&mut self, answer: Answer) -> Result<ClassAnswer> {
        let (scores, link, labels, is_decision) = match answer {
            Answer::Classes(classes) => return Ok(classes),
            Answer::Scores { scores, link, labels, is_decision } => (scores, link, labels, is_decision),
            Answer::Values(_) => {
                return Err(Error::unsupported("a regressor stands where a classifier would"));
            }
        };
        let probabilities = if link.has_probabilities() {
            Some(self.stepped(scores.clone(), Step::Link(link))?)
        } else {
            None
        };
        let decision = match labels.len() {
            2 => Numbers { source: scores.source, affine: scores.affine.columns(&[1]) },
            _ => scores.clone(),
        };
        Ok(ClassAnswer { labels, votes: scores, scores: is_decision.then_some(decision), probabilities })
    }

    /// Notes whether one value a row is answered as a table. Who is further outside says it later.
    pub(in crate::read::sklearn) fn answer_column(&mut self, is_column: bool) {
        self.answers_column = is_column;
    }

    /// What was said of it last.
    pub(in crate::read::sklearn) fn answers_column(&self) -> bool {
        self.answers_column
    }

    /// The features, the program, and what it is for.
    pub(in crate::read::sklearn) fn finish(
        mut self,
        answer: Answer,
    ) -> Result<(Vec<Feature>, Program, Task)> {
        for feature in std::mem::take(&mut self.asked) {
            let kind = &mut self.features[feature].kind;
            if *kind == ColumnKind::Ignored {
                *kind = ColumnKind::Number;
            }
        }
        let (program, task) = match answer {
            Answer::Scores { scores, link, labels, .. } => {
                let scores = self.without_terms(scores)?;
                self.check_width()?;
                let Numbers { source, affine } = self.without_ignored(scores)?;
                self.spend(affine.n_inputs().saturating_mul(affine.n_outputs()))?;
                let task = Task::Classify { labels, has_probabilities: link.has_probabilities() };
                (self.program.finish(source, Last::Linear(Linear::classifier(affine, link))), task)
            }
            Answer::Values(values) => {
                let values = self.without_terms(values)?;
                self.check_width()?;
                let Numbers { source, affine } = self.without_ignored(values)?;
                let task = Task::Regress { n_targets: affine.n_outputs() };
                if affine.is_identity() && source != ValueId::FEATURES {
                    (self.program.end(&Ending::Values(source)), task)
                } else {
                    self.spend(affine.n_inputs().saturating_mul(affine.n_outputs()))?;
                    (self.program.finish(source, Last::Linear(Linear::regressor(affine))), task)
                }
            }
            Answer::Classes(answer) => {
                let (ending, task) = self.given(answer)?;
                self.check_width()?;
                (self.program.end(&ending), task)
            }
        };
        Ok((self.features, program, task))
    }

    /// The numbers behind the map of a sparse row, or of wide one-hot columns, which costs its terms as a step alone.
    fn without_terms(&mut self, numbers: Numbers) -> Result<Numbers> {
        if !self.program.is_sparse(numbers.source) && !self.program.is_wide(numbers.source) {
            return Ok(numbers);
        }
        // Two scores of which one is the other's negative stay such behind a step of one.
        if numbers.width() == 2 {
            let second = self.columns(&numbers, &[1])?;
            if second.affine.for_two_classes() == numbers.affine {
                let Numbers { source, affine } = self.alone(second)?;
                return self.mapped(source, affine.for_two_classes());
            }
        }
        self.alone(numbers)
    }

    /// That no estimator reads all the terms of a large vocabulary, present or not.
    fn check_width(&self) -> Result<()> {
        match self.program.too_wide() {
            None => Ok(()),
            Some(width) => Err(Error::unsupported(format!(
                "an estimator reads all {width} columns of a vectorizer, most of them zeros; what is read of so \
                 many are linear models, naive Bayes, and what selects or projects columns"
            ))),
        }
    }

    /// The numbers without the features that nobody looks at: these may hold
    /// anything, while a linear estimator would multiply it by zero.
    fn without_ignored(&mut self, numbers: Numbers) -> Result<Numbers> {
        let is_used = |index: &usize| self.features[*index].kind != ColumnKind::Ignored;
        let used: Vec<usize> = (0..self.features.len()).filter(is_used).collect();
        if numbers.source != ValueId::FEATURES || used.len() == self.features.len() {
            return Ok(numbers);
        }
        self.spend(3 * used.len())?;
        let select = Affine::select(self.features.len(), used.iter().copied());
        let source = self.program.step(Step::Affine(select), ValueId::FEATURES);
        Ok(Numbers { source, affine: numbers.affine.of_inputs(&used) })
    }

    /// The values that a classifier's answers are.
    fn given(&mut self, answer: ClassAnswer) -> Result<(Ending, Task)> {
        let ClassAnswer { labels, votes, scores, probabilities } = answer;
        labels.check(votes.width())?;
        let has_probabilities = probabilities.is_some();
        let votes = self.in_full(votes)?;
        let scores = scores.map(|scores| self.in_full(scores)).transpose()?;
        let probabilities = probabilities.map(|probabilities| self.in_full(probabilities)).transpose()?;
        Ok((Ending::Classes { votes, scores, probabilities }, Task::Classify { labels, has_probabilities }))
    }
}

impl Answer {
    /// A regressor's answer as numbers that steps can go on with.
    pub(in crate::read::sklearn) fn into_values(self) -> Result<Numbers> {
        match self {
            Self::Values(values) => Ok(values),
            Self::Scores { .. } | Self::Classes(_) => {
                Err(Error::unsupported("a classifier stands where a regressor would"))
            }
        }
    }
}
