//! What records and metrics call a method at a path.

use std::sync::LazyLock;

use iris_telemetry::Endpoint;

use crate::routes::{ROUTES, Route};

/// Methods that labels name; any other is `_OTHER`, as OpenTelemetry has it.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "_OTHER"];

/// Every method at one path, right for it or not.
#[derive(Debug)]
pub(crate) struct Endpoints {
    path: &'static str,
    by_method: [Endpoint; METHODS.len()],
}

/// Every path that a router tells from others; the last, of the empty path, is any other.
static ALL: LazyLock<Vec<Endpoints>> = LazyLock::new(|| {
    let mut paths: Vec<&str> = ROUTES.iter().map(Route::pattern).collect();
    paths.dedup();
    paths.push("");
    paths.into_iter().map(Endpoints::new).collect()
});

impl Endpoints {
    pub(crate) fn new(path: &'static str) -> Self {
        Self { path, by_method: METHODS.map(|method| Endpoint::http(method, path)) }
    }

    /// Those of the path that a router has found.
    pub(crate) fn at(path: &str) -> Option<&'static Self> {
        ALL.iter().find(|endpoints| endpoints.path == path)
    }

    /// Those of a path that is no route.
    pub(crate) fn of_no_route() -> &'static Self {
        &ALL[ALL.len() - 1]
    }

    pub(crate) fn path(&self) -> &'static str {
        self.path
    }

    pub(crate) fn method(&self, method: &str) -> &Endpoint {
        let index = METHODS.iter().position(|known| *known == method);
        &self.by_method[index.unwrap_or(METHODS.len() - 1)]
    }
}
