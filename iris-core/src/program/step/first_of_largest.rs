//! The first of the largest numbers, for those who count votes.

/// Makes 1 of the first of the largest, and 0 of every other.
pub(super) fn first_of_largest(row: &mut [f64]) {
    // What is no number stays, so that nobody takes it for an answer.
    if row.is_empty() || row.iter().any(|value| value.is_nan()) {
        return;
    }
    let first = crate::math::argmax(row);
    row.iter_mut().enumerate().for_each(|(index, value)| *value = f64::from(u8::from(index == first)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equals_the_first() {
        for (row, expected) in [([0.5, 0.7, 0.7], [0.0, 1.0, 0.0]), ([2.0, 1.0, -1.0], [1.0, 0.0, 0.0])] {
            let mut row = row;
            first_of_largest(&mut row);
            assert_eq!(row, expected);
        }
    }
}
