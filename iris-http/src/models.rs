//! Models as they are loaded, unloaded and called: what platforms and the repository's routes share.

use std::collections::BTreeMap;

use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use iris_serving::loading::{AliasChanges, Loader, SentFile};
use iris_serving::{Model, Snapshot};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model_path::{ModelPath, Refused};
use crate::{Failure, HttpService, body, json};

/// What loads models, if clients may have that done.
pub(crate) fn loader<'s>(service: &'s HttpService, model: &str, what: &str) -> Result<&'s Loader, Failure> {
    Ok(service.catalog().client_loader(model, what)?)
}

/// What may go with a request to load, as Triton's clients send it.
#[derive(Debug, Default, Deserialize)]
struct LoadRequest {
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
}

/// The files that a request to load has: `file:PATH` with their content in base64.
pub(crate) fn files(body: &[u8]) -> Result<Vec<SentFile>, Failure> {
    if body.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let request: LoadRequest = serde_json::from_slice(body).map_err(|error| {
        Failure::wrong(format!("expected nothing, or {{\"parameters\": {{…}}}}: {error}"))
    })?;
    let files = request.parameters.into_iter().filter_map(|(name, value)| {
        let path = name.strip_prefix("file:")?.to_owned();
        let wrong = |why: &str| Failure::wrong(format!("parameter 'file:{path}': {why}"));
        let Some(text) = value.as_str() else { return Some(Err(wrong("expected a text in base64"))) };
        Some(
            STANDARD
                .decode(text)
                .map_err(|error| wrong(&format!("expected base64: {error}")))
                .map(|bytes| (path.clone(), bytes)),
        )
    });
    files.collect()
}

/// As `SageMaker` asks for a model of several: where it is, and what to call it.
#[derive(Debug, Deserialize)]
struct AddRequest {
    model_name: String,
    url: String,
}

/// `POST /models`.
pub(crate) async fn add(State(service): State<HttpService>, request: Request) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let body = body::read(&service, &parts, body).await.map_err(Refused::in_detail)?;
    let asked: AddRequest = serde_json::from_slice(&body).map_err(|error| {
        let reason = format!("expected {{\"model_name\": …, \"url\": …}}: {error}");
        Refused::in_detail(Failure::wrong(reason))
    })?;
    let loader = loader(&service, &asked.model_name, "loaded").map_err(Refused::in_detail)?;
    loader.load_at(&asked.model_name, &asked.url).await.map_err(Refused::in_detail)?;
    Ok(json::answer(&json!({ "modelName": asked.model_name, "modelUrl": asked.url })))
}

/// `DELETE /models/{model}`.
pub(crate) async fn remove(State(service): State<HttpService>, path: ModelPath) -> Result<Response, Refused> {
    let loader = loader(&service, &path.model, "unloaded").map_err(Refused::in_detail)?;
    loader.unload(&path.model).await.map_err(Refused::in_detail)?;
    Ok(json::answer(&json!({})))
}

/// `GET /models/{model}`.
pub(crate) async fn described(
    State(service): State<HttpService>,
    path: ModelPath,
) -> Result<Response, Refused> {
    let snapshot = service.catalog().snapshot();
    let model = snapshot.find(&path.model, path.version.as_deref()).map_err(Refused::in_detail)?;
    Ok(json::answer(&about(&snapshot, model)))
}

/// `POST /models/{model}/aliases`.
pub(crate) async fn aliases(
    State(service): State<HttpService>,
    path: ModelPath,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let body = body::read(&service, &parts, body).await.map_err(Refused::in_detail)?;
    let changes: AliasChanges = serde_json::from_slice(&body).map_err(|error| {
        let reason = format!("expected versions by alias, and null for an alias to go: {error}");
        Refused::in_detail(Failure::wrong(reason))
    })?;
    let loader = loader(&service, &path.model, "called otherwise").map_err(Refused::in_detail)?;
    let aliases = loader.alias(&path.model, changes).await.map_err(Refused::in_detail)?;
    Ok(json::answer(&json!({ "model": path.model, "aliases": aliases })))
}

/// A model with its versions, also in the words of `SageMaker`.
fn about(snapshot: &Snapshot, model: &Model) -> Value {
    let versions: Vec<&str> = snapshot.versions_of(model.name()).map(Model::version).collect();
    let aliases: BTreeMap<&str, &str> = snapshot
        .versions_of(model.name())
        .flat_map(|version| snapshot.aliases_of(version).map(|alias| (alias, version.version())))
        .collect();
    json!({
        "modelName": model.name(),
        "modelUrl": model.name(),
        "name": model.name(),
        "version": model.version(),
        "versions": versions,
        "aliases": aliases,
    })
}
