//! Telemetry at work: its threads, and what they share with requests and scrapes.

mod looking;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use iris_core::Schema;

use crate::connections::Connections;
use crate::drain::{Destinations, Drain};
use crate::exporter::{Exporter, Sent, Transport};
use crate::history::History;
use crate::lines::Lines;
use crate::metrics::{Families, Kept};
use crate::models::{ModelInfo, Models, Said};
use crate::origin::Origin;
use crate::otlp::Otlp;
use crate::parent::Parent;
use crate::queue::Queue;
use crate::record::{Kind, Record};
use crate::recorder::Recorder;
use crate::rings::Rings;
use crate::sampler::Sampler;
use crate::settings::{Propagators, Settings};
use crate::sink::{Ids, Sink};
use crate::waker::Waker;

/// How often the rings are emptied: while there is something in them, and at least.
const BUSY: Duration = Duration::from_millis(10);
const IDLE: Duration = Duration::from_millis(100);

/// How far the background threads stand back behind those that answer requests.
/// At 19 they got too little of a core that was busy, and rings overflowed.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// More than anybody waits, and less than overflows a clock.
const LONGEST_STOP: Duration = Duration::from_secs(86_400);

/// Telemetry at work. Clones share it; when the last is dropped what waits is
/// sent, as by [`shutdown`](Self::shutdown) with [`FLUSH`](Self::FLUSH).
#[derive(Debug, Clone)]
pub struct Telemetry {
    owner: Arc<Owner>,
}

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
#[error("telemetry cannot start: {reason}")]
pub struct StartError {
    reason: String,
}

/// Requests of one thread that are being answered, for the gauge.
#[derive(Debug, Clone, Default)]
pub struct InFlight(Arc<AtomicI64>);

/// Stops the threads once nobody holds a [`Telemetry`] any more.
#[derive(Debug)]
struct Owner {
    shared: Arc<Shared>,
    /// Whether the threads are told already.
    stopped: AtomicBool,
    /// Ends with the draining thread, and the lines it has left to be written.
    drained: Mutex<Receiver<()>>,
}

/// What requests, the background threads and scrapes share.
struct Shared {
    rings: Rings,
    models: Arc<Models>,
    sampler: Sampler,
    propagators: Propagators,
    access_log: bool,
    waker: Arc<Waker>,
    stopping: AtomicBool,
    drain: Mutex<Drain>,
    lines: Arc<Lines>,
    pending: Arc<Queue>,
    sent: Arc<Sent>,
    in_flight: Mutex<Vec<InFlight>>,
    kept: Kept,
    connections: Connections,
    exports: bool,
    /// Where somebody may look, the last minutes.
    history: Mutex<Option<History>>,
}

impl Telemetry {
    /// How long dropping the last handle waits for what is still to be sent.
    pub const FLUSH: Duration = Duration::from_secs(5);

    /// Starts the background threads. With [disabled](Settings::is_disabled)
    /// settings nothing is sent or printed.
    ///
    /// # Errors
    ///
    /// [`StartError`] if a certificate does not parse or no thread can be made.
    pub fn start(settings: Settings) -> Result<Self, StartError> {
        let models = Arc::default();
        let collector = |otlp| Otlp::new(otlp, &settings.resource, Arc::clone(&models));
        let transport = settings.otlp.as_ref().map(collector).transpose();
        let transport = transport.map_err(|reason| StartError { reason })?;
        Self::start_with(&settings, models, transport)
    }

    /// Starts them with a way for traces to go, if there is one.
    pub(crate) fn start_with<T: Transport + 'static>(
        settings: &Settings,
        models: Arc<Models>,
        transport: Option<T>,
    ) -> Result<Self, StartError> {
        let error = |reason: String| StartError { reason };
        let waker = Arc::new(Waker::default());
        let pending = Arc::new(Queue::new(settings.buffer, settings.delay));
        let lines = Arc::<Lines>::default();
        let to = Destinations {
            console: settings.console,
            access_log: settings.access_log,
            export: transport.is_some(),
        };
        let exports = to.export;
        let shared = Arc::new(Shared {
            rings: Rings::new(waker.clone()),
            models,
            sampler: settings.sampler,
            propagators: settings.propagators,
            access_log: settings.access_log,
            waker,
            stopping: AtomicBool::new(false),
            drain: Mutex::new(Drain::new(to, lines.clone())),
            lines,
            pending,
            sent: Arc::default(),
            in_flight: Mutex::default(),
            kept: Kept::default(),
            connections: Connections::default(),
            exports,
            history: Mutex::default(),
        });
        if let Some(transport) = transport {
            let (pending, sent) = (shared.pending.clone(), shared.sent.clone());
            let sender = Exporter::new(pending, sent, transport, settings.export_timeout);
            spawn("traces-send", move || sender.run()).map_err(error)?;
        } else {
            shared.pending.sender_done();
        }
        let (draining, writing) = (shared.clone(), shared.clone());
        let (until_written, drained) = mpsc::channel();
        // Neither thread may be left without the other, nor without what they fill.
        let close = |_: &String| {
            shared.lines.close();
            shared.pending.close(Instant::now());
        };
        let lines = spawn("traces-lines", move || {
            writing.lines.write_all(&writing.models);
            drop(until_written);
        });
        lines.inspect_err(close).map_err(error)?;
        spawn("traces-drain", move || draining.run()).inspect_err(close).map_err(error)?;
        let (stopped, drained) = (AtomicBool::new(false), Mutex::new(drained));
        Ok(Self { owner: Arc::new(Owner { shared, stopped, drained }) })
    }

    /// What records requests here.
    #[must_use]
    pub fn recorder(&self) -> Recorder {
        Recorder::new(self.owner.shared.clone())
    }

    /// Lets somebody else write figures onto the page of metrics, each time that it is asked for.
    pub fn add_families(&self, write: impl Fn(&mut Families<'_>) + Send + 'static) {
        self.owner.shared.kept.add(write);
    }

    /// A counter of requests being answered, to be used by one thread.
    #[must_use]
    pub fn in_flight(&self) -> InFlight {
        let counter = InFlight::default();
        let mut all = self.owner.shared.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that only this list still knows of are of threads that are gone.
        all.retain(|counter| Arc::strong_count(&counter.0) > 1);
        all.push(counter.clone());
        counter
    }

    /// Where connections are counted that are to stand among the metrics.
    #[must_use]
    pub fn connections(&self) -> Connections {
        self.owner.shared.connections.clone()
    }

    /// Sends what is still to be sent, for as long as `limit`. To be called
    /// once the last request is answered. Returns how many traces were left.
    #[must_use = "the traces that were left are lost"]
    pub fn shutdown(&self, limit: Duration) -> u64 {
        self.owner.stop(limit)
    }
}

