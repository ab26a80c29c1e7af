//! Who is let in.

use iris_core::ErrorClass;
use iris_grpc::pb::inference as pb;
use iris_grpc::pb::iris::v1;
use iris_grpc::{GrpcService, Limits};
use iris_serving::gate::{Gate, Key, Keys, RouteClass};
use iris_telemetry::{Format, Settings, Telemetry};
use tonic::{Code, Request, Status};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::server::{Client, Server};

const PREDICT: &str = "iris.v1.Predictor/Predict";
const METADATA: &str = "inference.GRPCInferenceService/ServerMetadata";
const UNLOAD: &str = "inference.GRPCInferenceService/RepositoryModelUnload";

fn server() -> (Server, Telemetry) {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let catalog = crate::direct::iris().with_recorder(&telemetry.recorder());
    let gate = Gate::with_keys(Keys::new([
        Key::of("app", b"app-key", [RouteClass::Predict]),
        Key::of("ops", b"ops-key", [RouteClass::Observe]),
        Key::of("admin", b"admin-key", [RouteClass::Manage]),
        Key::of("slow", b"slow-key", [RouteClass::Predict]).with_requests_per_second(0.01),
        Key::of("few", b"few-key", [RouteClass::Predict]).with_rows_per_second(0.01),
    ]));
    let service = GrpcService::new(catalog).with_telemetry(&telemetry).with_gate(gate);
    (Server::start(service, Limits::default()), telemetry)
}

fn flower() -> v1::PredictRequest {
    let [sepal_length, sepal_width, petal_length, petal_width] = [5.1, 3.5, 1.4, 0.2].map(Some);
    v1::PredictRequest { sepal_length, sepal_width, petal_length, petal_width, contributions: false }
}

fn with_key<Q>(message: Q, key: &str) -> Request<Q> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("x-api-key", key.parse().unwrap());
    request
}

async fn predict(client: &Client, key: &str) -> Result<v1::PredictResponse, Status> {
    client.call_with(PREDICT, with_key(flower(), key)).await
}

#[tokio::test]
async fn a_key_opens_what_it_is_for() {
    let (server, _telemetry) = server();
    let client = server.connect().await;
    let code = |outcome: Result<(), Status>| outcome.map_or_else(|status| status.code(), |()| Code::Ok);
    for (key, predicts, tells, unloads) in [
        ("app-key", Code::Ok, Code::PermissionDenied, Code::PermissionDenied),
        ("ops-key", Code::PermissionDenied, Code::Ok, Code::PermissionDenied),
        ("admin-key", Code::PermissionDenied, Code::PermissionDenied, Code::Unimplemented),
        ("unknown", Code::Unauthenticated, Code::Unauthenticated, Code::Unauthenticated),
    ] {
        let predicted = predict(&client, key).await.map(drop);
        let metadata = with_key(pb::ServerMetadataRequest {}, key);
        let told = client.call_with::<_, pb::ServerMetadataResponse>(METADATA, metadata).await.map(drop);
        let unload = with_key(pb::RepositoryModelUnloadRequest::default(), key);
        let unloaded =
            client.call_with::<_, pb::RepositoryModelUnloadResponse>(UNLOAD, unload).await.map(drop);
        assert_eq!([predicted, told, unloaded].map(code), [predicts, tells, unloads], "{key}");
    }
    let mut bearer = Request::new(flower());
    bearer.metadata_mut().insert("authorization", "Bearer app-key".parse().unwrap());
    client.call_with::<_, v1::PredictResponse>(PREDICT, bearer).await.unwrap();
}

#[tokio::test]
async fn health_is_told_to_everybody_and_nothing_else_is() {
    let (server, _telemetry) = server();
    let client = server.connect().await;
    let check = "grpc.health.v1.Health/Check";
    client.call::<_, HealthCheckResponse>(check, HealthCheckRequest::default()).await.unwrap();
    let live = "inference.GRPCInferenceService/ServerLive";
    client.call::<_, pb::ServerLiveResponse>(live, pb::ServerLiveRequest {}).await.unwrap();
    let refused = client.call::<_, pb::ServerMetadataResponse>(METADATA, pb::ServerMetadataRequest {}).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn who_calls_too_often_is_told_when_to_call_again() {
    let (server, telemetry) = server();
    let client = server.connect().await;
    for key in ["slow", "few"] {
        let shown = format!("{key}-key");
        predict(&client, &shown).await.unwrap();
        let refused = predict(&client, &shown).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
        assert!(refused.message().contains(&format!("'{key}'")), "{refused}");
        let wait: u64 =
            refused.metadata().get("grpc-retry-pushback-ms").unwrap().to_str().unwrap().parse().unwrap();
        assert!((90_000..=200_000).contains(&wait), "{wait}");
        let trace = telemetry.recent().remove(0);
        assert!(trace.error.unwrap().contains(&format!("'{key}'")));
    }
    let class = ErrorClass::RateLimited.as_str();
    let page = telemetry.metrics(Format::Prometheus);
    assert!(page.contains(&format!("iris_errors_total{{kind=\"{class}\"}} 2\n")), "{page}");
}

#[tokio::test]
async fn every_message_of_a_stream_is_a_request() {
    let (server, _telemetry) = server();
    let client = server.connect().await;
    let mut grpc = tonic::client::Grpc::new(client.0.clone());
    grpc.ready().await.unwrap();
    let messages = with_key(tokio_stream::iter([flower(), flower()]), "slow-key");
    let codec = tonic_prost::ProstCodec::<v1::PredictRequest, v1::PredictResponse>::new();
    let path = http::uri::PathAndQuery::from_static("/iris.v1.Predictor/PredictStream");
    let mut answers = grpc.streaming(messages, path, codec).await.unwrap().into_inner();
    assert!(answers.message().await.unwrap().is_some());
    assert_eq!(answers.message().await.unwrap_err().code(), Code::ResourceExhausted);
}
