//! The exponential and the argmax that every kernel shares.
//!
//! Written without fused multiply-add and without table look-ups, so that the
//! compiler vectorises it for whatever CPU the caller dispatches to and every
//! one of them, one row or a million, computes the same bits.

/// Below this, e^x is not a normal number any more; it is flushed to zero.
const LOWEST: f64 = -708.0;

/// 1.5 · 2^52: adding it leaves the nearest integer in the low mantissa bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// ln 2 in two parts. The high part ends in 21 zero bits, so `k * LN2_HIGH`
/// is exact for every exponent k (Cody & Waite, Software Manual for the
/// Elementary Functions, 1980).
const LN2_HIGH: f64 = f64::from_bits(0x3FE6_2E42_FEE0_0000);
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// e^x for `x <= 0`, to less than two units in the last place; 0 below -708.
///
/// x = k·ln 2 + r with |r| ≤ ln 2 / 2, then the polynomial of degree 11 in r
/// that starts with 1 + r and comes closest to e^r, within 4e-18 (Remez's
/// algorithm), evaluated in Estrin's scheme because its short dependency chain
/// is what a single row waits for.
#[inline(always)]
pub(crate) fn exp_nonpositive(x: f64) -> f64 {
    let clamped = if x < LOWEST { LOWEST } else { x };
    let shifted = clamped * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (clamped - k * LN2_HIGH) - k * LN2_LOW;

    let r2 = r * r;
    let r4 = r2 * r2;
    let p01 = 1.0 + r;
    let p23 = 0.500_000_000_000_001_1 + r * 0.166_666_666_666_664_13;
    let p45 = 0.041_666_666_666_530_155 + r * 0.008_333_333_333_494_461;
    let p67 = 0.001_388_888_894_363_013_4 + r * 0.000_198_412_695_065_787_23;
    let p89 = 2.480_149_309_888_739e-5 + r * 2.755_758_637_378_518e-6;
    let p1011 = 2.763_024_838_532_302e-7 + r * 2.500_006_162_553_128e-8;
    let polynomial = (p01 + r2 * p23) + r4 * ((p45 + r2 * p67) + r4 * (p89 + r2 * p1011));

    // The low bits of `shifted` hold k in two's complement; k ≥ -1021 keeps the
    // exponent field of 2^k positive.
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    // The choice is between two numbers at hand, so that it becomes no branch.
    polynomial * if x < LOWEST { 0.0 } else { power }
}

/// 1 / (1 + e^-x), without overflow for any finite x.
#[inline(always)]
pub(crate) fn logistic(x: f64) -> f64 {
    let e = exp_nonpositive(-x.abs());
    (if x >= 0.0 { 1.0 } else { e }) / (1.0 + e)
}

/// Index of the largest value; of equal ones the first, as numpy's argmax.
#[inline(always)]
pub(crate) fn argmax(values: &[f64]) -> usize {
    largest(values).0
}

/// The same with the value itself.
#[inline(always)]
pub(crate) fn largest(values: &[f64]) -> (usize, f64) {
    let (mut best, mut largest) = (0, values[0]);
    for (index, value) in values.iter().enumerate().skip(1) {
        // Two choices instead of one branch: a row's class can't be predicted.
        let better = *value > largest;
        largest = if better { *value } else { largest };
        best = if better { index } else { best };
    }
    (best, largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn exp_is_exact_where_it_must_be() {
        assert_eq!(exp_nonpositive(0.0), 1.0);
        assert_eq!(exp_nonpositive(-0.0), 1.0);
        assert_eq!(exp_nonpositive(-709.0), 0.0);
        assert_eq!(exp_nonpositive(-1e308), 0.0);
        assert_eq!(exp_nonpositive(f64::NEG_INFINITY), 0.0);
        assert!(exp_nonpositive(f64::NAN).is_nan());
    }

    #[test]
    fn logistic_does_not_overflow() {
        for x in [1e308, 1e4, 710.0, 37.0, 1.0, 1e-300, 0.0] {
            let (up, down) = (logistic(x), logistic(-x));
            assert!((0.5..=1.0).contains(&up) && (0.0..=0.5).contains(&down), "{x}: {up} {down}");
            assert!((up + down - 1.0).abs() < 1e-15, "{x}");
        }
    }

    #[test]
    fn argmax_takes_the_first_of_equals() {
        assert_eq!(argmax(&[1.0, 3.0, 3.0]), 1);
        assert_eq!(argmax(&[0.0, -0.0]), 0);
        assert_eq!(argmax(&[-1e308, -1e308, -1e308]), 0);
    }

    proptest! {
        #[test]
        fn exp_is_within_two_units_in_the_last_place(x in -708.0..=0.0f64) {
            let (ours, theirs) = (exp_nonpositive(x), x.exp());
            prop_assert!((ours - theirs).abs() <= 2.0 * f64::EPSILON * theirs, "{x}: {ours} {theirs}");
        }

        #[test]
        fn logistic_matches_its_definition(x in -700.0..700.0f64) {
            let expected = 1.0 / (1.0 + (-x).exp());
            prop_assert!((logistic(x) - expected).abs() <= 4.0 * f64::EPSILON * expected);
        }
    }
}
