//! Numbers rounded to single precision, in which scikit-learn's boosters hand rows on.

/// Rounds every number.
pub(super) fn single(row: &mut [f64]) {
    for value in row {
        #[expect(clippy::cast_possible_truncation, reason = "this is the rounding")]
        let rounded = f64::from(*value as f32);
        *value = rounded;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_lost() {
        let mut row = [0.1, 0.5, -3.0];
        single(&mut row);
        assert_eq!(row, [f64::from(0.1f32), 0.5, -3.0]);
    }
}
