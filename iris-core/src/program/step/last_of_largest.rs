//! The last of the largest numbers, for those who do not take the first.

/// Makes 1 of the last of the largest, and 0 of every other.
pub(super) fn last_of_largest(row: &mut [f64]) {
    // What is no number stays, so that nobody takes it for an answer.
    if row.iter().any(|value| value.is_nan()) {
        return;
    }
    let mut last = 0;
    for (index, value) in row.iter().enumerate() {
        if *value >= row[last] {
            last = index;
        }
    }
    row.iter_mut().enumerate().for_each(|(index, value)| *value = f64::from(u8::from(index == last)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equals_the_last() {
        for (row, expected) in [([0.5, 0.7, 0.7], [0.0, 0.0, 1.0]), ([2.0, 1.0, -1.0], [1.0, 0.0, 0.0])] {
            let mut row = row;
            last_of_largest(&mut row);
            assert_eq!(row, expected);
        }
    }
}
