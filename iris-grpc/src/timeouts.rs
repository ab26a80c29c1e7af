//! Waiting for a request's body, but not for ever.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use iris_core::ErrorClass;
use iris_serving::net::Stopped;
use tokio::time::{Instant, Sleep, sleep};
use tonic::Status;

use crate::call::Call;
use crate::refusal::Refusal;
use crate::{AnyError, Limits, deadline};

/// How long a stream may still be silent once the server stops.
const LAST_SILENCE: Duration = Duration::from_secs(1);

/// What is waited for.
#[derive(Debug)]
pub(crate) enum Timeouts {
    /// All of it within `limit`, or within the client's own deadline.
    Whole { limit: Duration, deadline: Option<Duration> },
    /// More of it within `idle` again and again, until the client's deadline.
    More { idle: Duration, deadline: Option<Duration>, stopped: Stopped },
}

impl Timeouts {
    /// How long the body of this call is waited for, by its metadata and the limits.
    pub(crate) fn of(call: &Call, is_stream: bool, metadata: &HeaderMap) -> Self {
        let (deadline, context) = (deadline::timeout(metadata), &call.context);
        let Limits { message_timeout: limit, idle_timeout: idle, .. } = context.limits;
        if is_stream {
            return Self::More { idle, deadline, stopped: context.stopped.clone() };
        }
        Self::Whole { limit, deadline }
    }
}

/// A body that ends with an error once its time is over.
#[derive(Debug)]
pub(crate) struct TimedBody<B> {
    body: B,
    timeouts: Timeouts,
    /// Made when there is something to wait for, which mostly there is not.
    waiting: Option<Waiting>,
    n_frames: u64,
}

struct Waiting {
    timer: Pin<Box<Sleep>>,
    on_timer: Ending,
    /// Frames there were when the timer was set.
    n_frames: u64,
    deadline: Option<Pin<Box<Sleep>>>,
    stopped: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// What it means that the timer fired.
#[derive(Debug, Clone, Copy)]
enum Ending {
    /// The message was not complete in time.
    Incomplete(Duration),
    /// Nothing came for that long.
    Silent(Duration),
    /// The client's own deadline.
    Deadline,
    /// The server's end.
    Stop,
}

impl<B> TimedBody<B> {
    pub(crate) fn new(body: B, timeouts: Timeouts) -> Self {
        Self { body, timeouts, waiting: None, n_frames: 0 }
    }
}

impl Waiting {
    fn new(timeouts: &Timeouts, n_frames: u64) -> Self {
        let timer = |limit| Box::pin(sleep(limit));
        match timeouts {
            Timeouts::Whole { limit, deadline } => {
                let sooner = deadline.filter(|deadline| deadline < limit);
                let on_timer = if sooner.is_some() { Ending::Deadline } else { Ending::Incomplete(*limit) };
                let timer = timer(sooner.unwrap_or(*limit));
                Self { timer, on_timer, n_frames, deadline: None, stopped: None }
            }
            Timeouts::More { idle, deadline, stopped } => Self {
                timer: timer(*idle),
                on_timer: Ending::Silent(*idle),
                n_frames,
                deadline: deadline.map(timer),
                stopped: Some(Box::pin(stopped.clone().wait())),
            },
        }
    }

    /// Ready when the time is over.
    fn poll(&mut self, n_frames: u64, context: &mut Context<'_>) -> Poll<Refusal> {
        let is_done =
            |sleep: &mut Pin<Box<Sleep>>, context: &mut Context<'_>| sleep.as_mut().poll(context).is_ready();
        if self.stopped.as_mut().is_some_and(|stopped| stopped.as_mut().poll(context).is_ready()) {
            self.stopped = None;
            (self.on_timer, self.n_frames) = (Ending::Stop, n_frames);
            self.timer.as_mut().reset(Instant::now() + LAST_SILENCE);
        }
        if self.deadline.as_mut().is_some_and(|deadline| is_done(deadline, context)) {
            return Poll::Ready(Ending::Deadline.refusal());
        }
        while is_done(&mut self.timer, context) {
            let pause = match self.on_timer {
                Ending::Silent(idle) => idle,
                Ending::Stop => LAST_SILENCE,
                Ending::Incomplete(_) | Ending::Deadline => return Poll::Ready(self.on_timer.refusal()),
            };
            // Set anew only when it fires, so that a message costs a counter and
            // no timer; a silent stream ends after the limit, or at most twice that.
            if self.n_frames == n_frames {
                return Poll::Ready(self.on_timer.refusal());
            }
            self.n_frames = n_frames;
            self.timer.as_mut().reset(Instant::now() + pause);
        }
        Poll::Pending
    }
}

impl Ending {
    #[cold]
    fn refusal(self) -> Refusal {
        let late = |message| Refusal::of(ErrorClass::Timeout, message);
        match self {
            Self::Incomplete(limit) => late(format!("the message was not complete after {limit:?}")),
            Self::Silent(idle) => late(format!("no message came for {idle:?}")),
            Self::Deadline => late("the client's deadline is over".to_owned()),
            Self::Stop => iris_serving::Refusal::stopping().into(),
        }
    }
}

impl<B> Body for TimedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<AnyError>,
{
    type Data = Bytes;
    type Error = AnyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Self { body, timeouts, waiting, n_frames } = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(context) {
            *n_frames += 1;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let waiting = waiting.get_or_insert_with(|| Waiting::new(timeouts, *n_frames));
        waiting.poll(*n_frames, context).map(|refusal| Some(Err(Status::from(refusal).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").field("on_timer", &self.on_timer).finish_non_exhaustive()
    }
}
