//! e^x in single precision, as the C library of Linux rounds it.

/// Steps into which an octave is cut.
const N: f64 = 32.0;

/// 1.5 * 2^52: adding it leaves the nearest integer in the low bits of the mantissa.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Below this the result is nothing, and above the other it is too large.
const LOWEST: f32 = -103.972_08;
const HIGHEST: f32 = 88.722_83;

/// 2^(i/32), each in bits, without what `i` adds to the exponent.
const POWERS: [u64; 32] = [
    0x3ff0_0000_0000_0000,
    0x3fef_d9b0_d315_8574,
    0x3fef_b558_6cf9_890f,
    0x3fef_9301_d012_5b51,
    0x3fef_72b8_3c7d_517b,
    0x3fef_5487_3168_b9aa,
    0x3fef_387a_6e75_6238,
    0x3fef_1e9d_f51f_dee1,
    0x3fef_06fe_0a31_b715,
    0x3fee_f1a7_373a_a9cb,
    0x3fee_dea6_4c12_3422,
    0x3fee_ce08_6061_892d,
    0x3fee_bfda_d536_2a27,
    0x3fee_b42b_569d_4f82,
    0x3fee_ab07_dd48_5429,
    0x3fee_a47e_b03a_5585,
    0x3fee_a09e_667f_3bcd,
    0x3fee_9f75_e8ec_5f74,
    0x3fee_a114_73eb_0187,
    0x3fee_a589_994c_ce13,
    0x3fee_ace5_422a_a0db,
    0x3fee_b737_b0cd_c5e5,
    0x3fee_c491_82a3_f090,
    0x3fee_d503_b23e_255d,
    0x3fee_e89f_995a_d3ad,
    0x3fee_ff76_f2fb_5e47,
    0x3fef_199b_dd85_529c,
    0x3fef_3720_dcef_9069,
    0x3fef_5818_dcfb_a487,
    0x3fef_7c97_337b_9b5f,
    0x3fef_a4af_a2a4_90da,
    0x3fef_d076_5b6e_4540,
];

/// Coefficients of 2^(r/32) for |r| <= 1/2, from the cube down, as in Arm's optimized routines, of which
/// glibc's function is.
const CUBE: f64 = f64::from_bits(0x3EBC_6AF8_4B91_2394);
const SQUARE: f64 = f64::from_bits(0x3F2E_BFCE_50FA_C4F3);
const FIRST: f64 = f64::from_bits(0x3F96_2E42_FF0C_52D6);

/// e^x, computed in double precision and rounded once, so that it is off by a
/// last bit only where the exact number lies within 1e-3 of a step from the middle of two.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
pub(super) fn exp(x: f32) -> f32 {
    if x.is_nan() {
        return x;
    }
    if x < LOWEST {
        return 0.0;
    }
    if x > HIGHEST {
        return f32::INFINITY;
    }
    let z = f64::from(x) * (N / std::f64::consts::LN_2);
    let shifted = z + ROUND;
    let r = z - (shifted - ROUND);
    // The low bits of `shifted` hold the integer in two's complement; its lowest five choose the power.
    let k = shifted.to_bits();
    let scale = f64::from_bits(POWERS[(k % 32) as usize].wrapping_add(k << 47));
    let polynomial = (CUBE * r + SQUARE) * (r * r) + (FIRST * r + 1.0);
    (polynomial * scale) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_exponential_rounded_once() {
        let mut n_off = 0;
        for step in -103_900..88_700 {
            #[expect(clippy::cast_precision_loss, reason = "steps are small")]
            let x = step as f32 / 1000.0;
            #[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
            let rounded = f64::from(x).exp() as f32;
            let off = exp(x).to_bits().abs_diff(rounded.to_bits());
            assert!(off <= 1, "{x}");
            n_off += off;
        }
        assert!(n_off < 200, "{n_off} of 192600 are off");
    }

    #[test]
    fn it_ends_where_single_precision_does() {
        assert_eq!([exp(89.0), exp(-104.0), exp(0.0)], [f32::INFINITY, 0.0, 1.0]);
        assert!(exp(88.7) > 3.3e38 && exp(-103.0) > 0.0 && exp(f32::NAN).is_nan());
    }
}
