//! One operation of the document.

use http::HeaderMap;
use iris_core::ErrorClass;
use iris_serving::Model;
use serde_json::{Value, json};

use super::door::{Door, SCHEMES};
use super::headers;
use super::json_schema::schema;
use crate::routes::{ROUTES, Route, RouteClass};
use crate::status::{self, Form};
use crate::{Style, docs};

/// A route being described.
pub(super) struct Operation {
    value: Value,
    style: Style,
    max_body: usize,
    /// Whether answers say how long they took.
    is_timed: bool,
}

impl Operation {
    /// What the row of the table says of it, with the served model's name for an
    /// example of a path; the key that it wants, and the trace that it belongs to.
    pub(super) fn new(route: &Route, served: &Model, door: &Door) -> Self {
        let examples = [
            ("model", served.name()),
            ("version", served.version()),
            ("label", served.version()),
            ("file", docs::A_FILE),
        ];
        let parameter = |(name, example): &(&str, &str)| {
            let schema = json!({ "type": "string", "minLength": 1 });
            json!({ "name": name, "in": "path", "required": true, "schema": schema, "example": example })
        };
        let named = examples.iter().filter(|(name, _)| route.path().contains(&format!("{{{name}}}")));
        let value = json!({
            "tags": [tag(route)],
            "operationId": id(route),
            "summary": route.summary(),
            "parameters": named.map(parameter).collect::<Vec<_>>(),
            "responses": {},
        });
        let mut operation = Self {
            value,
            style: Style::of(route.path(), &HeaderMap::new()),
            max_body: door.max_body,
            is_timed: door.server_timing && route.class() == RouteClass::Predict,
        };
        if route.is_traced() {
            operation.reads("Traceparent");
            operation.reads("Tracestate");
        }
        match door.class_of_key(route) {
            Some(class) => operation.wants_key(class),
            None => operation,
        }
    }

    /// Lets in who has a key for this.
    fn wants_key(mut self, class: RouteClass) -> Self {
        self.value["description"] = format!("Wants a key for `{}`.", class.as_str()).into();
        self.value["security"] = SCHEMES.iter().map(|scheme| json!({ *scheme: [] })).collect();
        self.refuses(&[ErrorClass::Unauthenticated, ErrorClass::PermissionDenied, ErrorClass::RateLimited])
    }

    /// Answers this schema, as JSON, with 200.
    pub(super) fn answers(self, name: &str) -> Self {
        self.answers_with("application/json", schema(name))
    }

    pub(super) fn answers_with(mut self, media_type: &str, schema: Value) -> Self {
        self.respond("200", "The answer", json!({ media_type: { "schema": schema } }));
        if self.is_timed {
            self.sends("200", headers::SERVER_TIMING);
        }
        self
    }

    pub(super) fn also_answers(&mut self, media_type: &str, content: Value) {
        self.value["responses"]["200"]["content"][media_type] = content;
    }

    /// Says that it is not ready by another status, in the same form.
    pub(super) fn or_503(mut self, description: &str, media_type: &str, schema: Value) -> Self {
        self.respond("503", description, json!({ media_type: { "schema": schema } }));
        self
    }

    /// Takes a body, for which any may be refused that is too long, too slow, of
    /// another type, or not encoded as it says.
    pub(super) fn takes(mut self, required: bool, media_type: &str, content: Value) -> Self {
        let description = format!(
            "At most {} bytes; compressed, if `Content-Encoding` says gzip or deflate",
            self.max_body
        );
        self.value["requestBody"] =
            json!({ "description": description, "required": required, "content": { media_type: content } });
        self.refuses(&[
            ErrorClass::Aborted,
            ErrorClass::Timeout,
            ErrorClass::TooLarge,
            ErrorClass::UnsupportedMediaType,
            ErrorClass::Overloaded,
        ])
    }

    pub(super) fn also_takes(&mut self, media_type: &str, content: Value) {
        self.value["requestBody"]["content"][media_type] = content;
    }

    /// Reads this header, by the name of its component.
    pub(super) fn reads(&mut self, header: &str) {
        if let Some(parameters) = self.value["parameters"].as_array_mut() {
            parameters.push(json!({ "$ref": format!("#/components/parameters/{header}") }));
        }
    }

