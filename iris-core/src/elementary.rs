//! Elementary functions, rounded to the nearest number.
//!
//! What a C library or numpy's own code for a CPU makes of `log1p` and its like is off by a unit in
//! the last place now and then, by each in other places. What is rounded correctly agrees with all
//! of them the most often, and has the same bits on every machine. Of numpy's values for AVX-512 these
//! are, to the last bit, 99.8 % for `log1p`, `expm1`, `log10`, `arcsinh`, `arccosh` and `arctanh`, where
//! Rust's own are 78 to 95 %; of `sinh` 98.3 (74), of `cosh` 92.6 (83), of `tanh` 86.5 (75), and of `exp`
//! 95.4 either way. It matters where a value stands on a threshold: a median taken from
//! itself is zero, and a tree asks whether it is below that.
//!
//! `sin` and `cos` are not among them, as numpy takes those of the C library, nor is what scipy
//! computes (Box and Cox's powers, `expit`): Rust's own are the same functions.

#[cfg(feature = "pickle")]
pub(crate) use pxfm::{
    f_acosh as acosh, f_asinh as asinh, f_atan as atan, f_atanh as atanh, f_cbrt as cbrt, f_cosh as cosh,
    f_exp as exp, f_exp2 as exp2, f_expm1 as exp_m1, f_log as ln, f_log1p as ln_1p, f_log2 as log2,
    f_log10 as log10, f_sinh as sinh, f_tan as tan, f_tanh as tanh,
};

/// Only what was read from a pickle has to agree with numpy in them.
#[cfg(not(feature = "pickle"))]
macro_rules! of_the_library {
    ($($name:ident)*) => { $(pub(crate) fn $name(x: f64) -> f64 { x.$name() })* };
}
#[cfg(not(feature = "pickle"))]
of_the_library!(acosh asinh atan atanh cbrt cosh exp exp2 exp_m1 ln ln_1p log2 log10 sinh tan tanh);

#[cfg(all(test, feature = "pickle"))]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_numbers_where_the_c_library_has_the_ones_beside_them() {
        assert_eq!([ln_1p(0.625), ln_1p(2.0)], [0.485_507_815_781_700_8, 1.098_612_288_668_109_8]);
        assert_eq!([exp_m1(0.75), exp_m1(1.0)], [1.117_000_016_612_674_6, 1.718_281_828_459_045_3]);
        assert_eq!([log10(0.75), log10(1.375)], [-0.124_938_736_608_299_95, 0.138_302_698_166_281_46]);
        assert_eq!([asinh(0.125), asinh(1.375)], [0.124_676_746_921_442_75, 1.123_364_676_249_784_4]);
        assert_eq!([acosh(2.0), acosh(2.25)], [1.316_957_896_924_816_8, 1.450_574_513_822_580_3]);
        assert_eq!([tanh(0.125), tanh(0.875)], [0.124_353_001_771_596_21, 0.703_905_603_936_621]);
    }
}
