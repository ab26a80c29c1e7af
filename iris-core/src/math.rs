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

/// e^x for `x <= 0`, to about one unit in the last place; 0 below -708.
///
/// x = k·ln 2 + r with |r| ≤ ln 2 / 2, then the Taylor polynomial of degree 13
/// in r, whose remainder is below 5e-18, evaluated in Estrin's scheme because
/// its short dependency chain is what a single row waits for.
#[inline(always)]
pub(crate) fn exp_nonpositive(x: f64) -> f64 {
    let clamped = if x < LOWEST { LOWEST } else { x };
    let shifted = clamped * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (clamped - k * LN2_HIGH) - k * LN2_LOW;

    let r2 = r * r;
    let r4 = r2 * r2;
    let p01 = 1.0 + r;
    let p23 = 1.0 / 2.0 + r * (1.0 / 6.0);
    let p45 = 1.0 / 24.0 + r * (1.0 / 120.0);
    let p67 = 1.0 / 720.0 + r * (1.0 / 5_040.0);
    let p89 = 1.0 / 40_320.0 + r * (1.0 / 362_880.0);
    let p1011 = 1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0);
    let p1213 = 1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0);
    let high = (p89 + r2 * p1011) + r4 * p1213;
    let polynomial = (p01 + r2 * p23) + r4 * ((p45 + r2 * p67) + r4 * high);

    // The low bits of `shifted` hold k in two's complement; k ≥ -1021 keeps the
    // exponent field of 2^k positive.
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    if x < LOWEST { 0.0 } else { polynomial * power }
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
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
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
        fn exp_is_within_one_and_a_half_units_in_the_last_place(x in -708.0..=0.0f64) {
            let (ours, theirs) = (exp_nonpositive(x), x.exp());
            prop_assert!((ours - theirs).abs() <= 1.5 * f64::EPSILON * theirs, "{x}: {ours} {theirs}");
        }

        #[test]
        fn logistic_matches_its_definition(x in -700.0..700.0f64) {
            let expected = 1.0 / (1.0 + (-x).exp());
            prop_assert!((logistic(x) - expected).abs() <= 4.0 * f64::EPSILON * expected);
        }
    }
}
