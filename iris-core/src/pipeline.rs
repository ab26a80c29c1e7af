//! Preprocessing steps in front of an estimator.

mod clip;
mod impute;
mod normalize;

use crate::affine::Affine;
use crate::scratch::with_scratch;
pub(crate) use clip::Clip;
pub(crate) use impute::Impute;
pub(crate) use normalize::Norm;

/// One preprocessing step; affine ones next to each other, or next to the
/// estimator, were folded when the model was built.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Affine(Affine),
    Clip(Clip),
    Impute(Impute),
    Normalize(Norm),
}

impl Step {
    /// Whether a NaN in one column stays in that column.
    pub(crate) fn is_elementwise(&self) -> bool {
        match self {
            Self::Affine(affine) => affine.is_elementwise(),
            Self::Clip(_) | Self::Impute(_) => true,
            Self::Normalize(_) => false,
        }
    }
}

/// The steps in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    /// Widest row between two steps.
    width: usize,
}

impl Steps {
    pub(crate) fn new(steps: Vec<Step>, n_features: usize) -> Self {
        let widths = steps.iter().filter_map(|step| match step {
            Step::Affine(affine) => Some(affine.n_outputs()),
            _ => None,
        });
        let width = widths.fold(n_features, usize::max);
        Self { steps, width }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether a step fills in NaN before anything spreads it to other columns.
    pub(crate) fn accept_missing(&self) -> bool {
        let mut elementwise = self.steps.iter().take_while(|step| step.is_elementwise());
        elementwise.any(|step| matches!(step, Step::Impute(impute) if impute.fills_nan()))
    }

    /// Calls `work` with the row as the estimator wants it.
    ///
    /// The two halves of the scratch take turns as input and output of the
    /// steps that change a row's width; the others work in place.
    pub(crate) fn apply<R>(&self, row: &[f64], work: impl FnOnce(&[f64]) -> R) -> R {
        if self.steps.is_empty() {
            return work(row);
        }
        with_scratch(2 * self.width, |scratch| {
            let (mut current, mut next) = scratch.split_at_mut(self.width);
            let mut len = row.len();
            current[..len].copy_from_slice(row);
            for step in &self.steps {
                match step {
                    Step::Clip(clip) => clip.apply(&mut current[..len]),
                    Step::Impute(impute) => impute.apply(&mut current[..len]),
                    Step::Normalize(norm) => norm.apply(&mut current[..len]),
                    Step::Affine(affine) => {
                        affine.apply(&current[..len], &mut next[..affine.n_outputs()]);
                        len = affine.n_outputs();
                        std::mem::swap(&mut current, &mut next);
                    }
                }
            }
            work(&current[..len])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_run_in_order_through_changing_widths() {
        let widen = Affine::identity(2).times(&[1.0, 0.0, 2.0, 0.0, 1.0, 2.0], 3);
        let narrow = Affine::identity(3).times(&[1.0, 1.0, 1.0], 1);
        let steps = Steps::new(
            vec![Step::Affine(widen), Step::Clip(Clip { low: 0.0, high: 5.0 }), Step::Affine(narrow)],
            2,
        );
        assert_eq!(steps.apply(&[1.0, 7.0], <[f64]>::to_vec), [1.0 + 5.0 + 5.0]);
        assert_eq!(Steps::new(Vec::new(), 2).apply(&[1.0, 7.0], <[f64]>::to_vec), [1.0, 7.0]);
    }

    #[test]
    fn missing_values_are_accepted_only_in_front_of_a_mixing_step() {
        let impute = || Step::Impute(Impute { fill: vec![1.0, 2.0], missing: f64::NAN });
        let scale = || Step::Affine(Affine::identity(2).scaled(|_| 2.0));
        let mix = || Step::Affine(Affine::identity(2).times(&[1.0; 4], 2));
        assert!(Steps::new(vec![scale(), impute(), mix()], 2).accept_missing());
        assert!(!Steps::new(vec![mix(), impute()], 2).accept_missing());
        assert!(!Steps::new(vec![Step::Normalize(Norm::L2), impute()], 2).accept_missing());
    }
}
