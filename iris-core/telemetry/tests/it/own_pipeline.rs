//! A program that has a pipeline of OpenTelemetry's SDK anyway.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use iris_core::Predictor;
use iris_telemetry::{ContextHeaders, Origin, Recorded, Settings, TARGET, Telemetry};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState, Tracer, TracerProvider};
use opentelemetry::{Context, Key};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData, SpanExporter};
use tracing::subscriber::with_default;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use crate::same_spans::requests::{INFER, PREDICT, REQUESTS, ROW, iris, row};
use crate::same_spans::seen::{Parent, Seen, of_collector, of_sdk, without_seconds};
use crate::same_spans::{embedder, taken};
use crate::telemetry::collector::{Collector, Protocol};
use crate::telemetry::sample;

/// What an exporter does with a batch instead of taking it.
#[derive(Debug)]
enum Instead {
    Fail,
    Hang,
    /// As one that somebody else has shut down.
    Refuse,
}

/// The SDK's exporter to memory, which keeps what it has when it is shut down.
#[derive(Debug, Clone, Default)]
struct Memory {
    spans: InMemorySpanExporter,
    instead: Arc<Mutex<VecDeque<Instead>>>,
    resource: Arc<Mutex<Option<Resource>>>,
    n_shutdowns: Arc<AtomicUsize>,
    exported: Arc<(Mutex<usize>, Condvar)>,
}

impl SpanExporter for Memory {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let instead = self.instead.lock().unwrap().pop_front();
        match instead {
            Some(Instead::Fail) => return Err(OTelSdkError::InternalFailure("not now".to_owned())),
            Some(Instead::Refuse) => return Err(OTelSdkError::AlreadyShutdown),
            Some(Instead::Hang) => std::future::pending().await,
            None => {}
        }
        let n = batch.len();
        self.spans.export(batch).await?;
        *self.exported.0.lock().unwrap() += n;
        self.exported.1.notify_all();
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.n_shutdowns.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        *self.resource.lock().unwrap() = Some(resource.clone());
    }
}

impl Memory {
    fn start(&self, variables: &[(&str, &str)]) -> Telemetry {
        let quick = ("OTEL_BSP_SCHEDULE_DELAY", "1");
        let variables =
            variables.iter().chain([&quick]).map(|(name, value)| ((*name).into(), (*value).into()));
        let settings = Settings::from_vars("test", variables).unwrap();
        Telemetry::start_with_exporter(settings, self.clone()).unwrap()
    }

    /// Waits for so many spans.
    fn wait_for(&self, n: usize) -> Vec<SpanData> {
        let (exported, changed) = &*self.exported;
        let patience = Duration::from_secs(30);
        let waited =
            changed.wait_timeout_while(exported.lock().unwrap(), patience, |seen| *seen < n).unwrap();
        assert!(!waited.1.timed_out(), "{} of {n}", *waited.0);
        self.spans.get_finished_spans().unwrap()
    }
}

fn find<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name} in {spans:?}"))
}

#[test]
fn an_exporter_of_the_sdk_gets_what_a_collector_gets() {
    for (what, expected, request) in REQUESTS {
        let memory = Memory::default();
        let telemetry = memory.start(&[]);
        request(&telemetry.recorder());
        let spans = memory.wait_for(expected.len());
        let collector = Collector::start(Protocol::Http);
        let other = Telemetry::start(Settings::from_vars("test", collector.variables()).unwrap()).unwrap();
        request(&other.recorder());
        let sent = of_collector(&collector.wait_for(expected.len()));
        assert_eq!(without_seconds(&of_sdk(&spans)), without_seconds(&sent), "{what}");
    }
}

