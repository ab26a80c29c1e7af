//! What a call over gRPC costs.
//!
//! `grpc/direct/*` hand an `http::Request` of one frame to [`Router`] and read
//! the answer to its trailers, without a connection: the server's own work.
//! `grpc/loopback/*` are calls by tonic's client over a connection that stays
//! open to a server on a thread of its own. With `one` in flight most of the
//! time is two threads waking each other; with `sixteen` it is the client, who
//! does more for a call than the server.

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::uri::PathAndQuery;
use http_body_util::{BodyExt, Full};
use iris_core::Predictor;
use iris_grpc::pb::inference::model_infer_request::InferInputTensor;
use iris_grpc::pb::inference::{ModelInferRequest, ModelInferResponse};
use iris_grpc::pb::iris::v1::{PredictRequest, PredictResponse};
use iris_grpc::{GrpcService, Limits, Router, serve};
use iris_serving::{Catalog, Model};
use prost::Message;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic_prost::ProstCodec;

const PREDICT: &str = "/iris.v1.Predictor/Predict";
const INFER: &str = "/inference.GRPCInferenceService/ModelInfer";
const ROW: [f64; 4] = [5.1, 3.5, 1.4, 0.2];

fn direct(criterion: &mut Criterion) {
    let (runtime, router) = (runtime(), Router::new(service(), Limits::default()));
    let mut group = criterion.benchmark_group("grpc/direct");
    let mut bench = |name: &str, method: &str, message: &[u8]| {
        let frame = framed(message);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let request = http::Request::post(method).header("content-type", "application/grpc");
                let request = request.body(Full::new(black_box(frame.clone()))).expect("the path is one");
                runtime.block_on(async {
                    let response = router.answer(request).await;
                    response.into_body().collect().await.expect("the answer is whole")
                })
            });
        });
    };
    bench("predict", PREDICT, &flower().encode_to_vec());
    for n_rows in [1, 100, 10_000] {
        bench(&format!("infer/{n_rows}"), INFER, &rows(n_rows).encode_to_vec());
    }
}

fn loopback(criterion: &mut Criterion) {
    calls::<_, PredictResponse>(criterion, "predict", PREDICT, &flower());
    calls::<_, ModelInferResponse>(criterion, "infer", INFER, &rows(1));
}

/// The same call again and again, one or several at a time.
fn calls<Q, A>(criterion: &mut Criterion, name: &str, method: &'static str, message: &Q)
where
    Q: Message + Clone + 'static,
    A: Message + Default + 'static,
{
    let runtime = runtime();
    let channel = runtime.block_on(connect());
    let mut group = criterion.benchmark_group(format!("grpc/loopback/{name}"));
    for (how_many, count) in [("one", 1), ("sixteen", 16)] {
        group.throughput(Throughput::Elements(count));
        group.bench_function(how_many, |bencher| {
            bencher.iter(|| {
                runtime.block_on(async {
                    let mut calls = JoinSet::new();
                    for _ in 0..count {
                        calls.spawn(call::<Q, A>(channel.clone(), method, message.clone()));
                    }
                    calls.join_all().await
                })
            });
        });
    }
}

async fn call<Q, A>(channel: Channel, method: &'static str, message: Q) -> A
where
    Q: Message + 'static,
    A: Message + Default + 'static,
{
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.expect("the server is there");
    let (request, path) = (tonic::Request::new(message), PathAndQuery::from_static(method));
    let answer = grpc.unary(request, path, ProstCodec::<Q, A>::new()).await;
    answer.expect("the server answers").into_inner()
}

/// A connection to a server on a thread of its own, which ends with the process.
async fn connect() -> Channel {
    let (bound, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime().block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is left");
            bound.send(listener.local_addr().expect("it is bound")).expect("somebody waits for it");
            serve(listener, service(), Limits::default(), std::future::pending()).await
        })
    });
    let address = address.recv().expect("the server starts");
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address makes a URL");
    endpoint.connect().await.expect("it listens")
}

fn service() -> GrpcService {
    GrpcService::new(Catalog::new(Model::new("iris", "1", Predictor::iris())))
}

fn flower() -> PredictRequest {
    let [sepal_length, sepal_width, petal_length, petal_width] = ROW.map(Some);
    PredictRequest { sepal_length, sepal_width, petal_length, petal_width, contributions: false }
}

/// Rows as the bytes of a tensor.
fn rows(n_rows: u16) -> ModelInferRequest {
    let input = InferInputTensor {
        name: "input-0".to_owned(),
        datatype: "FP64".to_owned(),
        shape: vec![n_rows.into(), 4],
        ..InferInputTensor::default()
    };
    let row: Vec<u8> = ROW.iter().flat_map(|value| value.to_le_bytes()).collect();
    ModelInferRequest {
        model_name: "iris".to_owned(),
        inputs: vec![input],
        raw_input_contents: vec![row.repeat(n_rows.into()).into()],
        ..ModelInferRequest::default()
    }
}

/// A message behind its prefix: not compressed, and so long.
fn framed(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(message.len().try_into().expect("messages are far below 4 GiB"));
    frame.put_slice(message);
    frame.freeze()
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there are threads left")
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = direct, loopback
}
criterion_main!(benches);
