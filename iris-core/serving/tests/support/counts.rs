//! What metrics count.

use std::collections::BTreeMap;

/// The requests refused by class, and the rows answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) errors: BTreeMap<String, u64>,
    pub(crate) rows: u64,
}

impl Counts {
    /// As a page of metrics has them.
    pub(crate) fn of(page: &str) -> Self {
        let mut counts = Self::default();
        for line in page.lines().filter(|line| !line.starts_with('#')) {
            let Some((sample, value)) = line.rsplit_once(' ') else { continue };
            let count = || value.parse::<u64>().unwrap();
            if let Some(kind) = sample.strip_prefix("iris_errors_total{kind=\"") {
                counts.errors.insert(kind.trim_end_matches("\"}").to_owned(), count());
            } else if sample.starts_with("iris_predictions_total") {
                counts.rows += count();
            }
        }
        counts
    }

    /// What has been counted since then; classes without any are left out.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let errors = self.errors.iter().map(|(kind, count)| {
            let before = before.errors.get(kind).copied().unwrap_or_default();
            (kind.clone(), count - before)
        });
        Self { errors: errors.filter(|(_, count)| *count > 0).collect(), rows: self.rows - before.rows }
    }
}