    /// Has this header in its answers of this status.
    pub(super) fn sends(&mut self, status: &str, (component, name): (&str, &str)) {
        let header = json!({ "$ref": format!("#/components/headers/{component}") });
        self.value["responses"][status]["headers"][name] = header;
    }

    /// Reads this parameter behind the path.
    pub(super) fn query(mut self, name: &str, description: &str, schema: Value) -> Self {
        let query = json!({ "name": name, "in": "query", "description": description, "schema": schema });
        if let Some(parameters) = self.value["parameters"].as_array_mut() {
            parameters.push(query);
        }
        self
    }

    /// May refuse for these reasons, in a sentence.
    pub(super) fn refuses(mut self, classes: &[ErrorClass]) -> Self {
        for class in classes {
            self.refuse(*class, Form::Sentence);
        }
        self
    }

    /// Refuses what is wrong in a body by a list.
    pub(super) fn lists_mistakes(mut self) -> Self {
        self.refuse(ErrorClass::InvalidInput, Form::List);
        self
    }

    fn refuse(&mut self, class: ErrorClass, form: Form) {
        let content = match self.style {
            Style::Error => json!({ "application/json": { "schema": schema("Error") } }),
            Style::Detail | Style::Problem => json!({
                "application/json": { "schema": schema("Detail") },
                "application/problem+json": { "schema": schema("Problem") },
            }),
        };
        let status = status::of(class, form);
        let description = match form {
            Form::List => "Every mistake in the body",
            Form::Sentence => meaning(class),
        };
        self.respond(status.as_str(), description, content);
        let header = match class {
            ErrorClass::Unauthenticated => headers::WANTED_KEY,
            ErrorClass::RateLimited | ErrorClass::Overloaded => headers::RETRY_AFTER,
            ErrorClass::UnsupportedMediaType => headers::READ_CODINGS,
            _ => return,
        };
        self.sends(status.as_str(), header);
    }

    fn respond(&mut self, status: &str, description: &str, content: Value) {
        self.value["responses"][status] = json!({ "description": description, "content": content });
    }

    pub(super) fn into_value(self) -> Value {
        self.value
    }
}

/// What a refusal for this reason means to a client; one status may have two.
fn meaning(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::InvalidInput | ErrorClass::Aborted => "Not a request, or not one for this model",
        ErrorClass::TooLarge => "The body is too large",
        ErrorClass::UnsupportedMediaType => "The body is in a form not read here",
        ErrorClass::Timeout => "The body did not come in time",
        ErrorClass::Unauthenticated => "A key is missing, or not known",
        ErrorClass::PermissionDenied => "The key is not for this",
        ErrorClass::RateLimited => "The key asks too often",
        ErrorClass::NotFound => "There is no such thing",
        ErrorClass::MethodNotAllowed => "Another method is meant",
        ErrorClass::Unimplemented => "Not done here, and why",
        ErrorClass::Unavailable => "Not now",
        ErrorClass::Overloaded => "There is too much to do; the header Retry-After says when to ask again",
        ErrorClass::InvalidModel | ErrorClass::Internal => "A mistake of the server's",
    }
}

/// The operation's name: the action's, begun with a small letter; at a path that a platform
/// chose it has another.
fn id(route: &Route) -> String {
    let name = format!("{:?}", route.action);
    let (first, rest) = name.split_at(1);
    let chosen = if is_chosen(route) { "Chosen" } else { "" };
    first.to_lowercase() + rest + chosen
}

/// Whether it is at a path that a platform chose, so that it is in no table.
fn is_chosen(route: &Route) -> bool {
    !ROUTES.iter().any(|known| known.path() == route.path())
}

/// The group that a reader finds it in.
fn tag(route: &Route) -> &'static str {
    match route.path() {
        path if path.starts_with("/v2") => "v2",
        path if path.starts_with("/v1") => "v1",
        "/ping" | "/invocations" => "platforms",
        _ if is_chosen(route) => "platforms",
        path if path.ends_with("/invoke") => "platforms",
        path if path.starts_with("/models") => "service",
        "/" | "/openapi.json" | "/docs" | "/docs/{file}" => "service",
        _ if route.class() == RouteClass::Predict => "service",
        _ => "operations",
    }
}
