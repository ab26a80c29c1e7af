//! When things go wrong on the way.

use std::collections::HashSet;
use std::time::Duration;

use iris_core::Predictor;
use iris_telemetry::{Recorded, Settings, Telemetry};
use opentelemetry_proto::tonic::trace::v1::Span;
use tonic::Code;

use super::collector::{Collector, Protocol, Reply, free_address, variables};
use super::{sample, start, traced};

const ROW: [f64; 4] = [5.1, 3.5, 1.4, 0.2];

fn predict(predictor: &Recorded, n: usize) {
    for _ in 0..n {
        predictor.predict(&ROW).unwrap();
    }
}

fn distinct_traces(spans: &[Span]) -> usize {
    spans.iter().map(|span| span.trace_id.clone()).collect::<HashSet<_>>().len()
}

/// Waits until the collector has had everything: what was accepted is counted a moment later.
fn settled(telemetry: &Telemetry) {
    while sample(telemetry, "iris_traces_pending") > 0 {
        std::thread::yield_now();
    }
}

#[test]
fn threads_at_once_lose_nothing() {
    let collector = Collector::start(Protocol::Http);
    let (telemetry, predictor) = traced(&collector, &[]);
    let per_thread = 3_000;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| predict(&predictor, per_thread));
        }
    });
    assert_eq!(telemetry.shutdown(Duration::from_secs(30)), 0);
    let spans = collector.spans();
    assert_eq!((spans.len(), distinct_traces(&spans)), (16 * per_thread, 4 * per_thread));
    assert_eq!(sample(&telemetry, "iris_traces_exported_total"), 4 * per_thread);
}

#[test]
fn what_may_be_tried_again_is() {
    let grpc = |code, after| Reply::Code(code, after);
    for (protocol, replies) in [
        (
            Protocol::Http,
            vec![Reply::Status(503, None), Reply::Status(429, Some("0")), Reply::Status(502, None)],
        ),
        (Protocol::Http, vec![Reply::Status(504, Some("Thu, 01 Jan 1970 00:00:00 GMT"))]),
        (
            Protocol::Grpc,
            vec![
                grpc(Code::Unavailable, None),
                grpc(Code::ResourceExhausted, Some(Duration::from_millis(1))),
            ],
        ),
        (Protocol::Grpc, vec![grpc(Code::Aborted, None), grpc(Code::DeadlineExceeded, None)]),
    ] {
        let collector = Collector::with_replies(protocol, &replies);
        let (telemetry, predictor) = traced(&collector, &[]);
        predict(&predictor, 1);
        assert_eq!(collector.wait_for(4).len(), 4);
        settled(&telemetry);
        assert_eq!(sample(&telemetry, "iris_trace_export_retries_total"), replies.len());
        assert_eq!(sample(&telemetry, "iris_traces_exported_total"), 1);
    }
}

