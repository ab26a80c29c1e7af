//! A share of the requests.

use std::str::FromStr;

/// A share of the requests, in (0, 1]; written in percent, as `5%`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Of 2^64 numbers, so many.
    below: u64,
    percent: f64,
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let percent = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
        let Some(percent) = percent.filter(|percent| *percent > 0.0 && *percent <= 100.0) else {
            return Err(format!("expected a share up to 100%, not '{text}'"));
        };
        // 2^64 is one more than there are numbers: all of them.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is above 0, and saturates"
        )]
        let below = (percent / 100.0 * 18_446_744_073_709_551_616.0) as u64;
        Ok(Self { below, percent })
    }
}

impl Share {
    /// The share in percent, in (0, 100].
    #[must_use]
    pub fn percent(self) -> f64 {
        self.percent
    }

    /// Whether a number of chance is one of the share.
    pub(super) fn holds(self, number: u64) -> bool {
        number <= self.below
    }
}
