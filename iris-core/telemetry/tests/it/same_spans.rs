//! Whichever way spans go, they are the same.

pub(crate) mod requests;
pub(crate) mod seen;

use iris_core::Predictor;
use iris_telemetry::{Origin, PredictionRequest, Recorder, Settings, Telemetry};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing::Subscriber;
use tracing::subscriber::with_default;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use crate::telemetry::collector::{Collector, Protocol};
use requests::{REQUESTS, ROW, iris, regressor};
use seen::{Parent, Seen, of_collector, of_sdk, without_seconds};

/// What an embedder has: `tracing` with OpenTelemetry's own stack below it.
pub(crate) fn embedder() -> (InMemorySpanExporter, impl Subscriber + Send + Sync) {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("embedder"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_level(false);
    (exporter, Registry::default().with(layer))
}

/// What came out since it was last asked.
pub(crate) fn taken(exporter: &InMemorySpanExporter) -> Vec<Seen> {
    let spans = exporter.get_finished_spans().unwrap();
    exporter.reset();
    of_sdk(&spans)
}

fn names(spans: &[Seen]) -> Vec<&str> {
    spans.iter().map(|span| &*span.name).collect()
}

#[test]
fn an_embedders_opentelemetry_sees_what_a_collector_gets() {
    let collector = Collector::start(Protocol::Http);
    let settings = Settings::from_vars("test", collector.variables()).unwrap();
    let telemetry = Telemetry::start(settings).unwrap();
    let (exporter, subscriber) = embedder();
    let mut n_before = 0;
    with_default(subscriber, || {
        for (what, expected, request) in REQUESTS {
            // Recorded and shown at once, so that even the seconds are the same.
            request(&telemetry.recorder());
            let shown = taken(&exporter);
            assert_eq!(names(&shown), expected, "{what}");
            let sent = of_collector(&collector.wait_for(n_before + expected.len())[n_before..]);
            n_before += expected.len();
            assert_eq!(shown, sent, "{what}");

            // And shown alone, where nothing is recorded.
            request(&Recorder::default());
            assert_eq!(without_seconds(&taken(&exporter)), without_seconds(&sent), "{what}");
        }
    });
    assert_eq!(telemetry.shutdown(Telemetry::FLUSH), 0);
    assert_eq!(collector.spans().len(), n_before, "nothing came later");
}

/// Which model it was is known to what records alone.
#[test]
fn which_model_answered_is_shown_and_sent_alike() {
    let collector = Collector::start(Protocol::Http);
    let settings = Settings::from_vars("test", collector.variables()).unwrap();
    let telemetry = Telemetry::start(settings).unwrap();
    let (exporter, subscriber) = embedder();
    let recorder = telemetry.recorder();
    let schema = iris(&recorder);
    let model = recorder.said_model("m", "2", Some("champion"), schema.predictor().schema());
    with_default(subscriber, || {
        let mut request = PredictionRequest::start(&recorder, &Origin::new(&requests::PREDICT));
        request.model(model);
        request.data_preparation(|| ());
        request.succeed(200);
        let shown = taken(&exporter);
        assert_eq!(shown, of_collector(&collector.wait_for(2)));
        assert!(format!("{shown:?}").contains("champion"), "{shown:?}");
    });
    assert_eq!(telemetry.shutdown(Telemetry::FLUSH), 0);
}

#[test]
fn the_cores_own_spans_are_the_same() {
    let (exporter, subscriber) = embedder();
    let recorder = Recorder::default();
    let other = crate::cases::model("logistic_regression_two_ints_double.onnx");
    let other = iris_telemetry::Recorded::new(other, &recorder, "two", "1");
    let (iris, regressor, two) = (iris(&recorder), regressor(&recorder, 1), regressor(&recorder, 2));
    with_default(subscriber, || {
        for (model, row) in [
            (&iris, &ROW[..]),
            (&iris, &[5.1, f64::NAN, 1.4, 0.2]),
            (&iris, &[]),
            (&iris, &[f64::MAX; 4]),
            (&other, &ROW),
            (&regressor, &[1.5, -2.0]),
            (&two, &[1.5, -2.0]),
        ] {
            let answered = model.predict(row);
            let expected = taken(&exporter);
            assert!(!expected.is_empty());
            let answer = iris_core::spans::predict(model.predictor(), row);
            assert_eq!(
                answer.map_err(|error| error.to_string()),
                answered.map_err(|error| error.to_string())
            );
            assert_eq!(without_seconds(&taken(&exporter)), without_seconds(&expected), "{row:?}");
        }
    });
}

#[test]
fn a_span_is_current_while_its_work_runs() {
    let (exporter, subscriber) = embedder();
    let recorder = Recorder::default();
    let model = iris(&recorder);
    let spans = with_default(subscriber, || {
        let mut request = model.start(&Origin::call());
        request.data_preparation(|| tracing::info_span!("first").in_scope(|| ()));
        let answer = request
            .model_inference(|| tracing::info_span!("second").in_scope(|| model.predictor().predict(&ROW)));
        request.response_formatting(|| tracing::info_span!("third").in_scope(|| answer.unwrap().label()));
        request.succeed(0);
        iris_telemetry::model_loading(&recorder, || {
            tracing::info_span!("fourth").in_scope(|| Predictor::read(Predictor::IRIS))
        })
        .unwrap();
        taken(&exporter)
    });
    let parent = |name: &str| match spans.iter().find(|span| span.name == name) {
        Some(span) => &span.parent,
        None => panic!("no {name} in {spans:?}"),
    };
    for (child, expected) in [
        ("first", "data_preparation"),
        ("second", "model_inference"),
        ("third", "response_formatting"),
        ("fourth", "model_loading"),
        ("model_inference", "prediction_request"),
    ] {
        assert_eq!(*parent(child), Parent::Here(expected.to_owned()));
    }
    assert_eq!(*parent("prediction_request"), Parent::None);
}
