//! How far it is, on a terminal, and what was done, at the end.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::time::{Duration, Instant};

/// How often the line on the terminal changes.
const TICK: Duration = Duration::from_millis(200);

/// What has been done so far.
pub(super) struct Progress {
    begun: Instant,
    told: Instant,
    is_shown: bool,
    end: Option<u64>,
    pub(super) n_rows: u64,
    pub(super) n_blank: u64,
}

impl Progress {
    /// Of an input that ends there, shown if somebody sees standard error and is not to be left in peace.
    pub(super) fn new(end: Option<u64>, is_quiet: bool) -> Self {
        let now = Instant::now();
        let is_shown = !is_quiet && io::stderr().is_terminal();
        Self { begun: now, told: now, is_shown, end, n_rows: 0, n_blank: 0 }
    }

    /// Shows how far it is, now and then.
    pub(super) fn show(&mut self, position: u64) {
        if self.is_shown && self.told.elapsed() >= TICK {
            self.told = Instant::now();
            let _ = write!(io::stderr(), "\r{}\x1b[K", self.line(position, self.begun.elapsed()));
        }
    }

    /// Takes the line away, for another.
    pub(super) fn hide(&self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }

    /// Takes the line away for good.
    pub(super) fn clear(&mut self) {
        self.hide();
        self.is_shown = false;
    }

    fn line(&self, position: u64, taken: Duration) -> String {
        let mut line = format!("{} rows, {}", grouped(self.n_rows), rate(self.n_rows, taken));
        if let Some(percent) = self.end.and_then(|end| (position * 100).checked_div(end)) {
            let _ = write!(line, ", {} %", percent.min(100));
        }
        line
    }

    /// What was done, in a sentence.
    pub(super) fn summary(&self, n_rejected: u64) -> String {
        let taken = self.begun.elapsed();
        let mut line = format!(
            "{} row{} answered in {:.1} s ({})",
            grouped(self.n_rows),
            if self.n_rows == 1 { "" } else { "s" },
            taken.as_secs_f64(),
            rate(self.n_rows, taken)
        );
        if n_rejected > 0 {
            let _ = write!(line, ", {} rejected", grouped(n_rejected));
        }
        if self.n_blank > 0 {
            let _ = write!(line, ", {} blank lines passed over", grouped(self.n_blank));
        }
        line
    }
}

/// Rows a second, short.
fn rate(n_rows: u64, taken: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let rate = n_rows as f64 / taken.as_secs_f64().max(1e-9);
    match rate {
        1e6.. => format!("{:.1}M rows/s", rate / 1e6),
        1e3.. => format!("{:.0}k rows/s", rate / 1e3),
        _ => format!("{rate:.0} rows/s"),
    }
}

/// With commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        let second = Duration::from_secs(1);
        assert_eq!(rate(4_321_000, second), "4.3M rows/s");
        assert_eq!(rate(4_321, second), "4k rows/s");
        assert_eq!(rate(43, second), "43 rows/s");
    }

    #[test]
    fn a_line_says_how_far_it_is_if_that_is_known() {
        let mut progress = Progress::new(Some(200), true);
        progress.n_rows = 2_000;
        assert_eq!(progress.line(50, Duration::from_secs(2)), "2,000 rows, 1k rows/s, 25 %");
        progress.end = None;
        assert_eq!(progress.line(50, Duration::from_secs(2)), "2,000 rows, 1k rows/s");
        progress.n_blank = 3;
        assert!(progress.summary(7).ends_with(", 7 rejected, 3 blank lines passed over"));
        assert!(!Progress::new(Some(0), true).line(0, Duration::from_secs(1)).contains('%'));
    }
}
