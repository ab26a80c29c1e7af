//! The softmax in numpy's own order, for those whose last bits are compared with it.

use crate::math::largest;

/// Numbers become e^(x − largest), by their sum.
pub(super) fn exponential_shares(row: &mut [f64]) {
    let (_, largest) = largest(row);
    for value in &mut *row {
        *value = (*value - largest).exp();
    }
    super::shares::shares(row);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_ones_do_not_overflow() {
        let mut row = [1000.0, 1000.0, -1000.0];
        exponential_shares(&mut row);
        assert_eq!(row, [0.5, 0.5, 0.0]);
    }
}
