//! The contract of spans: what each is called, and which attributes it has under which conditions.
//!
//! It is stated here and nowhere else. Whatever shows spans, as `tracing` or
//! over OpenTelemetry's protocol, asks a record for its [`Spans`] and gives a
//! sink for their attributes.

use iris_core::ErrorClass;
use iris_core::spans::names::{
    DATA_PREPARATION, DATA_PREPARATION_TIME, ERROR, ERROR_TYPE, MODEL_INFERENCE, MODEL_INFERENCE_TIME,
    NAMED_FEATURES, PREDICTED_SPECIES, PREDICTED_VALUE, PREDICTION_PROBABILITY, PREDICTION_REQUEST,
    REQUEST_ERROR, REQUEST_FEATURES, REQUEST_STATUS, REQUEST_TOTAL_TIME, RESPONSE_FORMATTING, SUCCESS,
};

use crate::clock::seconds;
use crate::models::{ModelInfo, Said};
use crate::origin::{Endpoint, Protocol, grpc_code};
use crate::record::{Kind, Stage};
use crate::view::View;

pub(crate) const MODEL_LOADING: &str = "model_loading";
pub(crate) const HEALTH_CHECK: &str = "health_check";

/// OpenTelemetry's conventions for HTTP and RPC servers.
pub(crate) const HTTP_METHOD: &str = "http.request.method";
pub(crate) const HTTP_ROUTE: &str = "http.route";
pub(crate) const HTTP_STATUS: &str = "http.response.status_code";
pub(crate) const URL_PATH: &str = "url.path";
pub(crate) const URL_SCHEME: &str = "url.scheme";
pub(crate) const HTTP_VERSION: &str = "network.protocol.version";
pub(crate) const CLIENT_ADDRESS: &str = "client.address";
pub(crate) const USER_AGENT: &str = "user_agent.original";
pub(crate) const RPC_SYSTEM: &str = "rpc.system.name";
pub(crate) const RPC_METHOD: &str = "rpc.method";
pub(crate) const RPC_STATUS: &str = "rpc.response.status_code";

/// Which model answered, where there may be several.
pub(crate) const MODEL_NAME: &str = "model.name";
pub(crate) const MODEL_VERSION: &str = "model.version";
/// What its version was asked by, if by an alias.
pub(crate) const MODEL_ALIAS: &str = "model.alias";
pub(crate) const REQUEST_BATCH_SIZE: &str = "request.batch_size";
pub(crate) const MODEL_LOAD_TIME: &str = "model.load_time_seconds";
pub(crate) const MODEL_STATUS: &str = "model.status";
pub(crate) const MODEL_ERROR: &str = "model.error";
pub(crate) const HEALTH_TEST_TIME: &str = "health.model_test_time_seconds";
pub(crate) const HEALTH_STATUS: &str = "health.status";
pub(crate) const HEALTH_REASON: &str = "health.reason";

/// The spans of one record: that of the whole, and one for each stage reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spans<'a> {
    pub(crate) view: View<'a>,
    has_named_features: bool,
    label: Option<&'a str>,
    model: Option<&'a ModelInfo>,
}

/// What an attribute says.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    /// One of a few words.
    Word(&'static str),
    Text(&'a str),
    Int(u32),
    Number(Quantity),
    /// A list of as many features.
    Features(u16),
}

/// A number of a record. It has a name of its own, so that a template can leave
/// a place for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Quantity {
    /// Seconds that the whole or a stage took.
    Seconds(Option<Stage>),
    Feature(u16),
    /// The class's probability, or a regressor's value.
    Answer,
}

/// Takes attributes, each with its key.
pub(crate) type Sink<'s> = dyn FnMut(&'static str, Value<'_>) + 's;

impl<'a> Spans<'a> {
    /// The spans of a record of which the model is known.
    pub(crate) fn new(view: View<'a>, model: Option<&'a ModelInfo>) -> Self {
        let label = view.record.class().and_then(|class| model?.label(class));
        Self { view, has_named_features: model.is_some_and(|model| model.has_named_features), label, model }
    }

