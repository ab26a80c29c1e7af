//! `SplineTransformer`: each column as the values of B-splines over it.

use crate::refused::Refused;

/// The splines of each column, whose values stand side by side.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Splines {
    pub(crate) columns: Vec<Spline>,
    /// Whether NaN is zero in every spline, else it is refused.
    pub(crate) takes_missing: bool,
}

/// The B-splines of one column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spline {
    basis: Basis,
    beyond: Beyond,
}

/// B-splines of a degree over knots.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Basis {
    /// Ascending.
    knots: Vec<f64>,
    degree: usize,
    /// Where splines are periodic fewer than there are, the last being the first ones again.
    n_outputs: usize,
}

/// What becomes of values beyond the outermost knots.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Beyond {
    /// The polynomials go on.
    Continue,
    /// It starts over.
    Periodic,
    Refuse,
    /// Lines go on from the ends.
    Lines {
        low: End,
        high: End,
    },
}

/// Where lines start, and each output's value and slope there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct End {
    pub(crate) at: f64,
    pub(crate) lines: Vec<(f64, f64)>,
}

/// Degrees that are computed.
pub(crate) const MAX_DEGREE: usize = 31;

/// The values of one more splines than the degree that are not zero at a place.
type NotZero = [f64; MAX_DEGREE + 1];

impl Splines {
    pub(crate) fn n_outputs(&self) -> usize {
        self.widths().sum()
    }

    /// Numbers that each column becomes.
    pub(super) fn widths(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().map(|spline| spline.basis.n_outputs)
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) -> Result<(), Refused> {
        out.fill(0.0);
        let mut rest = out;
        for (column, (x, spline)) in row.iter().zip(&self.columns).enumerate() {
            let (own, others) = rest.split_at_mut(spline.basis.n_outputs);
            rest = others;
            let is_missing = self.takes_missing && x.is_nan();
            if !is_missing && !spline.apply(*x, own) {
                return Err(Refused { column });
            }
        }
        Ok(())
    }
}

impl Spline {
    pub(crate) fn new(basis: Basis, beyond: Beyond) -> Self {
        Self { basis, beyond }
    }

    /// Adds the values at `x`; `false` if it has none there.
    fn apply(&self, x: f64, out: &mut [f64]) -> bool {
        if !x.is_finite() {
            return false;
        }
        let (low, high) = self.basis.bounds();
        let x = match &self.beyond {
            Beyond::Refuse if x < low || x > high => return false,
            Beyond::Continue | Beyond::Refuse => x,
            Beyond::Periodic if high > low => low + (x - low).rem_euclid(high - low),
            // A column that was constant.
            Beyond::Periodic => 0.0,
            Beyond::Lines { low, high } => {
                let end = if x < low.at { low } else { high };
                if x < low.at || x > high.at {
                    for (out, (value, slope)) in out.iter_mut().zip(&end.lines) {
                        *out = value + (x - end.at) * slope;
                    }
                    return true;
                }
                x
            }
        };
        self.basis.add_at(x, false, out);
        true
    }
}

impl Basis {
    /// `None` unless there are enough knots in order, and as many splines as outputs or more.
    pub(crate) fn new(knots: Vec<f64>, degree: usize, n_outputs: usize) -> Option<Self> {
        let n_splines = knots.len().checked_sub(degree.checked_add(1)?)?;
        let is_sound = degree <= MAX_DEGREE
            && n_splines > degree
            && (1..=n_splines).contains(&n_outputs)
            && knots.iter().all(|knot| knot.is_finite())
            && knots.is_sorted();
        is_sound.then_some(Self { knots, degree, n_outputs })
    }

    pub(crate) fn n_splines(&self) -> usize {
        self.knots.len() - self.degree - 1
    }

    pub(crate) fn n_outputs(&self) -> usize {
        self.n_outputs
    }

    /// The knots at this place from either end, if there are as many and in order.
    pub(crate) fn ends(&self, place: usize) -> Option<(f64, f64)> {
        let high = self.knots.len().checked_sub(place)?.checked_sub(1)?;
        (place <= high).then(|| (self.knots[place], self.knots[high]))
    }

    /// The ends of what the splines are a basis of.
    fn bounds(&self) -> (f64, f64) {
        (self.knots[self.degree], self.knots[self.n_splines()])
    }

    /// Each output's value, or slope, at a place.
    pub(crate) fn at(&self, x: f64, slope: bool) -> Vec<f64> {
        let mut out = vec![0.0; self.n_outputs];
        self.add_at(x, slope, &mut out);
        out
    }

