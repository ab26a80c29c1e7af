//! How far apart numbers were, counted.

/// Counts of distances, in steps of a fifth: as many bytes however many there were.
#[derive(Debug, Clone)]
pub(super) struct Differences {
    /// Of those that are no distance at all, or less than the least.
    none: u64,
    steps: Box<[u64; STEPS as usize]>,
    most: f64,
}

/// Powers of ten from the least distance that is told from none, and steps of each.
const LEAST: i32 = -12;
const DECADES: u16 = 24;
const STEPS_OF_DECADE: u16 = 12;
const STEPS: u16 = DECADES * STEPS_OF_DECADE;

impl Default for Differences {
    fn default() -> Self {
        Self { none: 0, steps: Box::new([0; STEPS as usize]), most: 0.0 }
    }
}

impl Differences {
    /// Counts the distance between two numbers, which is without bound if one of them is none.
    pub(super) fn add(&mut self, a: f64, b: f64) {
        let distance = if a == b { 0.0 } else { (a - b).abs() };
        let distance = if distance.is_nan() { f64::INFINITY } else { distance };
        self.most = self.most.max(distance);
        let step = (distance.log10() - f64::from(LEAST)) * f64::from(STEPS_OF_DECADE);
        if step < 0.0 {
            self.none += 1;
            return;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is above 0, and bounded"
        )]
        let step = step.min(f64::from(STEPS - 1)) as usize;
        self.steps[step] += 1;
    }

    /// The distance that this share of them does not exceed, a fifth more at most; `None` if there are none.
    #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
    pub(super) fn quantile(&self, share: f64) -> Option<f64> {
        let total = self.none + self.steps.iter().sum::<u64>();
        let wanted = (share * total as f64).ceil().max(1.0);
        let mut seen = self.none;
        if total == 0 || seen as f64 >= wanted {
            return (total > 0).then_some(0.0);
        }
        let mut steps = (1..STEPS).zip(&*self.steps);
        let reached = steps.find(|(_, count)| {
            seen += *count;
            seen as f64 >= wanted
        });
        // The last step has no end.
        let Some((step, _)) = reached else { return Some(self.most) };
        let upper = 10_f64.powf(f64::from(LEAST) + f64::from(step) / f64::from(STEPS_OF_DECADE));
        Some(upper.min(self.most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_a_fifth_above_at_most() {
        let mut differences = Differences::default();
        assert_eq!(differences.quantile(0.5), None);
        for n in 1..=1_000 {
            differences.add(0.0, f64::from(n) / 1_000.0);
        }
        for share in [0.1, 0.5, 0.9, 0.99] {
            let quantile = differences.quantile(share).unwrap();
            assert!((share..share * 1.22).contains(&quantile), "{share}: {quantile}");
        }
        assert_eq!(differences.quantile(1.0), Some(1.0));
    }

    #[test]
    fn what_is_equal_or_no_number_is_counted_too() {
        let mut differences = Differences::default();
        for _ in 0..9 {
            differences.add(0.25, 0.25);
        }
        differences.add(f64::INFINITY, f64::INFINITY);
        differences.add(1e-300, 0.0);
        assert_eq!((differences.quantile(0.5), differences.quantile(1.0)), (Some(0.0), Some(0.0)));
        differences.add(1.0, f64::NAN);
        assert_eq!(differences.quantile(1.0), Some(f64::INFINITY));
        assert!(differences.quantile(0.5) == Some(0.0));
    }
}
