//! The page of metrics.

use iris_core::{ErrorClass, Predictor};
use iris_telemetry::{Endpoint, Format, Origin, Recorded, Recorder, Settings, Telemetry};

static PAGE: Endpoint = Endpoint::http("GET", "/");
static INFER: Endpoint = Endpoint::grpc("inference.GRPCInferenceService/ModelInfer");

fn telemetry() -> (Telemetry, Recorder) {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let recorder = telemetry.recorder();
    (telemetry, recorder)
}

#[test]
fn both_formats_say_the_same_in_their_own_way() {
    let (telemetry, recorder) = telemetry();
    let predictor = Recorded::new(Predictor::iris(), &recorder, "my \"iris\"", "1");
    predictor.predict(&[5.1, 3.5, 1.4, 0.2]).unwrap();
    recorder.count(&Origin::new(&PAGE), 404, Some((ErrorClass::NotFound, &"there is none")));
    recorder.count(&Origin::new(&INFER), 3, Some((ErrorClass::InvalidInput, &"no rows")));

    let plain = telemetry.metrics(Format::Prometheus);
    for line in [
        "# TYPE iris_predictions_total counter",
        r#"iris_predictions_total{model="my \"iris\"",version="1",class="setosa"} 1"#,
        r#"iris_stage_duration_seconds_count{stage="model_inference"} 1"#,
        r#"http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/",http_response_status_code="404",le="+Inf"} 1"#,
        r#"rpc_server_call_duration_seconds_count{rpc_system_name="grpc",rpc_method="inference.GRPCInferenceService/ModelInfer",rpc_response_status_code="INVALID_ARGUMENT"} 1"#,
        r#"iris_errors_total{kind="not_found"} 1"#,
        r#"iris_errors_total{kind="invalid_input"} 1"#,
        "# TYPE iris_build_info gauge",
        "iris_traces_recorded_total 1",
    ] {
        assert!(plain.lines().any(|found| found == line), "no {line} in {plain}");
    }
    assert!(!plain.contains("trace_id") && !plain.contains("# EOF"));

    let open = telemetry.metrics(Format::OpenMetrics);
    assert!(open.ends_with("# EOF\n") && open.contains("# TYPE iris_predictions counter\n"));
    assert!(open.contains("# TYPE iris_build info\n"));
    let trace = &telemetry.recent()[0];
    let exemplar = format!(r#" # {{trace_id="{}",span_id="{}"}} "#, trace.trace_id, trace.span_id);
    assert_eq!(open.matches(&exemplar).count(), 3, "one a stage in {open}");
    assert!(process_figures(&plain) >= 6, "{plain}");
}

fn process_figures(page: &str) -> usize {
    page.lines().filter(|line| line.starts_with("process_")).count()
}

#[test]
fn classes_beyond_the_limit_are_counted_together() {
    let (telemetry, recorder) = telemetry();
    let predictor = Recorded::new(Predictor::iris(), &recorder, "iris", "1");
    let mut request = predictor.start(&Origin::call());
    let mut counts = vec![1; 300];
    counts[299] = 7;
    request.batch_classes(&counts);
    request.succeed(0);
    // The model knows three labels; what is beyond has none of its own.
    let other = r#"iris_predictions_total{model="iris",version="1",class="other"}"#;
    assert_eq!(super::sample(&telemetry, other), 303);
    let setosa = r#"iris_predictions_total{model="iris",version="1",class="setosa"}"#;
    assert_eq!(super::sample(&telemetry, setosa), 1);
}

#[test]
fn a_model_loaded_again_is_counted_on() {
    let (telemetry, recorder) = telemetry();
    let other = crate::cases::model("logistic_regression_two_ints_double.onnx");
    for predictor in [Predictor::iris(), other, Predictor::iris()] {
        Recorded::new(predictor, &recorder, "m", "1").predict(&[5.1, 3.5, 1.4, 0.2]).unwrap();
    }
    let setosa = r#"iris_predictions_total{model="m",version="1",class="setosa"}"#;
    assert_eq!(super::sample(&telemetry, setosa), 2);
}

#[test]
fn requests_in_flight_are_counted_while_they_last() {
    let (telemetry, _) = telemetry();
    let (here, there) = (telemetry.in_flight(), telemetry.in_flight());
    let first = here.enter();
    let second = there.enter();
    assert_eq!(super::sample(&telemetry, "http_server_active_requests"), 2);
    drop(first);
    assert_eq!(super::sample(&telemetry, "http_server_active_requests"), 1);
    drop(second);
    assert_eq!(super::sample(&telemetry, "http_server_active_requests"), 0);
}
