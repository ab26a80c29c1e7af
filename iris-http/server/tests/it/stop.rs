//! What a stop answers, what it waits for, and what it cuts off and says so.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use iris_grpc::pb::iris::v1;
use tonic::Status;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic_prost::ProstCodec;

use crate::process::{Process, command, read_status};

const REQUEST: &str = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 13\r\n\r\n[[5,3.5,1,0]]";
/// The same as it is not answered on the fast path.
const UNCOMMON: &str = "POST /predict HTTP/1.1\r\nhost: iris\r\nconnection: keep-alive, x\r\ncontent-length: 13\r\n\r\n[[5,3.5,1,0]]";
const LIVEZ: &str = "GET /livez HTTP/1.1\r\nhost: iris\r\n\r\n";

/// Far below the grace.
const SOON: Duration = Duration::from_secs(10);

/// One worker, with all the time in the world.
fn server() -> Process {
    Process::start(command(&["--http", "127.0.0.1:0", "--threads", "1", "--drain-grace", "1h"]))
}

/// Asks for the stop and waits for the end: the exit code, the log.
fn stop(server: Process) -> (Option<i32>, String) {
    let began = Instant::now();
    server.signal("TERM");
    let (status, log) = server.wait();
    assert!(began.elapsed() < SOON, "{:?}: {log}", began.elapsed());
    (status.code(), log)
}

#[expect(clippy::disallowed_methods, reason = "the time that a client takes is what is tested")]
fn pause(duration: Duration) {
    thread::sleep(duration);
}

/// So that those before it are known to have been read.
fn pass_by(server: &Process) {
    assert_eq!(read_status(server.send(REQUEST)), "HTTP/1.1 200 OK");
}

