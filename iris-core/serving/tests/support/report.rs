//! What came of all cases over one transport.

use std::collections::BTreeMap;

use iris_core::ErrorClass;

use super::check::{Answered, Outcome, check};
use super::{Case, Counts};

/// Complaints, gathered so that one does not hide the others, and how many
/// requests went each way.
#[derive(Debug, Default)]
pub(crate) struct Report {
    complaints: Vec<String>,
    ways: BTreeMap<String, usize>,
    /// The case at hand, with the answer that came first.
    first: Option<(String, Answered)>,
}

impl Report {
    /// One case that went one way.
    pub(crate) fn add(
        &mut self,
        case: &Case,
        way: String,
        outcome: &Outcome,
        counted: &Counts,
        status: impl Fn(ErrorClass) -> u16,
    ) {
        let verdict = check(case, outcome, counted, status).and_then(|()| self.compare(case, outcome));
        if let Err(complaint) = verdict {
            self.complaints.push(format!("{} ({way}): {complaint}", case.name));
        }
        *self.ways.entry(way).or_default() += 1;
    }

    /// Whichever way a case goes, its answer has the same bits.
    fn compare(&mut self, case: &Case, outcome: &Outcome) -> Result<(), String> {
        let Outcome::Answered(answered) = outcome else { return Ok(()) };
        match &self.first {
            Some((name, first)) if *name == case.name => {
                if first == answered {
                    Ok(())
                } else {
                    Err(format!("{answered:?} is not {first:?}, as before"))
                }
            }
            _ => {
                self.first = Some((case.name.clone(), answered.clone()));
                Ok(())
            }
        }
    }

    /// How many requests went each way; none may have led to a complaint.
    pub(crate) fn finish(self) -> String {
        let Self { complaints, ways, .. } = self;
        assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
        format!("{} requests: {ways:?}", ways.values().sum::<usize>())
    }
}
