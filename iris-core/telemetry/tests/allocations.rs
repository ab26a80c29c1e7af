//! Counts allocations of requests that are recorded, or could be.

#[path = "../../tests/support/counting.rs"]
mod counting;

use std::path::Path;
use std::sync::atomic::Ordering;

use iris_core::Predictor;
use iris_telemetry::{Client, ContextHeaders, Endpoint, Origin, Recorded, Recorder, Settings, Telemetry};
use tracing::subscriber::{NoSubscriber, with_default};
use tracing_subscriber::filter::LevelFilter;

static ENDPOINT: Endpoint = Endpoint::http("POST", "/predict");

fn allocations(work: impl FnOnce()) -> usize {
    let counter = counting::counter();
    counting::count_this_thread(counter);
    work();
    counter.load(Ordering::Relaxed)
}

fn models(recorder: &Recorder) -> Vec<(String, Recorded)> {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    let entries = |folder| std::fs::read_dir(testdata.join(folder)).unwrap();
    let files = ["onnx", "regressors", "branches"].into_iter().flat_map(entries);
    let files = files.map(|entry| entry.unwrap().path());
    let load = |path: std::path::PathBuf| {
        let name = path.display().to_string();
        let model = Recorded::new(Predictor::open(path).unwrap(), recorder, &name, "1");
        (name, model)
    };
    files.map(load).collect()
}

/// A call, and a request through any door of a trace that began elsewhere.
fn requests(recorded: &Recorded, row: &[f64]) {
    let predictor = recorded.predictor();
    let headers = ContextHeaders {
        traceparent: Some(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        tracestate: Some(b"vendor=value"),
        cloud_trace: None,
    };
    if predictor.schema().n_targets() < 2 {
        recorded.predict(row).unwrap();
    }
    let client = Client { address: Some([203, 0, 113, 9].into()), user_agent: Some(b"curl/8.5.0") };
    let origin = Origin::new(&ENDPOINT).headers(headers).client(client).path("/predict/");
    let mut request = recorded.start(&origin);
    let row = request.data_preparation(|| row);
    request.features(row);
    if predictor.schema().n_targets() > 1 {
        let mut values = [0.0; 8];
        let n_targets = predictor.schema().n_targets();
        request.values_inference(|| predictor.predict_values_into(row, &mut values[..n_targets])).unwrap();
    } else {
        request.model_inference(|| predictor.predict(row)).unwrap();
    }
    request.response_formatting(|| ());
    request.succeed(200);
}

fn row_of(recorded: &Recorded) -> Vec<f64> {
    vec![1.0; recorded.predictor().schema().n_features()]
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
}

#[test]
fn while_nobody_listens() {
    for (name, recorded) in models(&Recorder::default()) {
        let row = row_of(&recorded);
        let work = || requests(&recorded, &row);
        assert_eq!(with_default(NoSubscriber::new(), || allocations(work)), 0, "{name}");
    }
}

#[test]
fn with_a_subscriber_that_ignores_spans() {
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::WARN).finish();
    with_default(subscriber, || {
        for (name, recorded) in models(&Recorder::default()) {
            let row = row_of(&recorded);
            // The first call registers the span's place in the source, once for good.
            requests(&recorded, &row);
            assert_eq!(allocations(|| requests(&recorded, &row)), 0, "{name}");
        }
    });
}

#[test]
fn a_recorded_request() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    for (name, recorded) in models(&telemetry.recorder()) {
        let row = row_of(&recorded);
        let work = || requests(&recorded, &row);
        with_default(NoSubscriber::new(), || {
            // The first request on a thread makes its ring, the first with a tail its buffer.
            work();
            assert_eq!(allocations(work), 0, "{name}");
        });
    }
    assert!(telemetry.recent().len() > 100);
}
