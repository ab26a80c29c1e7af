//! What clients make the server hold, and what it gives back.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use iris_core::Predictor;
use iris_http::{HttpService, Limits};
use iris_serving::budget::{Budget, Kind};
use iris_serving::{Catalog, Model};

use crate::server::Server;

const MIB: usize = 1 << 20;

fn with_memory(bytes: usize) -> Server {
    let model = Model::new("iris", "1", Predictor::iris());
    let catalog = Catalog::new(model).with_budget(Budget::new(bytes));
    Server::start(HttpService::serving(catalog), Limits::default())
}

fn budget(server: &Server) -> &Budget {
    server.service.catalog().budget()
}

fn rows(n: usize) -> String {
    format!("[{}]", vec!["[5.1,3.5,1.4,0.2]"; n].join(","))
}

/// A connection over which a request was sent, but for the last byte of its body.
fn but_for_the_last_byte(server: &Server, body: &str) -> TcpStream {
    let mut stream = server.connect();
    let len = body.len();
    write!(stream, "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: {len}\r\n\r\n").unwrap();
    // A server that has no room for it reads no more.
    let _ = stream.write_all(&body.as_bytes()[..len - 1]);
    stream
}

fn head(reader: &mut impl BufRead) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    head
}

/// Asks something small until a condition holds, so that the server has its turns.
fn until(server: &Server, condition: impl Fn(&Budget) -> bool) {
    for _ in 0..10_000 {
        if condition(budget(server)) {
            return;
        }
        assert_eq!(server.get("/livez").status, 200);
    }
    panic!("{:?}", budget(server).levels());
}

#[test]
fn bodies_that_do_not_end_take_no_more_than_there_is() {
    let server = with_memory(4 * MIB);
    let body = rows(60_000);
    assert!(body.len() > MIB && body.len() < 2 * MIB);
    let waiting: Vec<TcpStream> = (0..2).map(|_| but_for_the_last_byte(&server, &body)).collect();
    until(&server, |budget| budget.levels()[Kind::Bodies as usize].bytes > 2 * MIB);
    let refused = server.predict(&body);
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.body.contains("memory"), "{refused:?}");
    assert!(budget(&server).total() <= 4 * MIB);
    // Who asks for little still is answered, by the router as well.
    assert_eq!(server.predict(&rows(1_000)).json().as_array().unwrap().len(), 1_000);
    drop(waiting);
    until(&server, |budget| budget.total() == 0);
}

#[test]
fn a_refusal_says_when_to_come_again() {
    let server = with_memory(4 * MIB);
    let all = budget(&server).try_hold(Kind::Answers, 3 * MIB).unwrap();
    let body = rows(20_000);
    let mut stream = but_for_the_last_byte(&server, &body);
    stream.write_all(b"]").unwrap();
    let head = head(&mut BufReader::new(stream));
    assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("\r\nretry-after: 1\r\n"), "{head}");
    drop(all);
    assert_eq!(server.predict(&body).status, 200);
}

#[test]
fn what_would_never_fit_is_too_large() {
    let server = with_memory(MIB);
    let refused = server.predict(&rows(20_000));
    assert_eq!(refused.status, 413, "{refused:?}");
    assert!(refused.body.contains("bytes of memory"), "{refused:?}");
    let tensor = vec!["5.1,3.5,1.4,0.2"; 10_000].join(",");
    let infer = format!(
        r#"{{"inputs":[{{"name":"input-0","datatype":"FP64","shape":[10000,4],"data":[{tensor}]}}],"outputs":[{{"name":"predict_proba"}}]}}"#
    );
    let refused = server.post("/v2/models/iris/infer", infer.as_bytes());
    assert_eq!(refused.status, 413, "{refused:?}");
    assert_eq!(budget(&server).total(), 0);
}

#[test]
fn a_long_answer_is_written_while_it_is_read() {
    let server = with_memory(64 * MIB);
    let one = server.predict("[[5.1,3.5,1.4,0.2]]").body;
    let mut stream = but_for_the_last_byte(&server, &rows(60_000));
    stream.write_all(b"]").unwrap();
    let mut reader = BufReader::new(stream);
    let head = head(&mut reader);
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("transfer-encoding: chunked"), "{head}");
    // The answer is of a dozen MiB, of which the kernel has a few and nobody reads more.
    until(&server, |budget| {
        let [.., rows, answers] = budget.levels().map(|level| level.bytes);
        rows == 0 && answers > 0
    });
    let total = budget(&server).total();
    assert!((1..4 * MIB).contains(&total), "{total}");
    let text = unchunked(&mut reader);
    assert_eq!(text.len(), 60_000 * (one.len() - 1) + 1);
    let row = &one[1..one.len() - 1];
    assert_eq!(text, format!("[{}]", vec![row; 60_000].join(",")));
    until(&server, |budget| budget.total() == 0);
}

#[test]
fn a_client_that_leaves_gives_back_what_it_has_not_read() {
    let server = with_memory(64 * MIB);
    let mut stream = but_for_the_last_byte(&server, &rows(60_000));
    stream.write_all(b"]").unwrap();
    until(&server, |budget| budget.levels()[Kind::Answers as usize].bytes > 0);
    drop(stream);
    until(&server, |budget| budget.total() == 0);
}

#[test]
fn a_head_has_its_limit_and_its_memory() {
    let server = with_memory(4 * MIB);
    let long = |len: usize| {
        let mut stream = server.connect();
        write!(stream, "GET /livez HTTP/1.1\r\nhost: iris\r\nx-long: {}\r\n\r\n", "a".repeat(len)).unwrap();
        head(&mut BufReader::new(stream))
    };
    assert!(long(60_000).starts_with("HTTP/1.1 200 "));
    assert!(long(66_000).starts_with("HTTP/1.1 431 "));
    let unfinished: Vec<TcpStream> = (0..10)
        .map(|_| {
            let mut stream = server.connect();
            write!(stream, "GET /livez HTTP/1.1\r\nhost: iris\r\nx-long: {}", "a".repeat(40_000)).unwrap();
            stream
        })
        .collect();
    until(&server, |budget| budget.levels()[Kind::Heads as usize].bytes >= 300_000);
    drop(unfinished);
    until(&server, |budget| budget.total() == 0);
}

/// The text of a chunked body.
fn unchunked(reader: &mut impl BufRead) -> String {
    let mut text = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let len = usize::from_str_radix(line.trim_end(), 16).unwrap();
        let begin = text.len();
        text.resize(begin + len, 0);
        reader.read_exact(&mut text[begin..]).unwrap();
        reader.read_exact(&mut [0; 2]).unwrap();
        if len == 0 {
            return String::from_utf8(text).unwrap();
        }
    }
}
