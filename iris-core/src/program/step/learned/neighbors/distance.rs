//! Distances, as good for comparing until one is asked for in full.

use multiversion::multiversion;

/// What distance is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Distance {
    Euclidean,
    Manhattan,
    Chebyshev,
    Minkowski(f64),
    /// 1 less the product of a row and a point, both of length 1.
    Cosine,
}

impl Distance {
    /// The distance that a reduced one stands for.
    #[inline]
    pub(super) fn whole(self, reduced: f64) -> f64 {
        match self {
            Self::Euclidean => reduced.sqrt(),
            Self::Minkowski(p) => reduced.powf(1.0 / p),
            Self::Manhattan | Self::Chebyshev | Self::Cosine => reduced,
        }
    }

    /// What stands for a distance.
    #[inline]
    pub(super) fn reduced(self, whole: f64) -> f64 {
        match self {
            Self::Euclidean => whole * whole,
            Self::Minkowski(p) => whole.powf(p),
            Self::Manhattan | Self::Chebyshev | Self::Cosine => whole,
        }
    }

    /// The reduced distance of what is so far away in each column.
    #[inline]
    pub(super) fn of_differences(self, differences: impl Iterator<Item = f64>) -> f64 {
        match self {
            Self::Euclidean => differences.fold(0.0, |sum, d| sum + d * d),
            Self::Minkowski(p) => differences.fold(0.0, |sum, d| sum + d.abs().powf(p)),
            Self::Manhattan | Self::Cosine => differences.fold(0.0, |sum, d| sum + d.abs()),
            Self::Chebyshev => differences.fold(0.0, |most, d| most.max(d.abs())),
        }
    }
}

/// The reduced distance of a row from each point, whose `columns` lie one behind the other.
///
/// Each sum adds the columns in their order, as scikit-learn's does, so that ties are its ties.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn from_points(distance: Distance, row: &[f64], columns: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (x, column) in row.iter().zip(columns.chunks_exact(out.len())) {
        let each = out.iter_mut().zip(column);
        match distance {
            Distance::Euclidean => each.for_each(|(sum, y)| *sum += (x - y) * (x - y)),
            Distance::Manhattan => each.for_each(|(sum, y)| *sum += (x - y).abs()),
            Distance::Chebyshev => each.for_each(|(most, y)| *most = most.max((x - y).abs())),
            Distance::Minkowski(p) => each.for_each(|(sum, y)| *sum += (x - y).abs().powf(p)),
            Distance::Cosine => each.for_each(|(sum, y)| *sum += x * y),
        }
    }
    if distance == Distance::Cosine {
        for product in out {
            *product = (1.0 - *product).clamp(0.0, 2.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_distance_by_its_definition() {
        for (distance, expected) in [
            (Distance::Euclidean, 5.0),
            (Distance::Manhattan, 7.0),
            (Distance::Chebyshev, 4.0),
            (Distance::Minkowski(3.0), 91f64.cbrt()),
        ] {
            let mut out = [f64::NAN; 2];
            from_points(distance, &[3.0, 4.0], &[0.0, 3.0, 0.0, 4.0], &mut out);
            assert!((distance.whole(out[0]) - expected).abs() < 1e-14, "{distance:?}: {out:?}");
            assert_eq!(out[1], 0.0);
            assert!((distance.reduced(expected) - out[0]).abs() < 1e-12);
            assert_eq!(distance.of_differences([3.0, -4.0].into_iter()), out[0]);
        }
        let mut out = [f64::NAN];
        from_points(Distance::Cosine, &[0.6, 0.8], &[0.6, 0.8], &mut out);
        assert!(out[0].abs() < 1e-15);
    }
}
