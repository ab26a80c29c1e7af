//! What of a service is in the document beside its models.

use iris_serving::gate::RouteClass;
use serde_json::{Value, json};

use crate::HttpService;
use crate::routes::Route;

/// The routes, and what is around them.
#[derive(Debug)]
pub(crate) struct Door {
    pub(super) routes: Vec<&'static Route>,
    pub(super) has_keys: bool,
    pub(super) max_body: usize,
    pub(super) server_timing: bool,
}

impl Door {
    pub(crate) fn of(service: &HttpService) -> Self {
        Self {
            routes: service.routes().collect(),
            has_keys: !service.gate().is_open(),
            max_body: service.max_body(),
            server_timing: service.server_timing(),
        }
    }

    /// The class of keys that this route wants, if it wants one.
    pub(super) fn class_of_key(&self, route: &Route) -> Option<RouteClass> {
        (self.has_keys && !route.is_told_to_all()).then(|| route.class())
    }
}

/// The names of the schemes, of which a request needs one.
pub(super) const SCHEMES: [&str; 2] = ["key", "header"];

/// The two headers that a key may come in.
pub(super) fn security_schemes() -> Value {
    let [key, header] = SCHEMES;
    json!({
        key: { "type": "http", "scheme": "bearer", "description": "A key out of the server's file" },
        header: { "type": "apiKey", "in": "header", "name": "x-api-key", "description": "The same in another header" },
    })
}
