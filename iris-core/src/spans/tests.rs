//! What a subscriber is shown of a request.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::with_default;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::*;

const ROW: [f64; 4] = [5.1, 3.5, 1.4, 0.2];

/// A span as it was when it closed: its name, its parent's, and its fields.
type Closed = (&'static str, Option<&'static str>, BTreeMap<&'static str, String>);

#[derive(Default, Clone)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

/// Keeps every span that closes.
#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Vec<Closed>>>);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Capture {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let metadata = attributes.metadata();
        assert_eq!((metadata.target(), *metadata.level()), (TARGET, Level::INFO));
        context.span(id).unwrap().extensions_mut().insert(Fields::default());
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        values.record(span.extensions_mut().get_mut::<Fields>().unwrap());
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).unwrap();
        let fields = span.extensions().get::<Fields>().unwrap().clone();
        let parent = span.parent().map(|parent| parent.name());
        self.0.lock().unwrap().push((span.name(), parent, fields.0));
    }
}

/// The spans of `work` in the order in which they close.
fn closed_by(work: impl FnOnce()) -> Vec<Closed> {
    let capture = Capture::default();
    with_default(Registry::default().with(capture.clone()), work);
    std::mem::take(&mut *capture.0.lock().unwrap())
}

/// Takes the seconds out, which must be there.
fn seconds(fields: &mut BTreeMap<&'static str, String>, key: &str) -> f64 {
    fields.remove(key).unwrap().parse().unwrap()
}

fn expected<const N: usize>(pairs: [(&'static str, &str); N]) -> BTreeMap<&'static str, String> {
    pairs.map(|(key, value)| (key, value.to_owned())).into()
}

#[test]
fn a_prediction_leaves_the_four_spans() {
    let iris = Predictor::iris();
    let mut answer = None;
    let mut spans = closed_by(|| answer = predict(&iris, &ROW).ok());
    let answer = answer.unwrap();
    assert_eq!(Some(answer), iris.predict(&ROW).ok());

    let names: Vec<_> = spans.iter().map(|(name, parent, _)| (*name, *parent)).collect();
    let below = Some(PREDICTION_REQUEST);
    assert_eq!(
        names,
        [
            (DATA_PREPARATION, below),
            (MODEL_INFERENCE, below),
            (RESPONSE_FORMATTING, below),
            (PREDICTION_REQUEST, None)
        ]
    );
    let [(.., preparation), (.., inference), (.., formatting), (.., request)] = &mut spans[..] else {
        unreachable!()
    };
    let stages = seconds(preparation, "data_preparation.time_seconds")
        + seconds(inference, "model.inference_time_seconds");
    assert!(stages > 0.0 && seconds(request, "request.total_time_seconds") >= stages);
    assert_eq!((preparation.len(), formatting.len()), (0, 0));
    let probability = format!("{:?}", answer.probability().unwrap());
    assert_eq!(
        *inference,
        expected([("model.predicted_species", "setosa"), ("model.prediction_probability", &probability)])
    );
    assert_eq!(
        *request,
        expected([
            ("request.sepal_length", "5.1"),
            ("request.sepal_width", "3.5"),
            ("request.petal_length", "1.4"),
            ("request.petal_width", "0.2"),
            ("request.status", "success"),
        ])
    );
}

#[test]
fn a_refused_row_is_a_span_with_its_error() {
    let iris = Predictor::iris();
    let mut error = String::new();
    let mut spans = closed_by(|| error = predict(&iris, &[5.1, f64::NAN, 1.4, 0.2]).unwrap_err().to_string());
    let [(DATA_PREPARATION, ..), (PREDICTION_REQUEST, None, request)] = &mut spans[..] else {
        panic!("{spans:?}")
    };
    assert!(seconds(request, "request.total_time_seconds") > 0.0);
    assert_eq!(
        *request,
        expected([
            ("request.status", "error"),
            ("request.error", &error),
            ("error.type", "invalid_input"),
            ("otel.status_code", "ERROR"),
            ("otel.status_description", &error),
        ])
    );
}

#[test]
fn without_a_subscriber_nothing_is_wanted() {
    with_default(tracing::subscriber::NoSubscriber::new(), || {
        assert!(!wanted());
        assert!(predict(&Predictor::iris(), &ROW).is_ok());
    });
    with_default(Registry::default(), || assert!(wanted()));
}
