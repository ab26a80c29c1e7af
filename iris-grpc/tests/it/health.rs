//! Health: asked once, and told as it changes.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use iris_grpc::{GrpcService, Limits, Router};
use prost::Message;
use tokio_stream::StreamExt;
use tonic::Code;
use tonic::body::Body;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::direct::{Frames, ask, framed, iris, router};
use crate::server::Server;

const SERVICE: &str = "inference.GRPCInferenceService";
const CHECK: &str = "grpc.health.v1.Health/Check";
const WATCH: &str = "grpc.health.v1.Health/Watch";

#[tokio::test]
async fn health_of_every_service() {
    let router = router();
    for service in
        ["", SERVICE, "iris.v1.Predictor", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"]
    {
        let request = HealthCheckRequest { service: service.to_owned() };
        let response: HealthCheckResponse = ask(&router, CHECK, &request).await.only();
        assert_eq!(response.status(), ServingStatus::Serving, "{service}");
    }
    let request = HealthCheckRequest { service: "nothing".to_owned() };
    ask(&router, CHECK, &request).await.refused(Code::NotFound, "no service 'nothing'");
}

#[tokio::test]
async fn watchers_hear_of_changes() {
    let server = Server::iris();
    let client = server.connect().await;
    let watch = async |service: &str| {
        let request = HealthCheckRequest { service: service.to_owned() };
        let messages = tokio_stream::once(request);
        client.stream::<_, HealthCheckResponse>(WATCH, messages).await.unwrap()
    };
    let mut unknown = watch("nothing").await;
    let next = unknown.next().await.unwrap().unwrap();
    assert_eq!(next.status(), ServingStatus::ServiceUnknown);
    let mut watched = watch(SERVICE).await;
    assert_eq!(watched.next().await.unwrap().unwrap().status(), ServingStatus::Serving);
    server.served.readiness().set(false);
    assert_eq!(watched.next().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    server.served.readiness().set(true);
    assert_eq!(watched.next().await.unwrap().unwrap().status(), ServingStatus::Serving);
    // The stop is the last thing that they hear.
    let cut_off = tokio::task::spawn_blocking(|| server.join());
    assert_eq!(watched.next().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    assert!(watched.next().await.is_none() && unknown.next().await.is_none());
    assert_eq!(cut_off.await.unwrap(), 0);
}

/// Counts how often a task is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a watcher hears now, if anything.
fn heard(body: &mut Body, waker: &Waker) -> Option<ServingStatus> {
    match pin!(body.frame()).poll(&mut Context::from_waker(waker)) {
        Poll::Ready(frame) => {
            let data: Bytes = frame.unwrap().unwrap().into_data().unwrap();
            Some(HealthCheckResponse::decode(&data[5..]).unwrap().status())
        }
        Poll::Pending => None,
    }
}

/// Time stands still, so whatever is heard is heard at once; an hour of silence
/// would show anybody who looks again and again.
#[tokio::test(start_paused = true)]
async fn a_change_is_heard_at_once_and_silence_wakes_nobody() {
    let served = iris();
    let router = Router::new(GrpcService::new(served.clone()), Limits::default());
    let request = http::Request::post(format!("/{WATCH}")).header("content-type", "application/grpc");
    let asked = framed(&HealthCheckRequest::default().encode_to_vec());
    let mut body = router.answer(request.body(Frames::of(vec![asked])).unwrap()).await.into_body();
    let counter = Arc::new(Wakes::default());
    let (waker, woken) = (Waker::from(counter.clone()), || counter.0.swap(0, Ordering::Relaxed));
    let mut hear = || heard(&mut body, &waker);
    assert_eq!((hear(), hear()), (Some(ServingStatus::Serving), None));
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    served.readiness().set(true);
    assert_eq!(woken(), 0, "nothing has changed");
    for (ready, status) in [(false, ServingStatus::NotServing), (true, ServingStatus::Serving)] {
        served.readiness().set(ready);
        assert!(woken() > 0);
        assert_eq!((hear(), hear()), (Some(status), None));
    }
    // Whoever looks late sees how it is, and not how it came to be.
    served.readiness().set(false);
    served.readiness().set(true);
    assert!(woken() > 0);
    assert_eq!(hear(), None);
    // The channel goes with the last who could change anything.
    drop((served, router));
    assert!(woken() > 0);
    assert_eq!(hear(), Some(ServingStatus::NotServing));
    assert!(body.frame().await.unwrap().unwrap().is_trailers());
}
