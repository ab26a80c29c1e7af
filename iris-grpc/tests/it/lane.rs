//! Dear messages: refused where they would wait too long, except on streams, and answered alike.

use std::num::NonZeroUsize;

use iris_grpc::pb::inference as pb;
use iris_grpc::{GrpcService, Limits, Router};
use iris_serving::Lane;
use iris_serving::timeouts::poll_once;
use iris_telemetry::{Settings, Telemetry};
use prost::Message;
use tonic::Code;

use crate::direct::{Frames, ask, call, framed, iris, router};
use crate::full_lane::Full;
use crate::tensors::{STREAM_INFER, raw};

const INFER: &str = "inference.GRPCInferenceService/ModelInfer";

fn with(lane: &Lane) -> Router {
    Router::new(GrpcService::new(iris().with_lane(lane.clone())), Limits::default())
}

/// A request for so many rows, of 32 bytes each.
fn rows(n: usize) -> pb::ModelInferRequest {
    raw("iris", &vec![vec![5.1, 3.5, 1.4, 0.2]; n], &[])
}

#[tokio::test]
async fn a_dear_message_is_refused_with_the_time_to_try_again_and_a_cheap_one_is_answered() {
    let full = Full::refusing();
    let router = with(&full.lane);
    let refused = ask(&router, INFER, &rows(10_000)).await;
    refused.refused(Code::Unavailable, "overloaded: ");
    let pushback = refused.head["grpc-retry-pushback-ms"].to_str().unwrap();
    assert!(pushback.parse::<u64>().is_ok(), "{pushback}");
    let _: pb::ModelInferResponse = ask(&router, INFER, &rows(1)).await.only();
}

#[tokio::test]
async fn what_is_refused_is_counted_and_traced_once() {
    let full = Full::refusing();
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let catalog = iris().with_recorder(&telemetry.recorder()).with_lane(full.lane.clone());
    let router = Router::new(GrpcService::new(catalog).with_telemetry(&telemetry), Limits::default());
    ask(&router, INFER, &rows(10_000)).await.refused(Code::Unavailable, "overloaded: ");
    let recent = telemetry.recent();
    assert_eq!(recent.len(), 1);
    assert!(recent[0].error.as_ref().is_some_and(|error| error.starts_with("overloaded: ")));
    let metrics = telemetry.metrics(iris_telemetry::Format::Prometheus);
    assert!(metrics.lines().any(|line| line.contains("overloaded") && line.ends_with(" 1")), "{metrics}");
}

#[tokio::test]
async fn a_stream_waits_for_its_turn_and_is_not_ended() {
    let full = Full::refusing();
    let router = with(&full.lane);
    let frames = [1, 10_000, 1, 10_000].map(|n| framed(&rows(n).encode_to_vec()));
    let mut outcome = Box::pin(call(&router, STREAM_INFER, &[], Frames::of(frames.to_vec())));
    assert!(poll_once(outcome.as_mut()).await.is_none(), "it waits");
    drop(full);
    let outcome = outcome.await;
    assert_eq!((outcome.code, outcome.messages.len()), (Code::Ok, 4));
}

#[tokio::test]
async fn the_lane_answers_what_the_worker_would() {
    let lane = Lane::start(NonZeroUsize::MIN, Lane::DEFAULT_MAX_WAIT).unwrap();
    let mut strange = rows(10_000);
    let short = strange.raw_input_contents[0].len() - 1;
    strange.raw_input_contents[0].truncate(short);
    for request in [rows(10_000), strange] {
        let [one, other] = [ask(&with(&lane), INFER, &request).await, ask(&router(), INFER, &request).await];
        assert_eq!((one.code, one.message, one.messages), (other.code, other.message, other.messages));
    }
}

/// However many messages are there already, others on the thread come in between.
#[tokio::test]
async fn a_stream_of_many_messages_lets_others_go_first() {
    let frames = vec![framed(&rows(1).encode_to_vec()); 100];
    let router = router();
    let mut outcome = Box::pin(call(&router, STREAM_INFER, &[], Frames::of(frames)));
    let mut n_polls = 1;
    let outcome = loop {
        match poll_once(outcome.as_mut()).await {
            Some(outcome) => break outcome,
            None => n_polls += 1,
        }
    };
    assert_eq!(outcome.messages.len(), 100);
    assert!(n_polls > 5, "{n_polls}");
}
