//! What is exported, field by field.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use iris_core::{ErrorClass, Predictor};
use iris_telemetry::{
    Client, ContextHeaders, Endpoint, HttpVersion, Origin, PredictionRequest, Recorded, RecordedModel,
    health_check, model_loading,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use super::collector::{Collector, Protocol, attribute, text};
use super::traced;

static PREDICT: Endpoint = Endpoint::http("POST", "/predict");
static INFER: Endpoint = Endpoint::grpc("inference.GRPCInferenceService/ModelInfer");

static HEALTH: Endpoint = Endpoint::http("GET", "/health");

const TRACEPARENT: &[u8] = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A whole request for one row; the error of the model is ours to report.
fn request(predictor: &Recorded, origin: &Origin<'_>, row: &[f64], statuses: [u16; 2]) {
    let mut request = predictor.start(origin);
    let row = request.data_preparation(|| row);
    request.features(row);
    match request.model_inference(|| predictor.predictor().predict(row)) {
        Ok(prediction) => {
            request.response_formatting(|| prediction.to_string());
            request.succeed(statuses[0]);
        }
        Err(error) => drop(request.fail(statuses[1], ErrorClass::InvalidInput, &error)),
    }
}

fn attributes(span: &Span) -> BTreeMap<String, String> {
    let pairs = span.attributes.iter().map(|pair| pair.key.clone());
    pairs.map(|key| (key.clone(), text(attribute(&span.attributes, &key).unwrap()))).collect()
}

fn keys(span: &Span) -> Vec<String> {
    attributes(span).into_keys().collect()
}

fn seconds_of(span: &Span) -> f64 {
    Duration::from_nanos(span.end_time_unix_nano - span.start_time_unix_nano).as_secs_f64()
}

/// The root, then its children in their order.
fn trace<'a>(spans: &'a [Span], root: &Span) -> Vec<&'a Span> {
    let mut trace: Vec<&Span> = spans.iter().filter(|span| span.trace_id == root.trace_id).collect();
    trace.sort_by_key(|span| (span.start_time_unix_nano, span.name != root.name));
    trace
}

