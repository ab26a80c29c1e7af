//! The routes of the table, with what each takes and may answer.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use iris_core::ErrorClass::{Internal, InvalidInput, NotFound, Unavailable, Unimplemented};
use iris_serving::Model;
use serde_json::{Map, Value, json};

use super::door::Door;
use super::examples::Examples;
use super::headers;
use super::json_schema::{schema, text};
use super::operation::Operation;
use crate::predict::CONTRIBUTIONS;
use crate::routes::{Action, Route};

/// Every route but the second path of one action, which nobody needs described.
pub(super) fn paths(served: &Model, door: &Door, examples: &Examples) -> Value {
    let mut paths = Map::new();
    let is_another_path = |route: &Route| route.path() == "/v2/";
    for route in door.routes.iter().filter(|route| !is_another_path(route)) {
        let path = paths.entry(route.path()).or_insert_with(|| json!({}));
        path[route.method().as_str().to_lowercase()] = describe(route, served, door, examples).into_value();
    }
    paths.into()
}

/// What statuses say in place of 200 where traffic is not wanted.
const NOT_WANTED: &str = "The server is stopping";

/// One route. The match has no wildcard, so that every action is described.
fn describe(route: &Route, served: &Model, door: &Door, examples: &Examples) -> Operation {
    let of_route = Operation::new(route, served, door);
    match route.action {
        Action::Predict | Action::PredictModel | Action::PredictModelVersion => {
            let names_one = route.action != Action::Predict;
            let of_route = if names_one { of_route.refuses(&[NotFound]) } else { of_route };
            let operation = predict(of_route, examples);
            match served.schema().contributions() {
                Ok(_) => operation.query(
                    CONTRIBUTIONS,
                    "Whether answers say what each feature contributes",
                    json!({ "type": "boolean", "default": false }),
                ),
                Err(_) => operation,
            }
        }
        Action::Invocations | Action::Invoke => {
            let of_route = if route.action == Action::Invoke { of_model(of_route) } else { of_route };
            let mut operation = invocations(of_route, examples);
            operation.also_takes("text/csv", json!({ "schema": text(), "example": examples.csv }));
            operation.also_answers("text/csv", json!({ "schema": text() }));
            operation
        }
        Action::Events => events(of_route, examples),
        Action::Welcome => of_route.answers("Welcome"),
        Action::Docs => of_route.answers_with("text/html", text()),
        Action::DocsFile => {
            let mut operation = of_route.answers_with("text/css", text());
            operation.also_answers("text/javascript", json!({ "schema": text() }));
            operation.refuses(&[NotFound])
        }
        Action::Schemas => {
            of_route.answers_with("application/json", json!({ "type": "object" })).refuses(&[NotFound])
        }
        Action::Stats | Action::Traces => of_route
            .answers_with("application/json", json!({ "type": "object" }))
            .refuses(&[InvalidInput, NotFound, Internal]),
        Action::Openapi => of_route.answers_with("application/json", json!({ "type": "object" })),
        Action::Health => of_route.answers("Health").refuses(&[Unavailable]),
        Action::Livez => of_route.answers_with("text/plain", text()),
        Action::Readyz | Action::Ping => {
            of_route.answers_with("text/plain", text()).or_503(NOT_WANTED, "text/plain", text())
        }
        Action::Metrics => {
            let mut operation = of_route.answers_with("text/plain", text());
            operation.also_answers("application/openmetrics-text", json!({ "schema": text() }));
            operation.refuses(&[NotFound, Internal])
        }
        Action::Server => of_route.answers("Server"),
        Action::Live => of_route.answers("Live"),
        Action::Ready => ready_or_not(of_route, "Ready"),
        Action::Models | Action::ModelsV1 => of_route.answers("Models"),
        Action::Statistics => of_route.answers("Statistics").refuses(&[Unimplemented, Internal]),
        Action::Model | Action::ModelVersion => of_model(of_route).answers("ModelMetadata"),
        Action::ModelReady | Action::ModelReadyVersion => ready_or_not(of_model(of_route), "ModelReady"),
        Action::Config | Action::ConfigVersion => of_model(of_route).answers("ModelConfig"),
        Action::ModelStatistics | Action::ModelStatisticsVersion => {
            of_model(of_route).answers("Statistics").refuses(&[Unimplemented, Internal])
        }
        Action::ModelV1 | Action::ModelVersionV1 | Action::ModelLabelV1 => {
            of_model(of_route).answers("ModelStatus")
        }
        Action::MetadataV1 | Action::MetadataVersionV1 | Action::MetadataLabelV1 => {
            of_model(of_route).answers_with("application/json", json!({ "type": "object" }))
        }
        Action::Infer | Action::InferVersion => infer(of_model(of_route), examples),
        Action::PredictV1 | Action::PredictVersionV1 | Action::PredictLabelV1 => {
            let instances = json!({ "schema": schema("Instances"), "example": examples.instances });
            let operation = of_model(of_route).takes(true, "application/json", instances);
            let mut operation = operation.answers("PredictionsV1").refuses(&[InvalidInput, Internal]);
            operation.sends("200", headers::MODEL);
            operation
        }
        Action::Index => {
            let body = json!({ "schema": schema("IndexRequest"), "example": { "ready": true } });
            of_route.takes(false, "application/json", body).answers("Index").refuses(&[InvalidInput])
        }
        Action::Load => {
            let body = json!({ "schema": schema("LoadRequest"), "example": {} });
            changes(of_route.takes(false, "application/json", body))
        }
        Action::Unload | Action::RemoveModel => changes(of_route),
        Action::AddModel => {
            let body = json!({ "schema": schema("AddRequest"), "example": { "model_name": served.name(), "url": served.name() } });
            changes(of_route.takes(true, "application/json", body))
        }
        Action::Aliases => {
            let body =
                json!({ "schema": schema("AliasChanges"), "example": { "champion": served.version() } });
            changes(of_route.takes(true, "application/json", body))
        }
        Action::Described => of_model(of_route).answers_with("application/json", json!({ "type": "object" })),
    }
}

