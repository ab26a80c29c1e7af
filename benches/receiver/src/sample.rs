//! Bodies decoded in full, and what was wrong with them.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

use crate::check::{Expected, check, is_of_a_request};
use crate::cli::Cli;
use crate::counts::{Counter, Counts};

/// How many mismatches are explained; the rest is only counted.
const N_EXPLAINED: u64 = 5;

/// Decodes a body and checks its traces.
#[derive(Debug)]
pub(crate) struct Sampler {
    expected: Expected,
    split_traces: bool,
    explained: Counter,
}

impl Sampler {
    pub(crate) fn new(cli: &Cli) -> Self {
        let expected = Expected { species: cli.species.clone(), probability: cli.probability };
        Self { expected, split_traces: cli.split_traces, explained: Counter::default() }
    }

    /// Checks a body's traces and counts them.
    pub(crate) fn check(&self, body: &[u8], counts: &Counts) {
        let request = match ExportTraceServiceRequest::decode(body) {
            Ok(request) => request,
            Err(error) => return self.mismatch(&format!("the body does not decode: {error}"), counts),
        };
        let traces = traces(&request);
        let n_traces = traces.len();
        for (index, trace) in traces.iter().enumerate() {
            let is_at_the_edge = index == 0 || index + 1 == n_traces;
            if !is_of_a_request(trace) || (self.split_traces && is_at_the_edge && trace.len() < 4) {
                continue;
            }
            counts.sampled_traces.add(1);
            if let Err(reason) = check(trace, &self.expected) {
                self.mismatch(&format!("{reason} in {trace:?}"), counts);
            }
        }
    }

    fn mismatch(&self, reason: &str, counts: &Counts) {
        counts.mismatches.add(1);
        if self.explained.add(1) < N_EXPLAINED {
            eprintln!("otlp-receiver: mismatch: {reason}");
        }
    }
}

/// The spans of each trace id, traces in the order in which they begin.
fn traces(request: &ExportTraceServiceRequest) -> Vec<Vec<&Span>> {
    let mut spans: Vec<(usize, &Span)> = request
        .resource_spans
        .iter()
        .flat_map(|resource| &resource.scope_spans)
        .flat_map(|scope| &scope.spans)
        .enumerate()
        .collect();
    spans.sort_by(|a, b| a.1.trace_id.cmp(&b.1.trace_id));
    let mut traces: Vec<&[(usize, &Span)]> = spans.chunk_by(|a, b| a.1.trace_id == b.1.trace_id).collect();
    traces.sort_by_key(|trace| trace[0].0);
    traces.into_iter().map(|trace| trace.iter().map(|(_, span)| *span).collect()).collect()
}
