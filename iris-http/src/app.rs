//! What every route shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use iris_core::Predictor;
use iris_core::spans::Tracer;
use iris_core::telemetry::{InFlight, Telemetry};

/// The model being served, the limits of a request, and whether traffic is
/// wanted. Cheap to clone; clones share the model and the readiness.
#[derive(Debug, Clone)]
pub struct App {
    model: Arc<Model>,
    max_body: usize,
    max_rows: usize,
    body_timeout: Duration,
    ready: Arc<AtomicBool>,
    telemetry: Option<Telemetry>,
    in_flight: InFlight,
    server_timing: bool,
}

#[derive(Debug, Clone)]
struct Model {
    name: String,
    version: String,
    predictor: Predictor,
}

impl App {
    /// The largest body accepted unless [`with_max_body`](Self::with_max_body) says otherwise: 2 MiB.
    pub const DEFAULT_MAX_BODY: usize = 2 << 20;

    /// The most rows accepted in one request unless
    /// [`with_max_rows`](Self::with_max_rows) says otherwise: 65,536, whose
    /// answer is about 14 MB.
    pub const DEFAULT_MAX_ROWS: usize = 1 << 16;

    /// How long a client may take to send a body.
    const BODY_TIMEOUT: Duration = Duration::from_secs(30);

    /// Serves `predictor` under this name and version, ready for traffic.
    #[must_use]
    pub fn new(name: impl Into<String>, version: impl Into<String>, predictor: Predictor) -> Self {
        Self {
            model: Arc::new(Model { name: name.into(), version: version.into(), predictor }),
            max_body: Self::DEFAULT_MAX_BODY,
            max_rows: Self::DEFAULT_MAX_ROWS,
            body_timeout: Self::BODY_TIMEOUT,
            ready: Arc::new(AtomicBool::new(true)),
            telemetry: None,
            in_flight: InFlight::default(),
            server_timing: false,
        }
    }

    /// The same with another limit, in bytes; a larger body is answered by 413.
    #[must_use]
    pub fn with_max_body(self, max_body: usize) -> Self {
        Self { max_body, ..self }
    }

    /// The same with another limit of rows in a request; a longer list is
    /// answered by 422.
    #[must_use]
    pub fn with_max_rows(self, max_rows: usize) -> Self {
        Self { max_rows, ..self }
    }

    /// The same with another time for a client to send a body; a slower one is
    /// answered by 408.
    #[must_use]
    pub fn with_body_timeout(self, body_timeout: Duration) -> Self {
        Self { body_timeout, ..self }
    }

    /// The same with every request recorded, and the metrics at `/metrics`.
    #[must_use]
    pub fn with_telemetry(self, telemetry: &Telemetry) -> Self {
        let traced = self.traced(&telemetry.tracer());
        Self { in_flight: telemetry.in_flight(), telemetry: Some(telemetry.clone()), ..traced }
    }

    /// The same with a `Server-Timing` header in the answers to `/predict`: the
    /// stages of the request, in milliseconds.
    #[must_use]
    pub fn with_server_timing(self) -> Self {
        let tracer = self.predictor().tracer().clone().timed();
        Self { server_timing: true, ..self.traced(&tracer) }
    }

    fn traced(self, tracer: &Tracer) -> Self {
        let Model { name, version, predictor } = Arc::unwrap_or_clone(self.model);
        let tracer = if self.server_timing { tracer.clone().timed() } else { tracer.clone() };
        let predictor = predictor.with_tracer(&tracer, &name, &version);
        Self { model: Arc::new(Model { name, version, predictor }), ..self }
    }

    /// The model's name, as answers carry it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.model.name
    }

    /// The model's version, as answers carry it.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.model.version
    }

    /// The model.
    #[must_use]
    pub fn predictor(&self) -> &Predictor {
        &self.model.predictor
    }

    /// Whether traffic is wanted: `/readyz` answers 200 while it is, else 503.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Asks for traffic, or to be spared it; requests are answered either way.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    pub(crate) fn telemetry(&self) -> Option<&Telemetry> {
        self.telemetry.as_ref()
    }

    /// The same app with a counter of requests in flight of its own: for one thread.
    #[cfg(feature = "server")]
    pub(crate) fn for_one_thread(self) -> Self {
        let in_flight = self.telemetry.as_ref().map(Telemetry::in_flight).unwrap_or_default();
        Self { in_flight, ..self }
    }

    #[inline]
    pub(crate) fn in_flight(&self) -> &InFlight {
        &self.in_flight
    }

    #[inline]
    pub(crate) fn server_timing(&self) -> bool {
        self.server_timing
    }

    pub(crate) fn max_body(&self) -> usize {
        self.max_body
    }

    pub(crate) fn max_rows(&self) -> usize {
        self.max_rows
    }

    pub(crate) fn body_timeout(&self) -> Duration {
        self.body_timeout
    }
}
