//! The rows of the table.

#[cfg(feature = "server")]
use iris_telemetry::Endpoint;

use super::RouteClass::{self, Manage, Observe, Predict};
use super::route::{Action, Route, Verb};

/// Every route that is always there, those of one door together.
pub static ROUTES: &[Route] = &[
    post("/predict", Action::Predict, Predict, "What the model says of one row, or of each row of a list"),
    post("/models/{model}/predict", Action::PredictModel, Predict, PREDICT_MODEL),
    post("/models/{model}/versions/{version}/predict", Action::PredictModelVersion, Predict, PREDICT_MODEL),
    get("/", Action::Welcome, "What this is, and how to ask it"),
    get("/health", Action::Health, "A test prediction, with the time it took"),
    get("/livez", Action::Livez, "Whether the process answers"),
    get("/readyz", Action::Readyz, "Whether traffic is wanted"),
    get("/metrics", Action::Metrics, "Metrics for Prometheus; as OpenMetrics to who accepts it"),
    get("/openapi.json", Action::Openapi, "Every route, described"),
    get("/docs", Action::Docs, "A page of every route, to read and to try them"),
    get("/docs/{file}", Action::DocsFile, "A file that this page loads"),
    // What the page asks for.
    get("/models", Action::Schemas, "The models served, each with its columns and a row that it answers"),
    get("/stats", Action::Stats, "The process and its requests, now and in the last minutes"),
    get("/traces", Action::Traces, "Where time went in the last requests, or in the one that ?id= names"),
    // The Open Inference Protocol.
    get("/v2", Action::Server, SERVER),
    get("/v2/", Action::Server, SERVER),
    get("/v2/health/live", Action::Live, "Whether the server answers"),
    get("/v2/health/ready", Action::Ready, "Whether the server wants traffic"),
    get("/v2/models", Action::Models, "The names of the models served"),
    get("/v2/models/stats", Action::Statistics, "What all models were used for"),
    get("/v2/models/{model}", Action::Model, MODEL),
    get("/v2/models/{model}/versions/{version}", Action::ModelVersion, MODEL),
    get("/v2/models/{model}/ready", Action::ModelReady, MODEL_READY),
    get("/v2/models/{model}/versions/{version}/ready", Action::ModelReadyVersion, MODEL_READY),
    get("/v2/models/{model}/config", Action::Config, CONFIG),
    get("/v2/models/{model}/versions/{version}/config", Action::ConfigVersion, CONFIG),
    get("/v2/models/{model}/stats", Action::ModelStatistics, STATISTICS),
    get("/v2/models/{model}/versions/{version}/stats", Action::ModelStatisticsVersion, STATISTICS),
    post("/v2/models/{model}/infer", Action::Infer, Predict, INFER),
    post("/v2/models/{model}/versions/{version}/infer", Action::InferVersion, Predict, INFER),
    post("/v2/repository/index", Action::Index, Observe, "The models there are, and the state of each"),
    post("/v2/repository/models/{model}/load", Action::Load, Manage, LOAD),
    post("/v2/repository/models/{model}/unload", Action::Unload, Manage, UNLOAD),
    post("/models/{model}/aliases", Action::Aliases, Manage, ALIASES),
    // Version 1 of the protocol.
    get("/v1/models", Action::ModelsV1, "The names of the models served"),
    get("/v1/models/{model}", Action::ModelV1, "A model's state, as TensorFlow Serving says it"),
    get("/v1/models/{model}/versions/{version}", Action::ModelVersionV1, "The state of one of its versions"),
    get("/v1/models/{model}/labels/{label}", Action::ModelLabelV1, "The state of the version of this alias"),
    get("/v1/models/{model}/metadata", Action::MetadataV1, METADATA_V1),
    get("/v1/models/{model}/versions/{version}/metadata", Action::MetadataVersionV1, METADATA_V1),
    get(
        "/v1/models/{model}/labels/{label}/metadata",
        Action::MetadataLabelV1,
        "The tensors of the version of this alias",
    ),
    post("/v1/models/{model}:predict", Action::PredictV1, Predict, PREDICT_V1),
    post("/v1/models/{model}/versions/{version}:predict", Action::PredictVersionV1, Predict, PREDICT_V1),
    post(
        "/v1/models/{model}/labels/{label}:predict",
        Action::PredictLabelV1,
        Predict,
        "The same of the version of this alias",
    ),
    // SageMaker.
    get("/ping", Action::Ping, "Whether traffic is wanted"),
    post("/invocations", Action::Invocations, Predict, "As /predict, in MLflow's forms, or lines of CSV"),
    // Brokers of events.
    post(
        "/events",
        Action::Events,
        Predict,
        "As /predict, for CloudEvents and messages of Pub/Sub's; answered by events",
    ),
    post(
        "/models",
        Action::AddModel,
        Manage,
        "Loads a model under a name, from its place in the models' folder",
    ),
    get("/models/{model}", Action::Described, "A model, its versions, and what these are called"),
    delete("/models/{model}", Action::RemoveModel, "Unloads a model"),
    post("/models/{model}/invoke", Action::Invoke, Predict, "As /invocations, of the model named"),
];

impl Route {
    /// The first of those at which this is done.
    pub(crate) const fn of(action: Action) -> &'static Self {
        let mut index = 0;
        // No iterator is constant.
        while ROUTES[index].action as usize != action as usize {
            index += 1;
        }
        &ROUTES[index]
    }

    /// How records name what is done there, for who needs a constant.
    #[cfg(feature = "server")]
    pub(crate) const fn endpoint_of(action: Action) -> Endpoint {
        let route = Self::of(action);
        Endpoint::http(route.verb.as_str(), route.path())
    }
}

const SERVER: &str = "What this server is, and the extensions it speaks";
const MODEL: &str = "A model's tensors";
const MODEL_READY: &str = "Whether a model takes requests";
const CONFIG: &str = "The part of Triton's configuration that clients read";
const STATISTICS: &str = "What a model was used for";
const INFER: &str = "Predictions for tensors; binary ones stand behind the JSON";
const PREDICT_MODEL: &str = "As /predict, of the model named; `model@alias` names a version, too";
const LOAD: &str = "Loads a model of the models' folder, or what is sent of it; only with --allow-loading";
const UNLOAD: &str = "Unloads a model; only with --allow-loading";
const ALIASES: &str = "Moves aliases of a model's versions, all at once; only with --allow-loading";
const PREDICT_V1: &str = "Each instance's label, or its value";
const METADATA_V1: &str = "A model's tensors, as TensorFlow Serving says them";

const fn get(path: &'static str, action: Action, summary: &'static str) -> Route {
    Route::new(Verb::Get, path, action, Observe, summary)
}

const fn delete(path: &'static str, action: Action, summary: &'static str) -> Route {
    Route::new(Verb::Delete, path, action, Manage, summary)
}

const fn post(path: &'static str, action: Action, class: RouteClass, summary: &'static str) -> Route {
    Route::new(Verb::Post, path, action, class, summary)
}
