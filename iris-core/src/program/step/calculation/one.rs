//! Functions of one number.

use super::{Operand, truth};

/// What a number becomes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum One {
    Same,
    Abs,
    Ceil,
    Clip {
        low: f64,
        high: f64,
    },
    Cos,
    Erf,
    Exp,
    Floor,
    IsNaN,
    LeakyRelu {
        slope: f64,
    },
    Log,
    Neg,
    Not,
    Reciprocal,
    Relu,
    Round,
    Sigmoid,
    Sign,
    Sin,
    Softplus,
    Sqrt,
    Tanh,
    /// 1 where it is not 0.
    Truth,
    /// Towards zero.
    Whole,
}

impl One {
    pub(super) fn apply(self, operand: &Operand, from: &[f64], to: &mut [f64]) {
        operand.copy(from, to);
        for number in to {
            *number = self.of(*number);
        }
    }

    pub(crate) fn of(self, x: f64) -> f64 {
        match self {
            Self::Same => x,
            Self::Abs => x.abs(),
            Self::Ceil => x.ceil(),
            Self::Clip { low, high } => x.max(low).min(high),
            Self::Cos => x.cos(),
            Self::Erf => libm::erf(x),
            Self::Exp => x.exp(),
            Self::Floor => x.floor(),
            Self::IsNaN => truth(x.is_nan()),
            Self::LeakyRelu { slope } => {
                if x < 0.0 {
                    slope * x
                } else {
                    x
                }
            }
            Self::Log => x.ln(),
            Self::Neg => -x,
            Self::Not => truth(x == 0.0),
            Self::Reciprocal => 1.0 / x,
            Self::Relu => x.max(0.0),
            Self::Round => x.round_ties_even(),
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Sign if x > 0.0 => 1.0,
            Self::Sign if x < 0.0 => -1.0,
            Self::Sign => 0.0,
            Self::Sin => x.sin(),
            Self::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Self::Sqrt => x.sqrt(),
            Self::Tanh => x.tanh(),
            Self::Truth => truth(x != 0.0),
            Self::Whole => x.trunc(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_does_what_its_name_says() {
        let cases = [
            (One::Same, 2.5, 2.5),
            (One::Abs, -2.5, 2.5),
            (One::Ceil, 2.5, 3.0),
            (One::Clip { low: 0.0, high: 1.0 }, 2.5, 1.0),
            (One::Cos, 0.0, 1.0),
            (One::Erf, 0.0, 0.0),
            (One::Exp, 0.0, 1.0),
            (One::Floor, -2.5, -3.0),
            (One::IsNaN, f64::NAN, 1.0),
            (One::LeakyRelu { slope: 0.5 }, -3.0, -1.5),
            (One::Log, 1.0, 0.0),
            (One::Neg, 2.5, -2.5),
            (One::Not, 0.0, 1.0),
            (One::Reciprocal, 4.0, 0.25),
            (One::Relu, -1.0, 0.0),
            (One::Round, 2.5, 2.0),
            (One::Sigmoid, 0.0, 0.5),
            (One::Sign, -7.0, -1.0),
            (One::Sign, 0.0, 0.0),
            (One::Sin, 0.0, 0.0),
            (One::Softplus, 800.0, 800.0),
            (One::Sqrt, 9.0, 3.0),
            (One::Tanh, 0.0, 0.0),
            (One::Truth, -2.0, 1.0),
            (One::Whole, -2.7, -2.0),
        ];
        for (one, x, expected) in cases {
            assert_eq!(one.of(x), expected, "{one:?} of {x}");
        }
    }
}