fn root_of<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn a_request_is_four_spans_whichever_way_they_go() {
    for (protocol, compression) in [
        (Protocol::Http, "none"),
        (Protocol::Http, "gzip"),
        (Protocol::Grpc, "none"),
        (Protocol::Grpc, "gzip"),
    ] {
        let collector = Collector::start(protocol);
        let settings =
            [("OTEL_EXPORTER_OTLP_COMPRESSION", compression), ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=7")];
        let (_telemetry, predictor) = traced(&collector, &settings);
        request(&predictor, &Origin::new(&PREDICT), &[5.1, 3.5, 1.4, 0.2], [200, 422]);
        let spans = collector.wait_for(4);
        assert_eq!(spans.len(), 4);
        check_request(&predictor, &spans);
        let headers = collector.headers().remove(0);
        assert!(headers.contains(&("x-tenant".to_owned(), "7".to_owned())), "{headers:?}");
        let resource = collector.requests()[0].resource_spans[0].resource.clone().unwrap();
        assert_eq!(text(attribute(&resource.attributes, "service.name").unwrap()), "test");
    }
}

/// Where there may be several models, the span says which it was, and by which alias it was asked.
#[test]
fn a_request_says_which_model_answered_it() {
    let collector = Collector::start(Protocol::Http);
    let (telemetry, iris) = traced(&collector, &[]);
    let (recorder, schema) = (telemetry.recorder(), iris.predictor().schema());
    let ask = |model: RecordedModel| {
        let mut request = PredictionRequest::start(&recorder, &Origin::new(&PREDICT));
        request.model(model);
        request.data_preparation(|| ());
        request.succeed(200);
    };
    let said = ["model.name", "model.version", "model.alias"];
    let called = recorder.said_model("m", "2", Some("champion"), schema);
    let mut n_before = 0;
    for (model, expected) in [
        (recorder.model("m", "2", schema), [None; 3]),
        (recorder.said_model("m", "2", None, schema), [Some("m"), Some("2"), None]),
        (called, [Some("m"), Some("2"), Some("champion")]),
    ] {
        ask(model);
        let spans = collector.wait_for(n_before + 2);
        let root = root_of(&spans[n_before..], "prediction_request");
        let found = attributes(root);
        assert_eq!(said.map(|key| found.get(key).map(String::as_str)), expected);
        n_before = spans.len();
    }
    // Metrics count both ways of asking as one model's, so that no series is there twice.
    let page = telemetry.metrics(iris_telemetry::Format::Prometheus);
    let series = || page.lines().filter_map(|line| Some(line.rsplit_once(' ')?.0));
    let unlike: std::collections::BTreeSet<&str> = series().collect();
    assert_eq!(unlike.len(), series().count(), "{page}");
}

fn check_request(predictor: &Recorded, spans: &[Span]) {
    let root = root_of(spans, "prediction_request");
    let [_, preparation, inference, formatting] = trace(spans, root)[..] else { panic!("{spans:?}") };
    assert_eq!((root.trace_id.len(), root.span_id.len(), root.parent_span_id.len()), (16, 8, 0));
    assert_eq!((root.kind(), root.flags, &*root.trace_state), (SpanKind::Server, 0x101, ""));
    assert_eq!(root.status, None);
    let mut end = root.start_time_unix_nano;
    let mut ids = vec![root.span_id.clone()];
    let names = ["data_preparation", "model_inference", "response_formatting"];
    for (child, name) in [preparation, inference, formatting].into_iter().zip(names) {
        assert_eq!((&*child.name, child.kind(), child.flags), (name, SpanKind::Internal, 0x101));
        assert_eq!(child.parent_span_id, root.span_id);
        assert!(child.start_time_unix_nano >= end && child.end_time_unix_nano >= child.start_time_unix_nano);
        end = child.end_time_unix_nano;
        ids.push(child.span_id.clone());
    }
    assert!(end <= root.end_time_unix_nano);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);

    let found = attributes(root);
    for (key, value) in [
        ("http.request.method", "POST"),
        ("url.path", "/predict"),
        ("url.scheme", "http"),
        ("http.route", "/predict"),
        ("http.response.status_code", "200"),
        ("network.protocol.version", "1.1"),
        ("request.sepal_length", "5.1"),
        ("request.sepal_width", "3.5"),
        ("request.petal_length", "1.4"),
        ("request.petal_width", "0.2"),
        ("request.status", "success"),
    ] {
        assert_eq!(found[key], value, "{key}");
    }
    assert_eq!(found.len(), 12);
    let seconds = |span: &Span, key: &str| attributes(span)[key].parse::<f64>().unwrap();
    assert_eq!(seconds(root, "request.total_time_seconds"), seconds_of(root));
    assert_eq!(seconds(preparation, "data_preparation.time_seconds"), seconds_of(preparation));
    assert_eq!(seconds(inference, "model.inference_time_seconds"), seconds_of(inference));
    let expected = predictor.predictor().predict(&[5.1, 3.5, 1.4, 0.2]).unwrap();
    assert_eq!(attributes(inference)["model.predicted_species"], "setosa");
    assert_eq!(Some(seconds(inference, "model.prediction_probability")), expected.probability());
    assert_eq!((keys(preparation).len(), keys(inference).len(), keys(formatting).len()), (1, 3, 0));
}

