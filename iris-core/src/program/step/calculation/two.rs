//! Functions of two numbers.

use super::{Operand, truth};

/// What two numbers become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Two {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Mod,
    Max,
    Min,
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    Xor,
}

impl Two {
    /// Arithmetic that large tables take is out of the match's way.
    pub(super) fn apply(self, a: &Operand, b: &Operand, from: &[f64], to: &mut [f64]) {
        match self {
            Self::Add => each(a, b, from, to, |a, b| a + b),
            Self::Sub => each(a, b, from, to, |a, b| a - b),
            Self::Mul => each(a, b, from, to, |a, b| a * b),
            Self::Div => each(a, b, from, to, |a, b| a / b),
            _ => each(a, b, from, to, |a, b| self.of(a, b)),
        }
    }

    #[inline]
    #[expect(clippy::float_cmp, reason = "the operator compares so")]
    pub(crate) fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Pow => a.powf(b),
            // The sign is that of the divisor.
            Self::Mod => a - b * (a / b).floor(),
            Self::Max => a.max(b),
            Self::Min => a.min(b),
            Self::Equal => truth(a == b),
            Self::Less => truth(a < b),
            Self::LessOrEqual => truth(a <= b),
            Self::Greater => truth(a > b),
            Self::GreaterOrEqual => truth(a >= b),
            Self::And => truth(a != 0.0 && b != 0.0),
            Self::Or => truth(a != 0.0 || b != 0.0),
            Self::Xor => truth((a != 0.0) != (b != 0.0)),
        }
    }
}

#[inline]
fn each(a: &Operand, b: &Operand, from: &[f64], to: &mut [f64], of: impl Fn(f64, f64) -> f64) {
    match (a.slice(from, to.len()), b.slice(from, to.len()), a, b) {
        (Some(a), Some(b), ..) => {
            to.iter_mut().zip(a.iter().zip(b)).for_each(|(to, (a, b))| *to = of(*a, *b));
        }
        (Some(a), _, _, Operand::Same(b)) => to.iter_mut().zip(a).for_each(|(to, a)| *to = of(*a, *b)),
        (_, Some(b), Operand::Same(a), _) => to.iter_mut().zip(b).for_each(|(to, b)| *to = of(*a, *b)),
        _ => {
            for (place, to) in to.iter_mut().enumerate() {
                *to = of(a.at(from, place), b.at(from, place));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_operand_gives_the_same() {
        let from = [1.0, 2.0, 3.0, 4.0];
        let first = || Operand::Input { start: 0 };
        let cases = [
            (first(), Operand::Input { start: 2 }, [-2.0, -2.0]),
            (first(), Operand::Same(1.0), [0.0, 1.0]),
            (Operand::Same(1.0), first(), [0.0, -1.0]),
            (first(), Operand::Constants([5.0, 7.0].into()), [-4.0, -5.0]),
            (Operand::Places([3, 3].into()), first(), [3.0, 2.0]),
        ];
        for (a, b, expected) in cases {
            let mut to = [f64::NAN; 2];
            Two::Sub.apply(&a, &b, &from, &mut to);
            assert_eq!(to, expected, "{a:?} - {b:?}");
        }
    }

    #[test]
    fn comparisons_are_one_or_zero_and_a_remainder_has_the_sign_of_the_divisor() {
        assert_eq!([Two::Less.of(1.0, 2.0), Two::Less.of(2.0, 2.0)], [1.0, 0.0]);
        assert_eq!([Two::LessOrEqual.of(2.0, 2.0), Two::Greater.of(2.0, 2.0)], [1.0, 0.0]);
        assert_eq!([Two::Xor.of(3.0, 0.0), Two::And.of(3.0, 0.0), Two::Or.of(3.0, 0.0)], [1.0, 0.0, 1.0]);
        assert_eq!([Two::Mod.of(-7.0, 3.0), Two::Mod.of(7.0, -3.0)], [2.0, -2.0]);
    }
}