/// The same in the data of events, answered by events.
fn events(operation: Operation, examples: &Examples) -> Operation {
    let (object, list) = (json!({ "type": "object" }), json!({ "type": "array" }));
    let event = json!({
        "specversion": "1.0", "id": "1", "source": "/examples", "type": "example", "data": examples.features,
    });
    let data = BASE64_STANDARD.encode(examples.features.to_string());
    let message = json!({ "message": { "messageId": "1", "data": data }, "subscription": "example" });
    let mut operation = operation
        .takes(true, "application/json", json!({ "schema": object, "example": message }))
        .answers_with("application/json", object.clone())
        .lists_mistakes()
        .refuses(&[InvalidInput, Internal]);
    operation.sends("200", headers::MODEL);
    let batch = json!([event]);
    for (form, schema, example) in [("cloudevents", object, event), ("cloudevents-batch", list, batch)] {
        let media_type = format!("application/{form}+json");
        operation.also_takes(&media_type, json!({ "schema": schema, "example": example }));
        operation.also_answers(&media_type, json!({ "schema": schema }));
    }
    operation
}

/// Named numbers in, whatever form they come in.
fn predict(operation: Operation, examples: &Examples) -> Operation {
    let asked = [schema("Features"), schema("Rows"), schema("Instances")];
    let answered = [schema("Prediction"), schema("Predictions"), schema("InstancePredictions")];
    rows(operation, json!({ "anyOf": asked }), examples.own(), json!({ "anyOf": answered }))
}

/// The same, and `MLflow`'s forms, which are answered by plain lists.
fn invocations(operation: Operation, examples: &Examples) -> Operation {
    let own = [schema("Features"), schema("Rows"), schema("Instances")];
    let frames = [schema("DataframeSplit"), schema("DataframeRecords"), schema("Inputs")];
    let asked = json!({ "anyOf": own.iter().chain(&frames).collect::<Vec<_>>() });
    let answered = ["Prediction", "Predictions", "InstancePredictions", "PredictionsV1"].map(schema);
    let mut all = examples.own();
    all.append(&mut examples.frames());
    rows(operation, asked, all, json!({ "anyOf": answered }))
}

/// Rows as JSON, whose fields are listed by 422 where they are wrong; what never comes as far
/// as these is refused by 400.
fn rows(operation: Operation, asked: Value, examples: Map<String, Value>, answered: Value) -> Operation {
    let body = json!({ "schema": asked, "examples": examples });
    let mut operation = operation
        .takes(true, "application/json", body)
        .answers_with("application/json", answered)
        .lists_mistakes()
        .refuses(&[InvalidInput, Internal]);
    operation.sends("200", headers::MODEL);
    operation
}

/// Tensors in, tensors out.
fn infer(operation: Operation, examples: &Examples) -> Operation {
    let body = json!({ "schema": schema("InferRequest"), "example": examples.infer });
    let binary = json!({ "schema": { "type": "string", "format": "binary" } });
    let mut operation = operation.takes(true, "application/json", body).answers("InferAnswer");
    operation.also_answers("application/octet-stream", binary);
    operation.reads("JsonLength");
    operation.sends("200", headers::JSON_LENGTH);
    operation.sends("200", headers::MODEL);
    operation.refuses(&[InvalidInput, Internal])
}

/// Of what is served: done only where clients may change it.
fn changes(operation: Operation) -> Operation {
    let operation = operation.answers_with("application/json", json!({ "type": "object" }));
    operation.refuses(&[InvalidInput, NotFound, Unimplemented, Unavailable, Internal])
}

/// Of a model that a path names: 400 for a name that is no text.
fn of_model(operation: Operation) -> Operation {
    operation.refuses(&[InvalidInput, NotFound])
}

fn ready_or_not(operation: Operation, name: &str) -> Operation {
    operation.answers(name).or_503(NOT_WANTED, "application/json", schema(name))
}
