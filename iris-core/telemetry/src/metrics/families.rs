//! Metrics that others keep: what stands on the page beside those of records.

use std::fmt::{self, Display};
use std::sync::{Mutex, PoisonError};

use super::writer::{Type, Writer};

/// Where who keeps figures of its own writes them onto the page of metrics.
///
/// Names and labels are to come from tables, so that the page stays as long as it is.
pub struct Families<'w> {
    to: To<'w>,
}

/// One sample of a figure that somebody else keeps.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Figure {
    /// As the page of metrics calls it.
    pub name: String,
    /// Name and value of its label, if it has one.
    pub label: Option<(String, &'static str)>,
    /// What it is now.
    pub value: f64,
}

/// Where figures are wanted: on the page of metrics, or one by one.
enum To<'w> {
    Page(&'w mut Writer),
    List(&'w mut Vec<Figure>),
}

/// Everybody who writes.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Vec<Box<Write>>>);

type Write = dyn Fn(&mut Families<'_>) + Send;

impl Families<'_> {
    /// A gauge without labels. `help` is a sentence without its full stop.
    pub fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        match &mut self.to {
            To::Page(writer) => writer.gauge(name, help, value),
            To::List(list) => list.extend(figure(name, None, &value)),
        }
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

    /// A gauge for each set of labels, whose values are bounded by what there is to name.
    pub fn labelled_gauges<const N: usize, V: Display>(
        &mut self,
        name: &str,
        help: &str,
        labels: [&str; N],
        samples: impl IntoIterator<Item = ([String; N], V)>,
    ) {
        self.labelled(name, Type::Gauge, help, labels, samples);
    }

    /// A counter for each set of labels, of which the same holds. The name ends in `_total`.
    pub fn labelled_counters<const N: usize, V: Display>(
        &mut self,
        name: &str,
        help: &str,
        labels: [&str; N],
        samples: impl IntoIterator<Item = ([String; N], V)>,
    ) {
        self.labelled(name, Type::Counter, help, labels, samples);
    }

    /// Only the page of metrics has these: in a list figures have one label at most.
    fn labelled<const N: usize, V: Display>(
        &mut self,
        name: &str,
        kind: Type,
        help: &str,
        labels: [&str; N],
        samples: impl IntoIterator<Item = ([String; N], V)>,
    ) {
        let To::Page(writer) = &mut self.to else { return };
        writer.family(name, kind, help);
        for (values, value) in samples {
            let pairs: Vec<(&str, &dyn Display)> =
                labels.iter().zip(&values).map(|(label, value)| (*label, value as &dyn Display)).collect();
            writer.sample(name, &pairs, value);
        }
    }

    fn family<V: Display>(
        &mut self,
        name: &str,
        kind: Type,
        help: &str,
        label: &str,
        samples: impl IntoIterator<Item = (&'static str, V)>,
    ) {
        match &mut self.to {
            To::Page(writer) => {
                writer.family(name, kind, help);
                for (labelled, value) in samples {
                    writer.sample(name, &[(label, &labelled)], value);
                }
            }
            To::List(list) => list.extend(
                samples
                    .into_iter()
                    .filter_map(|(labelled, value)| figure(name, Some((label, labelled)), &value)),
            ),
        }
    }
}

/// Every figure is a number, in whatever type it is kept.
fn figure(name: &str, label: Option<(&str, &'static str)>, value: &impl Display) -> Option<Figure> {
    let label = label.map(|(label, labelled)| (label.to_owned(), labelled));
    value.to_string().parse().ok().map(|value| Figure { name: name.to_owned(), label, value })
}

impl Kept {
    pub(crate) fn add(&self, write: impl Fn(&mut Families<'_>) + Send + 'static) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(write));
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        self.write_to(Families { to: To::Page(writer) });
    }

    /// The same one by one.
    pub(crate) fn figures(&self) -> Vec<Figure> {
        let mut figures = Vec::new();
        self.write_to(Families { to: To::List(&mut figures) });
        figures
    }

    fn write_to(&self, mut families: Families<'_>) {
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
