//! Events in every mode, and the statuses by which brokers decide what to do next.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use iris_core::Predictor;
use iris_http::{HttpService, Limits};
use iris_telemetry::{Settings, Telemetry};
use serde_json::{Value, json};
use ureq::http::{HeaderMap, Response};

use crate::server::Server;

const FLOWER: &str = r#"{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}"#;
const JSON: (&str, &str) = ("content-type", "application/json");
const STRUCTURED: (&str, &str) = ("content-type", "application/cloudevents+json");
const BATCH: (&str, &str) = ("content-type", "application/cloudevents-batch+json");
const EVENT: [(&str, &str); 4] =
    [("ce-specversion", "1.0"), ("ce-id", "7"), ("ce-source", "/garden"), ("ce-type", "flower.measured")];

fn event(id: &str, data: &Value) -> Value {
    json!({ "specversion": "1.0", "id": id, "source": "/garden", "type": "flower.measured", "data": data })
}

fn flower() -> Value {
    serde_json::from_str(FLOWER).unwrap()
}

fn post(server: &Server, headers: &[(&str, &str)], body: &str) -> (u16, HeaderMap, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.post(format!("http://{}/events", server.address));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response: Response<ureq::Body> = request.send(body).unwrap();
    let (parts, mut body) = response.into_parts();
    let body = body.read_to_string().unwrap();
    (parts.status.as_u16(), parts.headers, serde_json::from_str(&body).unwrap())
}

fn predicted(server: &Server, body: &str) -> Value {
    server.predict(body).json()
}

#[test]
fn a_binary_event_is_answered_by_one() {
    let server = Server::iris();
    let headers = [&EVENT[..], &[JSON, ("ce-subject", "bed 3")]].concat();
    let (status, headers, body) = post(&server, &headers, FLOWER);
    assert_eq!((status, &body), (200, &predicted(&server, FLOWER)));
    for (name, value) in [
        ("ce-specversion", "1.0"),
        ("ce-id", "7-prediction"),
        ("ce-source", "/models/iris/versions/1"),
        ("ce-type", "iris.prediction"),
        ("ce-subject", "bed 3"),
        ("ce-causationid", "7"),
        ("ce-causationsource", "/garden"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(headers[name], value);
    }
}

#[test]
fn a_structured_event_is_answered_by_one() {
    let server = Server::iris();
    let rows = json!([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]]);
    let expected = predicted(&server, &rows.to_string());
    let mut with_bytes = event("a b", &Value::Null);
    with_bytes.as_object_mut().unwrap().remove("data");
    with_bytes["data_base64"] = BASE64_STANDARD.encode(rows.to_string()).into();
    for event in [event("a b", &rows), with_bytes] {
        let (status, headers, body) = post(&server, &[STRUCTURED], &event.to_string());
        assert_eq!((status, &headers["content-type"]), (200, &STRUCTURED.1.parse().unwrap()));
        assert_eq!((&body["data"], &body["id"]), (&expected, &json!("a b-prediction")));
        assert_eq!((&body["type"], &body["causationid"]), (&json!("iris.prediction"), &json!("a b")));
    }
}

#[test]
fn of_a_thousand_events_one_that_is_bad_spoils_no_other() {
    let server = Server::iris();
    let mut events: Vec<_> = (0..1000).map(|index| event(&index.to_string(), &flower())).collect();
    events[500]["data"] = json!({ "sepal_length": "long" });
    events[501].as_object_mut().unwrap().remove("type");
    events[502]["data"] = json!([[1e308, 1e308, 1e308, 1e308]]);
    let (status, headers, answers) = post(&server, &[BATCH], &Value::from(events).to_string());
    assert_eq!((status, &headers["content-type"]), (200, &BATCH.1.parse().unwrap()));
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 1000);
    let expected = predicted(&server, FLOWER);
    for (index, answer) in answers.iter().enumerate() {
        match index {
            500 | 502 => {
                assert_eq!(answer["type"], "iris.prediction.refused");
                assert_eq!(
                    (&answer["causationid"], &answer["data"]["status"]),
                    (&json!(index.to_string()), &json!(422))
                );
            }
            501 => assert_eq!(
                (&answer["type"], &answer["data"]["status"]),
                (&json!("iris.prediction.refused"), &json!(400))
            ),
            _ => {
                assert_eq!((&answer["type"], &answer["data"]), (&json!("iris.prediction"), &expected));
                assert_eq!(answer["id"], format!("{index}-prediction"));
            }
        }
    }
}

