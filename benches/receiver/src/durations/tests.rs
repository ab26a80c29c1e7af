//! Bodies made with opentelemetry-proto, and what must come out.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

use super::*;

fn span(trace: u8, name: &str, start: u64, end: u64) -> Span {
    Span {
        trace_id: vec![trace; 16],
        name: name.to_owned(),
        start_time_unix_nano: start,
        end_time_unix_nano: end,
        ..Span::default()
    }
}

fn body(spans: Vec<Span>) -> Vec<u8> {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

#[test]
fn durations_are_summed_by_name() {
    let durations = Durations::new(0);
    durations.add(&body(vec![span(1, ROOT, 100, 150), span(1, CHILDREN[1], 110, 130)])).unwrap();
    durations.add(&body(vec![span(2, ROOT, 200, 207), span(3, "health_check", 0, 9)])).unwrap();
    assert_eq!(
        durations.json(),
        "{\"prediction_request\":{\"spans\":2,\"nanoseconds\":57},\
         \"data_preparation\":{\"spans\":0,\"nanoseconds\":0},\
         \"model_inference\":{\"spans\":1,\"nanoseconds\":20},\
         \"response_formatting\":{\"spans\":0,\"nanoseconds\":0}}"
    );
    assert_eq!(durations.slowest_json(), "[]");
}

#[test]
fn the_slowest_are_kept_with_their_children() {
    let durations = Durations::new(2);
    durations.add(&body(vec![span(1, ROOT, 0, 5), span(2, ROOT, 0, 50), span(3, ROOT, 0, 6)])).unwrap();
    durations.add(&body(vec![span(4, CHILDREN[0], 12, 15), span(4, ROOT, 10, 40)])).unwrap();
    durations.add(&body(vec![span(5, ROOT, 0, 7)])).unwrap();
    let (second, fourth) = ("02".repeat(16), "04".repeat(16));
    assert_eq!(
        durations.slowest_json(),
        format!(
            "[{{\"trace_id\":\"{second}\",\"spans\":[{{\"name\":\"prediction_request\",\"start_ns\":0,\"duration_ns\":50}}]}},\
             {{\"trace_id\":\"{fourth}\",\"spans\":[{{\"name\":\"data_preparation\",\"start_ns\":2,\"duration_ns\":3}},\
             {{\"name\":\"prediction_request\",\"start_ns\":0,\"duration_ns\":30}}]}}]"
        )
    );
}

#[test]
fn a_body_cut_short_is_malformed() {
    let whole = body(vec![span(1, ROOT, 0, 5)]);
    for length in 1..whole.len() {
        assert_eq!(Durations::new(1).add(&whole[..length]), Err(Malformed), "{length}");
    }
}
