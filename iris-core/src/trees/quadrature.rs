//! Points at which a polynomial is looked at to integrate it over [0, 1]: the rule of Gauss and Legendre.

/// A point, and its weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// In (0, 1), ascending.
    pub(super) at: f64,
    /// What is left to 1, which near 1 keeps digits that the difference would lose.
    pub(super) rest: f64,
    pub(super) weight: f64,
}

/// So many points, at least one, which integrate every polynomial of a degree below
/// twice their number to the last digits.
#[expect(clippy::cast_precision_loss, reason = "there are few points")]
pub(super) fn points(n: usize) -> Vec<Point> {
    let count = n as f64;
    let of_root = |index: usize| {
        // Newton's method from an approximation (Abramowitz & Stegun 22.16.6) near which no other root lies.
        let mut x = (std::f64::consts::PI * (index as f64 + 0.75) / (count + 0.5)).cos();
        for _ in 0..STEPS {
            let (value, slope) = legendre(n, x);
            x -= value / slope;
        }
        let (_, slope) = legendre(n, x);
        let weight = 1.0 / ((1.0 - x * x) * slope * slope);
        Point { at: f64::midpoint(1.0, -x), rest: f64::midpoint(1.0, x), weight }
    };
    (0..n).map(of_root).collect()
}

/// Steps after which Newton's method stands still: each doubles the digits.
const STEPS: usize = 8;

/// The Legendre polynomial of degree `n`, at least 1, and its slope.
#[expect(clippy::cast_precision_loss, reason = "there are few points")]
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for degree in 2..=n {
        let degree = degree as f64;
        (before, value) = (value, ((2.0 * degree - 1.0) * x * value - (degree - 1.0) * before) / degree);
    }
    (value, n as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_below_twice_the_number_of_points_are_exact() {
        for n in [1usize, 2, 3, 8, 31, 128] {
            let points = points(n);
            assert!(points.iter().all(|point| point.at > 0.0 && point.rest > 0.0 && point.weight > 0.0));
            for power in (0..2 * n).step_by(1 + n / 4) {
                let power = i32::try_from(power).unwrap();
                let integral: f64 = points.iter().map(|point| point.weight * point.at.powi(power)).sum();
                let exact = 1.0 / f64::from(power + 1);
                assert!((integral / exact - 1.0).abs() < 1e-12, "{n} points, power {power}: {integral}");
            }
        }
    }
}
