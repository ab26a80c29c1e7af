//! The router on its own, as somebody who embeds it would use it.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body::Frame;
use http_body_util::BodyExt;
use iris_core::Predictor;
use iris_http::{HttpService, router};
use iris_telemetry::{Format, Settings, Telemetry};
use tower::ServiceExt;

/// Sends its chunks one by one; then it ends, breaks, or says nothing more.
struct Chunks {
    chunks: Vec<&'static str>,
    then: Then,
}

enum Then {
    End,
    Break,
    Stall,
}

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.chunks.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from(self.chunks.remove(0))))));
        }
        match self.then {
            Then::End => Poll::Ready(None),
            Then::Break => Poll::Ready(Some(Err(std::io::Error::other("reset")))),
            Then::Stall => Poll::Pending,
        }
    }
}

fn post(service: &HttpService, body: Body) -> (StatusCode, String) {
    let request = Request::post("/predict").body(body).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response: Result<_, Infallible> = router(service).oneshot(request).await;
        let response = response.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    })
}

fn iris() -> HttpService {
    HttpService::new("iris", "1", Predictor::iris())
}

#[test]
fn a_body_in_pieces_is_one_body() {
    for chunks in [vec!["[[5,3,1,0]]"], vec!["[[5,", "", "3,1", ",0]]"], vec!["", "[[5,3,1,0]", "]"]] {
        let (status, body) = post(&iris(), Body::new(Chunks { chunks, then: Then::End }));
        assert_eq!(status, StatusCode::OK, "{body}");
        assert!(body.contains("setosa"), "{body}");
    }
}

#[test]
fn a_body_that_breaks_off() {
    let (status, body) = post(&iris(), Body::new(Chunks { chunks: vec!["[[5,3"], then: Then::Break }));
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body, r#"{"detail":"the body ended before it was complete"}"#);
}

#[test]
fn a_body_that_breaks_off_counts_as_aborted() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let service = iris().with_telemetry(&telemetry);
    post(&service, Body::new(Chunks { chunks: vec!["[[5,3"], then: Then::Break }));
    let page = telemetry.metrics(Format::Prometheus);
    assert!(page.contains("iris_errors_total{kind=\"aborted\"} 1\n"), "{page}");
}

/// Nobody reads it, so it is not waited for much longer than it was.
#[test]
fn a_body_that_never_comes_does_not_hold_a_refusal_for_ever() {
    let body = Body::new(Chunks { chunks: vec!["[["], then: Then::Stall });
    let request = Request::post("/nope").body(body).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let response = runtime.block_on(router(&iris()).oneshot(request)).unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.headers()["connection"], "close");
}

#[test]
fn a_body_that_stalls() {
    let service = iris().with_body_timeout(Duration::from_millis(20));
    let (status, body) = post(&service, Body::new(Chunks { chunks: vec!["[[5,3"], then: Then::Stall }));
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(body, r#"{"detail":"the body was not complete after 0.02 s"}"#);
}

#[test]
fn a_body_of_unknown_length_over_the_limit() {
    let service = iris().with_max_body(8);
    let (status, _) = post(&service, Body::new(Chunks { chunks: vec!["[[5,3", ",1,0]]"], then: Then::End }));
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}
