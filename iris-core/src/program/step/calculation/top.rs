//! The first of a group in order.

use super::number;

/// The `k` largest or smallest of each `n` in order, and behind all of these where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Top {
    pub(crate) n: usize,
    /// Not 0, and no more than `n`.
    pub(crate) k: usize,
    pub(crate) is_largest: bool,
}

impl Top {
    pub(super) fn apply(self, from: &[f64], to: &mut [f64]) {
        let (values, places) = to.split_at_mut(to.len() / 2);
        let groups = values.chunks_exact_mut(self.k).zip(places.chunks_exact_mut(self.k));
        for ((values, places), group) in groups.zip(from.chunks_exact(self.n)) {
            self.group(group, values, places);
        }
    }

    /// A heap would be longer: `k` is a few, and most numbers are behind the last that was found.
    fn group(self, group: &[f64], values: &mut [f64], places: &mut [f64]) {
        let is_before = |x: f64, other: f64| if self.is_largest { x > other } else { x < other };
        let mut n_found = 0;
        for (place, x) in group.iter().enumerate() {
            if n_found == self.k && !is_before(*x, values[n_found - 1]) {
                continue;
            }
            // Equal ones stay in the order in which they stand.
            let at = values[..n_found].partition_point(|other| !is_before(*x, *other));
            n_found = (n_found + 1).min(self.k);
            if at == n_found {
                continue;
            }
            values[at..n_found].rotate_right(1);
            places[at..n_found].rotate_right(1);
            values[at] = *x;
            places[at] = number(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_come_in_the_order_in_which_they_stand() {
        let mut to = [f64::NAN; 4];
        Top { n: 5, k: 2, is_largest: true }.apply(&[1.0, 3.0, 2.0, 3.0, 3.0], &mut to);
        assert_eq!(to, [3.0, 3.0, 1.0, 3.0]);
        let mut to = [f64::NAN; 6];
        Top { n: 3, k: 3, is_largest: false }.apply(&[2.0, 1.0, 2.0], &mut to);
        assert_eq!(to, [1.0, 2.0, 2.0, 1.0, 0.0, 2.0]);
    }

    #[test]
    fn every_group_has_its_own() {
        let mut to = [f64::NAN; 4];
        Top { n: 2, k: 1, is_largest: false }.apply(&[2.0, 1.0, 5.0, 7.0], &mut to);
        assert_eq!(to, [1.0, 5.0, 1.0, 0.0]);
    }

    #[test]
    fn what_is_no_number_takes_a_place_and_breaks_nothing() {
        let mut to = [f64::NAN; 6];
        Top { n: 4, k: 3, is_largest: true }.apply(&[f64::NAN, 1.0, f64::NAN, 2.0], &mut to);
        assert_eq!(to[3..].len(), 3);
    }
}
