//! A message's turn: on the spot where it is cheap, in the lane where it is dear.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use iris_core::ErrorClass;
use iris_serving::{Form, Overloaded, Place, RefusalStatus, Sort};
use iris_telemetry::Tick;

use crate::call::Call;
use crate::codec::Encoded;
use crate::refusal::Refusal;

/// Answers one message, and makes the record of it.
pub(crate) type Predict = fn(&Call, &Encoded) -> Result<Encoded, Refusal>;

/// The answer to a message, there already or still to come.
pub(crate) enum Turn {
    Now(Option<Result<Encoded, Refusal>>),
    Later(Pin<Box<dyn Future<Output = Result<Encoded, Refusal>> + Send>>),
}

impl Turn {
    /// The turn of a call's one message, which is refused if it would wait for too long. In any
    /// case a record is made of it.
    #[inline]
    pub(crate) fn of(call: &Arc<Call>, message: Encoded, answer: Predict) -> Self {
        call.recorded.store(true, Ordering::Relaxed);
        let Some(lane) = call.catalog().lane() else { return Self::Now(Some(answer(call, &message))) };
        let sort = sort(call, &message);
        match lane.admit(&call.client, sort, message.len()) {
            Ok(place) => Self::taken((place, sort), call, message, answer),
            Err(overloaded) => Self::Now(Some(Err(refuse(call, &message, overloaded)))),
        }
    }

    /// The turn of a message on a stream, from which no other is taken meanwhile.
    #[inline]
    pub(crate) fn on_stream(call: &Arc<Call>, message: Encoded, answer: Predict) -> Self {
        let lane = call.catalog().lane();
        let sort = sort(call, &message);
        let place = lane.and_then(|lane| lane.wait(&call.client, sort, message.len()));
        Self::taken((place, sort), call, message, answer)
    }

    #[inline]
    fn taken(
        (place, sort): (Option<Place>, Sort),
        call: &Arc<Call>,
        message: Encoded,
        answer: Predict,
    ) -> Self {
        if let Some(place) = place {
            let (call, message) = (call.clone(), message.detached());
            return Self::Later(Box::pin(place.run(move || answer(&call, &message))));
        }
        let began = Tick::now();
        let answered = answer(call, &message);
        if let Some(lane) = call.catalog().lane() {
            lane.learn(sort, message.len(), Duration::from_nanos(Tick::now().since(began)));
        }
        Self::Now(Some(answered))
    }
}

impl Future for Turn {
    type Output = Result<Encoded, Refusal>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Now(answered) => {
                Poll::Ready(answered.take().expect("a future is not polled after its end"))
            }
            Self::Later(answering) => answering.as_mut().poll(context),
        }
    }
}

/// What messages like this one cost alike: those for one model.
#[inline]
fn sort(call: &Call, message: &Encoded) -> Sort {
    let names_one = call.endpoint.route().ends_with("Infer");
    let Some(name) = names_one.then(|| message.first_text()).flatten() else { return Form::Binary.into() };
    let name = name.split(|byte| *byte == b'@').next().unwrap_or_default();
    let snapshot = call.catalog().snapshot();
    let is_default = name == snapshot.default_model().name().as_bytes();
    if is_default { Form::Binary.into() } else { Form::Binary.of_model(name) }
}

#[cold]
fn refuse(call: &Call, message: &Encoded, overloaded: Overloaded) -> Refusal {
    let refusal = Refusal::of(ErrorClass::Overloaded, overloaded.to_string()).with_pushback(overloaded.wait);
    let (code, class) = refusal.status();
    call.catalog().turn_away(&call.origin(message.read()), code, class, &refusal);
    refusal
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Now(_) => "Now",
            Self::Later(_) => "Later",
        })
    }
}