/// Clients share a template, also those whose names are too many to have numbers.
#[test]
fn who_asked_is_said_of_each_request() {
    let collector = Collector::start(Protocol::Http);
    let (_telemetry, predictor) = traced(&collector, &[]);
    let address = |n: usize| format!("10.0.{}.{}", n / 256, n % 256);
    let agent = |n: usize| format!("client/{}", n / 2);
    for n in 0..2_400 {
        let (address, agent) = (address(n).parse().ok(), agent(n));
        let client = Client { address, user_agent: (n % 5 > 0).then_some(agent.as_bytes()) };
        request(&predictor, &Origin::new(&PREDICT).client(client), &[5.1, 3.5, 1.4, 0.2], [200, 422]);
    }
    let spans = collector.wait_for(4 * 2_400);
    let mut roots: Vec<&Span> = spans.iter().filter(|span| span.name == "prediction_request").collect();
    // Not by their start: the clock that it is told by may be set meanwhile.
    roots.sort_by_key(|root| attributes(root)["client.address"].parse::<Ipv4Addr>().unwrap());
    for (n, root) in roots.into_iter().enumerate() {
        let found = attributes(root);
        assert_eq!(found["client.address"], address(n));
        assert_eq!(found.get("user_agent.original").cloned(), (n % 5 > 0).then(|| agent(n)));
        assert_eq!(found["request.petal_width"], "0.2");
        assert_eq!(found["request.status"], "success");
        assert_eq!(trace(&spans, root).len(), 4);
    }
}

