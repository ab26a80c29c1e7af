//! The binary: flags, exit codes, signals.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

const REQUEST: &str = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 13\r\n\r\n[[5,3.5,1,0]]";

/// A running `iris-server`, killed when dropped.
pub(crate) struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) address: String,
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_iris-server"));
    // Each test has its own process, and they run at the same time.
    command.env_clear().env("IRIS_GRPC_ADDR", "off");
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Process {
    pub(crate) fn start(command: Command) -> Self {
        Self::start_after(command, "\0")
    }

    /// The same, passing over printed lines that begin with `other`.
    pub(crate) fn start_after(mut command: Command, other: &str) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while line.is_empty() || line.starts_with(other) {
            line.clear();
            assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "{}", stderr(&mut child));
        }
        let address = line.trim_end().strip_prefix("listening http=").map(str::to_owned);
        let address = address.unwrap_or_else(|| panic!("no address in {line:?}: {}", stderr(&mut child)));
        Self { child, stdout, address }
    }

    pub(crate) fn send(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    }

    /// The next line of what is printed.
    pub(crate) fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn await_in_log(&mut self, text: &str) {
        read_log(&mut self.child, text);
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits for the end; returns what else was printed, and the log.
    pub(crate) fn wait_for_output(mut self) -> (String, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap();
        (rest, stderr(&mut self.child))
    }

    /// Waits for the end while nobody reads what is printed.
    pub(crate) fn wait_without_reading(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "nothing but the address is printed");
        let status = self.child.wait().unwrap();
        (status, stderr(&mut self.child))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads the log as far as `text`, byte by byte to leave the rest where it is.
pub(crate) fn read_log(child: &mut Child, text: &str) -> String {
    let stderr = child.stderr.as_mut().unwrap();
    let (mut log, mut byte) = (Vec::new(), [0]);
    while !log.ends_with(text.as_bytes()) {
        let n_read = stderr.read(&mut byte).unwrap();
        assert_ne!(n_read, 0, "no {text:?} in {}", String::from_utf8_lossy(&log));
        log.push(byte[0]);
    }
    String::from_utf8(log).unwrap()
}

fn stderr(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Runs to the end; returns the exit code and standard error.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(arguments).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

pub(crate) fn read_status(stream: TcpStream) -> String {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn serves_and_stops_on_a_signal() {
    for signal in ["TERM", "INT", "QUIT"] {
        let process = Process::start(command(&["--http", "127.0.0.1:0", "--threads", "2"]));
        assert_eq!(read_status(process.send(REQUEST)), "HTTP/1.1 200 OK");
        process.signal(signal);
        let (status, log) = process.wait();
        assert!(status.success(), "{log}");
        assert!(log.contains("serving") && log.contains(signal) && log.contains("stopped"), "{log}");
    }
}

#[test]
fn other_signals_do_not_end_it() {
    let mut process = Process::start(command(&["--http", "127.0.0.1:0", "--threads", "1"]));
    for signal in ["HUP", "USR1", "USR2"] {
        process.signal(signal);
        assert_eq!(read_status(process.send(REQUEST)), "HTTP/1.1 200 OK", "{signal}");
    }
    process.await_in_log("there is nothing to reload");
    process.signal("TERM");
    let (status, log) = process.wait();
    assert!(status.success(), "{status}");
    assert!(log.contains("stopped") && !log.contains("USR"), "{log}");
}

#[test]
fn only_a_signal_to_stop_ends_the_drain_delay() {
    let mut process = Process::start(command(&["--http", "127.0.0.1:0", "--drain-delay", "1h"]));
    process.signal("TERM");
    process.await_in_log("stopping");
    process.signal("HUP");
    process.await_in_log("there is nothing to reload");
    assert_eq!(read_status(process.send(REQUEST)), "HTTP/1.1 200 OK");
    process.signal("QUIT");
    assert!(process.wait().0.success());
}

#[test]
fn grpc_is_served_beside_http() {
    let mut server = command(&["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--threads", "2"]);
    server.env_remove("IRIS_GRPC_ADDR");
    let mut process = Process::start(server);
    let mut line = String::new();
    process.stdout.read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening grpc=").unwrap_or_else(|| panic!("{line:?}"));
    // The server's first frame: settings, on stream 0.
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!((frame[3], &frame[5..]), (4, &[0; 4][..]));
    // A client that stayed would be asked to go, and waited for.
    drop(stream);
    process.signal("TERM");
    assert!(process.wait().0.success());
}

#[test]
fn finishes_what_is_in_flight() {
    let process = Process::start(command(&["--http", "127.0.0.1:0", "--threads", "1"]));
    let (head, tail) = REQUEST.split_at(REQUEST.len() - 1);
    let mut stream = process.send(head);
    // A second connection answered means that the first one has been accepted.
    assert_eq!(read_status(process.send(REQUEST)), "HTTP/1.1 200 OK");
    process.signal("TERM");
    stream.write_all(tail.as_bytes()).unwrap();
    assert_eq!(read_status(stream), "HTTP/1.1 200 OK");
    assert!(process.wait().0.success());
}

#[test]
fn refuses_readiness_during_the_drain_delay_and_a_second_signal_ends_it() {
    let arguments = ["--http", "127.0.0.1:0", "--threads", "1", "--drain-delay", "1h"];
    let process = Process::start(command(&arguments));
    let ready = "GET /readyz HTTP/1.1\r\nhost: iris\r\n\r\n";
    assert_eq!(read_status(process.send(ready)), "HTTP/1.1 200 OK");
    let kept = TcpStream::connect(&process.address).unwrap();
    process.signal("TERM");
    while read_status(process.send(ready)) == "HTTP/1.1 200 OK" {
        std::thread::yield_now();
    }
    assert_eq!(read_status(process.send(ready)), "HTTP/1.1 503 Service Unavailable");
    // Clients are answered, and asked to take their next request elsewhere; also those that were here before.
    for mut stream in [process.send(REQUEST), kept] {
        stream.write_all(REQUEST.as_bytes()).unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        assert!(answers.starts_with("HTTP/1.1 200 OK") && answers.contains("connection: close"), "{answers}");
    }
    process.signal("TERM");
    assert!(process.wait().0.success());
}

#[test]
fn health_asks_a_running_server() {
    let process = Process::start(command(&["--http", "127.0.0.1:0", "--threads", "1"]));
    let ask = |arguments: &[&str]| {
        let output = command(&[&["health"], arguments].concat()).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let (is_well, answer) = ask(&["--http", &process.address]);
    assert!(is_well && answer.contains(r#""status":"healthy""#), "{answer}");
    let (_, port) = process.address.split_once(':').unwrap();
    let by_variable = command(&["health"]).env("PORT", port).status().unwrap();
    assert!(by_variable.success());
    let address = process.address.clone();
    process.signal("TERM");
    assert!(process.wait().0.success());
    let (is_well, reason) = ask(&["--http", &address]);
    assert!(!is_well && reason.contains(&address), "{reason}");
    // A server that accepts and then says nothing is not waited for for ever.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let (is_well, reason) = ask(&["--http", &address, "--timeout", "50ms"]);
    assert!(!is_well && reason.contains("timeout"), "{reason}");
}

#[test]
fn environment_variables_say_the_same_as_flags() {
    let mut by_variable = command(&[]);
    by_variable.envs([
        ("IRIS_HTTP_ADDR", "127.0.0.1:0"),
        ("IRIS_MAX_BODY", "5B"),
        ("IRIS_LOG_FORMAT", "json"),
    ]);
    let process = Process::start(by_variable);
    assert_eq!(read_status(process.send(REQUEST)), "HTTP/1.1 413 Payload Too Large");
    process.signal("TERM");
    let (_, log) = process.wait();
    let line = log.lines().find(|line| line.contains("serving")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!((line["level"].as_str(), line["model"].as_str()), (Some("INFO"), Some("iris")));
}

#[test]
fn serves_a_model_of_ones_own_under_a_name() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../iris-core/testdata");
    let list = "[[5.1,3.5,1.4,0.2]]";
    let request = format!(
        "POST /predict HTTP/1.1\r\nhost: iris\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{list}",
        list.len()
    );
    for file in [
        "onnx/linear_discriminant_analysis_three_strings_double.onnx",
        "pickles/logisticregression_iris.joblib",
        "pickles/logisticregression_iris.p4.pkl",
        "formats/logisticregression.skops",
        "formats/held.joblib#model",
    ] {
        let model = format!("species={folder}/{file}");
        let process = Process::start(command(&["--http", "127.0.0.1:0", "--model", &model]));
        let mut answer = String::new();
        process.send(&request).read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("\"model\":\"species\",\"version\":\"1\""), "{answer}");
    }
}

#[test]
fn a_port_in_use_is_an_error_and_not_shared() {
    let first = Process::start(command(&["--http", "127.0.0.1:0"]));
    let (code, log) = run(&["--http", &first.address]);
    assert_eq!(code, Some(1));
    assert!(log.contains(&format!("cannot listen on http {}", first.address)), "{log}");
    assert!(log.contains("in use"), "{log}");
}

#[test]
fn flags_are_checked_before_anything_is_bound() {
    for (arguments, complaint) in [
        (&["--http", "nowhere"][..], "--http"),
        (&["--grpc", "nowhere"][..], "--grpc"),
        (&["--threads", "0"], "--threads"),
        (&["--drain-grace", "5 parsecs"], "--drain-grace"),
        (&["--frobnicate"], "--frobnicate"),
    ] {
        let (code, log) = run(arguments);
        assert_eq!(code, Some(2));
        assert!(log.contains(complaint), "{log}");
    }
}

#[test]
fn a_model_that_cannot_be_served_is_named_with_the_reason() {
    let (code, log) = run(&["--model", "/nonexistent/model.onnx"]);
    assert_eq!(code, Some(1));
    assert!(log.contains("/nonexistent/model.onnx: the file cannot be read"), "{log}");
    let held = concat!(env!("CARGO_MANIFEST_DIR"), "/../../iris-core/testdata/formats/held.joblib");
    let (code, log) = run(&["--model", held]);
    assert_eq!(code, Some(1));
    assert!(log.contains("'model' (sklearn.linear_model._logistic.LogisticRegression)"), "{log}");
    let (code, log) = run(&["--model", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    assert_eq!(code, Some(1));
    assert!(log.contains("Cargo.toml: the file is plain text; expected an ONNX file, a pickle"), "{log}");
}

#[test]
fn help_and_version() {
    for (flag, text) in [("--help", "IRIS_HTTP_ADDR"), ("--version", env!("CARGO_PKG_VERSION"))] {
        let output = command(&[flag]).output().unwrap();
        assert!(output.status.success());
        assert!(String::from_utf8(output.stdout).unwrap().contains(text));
    }
}
