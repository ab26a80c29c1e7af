//! Reading a request's body: of bounded size, in bounded time and memory.

use std::ops::Deref;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http_body::Body;
use http_body_util::BodyExt;
use iris_core::ErrorClass;
use iris_serving::Refusal;
use iris_serving::budget::{Budget, Exceeded, Held, Kind};
use iris_serving::inflate::most_inflated;
use iris_serving::timeouts::timeout;

use crate::encoding::Codings;
use crate::{Failure, HttpService};

/// A body, and the memory that it takes, unless it came at once.
#[derive(Debug, Default)]
pub(crate) struct Received {
    bytes: Bytes,
    held: Option<Held>,
}

impl Received {
    /// Bytes of memory that are held for it.
    pub(crate) fn held(&self) -> usize {
        self.held.as_ref().map_or(0, Held::bytes)
    }
}

impl Deref for Received {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What a request may hold of: its connection's share, where several come over one at a time.
pub(crate) fn budget<'r>(service: &'r HttpService, parts: &'r Parts) -> &'r Budget {
    parts.extensions.get().unwrap_or_else(|| service.catalog().budget())
}

/// Reads a body of bounded size in bounded time, and undoes what its headers
/// say of its encoding.
///
/// A body that is refused by what is announced of it is not touched; see
/// [`unread`](crate::unread).
pub(crate) async fn read<B: Body<Data = Bytes>>(
    service: &HttpService,
    parts: &Parts,
    body: B,
) -> Result<Received, Failure> {
    let codings = Codings::of(&parts.headers)?;
    let (limit, budget) = (service.max_body(), budget(service, parts));
    let received =
        timeout(service.body_timeout(), collect(budget, limit, body)).await.unwrap_or_else(|| {
            let seconds = service.body_timeout().as_secs_f64();
            Err(Failure::new(ErrorClass::Timeout, format!("the body was not complete after {seconds} s")))
        })?;
    if codings.is_empty() {
        return Ok(received);
    }
    // Between two codings there are as many bytes again.
    let at_most = most_inflated(received.len(), limit).saturating_mul(2);
    let beside = budget.beside(received.held());
    let mut held = beside.hold(Kind::Inflated, at_most).await.map_err(no_room)?;
    let bytes = codings.decode(received.bytes, limit)?;
    drop(received.held);
    held.resize(bytes.len()).map_err(no_room)?;
    Ok(Received { bytes, held: Some(held) })
}

async fn collect<B: Body<Data = Bytes>>(budget: &Budget, limit: usize, body: B) -> Result<Received, Failure> {
    let mut body = pin!(body);
    if body.size_hint().lower() > limit as u64 {
        return Err(Failure::too_large(limit, ""));
    }
    let Some(first) = next_data(&mut body).await? else {
        return Ok(Received::default());
    };
    if first.len() > limit {
        return Err(Failure::too_large(limit, ""));
    }
    if body.is_end_stream() {
        return Ok(Received { bytes: first, held: None });
    }
    let mut held = budget.nothing(Kind::Bodies);
    let rest = usize::try_from(body.size_hint().lower()).unwrap_or_default();
    let expected = rest.saturating_add(first.len()).min(limit);
    let mut whole = BytesMut::new();
    let mut next = Some(first);
    while let Some(data) = next {
        let len = whole.len() + data.len();
        if len > limit {
            return Err(Failure::too_large(limit, ""));
        }
        if len > held.bytes() {
            held.resize_patiently(room_for(len, expected, limit)).await.map_err(no_room)?;
        }
        if whole.is_empty() {
            whole.reserve(expected);
        }
        whole.extend_from_slice(&data);
        drop(data);
        next = next_data(&mut body).await?;
    }
    Ok(Received { bytes: whole.freeze(), held: Some(held) })
}

/// Bytes to hold for a body of which `len` came. Once it is no small one, that is
/// all of it: bodies that grew step by step would wait for each other, all half done.
fn room_for(len: usize, expected: usize, limit: usize) -> usize {
    if len <= Budget::SMALL { Budget::SMALL } else { expected.max(len.next_power_of_two().min(limit)) }
}

/// What a client is told for whose request there is no memory.
#[cold]
pub(crate) fn no_room(exceeded: Exceeded) -> Failure {
    Refusal::from(exceeded).into()
}

async fn next_data<B: Body<Data = Bytes> + Unpin>(body: &mut B) -> Result<Option<Bytes>, Failure> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Ok(frame)) => {
                // Anything else is trailers, which say nothing of use here.
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(_)) => {
                return Err(Failure::new(ErrorClass::Aborted, "the body ended before it was complete"));
            }
        }
    }
}
