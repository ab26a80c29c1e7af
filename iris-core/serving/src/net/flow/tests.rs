use std::future::pending;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::Instant;

use super::*;
use crate::net::Stopping;

/// A body that never comes.
struct Never;

impl Body for Never {
    type Data = io::Cursor<[u8; 0]>;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, io::Error>>> {
        Poll::Pending
    }
}

/// How long a connection that does nothing more is waited for, and what is then
/// cut off.
async fn waited_for(flow: &Flow) -> (Duration, Cuts) {
    let (stopping, stopped) = Stopping::channel();
    stopping.tell();
    let began = Instant::now();
    let mut is_asked_to_end = false;
    let ended = flow.watch(&stopped).part(pin!(pending::<()>()), |_| is_asked_to_end = true).await;
    assert_eq!(ended, None);
    assert_eq!(is_asked_to_end, stopping.cuts().total() == 0);
    (began.elapsed(), stopping.cuts())
}

async fn poll_body(body: &mut (impl Body<Error: std::fmt::Debug> + Unpin)) {
    std::future::poll_fn(|context| {
        assert!(Pin::new(&mut *body).poll_frame(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_client_has_a_while_for_its_next_request() {
    let (waited, cuts) = waited_for(&Flow::one_at_a_time()).await;
    // And another to take note of the end.
    assert_eq!((waited, cuts), (2 * STOP_PATIENCE, Cuts::default()));
}

#[tokio::test(start_paused = true)]
async fn half_a_head_is_a_request_where_one_follows_the_other() {
    for (flow, requests) in [(Flow::one_at_a_time(), 1), (Flow::many(), 0)] {
        let (mut there, here) = duplex(64);
        let mut watched = flow.watched(here);
        there.write_all(b"POST /pre").await.unwrap();
        watched.read_buf(&mut Vec::new()).await.unwrap();
        let (waited, cuts) = waited_for(&flow).await;
        assert_eq!((waited, cuts), (2 * STOP_PATIENCE, Cuts { requests, ..Cuts::default() }));
        // It became a call, which is over.
        drop(flow.call());
        assert_eq!(waited_for(&flow).await.1, Cuts::default());
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_the_clients_and_an_answer_is_not() {
    let flow = Flow::many();
    let call = flow.call();
    let mut body = flow.asking(Never);
    poll_body(&mut body).await;
    let late = Cuts { requests: 1, ..Cuts::default() };
    assert_eq!(waited_for(&flow).await, (2 * STOP_PATIENCE, late));
    // Its answer has begun: a stream.
    let answer = flow.answering(Never);
    drop(call);
    assert_eq!(waited_for(&flow).await.1, late);
    drop(body);
    assert_eq!(waited_for(&flow).await.1, Cuts { answers: 1, ..Cuts::default() });
    drop(answer);
    assert_eq!(waited_for(&flow).await.1, Cuts::default());
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_is_not_waited_for() {
    let flow = Flow::one_at_a_time();
    let (there, here) = duplex(4);
    let mut watched = flow.watched(here);
    {
        let mut writing = pin!(watched.write_all(b"an answer"));
        assert_eq!(crate::timeouts::poll_once(writing.as_mut()).await.map(drop), None);
    }
    assert_eq!(waited_for(&flow).await, (2 * STOP_PATIENCE, Cuts { answers: 1, ..Cuts::default() }));
    drop(there);
}

#[tokio::test(start_paused = true)]
async fn a_request_at_work_is_waited_for_until_the_grace_is_over() {
    let (stopping, stopped) = Stopping::channel();
    let flow = Flow::one_at_a_time();
    let call = flow.call();
    stopping.tell();
    let watch = flow.watch(&stopped);
    let connection = pin!(pending::<()>());
    assert!(timeout(20 * STOP_PATIENCE, watch.part(connection, |_| ())).await.is_err());
    assert_eq!(stopping.cuts(), Cuts { working: 1, ..Cuts::default() });
    drop(call);
}

#[tokio::test(start_paused = true)]
async fn a_slow_upload_goes_on() {
    let (stopping, stopped) = Stopping::channel();
    let flow = Flow::one_at_a_time();
    let (mut there, here) = duplex(1 << 20);
    let mut watched = flow.watched(here);
    stopping.tell();
    let upload = async {
        for _ in 0..10 {
            there.write_all(&[b'x'; 2_000]).await.unwrap();
            sleep(STOP_PATIENCE).await;
        }
        drop(there);
    };
    let mut bytes = Vec::new();
    let reading = pin!(async { watched.read_to_end(&mut bytes).await.unwrap() });
    let (served, ()) = tokio::join!(flow.watch(&stopped).part(reading, |_| ()), upload);
    assert_eq!((served, stopping.cuts()), (Some(20_000), Cuts::default()));
}

#[test]
fn what_ends_before_the_stop_is_not_cut_off() {
    let (stopping, stopped) = Stopping::channel();
    let flow = Flow::one_at_a_time();
    let call = flow.call();
    drop(flow.watch(&stopped));
    stopping.tell();
    flow.watch(&stopped).over();
    assert_eq!(stopping.cuts(), Cuts::default());
    drop(call);
}
