//! Metrics as text: Prometheus' own format, or OpenMetrics with exemplars.

use std::fmt::{Display, Write};

use super::histogram::{Exemplar, Histogram};
use crate::clock::seconds;

/// How metrics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' text format, version 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0, with exemplars.
    OpenMetrics,
}

impl Format {
    /// The content type to answer with.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Counter,
    Gauge,
    Histogram,
    /// A gauge that is always 1, for its labels.
    Info,
}

type Label<'a> = (&'a str, &'a dyn Display);

pub(super) struct Writer {
    out: String,
    format: Format,
}

impl Writer {
    pub(super) fn new(format: Format) -> Self {
        Self { out: String::with_capacity(16 << 10), format }
    }

    /// What was written, whole.
    pub(super) fn end(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.out.push_str("# EOF\n");
        }
        self.out
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(line);
        self.out.push('\n');
    }

    /// OpenMetrics names a family without the suffix of its samples.
    pub(super) fn family(&mut self, name: &str, kind: Type, help: &str) {
        let open = self.format == Format::OpenMetrics;
        let (family, kind) = match kind {
            Type::Counter if open => (name.trim_end_matches("_total"), "counter"),
            Type::Counter => (name, "counter"),
            Type::Info if open => (name.trim_end_matches("_info"), "info"),
            Type::Info | Type::Gauge => (name, "gauge"),
            Type::Histogram => (name, "histogram"),
        };
        self.line(format_args!("# HELP {family} {help}."));
        self.line(format_args!("# TYPE {family} {kind}"));
    }

    pub(super) fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, Type::Counter, help);
        self.sample(name, &[], value);
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, Type::Gauge, help);
        self.sample(name, &[], value);
    }

    pub(super) fn sample(&mut self, name: &str, labels: &[Label<'_>], value: impl Display) {
        self.out.push_str(name);
        self.labels(labels);
        self.line(format_args!(" {value}"));
    }

    pub(super) fn histogram(&mut self, name: &str, labels: &[Label<'_>], histogram: &Histogram) {
        // What all lines begin with is written once, for it is most of them.
        let begin = self.out.len();
        self.labels(labels);
        let labels = self.out.split_off(begin);
        let open = labels.strip_suffix('}').map_or_else(|| "{".to_owned(), |labels| format!("{labels},"));
        for line in histogram.lines() {
            let _ = match line.bound {
                Some(bound) => write!(self.out, "{name}_bucket{open}le=\"{:?}\"}}", seconds(bound)),
                None => write!(self.out, "{name}_bucket{open}le=\"+Inf\"}}"),
            };
            let _ = write!(self.out, " {}", line.cumulative);
            match line.exemplar {
                Some(exemplar) if self.format == Format::OpenMetrics => self.exemplar(exemplar),
                _ => self.out.push('\n'),
            }
        }
        self.line(format_args!("{name}_sum{labels} {}", seconds(histogram.sum())));
        self.line(format_args!("{name}_count{labels} {}", histogram.count()));
    }

    fn exemplar(&mut self, (exemplar, nanos): (Exemplar, u64)) {
        let Exemplar { trace_id, span_id, unix_nanos } = exemplar;
        let (value, time) = (seconds(nanos), seconds(unix_nanos / 1_000_000 * 1_000_000));
        self.line(format_args!(r#" # {{trace_id="{trace_id}",span_id="{span_id}"}} {value:?} {time:.3}"#));
    }

    fn labels(&mut self, labels: &[Label<'_>]) {
        for (index, (name, value)) in labels.iter().enumerate() {
            self.out.push(if index == 0 { '{' } else { ',' });
            let value = value.to_string().replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
            let _ = write!(self.out, "{name}=\"{value}\"");
        }
        if !labels.is_empty() {
            self.out.push('}');
        }
    }
}
