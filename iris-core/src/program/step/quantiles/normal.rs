//! The quantiles of the standard normal distribution.

/// A polynomial by another, the coefficients of the highest powers first.
struct Ratio {
    above: [f64; 8],
    below: [f64; 8],
}

/// Of numbers within 0.425 of one half, by 0.425² less the square of the distance.
const MIDDLE: Ratio = Ratio {
    above: [
        2_509.080_928_730_122_7,
        33_430.575_583_588_13,
        67_265.770_927_008_7,
        45_921.953_931_549_87,
        13_731.693_765_509_46,
        1_971.590_950_306_551_3,
        133.141_667_891_784_38,
        3.387_132_872_796_366_5,
    ],
    below: [
        5_226.495_278_852_854,
        28_729.085_735_721_943,
        39_307.895_800_092_71,
        21_213.794_301_586_597,
        5_394.196_021_424_751,
        687.187_007_492_057_9,
        42.313_330_701_600_91,
        1.0,
    ],
};

/// Of numbers beyond, by √(-ln p) - 1.6.
const SIDE: Ratio = Ratio {
    above: [
        0.000_774_545_014_278_341_4,
        0.022_723_844_989_269_184,
        0.241_780_725_177_450_6,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    below: [
        1.050_750_071_644_416_9e-9,
        0.000_547_593_808_499_534_5,
        0.015_198_666_563_616_457,
        0.148_103_976_427_480_08,
        0.689_767_334_985_1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
};

/// Of numbers below about e^-25, by √(-ln p) - 5.
const TAIL: Ratio = Ratio {
    above: [
        2.010_334_399_292_288_1e-7,
        2.711_555_568_743_487_6e-5,
        0.001_242_660_947_388_078_4,
        0.026_532_189_526_576_124,
        0.296_560_571_828_504_87,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103,
    ],
    below: [
        2.044_263_103_389_939_7e-15,
        1.421_511_758_316_446e-7,
        1.846_318_317_510_054_8e-5,
        0.000_786_869_131_145_613_3,
        0.014_875_361_290_850_615,
        0.136_929_880_922_735_8,
        0.599_832_206_555_888,
        1.0,
    ],
};

/// The number below which a share `p` of the standard normal distribution lies,
/// to about 1e-16 of it: infinite for 0 and 1, and NaN beyond.
///
/// Wichura's rational approximations (Algorithm AS 241, Applied Statistics 37, 1988).
pub(super) fn normal_quantile(p: f64) -> f64 {
    let from_middle = p - 0.5;
    if from_middle.abs() <= 0.425 {
        return from_middle * MIDDLE.at(0.425 * 0.425 - from_middle * from_middle);
    }
    let tail = if from_middle < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return f64::INFINITY.copysign(from_middle);
    }
    let root = (-tail.ln()).sqrt();
    let distance = if root <= 5.0 { SIDE.at(root - 1.6) } else { TAIL.at(root - 5.0) };
    distance.copysign(from_middle)
}

impl Ratio {
    fn at(&self, x: f64) -> f64 {
        let polynomial = |coefficients: &[f64; 8]| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
        polynomial(&self.above) / polynomial(&self.below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against scipy's `ndtri`.
    #[test]
    fn quantiles_of_every_range() {
        for (p, expected) in [
            (0.5, 0.0),
            (0.500_000_001, 2.506_628_203_738_711_5e-9),
            (0.3, -0.524_400_512_708_040_9),
            (0.925, 1.439_531_470_938_456_3),
            (0.925_1, 1.440_238_267_527_963_5),
            (0.02, -2.053_748_910_631_823),
            (0.999, 3.090_232_306_167_813),
            (1.0e-7, -5.199_337_582_192_816_5),
            (1.0e-10, -6.361_340_902_404_056),
            (1.0e-12, -7.034_483_825_301_131),
            (1.0e-100, -21.273_453_560_965_322),
            (1.0e-300, -37.047_096_299_361_2),
        ] {
            let found = normal_quantile(p);
            assert!((found - expected).abs() <= 2e-15 * expected.abs(), "{p}: {found} is not {expected}");
        }
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
        assert!(normal_quantile(f64::NAN).is_nan());
    }
}
