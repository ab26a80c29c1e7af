//! Answers that the steps have computed, and where in the last value each lies.

use std::ops::Range;

use crate::columns::Columns;
use crate::linear::{NotFinite, Winner};

/// What the columns are that leave the steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// A regressor's values, one a target.
    Values {
        n_targets: usize,
    },
    Classes(Classes),
}

/// A classifier's answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Classes {
    /// One number a class, of which the first of the largest says which it is.
    pub(crate) votes: Range<usize>,
    /// What `decision_function` gives; empty where the estimator has none.
    pub(crate) scores: Range<usize>,
    /// One a class; empty where there are none.
    pub(crate) probabilities: Range<usize>,
}

impl Given {
    /// Numbers of an answer: one a class or a target.
    pub(crate) fn n_outputs(&self) -> usize {
        match self {
            Self::Values { n_targets } => *n_targets,
            Self::Classes(classes) => classes.votes.len(),
        }
    }

    /// Columns of the decision function.
    pub(crate) fn n_scores(&self) -> usize {
        match self {
            Self::Values { .. } => 0,
            Self::Classes(classes) => classes.scores.len(),
        }
    }

    /// The class of a row, and its probability if there are any.
    pub(crate) fn winner(&self, row: &[f64]) -> Result<Winner, NotFinite> {
        check_finite(row)?;
        let Self::Classes(classes) = self else { return Ok(Winner { class_index: 0, probability: None }) };
        let class_index = first_of_largest(&row[classes.votes.clone()]);
        let probability = row[classes.probabilities.clone()].get(class_index).copied();
        Ok(Winner { class_index, probability })
    }

    /// The same with every class's probability in `out`.
    pub(crate) fn probabilities(&self, row: &[f64], out: &mut [f64]) -> Result<Winner, NotFinite> {
        let winner = self.winner(row)?;
        if let Self::Classes(classes) = self {
            out.copy_from_slice(&row[classes.probabilities.clone()]);
        }
        Ok(winner)
    }

    /// The scores, or a regressor's values.
    pub(crate) fn scores(&self, row: &[f64], out: &mut [f64]) -> Result<(), NotFinite> {
        check_finite(row)?;
        out.copy_from_slice(match self {
            Self::Values { .. } => row,
            Self::Classes(classes) => &row[classes.scores.clone()],
        });
        Ok(())
    }

    /// The class of every row of a block.
    pub(super) fn classes_of_block(
        &self,
        left: Columns<'_>,
        out: &mut [u32],
        scratch: &mut [f64],
    ) -> Result<(), NotFinite> {
        check_block(left)?;
        match self {
            Self::Values { .. } => out.fill(0),
            Self::Classes(classes) => left.range(classes.votes.clone()).argmax(out, scratch),
        }
        Ok(())
    }

    /// Every class's probability, a column a class.
    pub(super) fn probabilities_of_block<'a>(&self, left: Columns<'a>) -> Result<Columns<'a>, NotFinite> {
        check_block(left)?;
        Ok(match self {
            Self::Values { .. } => left.range(0..0),
            Self::Classes(classes) => left.range(classes.probabilities.clone()),
        })
    }

    /// The scores, or a regressor's values, a column each.
    pub(super) fn scores_of_block<'a>(&self, left: Columns<'a>) -> Result<Columns<'a>, NotFinite> {
        check_block(left)?;
        Ok(match self {
            Self::Values { .. } => left,
            Self::Classes(classes) => left.range(classes.scores.clone()),
        })
    }
}

/// Whoever asked looks for the row.
fn check_block(left: Columns<'_>) -> Result<(), NotFinite> {
    if left.are_finite() { Ok(()) } else { Err(NotFinite { row: 0 }) }
}

fn check_finite(row: &[f64]) -> Result<(), NotFinite> {
    if row.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(NotFinite { row: 0 }) }
}

fn first_of_largest(votes: &[f64]) -> usize {
    let mut first = 0;
    for (index, vote) in votes.iter().enumerate() {
        if *vote > votes[first] {
            first = index;
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_votes_wins_and_parts_may_be_the_same_columns() {
        let given = Given::Classes(Classes { votes: 0..3, scores: 3..4, probabilities: 0..3 });
        let winner = given.winner(&[0.2, 0.4, 0.4, 7.0]).unwrap();
        assert_eq!((winner.class_index, winner.probability), (1, Some(0.4)));
        let mut scores = [0.0];
        given.scores(&[0.2, 0.4, 0.4, 7.0], &mut scores).unwrap();
        assert_eq!(scores, [7.0]);
        assert_eq!(given.winner(&[0.2, f64::NAN, 0.4, 7.0]).err(), Some(NotFinite { row: 0 }));
    }

    #[test]
    fn without_probabilities_there_is_a_class_alone() {
        let given = Given::Classes(Classes { votes: 0..2, scores: 0..0, probabilities: 0..0 });
        let winner = given.winner(&[1.0, 0.0]).unwrap();
        assert_eq!((winner.class_index, winner.probability), (0, None));
        assert_eq!((given.n_outputs(), given.n_scores()), (2, 0));
    }
}
