//! What HTTP/1 is refused, whichever path the bytes take and however they are cut.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;

use iris_core::Predictor;
use iris_http::{HttpService, Limits};
use iris_telemetry::{Format, Settings, Telemetry};

use crate::server::Server;

const FLOWER: &str = "[[5.1,3.5,1.4,0.2]]";
const GOOD: &str = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 19\r\n\r\n[[5.1,3.5,1.4,0.2]]";
const LIVEZ: &str = "GET /livez HTTP/1.1\r\nhost: iris\r\n\r\n";

/// A head, and the status that it is answered by; 200 is of a whole request
/// that leaves the connection open.
fn cases() -> Vec<(String, u16)> {
    let mut cases = vec![
        (GOOD.to_owned(), 200),
        (LIVEZ.to_owned(), 200),
        ("OPTIONS * HTTP/1.1\r\nhost: iris\r\n\r\n".to_owned(), 204),
        (GOOD.replace("iris", "[::1]:80"), 200),
        ("GET http://iris/livez HTTP/1.1\r\nhost: rose\r\n\r\n".to_owned(), 200),
        ("GET * HTTP/1.1\r\nhost: iris\r\n\r\n".to_owned(), 400),
        ("CONNECT iris:80 HTTP/1.1\r\nhost: iris:80\r\n\r\n".to_owned(), 501),
        ("GET /livez HTTP/1.0\r\nhost: a b\r\n\r\n".to_owned(), 400),
        ("GET /livez HTTP/3.0\r\nhost: iris\r\n\r\n".to_owned(), 400),
        ("GET /li vez HTTP/1.1\r\nhost: iris\r\n\r\n".to_owned(), 400),
        ("GET /livez HTTP/1.1\r\nhost : iris\r\n\r\n".to_owned(), 400),
        ("G(T /livez HTTP/1.1\r\nhost: iris\r\n\r\n".to_owned(), 400),
        (format!("GET /livez HTTP/1.1\r\nhost: iris\r\n{}\r\n", "a: b\r\n".repeat(200)), 431),
    ];
    for host in
        ["", "host:\r\n", "host: a b\r\n", "host: a/b\r\n", "host: a:b\r\n", "host: iris\r\nhost: iris\r\n"]
    {
        cases.push((GOOD.replace("host: iris\r\n", host), 400));
        cases.push((LIVEZ.replace("host: iris\r\n", host), 400));
    }
    let post =
        |headers: &str, body: &str| format!("POST /predict HTTP/1.1\r\nhost: iris\r\n{headers}\r\n{body}");
    let chunks = format!("13\r\n{FLOWER}\r\n0\r\n\r\n");
    for (headers, status) in [
        ("transfer-encoding: chunked\r\n", 200),
        ("transfer-encoding: chunked, chunked\r\n", 400),
        ("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", 400),
        ("transfer-encoding: gzip, chunked\r\n", 501),
        ("transfer-encoding: chunked, gzip\r\n", 400),
        ("transfer-encoding: xchunked\r\n", 400),
        ("transfer-encoding: chunked\r\ncontent-length: 19\r\n", 400),
        ("content-length: 19\r\ntransfer-encoding: chunked\r\n", 400),
        ("content-length: 0\r\nTransfer-Encoding: chunked\r\n", 400),
    ] {
        cases.push((post(headers, &chunks), status));
    }
    for (headers, status) in [
        ("content-length: 19\r\ncontent-length: 19\r\n", 400),
        ("content-length: 19\r\ncontent-length: 18\r\n", 400),
        ("content-length: 19, 19\r\n", 400),
        ("content-length: +19\r\n", 400),
        ("content-length: 0x13\r\n", 400),
        ("content-length: 19\r\nexpect: more\r\n", 417),
        ("content-length: 19\r\nexpect: 100-continue, more\r\n", 417),
        ("content-length: 1000000000\r\nexpect: 100-continue\r\n", 413),
    ] {
        cases.push((post(headers, FLOWER), status));
    }
    cases
}

/// The next answer's status, and whether it says that the connection closes.
fn read_answer(reader: &mut impl BufRead) -> (u16, bool) {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "closed after {head:?}");
    }
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head.split_once("content-length: ").map_or("0", |(_, rest)| rest.lines().next().unwrap());
    reader.read_exact(&mut vec![0; length.parse().unwrap()]).unwrap();
    (status, head.contains("connection: close"))
}

