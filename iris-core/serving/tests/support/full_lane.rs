//! A lane that is busy, for the tests of either door.

use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::time::Duration;

use iris_serving::{Client, Form, Lane};

/// Bytes of a body that is just dear: nobody else's is less, and so comes before it.
const DEAR: usize = 4_000;

/// A lane in which somebody is being answered, and another waits for that, until it is dropped.
pub(crate) struct Full {
    pub(crate) lane: Lane,
    /// Dropped for the lane to go on.
    _busy: mpsc::Sender<()>,
    _waiting: [Pin<Box<dyn Future<Output = ()>>>; 2],
}

impl Full {
    /// One that refuses whoever comes.
    pub(crate) fn refusing() -> Self {
        Self::with_max_wait(Duration::from_nanos(1))
    }

    pub(crate) fn with_max_wait(max_wait: Duration) -> Self {
        let lane = Lane::start(NonZeroUsize::MIN, max_wait).unwrap();
        let (free, busy) = mpsc::channel::<()>();
        let (start, started) = mpsc::channel();
        let first = queue(&lane, move || {
            start.send(()).unwrap();
            busy.recv().unwrap_or_default();
        });
        started.recv().unwrap();
        let waiting = [first, queue(&lane, || ())];
        Self { lane, _busy: free, _waiting: waiting }
    }
}

fn queue(lane: &Lane, work: impl FnOnce() + Send + 'static) -> Pin<Box<dyn Future<Output = ()>>> {
    let place = lane.wait(&Client::default(), Form::Text, DEAR).unwrap();
    let mut run = Box::pin(place.run(work));
    assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    run
}
