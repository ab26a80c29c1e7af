//! Several models, and such as come and go, by gRPC.

use std::collections::BTreeMap;

use iris_core::{Predictor, Quantization};
use iris_grpc::pb::{self as all, inference as pb};
use iris_grpc::{GrpcService, Limits, Router};
use iris_serving::{Catalog, Library, Loader, Model, Sources, Traffic, VersionPolicy};
use pb::model_repository_parameter::ParameterChoice;
use prost::Message;
use tonic::Code;

use crate::direct::{Frames, ask, call, framed};
use crate::tensors::{INFER, raw};

const LOAD: &str = "inference.GRPCInferenceService/RepositoryModelLoad";
const UNLOAD: &str = "inference.GRPCInferenceService/RepositoryModelUnload";

/// Two versions of `m`, and what loads more of what clients send.
fn router() -> Router {
    let catalog = Catalog::new(Model::new("m", "1", Predictor::iris()));
    catalog.change(|served| {
        served.put(Model::new("m", "2", Predictor::iris()));
        served.set_aliases("m", [("champion".to_owned(), "1".to_owned())].into());
    });
    let sources = Sources {
        files: Vec::new(),
        folder: None,
        policy: VersionPolicy::default(),
        max_rows: Model::DEFAULT_MAX_ROWS,
        memory: None,
        quantization: Quantization::Exact,
    };
    let loader = Loader::start(Library::open(&catalog, sources).unwrap(), None).unwrap();
    Router::new(GrpcService::new(catalog.with_loader(loader.for_clients())), Limits::default())
}

#[tokio::test]
async fn a_request_names_a_version_or_an_alias() {
    let router = router();
    for (name, version, answered) in
        [("m", "", "2"), ("m", "1", "1"), ("m@champion", "", "1"), ("m", "champion", "1")]
    {
        let mut request = raw(name, &[vec![5.1, 3.5, 1.4, 0.2]], &[]);
        request.model_version = version.to_owned();
        let outcome = ask(&router, INFER, &request).await;
        assert_eq!(outcome.head["iris-model"], format!("m/{answered}"));
        let answer: pb::ModelInferResponse = outcome.only();
        assert_eq!((answer.model_name.as_str(), answer.model_version.as_str()), ("m", answered));
    }
    let unknown = raw("o", &[vec![5.1, 3.5, 1.4, 0.2]], &[]);
    ask(&router, INFER, &unknown).await.refused(Code::NotFound, "'m'");
    let request = pb::ModelMetadataRequest { name: "m".to_owned(), version: String::new() };
    let metadata = "inference.GRPCInferenceService/ModelMetadata";
    let answer: pb::ModelMetadataResponse = ask(&router, metadata, &request).await.only();
    assert_eq!(answer.versions, ["1", "2"]);
}

