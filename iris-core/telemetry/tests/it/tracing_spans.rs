//! The four spans, as a subscriber sees them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use iris_core::Predictor;
use iris_telemetry::{Origin, Recorded, RecordedModel, Recorder, health_check, model_loading, wanted};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// A span as it was when it closed.
#[derive(Debug)]
struct Closed {
    name: &'static str,
    parent: Option<&'static str>,
    fields: Fields,
}

#[derive(Debug, Clone, Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl Closed {
    fn text(&self, field: &str) -> &str {
        self.fields.0.get(field).unwrap_or_else(|| panic!("{} has no {field}: {:?}", self.name, self.fields))
    }

    fn number(&self, field: &str) -> f64 {
        self.text(field).parse().unwrap()
    }
}

/// The embedded model, recorded nowhere but in spans.
fn iris() -> Recorded {
    Recorded::new(Predictor::iris(), &Recorder::default(), "iris", "1")
}

/// Keeps every span that closes.
#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Vec<Closed>>>);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Capture {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        context.span(id).unwrap().extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        values.record(span.extensions_mut().get_mut::<Fields>().unwrap());
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).unwrap();
        let fields = span.extensions().get::<Fields>().unwrap().clone();
        let parent = span.parent().map(|parent| parent.name());
        self.0.lock().unwrap().push(Closed { name: span.name(), parent, fields });
    }
}

/// Runs `work` under a subscriber that wants every span.
fn closed_spans(work: impl FnOnce()) -> Vec<Closed> {
    let capture = Capture::default();
    tracing::subscriber::with_default(Registry::default().with(capture.clone()), work);
    std::mem::take(&mut *capture.0.lock().unwrap())
}

fn names(spans: &[Closed]) -> Vec<&str> {
    spans.iter().map(|span| span.name).collect()
}

#[test]
fn a_prediction_leaves_the_four_spans() {
    let predictor = iris();
    let spans = closed_spans(|| assert!(predictor.predict(&[5.1, 3.5, 1.4, 0.2]).is_ok()));
    assert_eq!(
        names(&spans),
        ["data_preparation", "model_inference", "response_formatting", "prediction_request"]
    );
    let [preparation, inference, formatting, request] = spans.as_slice() else { unreachable!() };
    for child in [preparation, inference, formatting] {
        assert_eq!(child.parent, Some("prediction_request"));
    }
    assert!(preparation.number("data_preparation.time_seconds") > 0.0);
    assert!(inference.number("model.inference_time_seconds") > 0.0);
    assert_eq!(inference.text("model.predicted_species"), "setosa");
    assert!((inference.number("model.prediction_probability") - 0.98158).abs() < 1e-5);
    assert_eq!(request.number("request.sepal_length"), 5.1);
    assert_eq!(request.number("request.sepal_width"), 3.5);
    assert_eq!(request.number("request.petal_length"), 1.4);
    assert_eq!(request.number("request.petal_width"), 0.2);
    assert_eq!(request.text("request.status"), "success");
    let stages = preparation.number("data_preparation.time_seconds")
        + inference.number("model.inference_time_seconds");
    assert!(request.number("request.total_time_seconds") >= stages);
}

#[test]
fn a_refused_row_is_a_span_with_its_error() {
    let predictor = iris();
    let spans = closed_spans(|| assert!(predictor.predict(&[5.1, f64::NAN, 1.4, 0.2]).is_err()));
    assert_eq!(names(&spans), ["data_preparation", "prediction_request"]);
    assert_eq!(spans[1].text("request.status"), "error");
    assert!(spans[1].text("request.error").starts_with("sepal_width is NaN"));
}

#[test]
fn a_model_with_other_features_records_them_as_a_list() {
    let two = crate::cases::model("logistic_regression_two_ints_double.onnx");
    let predictor = Recorded::new(two, &Recorder::default(), "two", "1");
    let spans = closed_spans(|| assert!(predictor.predict(&[5.1, 3.5, 1.4, 0.2]).is_ok()));
    assert_eq!(spans[3].text("request.features"), "[5.1, 3.5, 1.4, 0.2]");
}

#[test]
fn loading_a_model_is_a_span() {
    let spans = closed_spans(|| {
        let load = |bytes: &[u8]| model_loading(&Recorder::default(), || Predictor::read(bytes));
        assert_eq!(load(Predictor::IRIS).unwrap().n_scores(), 3);
        assert!(load(&[0xFF; 9]).is_err());
    });
    assert_eq!(names(&spans), ["model_loading", "model_loading"]);
    assert_eq!(spans[0].text("model.status"), "loaded");
    assert!(spans[0].number("model.load_time_seconds") > 0.0);
    assert_eq!(spans[1].text("model.status"), "error");
    assert!(spans[1].text("model.error").contains("not an ONNX file"));
}

#[test]
fn a_health_check_is_a_span() {
    let predictor = iris();
    let spans = closed_spans(|| {
        let check = |row: &[f64]| {
            let model = RecordedModel::default();
            health_check(&Recorder::default(), model, &Origin::call(), [200, 503], || {
                predictor.predictor().predict_class(row)
            })
        };
        check(&[5.1, 3.5, 1.4, 0.2]).unwrap();
        check(&[]).unwrap_err();
    });
    assert_eq!(names(&spans), ["health_check", "health_check"]);
    assert_eq!(spans[0].text("health.status"), "healthy");
    assert!(spans[0].number("health.model_test_time_seconds") > 0.0);
    assert_eq!(spans[1].text("health.status"), "unhealthy");
    assert!(spans[1].text("health.reason").contains("4 features"));
}

#[test]
fn without_a_subscriber_nothing_is_wanted() {
    tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::new(), || {
        assert!(!wanted());
    });
}

#[test]
fn fmt_shows_them_too() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let predictor = iris();
    tracing::subscriber::with_default(subscriber, || predictor.predict(&[5.1, 3.5, 1.4, 0.2]).map(drop))
        .unwrap();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.contains("prediction_request") && text.contains("model.predicted_species=setosa"), "{text}");
}
