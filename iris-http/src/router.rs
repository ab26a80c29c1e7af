//! From the table of routes to a router.

use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use http::header::{ALLOW, CONNECTION};
use http::{HeaderValue, Method, StatusCode, Version};
use iris_core::ErrorClass;

use crate::events::events;
use crate::health::{health, livez, readyz};
use crate::metrics::metrics;
use crate::model_path::ModelPath;
use crate::observe::observe;
use crate::platforms::invocations;
use crate::predict::{predict_at, predict_model_at};
use crate::respond::{check_json, refuse};
use crate::routes::{Action, ROUTES, Route, Verb, allow};
use crate::unread::Unread;
use crate::{Failure, HttpService, docs, models, openapi, page, security_headers, v1, v2};

/// Every route as an [`axum::Router`].
pub fn router(service: &HttpService) -> axum::Router {
    router_of(service, service.routes().collect())
}

/// What is asked of a server rather than of its models, for a listener of its own:
/// `/livez`, `/readyz` and `/metrics`, and the page with what it shows of the moment.
pub fn admin_router(service: &HttpService) -> axum::Router {
    let has_page = service.page().is_some();
    let is_one = |route: &&Route| match route.action {
        Action::Livez | Action::Readyz | Action::Metrics => true,
        Action::Welcome | Action::Stats | Action::Traces => has_page,
        _ => false,
    };
    router_of(service, ROUTES.iter().filter(is_one).collect())
}

fn router_of(service: &HttpService, table: Vec<&'static Route>) -> axum::Router {
    if let (Some(_), Some(telemetry)) = (service.page(), service.telemetry()) {
        telemetry.keep_history();
    }
    let mut paths: Vec<&str> = table.iter().map(|route| route.pattern()).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut router = axum::Router::new();
    for path in paths {
        let here = table.iter().copied().filter(|route| route.pattern() == path);
        router = router.route(path, methods(here));
    }
    router = router.fallback(not_found);
    if let Some(origins) = service.cors() {
        // Within what is around every request, so that preflights are counted too.
        router = router.layer(origins.layer());
    }
    router.layer(middleware::from_fn_with_state(service.clone(), around)).with_state(service.clone())
}

/// What is done at one path; any other method is told those.
fn methods(routes: impl Iterator<Item = &'static Route> + Clone) -> MethodRouter<HttpService> {
    let allow = allow(routes.clone());
    let not_allowed = async move |request: Request| {
        refuse(request.uri().path(), request.headers(), Failure::method_not_allowed(allow))
    };
    routes.map(handler).fold(MethodRouter::new(), MethodRouter::merge).fallback(not_allowed)
}

/// What is done at one route. The match has no wildcard, so that every action is done.
fn handler(route: &'static Route) -> MethodRouter<HttpService> {
    type Service = State<HttpService>;
    let verb = match route.verb {
        Verb::Get => MethodFilter::GET,
        Verb::Post => MethodFilter::POST,
        Verb::Delete => MethodFilter::DELETE,
    };
    let endpoint = &route.endpoint;
    match route.action {
        Action::Predict => on(verb, async move |State(service): Service, request: Request| {
            predict_at(&service, request, endpoint, check_json).await
        }),
        Action::PredictModel | Action::PredictModelVersion => {
            on(verb, async move |State(service): Service, path: ModelPath, request: Request| {
                predict_model_at(&service, path, request, endpoint).await
            })
        }
        Action::Invocations => on(verb, async move |State(service): Service, request: Request| {
            invocations(&service, None, request, endpoint).await
        }),
        Action::Events => on(verb, async move |State(service): Service, request: Request| {
            events(&service, request, endpoint).await
        }),
        Action::Invoke => {
            on(verb, async move |State(service): Service, path: ModelPath, request: Request| {
                invocations(&service, Some(path), request, endpoint).await
            })
        }
        Action::PredictV1 | Action::PredictVersionV1 | Action::PredictLabelV1 => {
            on(verb, async move |State(service): Service, path: ModelPath, request: Request| {
                v1::predict(&service, path, request, endpoint).await
            })
        }
        Action::Infer | Action::InferVersion => {
            on(verb, async move |State(service): Service, path: ModelPath, request: Request| {
                v2::infer(&service, path, request, endpoint).await
            })
        }
        Action::Health => on(verb, async move |State(service): Service, request: Request| {
            health(&service, &request, endpoint)
        }),
        Action::Livez => on(verb, livez),
        Action::Readyz | Action::Ping => on(verb, readyz),
        Action::Metrics => on(verb, metrics),
        Action::Welcome => on(verb, page::welcome),
        Action::Schemas => on(verb, page::models),
        Action::Stats => on(verb, page::stats),
        Action::Traces => on(verb, page::traces),
        Action::Openapi => on(verb, async |State(service): Service| openapi::openapi(&service)),
        Action::Docs => on(verb, docs::page),
        Action::DocsFile => on(verb, docs::file),
        Action::Server => on(verb, async |State(service): Service| service.now().server()),
        Action::Models | Action::ModelsV1 => on(verb, async |State(service): Service| service.now().models()),
        Action::Live => on(verb, v2::live),
        Action::Ready => on(verb, v2::ready),
        Action::Model | Action::ModelVersion => on(verb, v2::model::metadata),
        Action::ModelReady | Action::ModelReadyVersion => on(verb, v2::model::ready),
        Action::Config | Action::ConfigVersion => on(verb, v2::model::config),
        Action::ModelStatistics | Action::ModelStatisticsVersion => on(verb, v2::model::statistics),
        Action::Statistics => on(verb, v2::model::all_statistics),
        Action::Index => on(verb, v2::index),
        Action::Load => on(verb, v2::load),
        Action::Unload => on(verb, v2::unload),
        Action::Aliases => on(verb, models::aliases),
        Action::AddModel => on(verb, models::add),
        Action::Described => on(verb, models::described),
        Action::RemoveModel => on(verb, models::remove),
        Action::ModelV1 | Action::ModelVersionV1 | Action::ModelLabelV1 => on(verb, v1::model),
        Action::MetadataV1 | Action::MetadataVersionV1 | Action::MetadataLabelV1 => on(verb, v1::metadata),
    }
}

/// What happens around every request: it is counted, its body does not stay
/// unread, and a server that is stopping asks the client to take the next one elsewhere.
async fn around(State(service): State<HttpService>, request: Request, next: Next) -> Response {
    let is_of_page = security_headers::is_of_page(request.method());
    // HTTP/2 has other ways to say these things, and hyper knows them.
    let is_http1 = request.version() <= Version::HTTP_11;
    let (request, unread) = if is_http1 { Unread::watch(request) } else { (request, None) };
    let mut response = observe(&service, request, next).await;
    if let Some(unread) = unread {
        unread.discard(&mut response).await;
    }
    if is_of_page {
        security_headers::protect(response.headers_mut());
    }
    if is_http1 && !service.catalog().readiness().is_ready() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn not_found(request: Request) -> Response {
    if request.method() == Method::OPTIONS && request.uri().path() == "*" {
        return (StatusCode::NO_CONTENT, [(ALLOW, "GET, HEAD, POST, OPTIONS")]).into_response();
    }
    let reason = format!("Not Found: there is no {}", request.uri().path());
    refuse(request.uri().path(), request.headers(), Failure::new(ErrorClass::NotFound, reason))
}
