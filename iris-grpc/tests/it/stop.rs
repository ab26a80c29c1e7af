//! The stop: what is in flight is answered, and nobody holds it up for ever.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use iris_grpc::pb::inference as pb;
use iris_grpc::pb::iris::v1;
use iris_grpc::{GrpcService, Limits, serve};
use iris_telemetry::{Settings, Telemetry};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::direct::iris;
use crate::server::Server;
use crate::tensors::{INFER, STREAM_INFER, raw};

fn one_row() -> pb::ModelInferRequest {
    raw("iris", &[vec![5.1, 3.5, 1.4, 0.2]], &[])
}

#[tokio::test]
async fn idle_connections_end_at_once() {
    let server = Server::iris();
    let client = server.connect().await;
    client.call::<_, pb::ModelInferResponse>(INFER, one_row()).await.unwrap();
    let started = Instant::now();
    assert_eq!(tokio::task::spawn_blocking(|| server.join()).await.unwrap(), 0);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_connection_that_never_said_anything_ends_at_once() {
    let server = Server::iris();
    let silent = std::net::TcpStream::connect(server.address).unwrap();
    let started = Instant::now();
    assert_eq!(tokio::task::spawn_blocking(|| server.join()).await.unwrap(), 0);
    assert!(started.elapsed() < Duration::from_secs(5));
    drop(silent);
}

/// Router keep coming while the server stops; each is answered, or the client
/// hears that it never began.
#[tokio::test]
async fn no_call_is_lost_between_two_chairs() {
    let mut server = Server::iris();
    let client = server.connect().await;
    for n_calls in 0.. {
        if n_calls == 100 {
            server.begin_stop();
        }
        match client.call::<_, pb::ModelInferResponse>(INFER, one_row()).await {
            Ok(answer) => assert_eq!(answer.model_name, "iris"),
            Err(status) => {
                assert!(n_calls >= 100, "{status}");
                // The client's own words for a call that it never sent.
                assert!(matches!(status.code(), Code::Unavailable | Code::Cancelled), "{status}");
                break;
            }
        }
    }
    assert_eq!(tokio::task::spawn_blocking(|| server.join()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_stream_that_goes_on_is_served_and_a_silent_one_let_go() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let service = GrpcService::new(iris().with_recorder(&telemetry.recorder())).with_telemetry(&telemetry);
    let mut server = Server::start(service, Limits::default());
    let client = server.connect().await;
    let (sender, messages) = mpsc::channel(1);
    let answers =
        client.stream::<_, pb::ModelStreamInferResponse>(STREAM_INFER, ReceiverStream::new(messages));
    let mut answers = answers.await.unwrap();
    sender.send(one_row()).await.unwrap();
    answers.next().await.unwrap().unwrap();
    server.begin_stop();
    // The stream has begun before the stop, so what it still has to say is heard.
    for _ in 0..10 {
        sender.send(one_row()).await.unwrap();
        assert_eq!(answers.next().await.unwrap().unwrap().error_message, "");
    }
    let end = answers.next().await.unwrap().unwrap_err();
    assert_eq!((end.code(), end.message()), (Code::Unavailable, "the server is stopping"));
    // It was told to go between two requests: none of them failed.
    let traces = telemetry.recent();
    assert_eq!((traces.len(), traces.iter().filter(|trace| trace.status != 0).count()), (11, 0));
    assert_eq!(tokio::task::spawn_blocking(|| server.join()).await.unwrap(), 0);
}

/// Clients whom the kernel has accepted, though the server has not, when it stops.
#[test]
fn who_connected_just_before_the_stop_is_still_answered() {
    const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let mut stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        stream.write_all(HELLO).unwrap();
        let limits = Limits { drain_grace: Duration::from_millis(100), ..Limits::default() };
        serve(listener, GrpcService::new(iris()), limits, std::future::ready(())).await;
        // Its settings came, so the connection was served and not reset.
        let mut frame = [0; 9];
        stream.read_exact(&mut frame).unwrap();
        assert_eq!(frame[3], 4);
    });
}

#[tokio::test]
async fn after_the_grace_the_rest_is_cut_off() {
    let limits = Limits { drain_grace: Duration::from_millis(100), ..Limits::default() };
    let server = Server::start(GrpcService::new(iris()), limits);
    let client = server.connect().await;
    let (sender, messages) = mpsc::channel::<v1::PredictRequest>(1);
    let method = "iris.v1.Predictor/PredictStream";
    let answers = client.stream::<_, v1::PredictResponse>(method, ReceiverStream::new(messages));
    let mut answers = answers.await.unwrap();
    assert_eq!(tokio::task::spawn_blocking(|| server.join()).await.unwrap(), 1);
    assert!(answers.next().await.unwrap().is_err());
    drop(sender);
}
