//! Clients that are slow, rude, many, or in the middle of something.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use iris_core::Predictor;
use iris_http::{HttpService, Limits};

use crate::server::Server;

const BODY: &str = r#"{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}"#;

fn request() -> String {
    format!(
        "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{BODY}",
        BODY.len()
    )
}

/// Reads one answer; returns its status line and body.
fn read_answer(reader: &mut impl BufRead) -> (String, String) {
    let (status, _, body) = read_whole_answer(reader);
    (status, body)
}

/// The same with the headers, but for the date.
fn read_whole_answer(reader: &mut impl BufRead) -> (String, Vec<String>, String) {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let status = line();
    let mut length = 0;
    let mut headers = Vec::new();
    loop {
        let header = line();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        headers.push(if header.starts_with("date: ") { "date".to_owned() } else { header });
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    headers.sort();
    (status, headers, String::from_utf8(body).unwrap())
}

fn assert_setosa(reader: &mut impl BufRead) {
    let (status, body) = read_answer(reader);
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(body.contains("\"predicted_species\":\"setosa\""), "{body}");
}

/// Whether the other side has closed, or reset, the connection.
fn is_closed(mut stream: &TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(n) => n == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[test]
fn one_connection_serves_many_requests_also_pipelined() {
    let server = Server::iris();
    let mut stream = server.connect();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for _ in 0..3 {
        stream.write_all(request().as_bytes()).unwrap();
        assert_setosa(&mut reader);
    }
    stream.write_all(request().repeat(20).as_bytes()).unwrap();
    for _ in 0..20 {
        assert_setosa(&mut reader);
    }
}

/// A request that asks for the connection to be closed takes the router's way;
/// what it is answered must not differ.
#[test]
fn the_fast_path_and_the_router_answer_alike() {
    let server = Server::iris();
    let many = format!("[{}]", vec!["[5.1,3.5,1.4,0.2]"; 50].join(","));
    let infer = |outputs: &str| {
        let input = r#"{"name":"x","shape":[1,4],"datatype":"FP64","data":[5.1,3.5,1.4,0.2]}"#;
        format!(r#"{{"id":"7","inputs":[{input}],"outputs":{outputs}}}"#)
    };
    let infer_path = "/v2/models/iris/infer";
    for (path, body) in [
        ("/predict", BODY),
        ("/predict", ""),
        ("/predict", "[]"),
        ("/predict", "[[1,2,3]]"),
        ("/predict", "{"),
        ("/predict", "nonsense"),
        ("/predict", "{\"sepal_length\":\"x\"}"),
        ("/predict", "[[1e308,1,1e308,1]]"),
        ("/predict", &many),
        (infer_path, &infer("null")),
        (infer_path, &infer(r#"[{"name":"predict_proba"},{"name":"label"}]"#)),
        (infer_path, &infer(r#"[{"name":"predict","parameters":{"binary_data":true}}]"#)),
        (infer_path, &infer(r#"[{"name":"nope"}]"#)),
        (infer_path, "{}"),
        (infer_path, ""),
        ("/models/iris/predict", BODY),
        ("/models/iris/predict", "{"),
        ("/models/iris@/predict", BODY),
        ("/models/iris@nobody/predict", BODY),
        ("/models/rose/predict", BODY),
        ("/v2/models/rose/infer", &infer("null")),
        ("/v2/models/../infer", &infer("null")),
    ] {
        let ask = |connection: &str| {
            let mut stream = server.connect();
            let head = format!("host: iris\r\nconnection: {connection}\r\ncontent-length: {}", body.len());
            write!(stream, "POST {path} HTTP/1.1\r\n{head}\r\n\r\n{body}").unwrap();
            let (status, mut headers, body) = read_whole_answer(&mut BufReader::new(stream));
            headers.retain(|header| header != "connection: close");
            (status, headers, body)
        };
        assert_eq!(ask("keep-alive"), ask("close"), "{path} {body}");
    }
}

#[test]
fn a_connection_changes_from_common_to_unusual_requests() {
    let server = Server::iris();
    let mut stream = server.connect();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let livez = "GET /livez HTTP/1.1\r\nhost: iris\r\n\r\n";
    let bad = request().replacen("application/json", "text/plain", 1);
    for _ in 0..2 {
        // All in one packet, so that the change happens within what is read.
        stream
            .write_all([&request(), &request(), livez, &request(), &bad, &request()].concat().as_bytes())
            .unwrap();
        assert_setosa(&mut reader);
        assert_setosa(&mut reader);
        assert_eq!(read_answer(&mut reader), ("HTTP/1.1 200 OK".to_owned(), "ok\n".to_owned()));
        assert_setosa(&mut reader);
        assert_eq!(read_answer(&mut reader).0, "HTTP/1.1 415 Unsupported Media Type");
        assert_setosa(&mut reader);
    }
}

/// However a stop falls among requests already sent, each is answered, or the
/// last answer says that the connection closes.
#[test]
fn a_stop_among_a_stream_of_requests_loses_none() {
    for _ in 0..20 {
        let mut server = Server::iris();
        let mut stream = server.connect();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        stream.write_all(request().as_bytes()).unwrap();
        assert_setosa(&mut reader);
        stream.write_all(request().repeat(5).as_bytes()).unwrap();
        server.begin_stop();
        for n in 1..=5 {
            let (status, headers, _) = read_whole_answer(&mut reader);
            assert_eq!(status, "HTTP/1.1 200 OK", "answer {n}");
            if headers.iter().any(|header| header == "connection: close") {
                break;
            }
        }
        assert_eq!(server.join(), 0);
    }
}

/// A client that keeps a worker's socket full must not starve the others, nor
/// the stop.
#[test]
fn a_flood_on_one_connection_leaves_room_for_others() {
    let mut server = Server::iris();
    let flood = server.connect();
    let mut writer = flood.try_clone().unwrap();
    let reading = std::thread::spawn(move || {
        let mut flood = flood;
        let mut bytes = vec![0; 1 << 16];
        while flood.read(&mut bytes).is_ok_and(|n| n > 0) {}
    });
    // 128 bytes a request, so that a full buffer ends between two of them.
    let common = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: ";
    let body = "[[5.1,3.5,1.4,0.2]]";
    let request = format!(
        "{common}{}\r\nx: {}\r\n\r\n{body}",
        body.len(),
        "y".repeat(128 - common.len() - body.len() - 11)
    );
    assert_eq!(request.len(), 128);
    let writing = std::thread::spawn(move || {
        let requests = request.repeat(512);
        while writer.write_all(requests.as_bytes()).is_ok() {}
    });
    for _ in 0..20 {
        assert_eq!(server.predict(BODY).status, 200);
    }
    server.begin_stop();
    writing.join().unwrap();
    reading.join().unwrap();
    assert_eq!(server.join(), 0);
}

/// As Python's `http.client` sends it: the head, then the body.
#[test]
fn a_head_and_a_body_in_two_packets() {
    let server = Server::iris();
    let mut stream = server.connect();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let request = request();
    let (head, body) = request.split_at(request.find("\r\n\r\n").unwrap() + 4);
    for _ in 0..3 {
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        assert_setosa(&mut reader);
    }
}

#[test]
fn a_silent_connection_is_closed() {
    let second = Duration::from_secs(1);
    let limits = Limits { idle_timeout: second, silent_timeout: second, ..Limits::default() };
    let server = Server::start(HttpService::new("iris", "1", Predictor::iris()), limits);
    let silent = server.connect();
    let mut stream = server.connect();
    stream.write_all(request().as_bytes()).unwrap();
    assert_setosa(&mut BufReader::new(stream.try_clone().unwrap()));
    assert!(is_closed(&silent));
    assert!(is_closed(&stream));
}

/// A client that sends without end and reads nothing is not served from memory.
#[test]
fn a_client_that_does_not_read_is_waited_for_and_then_dropped() {
    let limits = Limits { answer_timeout: Duration::from_millis(100), ..Limits::default() };
    let server = Server::start(HttpService::new("iris", "1", Predictor::iris()), limits);
    let mut stream = server.connect();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    let requests = request().repeat(100);
    let refused = (0..).find_map(|_| stream.write_all(requests.as_bytes()).err()).unwrap();
    assert!([ErrorKind::ConnectionReset, ErrorKind::BrokenPipe].contains(&refused.kind()), "{refused}");
}

#[test]
fn a_request_byte_by_byte() {
    let server = Server::iris();
    let mut stream = server.connect();
    for byte in request().as_bytes() {
        stream.write_all(&[*byte]).unwrap();
    }
    assert_setosa(&mut BufReader::new(stream));
}

#[test]
fn a_chunked_body_and_expect_continue() {
    let server = Server::iris();
    let mut stream = server.connect();
    let head = "POST /predict HTTP/1.1\r\nhost: iris\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(format!("{head}{:x}\r\n{BODY}\r\n0\r\n\r\n", BODY.len()).as_bytes()).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    assert_setosa(&mut reader);
    let head = format!(
        "POST /predict HTTP/1.1\r\nhost: iris\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        BODY.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    assert_eq!(read_answer(&mut reader).0, "HTTP/1.1 100 Continue");
    stream.write_all(BODY.as_bytes()).unwrap();
    assert_setosa(&mut reader);
}

#[test]
fn a_client_that_leaves_in_the_middle_harms_nobody() {
    let server = Server::iris();
    for cut in [1, 20, 60, request().len() - 1] {
        let mut stream = server.connect();
        stream.write_all(&request().as_bytes()[..cut]).unwrap();
    }
    assert_eq!(server.predict(BODY).status, 200);
}

#[test]
fn what_is_not_http_is_refused() {
    let server = Server::iris();
    let mut stream = server.connect();
    stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request"), "{answer}");
}

#[test]
fn a_client_that_never_finishes_its_head_is_dropped() {
    let limits = Limits { head_timeout: Duration::from_millis(50), ..Limits::default() };
    let server = Server::start(HttpService::new("iris", "1", Predictor::iris()), limits);
    let mut stream = server.connect();
    stream.write_all(b"POST /predict HTTP/1.1\r\nhost:").unwrap();
    assert!(is_closed(&stream));
}

fn of_one_place() -> Server {
    let limits = Limits { max_connections: 1, ..Limits::default() };
    Server::start(HttpService::new("iris", "1", Predictor::iris()), limits)
}

#[test]
fn connections_over_the_limit_wait_for_one_that_is_busy() {
    let server = of_one_place();
    let mut first = server.connect();
    let request = request();
    let (head, tail) = request.split_at(request.len() - 1);
    first.write_all(request.as_bytes()).unwrap();
    assert_setosa(&mut BufReader::new(first.try_clone().unwrap()));
    first.write_all(head.as_bytes()).unwrap();
    let mut second = server.connect();
    second.write_all(request.as_bytes()).unwrap();
    second.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert_eq!(second.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    first.write_all(tail.as_bytes()).unwrap();
    assert_setosa(&mut BufReader::new(first.try_clone().unwrap()));
    second.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert_setosa(&mut BufReader::new(second));
    assert!(is_closed(&first), "it was idle, and there was no place for both");
}

#[test]
fn an_idle_connection_makes_room_whoever_answers_it() {
    let server = of_one_place();
    let silent = server.connect();
    let mut kept: Vec<TcpStream> = Vec::new();
    for path in ["/livez", "/openapi.json"] {
        let mut stream = server.connect();
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: iris\r\n\r\n").as_bytes()).unwrap();
        assert_eq!(read_answer(&mut BufReader::new(stream.try_clone().unwrap())).0, "HTTP/1.1 200 OK");
        kept.push(stream);
    }
    let mut last = server.connect();
    last.write_all(request().as_bytes()).unwrap();
    assert_setosa(&mut BufReader::new(last));
    assert!(is_closed(&silent) && kept.iter().all(is_closed));
}

#[test]
fn a_body_that_comes_by_drops_is_not_waited_for() {
    let service = HttpService::new("iris", "1", Predictor::iris()).with_body_timeout(Duration::from_secs(1));
    let server = Server::start(service, Limits::default());
    for length in [BODY.len(), 1 << 20] {
        let mut stream = server.connect();
        let head = format!("POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: {length}\r\n\r\n{{");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        // It may also be closed without a word.
        drop(stream.read_to_string(&mut answer));
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}

#[test]
fn a_request_in_flight_is_answered_after_the_stop() {
    let mut server = Server::iris();
    let mut busy = server.connect();
    let request = request();
    let (head, tail) = request.split_at(request.len() - 1);
    busy.write_all(head.as_bytes()).unwrap();
    let mut idle = server.connect();
    idle.write_all(request.as_bytes()).unwrap();
    assert_setosa(&mut BufReader::new(idle.try_clone().unwrap()));
    server.begin_stop();
    // The idle connection is closed as soon as the stop has been noticed.
    assert!(is_closed(&idle));
    busy.write_all(tail.as_bytes()).unwrap();
    assert_setosa(&mut BufReader::new(&busy));
    assert!(is_closed(&busy));
    assert_eq!(server.join(), 0);
}

#[test]
fn what_outlasts_the_grace_is_cut_off_and_counted() {
    let limits = Limits { drain_grace: Duration::from_millis(50), ..Limits::default() };
    let server = Server::start(HttpService::new("iris", "1", Predictor::iris()), limits);
    let mut stream = server.connect();
    let whole = server.connect();
    (&whole).write_all(request().as_bytes()).unwrap();
    assert_setosa(&mut BufReader::new(&whole));
    stream.write_all(&request().as_bytes()[..80]).unwrap();
    // The stalled request is known to be in flight once a later one is answered.
    (&whole).write_all(request().as_bytes()).unwrap();
    assert_setosa(&mut BufReader::new(&whole));
    assert_eq!(server.join(), 1);
    assert!(is_closed(&stream));
}

#[test]
fn a_hundred_clients_at_once() {
    let server = Server::iris();
    let answered: usize = std::thread::scope(|scope| {
        let client = || {
            let mut stream = server.connect();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            (0..50)
                .map(|_| {
                    stream.write_all(request().as_bytes()).unwrap();
                    assert_setosa(&mut reader);
                })
                .count()
        };
        let clients: Vec<_> = (0..100).map(|_| scope.spawn(client)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    assert_eq!(answered, 5_000);
}

/// Most clients write all of a request before they look for an answer, so a
/// refusal that leaves bytes unread would be lost in a reset.
#[test]
fn a_refusal_before_a_large_body_arrives() {
    let server = Server::iris();
    let body = vec![b' '; 3_000_000];
    let length = format!("content-length: {}\r\n\r\n", body.len());
    let chunked = "transfer-encoding: chunked\r\n\r\n";
    let chunk = [b"2dc6c0\r\n", &body[..], b"\r\n0\r\n\r\n"].concat();
    for (line, headers, body, status) in [
        ("POST /nope", &length, &body, 404),
        ("POST /livez", &length, &body, 405),
        ("PUT /predict", &length, &body, 405),
        ("POST /predict", &format!("content-type: text/plain\r\n{length}"), &body, 415),
        ("POST /predict", &format!("content-encoding: br\r\n{length}"), &body, 415),
        ("POST /predict", &length, &body, 413),
        ("POST /predict", &chunked.to_owned(), &chunk, 413),
        ("POST /v1/models/iris", &length, &body, 404),
        ("POST /v2/repository/models/iris/load", &length, &body, 501),
        ("POST /v2/models/%ff/infer", &length, &body, 400),
    ] {
        for _ in 0..3 {
            let mut stream = server.connect();
            write!(stream, "{line} HTTP/1.1\r\nhost: iris\r\n{headers}").unwrap();
            stream.write_all(body).unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (answered, _) = read_answer(&mut reader);
            assert!(answered.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answered}");
            // Nothing is left over of it.
            stream.write_all(request().as_bytes()).unwrap();
            assert_setosa(&mut reader);
        }
    }
}

/// Who asks before it sends is told no, and not to go on.
#[test]
fn a_body_that_is_refused_is_not_asked_for() {
    let server = Server::iris();
    for (headers, status) in [
        ("content-length: 1000000000", 413),
        ("content-length: 100\r\ncontent-type: text/plain", 415),
        ("transfer-encoding: chunked\r\ncontent-encoding: br", 415),
    ] {
        let mut stream = server.connect();
        let head =
            format!("POST /predict HTTP/1.1\r\nhost: iris\r\nexpect: 100-continue\r\n{headers}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let (answered, headers, _) = read_whole_answer(&mut BufReader::new(&stream));
        assert!(answered.starts_with(&format!("HTTP/1.1 {status} ")), "{answered}");
        assert!(headers.iter().any(|header| header == "connection: close"), "{headers:?}");
        assert!(is_closed(&stream));
    }
}

/// Of so long a body nothing is read.
#[test]
fn a_body_far_over_the_limit_is_refused_at_once() {
    let server = Server::iris();
    let mut stream = server.connect();
    stream.write_all(b"POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 1000000000\r\n\r\n").unwrap();
    let (answered, headers, _) = read_whole_answer(&mut BufReader::new(&stream));
    assert_eq!(answered, "HTTP/1.1 413 Payload Too Large");
    assert!(headers.iter().any(|header| header == "connection: close"), "{headers:?}");
}
