//! Sums in the order in which numpy adds up, which decides the last bits.

/// A sum as numpy adds up: by eight, and in halves of more than 128 numbers, so
/// that a score on the mean stays on it.
pub(super) fn pairwise_sum(values: &[f64]) -> f64 {
    let n = values.len();
    if n < 8 {
        return values.iter().sum();
    }
    if n > 128 {
        let half = n / 2 - n / 2 % 8;
        return pairwise_sum(&values[..half]) + pairwise_sum(&values[half..]);
    }
    let (eights, rest) = values.as_chunks::<8>();
    let mut sums = eights[0];
    for eight in &eights[1..] {
        sums.iter_mut().zip(eight).for_each(|(sum, value)| *sum += value);
    }
    let [pair_0, pair_1, pair_2, pair_3] = [0, 2, 4, 6].map(|at| sums[at] + sums[at + 1]);
    rest.iter().fold((pair_0 + pair_1) + (pair_2 + pair_3), |sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_any_length() {
        for n in [0, 1, 7, 8, 9, 128, 129, 1000] {
            let values: Vec<f64> = (0..n).map(f64::from).collect();
            assert_eq!(pairwise_sum(&values), f64::from(n * (n - 1) / 2).max(0.0), "{n}");
        }
        // numpy 2.4: np.sum(np.full(10, 0.1))
        assert_eq!(pairwise_sum(&[0.1; 10]), 1.0);
    }
}
