//! `GET /models`: the models served, with all that is needed to ask them.

use axum::extract::State;
use axum::response::Response;
use iris_core::{ColumnKind, Feature, Statistics, Task};
use iris_serving::{Model, Snapshot};
use serde_json::{Map, Value, json};

use crate::HttpService;
use crate::example::{cells, example_row};

/// Texts that are listed of a column; who needs all of them has the model's file.
const TEXTS: usize = 500;

/// The models, each with its columns, its task and a row that it answers.
pub(crate) async fn models(State(service): State<HttpService>) -> Response {
    service.now().described(|snapshot, example| described(&service, snapshot, example))
}

/// These models, the default one with this row for an example.
fn described(service: &HttpService, snapshot: &Snapshot, example: &[f64]) -> Value {
    let default = snapshot.default_model();
    let row = |of: &Model| {
        if std::ptr::eq(of, default) { example.to_vec() } else { example_row(of.predictor()) }
    };
    json!({
        "models": snapshot.models().map(|of| model(of, &row(of))).collect::<Vec<_>>(),
        "default": { "name": default.name(), "version": default.version() },
        "grpc_port": service.page().and_then(|page| page.grpc_port),
        "has_docs": service.has_docs(),
    })
}

fn model(model: &Model, example: &[f64]) -> Value {
    let schema = model.schema();
    let task = match schema.task() {
        Task::Classify { has_probabilities, .. } => json!({
            "kind": "classify",
            "labels": schema.labels().iter().collect::<Vec<_>>(),
            "has_probabilities": has_probabilities,
        }),
        Task::Regress { n_targets } => json!({ "kind": "regress", "n_targets": n_targets }),
    };
    json!({
        "name": model.name(),
        // As SageMaker asks which models there are.
        "modelName": model.name(),
        "modelUrl": model.name(),
        "version": model.version(),
        "description": schema.description(),
        "task": task,
        "features": schema.features().iter().map(feature).collect::<Vec<_>>(),
        "example": cells(schema, example),
        "has_contributions": schema.contributions().is_ok(),
        "is_of_flowers": model.is_of_flowers(),
        "contract": schema.contract(),
        "notes": schema.notes(),
    })
}

fn feature(feature: &Feature) -> Value {
    let mut all = Map::from_iter([
        ("name".to_owned(), json!(feature.name())),
        ("kind".to_owned(), json!(feature.kind().name())),
        ("accepts_missing".to_owned(), json!(feature.accepts_missing())),
    ]);
    let mut add = |name: &str, value: Value| drop(all.insert(name.to_owned(), value));
    if let Some(unit) = feature.unit() {
        add("unit", json!(unit));
    }
    if let Some(Statistics { min, max, mean, std }) = feature.statistics() {
        add("statistics", json!({ "min": min, "max": max, "mean": mean, "std": std }));
    }
    if let ColumnKind::Category(categories) = feature.kind() {
        let texts = categories.texts();
        add("texts", json!(&texts[..texts.len().min(TEXTS)]));
        add("n_texts", json!(texts.len()));
        add("accepts_unknown", json!(categories.accepts_unknown()));
    }
    // To the page both are texts, and of free ones none is known.
    if let ColumnKind::Text = feature.kind() {
        add("kind", json!("category"));
        add("texts", json!([]));
        add("n_texts", json!(0));
        add("accepts_unknown", json!(true));
    }
    all.into()
}
