//! `POST /predict`, in the four spans of a request.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use iris_core::{Label, Predictor};
use serde::{Deserialize, Serialize};
use tracing::field::Empty;
use tracing::{Span, info_span};

/// The model, and how many requests it has answered.
pub(crate) struct Service {
    predictor: Predictor,
    answered: AtomicU64,
}

impl Service {
    pub(crate) fn iris() -> Self {
        Self { predictor: Predictor::iris(), answered: AtomicU64::new(0) }
    }

    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }
}

/// The measures of a flower, in centimetres.
#[derive(Deserialize)]
pub(crate) struct Flower {
    sepal_length: f64,
    sepal_width: f64,
    petal_length: f64,
    petal_width: f64,
}

/// The same members as `iris-server` answers with.
#[derive(Serialize)]
pub(crate) struct Answer {
    predicted_species: String,
    prediction_probability: f64,
    probabilities: BTreeMap<String, f64>,
    model: &'static str,
    version: &'static str,
}

/// Answers one flower.
pub(crate) async fn predict(
    State(service): State<Arc<Service>>,
    Json(flower): Json<Flower>,
) -> Result<Json<Answer>, String> {
    let start = Instant::now();
    let span = info_span!(
        "prediction_request",
        otel.kind = "server",
        http.request.method = "POST",
        http.route = "/predict",
        http.response.status_code = Empty,
        request.sepal_length = flower.sepal_length,
        request.sepal_width = flower.sepal_width,
        request.petal_length = flower.petal_length,
        request.petal_width = flower.petal_width,
        request.total_time_seconds = Empty,
        request.status = Empty,
        request.error = Empty,
    );
    let answer = span.in_scope(|| answer(&service.predictor, &flower));
    span.record("request.total_time_seconds", start.elapsed().as_secs_f64());
    match &answer {
        Ok(_) => {
            span.record("http.response.status_code", 200);
            span.record("request.status", "success");
        }
        Err(error) => {
            span.record("http.response.status_code", 500);
            span.record("request.status", "error");
            span.record("request.error", error.to_string());
        }
    }
    service.answered.fetch_add(1, Ordering::Relaxed);
    answer.map(Json).map_err(|error| error.to_string())
}

fn answer(predictor: &Predictor, flower: &Flower) -> iris_core::Result<Answer> {
    let preparation = info_span!("data_preparation", data_preparation.time_seconds = Empty);
    let row = timed(&preparation, "data_preparation.time_seconds", || {
        [flower.sepal_length, flower.sepal_width, flower.petal_length, flower.petal_width]
    });
    drop(preparation);

    let inference = info_span!(
        "model_inference",
        model.inference_time_seconds = Empty,
        model.predicted_species = Empty,
        model.prediction_probability = Empty,
    );
    let mut probabilities = [0.0; 3];
    let prediction = timed(&inference, "model.inference_time_seconds", || {
        predictor.predict_proba_into(&row, &mut probabilities)
    })?;
    let species = prediction.label().map(|label| label.to_string()).unwrap_or_default();
    let probability = prediction.probability().unwrap_or(1.0);
    inference.record("model.predicted_species", species.as_str());
    inference.record("model.prediction_probability", probability);
    drop(inference);

    Ok(info_span!("response_formatting").in_scope(|| Answer {
        predicted_species: species,
        prediction_probability: probability,
        probabilities: by_species(predictor, &probabilities),
        model: "iris",
        version: "1",
    }))
}

fn by_species(predictor: &Predictor, probabilities: &[f64]) -> BTreeMap<String, f64> {
    let species = predictor.schema().labels().iter().map(|label: Label<'_>| label.to_string());
    species.zip(probabilities.iter().copied()).collect()
}

/// Runs `work` inside `span` and records how long it took.
fn timed<T>(span: &Span, attribute: &str, work: impl FnOnce() -> T) -> T {
    span.in_scope(|| {
        let start = Instant::now();
        let value = work();
        span.record(attribute, start.elapsed().as_secs_f64());
        value
    })
}
