//! What calls make the server hold, together and on one connection.

use iris_grpc::pb::inference as pb;
use iris_grpc::{GrpcService, Limits, Router};
use iris_serving::Catalog;
use iris_serving::budget::{Budget, Kind};
use prost::Message;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Endpoint;
use tonic::{Code, Streaming};

use crate::direct::{Frames, call, framed, iris};
use crate::server::{Client, Server};
use crate::tensors::{INFER, STREAM_INFER, raw};

const MIB: usize = 1 << 20;

fn with_memory(bytes: usize) -> Catalog {
    iris().with_budget(Budget::new(bytes))
}

fn flowers(n: usize) -> pb::ModelInferRequest {
    raw("iris", &vec![vec![5.1, 3.5, 1.4, 0.2]; n], &["predict_proba"])
}

#[tokio::test(start_paused = true)]
async fn messages_that_do_not_end_take_no_more_than_there_is() {
    let catalog = with_memory(8 * MIB);
    let budget = catalog.budget().clone();
    let router = Router::new(GrpcService::new(catalog), Limits::default());
    let whole = framed(&flowers(60_000).encode_to_vec());
    let frames: Vec<_> = (0..whole.len() - 1)
        .step_by(MIB / 8)
        .map(|at| whole.slice(at..whole.len().min(at + MIB / 8)))
        .collect();
    let incomplete = frames[..8].to_vec();
    let stalled: Vec<_> = (0..3)
        .map(|_| {
            let (router, frames) = (router.clone(), incomplete.clone());
            tokio::spawn(async move { call(&router, INFER, &[], Frames::of(frames).then_silence()).await })
        })
        .collect();
    while budget.levels()[Kind::Bodies as usize].bytes < 5 * MIB {
        tokio::task::yield_now().await;
    }
    let refused = call(&router, INFER, &[], Frames::of(frames)).await;
    refused.refused(Code::Unavailable, "memory");
    // Who asks for little still is answered.
    let small = framed(&flowers(10).encode_to_vec());
    call(&router, INFER, &[], Frames::of(vec![small])).await.only::<pb::ModelInferResponse>();
    for call in stalled {
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
    }
    assert_eq!(budget.total(), 0);
}

#[tokio::test]
async fn a_call_whose_client_says_nothing_takes_memory_too() {
    let catalog = with_memory(MIB);
    let budget = catalog.budget().clone();
    let router = Router::new(GrpcService::new(catalog), Limits::default());
    let begun = |method| {
        let router = router.clone();
        tokio::spawn(async move { call(&router, method, &[], Frames::of(Vec::new()).then_silence()).await })
    };
    let silent: Vec<_> = (0..64).map(|n| begun([INFER, STREAM_INFER][n % 2])).collect();
    while budget.total() < MIB {
        tokio::task::yield_now().await;
    }
    begun(INFER).await.unwrap().refused(Code::Unavailable, "memory");
    for call in silent {
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
    }
    assert_eq!(budget.total(), 0);
}

#[test]
fn no_call_takes_more_than_is_held_for_it() {
    let router = Router::new(GrpcService::new(iris()), Limits::default());
    let request = http::Request::new(Frames::of(Vec::new()));
    let bytes = size_of_val(&router.answer(request));
    assert!(bytes <= 12 << 10, "{bytes}");
}

#[tokio::test]
async fn an_answer_is_held_until_it_is_sent() {
    let catalog = with_memory(64 * MIB);
    let budget = catalog.budget().clone();
    let router = Router::new(GrpcService::new(catalog), Limits::default());
    let request = |n| {
        http::Request::post(format!("/{INFER}"))
            .header("content-type", "application/grpc")
            .body(Frames::of(vec![framed(&flowers(n).encode_to_vec())]))
            .unwrap()
    };
    let small = router.answer(request(1)).await;
    assert_eq!(budget.total(), 0);
    let large = router.answer(request(20_000)).await;
    assert!(budget.total() > 20_000 * 24, "{:?}", budget.levels());
    drop((small, large));
    assert_eq!(budget.total(), 0);
}

#[tokio::test]
async fn what_would_never_fit_is_too_large() {
    let catalog = with_memory(MIB);
    let router = Router::new(GrpcService::new(catalog), Limits::default());
    let outcome = call(&router, INFER, &[], Frames::of(vec![framed(&flowers(20_000).encode_to_vec())])).await;
    outcome.refused(Code::ResourceExhausted, "bytes of memory");
}

/// A client that reads a few KiB of each answer, and no more.
async fn reluctant(server: &Server) -> Client {
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    Client(endpoint.initial_stream_window_size(65_535).connect().await.unwrap())
}

#[tokio::test]
async fn one_connection_has_its_part_and_others_have_theirs() {
    let server = Server::start(GrpcService::new(with_memory(16 * MIB)), Limits::default());
    let budget = server.served.budget().clone();
    let client = reluctant(&server).await;
    let mut unread: Vec<(mpsc::Sender<_>, Streaming<pb::ModelStreamInferResponse>)> = Vec::new();
    for _ in 0..8 {
        let (sender, messages) = mpsc::channel(1);
        sender.send(flowers(20_000)).await.unwrap();
        let answers = client.stream(STREAM_INFER, ReceiverStream::new(messages)).await.unwrap();
        unread.push((sender, answers));
    }
    let other = server.connect().await;
    let asked = flowers(2_000);
    while budget.levels()[Kind::Answers as usize].refused < 7 {
        let answer: pb::ModelInferResponse = other.call(INFER, asked.clone()).await.unwrap();
        assert_eq!(answer.outputs.len(), 1);
    }
    assert!(budget.total() <= 4 * MIB, "{:?}", budget.levels());
    let answer: pb::ModelInferResponse = other.call(INFER, flowers(20_000)).await.unwrap();
    assert_eq!(answer.outputs[0].shape, [20_000, 3]);
    drop((unread, client));
    while budget.total() > 0 {
        let _: pb::ModelInferResponse = other.call(INFER, asked.clone()).await.unwrap();
    }
}
