//! Down a tree of pairs of numbers, to the side of whichever is larger.

/// Splits, each before those that it leads to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Descent {
    /// What comes behind either side; the first split is asked first.
    pub(crate) splits: Vec<[Next; 2]>,
    pub(crate) n_leaves: usize,
}

/// Where a side leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// To a later one.
    Split(usize),
    /// One below `n_leaves`.
    Leaf(usize),
}

impl Descent {
    /// Two numbers come for each split; 1 for the leaf that is found, 0 for every other.
    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let mut at = 0;
        loop {
            let is_right = row[2 * at + 1] > row[2 * at];
            match self.splits[at][usize::from(is_right)] {
                Next::Split(next) => at = next,
                Next::Leaf(leaf) => {
                    out[leaf] = 1.0;
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_side_leads_on_and_the_first_of_equal_ones() {
        let splits = vec![[Next::Leaf(2), Next::Split(1)], [Next::Leaf(0), Next::Leaf(1)]];
        let descent = Descent { splits, n_leaves: 3 };
        let found = |row: &[f64]| {
            let mut out = [f64::NAN; 3];
            descent.apply(row, &mut out);
            out
        };
        assert_eq!(found(&[1.0, 1.0, 0.0, 5.0]), [0.0, 0.0, 1.0]);
        assert_eq!(found(&[1.0, 2.0, 0.0, 5.0]), [0.0, 1.0, 0.0]);
        assert_eq!(found(&[1.0, 2.0, 5.0, 0.0]), [1.0, 0.0, 0.0]);
    }
}