    /// Adds the values or the slopes at `x` of those splines that have any.
    fn add_at(&self, x: f64, slope: bool, out: &mut [f64]) {
        let inner = &self.knots[self.degree + 1..self.n_splines()];
        let interval = self.degree + inner.partition_point(|knot| *knot <= x);
        let values = self.not_zero(x, interval, slope);
        let first = interval - self.degree;
        for (index, value) in values[..=self.degree].iter().enumerate() {
            out[(first + index) % self.n_outputs] += value;
        }
    }

    /// De Boor's recurrence, from splines of degree zero up; for slopes the last
    /// step takes differences.
    fn not_zero(&self, x: f64, interval: usize, slope: bool) -> NotZero {
        let mut values: NotZero = [0.0; MAX_DEGREE + 1];
        values[0] = 1.0;
        for degree in 1..=self.degree {
            let lower = values;
            let is_slope = slope && degree == self.degree;
            values[0] = 0.0;
            for n in 1..=degree {
                let (right, left) = (self.knots[interval + n], self.knots[interval + n - degree]);
                if right == left {
                    values[n] = 0.0;
                } else if is_slope {
                    #[expect(clippy::cast_precision_loss, reason = "degrees are small")]
                    let weight = degree as f64 * lower[n - 1] / (right - left);
                    values[n - 1] -= weight;
                    values[n] = weight;
                } else {
                    let weight = lower[n - 1] / (right - left);
                    values[n - 1] += weight * (right - x);
                    values[n] = weight * (x - left);
                }
            }
        }
        if slope && self.degree == 0 { [0.0; MAX_DEGREE + 1] } else { values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knots(n: u32) -> Vec<f64> {
        (0..n).map(f64::from).collect()
    }

    #[test]
    fn splines_are_a_partition_of_one() {
        let basis = Basis::new(knots(10), 3, 6).unwrap();
        for x in [3.0, 3.25, 5.0, 5.9, 6.0] {
            let values = basis.at(x, false);
            assert!((values.iter().sum::<f64>() - 1.0).abs() < 1e-15, "{x} {values:?}");
            assert!(basis.at(x, true).iter().sum::<f64>().abs() < 1e-15, "{x}");
        }
        assert_eq!(basis.at(4.0, false), [0.0, 1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0, 0.0, 0.0]);
        assert_eq!(basis.at(4.0, true), [0.0, -0.5, 0.0, 0.5, 0.0, 0.0]);
    }

    #[test]
    fn beyond_the_knots() {
        let basis = || Basis::new(knots(6), 1, 4).unwrap();
        let of = |beyond, x| {
            let mut out = [f64::NAN; 4];
            let splines = Splines { columns: vec![Spline::new(basis(), beyond)], takes_missing: false };
            splines.apply(&[x], &mut out).map(|()| out)
        };
        assert_eq!(of(Beyond::Continue, 0.5), Ok([1.5, -0.5, 0.0, 0.0]));
        assert_eq!(of(Beyond::Refuse, 4.5), Err(Refused { column: 0 }));
        assert_eq!(of(Beyond::Periodic, 4.25), of(Beyond::Continue, 1.25));
        let end = |at| End { at, lines: vec![(1.0, 0.5)] };
        let lines = || Beyond::Lines { low: end(1.0), high: end(4.0) };
        assert_eq!(of(lines(), 0.0), Ok([0.5, 0.0, 0.0, 0.0]));
        assert_eq!(of(lines(), 6.0), Ok([2.0, 0.0, 0.0, 0.0]));
        assert_eq!(of(lines(), f64::NAN), Err(Refused { column: 0 }));
    }

    #[test]
    fn too_few_knots_or_knots_in_disorder_are_no_basis() {
        assert!(Basis::new(knots(3), 3, 1).is_none());
        assert!(Basis::new(knots(7), 3, 3).is_none());
        assert!(Basis::new(knots(8), 3, 5).is_none());
        assert!(Basis::new(knots(8), 3, 0).is_none());
        assert!(Basis::new(vec![0.0, 2.0, 1.0, 3.0], 0, 3).is_none());
        assert!(Basis::new(vec![0.0, f64::NAN, 1.0, 3.0], 0, 3).is_none());
        assert!(Basis::new(knots(100), MAX_DEGREE + 1, 3).is_none());
        assert!(Basis::new(knots(2), usize::MAX - 1, 1).is_none());
    }
}
