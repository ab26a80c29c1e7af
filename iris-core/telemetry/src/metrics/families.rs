//! Metrics that others keep: what stands on the page beside those of records.

use std::fmt::{self, Display};
use std::sync::{Mutex, PoisonError};

use super::exposition::{Type, Writer};

/// Where who keeps figures of its own writes them onto the page of metrics.
///
/// Names and labels are to come from tables, so that the page stays as long as it is.
pub struct Families<'w> {
    writer: &'w mut Writer,
}

/// Everybody who writes.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Vec<Box<Write>>>);

type Write = dyn Fn(&mut Families<'_>) + Send;

impl Families<'_> {
    /// A gauge without labels. `help` is a sentence without its full stop.
    pub fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.writer.gauge(name, help, value);
    }

    /// A gauge for each value of one label.
    pub fn gauges<V: Display>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        samples: impl IntoIterator<Item = (&'static str, V)>,
    ) {
        self.family(name, Type::Gauge, help, label, samples);
    }

    /// A counter for each value of one label. The name ends in `_total`.
    pub fn counters<V: Display>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        samples: impl IntoIterator<Item = (&'static str, V)>,
    ) {
        self.family(name, Type::Counter, help, label, samples);
    }

    fn family<V: Display>(
        &mut self,
        name: &str,
        kind: Type,
        help: &str,
        label: &str,
        samples: impl IntoIterator<Item = (&'static str, V)>,
    ) {
        self.writer.family(name, kind, help);
        for (labelled, value) in samples {
            self.writer.sample(name, &[(label, &labelled)], value);
        }
    }
}

impl Kept {
    pub(crate) fn add(&self, write: impl Fn(&mut Families<'_>) + Send + 'static) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(write));
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        let mut families = Families { writer };
        for write in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            write(&mut families);
        }
    }
}

impl fmt::Debug for Families<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Families").finish_non_exhaustive()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}
