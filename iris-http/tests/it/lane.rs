//! Dear requests: beside the cheap ones, refused where they would wait, answered alike.

use std::io::{BufRead, BufReader, Write};
use std::num::NonZeroUsize;
use std::time::Duration;

use iris_core::Predictor;
use iris_http::{HttpService, Limits};
use iris_serving::{Catalog, Form, Lane, Model};
use iris_telemetry::{Settings, Telemetry};

use crate::full_lane::Full;
use crate::server::Server;

const ROW: &str = "[5.1,3.5,1.4,0.2]";

fn serving(lane: &Lane) -> HttpService {
    let model = Model::new("iris", "1", Predictor::iris());
    HttpService::serving(Catalog::new(model).with_lane(lane.clone()))
}

fn free_lane() -> Lane {
    Lane::start(NonZeroUsize::MIN, Lane::DEFAULT_MAX_WAIT).unwrap()
}

fn rows(n: usize) -> String {
    format!("[{}]", vec![ROW; n].join(","))
}

fn head(path: &str, headers: &str, n_bytes: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: a\r\n{headers}content-length: {n_bytes}\r\n\r\n")
}

/// Reads one answer: its head and its body.
fn read_answer(reader: &mut impl BufRead) -> (String, String) {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "the server left after {head:?}");
    }
    let mut body = Vec::new();
    if let Some((_, length)) = head.split_once("content-length: ") {
        body.resize(length.lines().next().unwrap().parse().unwrap(), 0);
        reader.read_exact(&mut body).unwrap();
    } else {
        // A long answer comes in chunks.
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let mut chunk = vec![0; usize::from_str_radix(line.trim_end(), 16).unwrap() + 2];
            reader.read_exact(&mut chunk).unwrap();
            chunk.truncate(chunk.len() - 2);
            if chunk.is_empty() {
                break;
            }
            body.extend(chunk);
        }
    }
    (head, String::from_utf8(body).unwrap())
}

#[test]
fn a_dear_request_is_refused_before_its_body_is_there_and_the_connection_goes_on() {
    let full = Full::refusing();
    let server = Server::start(serving(&full.lane), Limits::default());
    let mut stream = server.connect();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let body = rows(50_000);
    for (path, error) in [("/predict", "detail"), ("/v2/models/iris/infer", "error")] {
        stream.write_all(head(path, "", body.len()).as_bytes()).unwrap();
        let (head, text) = read_answer(&mut reader);
        assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{head}");
        assert!(head.contains("\r\nretry-after: 1\r\n"), "{head}");
        assert!(text.starts_with(&format!(r#"{{"{error}":"overloaded: "#)), "{text}");
        stream.write_all(body.as_bytes()).unwrap();
        let one = rows(1);
        stream.write_all((self::head("/predict", "", one.len()) + &one).as_bytes()).unwrap();
        let (head, text) = read_answer(&mut reader);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && text.contains("setosa"), "{head}{text}");
    }
}

#[test]
fn the_router_refuses_it_as_well_in_the_form_that_is_asked_for() {
    let full = Full::refusing();
    let server = Server::start(serving(&full.lane), Limits::default());
    let body = rows(10_000);
    for (path, headers, expected) in [
        ("/predict", &[("accept", "application/problem+json")][..], r#""status":503"#),
        ("/v1/models/iris:predict", &[], r#"{"error":"overloaded: "#),
        ("/v2/models/iris/versions/1/infer", &[], r#"{"error":"overloaded: "#),
        ("/invocations", &[], r#"{"detail":"overloaded: "#),
        ("/invocations", &[("content-type", "text/csv")], r#"{"detail":"overloaded: "#),
    ] {
        let answer = server.post_with(path, headers, body.as_bytes());
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.body.contains(expected), "{path}: {}", answer.body);
    }
    for path in ["/livez", "/readyz", "/openapi.json", "/v2"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
}

#[test]
fn cheap_requests_pass_those_that_wait() {
    let full = Full::with_max_wait(Duration::from_secs(3_600));
    let server = Server::start(serving(&full.lane), Limits::default());
    let mut dear = Vec::new();
    for headers in ["", "accept: application/problem+json\r\n"] {
        let body = rows(10_000);
        let mut stream = server.connect();
        stream.write_all((head("/predict", headers, body.len()) + &body).as_bytes()).unwrap();
        dear.push(stream);
    }
    let cheap = rows(1);
    for _ in 0..100 {
        // On a busy machine one may take as long as a dear one does.
        for _ in 0..20 {
            full.lane.learn(Form::Text, cheap.len(), Duration::from_micros(9));
        }
        assert_eq!(server.predict(&cheap).status, 200);
    }
    drop(full);
    for stream in dear {
        let (head, body) = read_answer(&mut BufReader::new(stream));
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(body.matches(r#""predicted_species":"setosa""#).count(), 10_000);
    }
}

#[test]
fn the_lane_answers_what_the_worker_would() {
    let (with, without) = (free_lane(), HttpService::new("iris", "1", Predictor::iris()));
    let (with, without) =
        (Server::start(serving(&with), Limits::default()), Server::start(without, Limits::default()));
    let array = rows(5_000);
    let data = vec!["5.1,3.5,1.4,0.2"; 5_000].join(",");
    let tensors =
        format!(r#"{{"inputs":[{{"name":"x","shape":[5000,4],"datatype":"FP64","data":[{data}]}}]}}"#);
    let instances = format!(r#"{{"instances":{array}}}"#);
    let csv = vec!["5.1,3.5,1.4,0.2\n"; 5_000].concat();
    let bad = array.replacen("5.1", "\"x\"", 1);
    for (path, content_type, body) in [
        ("/predict", "application/json", &array),
        ("/predict", "application/json", &bad),
        ("/v2/models/iris/infer", "application/json", &tensors),
        ("/v2/models/rose/infer", "application/json", &tensors),
        ("/v1/models/iris:predict", "application/json", &instances),
        ("/invocations", "text/csv", &csv),
    ] {
        let [one, other] = [&with, &without]
            .map(|server| server.post_with(path, &[("content-type", content_type)], body.as_bytes()));
        assert_eq!((one.status, one.body), (other.status, other.body), "{path}");
    }
}

#[test]
fn what_is_refused_is_counted_and_traced_as_such() {
    let full = Full::refusing();
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let server = Server::start(serving(&full.lane).with_telemetry(&telemetry), Limits::default());
    let body = rows(10_000);
    for headers in [&[][..], &[("accept", "application/problem+json")]] {
        assert_eq!(server.post_with("/predict", headers, body.as_bytes()).status, 503);
        let trace = telemetry.recent().remove(0);
        assert_eq!((trace.endpoint.to_string().as_str(), trace.status), ("POST /predict", 503));
        assert!(trace.error.unwrap().starts_with("overloaded: "), "the reason is told");
    }
    let metrics = server.get("/metrics").body;
    let counted = metrics.lines().find(|line| line.contains("overloaded") && line.ends_with(" 2"));
    assert!(counted.is_some(), "{metrics}");
}

#[test]
fn a_slow_model_is_found_out_and_leaves_the_fast_path() {
    let lane = free_lane();
    let server = Server::start(serving(&lane), Limits::default());
    assert!(!lane.is_dear(Form::Text, rows(1).len()));
    for _ in 0..100 {
        lane.learn(Form::Text, rows(1).len(), Duration::from_millis(2));
    }
    assert!(lane.is_dear(Form::Text, rows(1).len()));
    assert_eq!(server.predict(&rows(1)).status, 200, "it is answered in the lane");
}
