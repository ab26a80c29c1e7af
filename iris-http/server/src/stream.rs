//! `iris-server stream`: the messages of a stream in, the answers to them out.
//!
//! Whichever the broker: a message is acknowledged when its answer is stored, never before, so that what a process was
//! at when it ended goes to another.

mod answers;
mod counts;
#[cfg(feature = "kafka")]
mod kafka;
mod message;
mod nats;
mod route;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use iris_http::HttpService;
use iris_serving::{Catalog, Model};
use iris_telemetry::Telemetry;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info};

use crate::cli::Stream;
use crate::exit::Exit;
use crate::{logging, memory, model, panic_log, print, telemetry};
use counts::Counts;
use route::Route;

/// How long traces that are left may take at the end.
const LAST_TRACES: Duration = Duration::from_secs(5);

/// Why it ended before it was told to.
#[derive(Debug)]
enum Failure {
    /// What was asked for cannot be meant.
    Usage(String),
    /// It could not be done.
    Told(String),
}

/// Answers until told to stop, or until all is answered; prints how many there were.
pub(crate) fn stream(flags: &Stream) -> ExitCode {
    let _logging = match logging::start(flags.log_format) {
        Ok(logging) => logging,
        Err(error) => {
            let _ = writeln!(io::stderr(), "cannot start the thread that writes the log: {error}");
            return ExitCode::FAILURE;
        }
    };
    panic_log::start();
    match run(flags) {
        Ok(counts) => print(format!("{counts}\n").as_bytes()),
        Err(Failure::Usage(reason)) => {
            error!("{reason}");
            Exit::Usage.into()
        }
        Err(Failure::Told(reason)) => {
            error!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// Everything that can be wrong is found before the first message is taken.
fn run(flags: &Stream) -> Result<Counts, Failure> {
    let route = Route::of(flags).map_err(Failure::Usage)?;
    let predictor = model::predictor(flags.model.as_ref()).map_err(Failure::Told)?;
    let telemetry = telemetry::start(memory::for_traces(), false).map_err(Failure::Told)?;
    let schema = predictor.schema();
    let name = schema.name().unwrap_or("model").to_owned();
    let version = schema.version().unwrap_or("1").to_owned();
    let recorder = telemetry.as_ref().map(Telemetry::recorder).unwrap_or_default();
    let catalog = Catalog::new(Model::new(name, version, predictor)).with_recorder(&recorder);
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Told(format!("cannot start a runtime: {error}")))?;
    let counts = runtime.block_on(bridge(flags, route, HttpService::serving(catalog)));
    // A broker that is away may leave somebody waiting for it.
    runtime.shutdown_background();
    telemetry::flush(telemetry.as_ref(), LAST_TRACES);
    counts.map_err(Failure::Told)
}

async fn bridge(flags: &Stream, route: Route, service: HttpService) -> Result<Counts, String> {
    let no_signals = |error: io::Error| format!("cannot wait for signals: {error}");
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    let stop = async {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        info!(signal = name, "stopping");
    };
    match route {
        Route::Nats(route) => nats::answer(flags, *route, service, stop).await,
        #[cfg(feature = "kafka")]
        Route::Kafka(route) => kafka::answer(flags, *route, service, stop).await,
    }
}