/// By the value of a key of the metadata, whoever sends one.
#[tokio::test]
async fn versions_share_the_requests_that_name_none() {
    let traffic = Traffic::default().with_split("m=1:50,2:50".parse().unwrap());
    let traffic = traffic.with_split_key("x-user".parse().unwrap());
    let catalog = Catalog::new(Model::new("m", "1", Predictor::iris())).with_traffic(traffic);
    catalog.change(|served| served.put(Model::new("m", "2", Predictor::iris())));
    let router = Router::new(GrpcService::new(catalog), Limits::default());
    let request = raw("m", &[vec![5.1, 3.5, 1.4, 0.2]], &[]).encode_to_vec();
    let by = async |headers: &[(&'static str, &str)]| {
        let outcome = call(&router, INFER, headers, Frames::of(vec![framed(&request)])).await;
        outcome.only::<pb::ModelInferResponse>().model_version
    };
    let (mut by_chance, mut by_user) = (BTreeMap::new(), BTreeMap::new());
    for n in 0..60 {
        *by_chance.entry(by(&[]).await).or_insert(0) += 1;
        let user = [("x-user", ["ada", "bob", "carl", "dora", "eve", "fay"][n % 6])];
        let version = by(&user).await;
        assert_eq!(by_user.entry(n % 6).or_insert_with(|| version.clone()), &version, "{user:?}");
    }
    assert!(by_chance.len() == 2 && by_chance.values().all(|n| *n > 8), "{by_chance:?}");
}

/// By the value of a feature, in either service.
#[tokio::test]
async fn a_feature_of_the_first_row_goes_one_way() {
    let traffic = Traffic::default().with_split("m=1:50,2:50".parse().unwrap());
    let traffic = traffic.with_split_key("feature:sepal_width".parse().unwrap());
    let catalog = Catalog::new(Model::new("m", "1", Predictor::iris())).with_traffic(traffic);
    catalog.change(|served| served.put(Model::new("m", "2", Predictor::iris())));
    let router = Router::new(GrpcService::new(catalog), Limits::default());
    let mut versions = BTreeMap::new();
    for n in 0..20_u8 {
        let width = f64::from(n);
        let infer = ask(&router, INFER, &raw("m", &[vec![5.1, width, 1.4, 0.2]], &[])).await;
        let flower = all::iris::v1::PredictRequest {
            sepal_length: Some(1.0),
            sepal_width: Some(width),
            petal_length: Some(3.0),
            petal_width: Some(4.0),
            ..Default::default()
        };
        let predict = ask(&router, "iris.v1.Predictor/Predict", &flower).await;
        assert_eq!(infer.head["iris-model"], predict.head["iris-model"], "{n}");
        *versions.entry(infer.head["iris-model"].clone()).or_insert(0) += 1;
    }
    assert_eq!(versions.len(), 2, "{versions:?}");
}

/// The name stands in the second field, or in the first, as KServe has it.
#[tokio::test]
async fn a_model_is_sent_asked_and_unloaded() {
    let router = router();
    let file = pb::ModelRepositoryParameter {
        parameter_choice: Some(ParameterChoice::BytesParam(Predictor::IRIS.to_vec().into())),
    };
    let load = |first: &str, second: &str, parameters| pb::RepositoryModelLoadRequest {
        repository_name: first.to_owned(),
        model_name: second.to_owned(),
        parameters,
    };
    let files = BTreeMap::from([("file:4/model.onnx".to_owned(), file)]);
    for (first, second) in [("", "sent"), ("sent", "")] {
        let loaded = ask(&router, LOAD, &load(first, second, files.clone())).await;
        loaded.only::<pb::RepositoryModelLoadResponse>();
        let request = raw("sent", &[vec![5.1, 3.5, 1.4, 0.2]], &[]);
        let answer: pb::ModelInferResponse = ask(&router, INFER, &request).await.only();
        assert_eq!(answer.model_version, "4");
        let unload = pb::RepositoryModelUnloadRequest {
            repository_name: first.to_owned(),
            model_name: second.to_owned(),
            ..pb::RepositoryModelUnloadRequest::default()
        };
        ask(&router, UNLOAD, &unload).await.only::<pb::RepositoryModelUnloadResponse>();
        ask(&router, INFER, &request).await.refused(Code::NotFound, "there is no model 'sent'");
        ask(&router, UNLOAD, &unload).await.refused(Code::NotFound, "sent");
    }
    // As MLServer's older clients call it.
    let index = "inference.model_repository.ModelRepositoryService/RepositoryIndex";
    let answer: pb::RepositoryIndexResponse =
        ask(&router, index, &pb::RepositoryIndexRequest::default()).await.only();
    assert!(answer.models.iter().any(|model| model.name == "sent"), "{answer:?}");
    ask(&router, LOAD, &load("", "nowhere", BTreeMap::new())).await.refused(Code::NotFound, "nowhere");
    ask(&router, LOAD, &load("", "../m", BTreeMap::new())).await.refused(Code::InvalidArgument, "is no name");
}
