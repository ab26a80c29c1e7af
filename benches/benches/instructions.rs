//! How many instructions the paths of a request take.
//!
//! Counted by valgrind and the same on every run, which times are not. One
//! request of `route` would be an exception: where its maps with random keys and
//! the heap's free lists happen to stand makes 8 % of it, of 64 together 1 %. So
//! they can be held to a baseline: `instructions/check.py` does, and is how to
//! run this. Code that picks its vectors by the CPU runs with those that
//! valgrind knows, AVX2 at most.
//!
//! Models and requests are made, and used once, before the counting begins, and
//! never dropped.

#![expect(missing_docs, unused_qualifications, reason = "gungraun's macros make modules of the functions")]

use std::hint::black_box;

use axum::Router;
use axum::body::Body;
use gungraun::prelude::*;
use http::Request;
use http_body_util::BodyExt;
use iris_benches::{bodies, random_rows};
use iris_core::Predictor;
use iris_http::{HttpService, predict::predict, router};
use iris_telemetry::{Endpoint, Origin, Recorded, Settings, Telemetry};
use ndarray::{Array2, aview2};
use tokio::runtime::Runtime;
use tower::ServiceExt;

static ENDPOINT: Endpoint = Endpoint::http("POST", "/predict");

type Rows = &'static [[f64; 4]];

// Many rows one by one, so that what surrounds the calls is little.
#[library_benchmark(setup = iris)]
#[bench::rows_1024(1_024)]
fn class((predictor, rows): (&'static Predictor, Rows)) -> usize {
    rows.iter().filter_map(|row| predictor.predict_class(black_box(row)).ok()).sum()
}

#[library_benchmark(setup = iris)]
#[bench::rows_1024(1_024)]
fn probabilities((predictor, rows): (&'static Predictor, Rows)) -> [f64; 3] {
    let mut out = [0.0; 3];
    for row in rows {
        assert!(predictor.predict_proba_into(black_box(row), black_box(&mut out)).is_ok());
    }
    out
}

#[library_benchmark(setup = iris)]
#[bench::rows_1000(1_000)]
fn class_batch((predictor, rows): (&'static Predictor, Rows)) -> [u32; 1_000] {
    let mut out = [0; 1_000];
    assert!(predictor.predict_batch_into(aview2(rows), black_box(&mut out)).is_ok());
    out
}

#[library_benchmark(setup = batch)]
#[bench::rows_1000(1_000)]
fn probability_batch((predictor, rows, mut out): (&'static Predictor, Rows, Array2<f64>)) -> Array2<f64> {
    assert!(predictor.predict_proba_batch_into(aview2(rows), black_box(out.view_mut())).is_ok());
    out
}

// Class and probability of a row, and the record of that.
#[library_benchmark(setup = recorded)]
#[bench::rows_1024(1_024)]
fn record((recorded, rows): (&'static Recorded, Rows)) -> usize {
    rows.iter()
        .filter_map(|row| recorded.predict(black_box(row)).ok())
        .filter_map(|answer| answer.class_index())
        .sum()
}

// A body decoded, predicted and encoded, without a transport.
#[library_benchmark(setup = predict_body)]
#[bench::rows_1(1)]
#[bench::rows_100(100)]
fn body((service, body): (&'static HttpService, &'static str)) -> usize {
    predict(service, &Origin::new(&ENDPOINT), black_box(body.as_bytes())).result.map_or(0, |json| json.len())
}

// From an `http::Request` to the last byte of the answer.
#[library_benchmark(setup = requests)]
#[bench::predict_64("/predict", bodies::predict(1))]
#[bench::infer_64("/v2/models/iris/infer", bodies::infer(1))]
fn route((runtime, router, requests): (&'static Runtime, &'static Router, Vec<Request<Body>>)) -> usize {
    requests.into_iter().map(|request| answer(runtime, router, request)).sum()
}

fn iris(n_rows: usize) -> (&'static Predictor, Rows) {
    warm(Predictor::iris(), n_rows)
}

fn batch(n_rows: usize) -> (&'static Predictor, Rows, Array2<f64>) {
    let (predictor, rows) = iris(n_rows);
    (predictor, rows, Array2::zeros((n_rows, 3)))
}

fn recorded(n_rows: usize) -> (&'static Recorded, Rows) {
    let settings = Settings::from_vars("bench", []).expect("no variable is wrong");
    let telemetry = leak(Telemetry::start(settings).expect("threads can be made"));
    let (predictor, rows) = iris(n_rows);
    let recorded = Recorded::new(predictor.clone(), &telemetry.recorder(), "iris", "1");
    recorded.predict(&rows[0]).expect("rows are finite");
    (leak(recorded), rows)
}

/// The first calls find out what the CPU can do, and make this thread's ring.
fn warm(predictor: Predictor, n_rows: usize) -> (&'static Predictor, Rows) {
    let rows = random_rows(n_rows);
    predictor.predict(&rows[0]).expect("rows are finite");
    let (one, mut probabilities) = (aview2(&rows[..1]), Array2::zeros((1, 3)));
    predictor.predict_batch_into(one, &mut [0]).expect("rows are finite");
    predictor.predict_proba_batch_into(one, probabilities.view_mut()).expect("rows are finite");
    (leak(predictor), leak(rows))
}

fn predict_body(n_rows: usize) -> (&'static HttpService, &'static str) {
    let (service, body) = (service(), bodies::predict(n_rows));
    assert!(predict(&service, &Origin::new(&ENDPOINT), body.as_bytes()).result.is_ok());
    (leak(service), leak(body))
}

fn requests(path: &str, body: String) -> (&'static Runtime, &'static Router, Vec<Request<Body>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("there are threads left");
    let (runtime, router) = (leak(runtime), leak(router(&service())));
    let request = || {
        let request = Request::post(path).header("content-type", "application/json");
        request.body(Body::from(body.clone())).expect("the path is one")
    };
    assert!(answer(runtime, router, request()) > 0);
    (runtime, router, std::iter::repeat_with(request).take(64).collect())
}

fn answer(runtime: &Runtime, router: &Router, request: Request<Body>) -> usize {
    runtime.block_on(async {
        let response =
            router.clone().oneshot(request).await.expect("the router has an answer for everything");
        response.into_body().collect().await.expect("the answer is whole").to_bytes().len()
    })
}

fn service() -> HttpService {
    HttpService::new("iris", "1", Predictor::iris())
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

library_benchmark_group!(
    name = instructions,
    benchmarks = [class, probabilities, class_batch, probability_batch, record, body, route]
);
main!(library_benchmark_groups = instructions);
