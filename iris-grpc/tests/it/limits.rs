//! What clients may ask, and how they are told that it was too much.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::Bytes;
use iris_grpc::pb::inference as pb;
use iris_grpc::{GrpcService, Limits, Router};
use prost::Message;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request};

use crate::direct::{Frames, call, framed, iris, router};
use crate::server::Server;
use crate::tensors::{INFER, STREAM_INFER, raw};

fn one_row() -> Vec<u8> {
    raw("iris", &[vec![5.1, 3.5, 1.4, 0.2]], &[]).encode_to_vec()
}

fn with(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

#[tokio::test]
async fn a_message_over_the_limit_is_told_both_sizes() {
    let router = Router::new(GrpcService::new(iris()), with(|limits| limits.max_message_size = 200));
    let outcome = call(&router, INFER, &[], Frames::of(vec![framed(&[0; 201])])).await;
    outcome.refused(Code::ResourceExhausted, "found 201 bytes, the limit is: 200 bytes");
    call(&router, INFER, &[], Frames::of(vec![framed(&one_row())])).await.only::<pb::ModelInferResponse>();
    // Only the length was said; it is not waited for.
    let outcome =
        call(&router, INFER, &[], Frames::of(vec![Bytes::from_static(b"\0\xff\xff\xff\xff")])).await;
    outcome.refused(Code::ResourceExhausted, "found 4294967295 bytes");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_stalls() {
    let whole = framed(&one_row());
    for frames in [vec![], vec![whole.slice(..3)], vec![whole.slice(..20)], vec![whole]] {
        let started = tokio::time::Instant::now();
        let outcome = call(&router(), INFER, &[], Frames::of(frames.clone()).then_silence()).await;
        outcome.refused(Code::DeadlineExceeded, "not complete after 30s");
        assert_eq!(started.elapsed().as_secs(), 30);
        let body = Frames::of(frames).then_silence();
        let outcome = call(&router(), INFER, &[("grpc-timeout", "250m")], body).await;
        outcome.refused(Code::DeadlineExceeded, "the client's deadline");
        assert_eq!(started.elapsed().as_millis(), 30_250);
    }
    let outcome = call(&router(), INFER, &[("grpc-timeout", "1H")], Frames::default().then_silence()).await;
    outcome.refused(Code::DeadlineExceeded, "not complete after 30s");
}

#[tokio::test]
async fn metadata_without_end() {
    let server = Server::iris();
    let client = server.connect().await;
    let mut request = Request::new(raw("iris", &[vec![5.1, 3.5, 1.4, 0.2]], &[]));
    request.metadata_mut().insert("x-huge", "x".repeat(64 << 10).parse().unwrap());
    let refused = client.call_with::<_, pb::ModelInferResponse>(INFER, request).await.unwrap_err();
    assert_ne!(refused.code(), Code::Ok);
    // Everybody else goes on.
    let client = server.connect().await;
    let request = raw("iris", &[vec![5.1, 3.5, 1.4, 0.2]], &[]);
    client.call::<_, pb::ModelInferResponse>(INFER, request).await.unwrap();
}

/// Reads until the server closes; what was read.
fn read_to_end(mut stream: TcpStream) -> Vec<u8> {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut read = Vec::new();
    drop(stream.read_to_end(&mut read));
    read
}

#[tokio::test]
async fn whoever_does_not_speak_http2_is_not_waited_for() {
    let limits = with(|limits| limits.handshake_timeout = Duration::from_millis(50));
    let server = Server::start(GrpcService::new(iris()), limits);
    for bytes in [&b""[..], b"PRI * HTTP/2.0", b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(bytes).unwrap();
        assert_eq!(read_to_end(stream), b"");
    }
}

#[tokio::test]
async fn an_idle_connection_makes_room_for_the_next() {
    let server = Server::start(GrpcService::new(iris()), with(|limits| limits.max_connections = 1));
    let silent = TcpStream::connect(server.address).unwrap();
    let mut kept = Vec::new();
    for _ in 0..3 {
        let client = server.connect().await;
        let request = raw("iris", &[vec![5.1, 3.5, 1.4, 0.2]], &[]);
        let answer = client.call::<_, pb::ModelInferResponse>(INFER, request).await.unwrap();
        assert_eq!(answer.model_name, "iris");
        kept.push(client);
    }
    assert_eq!(read_to_end(silent), b"");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_one_with_a_call() {
    let server = Server::start(GrpcService::new(iris()), with(|limits| limits.max_connections = 1));
    let first = server.connect().await;
    let (sender, messages) = mpsc::channel(1);
    let answers =
        first.stream::<_, pb::ModelStreamInferResponse>(STREAM_INFER, ReceiverStream::new(messages));
    let mut answers = answers.await.unwrap();
    let request = raw("iris", &[vec![5.1, 3.5, 1.4, 0.2]], &[]);
    sender.send(request.clone()).await.unwrap();
    answers.next().await.unwrap().unwrap();
    let answer = async {
        let client = server.connect().await;
        client.call::<_, pb::ModelInferResponse>(INFER, request).await.unwrap()
    };
    let mut answer = std::pin::pin!(answer);
    assert!(tokio::time::timeout(Duration::from_millis(100), answer.as_mut()).await.is_err());
    drop((sender, answers));
    assert_eq!(answer.await.model_name, "iris");
}

/// A client of HTTP/2 by hand, after the preface and its settings.
fn by_hand(limits: Limits, frames: &[u8]) -> (Server, TcpStream) {
    const BEGIN: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let server = Server::start(GrpcService::new(iris()), limits);
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(&[BEGIN, frames].concat()).unwrap();
    (server, stream)
}

#[test]
fn a_client_that_only_answers_pings_is_asked_to_go_and_then_let_go() {
    const GOAWAY: u8 = 7;
    let limits = with(|limits| {
        limits.connection_idle_timeout = Duration::from_millis(100);
        limits.silent_timeout = Duration::from_millis(100);
    });
    let (_server, mut stream) = by_hand(limits, b"");
    assert!(reads_frame(&mut stream, GOAWAY));
    // It does not go by itself.
    let asked = Instant::now();
    read_to_end(stream);
    assert!(asked.elapsed() < Duration::from_secs(10), "it is not waited for");
}

/// As HTTP/2 frames it: whether a frame of this type comes before the end.
fn reads_frame(stream: &mut TcpStream, wanted: u8) -> bool {
    let mut head = [0; 9];
    while stream.read_exact(&mut head).is_ok() {
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        stream.read_exact(&mut payload).unwrap();
        if head[3] == wanted {
            return true;
        }
    }
    false
}

#[test]
fn an_old_connection_is_asked_to_go() {
    const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";
    const GOAWAY: u8 = 7;
    let limits = with(|limits| limits.max_connection_age = Some(Duration::from_millis(20)));
    let server = Server::start(GrpcService::new(iris()), limits);
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(&[b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", SETTINGS].concat()).unwrap();
    assert!(reads_frame(&mut stream, GOAWAY));
}

#[tokio::test]
async fn what_an_old_connection_has_begun_may_go_on_until_the_grace() {
    let limits = with(|limits| {
        limits.max_connection_age = Some(Duration::from_millis(20));
        limits.max_connection_age_grace = Some(Duration::from_millis(200));
    });
    let server = Server::start(GrpcService::new(iris()), limits);
    let client = server.connect().await;
    let (sender, messages) = mpsc::channel(1);
    let started = Instant::now();
    let answers =
        client.stream::<_, pb::ModelStreamInferResponse>(STREAM_INFER, ReceiverStream::new(messages));
    let mut answers = answers.await.unwrap();
    let request = raw("iris", &[vec![5.1, 3.5, 1.4, 0.2]], &[]);
    loop {
        drop(sender.send(request.clone()).await);
        match answers.next().await.unwrap() {
            Ok(answer) => assert_eq!(answer.error_message, ""),
            Err(_) => break,
        }
    }
    assert!(started.elapsed() > Duration::from_millis(200));
}

#[tokio::test]
async fn a_client_that_is_gone_without_a_word_is_noticed() {
    let limits = with(|limits| {
        limits.keepalive_interval = Some(Duration::from_millis(20));
        limits.keepalive_timeout = Duration::from_millis(50);
    });
    let server = Server::start(GrpcService::new(iris()), limits);
    // It never answers a ping.
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    assert!(!read_to_end(stream).is_empty());
}