    /// The spans of a record still in the hands of who makes it.
    pub(crate) fn under_way(view: View<'a>, has_named_features: bool, label: Option<&'a str>) -> Self {
        Self { view, has_named_features, label, model: None }
    }

    /// The same of this model.
    pub(crate) fn of(self, model: Option<&'a ModelInfo>) -> Self {
        Self { model, ..self }
    }

    /// The name of the whole's span, if there is one.
    pub(crate) fn name(&self) -> Option<&'static str> {
        self.view.record.kind.span_name()
    }

    /// Whether it is a server's span, and not one of a call within the process.
    pub(crate) fn is_servers(&self) -> bool {
        self.view.record.endpoint.protocol != Protocol::Call
    }

    /// What makes the status of the whole's span an error. What the client did
    /// wrong is none of a server's span.
    pub(crate) fn failure(&self) -> Option<(ErrorClass, &'a str)> {
        let fault = self.view.record.fault?;
        (!self.is_servers() || fault.is_servers()).then_some((fault, self.view.error))
    }

    /// The stages that have a span below it, in their order.
    pub(crate) fn stages(&self) -> impl Iterator<Item = Stage> + use<'a> {
        let record = self.view.record;
        let has_stages = record.kind == Kind::Prediction;
        Stage::ALL.into_iter().filter(move |stage| has_stages && record.stage(*stage).is_some())
    }

    /// The attributes that the whole's span has from its beginning.
    pub(crate) fn opening(&self, sink: &mut Sink<'_>) {
        let View { record, path, .. } = self.view;
        let Endpoint { protocol, method, route } = *record.endpoint;
        match protocol {
            Protocol::Call => {}
            Protocol::Http => {
                sink(HTTP_METHOD, Value::Word(method));
                sink(HTTP_ROUTE, Value::Word(route));
                sink(URL_PATH, Value::Text(if path.is_empty() { route } else { path }));
                sink(URL_SCHEME, Value::Word("http"));
                sink(HTTP_VERSION, Value::Word(record.http_version.as_str()));
            }
            Protocol::Grpc => {
                sink(RPC_SYSTEM, Value::Word("grpc"));
                sink(RPC_METHOD, Value::Word(route));
            }
        }
    }

    /// Those that say who asked, as far as that is recorded; `user_agent` is what
    /// the record's number stands for.
    pub(crate) fn client(&self, user_agent: Option<&str>, sink: &mut Sink<'_>) {
        if !self.is_servers() {
            return;
        }
        if let Some(address) = self.view.record.client {
            sink(CLIENT_ADDRESS, Value::Text(&address.to_string()));
        }
        if let Some(user_agent) = user_agent {
            sink(USER_AGENT, Value::Text(user_agent));
        }
    }

    /// Those that it has at its end, beside the ones from its beginning.
    pub(crate) fn closing(&self, sink: &mut Sink<'_>) {
        let View { record, .. } = self.view;
        match record.endpoint.protocol {
            Protocol::Call => {}
            Protocol::Http => sink(HTTP_STATUS, Value::Int(record.status.into())),
            Protocol::Grpc => sink(RPC_STATUS, Value::Word(grpc_code(record.status))),
        }
        // The work of a load or a check is its record's first stage.
        let work = Quantity::Seconds(Some(Stage::DataPreparation));
        match record.kind {
            Kind::Prediction => {
                self.who(sink);
                self.input(sink);
                sink(REQUEST_TOTAL_TIME, Value::Number(Quantity::Seconds(None)));
                self.outcome((REQUEST_STATUS, [SUCCESS, ERROR]), REQUEST_ERROR, sink);
            }
            Kind::ModelLoading => {
                sink(MODEL_LOAD_TIME, Value::Number(work));
                self.outcome((MODEL_STATUS, ["loaded", "error"]), MODEL_ERROR, sink);
            }
            Kind::HealthCheck => {
                sink(HEALTH_TEST_TIME, Value::Number(work));
                self.outcome((HEALTH_STATUS, ["healthy", "unhealthy"]), HEALTH_REASON, sink);
            }
            Kind::Other => {}
        }
        if let Some((fault, _)) = self.failure() {
            sink(ERROR_TYPE, Value::Word(error_type(record.endpoint, record.status, fault)));
        }
    }

    /// The attributes of a stage's span, all of them known at its end.
    pub(crate) fn stage(&self, stage: Stage, sink: &mut Sink<'_>) {
        let seconds = Value::Number(Quantity::Seconds(Some(stage)));
        match stage {
            Stage::DataPreparation => sink(DATA_PREPARATION_TIME, seconds),
            Stage::ModelInference => {
                let record = self.view.record;
                sink(MODEL_INFERENCE_TIME, seconds);
                if let Some(label) = self.label {
                    sink(PREDICTED_SPECIES, Value::Text(label));
                }
                if record.probability().is_some() {
                    sink(PREDICTION_PROBABILITY, Value::Number(Quantity::Answer));
                }
                if record.value().is_some() {
                    sink(PREDICTED_VALUE, Value::Number(Quantity::Answer));
                }
            }
            Stage::ResponseFormatting => {}
        }
    }

    fn who(&self, sink: &mut Sink<'_>) {
        let Some(ModelInfo { name, version, said, .. }) = self.model else { return };
        if *said == Said::Nothing {
            return;
        }
        sink(MODEL_NAME, Value::Text(name));
        sink(MODEL_VERSION, Value::Text(version));
        if let Said::Alias(alias) = said {
            sink(MODEL_ALIAS, Value::Text(alias));
        }
    }

    fn input(&self, sink: &mut Sink<'_>) {
        let record = self.view.record;
        if self.has_named_features {
            for (index, (_, attribute)) in (0..record.n_features).zip(NAMED_FEATURES) {
                sink(attribute, Value::Number(Quantity::Feature(index)));
            }
        } else if record.n_features > 0 {
            sink(REQUEST_FEATURES, Value::Features(record.n_features));
        }
        if record.batch_size > 0 {
            sink(REQUEST_BATCH_SIZE, Value::Int(record.batch_size));
        }
    }

    fn outcome(
        &self,
        (status, [good, bad]): (&'static str, [&'static str; 2]),
        reason: &'static str,
        sink: &mut Sink<'_>,
    ) {
        let failed = self.view.record.fault.is_some();
        sink(status, Value::Word(if failed { bad } else { good }));
        if failed {
            sink(reason, Value::Text(self.view.error));
        }
    }
}

