//! Streams: an answer for each message, in order, and what ends them.

use std::time::Duration;

use iris_grpc::pb::inference as pb;
use iris_grpc::pb::iris::v1;
use iris_grpc::{GrpcService, Limits, Router};
use prost::Message;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::direct::{Frames, call, framed, iris, router};
use crate::server::{Server, flowers};
use crate::tensors::{STREAM_INFER, raw, strings};

const PREDICT_STREAM: &str = "iris.v1.Predictor/PredictStream";

fn flower(row: [f64; 4]) -> v1::PredictRequest {
    let [sepal_length, sepal_width, petal_length, petal_width] = row.map(Some);
    v1::PredictRequest { sepal_length, sepal_width, petal_length, petal_width, contributions: false }
}

#[tokio::test]
async fn one_flower_after_the_other() {
    let server = Server::iris();
    let client = server.connect().await;
    let (flowers_in, messages) = mpsc::channel(1);
    let mut answers =
        client.stream::<_, v1::PredictResponse>(PREDICT_STREAM, ReceiverStream::new(messages)).await.unwrap();
    let predictor = iris_core::Predictor::iris();
    for row in flowers() {
        flowers_in.send(flower(row)).await.unwrap();
        let answer = answers.next().await.unwrap().unwrap();
        assert_eq!(answer.species, predictor.predict(&row).unwrap().label().unwrap().to_string());
    }
    drop(flowers_in);
    assert!(answers.next().await.is_none());
}

#[tokio::test]
async fn a_bad_flower_ends_its_stream() {
    let bad = v1::PredictRequest { petal_width: None, ..flower([5.1, 3.5, 1.4, 0.2]) };
    let good = flower([5.1, 3.5, 1.4, 0.2]);
    let frames = [good, bad, good].map(|flower| framed(&flower.encode_to_vec()));
    let outcome = call(&router(), PREDICT_STREAM, &[], Frames::of(frames.to_vec())).await;
    outcome.refused(Code::InvalidArgument, "missing: petal_width");
    assert_eq!(outcome.messages.len(), 1);
}

#[tokio::test]
async fn a_bad_tensor_has_its_own_answer_and_the_stream_goes_on() {
    let good = raw("iris", &[vec![6.3, 3.3, 6.0, 2.5]], &[]);
    let mut bad = raw("other", &[vec![6.3, 3.3, 6.0, 2.5]], &[]);
    bad.id = "second".to_owned();
    let frames = [&good, &bad, &good].map(|request| framed(&request.encode_to_vec()));
    let frames = frames.into_iter().chain([framed(b"\xff")]).collect();
    let outcome = call(&router(), STREAM_INFER, &[], Frames::of(frames)).await;
    assert_eq!(outcome.code, Code::Ok);
    let answers: Vec<pb::ModelStreamInferResponse> =
        outcome.messages.into_iter().map(|message| Message::decode(message).unwrap()).collect();
    assert_eq!(answers.len(), 4);
    for index in [0, 2] {
        assert_eq!(answers[index].error_message, "");
        let answer = answers[index].infer_response.as_ref().unwrap();
        assert_eq!(strings(&answer.raw_output_contents[0]), ["virginica"]);
    }
    assert!(answers[1].error_message.contains("no model 'other'"), "{answers:?}");
    let echo = answers[1].infer_response.as_ref().unwrap();
    assert_eq!((echo.model_name.as_str(), echo.id.as_str(), echo.outputs.len()), ("other", "second", 0));
    assert!(answers[3].error_message.contains("cannot be decoded"), "{answers:?}");
}

/// Time stands still unless everybody waits for it.
#[tokio::test(start_paused = true)]
async fn a_silent_stream_ends_with_a_reason() {
    let limits = Limits { idle_timeout: Duration::from_secs(300), ..Limits::default() };
    let router = Router::new(GrpcService::new(iris()), limits);
    let one = framed(&flower([5.1, 3.5, 1.4, 0.2]).encode_to_vec());
    for (frames, answers) in [(vec![], 0), (vec![one.slice(..4)], 0), (vec![one.clone(), one], 2)] {
        let started = tokio::time::Instant::now();
        let outcome = call(&router, PREDICT_STREAM, &[], Frames::of(frames).then_silence()).await;
        outcome.refused(Code::DeadlineExceeded, "no message came for 300s");
        assert_eq!(outcome.messages.len(), answers);
        assert_eq!(started.elapsed().as_secs(), 300);
    }
    let reflection = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let outcome = call(&router, reflection, &[], Frames::default().then_silence()).await;
    assert_eq!(outcome.messages.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_has_the_deadline_that_its_client_sets() {
    let one = framed(&flower([5.1, 3.5, 1.4, 0.2]).encode_to_vec());
    let started = tokio::time::Instant::now();
    let frames = Frames::of(vec![one]).then_silence();
    let outcome = call(&router(), PREDICT_STREAM, &[("grpc-timeout", "7S")], frames).await;
    outcome.refused(Code::DeadlineExceeded, "the client's deadline");
    assert_eq!((outcome.messages.len(), started.elapsed().as_secs()), (1, 7));
}

#[tokio::test]
async fn a_message_over_the_limit_ends_the_stream() {
    let router = Router::new(GrpcService::new(iris()), Limits { max_message_size: 100, ..Limits::default() });
    let one = framed(&flower([5.1, 3.5, 1.4, 0.2]).encode_to_vec());
    let frames = Frames::of(vec![one, framed(&[0; 101])]);
    let outcome = call(&router, PREDICT_STREAM, &[], frames).await;
    outcome.refused(Code::ResourceExhausted, "found 101 bytes, the limit is: 100 bytes");
    assert_eq!(outcome.messages.len(), 1);
}

/// A client that sends without reading is not read from for ever: what is in
/// flight fits into the windows of HTTP/2.
#[tokio::test]
async fn answers_that_nobody_reads_hold_the_messages_back() {
    let server = Server::iris();
    let client = server.connect().await;
    let (sender, messages) = mpsc::channel(1);
    let rows = vec![vec![6.3, 3.3, 6.0, 2.5]; 100];
    let request = raw("iris", &rows, &["predict_proba"]);
    let answers =
        client.stream::<_, pb::ModelStreamInferResponse>(STREAM_INFER, ReceiverStream::new(messages));
    let mut answers = answers.await.unwrap();
    let mut sent = 0;
    // Nothing more is taken once every window is full.
    while tokio::time::timeout(Duration::from_millis(300), sender.send(request.clone())).await.is_ok() {
        sent += 1;
        assert!(sent < 10_000, "32 MB were taken");
    }
    drop(sender);
    let mut received = 0;
    while let Some(answer) = answers.next().await {
        assert_eq!(answer.unwrap().error_message, "");
        received += 1;
    }
    // One more may wait in the channel of the client itself.
    assert!((sent..=sent + 1).contains(&received), "{received} of {sent}");
}
