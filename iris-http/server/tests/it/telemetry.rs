//! What a server's process records, prints and sends before it ends.

#[path = "../../../../iris-core/telemetry/tests/it/telemetry/collector.rs"]
#[allow(dead_code, reason = "shared with the tests of iris-telemetry, which use more of it")]
mod collector;

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;

use collector::{Collector, Protocol};

use crate::process::{Process, command, read_status};

const BODY: &[u8] = br#"{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}"#;

#[test]
fn a_stop_under_load_sends_the_trace_of_every_answer() {
    for protocol in [Protocol::Http, Protocol::Grpc] {
        let collector = Collector::start(protocol);
        let mut server = command(&["--http", "127.0.0.1:0", "--threads", "2"]);
        server.envs(collector.variables());
        let process = Process::start(server);
        let clients: Vec<_> = (0..8).map(|_| clamour(process.address.clone())).collect();
        // Model loading is one span, every request four.
        collector.wait_for(1 + 4 * 200);
        process.signal("TERM");
        let answered: usize = clients.into_iter().map(|client| client.join().unwrap()).sum();
        let (status, log) = process.wait();
        assert!(status.success(), "{log}");
        let spans = collector.spans();
        let requests = spans.iter().filter(|span| span.name == "prediction_request").count();
        assert_eq!((requests, spans.len()), (answered, 1 + 4 * answered), "{log}");
    }
}

/// A client that asks until the connection ends; returns how many answers it had.
fn clamour(address: String) -> std::thread::JoinHandle<usize> {
    std::thread::spawn(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let head = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length";
        let request = format!("{head}: {}\r\n\r\n{}", BODY.len(), std::str::from_utf8(BODY).unwrap());
        let (mut answers, mut buffer) = (0, [0; 4_096]);
        loop {
            if stream.write_all(request.as_bytes()).is_err() {
                return answers;
            }
            // An answer is one write of the server's, and smaller than the buffer.
            match stream.read(&mut buffer) {
                Ok(n) if n > 0 => answers += 1,
                _ => return answers,
            }
        }
    })
}

#[test]
fn the_console_and_the_access_log() {
    let mut server = command(&["--http", "127.0.0.1:0", "--access-log", "--log-format", "gcp"]);
    server.envs([("OTEL_TRACES_EXPORTER", "console"), ("GOOGLE_CLOUD_PROJECT", "garden")]);
    let process = Process::start_after(server, "model_loading");
    let request = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 17\r\n\r\n[5.1,3.5,1.4,0.2]";
    assert_eq!(read_status(process.send(request)), "HTTP/1.1 422 Unprocessable Entity");
    process.signal("TERM");
    let (printed, log) = process.wait_for_output();
    assert!(printed.contains("prediction_request") && printed.contains("POST /predict 422"), "{printed}");
    assert!(printed.contains("└ data_preparation"), "{printed}");
    let lines =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    let lines: Vec<serde_json::Value> = lines.collect();
    let request = lines.iter().find(|line| line["message"] == "request").unwrap();
    assert_eq!(request["httpRequest"]["status"], 422);
    assert_eq!(request["httpRequest"]["requestUrl"], "/predict");
    let trace = request["logging.googleapis.com/trace"].as_str().unwrap();
    let id = trace.strip_prefix("projects/garden/traces/").unwrap();
    assert!(printed.contains(id), "{id} in {printed}");
}

#[test]
fn a_reader_that_stops_reading_does_not_hold_up_the_stop() {
    let mut server = command(&["--http", "127.0.0.1:0", "--drain-grace", "100ms"]);
    server.env("OTEL_TRACES_EXPORTER", "console");
    let process = Process::start_after(server, "model_loading");
    // Far more than a pipe holds is printed, and nobody reads it.
    let request = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 2\r\n\r\n{}";
    let mut stream = process.send("");
    let mut answer = [0; 4_096];
    for _ in 0..2_000 {
        stream.write_all(request.as_bytes()).unwrap();
        assert!(stream.read(&mut answer).unwrap() > 0);
    }
    assert_eq!(read_status(process.send("GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n")), "HTTP/1.1 200 OK");
    process.signal("TERM");
    assert!(process.wait_without_reading().success());
}

#[test]
fn an_unsampled_failure_and_the_access_log_are_still_written() {
    let mut server = command(&["--http", "127.0.0.1:0", "--access-log", "--log-format", "gcp"]);
    server.env("OTEL_TRACES_SAMPLER", "always_off");
    let process = Process::start(server);
    let request = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(read_status(process.send(request)), "HTTP/1.1 422 Unprocessable Entity");
    process.signal("TERM");
    let (_, log) = process.wait();
    let line = log.lines().find(|line| line.contains("httpRequest")).unwrap_or_else(|| panic!("{log}"));
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["logging.googleapis.com/trace_sampled"], false);
    assert_eq!(line["httpRequest"]["requestMethod"], "POST");
}

#[test]
fn the_log_says_why_a_request_without_spans_failed() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("gone");
    fs::create_dir_all(&folder).unwrap();
    let models = folder.to_str().unwrap();
    let server = command(&["--http", "127.0.0.1:0", "--models", models, "--allow-loading"]);
    let mut process = Process::start(server);
    fs::remove_dir(&folder).unwrap();
    let request = "POST /v2/repository/models/a/load HTTP/1.1\r\nhost: iris\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(read_status(process.send(request)), "HTTP/1.1 503 Service Unavailable");
    process.await_in_log("request failed: the folder ");
}

#[test]
fn a_variable_that_cannot_be_honoured_stops_the_start() {
    let mut server = command(&["--http", "127.0.0.1:0"]);
    server.env("OTEL_TRACES_SAMPLER", "sometimes");
    let output = server.output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(log.contains("OTEL_TRACES_SAMPLER is \"sometimes\""), "{log}");
}

#[test]
fn switched_off_nothing_is_recorded() {
    let mut server = command(&["--http", "127.0.0.1:0"]);
    server.envs([("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "console")]);
    let process = Process::start(server);
    let metrics = process.send("GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(read_status(metrics), "HTTP/1.1 404 Not Found");
    process.signal("TERM");
    assert!(process.wait().1.contains("nothing is recorded"));
}
