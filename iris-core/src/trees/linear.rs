//! Leaves that are linear functions of the row, as LightGBM's linear trees have them.

use super::columns::ZERO;
use crate::error::{Error, Result};

/// What a leaf adds: a constant, and a coefficient of each of some features.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct LinearLeaf {
    pub(crate) constant: f64,
    /// Features with their coefficients, in the order in which they are added.
    pub(crate) terms: Vec<(usize, f64)>,
}

/// The linear leaves of a forest, by the places of their numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct LinearLeaves {
    leaves: Vec<Option<LinearLeaf>>,
}

impl LinearLeaf {
    pub(super) fn check(&self, n_features: usize) -> Result<()> {
        let is_finite = |terms: &[(usize, f64)]| terms.iter().all(|(_, coefficient)| coefficient.is_finite());
        if !self.constant.is_finite() || !is_finite(&self.terms) {
            return Err(Error::malformed("its linear terms are not finite"));
        }
        match self.terms.iter().find(|(feature, _)| *feature >= n_features) {
            Some((feature, _)) => {
                Err(Error::malformed(format!("it has a term of feature {feature} of {n_features}")))
            }
            None => Ok(()),
        }
    }

    /// What it adds; `None` where a feature is missing. Values next to zero are zero.
    fn of(&self, row: &[f64]) -> Option<f64> {
        let mut sum = self.constant;
        for (feature, coefficient) in &self.terms {
            let value = row[*feature];
            if value.is_nan() {
                return None;
            }
            sum += coefficient * if value.abs() <= ZERO { 0.0 } else { value };
        }
        Some(sum)
    }
}

impl LinearLeaves {
    /// Takes the leaves of the next tree, whose numbers begin at this place.
    pub(super) fn add(&mut self, first: usize, leaves: Vec<LinearLeaf>) {
        self.leaves.resize(first, None);
        self.leaves.extend(leaves.into_iter().map(Some));
    }

    /// What the leaf adds whose number is at this place; `None` if it adds that number.
    pub(super) fn value(&self, place: usize, row: &[f64]) -> Option<f64> {
        self.leaves.get(place)?.as_ref()?.of(row)
    }
}
