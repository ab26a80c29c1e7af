use std::pin::pin;

use super::*;
use crate::timeouts::poll_once;

const TIMES: Times = Times {
    silent: Duration::from_secs(2),
    head: Duration::from_secs(3),
    body: Duration::from_secs(30),
    answer: Duration::from_secs(10),
    idle: Duration::from_secs(60),
    min_rate: 100,
};

fn pace() -> (Arc<Clock>, Pace) {
    let clock = Arc::new(Clock::new());
    (clock.clone(), Pace::new(clock))
}

/// What it is told after so long, within a few looks, before which others read.
async fn heard(clock: &Clock, pace: &Pace, seconds: u64) -> Option<Told> {
    tokio::time::advance(Duration::from_secs(seconds)).await;
    pace.remind(&TIMES, clock.look());
    let mut told = pin!(pace.told());
    assert_eq!(poll_once(told.as_mut()).await, None, "it reads first");
    for _ in 0..3 {
        if let Some(told) = poll_once(told.as_mut()).await {
            return Some(told);
        }
    }
    None
}

#[tokio::test(start_paused = true)]
async fn who_is_late_is_told_for_what() {
    let (clock, pace) = pace();
    assert_eq!(heard(&clock, &pace, 1).await, None);
    assert_eq!(heard(&clock, &pace, 1).await, Some(Told::Late(Waits::Silent)));
    for (waits, limit) in [(Waits::Part, 1), (Waits::Head, 3), (Waits::Answer, 10), (Waits::Idle, 60)] {
        pace.go_on(waits);
        assert_eq!(heard(&clock, &pace, limit - 1).await, None, "{waits:?}");
        pace.go_on(waits);
        assert_eq!(heard(&clock, &pace, 1).await, Some(Told::Late(waits)));
    }
    pace.wait(Waits::Server);
    assert_eq!(heard(&clock, &pace, 10_000).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_body_has_a_rate_and_an_end() {
    let (clock, pace) = pace();
    pace.go_on(Waits::Body);
    assert_eq!(heard(&clock, &pace, 4).await, None);
    assert_eq!(heard(&clock, &pace, 1).await, Some(Told::Late(Waits::Body)), "nothing came");
    pace.wait(Waits::Server);
    pace.go_on(Waits::Body);
    for _ in 0..29 {
        pace.moved(100);
        assert_eq!(heard(&clock, &pace, 1).await, None);
    }
    pace.moved(100);
    assert_eq!(heard(&clock, &pace, 1).await, Some(Told::Late(Waits::Body)), "it took all the time");
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_be_read_slowly_but_not_by_drops() {
    let (clock, pace) = pace();
    pace.go_on(Waits::Answer);
    for _ in 0..10 {
        pace.moved(900);
        assert_eq!(heard(&clock, &pace, 9).await, None);
    }
    pace.wait(Waits::Server);
    pace.go_on(Waits::Answer);
    pace.moved(1);
    assert_eq!(heard(&clock, &pace, 9).await, None);
    pace.moved(1);
    assert_eq!(heard(&clock, &pace, 1).await, Some(Told::Late(Waits::Answer)));
}

#[tokio::test(start_paused = true)]
async fn what_comes_in_time_after_all_is_not_cut_off() {
    let (clock, pace) = pace();
    tokio::time::advance(Duration::from_secs(5)).await;
    pace.remind(&TIMES, clock.look());
    // It was told, and has read a request since.
    let request = pace.request();
    let mut told = pin!(pace.told());
    for _ in 0..4 {
        assert_eq!(poll_once(told.as_mut()).await, None);
    }
    drop(request);
    assert_eq!(pace.waits(), Waits::Idle);
}

#[tokio::test(start_paused = true)]
async fn a_long_answer_that_never_goes_ends_a_busy_connection() {
    let (clock, pace) = pace();
    let held = pace.hold();
    let request = pace.request();
    assert_eq!(heard(&clock, &pace, 9).await, None);
    assert_eq!(heard(&clock, &pace, 1).await, Some(Told::Late(Waits::Answer)));
    drop((held, request));
    assert_eq!(heard(&clock, &pace, 50).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_is_no_work() {
    let (_, pace) = pace();
    let (mut stream, request) = (pace.request(), pace.request());
    stream.quiet(true);
    assert_eq!(pace.waits(), Waits::Server);
    drop(request);
    assert_eq!(pace.waits(), Waits::Stream);
    stream.quiet(false);
    assert_eq!(pace.waits(), Waits::Server);
    stream.quiet(true);
    drop(stream);
    assert_eq!((pace.waits(), pace.is_in_request()), (Waits::Idle, false));
}
