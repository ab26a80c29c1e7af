//! Every method there is: the one table of paths, labels, handlers and services.

use iris_serving::gate::RouteClass;
use iris_telemetry::Endpoint;
use prost::Message;

use crate::codec::Encoded;
use crate::context::Context;
use crate::handler::Handler;
use crate::reflection::Version;
use crate::refusal::Refusal;
use crate::{health, infer, metadata, predict, repository};

/// A method of one of the services.
#[derive(Debug)]
pub(crate) struct Method {
    /// Its name, `package.Service/Method`, as records have it.
    pub(crate) endpoint: Endpoint,
    /// What it is for, and so which keys are; `None` for everybody, with a key or without.
    pub(crate) class: Option<RouteClass>,
    pub(crate) handler: Handler,
}

const PREDICT: Option<RouteClass> = Some(RouteClass::Predict);
const OBSERVE: Option<RouteClass> = Some(RouteClass::Observe);
const MANAGE: Option<RouteClass> = Some(RouteClass::Manage);
const ANYBODY: Option<RouteClass> = None;

/// The busiest first.
static METHODS: [Method; 19] = [
    method("inference.GRPCInferenceService/ModelInfer", PREDICT, Handler::Predict(infer::model_infer)),
    method("iris.v1.Predictor/Predict", PREDICT, Handler::Predict(predict::predict)),
    method("iris.v1.Predictor/PredictBatch", PREDICT, Handler::Predict(predict::predict_batch)),
    method(
        "inference.GRPCInferenceService/ModelStreamInfer",
        PREDICT,
        Handler::PredictStream(infer::stream_infer),
    ),
    method("iris.v1.Predictor/PredictStream", PREDICT, Handler::PredictStream(predict::predict)),
    method(
        "inference.GRPCInferenceService/ServerLive",
        ANYBODY,
        Handler::Tell(|context, message| tell(context, message, metadata::server_live)),
    ),
    method(
        "inference.GRPCInferenceService/ServerReady",
        ANYBODY,
        Handler::Tell(|context, message| tell(context, message, metadata::server_ready)),
    ),
    method(
        "inference.GRPCInferenceService/ModelReady",
        OBSERVE,
        Handler::Tell(|context, message| tell(context, message, metadata::model_ready)),
    ),
    method(
        "inference.GRPCInferenceService/ServerMetadata",
        OBSERVE,
        Handler::Tell(|context, message| tell(context, message, metadata::server_metadata)),
    ),
    method(
        "inference.GRPCInferenceService/ModelMetadata",
        OBSERVE,
        Handler::Tell(|context, message| tell(context, message, metadata::model_metadata)),
    ),
    method(
        "inference.GRPCInferenceService/ModelConfig",
        OBSERVE,
        Handler::Tell(|context, message| tell(context, message, metadata::model_config)),
    ),
    method(
        "inference.GRPCInferenceService/ModelStatistics",
        OBSERVE,
        Handler::TellLater(|context, message| tell(context, message, metadata::model_statistics)),
    ),
    method(
        "inference.GRPCInferenceService/RepositoryIndex",
        OBSERVE,
        Handler::Tell(|context, message| tell(context, message, repository::index)),
    ),
    method(
        "inference.GRPCInferenceService/RepositoryModelLoad",
        MANAGE,
        Handler::TellLater(|context, message| tell(context, message, repository::load)),
    ),
    method(
        "inference.GRPCInferenceService/RepositoryModelUnload",
        MANAGE,
        Handler::TellLater(|context, message| tell(context, message, repository::unload)),
    ),
    method(
        "grpc.health.v1.Health/Check",
        ANYBODY,
        Handler::Tell(|context, message| tell(context, message, health::check)),
    ),
    method(
        "grpc.health.v1.Health/Watch",
        ANYBODY,
        Handler::Watch(|context, message| Ok(health::watch(context, &message.decode()?))),
    ),
    method(
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        OBSERVE,
        Handler::Reflect(Version::V1),
    ),
    method(
        "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        OBSERVE,
        Handler::Reflect(Version::V1Alpha),
    ),
];

