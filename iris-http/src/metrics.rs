//! `GET /metrics`, in the format that a scraper would rather have.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use iris_core::ErrorClass;
use iris_telemetry::{Format, Telemetry};
use tokio::sync::Mutex;

use crate::media_type::Accept;
use crate::respond::refuse;
use crate::{Failure, HttpService};

/// Pages under way, of which there is one at a time: it takes a thread and a
/// moment, and whoever asks meanwhile shares the next.
#[derive(Debug, Default)]
pub(crate) struct Scrapes {
    /// Scrapes that have asked.
    asked: AtomicU64,
    last: Mutex<Option<Page>>,
}

#[derive(Debug)]
struct Page {
    format: Format,
    /// Whoever had asked by then finds in it all that was counted before.
    asked: u64,
    text: Bytes,
}

/// Prometheus' page, or OpenMetrics'; 404 if nothing is recorded.
pub(crate) async fn metrics(State(service): State<HttpService>, request: Request) -> Response {
    let Some(telemetry) = service.telemetry() else {
        let reason = "nothing is recorded: telemetry is switched off";
        return refuse(request.uri().path(), request.headers(), Failure::new(ErrorClass::NotFound, reason));
    };
    let format = format(request.headers());
    match service.scrapes().page(telemetry, format).await {
        Ok(page) => ([(CONTENT_TYPE, format.content_type())], page).into_response(),
        Err(reason) => {
            refuse(request.uri().path(), request.headers(), Failure::new(ErrorClass::Internal, reason))
        }
    }
}

impl Scrapes {
    /// A page that was begun after this was called.
    async fn page(&self, telemetry: &Telemetry, format: Format) -> Result<Bytes, String> {
        let mine = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let mut last = self.last.lock().await;
        if let Some(page) = &*last
            && page.format == format
            && page.asked >= mine
        {
            return Ok(page.text.clone());
        }
        let asked = self.asked.load(Ordering::Relaxed);
        let telemetry = telemetry.clone();
        // It takes a moment under load, in which this thread has requests to answer.
        let written = tokio::task::spawn_blocking(move || telemetry.metrics(format)).await;
        let text =
            Bytes::from(written.map_err(|error| format!("the metrics could not be written: {error}"))?);
        *last = Some(Page { format, asked, text: text.clone() });
        Ok(text)
    }
}

/// Prometheus' own format, unless the scraper would rather have the other.
fn format(headers: &HeaderMap) -> Format {
    let [own, open] = [Format::Prometheus, Format::OpenMetrics].map(Format::content_type);
    match Accept::of(headers).choose(&[own, open]) {
        Some(chosen) if chosen == open => Format::OpenMetrics,
        _ => Format::Prometheus,
    }
}
