//! Every method there is, so that labels made of them are bounded.

use iris_core::spans::Endpoint;

/// A method of one of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    ModelInfer,
    Predict,
    PredictBatch,
    ModelStreamInfer,
    PredictStream,
    ServerLive,
    ServerReady,
    ModelReady,
    ServerMetadata,
    ModelMetadata,
    ModelConfig,
    ModelStatistics,
    RepositoryIndex,
    RepositoryModelLoad,
    RepositoryModelUnload,
    HealthCheck,
    HealthWatch,
    Reflection,
    ReflectionAlpha,
}

/// The methods by their names, the busiest first.
static METHODS: [(Method, Endpoint); 19] = [
    (Method::ModelInfer, Endpoint::grpc("inference.GRPCInferenceService/ModelInfer")),
    (Method::Predict, Endpoint::grpc("iris.v1.Predictor/Predict")),
    (Method::PredictBatch, Endpoint::grpc("iris.v1.Predictor/PredictBatch")),
    (Method::ModelStreamInfer, Endpoint::grpc("inference.GRPCInferenceService/ModelStreamInfer")),
    (Method::PredictStream, Endpoint::grpc("iris.v1.Predictor/PredictStream")),
    (Method::ServerLive, Endpoint::grpc("inference.GRPCInferenceService/ServerLive")),
    (Method::ServerReady, Endpoint::grpc("inference.GRPCInferenceService/ServerReady")),
    (Method::ModelReady, Endpoint::grpc("inference.GRPCInferenceService/ModelReady")),
    (Method::ServerMetadata, Endpoint::grpc("inference.GRPCInferenceService/ServerMetadata")),
    (Method::ModelMetadata, Endpoint::grpc("inference.GRPCInferenceService/ModelMetadata")),
    (Method::ModelConfig, Endpoint::grpc("inference.GRPCInferenceService/ModelConfig")),
    (Method::ModelStatistics, Endpoint::grpc("inference.GRPCInferenceService/ModelStatistics")),
    (Method::RepositoryIndex, Endpoint::grpc("inference.GRPCInferenceService/RepositoryIndex")),
    (Method::RepositoryModelLoad, Endpoint::grpc("inference.GRPCInferenceService/RepositoryModelLoad")),
    (Method::RepositoryModelUnload, Endpoint::grpc("inference.GRPCInferenceService/RepositoryModelUnload")),
    (Method::HealthCheck, Endpoint::grpc("grpc.health.v1.Health/Check")),
    (Method::HealthWatch, Endpoint::grpc("grpc.health.v1.Health/Watch")),
    (Method::Reflection, Endpoint::grpc("grpc.reflection.v1.ServerReflection/ServerReflectionInfo")),
    (
        Method::ReflectionAlpha,
        Endpoint::grpc("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"),
    ),
];

/// Whatever is none of them.
static UNKNOWN: Endpoint = Endpoint::grpc("");

impl Method {
    /// The method at this path, and its name for records.
    pub(crate) fn at(path: &str) -> (Option<Self>, &'static Endpoint) {
        let name = path.strip_prefix('/').unwrap_or_default();
        let found = METHODS.iter().find(|(_, endpoint)| endpoint.route() == name);
        found.map_or((None, &UNKNOWN), |(method, endpoint)| (Some(*method), endpoint))
    }

    /// Whether the client sends a stream.
    pub(crate) fn is_stream(self) -> bool {
        matches!(
            self,
            Self::ModelStreamInfer | Self::PredictStream | Self::Reflection | Self::ReflectionAlpha
        )
    }

    /// Whether its messages are recorded as requests, one by one.
    pub(crate) fn is_traced(self) -> bool {
        matches!(
            self,
            Self::ModelInfer
                | Self::Predict
                | Self::PredictBatch
                | Self::ModelStreamInfer
                | Self::PredictStream
        )
    }
}

/// The services, as health and reflection name them.
pub(crate) const SERVICES: [&str; 5] = [
    "inference.GRPCInferenceService",
    "iris.v1.Predictor",
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];
