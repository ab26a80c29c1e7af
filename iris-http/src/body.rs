//! Reading a request's body: of bounded size, in bounded time.

use std::pin::pin;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::Body;
use http_body_util::BodyExt;
use iris_core::ErrorClass;
use iris_serving::timeouts::timeout;

use crate::encoding::Codings;
use crate::{Failure, HttpService};

/// Reads a body of bounded size in bounded time, and undoes what its headers
/// say of its encoding.
///
/// A body that is refused by what is announced of it is not touched; see
/// [`unread`](crate::unread).
pub(crate) async fn read<B: Body<Data = Bytes>>(
    service: &HttpService,
    headers: &HeaderMap,
    body: B,
) -> Result<Bytes, Failure> {
    let codings = Codings::of(headers)?;
    let limit = service.max_body();
    let received = timeout(service.body_timeout(), collect(limit, body)).await.unwrap_or_else(|| {
        let seconds = service.body_timeout().as_secs_f64();
        Err(Failure::new(ErrorClass::Timeout, format!("the body was not complete after {seconds} s")))
    });
    codings.decode(received?, limit)
}

async fn collect<B: Body<Data = Bytes>>(limit: usize, body: B) -> Result<Bytes, Failure> {
    let mut body = pin!(body);
    if body.size_hint().lower() > limit as u64 {
        return Err(Failure::too_large(limit, ""));
    }
    let Some(first) = next_data(&mut body).await? else {
        return Ok(Bytes::new());
    };
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or_default();
    let mut whole = BytesMut::new();
    let mut last = first;
    loop {
        if whole.len() + last.len() > limit {
            return Err(Failure::too_large(limit, ""));
        }
        if body.is_end_stream() && whole.is_empty() {
            return Ok(last);
        }
        if whole.is_empty() {
            whole.reserve(expected.clamp(last.len(), limit));
        }
        whole.extend_from_slice(&last);
        match next_data(&mut body).await? {
            Some(data) => last = data,
            None => return Ok(whole.freeze()),
        }
    }
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
