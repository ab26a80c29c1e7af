//! Pages of other origins that may read what is answered.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method, Uri};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser need not ask again.
const MAX_AGE: Duration = Duration::from_secs(600);

/// The origins whose pages may read answers, as a browser names them.
///
/// ```
/// use iris_http::CorsOrigins;
///
/// assert!(CorsOrigins::new(["https://garden.example", "http://localhost:3000"]).is_ok());
/// assert!(CorsOrigins::new(["*"]).is_ok());
/// assert!(CorsOrigins::new(["https://garden.example/"]).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsOrigins(Option<Vec<HeaderValue>>);

/// Why these are no origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin:?} is no origin; expected scheme://host, with a port if it is unusual, or * alone")]
pub struct CorsOriginError {
    origin: String,
}

impl CorsOrigins {
    /// These origins, or all of them for `*`.
    ///
    /// # Errors
    ///
    /// [`CorsOriginError`] for the first that no browser would send, or a `*`
    /// beside others.
    pub fn new<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<Self, CorsOriginError> {
        let origins: Vec<&str> = origins.into_iter().collect();
        if origins == ["*"] {
            return Ok(Self(None));
        }
        origins.into_iter().map(origin).collect::<Result<_, _>>().map(|origins| Self(Some(origins)))
    }

    /// Answers preflights, and marks other answers as theirs to read. No
    /// credentials of a browser's are wanted: keys are sent by who has them.
    pub(crate) fn layer(&self) -> CorsLayer {
        let origins = match &self.0 {
            None => AllowOrigin::any(),
            Some(origins) => AllowOrigin::list(origins.iter().cloned()),
        };
        let name = HeaderName::from_static;
        let asked = ["inference-header-content-length", "traceparent", "tracestate", "x-api-key"].map(name);
        let told = ["inference-header-content-length", "server-timing"].map(name);
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::HEAD, Method::POST])
            .allow_headers([AUTHORIZATION, CONTENT_TYPE].into_iter().chain(asked).collect::<Vec<_>>())
            .expose_headers([RETRY_AFTER].into_iter().chain(told).collect::<Vec<_>>())
            .max_age(MAX_AGE)
    }
}

/// What a browser sends as `Origin` of such a page: no path, not even `/`.
fn origin(text: &str) -> Result<HeaderValue, CorsOriginError> {
    let is_origin = |uri: &Uri| {
        let authority = uri.authority().map_or("", http::uri::Authority::as_str);
        uri.scheme_str().is_some_and(|scheme| text == format!("{scheme}://{authority}"))
            && !authority.contains('@')
            && !text.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    let value = text.parse::<Uri>().ok().filter(is_origin).and_then(|_| HeaderValue::from_str(text).ok());
    value.ok_or_else(|| CorsOriginError { origin: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_would_send() {
        for origins in [&["*"][..], &["https://a.example"], &["http://localhost:3000", "https://[::1]:8"]] {
            assert!(CorsOrigins::new(origins.iter().copied()).is_ok(), "{origins:?}");
        }
        for origin in [
            "",
            "a.example",
            "https://a.example/",
            "https://a.example/b",
            "https://",
            "null",
            "https://A.example",
            "https://u@a.example",
            "https://a.example?b",
            "https://a.example#b",
            "https://a b",
        ] {
            let error = CorsOrigins::new(["https://b.example", origin]).unwrap_err();
            assert_eq!(error.origin, origin);
        }
        assert!(CorsOrigins::new(["*", "https://a.example"]).is_err());
    }
}
