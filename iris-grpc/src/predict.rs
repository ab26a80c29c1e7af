//! `iris.v1.Predictor`: named numbers in, a species out; and packed batches.

use iris_core::Label;
use iris_serving::{Asked, Exchange, Model, Predictions, Want};

use crate::call::Call;
use crate::codec::Encoded;
use crate::pb::iris::v1 as pb;
use crate::refusal::Refusal;
use crate::status::Kind;

/// Classifies one flower, alone or on a stream.
pub(crate) fn predict(call: &Call, message: &Encoded) -> Result<Encoded, Refusal> {
    call.answer(message, One(message))
}

/// Classifies many rows.
pub(crate) fn predict_batch(call: &Call, message: &Encoded) -> Result<Encoded, Refusal> {
    call.answer(message, Batch(message))
}

struct One<'m>(&'m Encoded);

impl Exchange for One<'_> {
    type Answer = Encoded;
    type Refusal = Refusal;

    fn decode(&mut self, model: &Model) -> Result<Asked, Refusal> {
        let flower: pb::PredictRequest = self.0.decode()?;
        let rows = row(model, &flower)?;
        let want = want(model, flower.contributions, rows.len())?;
        Ok(Asked { rows, want, ..Asked::default() })
    }

    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Self::Answer {
        let class_index = predictions.classes().first().copied().unwrap_or_default();
        let probabilities = predictions.probabilities().to_vec();
        Encoded::of(&pb::PredictResponse {
            species: predictions.labels().next().map(text).unwrap_or_default(),
            value: predictions.values().first().copied(),
            class_index,
            probability: probabilities.get(class_index as usize).copied(),
            probabilities,
            contributions: predictions.contributions().to_vec(),
            model_name: model.name().to_owned(),
            model_version: model.version().to_owned(),
        })
        .by(model)
    }
}

struct Batch<'m>(&'m Encoded);

impl Exchange for Batch<'_> {
    type Answer = Encoded;
    type Refusal = Refusal;

    fn decode(&mut self, model: &Model) -> Result<Asked, Refusal> {
        let batch: pb::PredictBatchRequest = self.0.decode()?;
        let (len, n_features, max) = (batch.values.len(), model.schema().n_features(), model.max_rows());
        if len == 0 || !len.is_multiple_of(n_features) {
            let reason = format!("{len} values; expected {n_features} for each row, and at least one row");
            return Err(Refusal::invalid(reason));
        }
        if len / n_features > max {
            return Err(Refusal::invalid(format!("{} rows; expected at most {max}", len / n_features)));
        }
        let want = want(model, batch.contributions, len)?;
        Ok(Asked { rows: batch.values, want, ..Asked::default() })
    }

    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Self::Answer {
        Encoded::of(&pb::PredictBatchResponse {
            class_index: predictions.classes().to_vec(),
            values: predictions.values().to_vec(),
            probabilities: predictions.probabilities().to_vec(),
            contributions: predictions.contributions().to_vec(),
            labels: model.schema().labels().iter().map(text).collect(),
            model_name: model.name().to_owned(),
            model_version: model.version().to_owned(),
        })
        .by(model)
    }
}

fn want(model: &Model, contributions: bool, n_numbers: usize) -> Result<Want, Refusal> {
    let probabilities = model.schema().has_probabilities();
    let want = Want { probabilities, scores: false, contributions };
    model.check_want(want, n_numbers)?;
    Ok(want)
}

/// The flower's numbers in the order of the model's features.
fn row(model: &Model, flower: &pb::PredictRequest) -> Result<Vec<f64>, Refusal> {
    let named = [
        ("sepal_length", flower.sepal_length),
        ("sepal_width", flower.sepal_width),
        ("petal_length", flower.petal_length),
        ("petal_width", flower.petal_width),
    ];
    let schema = model.schema();
    let features = schema.features();
    let mut row = vec![0.0; named.len()];
    let mut missing = Vec::new();
    for (place, (name, value)) in named.into_iter().enumerate() {
        // Mostly they stand in the dataset's own order, and need no search.
        let is_here = features.get(place).is_some_and(|feature| feature.name() == name);
        let index = if is_here { Some(place) } else { schema.feature_index(name) };
        let index = index.filter(|_| features.len() == named.len()).ok_or_else(|| other_features(model))?;
        match value {
            Some(value) => row[index] = value,
            None => missing.push(name),
        }
    }
    if missing.is_empty() {
        Ok(row)
    } else {
        Err(Refusal::invalid(format!("missing: {}", missing.join(", "))))
    }
}

#[cold]
fn other_features(model: &Model) -> Refusal {
    let reason = format!(
        "model '{}' has the features {}, not an iris flower's; call PredictBatch or ModelInfer",
        model.name(),
        model.schema().feature_list()
    );
    Refusal::new(Kind::OtherModel, reason)
}

fn text(label: Label<'_>) -> String {
    label.to_string()
}