#[test]
fn a_message_that_pubsub_pushes_is_answered() {
    let server = Server::iris();
    let message = json!({ "data": BASE64_STANDARD.encode(FLOWER), "attributes": {}, "messageId": "136", "message_id": "136" });
    let pushed = json!({ "message": message, "subscription": "projects/p/subscriptions/s" }).to_string();
    let (status, _, body) = post(&server, &[JSON], &pushed);
    assert_eq!((status, &body["data"]), (200, &predicted(&server, FLOWER)));
    assert_eq!(body["id"], "136-prediction");
    assert_eq!(body["causationsource"], "//pubsub.googleapis.com/projects/p/subscriptions/s");
    // What Eventarc makes of it.
    let mut headers = [&EVENT[..], &[JSON]].concat();
    headers[3] = ("ce-type", "google.cloud.pubsub.topic.v1.messagePublished");
    let (status, headers, body) = post(&server, &headers, &pushed);
    assert_eq!((status, &body), (200, &predicted(&server, FLOWER)));
    assert_eq!(headers["ce-id"], "7-prediction");
}

#[test]
fn what_can_never_be_answered_is_told_apart_by_its_status() {
    let server = Server::iris();
    let without = |name: &str| {
        EVENT.iter().filter(|(found, _)| *found != name).copied().chain([JSON]).collect::<Vec<_>>()
    };
    let with = |more: &[(&'static str, &'static str)]| [&EVENT[..], more].concat();
    let no_data = json!({ "specversion": "1.0", "id": "1", "source": "/", "type": "t" }).to_string();
    let text = json!({ "specversion": "1.0", "id": "1", "source": "/", "type": "t", "datacontenttype": "text/plain", "data": "a" });
    for (headers, body, status, said) in [
        (without("ce-type"), FLOWER, 400, "the event has no type"),
        (without("ce-id"), FLOWER, 400, "the event has no id"),
        (without("ce-source"), FLOWER, 400, "the event has no source"),
        (without("ce-specversion"), FLOWER, 400, "neither an event"),
        (with(&[JSON]), "{", 422, "JSON decode error"),
        (with(&[JSON]), "", 422, "body"),
        (with(&[("content-type", "text/plain")]), FLOWER, 415, "text/plain"),
        (vec![STRUCTURED], "{}", 400, "no specversion"),
        (vec![STRUCTURED], "[", 400, "no event"),
        (vec![STRUCTURED], r#"{"specversion":"0.3"}"#, 400, "version \"0.3\""),
        (vec![STRUCTURED], &no_data, 400, "no data"),
        (vec![STRUCTURED], &text.to_string(), 415, "text/plain"),
        (vec![BATCH], "{}", 400, "no batch"),
        (vec![BATCH], "[]", 400, "no events"),
        (vec![BATCH], "[{}]", 400, "no specversion"),
        (vec![JSON], r#"{"message":{"data":"?","messageId":"1"}}"#, 400, "base64"),
        (vec![JSON], r#"{"message":{"messageId":"1"}}"#, 400, "no data"),
        (vec![JSON], r#"{"message":{"data":""}}"#, 400, "messageId"),
    ] {
        let (found, _, answer) = post(&server, &headers, body);
        assert_eq!(found, status, "{headers:?} {body}: {answer}");
        assert!(answer.to_string().replace('\\', "").contains(said), "{answer}");
    }
}

#[test]
fn an_event_belongs_to_its_publishers_trace() {
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let service = HttpService::new("iris", "1", Predictor::iris()).with_telemetry(&telemetry);
    let server = Server::start(service, Limits::default());
    let mut structured = event("1", &flower());
    structured["traceparent"] = PARENT.into();
    let attributes = json!({ "googclient_traceparent": PARENT });
    let message =
        json!({ "data": BASE64_STANDARD.encode(FLOWER), "messageId": "1", "attributes": attributes });
    let pushed = json!({ "message": message, "subscription": "s" }).to_string();
    let binary = [&EVENT[..], &[JSON, ("ce-traceparent", PARENT)]].concat();
    for (headers, body) in
        [(vec![STRUCTURED], &*structured.to_string()), (vec![JSON], &*pushed), (binary, FLOWER)]
    {
        assert_eq!(post(&server, &headers, body).0, 200);
        let trace = telemetry.recent().remove(0);
        assert_eq!(trace.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(trace.endpoint.route(), "/events");
    }
}