/// Whatever is none of them, so that labels are bounded.
pub(crate) static UNKNOWN: Endpoint = Endpoint::grpc("");

impl Method {
    /// The method at this path.
    pub(crate) fn at(path: &str) -> Option<&'static Self> {
        let name = path.strip_prefix('/')?;
        METHODS.iter().find(|method| method.endpoint.route() == name || method.is_of_repository(name))
    }

    /// Whether MLServer's older clients mean this method: they know those of the repository by a service of
    /// their own, with the same messages.
    fn is_of_repository(&self, name: &str) -> bool {
        let method = name.strip_prefix("inference.model_repository.ModelRepositoryService/");
        let ours = self.endpoint.route().strip_prefix("inference.GRPCInferenceService/");
        method.is_some_and(|method| method.starts_with("Repository") && ours == Some(method))
    }

    /// The service that it is of, with its package.
    fn service(&self) -> &'static str {
        let route = self.endpoint.route();
        route.split_once('/').map_or(route, |(service, _)| service)
    }
}

/// The services, by their full names.
pub(crate) fn services() -> Vec<&'static str> {
    let mut services = Vec::new();
    for service in METHODS.iter().map(Method::service) {
        if !services.contains(&service) {
            services.push(service);
        }
    }
    services
}

const fn method(name: &'static str, class: Option<RouteClass>, handler: Handler) -> Method {
    Method { endpoint: Endpoint::grpc(name), class, handler }
}

/// From bytes to bytes by a function of messages.
fn tell<Q: Message + Default, A: Message>(
    context: &Context,
    message: &Encoded,
    answer: fn(&Context, Q) -> Result<A, Refusal>,
) -> Result<Encoded, Refusal> {
    Ok(Encoded::of(&answer(context, message.decode()?)?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use prost_types::FileDescriptorSet;

    use super::*;
    use crate::pb::DESCRIPTORS;

    /// What the descriptors of every service say: whether the client of a method
    /// sends a stream, and whether it gets one.
    fn described() -> BTreeMap<String, (bool, bool)> {
        let sets = [
            DESCRIPTORS,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ];
        let mut methods = BTreeMap::new();
        for file in sets.into_iter().flat_map(|set| FileDescriptorSet::decode(set).unwrap().file) {
            for service in &file.service {
                for method in &service.method {
                    let name = format!("{}.{}/{}", file.package(), service.name(), method.name());
                    methods.insert(name, (method.client_streaming(), method.server_streaming()));
                }
            }
        }
        methods
    }

    #[test]
    fn every_method_of_the_protos_is_there_and_no_other() {
        let streams = |handler: &Handler| {
            (handler.is_stream(), handler.is_stream() || matches!(handler, Handler::Watch(_)))
        };
        let rows = METHODS.iter();
        let table: BTreeMap<String, (bool, bool)> =
            rows.map(|method| (method.endpoint.route().to_owned(), streams(&method.handler))).collect();
        assert_eq!(table, described());
        assert_eq!(table.len(), METHODS.len(), "a method is there twice");
    }

    #[test]
    fn who_predicts_is_asked_for_a_key_to_predict() {
        for Method { endpoint, class, handler } in &METHODS {
            assert_eq!(*class == PREDICT, handler.is_traced(), "{endpoint:?}");
        }
    }

    #[test]
    fn a_path_is_a_slash_and_a_whole_name() {
        for method in &METHODS {
            let name = method.endpoint.route();
            assert_eq!(Method::at(&format!("/{name}")).unwrap().endpoint, method.endpoint);
            for path in [name.to_owned(), format!("//{name}"), format!("/{name}/"), format!("/{name}s")] {
                assert!(Method::at(&path).is_none(), "{path}");
            }
        }
    }

    #[test]
    fn the_page_of_the_crate_names_every_service() {
        let page = include_str!("lib.rs");
        for service in services() {
            assert!(page.contains(&format!("//! | `{service}` |")), "{service}");
        }
    }
}
