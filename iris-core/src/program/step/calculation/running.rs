//! Sums up to each place.

/// For groups of `n`, from either end, without the number of the place itself where it is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) n: usize,
    pub(crate) is_exclusive: bool,
    pub(crate) is_reverse: bool,
}

impl Running {
    pub(super) fn apply(self, from: &[f64], to: &mut [f64]) {
        for (to, group) in to.chunks_exact_mut(self.n).zip(from.chunks_exact(self.n)) {
            let mut sum = 0.0;
            for step in 0..self.n {
                let place = if self.is_reverse { self.n - 1 - step } else { step };
                let before = sum;
                sum += group[place];
                to[place] = if self.is_exclusive { before } else { sum };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_run_from_either_end() {
        let of = |is_exclusive, is_reverse| {
            let mut to = [0.0; 3];
            Running { n: 3, is_exclusive, is_reverse }.apply(&[1.0, 2.0, 4.0], &mut to);
            to
        };
        assert_eq!(of(false, false), [1.0, 3.0, 7.0]);
        assert_eq!(of(true, false), [0.0, 1.0, 3.0]);
        assert_eq!(of(false, true), [7.0, 6.0, 4.0]);
    }
}
