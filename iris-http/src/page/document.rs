//! The page as bytes: one document with its style and script in it, so that it
//! is complete whatever the path is called by which a proxy leads to it.

use std::sync::LazyLock;

use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{CONTENT_SECURITY_POLICY, VARY};
use http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};

use crate::asset::Asset;

/// Its media type.
pub(super) const HTML: &str = "text/html; charset=utf-8";

const SHELL: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");

/// In the order in which they use each other.
const SCRIPTS: [&str; 10] = [
    include_str!("basics.js"),
    include_str!("chart.js"),
    include_str!("fields.js"),
    include_str!("answer.js"),
    include_str!("calls.js"),
    include_str!("waterfall.js"),
    include_str!("try.js"),
    include_str!("shadows.js"),
    include_str!("now.js"),
    include_str!("start.js"),
];

/// The document, made when somebody first asks.
struct Document {
    asset: Asset,
    policy: HeaderValue,
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(Document::make);

/// The whole page, or that it is still the one that the browser has.
pub(super) fn answer(headers: &HeaderMap) -> Response {
    let mut response = DOCUMENT.asset.answer(headers);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, DOCUMENT.policy.clone());
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    response
}

impl Document {
    fn make() -> Self {
        let script = SCRIPTS.join("\n");
        let policy = format!(
            "default-src 'none'; script-src {}; style-src {}; img-src data:; connect-src 'self'; \
             form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
            hash(&script),
            hash(STYLE),
        );
        // Once, and for as long as the process lasts.
        let text = html(&script).leak();
        let policy = HeaderValue::try_from(policy).expect("base64 and our own words are visible ASCII");
        Self { asset: Asset::text(HTML, text), policy }
    }
}

/// The shell with what belongs into it.
fn html(script: &str) -> String {
    SHELL.replace("/*style*/", STYLE).replace("/*script*/", script)
}

/// As a policy names what stands in the document itself.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_everything_and_nothing_of_elsewhere() {
        let html = html(&SCRIPTS.join("\n"));
        assert!(!html.contains("/*style*/") && !html.contains("/*script*/"));
        assert_eq!(html.matches("</style>").count(), 1);
        assert_eq!(html.matches("</script>").count(), 1);
        for inline in [" onclick", " onload", " style=", "javascript:", "innerHTML", "eval("] {
            assert!(!html.contains(inline), "{inline}");
        }
        let elsewhere = html.split("https://").skip(1).chain(html.split("http://").skip(1));
        for address in elsewhere {
            // A namespace, which nobody asks for anything.
            assert!(address.starts_with("www.w3.org/2000/svg"), "{}", &address[..40]);
        }
    }

    #[test]
    fn the_policy_names_what_stands_in_the_document() {
        let html = html(&SCRIPTS.join("\n"));
        let policy = DOCUMENT.policy.to_str().unwrap();
        for element in ["style", "script"] {
            let (_, rest) = html.split_once(&format!("<{element}")).unwrap();
            let (_, rest) = rest.split_once('>').unwrap();
            let (inside, _) = rest.split_once(&format!("</{element}>")).unwrap();
            assert!(policy.contains(&hash(inside)), "{element}: {policy}");
        }
        assert!(!policy.contains("unsafe"));
    }
}
