use std::sync::mpsc;

use tokio::task::yield_now;

use super::*;
use crate::timeouts::poll_once;

const DEAR: usize = 1 << 20;
/// Dear as well, but no long job.
const SHORT: usize = 10_000;

fn lane() -> Lane {
    Lane::start(NonZeroUsize::MIN, Lane::DEFAULT_MAX_WAIT).unwrap()
}

/// A lane whose thread is busy until the sender is used or dropped.
async fn busy_lane() -> (Lane, mpsc::Sender<()>) {
    let lane = lane();
    let (free, busy) = mpsc::channel();
    let (start, started) = oneshot::channel();
    let place = lane.admit(&Client::default(), Form::Text, SHORT).unwrap().unwrap();
    tokio::spawn(place.run(move || {
        start.send(()).unwrap();
        busy.recv().ok()
    }));
    started.await.unwrap();
    (lane, free)
}

#[tokio::test]
async fn what_is_dear_is_done_by_another_thread() {
    let lane = lane();
    let client = Client::default();
    assert!(lane.admit(&client, Form::Text, 100).unwrap().is_none(), "it is cheap");
    let place = lane.admit(&client, Form::Text, DEAR).unwrap().unwrap();
    let name = place.run(|| thread::current().name().map(str::to_owned)).await;
    assert_eq!(name.as_deref(), Some("lane-0"));
}

#[tokio::test]
async fn who_has_gone_is_not_answered() {
    let (lane, free) = busy_lane().await;
    let (told, was_done) = mpsc::channel();
    for stays in [false, true] {
        let told = told.clone();
        let place = lane.admit(&Client::default(), Form::Text, 10_000).unwrap().unwrap();
        let run = Box::pin(place.run(move || told.send(stays).unwrap()));
        if stays {
            drop(free);
            run.await;
            break;
        }
        let mut run = run;
        assert!(poll_once(run.as_mut()).await.is_none(), "it waits for its turn");
    }
    assert_eq!(was_done.try_iter().collect::<Vec<_>>(), [true]);
}

#[tokio::test]
async fn who_would_wait_too_long_is_refused_and_a_stream_waits() {
    let (lane, free) = busy_lane().await;
    let mut clients = Vec::new();
    let refused = loop {
        match lane.admit(&Client::default(), Form::Text, DEAR) {
            Ok(place) => clients.push(tokio::spawn(place.unwrap().run(|| ()))),
            Err(refused) => break refused,
        }
        yield_now().await;
        assert!(clients.len() < 100);
    };
    assert!(refused.wait > Duration::from_millis(20), "{refused}");
    assert_eq!(refused.retry_after(), 1);
    assert_eq!(lane.check(&Client::default(), Form::Text, DEAR).map_err(|_| ()), Err(()));
    assert_eq!(lane.check(&Client::default(), Form::Text, 100), Ok(()), "it is cheap");
    let stream = tokio::spawn(lane.wait(&Client::default(), Form::Text, DEAR).unwrap().run(|| 5));
    drop(free);
    assert_eq!(stream.await.unwrap(), 5);
    for client in clients {
        client.await.unwrap();
    }
    assert_eq!(lane.check(&Client::default(), Form::Text, DEAR), Ok(()), "there is room again");
}

#[tokio::test]
async fn a_short_job_does_not_wait_for_the_end_of_a_long_one() {
    let (lane, client) = (lane(), Client::default());
    let (free, busy) = mpsc::channel::<()>();
    let place = lane.admit(&client, Form::Text, DEAR).unwrap().unwrap();
    let long = tokio::spawn(place.run(move || busy.recv().is_err()));
    yield_now().await;
    let place = lane.admit(&client, Form::Text, SHORT).unwrap().unwrap();
    assert_eq!(place.run(|| 1).await, 1);
    drop(free);
    assert!(long.await.unwrap());
}

