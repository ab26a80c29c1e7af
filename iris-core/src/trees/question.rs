//! From a reader's question to the one comparison that kernels make.

use super::columns::Form;
use super::{CategorySet, Missing, Precision, Test};
use crate::error::{Error, Result};

/// The form in which a feature is asked about, and what it is compared with.
pub(super) struct Question {
    pub(super) form: Form,
    pub(super) threshold: Threshold,
}

/// What a value is compared with.
pub(super) enum Threshold {
    Number(f64),
    Set(CategorySet),
}

impl Question {
    /// What a reader's question becomes where values are compared in this precision.
    pub(super) fn of(test: &Test, missing: Missing, precision: Precision) -> Result<Self> {
        if let Test::AtMost(number) | Test::Below(number) | Test::Equals(number) = test
            && number.is_nan()
        {
            return Err(Error::malformed("its threshold is NaN"));
        }
        let (form, threshold) = match test {
            Test::AtMost(threshold) => {
                (Form::Number(missing), Threshold::Number(largest_at_most(*threshold, precision)))
            }
            Test::Below(threshold) => {
                let threshold = largest_below(*threshold, precision)
                    .ok_or_else(|| Error::malformed("its threshold is -inf, below which nothing lies"))?;
                (Form::Number(missing), Threshold::Number(threshold))
            }
            Test::Equals(value) => {
                let missing_is_equal = match missing {
                    Missing::Left | Missing::OrZeroLeft => true,
                    Missing::Right | Missing::OrZeroRight => false,
                    Missing::Zero => *value == 0.0,
                };
                (Form::Equals { bits: value.to_bits(), missing_is_equal }, Threshold::Number(0.0))
            }
            Test::In(set) | Test::IsMember(set) | Test::InByte { set, .. } => {
                let form = match test {
                    Test::InByte { wraps, .. } => Form::Byte { wraps: *wraps },
                    Test::IsMember(_) => Form::Member,
                    _ => Form::Category,
                };
                let is_left = match missing {
                    Missing::Left => true,
                    Missing::Right => false,
                    _ => {
                        return Err(Error::malformed(
                            "zero stands for missing in a question about categories",
                        ));
                    }
                };
                (form, Threshold::Set(shifted(set, is_left)))
            }
        };
        Ok(Self { form, threshold })
    }
}

/// The largest number, of the type that is compared, that is at most this.
fn largest_at_most(threshold: f64, precision: Precision) -> f64 {
    match precision {
        Precision::Double => threshold,
        Precision::Single => {
            #[expect(clippy::cast_possible_truncation, reason = "what it was rounded to is looked at")]
            let single = threshold as f32;
            if f64::from(single) <= threshold { f64::from(single) } else { f64::from(single.next_down()) }
        }
    }
}

/// The largest number, of the type that is compared, that is below this; none is below -inf.
fn largest_below(threshold: f64, precision: Precision) -> Option<f64> {
    let at_most = largest_at_most(threshold, precision);
    if at_most < threshold {
        return Some(at_most);
    }
    if at_most == f64::NEG_INFINITY {
        return None;
    }
    Some(match precision {
        Precision::Double => at_most.next_down(),
        #[expect(clippy::cast_possible_truncation, reason = "it is a number of single precision")]
        Precision::Single => f64::from((at_most as f32).next_down()),
    })
}

/// The set with each category one further, and what is missing in front.
fn shifted(set: &CategorySet, missing_is_left: bool) -> CategorySet {
    let n_categories = u32::try_from(set.len()).unwrap_or(CategorySet::MAX);
    let categories =
        (0..n_categories).filter(|category| set.contains(*category)).map(|category| category + 1);
    missing_is_left.then_some(0).into_iter().chain(categories).collect()
}
