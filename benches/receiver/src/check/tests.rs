//! One right trace, and every way found so far to break it.

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

use super::*;

fn attributes(values: Vec<(&str, Value)>) -> Vec<KeyValue> {
    let attribute = |(key, value): (&str, Value)| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    };
    values.into_iter().map(attribute).collect()
}

fn span(id: u8, name: &str, times: (u64, u64), values: Vec<(&str, Value)>) -> Span {
    Span {
        trace_id: vec![9; 16],
        span_id: vec![id; 8],
        parent_span_id: if id == 1 { vec![] } else { vec![1; 8] },
        name: name.to_owned(),
        kind: if id == 1 { SpanKind::Server } else { SpanKind::Internal }.into(),
        start_time_unix_nano: times.0,
        end_time_unix_nano: times.1,
        attributes: attributes(values),
        ..Span::default()
    }
}

fn right() -> [Span; 4] {
    let mut of_root: Vec<_> = FEATURES.map(|(key, number)| (key, Value::DoubleValue(number))).to_vec();
    of_root.push(("http.response.status_code", Value::IntValue(200)));
    of_root.push(("request.status", Value::StringValue("success".to_owned())));
    of_root.push(("request.total_time_seconds", Value::DoubleValue(0.1)));
    let of_model = vec![
        ("model.inference_time_seconds", Value::DoubleValue(0.1)),
        ("model.predicted_species", Value::StringValue("virginica".to_owned())),
        ("model.prediction_probability", Value::DoubleValue(0.9)),
    ];
    [
        span(1, ROOT, (10, 20), of_root),
        span(2, CHILDREN[0], (10, 12), vec![("data_preparation.time_seconds", Value::DoubleValue(0.1))]),
        span(3, CHILDREN[1], (12, 15), of_model),
        span(4, CHILDREN[2], (16, 20), vec![]),
    ]
}

fn checked(spans: &[Span]) -> Result<(), String> {
    let expected = Expected { species: Some("virginica".to_owned()), probability: Some(0.9) };
    check(&spans.iter().collect::<Vec<_>>(), &expected)
}

#[test]
fn a_right_trace_passes_in_any_order() {
    let mut spans = right();
    assert_eq!(checked(&spans), Ok(()));
    spans.reverse();
    assert_eq!(checked(&spans), Ok(()));
}

#[test]
fn every_deviation_is_found() {
    type Break = fn(&mut [Span; 4]);
    let breaks: [(&str, Break); 13] = [
        ("no prediction_request", |spans| spans[0].name = "request".to_owned()),
        ("the root has a parent", |spans| spans[0].parent_span_id = vec![7; 8]),
        ("the root's kind is", |spans| spans[0].kind = SpanKind::Internal.into()),
        ("request.petal_width is", |spans| {
            spans[0].attributes[3].value.clone_from(&right()[0].attributes[0].value);
        }),
        ("no http.response.status_code", |spans| spans[0].attributes[4].key = "status".to_owned()),
        ("request.status twice", |spans| spans[0].attributes[6].key = "request.status".to_owned()),
        ("is not the root's child", |spans| spans[2].parent_span_id = vec![2; 8]),
        ("two spans with one id", |spans| spans[3].span_id = vec![2; 8]),
        ("may start at 10", |spans| spans[1].start_time_unix_nano = 9),
        ("may start at 12", |spans| spans[2].start_time_unix_nano = 11),
        ("ends after the root", |spans| spans[3].end_time_unix_nano = 21),
        ("model.predicted_species is", |spans| {
            spans[2].attributes[1].value =
                Some(AnyValue { value: Some(Value::StringValue("setosa".to_owned())) });
        }),
        ("model.prediction_probability is", |spans| {
            spans[2].attributes[2].value = Some(AnyValue { value: Some(Value::DoubleValue(0.91)) });
        }),
    ];
    for (reason, deviate) in breaks {
        let mut spans = right();
        deviate(&mut spans);
        let found = checked(&spans).unwrap_err();
        assert!(found.contains(reason), "{found}, not {reason}");
    }
    assert_eq!(checked(&right()[..3]), Err("3 spans".to_owned()));
}
