//! Counts what the server allocates for a request on a connection that has
//! served others before.

#[path = "../../iris-core/tests/support/counting.rs"]
mod counting;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::Ordering;

use iris_core::Predictor;
use iris_http::{HttpService, Limits, serve};
use iris_telemetry::{Settings, Telemetry};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Requests that are counted: so many that what the last one leaves for later,
/// and what grows once, is less than half a request's allocation.
const REQUESTS: usize = 1_000;

const PREDICT: (&str, &str) =
    ("/predict", r#"{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}"#);
const INFER: (&str, &str) = (
    "/v2/models/iris/infer",
    r#"{"inputs":[{"name":"input-0","datatype":"FP64","shape":[1,4],"data":[5.1,3.5,1.4,0.2]}]}"#,
);
/// Only the router answers this one.
const FOR_THE_ROUTER: &str = "accept: application/problem+json\r\n";

/// What the server's thread allocates for one request of many, rounded.
fn allocations(service: &HttpService, (path, body): (&str, &str), headers: &str) -> usize {
    let counter = counting::counter();
    let (bound, address) = std::sync::mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let service = service.clone();
    let server = std::thread::spawn(move || {
        counting::count_this_thread(counter);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            serve(listener, service, Limits::default(), async { drop(stopped.await) }).await
        })
    });
    let n_bytes = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: iris\r\ncontent-type: application/json\r\n\
         content-length: {n_bytes}\r\n{headers}\r\n{body}"
    );
    let mut client = Client::connect(address.recv().unwrap());
    client.ask(&request, REQUESTS / 10);
    let before = counter.load(Ordering::Relaxed);
    client.ask(&request, REQUESTS);
    let count = counter.load(Ordering::Relaxed) - before;
    drop((client, stop));
    assert_eq!(server.join().unwrap(), 0, "nothing had to be cut off");
    (count + REQUESTS / 2) / REQUESTS
}

/// One connection, from a thread whose allocations are not counted.
struct Client {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { reader: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    /// One request after the other, each sent when the one before is answered.
    fn ask(&mut self, request: &str, times: usize) {
        for _ in 0..times {
            self.stream.write_all(request.as_bytes()).unwrap();
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert_ne!(self.reader.read_line(&mut head).unwrap(), 0, "the server left");
            }
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
            let (_, length) = head.split_once("content-length: ").unwrap();
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            self.reader.read_exact(&mut vec![0; length]).unwrap();
        }
    }
}

/// The limits are what was counted without optimisation, which can only take some away.
fn at_most(request: (&str, &str), headers: &str, limit: usize) {
    let count = allocations(&iris(), request, headers);
    assert!(count <= limit, "{}: {count} allocations, {limit} allowed", request.0);
}

fn iris() -> HttpService {
    HttpService::new("iris", "1", Predictor::iris())
}

#[test]
fn on_the_fast_path() {
    at_most(PREDICT, "", 3);
    at_most(INFER, "", 13);
}

#[test]
fn through_hyper_and_the_router() {
    at_most(PREDICT, FOR_THE_ROUTER, 31);
    at_most(INFER, FOR_THE_ROUTER, 45);
}

#[test]
fn a_record_adds_none() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    for headers in ["", FOR_THE_ROUTER] {
        for request in [PREDICT, INFER] {
            let recorded = allocations(&iris().with_telemetry(&telemetry), request, headers);
            assert_eq!(recorded, allocations(&iris(), request, headers), "{} {headers}", request.0);
        }
    }
}
