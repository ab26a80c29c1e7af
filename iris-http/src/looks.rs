//! What telemetry is asked for, made once for all who ask in the same moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use iris_telemetry::{Format, Live, Telemetry};
use tokio::sync::Mutex;

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

/// What was seen last, which is shown to everybody who looks within a moment:
/// however many pages are open, they cost as much as one.
#[derive(Debug, Default)]
pub(crate) struct Looks(Mutex<Option<(Instant, Arc<Live>)>>);

/// For how long it is shown.
const A_MOMENT: Duration = Duration::from_millis(250);

impl Scrapes {
    /// A page that was begun after this was called.
    pub(crate) async fn page(&self, telemetry: &Telemetry, format: Format) -> Result<Bytes, String> {
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

impl Looks {
    pub(crate) async fn at(&self, telemetry: &Telemetry) -> Result<Arc<Live>, String> {
        let mut last = self.0.lock().await;
        if let Some((seen, live)) = &*last
            && seen.elapsed() < A_MOMENT
        {
            return Ok(live.clone());
        }
        let telemetry = telemetry.clone();
        // It takes a moment under load, in which this thread has requests to answer.
        let seen = tokio::task::spawn_blocking(move || telemetry.live()).await;
        let live = Arc::new(seen.map_err(|error| format!("nothing could be seen: {error}"))?);
        *last = Some((Instant::now(), live.clone()));
        Ok(live)
    }
}
