//! What every body is read for: how many spans, and the ids of the roots.

use crate::check::{CHILDREN, ROOT};
use crate::spans::each_span;
use crate::wire::{Fields, Malformed, Value};

// Field numbers of opentelemetry/proto/trace/v1/trace.proto.
const SPAN_ID: u64 = 2;
pub(crate) const NAME: u64 = 5;

/// The bytes of a span id.
pub(crate) const SPAN_ID_BYTES: usize = 8;

/// What one body holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Spans of requests, roots included.
    pub(crate) spans: u64,
    /// Spans of anything else, a health check or a loaded model.
    pub(crate) other_spans: u64,
    /// The roots' span ids, one after the other.
    pub(crate) root_ids: Vec<u8>,
}

impl Tally {
    /// Reads an `ExportTraceServiceRequest`.
    pub(crate) fn of(body: &[u8]) -> Result<Self, Malformed> {
        let mut tally = Self::default();
        each_span(body, |span| tally.add(span))?;
        Ok(tally)
    }

    fn add(&mut self, span: &[u8]) -> Result<(), Malformed> {
        let (mut id, mut name): (&[u8], &[u8]) = (&[], &[]);
        for field in Fields::of(span) {
            match field? {
                (SPAN_ID, Value::Bytes(bytes)) => id = bytes,
                // The id stands before the name; what follows is for the samples.
                (NAME, Value::Bytes(bytes)) => {
                    name = bytes;
                    if !id.is_empty() {
                        break;
                    }
                }
                _ => {}
            }
        }
        if id.len() != SPAN_ID_BYTES {
            return Err(Malformed);
        }
        if name == ROOT.as_bytes() {
            self.spans += 1;
            self.root_ids.extend_from_slice(id);
        } else if CHILDREN.iter().any(|child| name == child.as_bytes()) {
            self.spans += 1;
        } else {
            self.other_spans += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    use prost::Message;

    use super::*;

    fn span(id: u64, name: &str) -> Span {
        Span { span_id: id.to_be_bytes().to_vec(), name: name.to_owned(), ..Span::default() }
    }

    fn body(spans: Vec<Span>) -> Vec<u8> {
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
        ExportTraceServiceRequest { resource_spans }.encode_to_vec()
    }

    #[test]
    fn roots_are_noted_and_others_told_apart() {
        let body = body(vec![span(1, ROOT), span(2, CHILDREN[0]), span(3, "health_check"), span(4, ROOT)]);
        let root_ids = [1_u64, 4].map(u64::to_be_bytes).concat();
        assert_eq!(Tally::of(&body), Ok(Tally { spans: 3, other_spans: 1, root_ids }));
    }

    #[test]
    fn an_empty_body_holds_nothing() {
        assert_eq!(Tally::of(&[]), Ok(Tally::default()));
    }

    #[test]
    fn a_span_without_an_id_or_a_body_cut_short_is_malformed() {
        assert_eq!(Tally::of(&body(vec![Span { name: ROOT.to_owned(), ..Span::default() }])), Err(Malformed));
        let whole = body(vec![span(1, ROOT)]);
        for length in 1..whole.len() {
            assert_eq!(Tally::of(&whole[..length]), Err(Malformed), "{length}");
        }
    }
}
