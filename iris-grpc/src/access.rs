//! Who may call: the gate in front of every method.

use http::{HeaderMap, HeaderValue};
use iris_serving::RefusalStatus;
use iris_serving::gate::{Denial, Pass, RouteClass, shown};
use tonic::Status;
use tonic::body::Body;

use crate::call::Call;
use crate::context::Context;
use crate::observe;
use crate::refusal::Refusal;

/// Lets a call of this class in, or not; one of none is for everybody. Each message of a stream is counted when it
/// comes.
pub(crate) fn admit(
    context: &Context,
    class: Option<RouteClass>,
    is_stream: bool,
    metadata: &HeaderMap,
) -> Result<Pass, Denial> {
    let gate = context.service.gate();
    if gate.is_open() {
        return Ok(Pass::default());
    }
    let Some(class) = class else { return Ok(Pass::default()) };
    let value = |name| metadata.get(name).map(HeaderValue::as_bytes);
    let key = shown(value("authorization"), value("x-api-key"));
    if is_stream { gate.recognise(key, class) } else { gate.admit(key, class) }
}

/// Counts the next message of a stream.
pub(crate) fn next(call: &Call) -> Result<(), Status> {
    call.pass.count().map_err(|denial| {
        record(call, true, &denial);
        status(&denial)
    })
}

/// Refuses a call that was not let in.
#[cold]
pub(crate) fn denied(call: &Call, is_traced: bool, denial: &Denial) -> http::Response<Body> {
    record(call, is_traced, denial);
    status(denial).into_http()
}

fn record(call: &Call, is_traced: bool, denial: &Denial) {
    let refusal = refusal(denial);
    if is_traced {
        let (status, class) = refusal.status();
        call.catalog().turn_away(&call.origin(call.started), status, class, denial);
    } else {
        observe::count(call, refusal.kind.code(), Some((refusal.kind.class(), denial)));
    }
}

/// As the client is told, which is also told when to try again.
fn status(denial: &Denial) -> Status {
    let mut status = Status::from(refusal(denial));
    if let Some(wait) = denial.retry_after() {
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
        status.metadata_mut().insert("grpc-retry-pushback-ms", milliseconds.into());
    }
    status
}

fn refusal(denial: &Denial) -> Refusal {
    denial.refusal().clone().into()
}
