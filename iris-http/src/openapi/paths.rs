//! The routes, with what each may answer.

use iris_serving::Model;
use serde_json::{Map, Value, json};

use super::schema;

/// How a route's failures are written.
#[derive(Clone, Copy)]
enum Failures {
    Detail,
    Error,
}

/// One operation being described.
struct Operation(Value, Failures);

impl Operation {
    fn new(tag: &str, id: &str, summary: &str) -> Self {
        let failures = if ["v1", "v2"].contains(&tag) { Failures::Error } else { Failures::Detail };
        Self(json!({ "tags": [tag], "operationId": id, "summary": summary, "responses": {} }), failures)
    }

    /// Answers this schema, as JSON, with 200.
    fn answers(self, name: &str) -> Self {
        self.status("200", "The answer", json!({ "application/json": { "schema": schema(name) } }))
    }

    fn answers_text(self, media_type: &str) -> Self {
        self.status("200", "The answer", json!({ media_type: { "schema": { "type": "string" } } }))
    }

    fn status(mut self, status: &str, description: &str, content: Value) -> Self {
        self.0["responses"][status] = json!({ "description": description, "content": content });
        self
    }

    /// May refuse with these statuses.
    fn refuses(mut self, statuses: &[&str]) -> Self {
        for status in statuses {
            let description = match *status {
                "400" => "Not a request, or not one for this model",
                "404" => "There is no such thing",
                "408" => "The body did not come in time",
                "413" => "The body is too large",
                "415" => "The body is in a form not read here",
                "422" => "Every mistake in the body",
                "501" => "Not done here, and why",
                "503" => "Not now",
                _ => "A mistake of the server's",
            };
            let content = match self.1 {
                Failures::Error => json!({ "application/json": { "schema": schema("Error") } }),
                Failures::Detail => json!({
                    "application/json": { "schema": schema("Detail") },
                    "application/problem+json": { "schema": schema("Problem") },
                }),
            };
            self = self.status(status, description, content);
        }
        self
    }

    /// Takes a body.
    fn takes(mut self, required: bool, content: Value) -> Self {
        self.0["requestBody"] = json!({ "required": required, "content": content });
        self.refuses(&["400", "408", "413", "415"])
    }

    /// Is of a path with these parameters, for which the values served are given.
    fn of(mut self, parameters: &[(&str, &str)]) -> Self {
        let describe = |(name, example): &(&str, &str)| {
            let schema = json!({ "type": "string", "minLength": 1, "examples": [example] });
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        };
        self.0["parameters"] = parameters.iter().map(describe).collect();
        self.refuses(&["400", "404"])
    }
}

pub(super) fn paths(served: &Model) -> Value {
    let mut paths = Map::new();
    let mut add = |path: &str, method: &str, operation: Operation| {
        paths.entry(path).or_insert_with(|| json!({}))[method] = operation.0;
    };
    service(&mut add);
    v1(served, &mut add);
    v2(&mut add);
    let model = [("model", served.name())];
    v2_model(&mut add, "/v2/models/{model}", "", &model);
    let version = [("model", served.name()), ("version", served.version())];
    v2_model(&mut add, "/v2/models/{model}/versions/{version}", "Version", &version);
    for action in ["load", "unload"] {
        let operation = Operation::new("v2", action, "Not done here: models are loaded at the start");
        let path = format!("/v2/repository/models/{{model}}/{action}");
        add(&path, "post", operation.of(&model).refuses(&["501"]));
    }
    paths.into()
}

type Add<'a> = dyn FnMut(&str, &str, Operation) + 'a;

