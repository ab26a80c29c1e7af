//! What a request over HTTP costs, whole and in its parts.
//!
//! `parse/*` and `encode/*` are the first and the last stage of a request as
//! the server measures them itself and says in `Server-Timing`: from a body to
//! rows, and from what the model gave to a body. Reading the clock is in them,
//! about 10 ns.
//!
//! `http/router/*` are requests through the router in this process, from
//! `http::Request` to the last byte of the answer. `http/fast_path/*` go over a
//! loopback connection that stays open to a server on a thread of its own:
//! `one` waits for each answer, so most of it is two threads waking each other;
//! `eight` are sent together, which leaves the server's own work, the client's
//! part of it and an eighth of the waking. `http/handed_over/*` are the same
//! through hyper and the router.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use http::Request;
use http_body_util::BodyExt;
use iris_benches::bodies;
use iris_core::Predictor;
use iris_http::{HttpService, Limits, router, serve};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tower::ServiceExt;

const PREDICT: &str = "/predict";
const INFER: &str = "/v2/models/iris/infer";
const ROWS: [usize; 3] = [1, 100, 10_000];
/// A header that only the router answers.
const FOR_THE_ROUTER: &str = "accept: application/problem+json\r\n";

fn parse(criterion: &mut Criterion) {
    stages(criterion, "parse", "data_preparation");
    // What is refused has no other stage than this.
    stage(criterion, "parse/predict/refused", "data_preparation", PREDICT, bodies::REFUSED);
}

fn encode(criterion: &mut Criterion) {
    stages(criterion, "encode", "response_formatting");
}

fn stages(criterion: &mut Criterion, group: &str, name: &str) {
    for n_rows in ROWS {
        stage(criterion, &format!("{group}/predict/{n_rows}"), name, PREDICT, &bodies::predict(n_rows));
        stage(criterion, &format!("{group}/infer/{n_rows}"), name, INFER, &bodies::infer(n_rows));
    }
}

/// Requests through the router, of which only one stage is timed.
fn stage(criterion: &mut Criterion, question: &str, name: &str, path: &str, body: &str) {
    let runtime = runtime();
    let router = router(&service().with_server_timing());
    criterion.bench_function(question, |bencher| {
        bencher.iter_custom(|times| {
            let one = || {
                let request = request(path, body);
                let response = runtime.block_on(router.clone().oneshot(request));
                took(&response.expect("the router has an answer for everything"), name)
            };
            (0..times).map(|_| one()).sum()
        });
    });
}

/// How long the stage took, as the answer says.
fn took(response: &Response, stage: &str) -> Duration {
    let timing = response.headers()["server-timing"].to_str().expect("the header is text");
    let mut metrics = timing.split(", ").filter_map(|metric| metric.split_once(";dur="));
    let (_, milliseconds) = metrics.find(|(name, _)| *name == stage).expect("the stage was reached");
    let milliseconds: f64 = milliseconds.parse().expect("a duration is a number");
    Duration::from_secs_f64(milliseconds / 1e3)
}

fn through_the_router(criterion: &mut Criterion) {
    let runtime = runtime();
    let router = router(&service());
    let mut group = criterion.benchmark_group("http/router");
    let mut bench = |name: &str, path: &str, body: &str| {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || (router.clone(), request(path, body)),
                |(router, request)| {
                    runtime.block_on(async {
                        let response = router.oneshot(request).await.expect("it answers everything");
                        response.into_body().collect().await.expect("it is whole").to_bytes()
                    })
                },
                BatchSize::SmallInput,
            );
        });
    };
    for n_rows in ROWS {
        bench(&format!("predict/{n_rows}"), PREDICT, &bodies::predict(n_rows));
        bench(&format!("infer/{n_rows}"), INFER, &bodies::infer(n_rows));
    }
    bench("predict/refused", PREDICT, bodies::REFUSED);
}

fn over_a_connection(criterion: &mut Criterion) {
    for (group, headers) in [("http/fast_path", ""), ("http/handed_over", FOR_THE_ROUTER)] {
        let mut group = criterion.benchmark_group(group);
        for (name, path, body) in
            [("predict", PREDICT, bodies::predict(1)), ("infer", INFER, bodies::infer(1))]
        {
            let request = bodies::post(path, headers, &body);
            for (how_many, count) in [("one", 1), ("eight", 8)] {
                let mut exchange = exchange(&request, count);
                group.throughput(Throughput::Elements(count as u64));
                group.bench_function(format!("{name}/{how_many}"), |bencher| bencher.iter(&mut exchange));
            }
        }
    }
}

/// Sends a request so many times at once, on a connection of its own, and
/// reads the answers.
fn exchange(request: &str, count: usize) -> impl FnMut() + use<> {
    let mut stream = connect();
    stream.write_all(request.as_bytes()).expect("the server reads");
    let requests = request.repeat(count);
    let mut answers = vec![0; count * len_of_answer(&stream)];
    move || {
        stream.write_all(black_box(requests.as_bytes())).expect("the server reads");
        stream.read_exact(black_box(&mut answers)).expect("the server answers");
    }
}

/// Reads one answer. Those to the same request are all as long.
fn len_of_answer(stream: &TcpStream) -> usize {
    let (mut reader, mut head) = (BufReader::new(stream), String::new());
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).expect("the head is text");
    }
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let (_, length) = head.split_once("content-length: ").expect("the length is known");
    let length = length.lines().next().and_then(|length| length.parse().ok()).expect("it is a number");
    reader.read_exact(&mut vec![0; length]).expect("the body follows");
    head.len() + length
}

/// A connection to a server on a thread of its own, which ends with the process.
fn connect() -> TcpStream {
    let (bound, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime().block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is left");
            bound.send(listener.local_addr().expect("it is bound")).expect("somebody waits for it");
            serve(listener, service(), Limits::default(), std::future::pending()).await
        })
    });
    let stream = TcpStream::connect(address.recv().expect("the server starts")).expect("it listens");
    stream.set_nodelay(true).expect("it is a TCP connection");
    stream
}

fn service() -> HttpService {
    HttpService::new("iris", "1", Predictor::iris())
}

fn request(path: &str, body: &str) -> Request<Body> {
    let request = Request::post(path).header("content-type", "application/json");
    request.body(Body::from(body.to_owned())).expect("the path is one")
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there are threads left")
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = parse, encode, through_the_router, over_a_connection
}
criterion_main!(benches);
