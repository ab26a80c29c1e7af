//! One of numpy's functions of every value, or scipy's `expit`.

use crate::elementary;

/// A function by its place in the table, which files call by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Function(usize);

type OfNumber = fn(f64) -> f64;

/// The name, and what it does to a number.
const FUNCTIONS: &[(&str, OfNumber)] = &[
    ("absolute", f64::abs),
    ("fabs", f64::abs),
    ("negative", |x| -x),
    ("positive", |x| x),
    ("reciprocal", |x| 1.0 / x),
    ("sign", sign),
    ("square", |x| x * x),
    ("sqrt", f64::sqrt),
    ("cbrt", elementary::cbrt),
    ("exp", elementary::exp),
    ("expit", |x| 1.0 / (1.0 + (-x).exp())),
    ("exp2", elementary::exp2),
    ("expm1", elementary::exp_m1),
    ("log", elementary::ln),
    ("log2", elementary::log2),
    ("log10", elementary::log10),
    ("log1p", elementary::ln_1p),
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", elementary::tan),
    ("arcsin", f64::asin),
    ("arccos", f64::acos),
    ("arctan", elementary::atan),
    ("sinh", elementary::sinh),
    ("cosh", elementary::cosh),
    ("tanh", elementary::tanh),
    ("arcsinh", elementary::asinh),
    ("arccosh", elementary::acosh),
    ("arctanh", elementary::atanh),
    ("floor", f64::floor),
    ("ceil", f64::ceil),
    ("rint", f64::round_ties_even),
    ("trunc", f64::trunc),
    ("deg2rad", radians),
    ("radians", radians),
    ("rad2deg", degrees),
    ("degrees", degrees),
    ("isnan", |x| flag(x.is_nan())),
    ("isinf", |x| flag(x.is_infinite())),
    ("isfinite", |x| flag(x.is_finite())),
    ("signbit", |x| flag(x.is_sign_negative())),
    ("nan_to_num", nan_to_num),
    // Of no library: what `sublinear_tf` makes of counts.
    (COUNT_LOGARITHM, |x| if x == 0.0 { 0.0 } else { elementary::ln(x) + 1.0 }),
];

const COUNT_LOGARITHM: &str = "count logarithm";

impl Function {
    pub(crate) const COS: Self = Self::known("cos");
    /// 1 + ln of what is not zero.
    pub(crate) const COUNT_LOGARITHM: Self = Self::known(COUNT_LOGARITHM);
    pub(crate) const EXP: Self = Self::known("exp");
    pub(crate) const EXP2: Self = Self::known("exp2");
    pub(crate) const EXPIT: Self = Self::known("expit");
    pub(crate) const LOG: Self = Self::known("log");
    #[cfg(feature = "onnx")]
    pub(crate) const LOG1P: Self = Self::known("log1p");
    pub(crate) const SQRT: Self = Self::known("sqrt");
    pub(crate) const SQUARE: Self = Self::known("square");
    pub(crate) const TANH: Self = Self::known("tanh");
    pub(crate) const TRUNC: Self = Self::known("trunc");

    /// One that is in the table, or nothing is built.
    const fn known(name: &str) -> Self {
        let mut place = 0;
        while !is_same(FUNCTIONS[place].0.as_bytes(), name.as_bytes()) {
            place += 1;
        }
        Self(place)
    }

    /// The function that is called so, if it is known.
    pub(crate) fn named(name: &str) -> Option<Self> {
        FUNCTIONS.iter().position(|(known, _)| *known == name && name != COUNT_LOGARITHM).map(Self)
    }

    pub(crate) fn apply(self, row: &mut [f64]) {
        let (_, of_number) = FUNCTIONS[self.0];
        for value in row {
            *value = of_number(*value);
        }
    }

    /// Whether it makes a number of NaN.
    pub(crate) fn fills_nan(self) -> bool {
        matches!(FUNCTIONS[self.0].0, "isnan" | "isinf" | "isfinite" | "signbit" | "nan_to_num")
    }
}

/// Names cannot be compared by `==` before anything runs.
const fn is_same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([first_of_a, rest_of_a @ ..], [first_of_b, rest_of_b @ ..]) = (a, b) {
        if *first_of_a != *first_of_b {
            return false;
        }
        (a, b) = (rest_of_a, rest_of_b);
    }
    a.is_empty() && b.is_empty()
}

fn flag(flag: bool) -> f64 {
    f64::from(u8::from(flag))
}

fn sign(x: f64) -> f64 {
    // Rust's own has a sign for zero.
    if x == 0.0 { 0.0 } else { x.signum() }
}

fn radians(x: f64) -> f64 {
    x * (std::f64::consts::PI / 180.0)
}

fn degrees(x: f64) -> f64 {
    x * (180.0 / std::f64::consts::PI)
}

fn nan_to_num(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { x.clamp(-f64::MAX, f64::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, x: f64) -> f64 {
        let mut row = [x];
        Function::named(name).unwrap().apply(&mut row);
        row[0]
    }

    #[test]
    fn functions_that_differ_from_rusts_own() {
        assert_eq!([of("sign", -3.0), of("sign", 0.0), of("sign", 2.0)], [-1.0, 0.0, 1.0]);
        assert!(of("sign", f64::NAN).is_nan());
        assert_eq!([of("rint", 0.5), of("rint", 1.5), of("rint", -2.5)], [0.0, 2.0, -2.0]);
        assert_eq!(of("nan_to_num", f64::NAN), 0.0);
        assert_eq!(of("nan_to_num", f64::INFINITY), f64::MAX);
        assert_eq!([of("isnan", f64::NAN), of("isnan", 1.0)], [1.0, 0.0]);
        assert!(Function::named("system").is_none());
        assert!(Function::named(COUNT_LOGARITHM).is_none());
    }

    #[test]
    fn functions_that_have_a_constant_are_those_of_the_name() {
        assert_eq!(Some(Function::EXP), Function::named("exp"));
        assert_eq!(Some(Function::EXP2), Function::named("exp2"));
        let mut row = [0.0, 1.0];
        Function::COUNT_LOGARITHM.apply(&mut row);
        assert_eq!(row, [0.0, 1.0]);
    }

    #[test]
    fn arccosh_keeps_its_digits() {
        for (x, expected) in [
            (1.0, 0.0),
            (1.0 + 2f64.powi(-33), 1.525_878_906_235_197e-5),
            (2.0, 1.316_957_896_924_816_8),
            (1e300, 691.468_675_078_773_7),
        ] {
            assert!((of("arccosh", x) - expected).abs() <= 1e-15 * expected, "{x}");
        }
        assert!(of("arccosh", 0.5).is_nan());
    }
}