fn service(add: &mut Add<'_>) {
    let any_body = json!({ "application/json": { "schema": {
        "anyOf": [schema("Features"), schema("Rows"), schema("Instances")],
    } } });
    let any_answer = json!({ "application/json": { "schema": {
        "anyOf": [schema("Prediction"), schema("Predictions"), schema("InstancePredictions")],
    } } });
    let predict = Operation::new("service", "predict", "Classify one row, or each of a list").status(
        "200",
        "The answer, in the form of the request",
        any_answer.clone(),
    );
    add("/predict", "post", predict.takes(true, any_body.clone()).refuses(&["422"]));
    add("/", "get", Operation::new("service", "welcome", "What this is").answers("Welcome"));
    add(
        "/openapi.json",
        "get",
        Operation::new("service", "openapi", "This document").status(
            "200",
            "The document",
            json!({ "application/json": { "schema": { "type": "object" } } }),
        ),
    );
    let health = Operation::new("operations", "health", "A test prediction").answers("Health");
    add("/health", "get", health.refuses(&["503"]));
    let not_ready = json!({ "text/plain": { "schema": { "type": "string" } } });
    let probe = |id, summary| Operation::new("operations", id, summary).answers_text("text/plain");
    add("/livez", "get", probe("livez", "Whether the process answers"));
    let readyz = probe("readyz", "Whether traffic is wanted");
    add("/readyz", "get", readyz.status("503", "The server is stopping", not_ready.clone()));
    let metrics =
        probe("metrics", "For Prometheus; as OpenMetrics to who accepts it").refuses(&["404", "500"]);
    add("/metrics", "get", metrics);
    let ping = Operation::new("platforms", "ping", "Whether traffic is wanted").answers_text("text/plain");
    add("/ping", "get", ping.status("503", "The server is stopping", not_ready));

    let lines = json!({ "schema": { "type": "string" } });
    let (mut body, mut answer) = (any_body, any_answer);
    (body["text/csv"], answer["text/csv"]) = (lines.clone(), lines);
    let invocations = Operation::new(
        "platforms",
        "invocations",
        "As /predict, or lines of CSV without a header",
    )
    .status("200", "The answer, in the form of the request", answer);
    add("/invocations", "post", invocations.takes(true, body).refuses(&["422"]));
}

fn v1(served: &Model, add: &mut Add<'_>) {
    let model = [("model", served.name())];
    add("/v1/models", "get", Operation::new("v1", "modelsV1", "The models served").answers("Models"));
    let status = Operation::new("v1", "modelV1", "Whether a model is ready").answers("ModelStatus");
    add("/v1/models/{model}", "get", status.of(&model));
    let predict = Operation::new("v1", "predictV1", "The label of each instance").answers("LabelPredictions");
    let body = json!({ "application/json": { "schema": schema("Instances") } });
    add("/v1/models/{model}:predict", "post", predict.of(&model).takes(true, body));
}

fn v2(add: &mut Add<'_>) {
    let operation = |id, summary, answer| Operation::new("v2", id, summary).answers(answer);
    add("/v2", "get", operation("server", "What this server is", "Server"));
    add("/v2/health/live", "get", operation("live", "Whether the server answers", "Live"));
    let not_ready = json!({ "application/json": { "schema": schema("Ready") } });
    let ready = operation("ready", "Whether traffic is wanted", "Ready");
    add("/v2/health/ready", "get", ready.status("503", "The server is stopping", not_ready));
    add("/v2/models", "get", operation("models", "The models served", "Models"));
    let statistics = operation("statistics", "What the models have been used for", "Statistics");
    add("/v2/models/stats", "get", statistics.refuses(&["500", "501"]));
    let index = operation("index", "The models there are", "Index");
    let body = json!({ "application/json": { "schema": schema("IndexRequest") } });
    add("/v2/repository/index", "post", index.takes(false, body));
}

/// The routes of a model, and again of a version of it.
fn v2_model(add: &mut Add<'_>, path: &str, suffix: &str, parameters: &[(&str, &str)]) {
    let operation =
        |id: &str, summary| Operation::new("v2", &format!("{id}{suffix}"), summary).of(parameters);
    let metadata = operation("model", "The model's tensors").answers("ModelMetadata");
    add(path, "get", metadata);
    let not_ready = json!({ "application/json": { "schema": schema("ModelReady") } });
    let ready = operation("modelReady", "Whether the model takes requests").answers("ModelReady");
    add(&format!("{path}/ready"), "get", ready.status("503", "The server is stopping", not_ready));
    let config = operation("config", "The part of Triton's configuration that clients read");
    add(&format!("{path}/config"), "get", config.answers("ModelConfig"));
    let statistics = operation("modelStatistics", "What the model has been used for").answers("Statistics");
    add(&format!("{path}/stats"), "get", statistics.refuses(&["500", "501"]));

    let binary = json!({ "schema": { "type": "string", "format": "binary" } });
    let request = json!({ "application/json": { "schema": schema("InferRequest") } });
    let answer = json!({
        "application/json": { "schema": schema("InferAnswer") },
        "application/octet-stream": binary,
    });
    let infer = operation("infer", "Predictions for tensors; binary ones stand behind the JSON").status(
        "200",
        "The outputs asked for",
        answer,
    );
    let mut infer = infer.takes(true, request);
    infer.0["parameters"].as_array_mut().into_iter().for_each(|all| {
        all.push(json!({
            "name": "Inference-Header-Content-Length",
            "in": "header",
            "description": "Bytes of the JSON, where binary tensors follow",
            "schema": { "type": "integer", "minimum": 0 },
        }));
    });
    add(&format!("{path}/infer"), "post", infer);
}
