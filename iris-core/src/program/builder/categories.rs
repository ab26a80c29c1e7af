//! Wide one-hot columns: a row costs its values, and not the width of all categories.

use super::{Making, ProgramBuilder, ValueId};
use crate::affine::Affine;
use crate::program::Step;
use crate::program::step::{OneHot, OneHotSums};

/// Columns from which on weights are looked up; up to there a product costs as little.
const WIDE: usize = 256;

impl ProgramBuilder {
    /// Whether a value is wide one-hot columns, or has such in it.
    pub(crate) fn is_wide(&self, value: ValueId) -> bool {
        match &self.values[value.0].making {
            Making::Step(Step::OneHot(one_hot), _) => one_hot.width >= WIDE,
            Making::Concat(parts) => parts.iter().any(|part| self.is_wide(*part)),
            _ => false,
        }
    }

    /// What a step makes of wide one-hot columns, if it need not have them written out.
    pub(super) fn wide_step(&mut self, step: &Step, input: ValueId) -> Option<ValueId> {
        match (step, &self.values[input.0].making) {
            (Step::Affine(affine), _) if affine.picked().is_some() => None,
            (Step::Affine(affine), Making::Concat(parts)) => {
                let parts = parts.clone();
                Some(self.sums_of_parts(affine, parts))
            }
            (Step::Affine(affine), Making::Step(Step::OneHot(one_hot), from)) => {
                let (places, from) = (one_hot.places.clone(), *from);
                let (weights, offset) = affine.clone().into_dense();
                Some(self.step(Step::OneHotSums(Box::new(OneHotSums { places, weights, offset })), from))
            }
            // They are 0 and 1 already.
            (Step::Binarize(binarize), Making::Step(Step::OneHot(OneHot { .. }), _))
                if (0.0..1.0).contains(&binarize.threshold) =>
            {
                Some(input)
            }
            _ => None,
        }
    }

    /// The sums of a map over values side by side: those of each, added up.
    pub(super) fn sums_of_parts(&mut self, affine: &Affine, parts: Vec<ValueId>) -> ValueId {
        let width = affine.n_outputs();
        let mut start = 0;
        let of_parts: Vec<ValueId> = parts
            .into_iter()
            .map(|part| {
                let end = start + self.width(part);
                let map = Affine::identity(end - start).times(affine.weights_of(start..end), width);
                start = end;
                self.step(Step::Affine(map), part)
            })
            .collect();
        let n_parts = of_parts.len();
        let beside = self.concat(of_parts);
        let mut weights = vec![0.0; n_parts * width * width];
        for (row, weights) in weights.chunks_exact_mut(width.max(1)).enumerate() {
            weights[row % width] = 1.0;
        }
        let sum = Affine::identity(n_parts * width).times(weights, width);
        self.step(Step::Affine(sum.shifted(|output| affine.offset()[output])), beside)
    }
}

#[cfg(test)]
#[cfg(feature = "pickle")]
mod tests {
    use super::*;
    use crate::program::{Binarize, Keys, LookUp, Otherwise, Table};

    fn one_hot(builder: &mut ProgramBuilder) -> ValueId {
        #[expect(clippy::cast_precision_loss, reason = "there are few")]
        let values = (0..WIDE).map(|place| Some(place as f64)).collect();
        let table =
            Table { keys: Keys::Codes, values, missing: Otherwise::Refuse, unknown: Otherwise::Value(-1.0) };
        let places = LookUp { outputs: vec![(0, table)] };
        builder.step(Step::OneHot(OneHot { places, width: WIDE }), ValueId::FEATURES)
    }

    #[test]
    fn sums_of_wide_columns_are_looked_up_also_beside_others() {
        let mut builder = ProgramBuilder::new(2);
        let wide = one_hot(&mut builder);
        let flags = builder.step(Step::Binarize(Binarize { threshold: 0.0 }), wide);
        assert_eq!(flags, wide);
        let select = Affine::select(2, [1].into_iter());
        let number = builder.step(Step::Affine(select), ValueId::FEATURES);
        let both = builder.concat(vec![wide, number]);
        assert!(builder.is_wide(both) && !builder.is_wide(number));
        let rows = (0..=u16::try_from(WIDE).unwrap()).map(f64::from);
        let weights = rows.flat_map(|row| [2.0 * row, 0.5]).collect();
        let map = Affine::identity(WIDE + 1).times(weights, 2).shifted(|output| [0.0, 3.0][output]);
        let sums = builder.step(Step::Affine(map), both);
        let graph = builder.planned(sums);
        assert!(graph.row_len() < 20, "{} numbers for a row", graph.row_len());
        for (row, expected) in [([7.0, 2.0], [14.0 + 1024.0, 0.5 + 1.0 + 3.0]), ([1e6, 0.0], [0.0, 3.0])] {
            let mut memory = vec![f64::NAN; graph.row_len()];
            assert_eq!(graph.run(&row, &mut memory, None).unwrap(), expected);
        }
    }
}
