//! `/docs`: Swagger UI on `/openapi.json`, with all that it loads.
//!
//! The page is the same for every server; what is served here it asks for itself, with a key
//! if one is needed. Its paths are relative, so that it stands behind any prefix.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request};
use axum::response::Response;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderMap, HeaderValue};
use iris_core::ErrorClass;

use crate::Failure;
use crate::asset::Asset;
use crate::respond::refuse;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

static PAGE: Asset = Asset::text("text/html; charset=utf-8", include_str!("docs/page.html"));

static FILES: [(&str, Asset); 4] = [
    ("page.css", Asset::text(STYLE, include_str!("docs/page.css"))),
    ("page.js", Asset::text(SCRIPT, include_str!("docs/page.js"))),
    ("swagger-ui.css", Asset::gzip(STYLE, include_bytes!("docs/swagger-ui/swagger-ui.css.gz"))),
    ("swagger-ui-bundle.js", Asset::gzip(SCRIPT, include_bytes!("docs/swagger-ui/swagger-ui-bundle.js.gz"))),
];

/// A file to name as an example of them.
pub(crate) const A_FILE: &str = "page.css";

/// Scripts and styles from here alone, none of them written into the page; the stylesheet has
/// its icons within itself.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// `GET /docs`.
pub(crate) async fn page(headers: HeaderMap) -> Response {
    let mut response = PAGE.answer(&headers);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}

/// `GET /docs/{file}`; 404 if there is no such file.
pub(crate) async fn file(name: Result<Path<String>, PathRejection>, request: Request) -> Response {
    let is_asked = |(known, _): &&(&str, Asset)| name.as_ref().is_ok_and(|Path(name)| name == known);
    if let Some((_, file)) = FILES.iter().find(is_asked) {
        return file.answer(request.headers());
    }
    let path = request.uri().path();
    let reason = format!("Not Found: there is no {path}");
    refuse(path, request.headers(), Failure::new(ErrorClass::NotFound, reason))
}
