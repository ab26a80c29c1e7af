//! What it costs that every request is recorded.
//!
//! `spans/*` are the spans that `tracing` shows, without a record; they are to
//! be read beside `one_row/class_and_probability` of `predict`. `record/ring`
//! writes the record and leaves the rest to the background: what a request
//! itself waits for. `record/exported` is all there is to do for a request
//! until a collector has acknowledged its four spans: recorded, drained,
//! counted, encoded as OTLP and sent, on this thread and the two behind it, and
//! received on a fourth. Encoding alone cannot be called from outside.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use iris_benches::{collector, one_row};
use iris_core::Predictor;
use iris_telemetry::{Origin, Recorded, Recorder, Settings, Telemetry};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::with_default;

/// Requests whose traces are sent in one go: fewer than a ring and what stands
/// beside it hold, so that none is lost, however late the background runs.
const EXPORTED: u32 = 50_000;

fn spans_without_a_subscriber(criterion: &mut Criterion) {
    time_rows(criterion, "spans/no_subscriber", &unrecorded());
}

/// The embedded model with nothing to take records.
fn unrecorded() -> Recorded {
    Recorded::new(Predictor::iris(), &Recorder::default(), "iris", "1")
}

/// A subscriber is there, but its filter turns the spans off.
fn spans_filtered_out(criterion: &mut Criterion) {
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::WARN).finish();
    with_default(subscriber, || time_rows(criterion, "spans/filtered_out", &unrecorded()));
}

/// The spans and their attributes are made, and thrown away.
fn spans_recorded(criterion: &mut Criterion) {
    with_default(tracing_subscriber::registry(), || {
        time_rows(criterion, "spans/recorded", &unrecorded());
    });
}

fn record_in_the_ring(criterion: &mut Criterion) {
    time_rows(criterion, "record/ring", &predictor(&telemetry([])));
}

fn record_exported(criterion: &mut Criterion) {
    let endpoint = collector::start().expect("loopback has a port left");
    let mut group = criterion.benchmark_group("record");
    group.sample_size(10).throughput(Throughput::Elements(EXPORTED.into()));
    group.bench_function("exported", |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| export(&endpoint)).sum());
    });
    group.finish();
}

/// How long it takes to record requests and to see all of them acknowledged.
fn export(endpoint: &str) -> Duration {
    let telemetry = telemetry([("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), endpoint.to_owned())]);
    let predictor = predictor(&telemetry);
    let mut work = traced(&predictor);
    let start = Instant::now();
    for _ in 0..EXPORTED {
        black_box(work(black_box(&[5.1, 3.5, 1.4, 0.2])));
    }
    let left = telemetry.shutdown(Duration::from_secs(60));
    let took = start.elapsed();
    assert_eq!(left, 0, "the collector is in this process");
    took
}

fn telemetry<const N: usize>(vars: [(String, String); N]) -> Telemetry {
    let settings = Settings::from_vars("bench", vars).expect("no variable is wrong");
    Telemetry::start(settings).expect("threads can be made")
}

fn predictor(telemetry: &Telemetry) -> Recorded {
    Recorded::new(Predictor::iris(), &telemetry.recorder(), "iris", "1")
}

/// What a door does for one row, with nothing to parse and nothing to format.
fn traced(recorded: &Recorded) -> impl FnMut(&[f64]) -> Option<f64> {
    let mut out = [0.0; 3];
    move |row| {
        let mut request = recorded.start(&Origin::call());
        let row = request.data_preparation(|| row);
        request.features(row);
        let answer =
            request.model_inference(|| recorded.predictor().predict_proba_into(row, black_box(&mut out)));
        let probability = request.response_formatting(|| answer.as_ref().ok()?.probability());
        request.succeed(0);
        probability
    }
}

fn time_rows(criterion: &mut Criterion, question: &str, predictor: &Recorded) {
    let mut work = traced(predictor);
    criterion.bench_function(question, |bencher| bencher.iter_custom(|rows| one_row(rows, &mut work)));
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets =
        spans_without_a_subscriber,
        spans_filtered_out,
        spans_recorded,
        record_in_the_ring,
        record_exported,
}
criterion_main!(benches);
