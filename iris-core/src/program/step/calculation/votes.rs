//! What each class wins of its matches against the others.

/// A score for each pair of classes, in the order (0, 1), (0, 2), …, (1, 2), …; above 0 the first has won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PairVotes {
    pub(crate) n_classes: usize,
}

impl PairVotes {
    pub(super) fn apply(self, scores: &[f64], votes: &mut [f64]) {
        votes.fill(0.0);
        let pairs = (0..self.n_classes)
            .flat_map(|first| (first + 1..self.n_classes).map(move |second| (first, second)));
        for ((first, second), score) in pairs.zip(scores) {
            votes[if *score > 0.0 { first } else { second }] += 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_of_zero_is_won_by_the_second() {
        let mut votes = [f64::NAN; 3];
        PairVotes { n_classes: 3 }.apply(&[1.0, 0.0, -2.0], &mut votes);
        assert_eq!(votes, [1.0, 0.0, 2.0]);
    }
}
