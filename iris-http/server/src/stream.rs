//! `iris-server stream`: the messages of a stream in, the answers to them out.
//!
//! A message is acknowledged when the broker has stored its answer, never before: what a process was at when it ended
//! is delivered to another. An answer's id is made of its message's number, so that the broker knows one it has already.

mod address;
mod answers;
mod bridge;
mod broker;
mod counts;

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
use address::{Address, check_subject};
use bridge::Bridge;
use broker::Broker;
use counts::Counts;

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

/// Where messages come from and go.
struct Route {
    from: Address,
    to: Address,
    dead_letter: Option<String>,
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
    let credentials = flags.credentials.as_deref().map(std::fs::read_to_string).transpose();
    let credentials = credentials.map_err(|error| format!("cannot read --credentials: {error}"))?;
    let source = Broker::connect(&route.from, credentials.as_deref()).await?;
    let target = if route.from.is_same_login(&route.to) {
        source.clone()
    } else {
        Broker::connect(&route.to, credentials.as_deref()).await?
    };
    for subject in [Some(route.to.subject()), route.dead_letter.as_deref()].into_iter().flatten() {
        target.check_stored(subject).await?;
    }
    let consumer = source.consumer(route.from.subject(), flags).await?;
    info!(from = %route.from, to = %route.to, consumer = flags.consumer, "answering");
    let bridge = Bridge::new(service, consumer, (source, target), route, flags);
    bridge.run(stop, flags.until_empty).await
}

impl Route {
    fn of(flags: &Stream) -> Result<Self, String> {
        let address = |flag: &str, text: &str| Address::parse(text).map_err(|why| format!("{flag}: {why}"));
        let from = address("--from", &flags.from)?;
        let to = address("--to", &flags.to)?;
        let published = [("--to", Some(to.subject())), ("--dead-letter", flags.dead_letter.as_deref())];
        for (flag, subject) in published {
            let Some(subject) = subject else { continue };
            check_subject(subject).map_err(|why| format!("{flag}: {why}"))?;
            if subject.split('.').any(|token| matches!(token, "*" | ">")) {
                return Err(format!(
                    "{flag}: to {subject} nothing can be published; it stands for many subjects"
                ));
            }
            if from.is_same_broker(&to) && from.takes(subject) {
                return Err(format!(
                    "{flag}: what goes to {subject} would come back by --from, without an end"
                ));
            }
        }
        if flags.dead_letter.as_deref() == Some(to.subject()) {
            return Err("--dead-letter: answers go there".to_owned());
        }
        if !flags.consumer.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            || flags.consumer.is_empty()
        {
            return Err("--consumer: a name has letters, digits, - and _".to_owned());
        }
        Ok(Self { from, to, dead_letter: flags.dead_letter.clone() })
    }
}
