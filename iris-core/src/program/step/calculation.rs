//! One operator over the numbers of a few tensors, as ONNX files spell estimators out.
//!
//! Every shape is known when the file is read, since one row comes at a time. A
//! number is held in double precision and rounded to the type that the file has
//! it in after every operator.

mod coupling;
mod distances;
mod fold;
mod kernel;
mod look_up;
mod one;
mod operand;
mod pick;
mod product;
mod running;
mod top;
mod two;
mod votes;

pub(crate) use coupling::Coupling;
pub(crate) use distances::{Difference, RowDistances};
pub(crate) use fold::{Fold, Groups};
pub(crate) use kernel::{VectorKernel, VectorKernelKind};
pub(crate) use look_up::{CodeTable, Codes};
pub(crate) use one::One;
pub(crate) use operand::Operand;
pub(crate) use pick::PickBy;
pub(crate) use product::Product;
pub(crate) use running::Running;
pub(crate) use top::Top;
pub(crate) use two::Two;
pub(crate) use votes::PairVotes;

use crate::refused::Refused;

/// An operator, which makes `width` numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calculation {
    pub(crate) what: What,
    pub(crate) rounding: Rounding,
    pub(crate) width: usize,
}

/// What it does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// Numbers as they are, in another order, some of them constants.
    Pick(Operand),
    PickBy(PickBy),
    One(One, Operand),
    Two(Two, Operand, Operand),
    /// The second where the first is not 0, else the third.
    Choice(Operand, Operand, Operand),
    Fold(Fold, Groups, Operand),
    /// e^x by the sum of it for groups, or the logarithm of that.
    Softmax {
        n: usize,
        is_logarithm: bool,
    },
    Product(Product),
    Running(Running),
    Top(Top),
    RowDistances(RowDistances),
    Kernel(VectorKernel),
    PairVotes(PairVotes),
    Coupling(Coupling),
    Codes(Codes),
}

/// The type that a number is rounded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    None,
    Single,
    /// To a whole number, towards zero.
    Whole,
}

impl Calculation {
    /// Numbers beside input and answer that it works in.
    pub(super) fn scratch_len(&self) -> usize {
        match &self.what {
            What::Coupling(coupling) => coupling.scratch_len(),
            _ => 0,
        }
    }

    /// Makes `to`, which is `width` long, of the tensors in `from`, one behind the other.
    pub(crate) fn apply(&self, from: &[f64], to: &mut [f64], scratch: &mut [f64]) -> Result<(), Refused> {
        match &self.what {
            What::Pick(operand) => operand.copy(from, to),
            What::PickBy(pick) => pick.apply(from, to),
            What::One(one, operand) => one.apply(operand, from, to),
            What::Two(two, a, b) => two.apply(a, b, from, to),
            What::Choice(which, a, b) => {
                for (place, to) in to.iter_mut().enumerate() {
                    let is_first = which.at(from, place) != 0.0;
                    *to = if is_first { a.at(from, place) } else { b.at(from, place) };
                }
            }
            What::Fold(fold, groups, operand) => fold.apply(*groups, operand, from, to),
            What::Softmax { n, is_logarithm } => fold::softmax(*n, *is_logarithm, from, to),
            What::Product(product) => product.apply(from, to),
            What::Running(running) => running.apply(from, to),
            What::Top(top) => top.apply(from, to),
            What::RowDistances(distances) => distances.apply(self.rounding, from, to),
            What::Kernel(kernel) => kernel.apply(from, to),
            What::PairVotes(votes) => votes.apply(from, to),
            What::Coupling(coupling) => coupling.apply(from, to, scratch),
            What::Codes(codes) => codes.apply(from, to)?,
        }
        self.rounding.round(to);
        Ok(())
    }

    /// Which of its inputs each output is, unchanged or rounded; `None` for what is computed.
    pub(super) fn origins(&self) -> Vec<Option<usize>> {
        match &self.what {
            What::Pick(operand) | What::One(One::Same | One::Whole, operand) => {
                (0..self.width).map(|place| operand.place(place)).collect()
            }
            _ => vec![None; self.width],
        }
    }

    /// Which of its inputs may be NaN, if behind it only those may that `behind` says.
    pub(super) fn tolerates_missing(&self, width: usize, behind: &[bool]) -> Vec<bool> {
        match &self.what {
            What::Pick(operand) => {
                // A number that nobody picks harms nobody.
                let mut tolerated = vec![true; width];
                for (place, behind) in behind.iter().enumerate() {
                    if let Some(input) = operand.place(place) {
                        tolerated[input] &= behind;
                    }
                }
                tolerated
            }
            What::One(One::IsNaN, _) => vec![true; width],
            _ => vec![false; width],
        }
    }
}

impl Rounding {
    fn round(self, numbers: &mut [f64]) {
        match self {
            Self::None => {}
            Self::Single => numbers.iter_mut().for_each(|number| *number = single(*number)),
            Self::Whole => numbers.iter_mut().for_each(|number| *number = number.trunc()),
        }
    }
}

/// The number that single precision has for this one.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
fn single(number: f64) -> f64 {
    f64::from(number as f32)
}

/// A place as a number, as operators have them.
#[expect(clippy::cast_precision_loss, reason = "a row has fewer than 2^53 numbers")]
fn number(place: usize) -> f64 {
    place as f64
}

fn truth(is_so: bool) -> f64 {
    if is_so { 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(what: What, rounding: Rounding, width: usize, from: &[f64]) -> Vec<f64> {
        let calculation = Calculation { what, rounding, width };
        let (mut to, mut scratch) = (vec![f64::NAN; width], vec![f64::NAN; calculation.scratch_len()]);
        calculation.apply(from, &mut to, &mut scratch).unwrap();
        to
    }

    #[test]
    fn a_choice_takes_the_second_where_the_first_is_not_zero() {
        let what =
            What::Choice(Operand::Input { start: 0 }, Operand::Input { start: 2 }, Operand::Same(-1.0));
        assert_eq!(of(what, Rounding::None, 2, &[1.0, 0.0, 7.0, 8.0]), [7.0, -1.0]);
    }

    #[test]
    fn numbers_are_rounded_to_the_type_of_the_file() {
        let third = || What::Two(Two::Div, Operand::Input { start: 0 }, Operand::Same(3.0));
        assert_eq!(of(third(), Rounding::None, 1, &[-8.0]), [-8.0 / 3.0]);
        assert_eq!(of(third(), Rounding::Single, 1, &[-8.0]), [f64::from(-8f32 / 3.0)]);
        assert_eq!(of(third(), Rounding::Whole, 1, &[-8.0]), [-2.0]);
    }

    #[test]
    fn what_is_picked_comes_from_its_place_and_may_be_missing_where_what_follows_takes_it() {
        let pick = Operand::Mixed { places: [2, 3, 0].into(), constants: [9.0].into(), n_inputs: 3 };
        let calculation = Calculation { what: What::Pick(pick), rounding: Rounding::None, width: 3 };
        let mut to = [0.0; 3];
        calculation.apply(&[5.0, 6.0, 7.0], &mut to, &mut []).unwrap();
        assert_eq!(to, [7.0, 9.0, 5.0]);
        assert_eq!(calculation.origins(), [Some(2), None, Some(0)]);
        assert_eq!(calculation.tolerates_missing(3, &[false, false, true]), [true, true, false]);
    }
}