fn read_to_end(mut stream: &TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_kept_connection_is_answered_once_more_and_told_to_go() {
    for first in [REQUEST, UNCOMMON, LIVEZ] {
        let mut server = server();
        let mut kept = server.send(first);
        kept.set_read_timeout(Some(SOON)).unwrap();
        let mut answer = [0; 4_096];
        assert!(kept.read(&mut answer).unwrap() > 0);
        server.signal("TERM");
        server.await_in_log("stopping");
        // Nothing says yet that the server will not be there.
        pause(Duration::from_millis(200));
        kept.write_all(REQUEST.as_bytes()).unwrap();
        let answer = read_to_end(&kept);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
        drop(kept);
        assert!(server.wait().0.success());
    }
}

#[test]
fn an_idle_connection_sees_an_orderly_end() {
    let server = server();
    let kept = server.send(LIVEZ);
    pass_by(&server);
    assert_eq!(stop(server).0, Some(0));
    assert!(read_to_end(&kept).starts_with("HTTP/1.1 200"), "and no reset");
}

#[test]
fn half_a_request_is_not_waited_for_and_told_of() {
    let body = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 100\r\n\r\n[[5";
    let unusual_body = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 100000\r\n\r\n[[5";
    for half in ["G", "POST /predict HTTP/1.1\r\nho", "GET /livez HTTP/1.1\r\nho", body, unusual_body] {
        let server = server();
        let _half = server.send(half);
        let mut second = server.send(LIVEZ);
        assert_ne!(second.read(&mut [0; 1_024]).unwrap(), 0);
        second.write_all(half.as_bytes()).unwrap();
        pass_by(&server);
        let (code, log) = stop(server);
        assert_eq!(code, Some(3), "{half:?}: {log}");
        assert!(
            log.contains("unfinished_requests=2 unread_answers=0 unanswered_requests=0"),
            "{half:?}: {log}"
        );
    }
}

#[test]
fn a_client_that_does_not_read_is_not_waited_for_and_told_of() {
    for request in [REQUEST, "GET /openapi.json HTTP/1.1\r\nhost: iris\r\n\r\n"] {
        let server = server();
        let mut stream = server.send("");
        stream.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
        let requests = request.repeat(500);
        while stream.write_all(requests.as_bytes()).is_ok() {}
        let (code, log) = stop(server);
        assert_eq!(code, Some(3), "{log}");
        assert!(log.contains("unfinished_requests=0 unread_answers=1 unanswered_requests=0"), "{log}");
    }
}

#[test]
fn a_silent_client_of_either_port_is_no_request() {
    let mut command = command(&["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--threads", "1"]);
    command.env_remove("IRIS_GRPC_ADDR").env("IRIS_DRAIN_GRACE", "1h");
    let mut server = Process::start(command);
    let grpc = server.next_line();
    let grpc = grpc.strip_prefix("listening grpc=").unwrap();
    let hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let clients: Vec<TcpStream> = [&hello[..0], &hello[..10], hello]
        .map(|bytes| {
            let mut stream = TcpStream::connect(grpc).unwrap();
            stream.write_all(bytes).unwrap();
            stream
        })
        .into();
    let _silent = server.send("");
    pass_by(&server);
    let (code, log) = stop(server);
    assert_eq!(code, Some(0), "{log}");
    drop(clients);
}

#[test]
fn a_second_signal_cuts_off_what_is_in_flight_and_tells_of_it() {
    let mut server = Process::start(command(&["--http", "127.0.0.1:0", "--threads", "2"]));
    let upload = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 1000000\r\n\r\n";
    let mut uploading = server.send(upload);
    pass_by(&server);
    server.signal("TERM");
    server.await_in_log("stopping: readiness");
    // It goes on, so that it is waited for.
    uploading.write_all(&[b' '; 4_096]).unwrap();
    server.signal("INT");
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(3), "{log}");
    assert!(log.contains("stopping at once") && log.contains("unfinished_requests=1"), "{log}");
}

#[test]
fn an_upload_that_goes_on_is_waited_for() {
    let server = server();
    let body = " ".repeat(100_000) + "[[5,3.5,1,0]]";
    let head = format!("POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: {}\r\n\r\n", body.len());
    let mut uploading = server.send(&head);
    pass_by(&server);
    server.signal("TERM");
    let (pieces, rest) = body.as_bytes().split_at(4 * 20_000);
    for piece in pieces.chunks(20_000) {
        uploading.write_all(piece).unwrap();
        pause(Duration::from_millis(700));
    }
    uploading.write_all(rest).unwrap();
    assert!(read_to_end(&uploading).starts_with("HTTP/1.1 200"));
    drop(uploading);
    assert!(server.wait().0.success());
}

/// What became of one client's requests.
#[derive(Debug, Default, Clone, Copy)]
struct Fate {
    answered: usize,
    /// Written, and not answered.
    lost: usize,
}

/// A client that sends one request after the other on one connection, until an
/// answer tells it to go. It does not look whether the connection has ended.
fn keeps(address: &str, think: Duration) -> Fate {
    let mut fate = Fate::default();
    let Ok(mut stream) = TcpStream::connect(address) else { return fate };
    stream.set_read_timeout(Some(SOON)).unwrap();
    loop {
        match ask(&mut stream, REQUEST) {
            Some(answer) if answer.contains("connection: close") => {
                fate.answered += 1;
                return fate;
            }
            Some(_) => fate.answered += 1,
            None => {
                fate.lost += 1;
                return fate;
            }
        }
        pause(think);
    }
}

/// A client that makes a connection for each request, until there is nobody to connect to.
fn comes_anew(address: &str) -> Fate {
    let mut fate = Fate::default();
    let address = address.parse().unwrap();
    while let Ok(mut stream) = TcpStream::connect_timeout(&address, SOON) {
        stream.set_read_timeout(Some(SOON)).unwrap();
        match ask(&mut stream, REQUEST) {
            Some(_) => fate.answered += 1,
            None => fate.lost += 1,
        }
    }
    fate
}

/// The answer to a request, if there is a whole one.
fn ask(stream: &mut TcpStream, request: &str) -> Option<String> {
    stream.write_all(request.as_bytes()).ok()?;
    let (mut answer, mut piece) = (Vec::new(), [0; 1_024]);
    while !answer.ends_with(b"}]") {
        let n_read = stream.read(&mut piece).ok().filter(|n| *n > 0)?;
        answer.extend_from_slice(&piece[..n_read]);
    }
    String::from_utf8(answer).ok()
}

/// Clients of every kind while the server stops; what became of all requests.
fn trial(round: u64, drain_delay: &str) -> Fate {
    let arguments = ["--http", "127.0.0.1:0", "--threads", "2", "--drain-delay", drain_delay];
    let server = Process::start(command(&arguments));
    let clients: Vec<_> = (0..160)
        .map(|n| {
            let address = server.address.clone();
            thread::spawn(move || match n % 4 {
                0 => keeps(&address, Duration::ZERO),
                1 => keeps(&address, Duration::from_micros(100 * (n + round))),
                2 => keeps(&address, Duration::from_millis(3 * n)),
                _ => comes_anew(&address),
            })
        })
        .collect();
    pause(Duration::from_millis(100 + 7 * round));
    server.signal("TERM");
    let fates: Vec<Fate> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    let (status, log) = server.wait();
    assert!(status.success(), "{log}");
    Fate {
        answered: fates.iter().map(|fate| fate.answered).sum(),
        lost: fates.iter().map(|fate| fate.lost).sum(),
    }
}

/// `IRIS_TRIALS` says how often, if not once with a drain delay and once without.
#[test]
fn no_request_that_was_written_is_lost() {
    let n_rounds = std::env::var("IRIS_TRIALS").map_or(1, |rounds| rounds.parse().unwrap());
    for round in 0..n_rounds {
        for drain_delay in ["0s", "300ms"] {
            let Fate { answered, lost } = trial(round, drain_delay);
            assert!(answered > 160, "{answered}");
            assert_eq!(lost, 0, "round {round} with {drain_delay}: beside {answered} that were answered");
        }
    }
}

/// Calls of many clients until each hears that the server is gone: those answered,
/// and the errors by which one was not.
async fn calls(address: String, n_clients: usize) -> (usize, Vec<String>) {
    let clients: Vec<_> = (0..n_clients)
        .map(|n| {
            let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
            tokio::spawn(async move {
                let mut answered = 0;
                let Ok(channel) = endpoint.connect().await else { return (answered, None) };
                loop {
                    match predict(channel.clone()).await {
                        Ok(_) => answered += 1,
                        Err(status) => return (answered, lost(&status)),
                    }
                    tokio::time::sleep(Duration::from_micros(200 * n as u64)).await;
                }
            })
        })
        .collect();
    let mut all = (0, Vec::new());
    for client in clients {
        let (answered, error) = client.await.unwrap();
        all.0 += answered;
        all.1.extend(error);
    }
    all
}

async fn predict(channel: Channel) -> Result<v1::PredictBatchResponse, Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let path = PathAndQuery::from_static("/iris.v1.Predictor/PredictBatch");
    let message = v1::PredictBatchRequest { values: vec![5.0, 3.5, 1.0, 0.0], ..Default::default() };
    let answer = client.unary(tonic::Request::new(message), path, ProstCodec::default()).await?;
    Ok(answer.into_inner())
}

/// What became of a call, unless it is certain that it was never sent, or never begun.
fn lost(status: &Status) -> Option<String> {
    let mut errors = vec![format!("{status:?}")];
    let mut source = status.source();
    while let Some(error) = source {
        errors.push(format!("{error:?}"));
        source = error.source();
    }
    let words = errors.join(" <- ");
    let unsent = ["Canceled", "ConnectionRefused", "ConnectError", "NO_ERROR", "REFUSED_STREAM", "not ready"];
    (!unsent.iter().any(|unsent| words.contains(unsent))).then_some(words)
}

#[test]
fn no_call_that_was_written_is_lost() {
    let n_rounds = std::env::var("IRIS_TRIALS").map_or(1, |rounds| rounds.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for round in 0..n_rounds {
        for drain_delay in ["0s", "300ms"] {
            let arguments = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--drain-delay", drain_delay];
            let mut command = command(&arguments);
            command.env_remove("IRIS_GRPC_ADDR");
            let mut server = Process::start(command);
            let line = server.next_line();
            let address = line.strip_prefix("listening grpc=").unwrap().to_owned();
            let (answered, lost) = runtime.block_on(async {
                let calls = tokio::spawn(calls(address, 40));
                tokio::time::sleep(Duration::from_millis(100 + 7 * round)).await;
                server.signal("TERM");
                calls.await.unwrap()
            });
            assert!(answered > 40, "{answered}");
            assert_eq!(
                lost,
                Vec::<String>::new(),
                "round {round} with {drain_delay}, beside {answered} answered"
            );
            let (status, log) = server.wait();
            assert!(status.success(), "{log}");
        }
    }
}

#[test]
fn a_signal_at_any_moment_of_the_start_ends_it() {
    for micros in (0..30).map(|n| n * n * 20) {
        let mut server = command(&["--http", "127.0.0.1:0", "--threads", "2"]);
        let mut child = server.spawn().unwrap();
        pause(Duration::from_micros(micros));
        let pid = child.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap();
        assert!(sent.success());
        let since = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            assert!(since.elapsed() < SOON, "{micros} µs after the start it was not heard");
            thread::yield_now();
        };
        // By the signal itself, until it is listened for.
        assert!(matches!(status.code(), None | Some(0)), "{status}");
    }
}

#[test]
fn a_half_closed_client_is_answered() {
    let server = server();
    let stream = server.send(LIVEZ);
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(read_to_end(&stream).starts_with("HTTP/1.1 200"));
    assert_eq!(stop(server).0, Some(0));
}
