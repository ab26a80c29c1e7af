//! Any bytes as an inference request, the first two of them saying where its
//! JSON ends: an answer, or an error that says why there is none; never a panic.

#![no_main]

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use iris_core::Predictor;
use iris_http::{HttpService, router};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

static ROUTER: LazyLock<axum::Router> =
    LazyLock::new(|| router(&HttpService::new("iris", "1", Predictor::iris())));
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_time().build().expect("a runtime"));

fuzz_target!(|input: &[u8]| {
    let Some((json_len, body)) = input.split_first_chunk() else { return };
    let mut request = Request::post("/v2/models/iris/infer");
    match u16::from_le_bytes(*json_len) {
        // All of it is JSON.
        0 => {}
        len => request = request.header("inference-header-content-length", len),
    }
    let request = request.body(Body::from(body.to_vec())).expect("a request");
    let (status, body) = RUNTIME.block_on(async {
        let response = ROUTER.clone().oneshot(request).await.expect("the router answers");
        let status = response.status();
        (status, response.into_body().collect().await.expect("a whole body").to_bytes())
    });
    if status == StatusCode::OK {
        return;
    }
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let refusal: Value = serde_json::from_slice(&body).expect("an error is JSON");
    assert!(!refusal["error"].as_str().expect("an error is text").is_empty());
});
