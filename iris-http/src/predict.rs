//! `POST /predict`: from the bytes of a body to the bytes of an answer.

mod decode;
mod encode;

use std::pin::{Pin, pin};

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use iris_core::spans::{Endpoint, Origin, PredictionRequest, Timing};

use crate::context::RequestContext;
use crate::core_error;
use crate::json::JSON;
use crate::patience::within;
use crate::{App, Detail, Failure, Location, server_timing};
use decode::{Decoded, Form};

/// What of a body over the limit is still read.
const LARGEST_DISCARDED: usize = 64 << 20;

/// The route, as spans and metrics name it.
pub(crate) static ENDPOINT: Endpoint = Endpoint::http("POST", "/predict");

/// What became of a request.
#[derive(Debug)]
pub struct Answer {
    /// JSON, or why there is none.
    pub result: Result<Vec<u8>, Failure>,
    /// How long it took, if that was measured.
    pub timing: Option<Timing>,
}

/// Reads a request's body and answers it.
pub async fn respond<B>(app: &App, request: Request<B>) -> Response<Full<Bytes>>
where
    B: Body<Data = Bytes>,
{
    let started = app.predictor().tracer().now();
    let (parts, body) = request.into_parts();
    let body = match check_headers(&parts.headers) {
        Ok(()) => read(app, body).await,
        Err(failure) => Err(failure),
    };
    let context = RequestContext::of(&parts.headers);
    let origin = context.origin(&ENDPOINT, parts.version, started);
    let answer = match body {
        Ok(body) => predict(app, &origin, &body),
        Err(failure) => {
            // A request that never came as far as its numbers is traced too.
            let request = PredictionRequest::start(app.predictor(), &origin);
            let timing = request.fail(failure.status().as_u16(), failure.fault(), &failure);
            Answer { result: Err(failure), timing }
        }
    };
    let mut response = match answer.result {
        Ok(json) => {
            let mut response = Response::new(Full::new(Bytes::from(json)));
            response.headers_mut().insert(CONTENT_TYPE, JSON);
            response
        }
        Err(failure) => failure.into_response(&parts.headers),
    };
    if let Some(timing) = answer.timing.filter(|_| app.server_timing()) {
        server_timing::insert(response.headers_mut(), &timing);
    }
    response
}

/// Answers one body, in the four spans of a request. Awaits nothing.
#[must_use]
pub fn predict(app: &App, origin: &Origin<'_>, body: &[u8]) -> Answer {
    let mut request = PredictionRequest::start(app.predictor(), origin);
    let result = run(app, body, &mut request);
    let timing = match &result {
        Ok(_) => request.succeed(StatusCode::OK.as_u16()),
        Err(failure) => request.fail(failure.status().as_u16(), failure.fault(), failure),
    };
    Answer { result, timing }
}

fn run(app: &App, body: &[u8], request: &mut PredictionRequest<'_>) -> Result<Vec<u8>, Failure> {
    let decoded =
        request.data_preparation(|| decode::decode(app.predictor().schema(), app.max_rows(), body))?;
    match decoded.form {
        Form::Single => one(app, &decoded.values, request),
        Form::Array | Form::Instances => many(app, &decoded, request),
    }
}

fn one(app: &App, row: &[f64], request: &mut PredictionRequest<'_>) -> Result<Vec<u8>, Failure> {
    request.features(row);
    let mut probabilities = vec![0.0; app.predictor().schema().n_classes()];
    let prediction = request
        .model_inference(|| encode::infer(app.predictor(), row, &mut probabilities))
        .map_err(|error| refused(&error, Form::Single))?;
    Ok(request.response_formatting(|| encode::one(app, &prediction, &probabilities)))
}

fn many(app: &App, decoded: &Decoded, request: &mut PredictionRequest<'_>) -> Result<Vec<u8>, Failure> {
    let rows = decoded.values.chunks_exact(app.predictor().schema().n_features());
    let mut answers = encode::Many::new(app, decoded.form, rows.len());
    request.batch_inference(rows.len(), || {
        for (index, row) in rows.enumerate() {
            answers.push(row).map_err(|error| refused(&error.at_row(index), decoded.form))?;
        }
        Ok(())
    })?;
    request.batch_classes(answers.classes());
    Ok(request.response_formatting(|| answers.finish()))
}

/// A row that the model itself refuses: its values parse, but give no answer.
#[cold]
fn refused(error: &iris_core::Error, form: Form) -> Failure {
    let mut loc = form.location();
    loc.extend(error.row().map(Location::Index));
    let kind = error.kind();
    let detail = Detail { loc, msg: error.to_string().into(), r#type: core_error::detail_type(kind) };
    match core_error::status(kind) {
        StatusCode::UNPROCESSABLE_ENTITY => Failure::invalid(vec![detail]),
        status => Failure::new(status, error.to_string()),
    }
}

/// JSON, or nothing said: the same as FastAPI takes.
fn check_headers(headers: &HeaderMap) -> Result<(), Failure> {
    if let Some(encoding) = headers.get(CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        let reason = format!("the content encoding is {encoding:?}; send the body as it is");
        return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason));
    }
    match headers.get(CONTENT_TYPE) {
        None => Ok(()),
        Some(value) if *value == JSON => Ok(()),
        Some(value) => check_media_type(value),
    }
}

fn check_media_type(value: &HeaderValue) -> Result<(), Failure> {
    let text = value.to_str().unwrap_or("not text");
    let media_type = text.split(';').next().unwrap_or(text).trim().to_ascii_lowercase();
    let is_json = media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"));
    if is_json {
        return Ok(());
    }
    let reason = format!("the content type is {text:?}; send content-type: application/json");
    Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason))
}

/// Reads a body of bounded size in bounded time.
async fn read<B: Body<Data = Bytes>>(app: &App, body: B) -> Result<Bytes, Failure> {
    within(app.body_timeout(), collect(app, body)).await.unwrap_or_else(|| {
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
    let mut whole = BytesMut::new();
    let mut last = first;
    loop {
        if whole.len() + last.len() > app.max_body() {
            return Err(refuse_large(app, body).await);
        }
        if body.is_end_stream() && whole.is_empty() {
            return Ok(last);
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