/// Whether the other side has closed the connection, in good order.
fn is_at_end(mut stream: impl Read) -> bool {
    match stream.read(&mut [0]) {
        Ok(n) => n == 0,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => panic!("reset"),
        Err(error) => panic!("{error}"),
    }
}

/// Asks what stands before, then this, in these pieces.
fn assert_answered(server: &Server, before: &str, pieces: &[&[u8]], status: u16) {
    let name = || format!("{before:?}, then {:?}", String::from_utf8_lossy(&pieces.concat()));
    let mut stream: TcpStream = server.connect();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    stream.write_all(before.as_bytes()).unwrap();
    for piece in pieces {
        stream.write_all(piece).unwrap();
    }
    if !before.is_empty() {
        assert_eq!(read_answer(&mut reader).0, 200, "{}", name());
    }
    let (answered, closes) = read_answer(&mut reader);
    assert_eq!(answered, status, "{}", name());
    if status < 300 {
        assert!(!closes, "{}", name());
        stream.write_all(GOOD.as_bytes()).unwrap();
        assert_eq!(read_answer(&mut reader), (200, false), "{}", name());
    } else {
        assert!(closes, "{}", name());
        assert!(is_at_end(reader), "{}", name());
    }
}

#[test]
fn every_case_behind_any_other_request_and_however_it_is_cut() {
    let server = Server::iris();
    for (sent, status) in cases() {
        let sent = sent.as_bytes();
        for before in ["", GOOD, LIVEZ] {
            assert_answered(&server, before, &[sent], status);
        }
        let step = if sent.len() > 300 { 101 } else { 3 };
        for cut in (1..sent.len()).step_by(step) {
            let (first, second) = sent.split_at(cut);
            assert_answered(&server, "", &[first, second], status);
        }
    }
}

/// What is smuggled behind an ambiguous length is never answered.
#[test]
fn nothing_behind_a_refused_head_is_answered() {
    let server = Server::iris();
    for head in [
        "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n",
        "GET /livez HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = server.connect();
        stream.write_all([LIVEZ, head, LIVEZ, GOOD].concat().as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        assert_eq!(read_answer(&mut reader), (200, false));
        assert_eq!(read_answer(&mut reader), (400, true), "{head}");
        assert!(is_at_end(reader), "{head}");
    }
}

/// A client that sends far more than is read of a refused body, and only then looks.
#[test]
fn a_refusal_outlives_a_body_that_nobody_reads() {
    let server = Server::iris();
    let body = vec![b' '; 3_000_000];
    for head in [
        "POST /predict HTTP/1.1\r\ncontent-length: 3000000\r\n\r\n",
        "POST /predict HTTP/1.1\r\nhost: iris\r\nexpect: more\r\ncontent-length: 3000000\r\n\r\n",
        "POST /predict HTTP/1.1\r\nhost: iris\r\ntransfer-encoding: gzip, chunked\r\n\r\n2dc6c0\r\n",
        "POST /predict HTTP/1.1\r\nhost: iris\r\nexpect: 100-continue\r\ncontent-length: 3000000\r\n\r\n",
        "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 100000000\r\n\r\n",
        "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: x\r\n\r\n",
    ] {
        for _ in 0..10 {
            let mut stream = server.connect();
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&body).unwrap();
            let mut reader = BufReader::new(stream);
            let (status, closes) = read_answer(&mut reader);
            assert!((400..502).contains(&status) && closes, "{head}: {status}");
            assert!(is_at_end(reader), "{head}");
        }
    }
}

#[test]
fn what_is_refused_is_counted() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let service = HttpService::new("iris", "1", Predictor::iris()).with_telemetry(&telemetry);
    let server = Server::start(service, Limits::default());
    for (sent, status) in cases().into_iter().filter(|(_, status)| *status >= 400) {
        assert_answered(&server, "", &[sent.as_bytes()], status);
    }
    drop(server);
    let page = telemetry.metrics(Format::Prometheus);
    let count = |status: u16| {
        let lines = page.lines().filter(|line| {
            line.starts_with("http_server_request_duration_seconds_count")
                && line.contains(&format!("http_response_status_code=\"{status}\""))
        });
        lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<usize>().unwrap()).sum::<usize>()
    };
    for status in [400, 413, 417, 431, 501] {
        let sent = cases().iter().filter(|(_, expected)| *expected == status).count();
        assert_eq!(count(status), sent, "{status} in {page}");
    }
    assert!(
        page.contains("http_request_method=\"_OTHER\",http_route=\"\",http_response_status_code=\"400\"")
    );
}
