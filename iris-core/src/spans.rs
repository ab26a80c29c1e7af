//! A request in its spans, for whatever `tracing` subscriber is installed.
//!
//! This is all that a program needs whose predictions shall be seen by a
//! subscriber that it has anyway. Who wants records, metrics and export too
//! takes the crate iris-telemetry, whose spans are the same.

pub mod names;

use std::time::Instant;

use tracing::field::{Empty, debug, display};
use tracing::{Level, Span, info_span};

use crate::{Error, Feature, Prediction, Predictor, Result, Schema};
use names::{
    DATA_PREPARATION, DATA_PREPARATION_TIME, ERROR, ERROR_TYPE, MODEL_INFERENCE, MODEL_INFERENCE_TIME,
    NAMED_FEATURES, OTEL_STATUS_CODE, OTEL_STATUS_DESCRIPTION, PREDICTED_SPECIES, PREDICTED_VALUE,
    PREDICTION_PROBABILITY, PREDICTION_REQUEST, REQUEST_ERROR, REQUEST_FEATURES, REQUEST_STATUS,
    REQUEST_TOTAL_TIME, RESPONSE_FORMATTING, SUCCESS,
};

pub use names::TARGET;

/// Answers one row in the spans of a call: `prediction_request`, and in it
/// `data_preparation` (the row is checked), `model_inference` and
/// `response_formatting`, all at `INFO` under [`TARGET`].
///
/// Their attributes are the [`names`]: the row, the answer, the error, and the
/// seconds that all took. A span is current while its work runs, so that what a
/// subscriber adds nests below it. While nobody subscribes it costs a load and
/// a branch more than [`Predictor::predict`].
///
/// # Errors
///
/// As [`Predictor::predict`].
///
/// # Example
///
/// ```
/// # #[cfg(feature = "embedded-iris")] {
/// use iris_core::Predictor;
/// use tracing_subscriber::fmt::format::FmtSpan;
///
/// let subscriber = tracing_subscriber::fmt().with_span_events(FmtSpan::CLOSE).finish();
/// tracing::subscriber::with_default(subscriber, || {
///     // Prints a line for each of the four spans.
///     let iris = Predictor::iris();
///     let prediction = iris_core::spans::predict(&iris, &[5.1, 3.5, 1.4, 0.2])?;
///     assert!(prediction.label().is_some_and(|label| label == "setosa"));
///     Ok(())
/// })
/// # .map_err(|error: iris_core::Error| error).unwrap();
/// # }
/// ```
#[inline]
pub fn predict<'p>(predictor: &'p Predictor, row: &[f64]) -> Result<Prediction<'p>> {
    if wanted() { predict_in_spans(predictor, row) } else { predictor.predict(row) }
}

/// Whether a subscriber wants these spans: a load and a branch where none does.
#[inline]
#[must_use]
pub fn wanted() -> bool {
    tracing::enabled!(target: TARGET, Level::INFO)
}

/// Whether the columns are those that have [an attribute each](NAMED_FEATURES).
#[must_use]
pub fn has_named_features(schema: &Schema) -> bool {
    schema.features().iter().map(Feature::name).eq(NAMED_FEATURES.map(|(name, _)| name))
}

#[cold]
fn predict_in_spans<'p>(predictor: &'p Predictor, row: &[f64]) -> Result<Prediction<'p>> {
    let start = Instant::now();
    let request = info_span!(
        target: TARGET,
        PREDICTION_REQUEST,
        { NAMED_FEATURES[0].1 } = Empty,
        { NAMED_FEATURES[1].1 } = Empty,
        { NAMED_FEATURES[2].1 } = Empty,
        { NAMED_FEATURES[3].1 } = Empty,
        { REQUEST_FEATURES } = Empty,
        { REQUEST_TOTAL_TIME } = Empty,
        { REQUEST_STATUS } = Empty,
        { REQUEST_ERROR } = Empty,
        { ERROR_TYPE } = Empty,
        { OTEL_STATUS_CODE } = Empty,
        { OTEL_STATUS_DESCRIPTION } = Empty,
    );
    let answer = stages(&request, predictor, row);
    request.record(REQUEST_TOTAL_TIME, start.elapsed().as_secs_f64());
    match &answer {
        Ok(_) => {
            request.record(REQUEST_STATUS, SUCCESS);
        }
        Err(error) => record_error(&request, error),
    }
    answer
}

fn stages<'p>(request: &Span, predictor: &'p Predictor, row: &[f64]) -> Result<Prediction<'p>> {
    let preparation =
        info_span!(target: TARGET, parent: request, DATA_PREPARATION, { DATA_PREPARATION_TIME } = Empty);
    timed(preparation, DATA_PREPARATION_TIME, || predictor.check_row(row)).0?;
    record_row(request, predictor.schema(), row);

    let inference = info_span!(
        target: TARGET,
        parent: request,
        MODEL_INFERENCE,
        { MODEL_INFERENCE_TIME } = Empty,
        { PREDICTED_SPECIES } = Empty,
        { PREDICTION_PROBABILITY } = Empty,
        { PREDICTED_VALUE } = Empty,
    );
    let (answer, inference) = timed(inference, MODEL_INFERENCE_TIME, || predictor.predict(row));
    let prediction = answer?;
    record_answer(&inference, &prediction);
    drop(inference);

    Ok(info_span!(target: TARGET, parent: request, RESPONSE_FORMATTING).in_scope(|| prediction))
}

/// Runs `work` inside `span` and records how long it took; the span is still open then.
fn timed<T>(span: Span, attribute: &str, work: impl FnOnce() -> T) -> (T, Span) {
    let start = Instant::now();
    let value = span.in_scope(work);
    span.record(attribute, start.elapsed().as_secs_f64());
    (value, span)
}

fn record_row(request: &Span, schema: &Schema, row: &[f64]) {
    if has_named_features(schema) {
        for ((_, attribute), value) in NAMED_FEATURES.into_iter().zip(row) {
            request.record(attribute, value);
        }
    } else {
        request.record(REQUEST_FEATURES, debug(row));
    }
}

fn record_answer(inference: &Span, prediction: &Prediction<'_>) {
    if let Some(label) = prediction.label() {
        inference.record(PREDICTED_SPECIES, display(label));
    }
    if let Some(probability) = prediction.probability() {
        inference.record(PREDICTION_PROBABILITY, probability);
    }
    if let Some(value) = prediction.value() {
        inference.record(PREDICTED_VALUE, value);
    }
}

/// A call has no server and no client: whatever is wrong is an error of its span.
fn record_error(request: &Span, error: &Error) {
    request.record(REQUEST_STATUS, ERROR);
    request.record(REQUEST_ERROR, display(error));
    request.record(ERROR_TYPE, error.kind().class().as_str());
    request.record(OTEL_STATUS_CODE, "ERROR");
    request.record(OTEL_STATUS_DESCRIPTION, display(error));
}

#[cfg(test)]
#[cfg(feature = "embedded-iris")]
mod tests;
