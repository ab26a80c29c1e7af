//! What the spans of a call are called, and their attributes.
//!
//! Whoever makes such spans takes the names from here, so that dashboards and
//! alerts fit all of them.

/// The target of every span, for a subscriber's filter.
pub const TARGET: &str = "iris::spans";

/// The span of a whole request, the parent of the three stages.
pub const PREDICTION_REQUEST: &str = "prediction_request";
/// The span of its first stage: from what came in to a row that is checked.
pub const DATA_PREPARATION: &str = "data_preparation";
/// The span of its second stage: the model at work.
pub const MODEL_INFERENCE: &str = "model_inference";
/// The span of its last stage: from the answer to what goes out.
pub const RESPONSE_FORMATTING: &str = "response_formatting";

/// The features whose values have an attribute each, with its key, in a
/// model's order: those of the Iris flowers, in centimetres.
pub const NAMED_FEATURES: [(&str, &str); 4] = [
    ("sepal_length", "request.sepal_length"),
    ("sepal_width", "request.sepal_width"),
    ("petal_length", "request.petal_length"),
    ("petal_width", "request.petal_width"),
];
/// The row of a model with other features, as one list.
pub const REQUEST_FEATURES: &str = "request.features";
/// Seconds that the whole request took.
pub const REQUEST_TOTAL_TIME: &str = "request.total_time_seconds";
/// [`SUCCESS`] or [`ERROR`].
pub const REQUEST_STATUS: &str = "request.status";
/// What was wrong with the request, in words.
pub const REQUEST_ERROR: &str = "request.error";

/// Seconds that [`DATA_PREPARATION`] took.
pub const DATA_PREPARATION_TIME: &str = "data_preparation.time_seconds";
/// Seconds that [`MODEL_INFERENCE`] took.
pub const MODEL_INFERENCE_TIME: &str = "model.inference_time_seconds";
/// The class that a classifier answered, whichever it is of.
pub const PREDICTED_SPECIES: &str = "model.predicted_species";
/// The probability of that class, in [0, 1].
pub const PREDICTION_PROBABILITY: &str = "model.prediction_probability";
/// The value that a regressor of one target answered.
pub const PREDICTED_VALUE: &str = "model.predicted_value";

/// What kind of error it was, by OpenTelemetry's convention.
pub const ERROR_TYPE: &str = "error.type";

/// Where tracing-opentelemetry looks for the status of a span: `ERROR`, or nothing.
pub const OTEL_STATUS_CODE: &str = "otel.status_code";
/// Where it looks for the words that go with the status.
pub const OTEL_STATUS_DESCRIPTION: &str = "otel.status_description";

/// The [`REQUEST_STATUS`] of a request that was answered.
pub const SUCCESS: &str = "success";
/// The [`REQUEST_STATUS`] of a request that was refused.
pub const ERROR: &str = "error";