#[test]
fn it_is_told_everything_else_too() {
    let memory = Memory::default();
    let telemetry = memory.start(&[("OTEL_RESOURCE_ATTRIBUTES", "team=flowers")]);
    iris(&telemetry.recorder()).predict(&ROW).unwrap();
    assert_eq!(telemetry.shutdown(Telemetry::FLUSH), 0);
    let spans = memory.spans.get_finished_spans().unwrap();

    let resource = memory.resource.lock().unwrap().clone().unwrap();
    let attribute = |key: &'static str| resource.get(&Key::new(key)).unwrap().to_string();
    assert_eq!((attribute("service.name"), attribute("team")), ("test".to_owned(), "flowers".to_owned()));
    let whole = find(&spans, "prediction_request");
    let mut end = whole.start_time;
    for name in ["data_preparation", "model_inference", "response_formatting"] {
        let stage = find(&spans, name);
        assert!(stage.start_time >= end && stage.end_time >= stage.start_time);
        end = stage.end_time;
    }
    assert!(end <= whole.end_time && whole.start_time.elapsed().unwrap() < Duration::from_secs(3600));
    for span in &spans {
        assert_eq!(span.span_context.trace_id(), whole.span_context.trace_id());
        assert!(span.span_context.is_valid() && span.span_context.is_sampled());
        assert_eq!((span.parent_span_is_remote, span.dropped_attributes_count), (false, 0));
        let scope = &span.instrumentation_scope;
        assert_eq!((scope.name(), scope.version()), ("iris", Some(env!("CARGO_PKG_VERSION"))));
    }
    assert_eq!(sample(&telemetry, "iris_traces_exported_total"), 1);
    assert_eq!(memory.n_shutdowns.load(Ordering::Relaxed), 1);
}

#[test]
fn a_batch_that_fails_or_hangs_is_tried_again() {
    let memory = Memory::default();
    memory.instead.lock().unwrap().extend([Instead::Fail, Instead::Hang]);
    let telemetry = memory.start(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "20")]);
    iris(&telemetry.recorder()).predict(&ROW).unwrap();
    assert_eq!(memory.wait_for(4).len(), 4);
    assert_eq!(telemetry.shutdown(Telemetry::FLUSH), 0);
    assert_eq!(sample(&telemetry, "iris_trace_export_retries_total"), 2);
    assert_eq!(sample(&telemetry, "iris_traces_exported_total"), 1);
    assert_eq!(memory.spans.get_finished_spans().unwrap().len(), 4);
}