#[test]
fn a_trace_that_began_elsewhere_goes_on_here() {
    let collector = Collector::start(Protocol::Http);
    let (_telemetry, predictor) = traced(&collector, &[]);
    let w3c =
        ContextHeaders { traceparent: Some(TRACEPARENT), tracestate: Some(b"a=1,b=2"), cloud_trace: None };
    let origin = Origin::new(&PREDICT).headers(w3c).path("/v2/models/iris/infer");
    request(&predictor, &origin, &[5.1, 3.5, 1.4, 0.2], [200, 422]);
    let cloud = ContextHeaders {
        tracestate: Some(b"not=this"),
        cloud_trace: Some(b"5bf92f3577b34da6a3ce929d0e0e4736/67667974448284343;o=1"),
        ..ContextHeaders::default()
    };
    request(&predictor, &Origin::new(&INFER).headers(cloud), &[5.1, 3.5, 1.4, 0.2], [0, 3]);
    let spans = collector.wait_for(8);
    let roots: Vec<&Span> = spans.iter().filter(|span| span.name == "prediction_request").collect();
    let [first, second] = roots[..] else { panic!("{roots:?}") };
    assert_eq!(first.trace_id[0], 0x4b);
    assert_eq!(first.parent_span_id, [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
    assert_eq!((&*first.trace_state, first.flags), ("a=1,b=2", 0x301));
    assert!(trace(&spans, first).iter().all(|span| span.trace_state == "a=1,b=2"));
    assert_eq!(attributes(first)["url.path"], "/v2/models/iris/infer");
    assert_eq!((second.trace_id[0], &*second.trace_state), (0x5b, ""));
    assert_eq!(second.parent_span_id, first.parent_span_id);
    let found = attributes(second);
    assert_eq!(found["rpc.system.name"], "grpc");
    assert_eq!(found["rpc.method"], "inference.GRPCInferenceService/ModelInfer");
    assert_eq!(found["rpc.response.status_code"], "OK");
}

#[test]
fn a_refused_request_says_why() {
    let collector = Collector::start(Protocol::Http);
    let (_telemetry, predictor) = traced(&collector, &[]);
    request(&predictor, &Origin::new(&PREDICT), &[5.1, f64::NAN, 1.4, 0.2], [200, 422]);
    request(&predictor, &Origin::new(&INFER), &[1.0], [0, 3]);
    predictor.predict(&[]).unwrap_err();
    let fault = predictor.start(&Origin::new(&PREDICT));
    fault.fail(500, ErrorClass::Internal, &"the disk is on fire");
    let spans = collector.wait_for(3 + 3 + 2 + 1);
    let roots: Vec<&Span> = spans.iter().filter(|span| span.name == "prediction_request").collect();
    let [http, grpc, call, ours] = roots[..] else { panic!("{roots:?}") };

    let found = attributes(http);
    assert_eq!((&*found["request.status"], &*found["http.response.status_code"]), ("error", "422"));
    assert!(found["request.error"].starts_with("sepal_width is NaN"));
    // What a client did wrong is no error of the server's span.
    assert_eq!((&http.status, found.get("error.type")), (&None, None));
    let names: Vec<&str> = trace(&spans, http).iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["prediction_request", "data_preparation", "model_inference"]);
    assert_eq!(keys(trace(&spans, http)[2]), ["model.inference_time_seconds"]);

    assert_eq!(attributes(grpc)["rpc.response.status_code"], "INVALID_ARGUMENT");
    assert_eq!(grpc.status, None);

    let status = call.status.as_ref().unwrap();
    assert_eq!((call.kind(), status.code), (SpanKind::Internal, 2));
    assert!(status.message.contains("4 features"), "{status:?}");
    assert_eq!(attributes(call)["error.type"], "invalid_input");

    let status = ours.status.as_ref().unwrap();
    assert_eq!((status.code, &*status.message), (2, "the disk is on fire"));
    assert_eq!(attributes(ours)["error.type"], "500");
}

#[test]
fn other_models_and_batches() {
    let collector = Collector::start(Protocol::Http);
    let (telemetry, _) = traced(&collector, &[]);
    let predictor = Recorded::new(
        crate::cases::model("logistic_regression_two_ints_double.onnx"),
        &telemetry.recorder(),
        "two",
        "9",
    );
    predictor.predict(&[5.1, 3.5, 1.4, 0.2]).unwrap();
    let mut many = predictor.start(&Origin::new(&PREDICT));
    many.data_preparation(|| ());
    many.batch_inference(3, || ());
    many.batch_classes(&[2, 1]);
    many.response_formatting(|| ());
    many.succeed(200);
    let spans = collector.wait_for(8);
    let roots: Vec<&Span> = spans.iter().filter(|span| span.name == "prediction_request").collect();
    assert_eq!(attributes(roots[0])["request.features"], "[5.1, 3.5, 1.4, 0.2]");
    assert_eq!(attributes(roots[1])["request.batch_size"], "3");
    assert_eq!(super::sample(&telemetry, r#"iris_predictions_total{model="two",version="9",class="1"}"#), 1);
}

#[test]
fn a_wide_row_is_recorded_whole() {
    let collector = Collector::start(Protocol::Http);
    let (_telemetry, predictor) = traced(&collector, &[]);
    let row: Vec<f64> = (0..300).map(f64::from).collect();
    let mut wide = predictor.start(&Origin::call());
    wide.features(&row);
    wide.succeed(0);
    let root = collector.wait_for(1).remove(0);
    // As many as a record keeps, under the names it knows.
    assert_eq!(attributes(&root)["request.petal_width"], "3.0");
}

#[test]
fn pieces_out_of_order_do_not_mix() {
    let collector = Collector::start(Protocol::Http);
    let (telemetry, predictor) = traced(&collector, &[]);
    let mut request = predictor.start(&Origin::call());
    request.batch_classes(&[1, 2]);
    request.batch_classes(&[5]);
    request.features(&[1.0; 9]);
    request.response_formatting(|| ());
    request.fail(0, ErrorClass::Internal, &"x".repeat(5_000));
    let spans = collector.wait_for(4);
    let root = root_of(&spans, "prediction_request");
    assert_eq!(attributes(root)["request.error"], "x".repeat(1_024));
    let took: Vec<_> = trace(&spans, root)[1..].iter().map(|span| seconds_of(span)).collect();
    assert_eq!(took[..2], [0.0, 0.0], "the stages left out took no time");
    assert_eq!(super::sample(&telemetry, r#"iris_errors_total{kind="internal"}"#), 1);
}

#[test]
fn loading_and_health_have_spans_of_their_own() {
    let collector = Collector::start(Protocol::Http);
    let (telemetry, predictor) = traced(&collector, &[]);
    let recorder = telemetry.recorder();
    assert!(model_loading(&recorder, || Predictor::read(&[0xFF; 9])).is_err());
    let loaded = model_loading(&recorder, || Predictor::read(Predictor::IRIS)).unwrap();
    assert_eq!(loaded.n_scores(), 3);
    for row in [&[5.1, 3.5, 1.4, 0.2][..], &[]] {
        let origin = Origin::new(&HEALTH).http_version(HttpVersion::Http10);
        let model = RecordedModel::default();
        let check = || predictor.predictor().predict_class(row);
        drop(health_check(&recorder, model, &origin, [200, 503], check));
    }
    let spans = collector.wait_for(4);
    let [bad, good, well, ill] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!((&*bad.name, &*attributes(bad)["model.status"]), ("model_loading", "error"));
    assert!(attributes(bad)["model.error"].contains("not an ONNX file"));
    assert_eq!(attributes(good)["model.status"], "loaded");
    let took = seconds_of(good);
    let said: f64 = attributes(good)["model.load_time_seconds"].parse().unwrap();
    assert!(said > 0.0 && said <= took);
    assert_eq!((&*well.name, &*attributes(well)["health.status"]), ("health_check", "healthy"));
    assert_eq!(attributes(well)["network.protocol.version"], "1.0");
    assert_eq!(attributes(ill)["health.status"], "unhealthy");
    assert_eq!(attributes(ill)["http.response.status_code"], "503");
    assert!(attributes(ill)["health.reason"].contains("4 features"));
    assert_eq!(ill.status.as_ref().unwrap().code, 2);
}

#[test]
fn a_trace_that_the_caller_does_not_record_is_counted_only() {
    let collector = Collector::start(Protocol::Http);
    let (telemetry, predictor) = traced(&collector, &[("OTEL_TRACES_SAMPLER", "parentbased_always_on")]);
    let unsampled = ContextHeaders {
        traceparent: Some(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"),
        ..ContextHeaders::default()
    };
    request(&predictor, &Origin::new(&PREDICT).headers(unsampled), &[5.1, 3.5, 1.4, 0.2], [200, 422]);
    request(&predictor, &Origin::new(&PREDICT), &[5.1, 3.5, 1.4, 0.2], [200, 422]);
    let spans = collector.wait_for(4);
    let unsampled = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes();
    assert!(spans.iter().all(|span| span.trace_id != unsampled));
    assert_eq!(telemetry.recent().len(), 1);
    let count = r#"http_server_request_duration_seconds_count{http_request_method="POST",http_route="/predict",http_response_status_code="200"}"#;
    assert_eq!(super::sample(&telemetry, count), 2);
    assert_eq!(super::sample(&telemetry, "iris_traces_recorded_total"), 1);
}

#[test]
fn the_last_traces_can_be_read() {
    let collector = Collector::start(Protocol::Http);
    let (telemetry, predictor) = traced(&collector, &[]);
    predictor.predict(&[5.1, 3.5, 1.4, 0.2]).unwrap();
    predictor.predict(&[5.1]).unwrap_err();
    let recent = telemetry.recent();
    assert_eq!(recent[1].predicted.as_deref(), Some("setosa"));
    assert_eq!(recent[1].features, [5.1, 3.5, 1.4, 0.2]);
    assert_eq!(recent[1].model, Some(("iris".to_owned(), "1".to_owned())));
    let stages: Vec<&str> = recent[1].stages.iter().map(|stage| stage.name).collect();
    assert_eq!(stages, ["data_preparation", "model_inference", "response_formatting"]);
    let text = recent[1].to_string();
    assert_eq!(text.lines().count(), 4);
    assert!(text.contains("└ response_formatting") && text.contains("setosa 0.981583"), "{text}");
    assert!(recent[0].error.as_ref().unwrap().contains("4 features"));
}