impl Quantity {
    /// The number itself.
    #[inline]
    pub(crate) fn of(self, view: &View<'_>) -> f64 {
        match self {
            Self::Seconds(stage) => {
                let (start, end) = view.record.times(stage);
                seconds(end.since(start))
            }
            Self::Feature(index) => view.feature(index.into()),
            Self::Answer => view.record.number.unwrap_or_default(),
        }
    }
}

impl Kind {
    pub(crate) fn span_name(self) -> Option<&'static str> {
        match self {
            Self::Prediction => Some(PREDICTION_REQUEST),
            Self::ModelLoading => Some(MODEL_LOADING),
            Self::HealthCheck => Some(HEALTH_CHECK),
            Self::Other => None,
        }
    }
}

impl Stage {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DataPreparation => DATA_PREPARATION,
            Self::ModelInference => MODEL_INFERENCE,
            Self::ResponseFormatting => RESPONSE_FORMATTING,
        }
    }
}

/// The `error.type` of a failure that is one of its span.
fn error_type(endpoint: &Endpoint, status: u16, fault: ErrorClass) -> &'static str {
    match (endpoint.protocol, status) {
        (Protocol::Grpc, code) => grpc_code(code),
        (Protocol::Http, 500) => "500",
        (Protocol::Http, 503) => "503",
        _ => fault.as_str(),
    }
}
