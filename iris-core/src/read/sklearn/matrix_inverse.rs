//! The inverse of a small matrix.

/// The inverse of an n × n matrix, by Gauss and Jordan with the largest pivots.
pub(super) fn inverse(mut matrix: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    let mut inverse: Vec<f64> = (0..n * n).map(|at| if at / n == at % n { 1.0 } else { 0.0 }).collect();
    for column in 0..n {
        let magnitude = |row: &usize| matrix[row * n + column].abs();
        let pivot = (column..n).max_by(|a, b| magnitude(a).total_cmp(&magnitude(b)))?;
        let divisor = matrix[pivot * n + column];
        if divisor == 0.0 || !divisor.is_finite() {
            return None;
        }
        for values in [&mut matrix, &mut inverse] {
            (0..n).for_each(|at| values.swap(column * n + at, pivot * n + at));
            values[column * n..(column + 1) * n].iter_mut().for_each(|value| *value /= divisor);
        }
        for row in (0..n).filter(|row| *row != column) {
            let factor = matrix[row * n + column];
            for values in [&mut matrix, &mut inverse] {
                for at in 0..n {
                    values[row * n + at] -= factor * values[column * n + at];
                }
            }
        }
    }
    Some(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let found = inverse(vec![0.0, 2.0, 4.0, 1.0], 2).unwrap();
        assert_eq!(found, [-0.125, 0.25, 0.5, 0.0]);
        assert!(inverse(vec![1.0, 2.0, 2.0, 4.0], 2).is_none());
        assert!(inverse(vec![f64::NAN], 1).is_none());
    }
}
