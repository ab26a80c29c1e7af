//! Numbers divided by their sum, where there is one.

/// Each number's share of the sum; where they add up to zero, they stay as they are.
pub(super) fn shares(row: &mut [f64]) {
    let total: f64 = row.iter().sum();
    if total != 0.0 {
        for value in row {
            *value /= total;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_zeroes_stays_so() {
        let (mut some, mut none) = ([1.0, 3.0, 0.0], [0.0; 3]);
        shares(&mut some);
        shares(&mut none);
        assert_eq!((some, none), ([0.25, 0.75, 0.0], [0.0; 3]));
    }
}