#[test]
fn a_batch_that_is_not_wanted_is_counted_as_lost() {
    let memory = Memory::default();
    memory.instead.lock().unwrap().push_back(Instead::Refuse);
    let telemetry = memory.start(&[]);
    iris(&telemetry.recorder()).predict(&ROW).unwrap();
    assert_eq!(telemetry.shutdown(Telemetry::FLUSH), 0);
    assert_eq!(sample(&telemetry, r#"iris_traces_dropped_total{reason="refused"}"#), 1);
    assert_eq!(sample(&telemetry, "iris_traces_exported_total"), 0);
}

#[test]
fn while_disabled_it_gets_nothing() {
    let memory = Memory::default();
    let telemetry = memory.start(&[("OTEL_SDK_DISABLED", "true")]);
    iris(&telemetry.recorder()).predict(&ROW).unwrap();
    assert_eq!(telemetry.shutdown(Telemetry::FLUSH), 0);
    assert_eq!(memory.spans.get_finished_spans().unwrap().len(), 0);
}

/// The program's spans by `tracing`, ours by records, all in one exporter: each
/// has the parent that it should have.
#[test]
fn requests_stand_between_the_spans_of_the_program() {
    let memory = Memory::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(memory.spans.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("program"));
    let only_its_own = filter_fn(|metadata| metadata.target() != TARGET);
    let telemetry = memory.start(&[]);
    let model = iris(&telemetry.recorder());
    with_default(Registry::default().with(layer.with_filter(only_its_own)), || {
        tracing::info_span!("outside").in_scope(|| {
            let context = Context::current();
            let mut request = model.start(&Origin::call().parent(&context));
            request.data_preparation(|| ());
            let own = request.context();
            let answer = request.model_inference(|| {
                let _attached = own.attach();
                tracing::info_span!("inside").in_scope(|| model.predictor().predict(&ROW))
            });
            assert!(request.response_formatting(|| answer.is_ok()));
            request.succeed(0);
        });
        memory.wait_for(4);
        let spans = memory.spans.get_finished_spans().unwrap();
        assert_eq!(spans.len(), 6);
        let parents: Vec<_> = of_sdk(&spans).into_iter().map(|span| (span.name, span.parent)).collect();
        let below = |name: &str| Parent::Here(name.to_owned());
        assert_eq!(
            parents,
            [
                ("data_preparation", below("prediction_request")),
                ("inside", below("prediction_request")),
                ("model_inference", below("prediction_request")),
                ("outside", Parent::None),
                ("prediction_request", below("outside")),
                ("response_formatting", below("prediction_request")),
            ]
            .map(|(name, parent)| (name.to_owned(), parent))
        );
        let trace = find(&spans, "outside").span_context.trace_id();
        assert!(spans.iter().all(|span| span.span_context.trace_id() == trace));
        // It is a span of this process, which whoever reads it should know.
        assert!(!find(&spans, "prediction_request").parent_span_is_remote);
    });
}

/// A parent in another process, and one that the context or the headers name.
#[test]
fn a_parent_elsewhere_is_the_same_whichever_way_spans_go() {
    const TRACEPARENT: &[u8] = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let w3c =
        ContextHeaders { traceparent: Some(TRACEPARENT), tracestate: Some(b"a=1,b=2"), cloud_trace: None };
    let cloud = ContextHeaders {
        cloud_trace: Some(b"5bf92f3577b34da6a3ce929d0e0e4736/67667974448284343"),
        ..ContextHeaders::default()
    };
    let elsewhere = |trace: char| Parent::Elsewhere {
        trace_id: format!("{trace}bf92f3577b34da6a3ce929d0e0e4736"),
        span_id: "00f067aa0ba902b7".to_owned(),
    };
    let given = SpanContext::new(
        0x6bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736.into(),
        0x00f0_67aa_0ba9_02b7.into(),
        TraceFlags::SAMPLED,
        true,
        TraceState::from_key_value([("c", "3")]).unwrap(),
    );
    let given = Context::new().with_remote_span_context(given);
    let empty = Context::new();

    let collector = Collector::start(Protocol::Http);
    let telemetry = Telemetry::start(Settings::from_vars("test", collector.variables()).unwrap()).unwrap();
    let (exporter, subscriber) = embedder();
    let mut n_before = 0;
    with_default(subscriber, || {
        for (origin, parent, state) in [
            (Origin::new(&PREDICT).headers(w3c), elsewhere('4'), "a=1,b=2"),
            (Origin::new(&INFER).headers(cloud), elsewhere('5'), ""),
            (Origin::call().headers(w3c).parent(&given), elsewhere('6'), "c=3"),
            (Origin::new(&PREDICT).headers(w3c).parent(&empty), elsewhere('4'), "a=1,b=2"),
            (Origin::new(&PREDICT).parent(&empty), Parent::None, ""),
        ] {
            row(&iris(&telemetry.recorder()), &origin, &ROW, 200);
            let shown = taken(&exporter);
            let sent = collector.wait_for(n_before + 4)[n_before..].to_vec();
            n_before += 4;
            assert_eq!(shown, of_collector(&sent));
            let whole = shown.iter().find(|span| span.name == "prediction_request").unwrap();
            assert_eq!((&whole.parent, &*whole.tracestate), (&parent, state));
            let root = sent.iter().find(|span| span.name == "prediction_request").unwrap();
            assert_eq!(root.flags, if parent == Parent::None { 0x101 } else { 0x301 });
        }
    });
}

/// A program's own span has read the headers already.
#[test]
fn a_span_that_is_current_comes_before_the_headers() {
    let (exporter, subscriber) = embedder();
    let headers = ContextHeaders {
        traceparent: Some(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ..ContextHeaders::default()
    };
    let model = iris(&iris_telemetry::Recorder::default());
    with_default(subscriber, || {
        tracing::info_span!("outside").in_scope(|| {
            row(&model, &Origin::new(&PREDICT).headers(headers), &ROW, 200);
        });
        let spans: Vec<Seen> = taken(&exporter);
        let whole = spans.iter().find(|span| span.name == "prediction_request").unwrap();
        assert_eq!(whole.parent, Parent::Here("outside".to_owned()));
    });
}

#[test]
fn a_context_says_whether_its_trace_is_recorded() {
    let memory = Memory::default();
    let telemetry = memory.start(&[("OTEL_TRACES_SAMPLER", "always_off")]);
    let model = iris(&telemetry.recorder());
    let request = model.start(&Origin::call());
    let context = request.context();
    let span = context.span().span_context().clone();
    assert!(span.is_valid() && !span.is_sampled() && !span.is_remote());
    // Nor is what the program makes below it.
    let provider = SdkTracerProvider::builder().with_simple_exporter(memory.spans.clone()).build();
    drop(provider.tracer("program").start_with_context("below", &context));
    request.succeed(0);
    assert_eq!(telemetry.shutdown(Telemetry::FLUSH), 0);
    assert_eq!(memory.spans.get_finished_spans().unwrap().len(), 0);

    let unrecorded = Recorded::new(Predictor::iris(), &iris_telemetry::Recorder::default(), "iris", "1");
    let request = unrecorded.start(&Origin::call());
    assert!(!request.context().has_active_span());
    request.succeed(0);
}
