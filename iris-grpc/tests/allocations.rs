//! Counts what the server allocates for a call on a connection that has served
//! others before.

#[path = "../../iris-core/tests/support/counting.rs"]
mod counting;

use std::net::Ipv4Addr;
use std::sync::atomic::Ordering;

use http::uri::PathAndQuery;
use iris_core::Predictor;
use iris_grpc::pb::inference::model_infer_request::InferInputTensor;
use iris_grpc::pb::inference::{ModelInferRequest, ModelInferResponse};
use iris_grpc::pb::iris::v1::{PredictRequest, PredictResponse};
use iris_grpc::{GrpcService, Limits, serve};
use iris_serving::{Catalog, Model};
use iris_telemetry::{Settings, Telemetry};
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic_prost::ProstCodec;

/// Router that are counted: so many that what the last one leaves for later, and
/// what grows once, is less than half a call's allocation.
const CALLS: usize = 1_000;

const PREDICT: &str = "/iris.v1.Predictor/Predict";
const INFER: &str = "/inference.GRPCInferenceService/ModelInfer";

/// What the server's thread allocates for one call of many, rounded.
fn allocations<Q, A>(service: GrpcService, method: &'static str, message: &Q) -> usize
where
    Q: Message + Clone + 'static,
    A: Message + Default + 'static,
{
    let counter = counting::counter();
    let (bound, address) = std::sync::mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        counting::count_this_thread(counter);
        runtime().block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            serve(listener, service, Limits::default(), async { drop(stopped.await) }).await
        })
    });
    let endpoint = format!("http://{}", address.recv().unwrap());
    let count = runtime().block_on(async {
        let channel = Endpoint::from_shared(endpoint).unwrap().connect().await.unwrap();
        ask::<Q, A>(&channel, method, message, CALLS / 10).await;
        let before = counter.load(Ordering::Relaxed);
        ask::<Q, A>(&channel, method, message, CALLS).await;
        counter.load(Ordering::Relaxed) - before
    });
    drop(stop);
    server.join().unwrap();
    (count + CALLS / 2) / CALLS
}

/// One call after the other, each sent when the one before is answered.
async fn ask<Q, A>(channel: &Channel, method: &'static str, message: &Q, times: usize)
where
    Q: Message + Clone + 'static,
    A: Message + Default + 'static,
{
    let mut grpc = Grpc::new(channel.clone());
    for _ in 0..times {
        grpc.ready().await.unwrap();
        let (request, path) = (tonic::Request::new(message.clone()), PathAndQuery::from_static(method));
        grpc.unary(request, path, ProstCodec::<Q, A>::new()).await.unwrap();
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn iris() -> Catalog {
    Catalog::new(Model::new("iris", "1", Predictor::iris()))
}

fn predict(service: GrpcService) -> usize {
    let flower = PredictRequest {
        sepal_length: Some(5.1),
        sepal_width: Some(3.5),
        petal_length: Some(1.4),
        petal_width: Some(0.2),
        contributions: false,
    };
    allocations::<_, PredictResponse>(service, PREDICT, &flower)
}

fn model_infer(service: GrpcService) -> usize {
    let input = InferInputTensor {
        name: "input-0".to_owned(),
        datatype: "FP64".to_owned(),
        shape: vec![1, 4],
        ..InferInputTensor::default()
    };
    let row: Vec<u8> = [5.1_f64, 3.5, 1.4, 0.2].iter().flat_map(|value| value.to_le_bytes()).collect();
    let request = ModelInferRequest {
        model_name: "iris".to_owned(),
        inputs: vec![input],
        raw_input_contents: vec![row.into()],
        ..ModelInferRequest::default()
    };
    allocations::<_, ModelInferResponse>(service, INFER, &request)
}

/// The limits are what was counted without optimisation, which can only take some away, and two for the
/// wait where a message and the end of its stream do not come together.
#[test]
fn of_a_call() {
    let (predict, model_infer) = (predict(GrpcService::new(iris())), model_infer(GrpcService::new(iris())));
    assert!(predict <= 20, "{predict} allocations for Predict");
    assert!(model_infer <= 34, "{model_infer} allocations for ModelInfer");
}

#[test]
fn a_record_adds_none() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let recorded =
        || GrpcService::new(iris().with_recorder(&telemetry.recorder())).with_telemetry(&telemetry);
    assert_eq!(predict(recorded()), predict(GrpcService::new(iris())));
    assert_eq!(model_infer(recorded()), model_infer(GrpcService::new(iris())));
}