#[test]
fn what_is_refused_is_counted() {
    for (protocol, reply) in [
        (Protocol::Http, Reply::Status(400, None)),
        (Protocol::Http, Reply::Status(401, None)),
        (Protocol::Http, Reply::Status(500, None)),
        (Protocol::Grpc, Reply::Code(Code::InvalidArgument, None)),
        (Protocol::Grpc, Reply::Code(Code::ResourceExhausted, None)),
    ] {
        let collector = Collector::with_replies(protocol, &[reply]);
        let (telemetry, predictor) = traced(&collector, &[]);
        predict(&predictor, 1);
        collector.wait_for_attempts(1);
        settled(&telemetry);
        assert_eq!(sample(&telemetry, r#"iris_traces_dropped_total{reason="refused"}"#), 1);
        predict(&predictor, 1);
        assert_eq!(collector.wait_for(4).len(), 4);
    }
}

#[test]
fn a_partial_success_is_counted_and_not_sent_again() {
    for protocol in [Protocol::Http, Protocol::Grpc] {
        let collector = Collector::with_replies(protocol, &[Reply::Partial(3)]);
        let (telemetry, predictor) = traced(&collector, &[]);
        predict(&predictor, 1);
        collector.wait_for(4);
        settled(&telemetry);
        assert_eq!(sample(&telemetry, "iris_spans_rejected_total"), 3);
        assert_eq!(sample(&telemetry, "iris_trace_export_retries_total"), 0);
    }
}

#[test]
fn a_collector_that_comes_late_gets_everything() {
    for protocol in [Protocol::Http, Protocol::Grpc] {
        let address = free_address();
        let (telemetry, predictor) = start(variables(address, protocol), &[]);
        predict(&predictor, 500);
        while sample(&telemetry, "iris_trace_export_retries_total") == 0 {
            std::thread::yield_now();
        }
        let collector = Collector::start_at(address, protocol, &[]);
        let spans = collector.wait_for(2_000);
        assert_eq!((spans.len(), distinct_traces(&spans)), (2_000, 500));
    }
}

#[test]
fn a_collector_that_dies_and_returns_gets_everything() {
    for protocol in [Protocol::Http, Protocol::Grpc] {
        let first = Collector::start(protocol);
        let address = first.address;
        let (telemetry, predictor) = traced(&first, &[]);
        predict(&predictor, 100);
        settled(&telemetry);
        let before = first.spans();
        drop(first);
        predict(&predictor, 100);
        let second = Collector::start_at(address, protocol, &[]);
        second.wait_for(400);
        assert_eq!((before.len(), second.spans().len()), (400, 400));
    }
}

#[test]
fn a_collector_that_hangs_is_given_up_on_in_time() {
    for protocol in [Protocol::Http, Protocol::Grpc] {
        let collector = Collector::with_replies(protocol, &[Reply::Hang]);
        let (_telemetry, predictor) = traced(&collector, &[("OTEL_EXPORTER_OTLP_TIMEOUT", "50")]);
        predict(&predictor, 1);
        assert_eq!(collector.wait_for(4).len(), 4);
    }
}

#[test]
fn beyond_the_buffer_the_oldest_are_dropped_whole() {
    let address = free_address();
    let settings = Settings::from_vars("test", variables(address, Protocol::Http)).unwrap();
    // Room for three messages of what is recorded between two scrapes, as one of them is on its way.
    let buffer = 1_000_000;
    let telemetry = Telemetry::start(settings.with_buffer(buffer)).unwrap();
    let predictor = Recorded::new(Predictor::iris(), &telemetry.recorder(), "iris", "1");
    let n = 20_000;
    for index in 0..n {
        let length: f64 = index.to_string().parse().unwrap();
        predictor.predict(&[length, 3.5, 1.4, 0.2]).unwrap();
        if index % 1_000 == 0 {
            // A scrape empties the ring, so that it is the buffer that overflows.
            assert_eq!(sample(&telemetry, r#"iris_traces_dropped_total{reason="ring_full"}"#), 0);
        }
    }
    assert!(sample(&telemetry, "iris_trace_buffer_bytes") <= buffer);
    let dropped = sample(&telemetry, r#"iris_traces_dropped_total{reason="buffer_full"}"#);
    let collector = Collector::start_at(address, Protocol::Http, &[]);
    assert_eq!(telemetry.shutdown(Duration::from_secs(30)), 0);
    let spans = collector.spans();
    assert_eq!(distinct_traces(&spans) + dropped, n);
    assert_eq!(spans.len() % 4, 0);
    // But for the message on its way when the buffer filled, the newest are kept.
    let lengths = spans.iter().filter(|span| span.name == "prediction_request").map(|span| {
        let value = super::collector::attribute(&span.attributes, "request.sepal_length").unwrap();
        super::collector::text(value)
    });
    let kept: HashSet<String> = lengths.collect();
    assert!((19_000..20_000).all(|index| kept.contains(&format!("{index}.0"))));
}

#[test]
fn a_large_message_that_fails_is_sent_in_parts() {
    // The second message is slow to be accepted, so that those after it are larger.
    let address = free_address();
    let (telemetry, predictor) = start(variables(address, Protocol::Http), &[]);
    predict(&predictor, 3_000);
    let busy = vec![Reply::Status(503, Some("0")); 3];
    let collector = Collector::start_at(address, Protocol::Http, &busy);
    assert_eq!(telemetry.shutdown(Duration::from_secs(30)), 0);
    let spans = collector.spans();
    assert_eq!((spans.len(), distinct_traces(&spans)), (12_000, 3_000));
}

#[test]
fn telemetry_starts_on_a_runtime_too() {
    let collector = Collector::start(Protocol::Grpc);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let telemetry = runtime.block_on(async {
        let (telemetry, predictor) = traced(&collector, &[]);
        predict(&predictor, 1);
        telemetry
    });
    assert_eq!(collector.wait_for(4).len(), 4);
    drop(telemetry);
}

#[test]
fn stopping_without_a_collector_takes_no_longer_than_allowed() {
    for protocol in [Protocol::Http, Protocol::Grpc] {
        let (telemetry, predictor) = start(variables(free_address(), protocol), &[]);
        predict(&predictor, 3);
        let before = std::time::Instant::now();
        assert_eq!(telemetry.shutdown(Duration::from_millis(100)), 3);
        assert!(before.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn dropping_the_last_handle_sends_what_is_left() {
    let collector = Collector::start(Protocol::Http);
    let (telemetry, predictor) = traced(&collector, &[("OTEL_BSP_SCHEDULE_DELAY", "3600000")]);
    predict(&predictor, 3);
    drop(telemetry);
    assert_eq!(collector.spans().len(), 12);
    // The predictor goes on, unrecorded.
    predict(&predictor, 3);
}

/// An address is a URL: its path grows, and its query stays behind it.
#[test]
fn the_query_of_an_endpoint_is_sent_behind_the_path() {
    let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).unwrap();
    let endpoint = format!("HTTP://{}/otel?token=a", listener.local_addr().unwrap());
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "1")];
    let (_telemetry, predictor) = start(Vec::new(), &variables);
    predictor.predict(&[5.1, 3.5, 1.4, 0.2]).unwrap();
    let (stream, _) = listener.accept().unwrap();
    drop(listener);
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stream), &mut line).unwrap();
    assert_eq!(line, "POST /otel/v1/traces?token=a HTTP/1.1\r\n");
}
