//! Counts allocations on the calls that promise to make none.

#[path = "support/counting.rs"]
mod counting;

use std::sync::atomic::Ordering;

use iris_core::spans::{Origin, PredictionRequest};
use iris_core::{Predictor, Result};
use ndarray::Array2;
use tracing::subscriber::{NoSubscriber, with_default};
use tracing_subscriber::filter::LevelFilter;

fn allocations(work: impl FnOnce()) -> usize {
    let counter = counting::counter();
    counting::count_this_thread(counter);
    work();
    counter.load(Ordering::Relaxed)
}

/// Every call of the public interface that promises not to allocate.
fn every_call(predictor: &Predictor) -> usize {
    let schema = predictor.schema();
    let row = vec![1.0; schema.n_features()];
    let rows = Array2::from_elem((1_000, schema.n_features()), 1.0);
    let columns = rows.t().as_standard_layout().into_owned();
    let scattered = columns.t();
    let mut classes = vec![0; 1_000];
    let mut scores = Array2::zeros((1_000, predictor.n_scores()));
    let mut probabilities = Array2::zeros((1_000, schema.n_classes()));
    let mut one = vec![0.0; schema.n_classes()];
    let n_scores = predictor.n_scores();
    let mut work = || -> Result<()> {
        predictor.predict(&row)?;
        predictor.predict_class(&row)?;
        predictor.decision_function_into(&row, &mut one[..n_scores])?;
        for rows in [rows.view(), scattered] {
            predictor.predict_batch_into(rows, &mut classes)?;
            predictor.decision_function_batch_into(rows, scores.view_mut())?;
            if schema.has_probabilities() {
                predictor.predict_proba_batch_into(rows, probabilities.view_mut())?;
            }
        }
        let mut request = PredictionRequest::start(predictor, &Origin::call());
        request.features(&row);
        if schema.has_probabilities() {
            request.model_inference(|| predictor.predict_proba_into(&row, &mut one))?;
        }
        request.succeed(0);
        Ok(())
    };
    let mut outcome = Ok(());
    let count = allocations(|| outcome = work());
    outcome.unwrap();
    count
}

fn models() -> Vec<(String, Predictor)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/onnx");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let load = |path: std::path::PathBuf| {
        (path.display().to_string(), Predictor::from_onnx(&std::fs::read(&path).unwrap()).unwrap())
    };
    files.map(load).chain([("embedded".to_owned(), Predictor::iris())]).collect()
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
}

#[test]
fn without_a_subscriber() {
    for (name, predictor) in models() {
        assert_eq!(with_default(NoSubscriber::new(), || every_call(&predictor)), 0, "{name}");
    }
}

#[test]
fn with_a_subscriber_that_ignores_spans() {
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::WARN).finish();
    with_default(subscriber, || {
        for (name, predictor) in models() {
            // The first call registers the span's place in the source, once for good.
            every_call(&predictor);
            assert_eq!(every_call(&predictor), 0, "{name}");
        }
    });
}

/// A request through any door, of a trace that began elsewhere.
#[cfg(feature = "otel")]
fn traced_request(predictor: &Predictor, row: &[f64]) {
    use iris_core::spans::{ContextHeaders, Endpoint};

    static ENDPOINT: Endpoint = Endpoint::http("POST", "/predict");
    let headers = ContextHeaders {
        traceparent: Some(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        tracestate: Some(b"vendor=value"),
        cloud_trace: None,
    };
    let origin = Origin::new(&ENDPOINT).headers(headers).path("/predict/");
    let mut request = PredictionRequest::start(predictor, &origin);
    let row = request.data_preparation(|| row);
    request.features(row);
    let answer = request.model_inference(|| predictor.infer(row));
    request.response_formatting(|| answer.unwrap());
    request.succeed(200);
}

#[cfg(feature = "otel")]
#[test]
fn a_recorded_request() {
    use iris_core::telemetry::{Settings, Telemetry};

    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    for (name, predictor) in models() {
        let predictor = predictor.with_tracer(&telemetry.tracer(), &name, "1");
        let row = vec![1.0; predictor.schema().n_features()];
        let work = || {
            predictor.predict(&row).unwrap();
            traced_request(&predictor, &row);
        };
        with_default(NoSubscriber::new(), || {
            // The first request on a thread makes its ring, the first with a tail its buffer.
            work();
            assert_eq!(allocations(work), 0, "{name}");
        });
    }
    assert!(telemetry.recent().len() > 100);
}
