//! What the server says of itself and its model.

use iris_grpc::pb::inference as pb;
use iris_grpc::{GrpcService, Limits, Router};
use iris_telemetry::{Settings, Telemetry};
use pb::DataType::{TypeFp64, TypeInt64};
use prost::Message;
use prost_types::source_code_info::Location;
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use crate::direct::{Frames, ask, call, framed, iris, router};
use crate::server::of_model;
use crate::tensors::{INFER, raw};

const SERVICE: &str = "inference.GRPCInferenceService";
const CHECK: &str = "grpc.health.v1.Health/Check";

async fn inference<A: Message + Default>(router: &Router, method: &str, request: &impl Message) -> A {
    ask(router, &format!("{SERVICE}/{method}"), request).await.only()
}

#[tokio::test]
async fn live_and_ready_until_it_is_not() {
    let served = iris();
    let router = Router::new(GrpcService::new(served.clone()), Limits::default());
    for ready in [true, false] {
        served.readiness().set(ready);
        let live: pb::ServerLiveResponse =
            inference(&router, "ServerLive", &pb::ServerLiveRequest::default()).await;
        assert!(live.live);
        let answer: pb::ServerReadyResponse =
            inference(&router, "ServerReady", &pb::ServerReadyRequest::default()).await;
        assert_eq!(answer.ready, ready);
        let request = pb::ModelReadyRequest { name: "iris".to_owned(), version: String::new() };
        let model: pb::ModelReadyResponse = inference(&router, "ModelReady", &request).await;
        assert_eq!(model.ready, ready);
        let health: HealthCheckResponse = ask(&router, CHECK, &HealthCheckRequest::default()).await.only();
        let expected = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        assert_eq!(health.status(), expected);
        let request = pb::RepositoryIndexRequest { ready: true, ..pb::RepositoryIndexRequest::default() };
        let index: pb::RepositoryIndexResponse = inference(&router, "RepositoryIndex", &request).await;
        assert_eq!(index.models.len(), usize::from(ready));
        // Inference goes on for those who have not heard yet.
        let request = raw("iris", &[vec![5.1, 3.5, 1.4, 0.2]], &[]);
        ask(&router, INFER, &request).await.only::<pb::ModelInferResponse>();
    }
}

#[tokio::test]
async fn metadata_of_server_and_model() {
    let router = router();
    let server: pb::ServerMetadataResponse =
        inference(&router, "ServerMetadata", &pb::ServerMetadataRequest::default()).await;
    assert_eq!(server.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(server.extensions, iris_serving::extensions(false));
    let request = pb::ModelMetadataRequest { name: "iris".to_owned(), version: "1".to_owned() };
    let model: pb::ModelMetadataResponse = inference(&router, "ModelMetadata", &request).await;
    assert_eq!((model.name.as_str(), &*model.versions), ("iris", &["1".to_owned()][..]));
    assert_eq!((model.inputs.len(), model.inputs[0].datatype.as_str()), (1, "FP64"));
    assert_eq!(model.inputs[0].shape, [-1, 4]);
    let outputs: Vec<_> = model
        .outputs
        .iter()
        .map(|output| (output.name.as_str(), output.datatype.as_str(), output.shape.as_slice()))
        .collect();
    assert_eq!(
        outputs,
        [
            ("predict", "BYTES", &[-1][..]),
            ("predict_proba", "FP64", &[-1, 3]),
            ("decision_function", "FP64", &[-1, 3]),
            ("class_index", "INT64", &[-1]),
        ]
    );
}

#[tokio::test]
async fn the_configuration_agrees_with_the_metadata() {
    let router =
        Router::new(GrpcService::new(of_model("logistic_regression_two_ints_float.onnx")), Limits::default());
    let request = pb::ModelConfigRequest { name: "model".to_owned(), version: String::new() };
    let response: pb::ModelConfigResponse = inference(&router, "ModelConfig", &request).await;
    let config = response.config.unwrap();
    assert_eq!((config.name.as_str(), config.max_batch_size), ("model", 0));
    assert_eq!(config.input[0].data_type(), pb::DataType::TypeFp32);
    let types: Vec<pb::DataType> = config.output.iter().map(pb::ModelOutput::data_type).collect();
    assert_eq!(types, [TypeInt64, TypeFp64, TypeFp64, TypeInt64]);
    assert!(!config.model_transaction_policy.unwrap().decoupled);
    let request = pb::ModelMetadataRequest { name: "model".to_owned(), version: String::new() };
    let metadata: pb::ModelMetadataResponse = inference(&router, "ModelMetadata", &request).await;
    for (config, metadata) in config.output.iter().zip(&metadata.outputs) {
        assert_eq!((&config.name, &config.dims), (&metadata.name, &metadata.shape));
    }
}

#[tokio::test]
async fn statistics_count_rows_requests_and_refusals() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let served = iris().with_recorder(&telemetry.recorder());
    let router = Router::new(GrpcService::new(served).with_telemetry(&telemetry), Limits::default());
    let row = vec![5.1, 3.5, 1.4, 0.2];
    ask(&router, INFER, &raw("iris", std::slice::from_ref(&row), &[])).await;
    ask(&router, INFER, &raw("iris", &[row.clone(), row.clone(), row], &[])).await;
    ask(&router, INFER, &raw("iris", &[vec![f64::NAN; 4]], &[])).await.refused(Code::InvalidArgument, "NaN");
    let request = pb::ModelStatisticsRequest::default();
    let all: pb::ModelStatisticsResponse = inference(&router, "ModelStatistics", &request).await;
    let [model] = &*all.model_stats else { panic!("{all:?}") };
    assert_eq!((model.name.as_str(), model.version.as_str()), ("iris", "1"));
    assert_eq!((model.inference_count, model.execution_count), (4, 2));
    let stats = model.inference_stats.unwrap();
    assert_eq!((stats.success.unwrap().count, stats.fail.unwrap().count), (2, 1));
    let stages = [stats.compute_input, stats.compute_infer, stats.compute_output];
    assert!(stages.iter().all(|stage| stage.unwrap().count == 2));
    let sum: u64 = stages.iter().map(|stage| stage.unwrap().ns).sum();
    assert!(sum > 0 && sum <= stats.success.unwrap().ns);
    assert!(model.last_inference > 1_600_000_000_000);
    let metadata: pb::ServerMetadataResponse =
        inference(&router, "ServerMetadata", &pb::ServerMetadataRequest::default()).await;
    assert!(metadata.extensions.contains(&"statistics".to_owned()));
}

