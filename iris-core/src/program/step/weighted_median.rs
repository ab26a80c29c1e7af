//! `AdaBoostRegressor`: of numbers with weights, the one in the middle.

/// The first number, from the least on, at which half of all weight is reached.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WeightedMedian {
    /// One a number, at most [`MAX`](Self::MAX).
    pub(crate) weights: Vec<f64>,
}

impl WeightedMedian {
    /// Numbers that are ordered on the stack; people take fifty.
    pub(crate) const MAX: usize = 4096;

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) {
        out[0] = match row.iter().find(|value| value.is_nan()) {
            Some(wrong) => *wrong,
            None if row.len() <= 256 => self.median(row, &mut [0; 256][..row.len()]),
            None => self.median(row, &mut [0; Self::MAX][..row.len()]),
        };
    }

    fn median(&self, row: &[f64], order: &mut [u16]) -> f64 {
        order.iter_mut().zip(0..).for_each(|(place, index)| *place = index);
        order.sort_unstable_by(|a, b| row[usize::from(*a)].total_cmp(&row[usize::from(*b)]).then(a.cmp(b)));
        // Added up from the least on both times, so that half is half to the last bit.
        let weights = |place: &u16| self.weights[usize::from(*place)];
        let half = 0.5 * order.iter().map(weights).fold(0.0, |sum, weight| sum + weight);
        let mut sum = 0.0;
        let reached = order.iter().find(|place| {
            sum += weights(place);
            sum >= half
        });
        reached.or(order.first()).map_or(f64::NAN, |place| row[usize::from(*place)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(row: &[f64], weights: &[f64]) -> f64 {
        let mut out = [0.0];
        WeightedMedian { weights: weights.to_vec() }.apply(row, &mut out);
        out[0]
    }

    #[test]
    fn half_of_the_weight_counts() {
        assert_eq!(of(&[3.0, 1.0, 2.0], &[1.0, 1.0, 1.0]), 2.0);
        assert_eq!(of(&[3.0, 1.0, 2.0], &[5.0, 1.0, 1.0]), 3.0);
        assert_eq!(of(&[3.0, 1.0], &[1.0, 1.0]), 1.0);
        assert_eq!(of(&[3.0, 1.0], &[0.0, 0.0]), 1.0);
        assert!(of(&[3.0, f64::NAN], &[1.0, 1.0]).is_nan());
    }

    #[test]
    fn many_are_ordered_as_few_are() {
        let row: Vec<f64> = (0..4096).rev().map(f64::from).collect();
        assert_eq!(of(&row, &vec![1.0; 4096]), 2047.0);
    }
}
