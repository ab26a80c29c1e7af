//! The values of a program that are its answer.

use super::{Classes, Estimator, Given, Program, ProgramBuilder, ValueId};

/// What an estimator's answer is, as values that steps have computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A regressor's numbers, one a target.
    Values(ValueId),
    /// A classifier's.
    Classes {
        /// A number a class; the first of the largest is the class.
        votes: ValueId,
        /// What `decision_function` gives, where there is one.
        scores: Option<ValueId>,
        /// A number a class, where there are any.
        probabilities: Option<ValueId>,
    },
}

impl ProgramBuilder {
    /// The program that gives this answer. A value that is several parts of it is computed once.
    pub(crate) fn end(mut self, ending: &Ending) -> Program {
        let (votes, scores, probabilities) = match ending {
            Ending::Values(values) => {
                let n_targets = self.width(*values);
                return self.finish(*values, Estimator::Given(Given::Values { n_targets }));
            }
            Ending::Classes { votes, scores, probabilities } => (Some(*votes), *scores, *probabilities),
        };
        let mut values: Vec<ValueId> = Vec::new();
        let mut range = |part: Option<ValueId>| {
            let Some(part) = part else { return 0..0 };
            let at = values.iter().position(|known| *known == part).unwrap_or_else(|| {
                values.push(part);
                values.len() - 1
            });
            let start = values[..at].iter().map(|value| self.width(*value)).sum();
            start..start + self.width(part)
        };
        let (votes, scores, probabilities) = (range(votes), range(scores), range(probabilities));
        let source = match values.as_slice() {
            [one] => *one,
            _ => self.concat(values),
        };
        self.finish(source, Estimator::Given(Given::Classes(Classes { votes, scores, probabilities })))
    }
}
