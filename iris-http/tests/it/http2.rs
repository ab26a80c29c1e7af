//! HTTP/2 at the HTTP port, by clients that keep to it and by clients that do not.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use iris_core::Predictor;
use iris_http::{HttpService, Limits};
use iris_serving::budget::Budget;
use iris_serving::{Catalog, Model};

use crate::server::Server;

const FLOWER: &str = "[[5.1,3.5,1.4,0.2]]";
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// `GET /livez` of the host `iris`: HPACK's table has the method and the scheme.
const LIVEZ: &[u8] = b"\x82\x86\x04\x06/livez\x41\x04iris";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

async fn connect(server: &Server) -> SendRequest<Full<Bytes>> {
    let stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (client, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    client
}

fn request(method: &str, path: &str, body: &str) -> Request<Full<Bytes>> {
    let uri = format!("http://iris{path}");
    Request::builder().method(method).uri(uri).body(Full::from(body.to_owned())).unwrap()
}

async fn body(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn the_same_routes_answer() {
    let server = Server::iris();
    let mut client = connect(&server).await;
    let mut ask = async |method: &str, path: &str, body: &str| {
        client.ready().await.unwrap();
        client.send_request(request(method, path, body)).await.unwrap()
    };
    let answer = ask("POST", "/predict", FLOWER).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers().contains_key("date") && !answer.headers().contains_key("connection"));
    assert_eq!(body(answer).await, server.predict(FLOWER).body);
    for (method, path, sent, status) in [
        ("GET", "/livez", "", 200),
        ("GET", "/nope", "", 404),
        ("PUT", "/predict", FLOWER, 405),
        ("POST", "/predict", "{", 422),
        ("POST", "/predict", &" ".repeat(3_000_000), 413),
        ("GET", "/openapi.json", "", 200),
    ] {
        assert_eq!(ask(method, path, sent).await.status(), status, "{method} {path}");
    }
    // Many at once, on the one connection.
    let mut answers = tokio::task::JoinSet::new();
    for _ in 0..200 {
        client.ready().await.unwrap();
        answers.spawn(client.send_request(request("POST", "/predict", FLOWER)));
    }
    while let Some(answer) = answers.join_next().await {
        assert_eq!(answer.unwrap().unwrap().status(), 200);
    }
    assert_eq!(stop(server).await, 0);
}

#[tokio::test]
async fn all_streams_of_a_connection_hold_a_quarter_of_the_memory() {
    let model = Model::new("iris", "1", Predictor::iris());
    let catalog = Catalog::new(model).with_budget(Budget::new(12 << 20));
    let server = Server::start(HttpService::serving(catalog), Limits::default());
    let flowers = format!("[{}]", vec!["[5.1,3.5,1.4,0.2]"; 60_000].join(","));
    assert!(flowers.len() > 1 << 20);
    // Over a connection of its own a request may have more than over one with others beside it.
    assert_eq!(server.predict(&flowers).status, 200);
    let mut client = connect(&server).await;
    client.ready().await.unwrap();
    let refused = client.send_request(request("POST", "/predict", &flowers)).await.unwrap();
    assert_eq!(refused.status(), 413);
    client.ready().await.unwrap();
    assert_eq!(client.send_request(request("POST", "/predict", FLOWER)).await.unwrap().status(), 200);
    assert_eq!(server.service.catalog().budget().total(), 0);
    assert_eq!(stop(server).await, 0);
}

/// Waits for the end on another thread, so that the client goes on and hears of it.
async fn stop(server: Server) -> usize {
    tokio::task::spawn_blocking(|| server.join()).await.unwrap()
}

#[tokio::test]
async fn a_stop_lets_what_was_asked_be_answered() {
    let mut server = Server::iris();
    let mut client = connect(&server).await;
    client.ready().await.unwrap();
    let answer = client.send_request(request("GET", "/livez", "")).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(body(answer).await, "ok\n");
    server.begin_stop();
    assert_eq!(stop(server).await, 0);
    assert!(
        client.ready().await.is_err() || client.send_request(request("GET", "/livez", "")).await.is_err()
    );
}

/// A connection with the preface and settings sent, in pieces of this size.
fn raw(server: &Server, piece: usize) -> TcpStream {
    let mut stream = server.connect();
    stream.set_nodelay(true).unwrap();
    for piece in [PREFACE, &frame(SETTINGS, 0, 0, b"")].concat().chunks(piece) {
        stream.write_all(piece).unwrap();
    }
    stream
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&len[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The next frame: its kind, its stream and what it carries.
fn read_frame(reader: &mut impl Read) -> Option<(u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    reader.read_exact(&mut head).ok()?;
    let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
    reader.read_exact(&mut payload).ok()?;
    Some((head[3], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload))
}

#[test]
fn the_preface_is_known_however_it_is_cut() {
    let server = Server::iris();
    for piece in 1..=PREFACE.len() {
        let mut stream = raw(&server, piece);
        stream.write_all(&frame(HEADERS, END_HEADERS | END_STREAM, 1, LIVEZ)).unwrap();
        let mut reader = BufReader::new(stream);
        let answered = std::iter::from_fn(|| read_frame(&mut reader)).find(|(kind, ..)| *kind == DATA);
        assert_eq!(answered.unwrap().2, b"ok\n", "{piece} bytes at a time");
    }
}

#[test]
fn what_only_begins_as_the_preface_is_http_1_or_nothing() {
    let server = Server::iris();
    for sent in
        ["PR\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nNO\r\n\r\n", "PUT /livez HTTP/1.1\r\nhost: iris\r\n\r\n"]
    {
        let mut stream = server.connect();
        stream.write_all(sent.as_bytes()).unwrap();
        let mut answer = [0; 10];
        stream.read_exact(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1."), "{sent:?}");
    }
    let limits = Limits { idle_timeout: Duration::from_millis(100), ..Limits::default() };
    let server = Server::start(HttpService::new("iris", "1", Predictor::iris()), limits);
    let mut stream = server.connect();
    stream.write_all(&PREFACE[..9]).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0, "it is left after a while");
}

#[test]
fn a_stop_is_told_to_who_is_connected() {
    let mut server = Server::iris();
    let mut stream = raw(&server, 100);
    stream.write_all(&frame(HEADERS, END_HEADERS | END_STREAM, 1, LIVEZ)).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    std::iter::from_fn(|| read_frame(&mut reader)).find(|(kind, ..)| *kind == DATA).unwrap();
    server.begin_stop();
    let mut n_goaways = 0;
    while let Some((kind, _, payload)) = read_frame(&mut reader) {
        n_goaways += u32::from(kind == GOAWAY);
        if kind == PING {
            stream.write_all(&frame(PING, 1, 0, &payload)).unwrap();
        }
    }
    assert_eq!(n_goaways, 2);
    assert_eq!(server.join(), 0);
}

/// Neither pings nor settings are anything asked.
#[test]
fn a_connection_that_asks_nothing_is_left() {
    let soon = Duration::from_millis(100);
    let limits = Limits { idle_timeout: soon, silent_timeout: soon, ..Limits::default() };
    let server = Server::start(HttpService::new("iris", "1", Predictor::iris()), limits);
    let mut stream = raw(&server, 100);
    let began = Instant::now();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some((kind, ..)) = read_frame(&mut reader) {
        let _ = stream.write_all(&frame(PING, u8::from(kind == PING), 0, &[0; 8]));
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

/// What a hostile client repeats, by the number of its turn.
type Flood = fn(u32) -> Vec<u8>;

fn odd(n: u32) -> u32 {
    2 * n + 1
}

/// Floods that end with the connection, and with its reason.
const ENDING: [(&str, Flood); 6] = [
    ("rapid reset", |n| {
        [frame(HEADERS, END_HEADERS | END_STREAM, odd(n), LIVEZ), frame(RST_STREAM, 0, odd(n), &[0, 0, 0, 8])]
            .concat()
    }),
    ("streams made to be reset", |n| {
        [frame(HEADERS, END_HEADERS, odd(n), LIVEZ), frame(WINDOW_UPDATE, 0, odd(n), &[0; 4])].concat()
    }),
    ("headers without end", |n| match n {
        0 => frame(HEADERS, 0, 1, LIVEZ),
        _ => frame(CONTINUATION, 0, 1, &[b"\x00\x01x", &[0x7f, 0x80, 0x10][..], &vec![b'y'; 2_175]].concat()),
    }),
    ("empty continuations", |n| frame(if n == 0 { HEADERS } else { CONTINUATION }, 0, 1, b"")),
    ("a table that is too large", |_| frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x3f\xff\xff\xff\x7f")),
    ("a window that overflows", |_| frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff])),
];

/// Those that are answered, or cost nothing to be passed over.
const BORNE: [(&str, Flood); 4] = [
    ("pings", |_| frame(PING, 0, 0, &[7; 8])),
    ("settings", |_| frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0xff, 0xff])),
    ("empty data", |n| match n {
        0 => frame(HEADERS, END_HEADERS, 1, b"\x83\x86\x04\x08/predict\x41\x04iris"),
        _ => frame(DATA, 0, 1, b""),
    }),
    ("closed windows", |n| {
        let settings = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
        [
            settings,
            frame(HEADERS, END_HEADERS | END_STREAM, odd(n), b"\x82\x86\x04\x0d/openapi.json\x41\x04iris"),
        ]
        .concat()
    }),
];

/// Sends it again and again while others are served; whether the connection
/// ended, and with which error, if it was told.
fn flood(server: &Server, flood: Flood, times: u32) -> (bool, Option<u32>) {
    let mut stream = raw(server, 100);
    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let reading = std::thread::spawn(move || {
        let mut reason = None;
        while let Some((kind, _, payload)) = read_frame(&mut reader) {
            if kind == GOAWAY {
                reason = Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
            }
        }
        reason
    });
    let ended = (0..times).any(|n| stream.write_all(&flood(n)).is_err());
    assert_eq!(server.predict(FLOWER).status, 200);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    (ended, reading.join().unwrap())
}

#[test]
fn floods_end_their_connection_and_nobody_elses() {
    let server = Server::iris();
    for (name, repeat) in ENDING {
        let (_, reason) = flood(&server, repeat, 20_000);
        assert!(reason.is_some_and(|code| code != 0), "{name}: {reason:?}");
    }
}

#[test]
fn floods_that_are_borne_cost_nobody_else_anything() {
    let server = Server::iris();
    for (name, repeat) in BORNE {
        let (_, reason) = flood(&server, repeat, 20_000);
        // NO_ERROR, or ENHANCE_YOUR_CALM: in any case it came to an end in order.
        assert!(reason.is_none_or(|code| [0, 11].contains(&code)), "{name}: {reason:?}");
    }
}
