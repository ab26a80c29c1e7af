//! The routes that Vertex AI chooses for a container, and says in its environment.

use std::sync::{Mutex, PoisonError};

use crate::endpoints::Endpoints;
use crate::routes::{Action, ROUTES, Route};

/// The routes that Vertex AI chose: where it asks whether the model is ready,
/// and where it sends instances.
#[derive(Debug, Clone, Default)]
pub struct VertexRoutes {
    health: Option<&'static Chosen>,
    predict: Option<&'static Chosen>,
}

/// Why a path cannot be one of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VertexRouteError {
    /// It is no path, or a pattern of paths.
    #[error("{0:?} is no path; expected one like /v1/predict")]
    NoPath(String),
    /// Something else is answered there.
    #[error("{0:?} is a route of the server's own")]
    Taken(String),
}

/// A path that was chosen, as either of the two.
#[derive(Debug)]
struct Chosen {
    health: Route,
    predict: Route,
    endpoints: Endpoints,
}

impl VertexRoutes {
    /// One route or both; what is served under such a path anyway stays.
    ///
    /// # Errors
    ///
    /// A path that is none, or that another route has.
    pub fn new(health: Option<&str>, predict: Option<&str>) -> Result<Self, VertexRouteError> {
        let is_probe = |path: &&str| !["/health", "/livez", "/readyz", "/ping"].contains(path);
        let predicts = |path: &&str| !["/predict", "/invocations"].contains(path);
        let health = health.filter(is_probe).map(Chosen::at).transpose()?;
        let predict = predict.filter(predicts).map(Chosen::at).transpose()?;
        Ok(Self { health, predict })
    }

    /// The routes, as rows beside those of the table.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &'static Route> + use<> {
        let health = self.health.map(|chosen| &chosen.health);
        let predict = self.predict.map(|chosen| &chosen.predict);
        health.into_iter().chain(predict)
    }

    /// How records name what is asked at this path, if it is one of them.
    pub(crate) fn endpoints(&self, path: &str) -> Option<&'static Endpoints> {
        let chosen = self.health.into_iter().chain(self.predict);
        chosen.map(|chosen| &chosen.endpoints).find(|endpoints| endpoints.path() == path)
    }
}

impl Chosen {
    /// The same one for the same path. It stays until the process ends, for
    /// records name endpoints by reference; there are as many as paths were chosen.
    fn at(path: &str) -> Result<&'static Self, VertexRouteError> {
        static ALL: Mutex<Vec<&'static Chosen>> = Mutex::new(Vec::new());
        check(path)?;
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter().find(|known| known.endpoints.path() == path) {
            return Ok(known);
        }
        let path: &'static str = path.to_owned().leak();
        let chosen: &'static Self = Box::leak(Box::new(Self {
            health: Route::of(Action::Readyz).moved_to(path),
            predict: Route::of(Action::Predict).moved_to(path),
            endpoints: Endpoints::new(path),
        }));
        all.push(chosen);
        Ok(chosen)
    }
}

/// A path that the router takes, and that is free.
fn check(path: &str) -> Result<(), VertexRouteError> {
    let is_literal = |segment: &str| !segment.starts_with([':', '*']);
    if !path.starts_with('/') || path.contains(['{', '}', '?', '#']) || !path.split('/').all(is_literal) {
        return Err(VertexRouteError::NoPath(path.to_owned()));
    }
    if ROUTES.iter().any(|route| route.path() == path) {
        return Err(VertexRouteError::Taken(path.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_chosen_again_costs_nothing() {
        let chosen = || VertexRoutes::new(Some("/chosen"), Some("/chosen")).unwrap();
        let (first, second) = (chosen().health.unwrap(), chosen().predict.unwrap());
        assert!(std::ptr::eq(first, second));
    }
}
