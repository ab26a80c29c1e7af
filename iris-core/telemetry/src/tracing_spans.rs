//! The spans as `tracing` shows them to any subscriber.
//!
//! A subscriber has to know the keys of a span when it is made, so they are
//! declared here; which of them get a value is the contract's to say.

use iris_core::spans::names::{
    DATA_PREPARATION, DATA_PREPARATION_TIME, ERROR_TYPE, MODEL_INFERENCE, MODEL_INFERENCE_TIME,
    NAMED_FEATURES, OTEL_STATUS_CODE, OTEL_STATUS_DESCRIPTION, PREDICTED_SPECIES, PREDICTED_VALUE,
    PREDICTION_PROBABILITY, PREDICTION_REQUEST, REQUEST_ERROR, REQUEST_FEATURES, REQUEST_STATUS,
    REQUEST_TOTAL_TIME, RESPONSE_FORMATTING, TARGET,
};
use tracing::field::{Empty, debug, display};
use tracing::{Span, info_span};

use crate::agents;
use crate::contract::{
    CLIENT_ADDRESS, HEALTH_CHECK, HEALTH_REASON, HEALTH_STATUS, HEALTH_TEST_TIME, HTTP_METHOD, HTTP_ROUTE,
    HTTP_STATUS, HTTP_VERSION, MODEL_ALIAS, MODEL_ERROR, MODEL_LOAD_TIME, MODEL_LOADING, MODEL_NAME,
    MODEL_STATUS, MODEL_VERSION, Quantity, REQUEST_BATCH_SIZE, RPC_METHOD, RPC_STATUS, RPC_SYSTEM, Spans,
    URL_PATH, URL_SCHEME, USER_AGENT, Value,
};
use crate::record::{Kind, Stage};

/// Where tracing-opentelemetry looks for the kind of a span.
const OTEL_KIND: &str = "otel.kind";

/// A span that may be a server's, with `$key`s of its own.
macro_rules! server_span {
    ($name:expr, $($key:expr,)*) => {
        info_span!(
            target: TARGET,
            $name,
            { OTEL_KIND } = Empty,
            { OTEL_STATUS_CODE } = Empty,
            { OTEL_STATUS_DESCRIPTION } = Empty,
            { HTTP_METHOD } = Empty,
            { HTTP_ROUTE } = Empty,
            { HTTP_STATUS } = Empty,
            { URL_PATH } = Empty,
            { URL_SCHEME } = Empty,
            { HTTP_VERSION } = Empty,
            { CLIENT_ADDRESS } = Empty,
            { USER_AGENT } = Empty,
            { RPC_SYSTEM } = Empty,
            { RPC_METHOD } = Empty,
            { RPC_STATUS } = Empty,
            { ERROR_TYPE } = Empty,
            $({ $key } = Empty,)*
        )
    };
}

/// The span of a whole request, load or check, below whatever span is current.
#[cold]
pub(crate) fn whole(kind: Kind) -> Span {
    match kind {
        Kind::Prediction => server_span!(
            PREDICTION_REQUEST,
            NAMED_FEATURES[0].1,
            NAMED_FEATURES[1].1,
            NAMED_FEATURES[2].1,
            NAMED_FEATURES[3].1,
            MODEL_NAME,
            MODEL_VERSION,
            MODEL_ALIAS,
            REQUEST_FEATURES,
            REQUEST_BATCH_SIZE,
            REQUEST_TOTAL_TIME,
            REQUEST_STATUS,
            REQUEST_ERROR,
        ),
        Kind::ModelLoading => info_span!(
            target: TARGET,
            MODEL_LOADING,
            { OTEL_STATUS_CODE } = Empty,
            { OTEL_STATUS_DESCRIPTION } = Empty,
            { ERROR_TYPE } = Empty,
            { MODEL_LOAD_TIME } = Empty,
            { MODEL_STATUS } = Empty,
            { MODEL_ERROR } = Empty,
        ),
        Kind::HealthCheck => server_span!(HEALTH_CHECK, HEALTH_TEST_TIME, HEALTH_STATUS, HEALTH_REASON,),
        Kind::Other => Span::none(),
    }
}

/// The span of a stage below that of its request.
#[cold]
pub(crate) fn stage(parent: &Span, stage: Stage) -> Span {
    match stage {
        Stage::DataPreparation => {
            info_span!(target: TARGET, parent: parent, DATA_PREPARATION, { DATA_PREPARATION_TIME } = Empty)
        }
        Stage::ModelInference => info_span!(
            target: TARGET,
            parent: parent,
            MODEL_INFERENCE,
            { MODEL_INFERENCE_TIME } = Empty,
            { PREDICTED_SPECIES } = Empty,
            { PREDICTION_PROBABILITY } = Empty,
            { PREDICTED_VALUE } = Empty,
        ),
        Stage::ResponseFormatting => info_span!(target: TARGET, parent: parent, RESPONSE_FORMATTING),
    }
}

/// Records what is known when the span of the whole begins.
#[cold]
pub(crate) fn open(span: &Span, spans: &Spans<'_>) {
    if spans.is_servers() {
        span.record(OTEL_KIND, "server");
    }
    spans.opening(&mut |key, value| record(span, spans, key, value));
}

/// Records who asked, as the header has it.
#[cold]
pub(crate) fn client(span: &Span, spans: &Spans<'_>, user_agent: Option<&[u8]>) {
    let user_agent = user_agent.map(agents::text);
    spans.client(user_agent.as_deref(), &mut |key, value| record(span, spans, key, value));
}

/// Records what is known when it ends.
#[cold]
pub(crate) fn close(span: &Span, spans: &Spans<'_>) {
    spans.closing(&mut |key, value| record(span, spans, key, value));
    if let Some((_, error)) = spans.failure() {
        span.record(OTEL_STATUS_CODE, "ERROR");
        span.record(OTEL_STATUS_DESCRIPTION, display(error));
    }
}

/// Records what is known when a stage ends, whose span this is.
#[cold]
pub(crate) fn close_stage(span: &Span, stage: Stage, spans: &Spans<'_>) {
    spans.stage(stage, &mut |key, value| record(span, spans, key, value));
}

fn record(span: &Span, spans: &Spans<'_>, key: &str, value: Value<'_>) {
    match value {
        Value::Word(word) => span.record(key, word),
        Value::Text(text) => span.record(key, display(text)),
        // Signed, because that is the integer that OpenTelemetry knows.
        Value::Int(number) => span.record(key, i64::from(number)),
        Value::Number(quantity) => span.record(key, quantity.of(&spans.view)),
        // A subscriber knows no lists.
        Value::Features(n) => {
            let row: Vec<f64> = (0..n).map(|index| Quantity::Feature(index).of(&spans.view)).collect();
            span.record(key, debug(row))
        }
    };
}

#[cfg(test)]
mod tests;