impl InFlight {
    /// Counts one request until what is returned is dropped.
    #[must_use]
    pub fn enter(&self) -> impl Drop + use<'_> {
        struct Guard<'a>(&'a AtomicI64);
        impl Drop for Guard<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.0.fetch_add(1, Ordering::Relaxed);
        Guard(&self.0)
    }
}

impl Owner {
    fn stop(&self, limit: Duration) -> u64 {
        let deadline = Instant::now() + limit.min(LONGEST_STOP);
        let shared = &self.shared;
        if !self.stopped.swap(true, Ordering::Relaxed) {
            shared.stopping.store(true, Ordering::Relaxed);
            shared.waker.wake();
            let mut drain = shared.lock_drain();
            shared.drain(&mut drain);
            shared.pending.close(deadline);
        }
        let left = shared.pending.wait_until_sent(deadline);
        // What is still to be printed, for as long as somebody reads it.
        let drained = self.drained.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = drained.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        left
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if !*self.stopped.get_mut() {
            self.stop(Telemetry::FLUSH);
        }
    }
}

impl Shared {
    /// Empties the rings again and again.
    fn run(&self) {
        let mut pause = BUSY;
        loop {
            let is_last = self.stopping.load(Ordering::Relaxed);
            let any = {
                let mut drain = self.lock_drain();
                drain.wakeups += 1;
                let any = self.drain(&mut drain);
                self.remember(&mut drain);
                any
            };
            if is_last {
                return self.lines.close();
            }
            pause = if any { BUSY } else { (pause * 2).min(IDLE) };
            self.waker.wait(pause);
        }
    }

    fn drain(&self, drain: &mut Drain) -> bool {
        drain.round(&self.rings, &self.pending)
    }

    fn lock_drain(&self) -> MutexGuard<'_, Drain> {
        self.drain.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Shared {
    #[cfg(feature = "opentelemetry")]
    fn propagators(&self) -> Propagators {
        self.propagators
    }

    fn begin(&self, origin: &Origin<'_>, accept_tracestate: &mut dyn FnMut(&str)) -> Ids {
        let (own_trace, span_id) = self.rings.ids();
        let Some(Parent { span, is_remote, tracestate }) = Parent::of(origin, self.propagators) else {
            let sampled = self.sampler.samples(None, own_trace);
            return Ids { trace_id: own_trace, span_id, parent: None, sampled };
        };
        if !tracestate.is_empty() {
            accept_tracestate(&tracestate);
        }
        let sampled = self.sampler.samples(Some(&span), span.trace_id);
        Ids { trace_id: span.trace_id, span_id, parent: Some((span.span_id, is_remote)), sampled }
    }

    fn user_agent(&self, value: &[u8]) -> u32 {
        self.rings.user_agent(value, self.models.user_agents())
    }

    fn end(&self, record: &Record, tail: &[u8]) {
        let is_logged = self.access_log || record.is_logged_as_failure();
        if record.sampled || record.kind == Kind::Other || is_logged {
            self.rings.write(record, tail);
        } else {
            self.rings.count_unsampled(record, tail);
        }
    }

    fn model(&self, model: (&str, &str), said: Said<&str>, schema: &Schema) -> u32 {
        self.models.add(model, said, schema)
    }

    fn introduced(&self, number: u32) -> Option<Arc<ModelInfo>> {
        self.models.get(number)
    }

    fn forget(&self, number: u32) {
        self.models.forget(number);
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}

/// A background thread that gives way to those answering requests.
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), String> {
    let stand_back = || {
        // On Linux this is the thread's own; elsewhere it would be everybody's.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(NICE);
    };
    let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
        stand_back();
        work();
    });
    thread.map(drop).map_err(|error| format!("no thread for {name}: {error}"))
}