#[tokio::test]
async fn models_are_fixed_whoever_asks() {
    let router = router();
    for (repository_name, model_name) in [("iris", ""), ("", "iris"), ("somewhere", "iris")] {
        for method in ["RepositoryModelLoad", "RepositoryModelUnload"] {
            let request = pb::RepositoryModelLoadRequest {
                repository_name: repository_name.to_owned(),
                model_name: model_name.to_owned(),
                ..pb::RepositoryModelLoadRequest::default()
            };
            let outcome = ask(&router, &format!("{SERVICE}/{method}"), &request).await;
            outcome.refused(Code::Unimplemented, "model 'iris' cannot be");
        }
    }
    let index: pb::RepositoryIndexResponse =
        inference(&router, "RepositoryIndex", &pb::RepositoryIndexRequest::default()).await;
    assert_eq!((index.models.len(), index.models[0].state.as_str()), (1, "READY"));
}

#[tokio::test]
async fn an_unknown_method_or_service_is_unimplemented() {
    for method in ["inference.GRPCInferenceService/Nothing", "other.Service/ModelInfer", "", "a/b/c"] {
        let outcome = ask(&router(), method, &pb::ServerLiveRequest::default()).await;
        outcome.refused(Code::Unimplemented, "there is no method");
    }
}

#[tokio::test]
async fn a_request_that_is_no_grpc_is_answered_in_http() {
    let router = router();
    for request in [
        http::Request::get("/").header("content-type", "application/grpc"),
        http::Request::post("/").header("content-type", "application/json"),
        http::Request::post("/"),
    ] {
        let response = router.answer(request.body(Frames::default()).unwrap()).await;
        assert_eq!(response.status(), 415);
    }
}

/// Asks both versions, whose messages are alike.
async fn reflect(request: MessageRequest) -> [MessageResponse; 2] {
    let router = router();
    let request =
        ServerReflectionRequest { host: String::new(), message_request: Some(request) }.encode_to_vec();
    let ask = async |version: &str| {
        let method = format!("grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
        let outcome = call(&router, &method, &[], Frames::of(vec![framed(&request)])).await;
        outcome.only::<ServerReflectionResponse>().message_response.unwrap()
    };
    [ask("v1").await, ask("v1alpha").await]
}

#[tokio::test]
async fn reflection_lists_the_services() {
    for response in reflect(MessageRequest::ListServices(String::new())).await {
        let MessageResponse::ListServicesResponse(list) = response else { panic!("{response:?}") };
        let names: Vec<&str> = list.service.iter().map(|service| service.name.as_str()).collect();
        for service in [SERVICE, "iris.v1.Predictor", "grpc.health.v1.Health"] {
            assert!(names.contains(&service), "{names:?}");
        }
    }
}

#[tokio::test]
async fn reflection_describes_messages_with_their_comments() {
    let symbol = "iris.v1.PredictRequest.sepal_length".to_owned();
    for response in reflect(MessageRequest::FileContainingSymbol(symbol)).await {
        let MessageResponse::FileDescriptorResponse(files) = response else { panic!("{response:?}") };
        let file = prost_types::FileDescriptorProto::decode(&*files.file_descriptor_proto[0]).unwrap();
        assert_eq!(file.name(), "iris/v1/predictor.proto");
        let info = file.source_code_info.unwrap();
        let comments: Vec<&str> = info.location.iter().map(Location::leading_comments).collect();
        assert!(comments.contains(&" Length of the sepal, in centimetres.\n"), "{comments:?}");
    }
}

/// Every method that the protos declare is answered by something.
#[tokio::test]
async fn no_method_of_the_descriptors_is_forgotten() {
    let router = router();
    let descriptors = prost_types::FileDescriptorSet::decode(iris_grpc::pb::DESCRIPTORS).unwrap();
    let mut n_methods = 0;
    for file in &descriptors.file {
        for service in &file.service {
            for method in &service.method {
                let path = format!("{}.{}/{}", file.package(), service.name(), method.name());
                let outcome = call(&router, &path, &[], Frames::default()).await;
                assert!(!outcome.message.contains("there is no method"), "{path}");
                n_methods += 1;
            }
        }
    }
    assert_eq!(n_methods, 15);
}