#[tokio::test]
async fn a_panic_is_the_one_s_who_brought_it() {
    let lane = lane();
    let place = |lane: &Lane| lane.admit(&Client::default(), Form::Text, DEAR).unwrap().unwrap();
    let broken = tokio::spawn(place(&lane).run(|| panic!("on purpose")));
    assert!(broken.await.unwrap_err().is_panic());
    assert_eq!(place(&lane).run(|| 1).await, 1, "the thread goes on");
}

#[tokio::test]
async fn threads_end_with_the_lane() {
    let lane = lane();
    let shared = Arc::downgrade(&lane.owner.shared);
    drop(lane);
    while shared.strong_count() > 0 {
        thread::yield_now();
    }
}

/// Each is cheap, and there are so many that the last waits for a quarter of a second.
#[tokio::test]
async fn a_worker_that_is_behind_holds_less_for_dear() {
    const CHEAP: usize = 2_000;
    let lane = lane();
    tokio::spawn(lane.watch());
    yield_now().await;
    assert!(!lane.is_dear(Form::Text, CHEAP));
    let answer = |lane: Lane| async move {
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(1) {}
        lane.learn(Form::Text, CHEAP, Duration::from_micros(86));
    };
    let requests: Vec<_> = (0..250).map(|_| tokio::spawn(answer(lane.clone()))).collect();
    for request in requests {
        request.await.unwrap();
    }
    yield_now().await;
    assert!(lane.is_dear(Form::Text, CHEAP));
    assert!(!lane.is_dear(Form::Text, 100), "to refuse it would be no cheaper");
}

#[tokio::test]
async fn a_job_is_lent_the_threads_that_have_nothing_to_do() {
    assert!(Hands::borrow(1).is_none(), "this is no thread of a lane");
    let lane = Lane::start(NonZeroUsize::new(3).unwrap(), Lane::DEFAULT_MAX_WAIT).unwrap();
    let place = lane.admit(&Client::default(), Form::Text, DEAR).unwrap().unwrap();
    let n = |at_most| Hands::borrow(at_most).map(|hands| hands.n());
    let lent = place.run(move || {
        let both = Hands::borrow(9).unwrap();
        let while_lent = (both.n(), n(1));
        drop(both);
        (while_lent, n(1), n(9))
    });
    assert_eq!(lent.await, ((2, None), Some(1), Some(2)));
}

#[tokio::test]
async fn what_others_did_counts_as_the_job_s_own() {
    let lane = Lane::start(NonZeroUsize::new(2).unwrap(), Lane::DEFAULT_MAX_WAIT).unwrap();
    let place = lane.admit(&Client::default(), Form::Text, DEAR).unwrap().unwrap();
    let lent = place
        .run(|| {
            let work = |_| {
                let began = busy();
                while busy() < began + Duration::from_millis(5) {
                    std::hint::spin_loop();
                }
                Ok::<_, ()>(())
            };
            let both = std::sync::Barrier::new(2);
            let begin = |piece, (): &mut ()| {
                both.wait();
                work(piece)
            };
            Hands::borrow(1).unwrap().share(vec![1, 2], &mut (), begin).unwrap();
            hands::take_lent()
        })
        .await;
    assert!(lent >= Duration::from_millis(5), "{lent:?}");
}

#[tokio::test]
async fn a_panic_of_a_helper_is_the_job_s() {
    let lane = Lane::start(NonZeroUsize::new(2).unwrap(), Lane::DEFAULT_MAX_WAIT).unwrap();
    let place = lane.admit(&Client::default(), Form::Text, DEAR).unwrap().unwrap();
    let run = place.run(|| {
        let both = std::sync::Barrier::new(2);
        let fail = |piece: u8, (): &mut ()| {
            both.wait();
            assert_eq!(piece, 0, "this one panics");
            Ok::<_, ()>(())
        };
        let shared =
            catch_unwind(AssertUnwindSafe(|| Hands::borrow(1).unwrap().share(vec![0, 1], &mut (), fail)));
        (shared.is_err(), Hands::borrow(1).is_some())
    });
    assert_eq!(run.await, (true, true), "and its place was given back");
}
