//! The routes by which cloud platforms reach a model in a container of its own:
//! Vertex AI, which says in the environment what they are, and SageMaker.

mod csv;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use iris_telemetry::Endpoint;

use crate::media_type::MediaType;
use crate::observe::ROUTES;
use crate::respond::{check_json, check_json_or_form, recorded, respond};
use crate::router::{only_get, only_post, predict_at};
use crate::{HttpService, health};
use csv::Csv;

static INVOCATIONS: Endpoint = Endpoint::http("POST", "/invocations");

/// The routes that Vertex AI chose: where it asks whether the model is ready,
/// and where it sends instances.
#[derive(Debug, Clone)]
pub struct VertexRoutes {
    health: Option<Arc<str>>,
    predict: Option<&'static Endpoint>,
}

impl VertexRoutes {
    /// One route or both; what is served under such a path anyway stays.
    ///
    /// # Errors
    ///
    /// A path that is none, or that another route has.
    pub fn new(health: Option<&str>, predict: Option<&str>) -> Result<Self, String> {
        let health = health.filter(|path| !["/health", "/livez", "/readyz", "/ping"].contains(path));
        let predict = predict.filter(|path| !["/predict", "/invocations"].contains(path));
        for path in health.iter().chain(&predict) {
            check(path)?;
        }
        // One endpoint for the life of the process.
        let endpoint = |path: &str| -> &'static Endpoint {
            Box::leak(Box::new(Endpoint::http("POST", path.to_owned().leak())))
        };
        Ok(Self { health: health.map(Arc::from), predict: predict.map(endpoint) })
    }
}

/// A path that the router takes, and that is free.
fn check(path: &str) -> Result<(), String> {
    let is_literal = |segment: &str| !segment.starts_with([':', '*']);
    if !path.starts_with('/') || path.contains(['{', '}', '?', '#']) || !path.split('/').all(is_literal) {
        return Err(format!("{path:?} is no path; expected one like /v1/predict"));
    }
    if ROUTES.contains(&path) {
        return Err(format!("{path:?} is a route of the server's own"));
    }
    Ok(())
}

/// The routes of the platforms, those of Vertex AI if they are known.
pub(crate) fn routes(vertex: Option<&VertexRoutes>) -> axum::Router<HttpService> {
    let mut router = axum::Router::new()
        .route("/ping", get(health::readyz).fallback(only_get))
        .route("/invocations", post(invocations).fallback(only_post));
    let Some(VertexRoutes { health, predict }) = vertex else { return router };
    let respond_at = |endpoint: &'static Endpoint| {
        post(async move |State(service): State<HttpService>, request: Request| {
            predict_at(&service, request, endpoint, check_json).await
        })
    };
    let same = predict.filter(|predict| health.as_deref() == Some(predict.route()));
    if let Some(endpoint) = same {
        return router.route(endpoint.route(), respond_at(endpoint).get(health::readyz));
    }
    if let Some(path) = health {
        router = router.route(path, get(health::readyz).fallback(only_get));
    }
    if let Some(endpoint) = predict {
        router = router.route(endpoint.route(), respond_at(endpoint).fallback(only_post));
    }
    router
}

/// JSON as `/predict` takes it, or lines of numbers.
async fn invocations(State(service): State<HttpService>, request: Request) -> Response {
    if !MediaType::of(request.headers()).is_some_and(|media_type| media_type.is("text", "csv")) {
        return predict_at(&service, request, &INVOCATIONS, check_json_or_form).await;
    }
    let any = |_: &_| Ok(());
    let response = respond(&service, request, &INVOCATIONS, any, |catalog, origin, _, body| {
        catalog.answer(origin, Csv { body })
    });
    recorded(response.await)
}
