//! Reading a request's body: of bounded size, in bounded time.

use std::pin::{Pin, pin};

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body::Body;
use http_body_util::BodyExt;

use crate::timeouts::timeout;
use crate::{App, Failure};

/// What of a body over the limit is still read.
const LARGEST_DISCARDED: usize = 64 << 20;

/// Reads a body of bounded size in bounded time.
pub(crate) async fn read<B: Body<Data = Bytes>>(app: &App, body: B) -> Result<Bytes, Failure> {
    timeout(app.body_timeout(), collect(app, body)).await.unwrap_or_else(|| {
        let seconds = app.body_timeout().as_secs_f64();
        let reason = format!("the body was not complete after {seconds} s");
        Err(Failure::new(StatusCode::REQUEST_TIMEOUT, reason))
    })
}

async fn collect<B: Body<Data = Bytes>>(app: &App, body: B) -> Result<Bytes, Failure> {
    let mut body = pin!(body);
    if body.size_hint().lower() > app.max_body() as u64 {
        return Err(refuse_large(app, body).await);
    }
    let Some(first) = next_data(&mut body).await? else {
        return Ok(Bytes::new());
    };
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or_default();
    let mut whole = BytesMut::new();
    let mut last = first;
    loop {
        if whole.len() + last.len() > app.max_body() {
            return Err(refuse_large(app, body).await);
        }
        if body.is_end_stream() && whole.is_empty() {
            return Ok(last);
        }
        if whole.is_empty() {
            whole.reserve(expected.clamp(last.len(), app.max_body()));
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
                return Err(Failure::new(StatusCode::BAD_REQUEST, "the body ended before it was complete"));
            }
        }
    }
}

/// Most clients write the whole body before they read the answer, and would only
/// see a reset connection; so a body not hopelessly over the limit is read to
/// its end, and thrown away.
async fn refuse_large<B: Body<Data = Bytes>>(app: &App, mut body: Pin<&mut B>) -> Failure {
    let mut left = LARGEST_DISCARDED;
    while let Ok(Some(data)) = next_data(&mut body).await {
        left = left.saturating_sub(data.len());
        if left == 0 {
            break;
        }
    }
    let reason = format!("the body is larger than the {} bytes accepted here", app.max_body());
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, reason)
}
