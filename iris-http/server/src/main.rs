//! `iris-server`: a model behind HTTP and gRPC.

#![forbid(unsafe_code)]

mod cli;
mod listen;
mod logging;
mod model;
mod probe;
mod stop;
mod telemetry;
mod workers;

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::thread;

use iris_grpc::GrpcService;
use iris_http::{HttpService, VertexRoutes};
use iris_serving::{Catalog, Model};
use iris_telemetry::Telemetry;
use tracing::{error, info, warn};

use cli::{Cli, Command};

fn main() -> ExitCode {
    match cli::command() {
        Command::Serve(cli) => serve(&cli),
        Command::Health(which) => health(&which),
    }
}

/// What it learns goes to standard output if all is well, else to standard error.
/// What counts is the exit code, also where nothing can be printed.
fn health(which: &cli::Health) -> ExitCode {
    match probe::ask(which.http_addr(), which.timeout) {
        Ok(answer) => {
            let _ = writeln!(io::stdout(), "{answer}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            let _ = writeln!(io::stderr(), "{reason}");
            ExitCode::FAILURE
        }
    }
}

/// Everything that can be wrong is found before a port is bound; then the bound
/// address is printed, and the workers serve until they are told to stop.
fn serve(cli: &Cli) -> ExitCode {
    let _logging = match logging::start(cli.log_format) {
        Ok(logging) => logging,
        Err(error) => {
            let _ = writeln!(io::stderr(), "cannot start the thread that writes the log: {error}");
            return ExitCode::FAILURE;
        }
    };
    // The reason is said before what is left to be sent is waited for.
    let fail = |reason: String| {
        error!("{reason}");
        ExitCode::FAILURE
    };
    match telemetry::start(cli) {
        Ok(telemetry) => run(cli, telemetry.clone()).map_or_else(fail, |()| ExitCode::SUCCESS),
        Err(reason) => fail(reason),
    }
}

fn run(cli: &Cli, telemetry: Option<Telemetry>) -> Result<(), String> {
    let no_signals = |error: io::Error| format!("cannot wait for signals: {error}");
    let survivor = stop::survive().map_err(no_signals)?;
    let recorder = telemetry.as_ref().map(Telemetry::recorder).unwrap_or_default();
    let vertex = VertexRoutes::new(cli.vertex_health_route.as_deref(), cli.vertex_predict_route.as_deref());
    let vertex = vertex.map_err(|error| error.to_string())?;
    let model = model::load(&recorder, cli.model.as_ref())?;
    let service = configure(cli, model, telemetry.as_ref()).with_vertex_routes(vertex);
    let http = bind(cli, "http", cli.http_addr())?;
    let grpc = cli.grpc.0.map(|address| bind(cli, "grpc", address)).transpose()?;
    let stop = survivor.on_signal().map_err(no_signals)?;
    announce(&service, &http, grpc.as_deref())?;
    let grpc_service = GrpcService::new(service.catalog().clone());
    let services = workers::Services {
        grpc: telemetry.iter().fold(grpc_service, GrpcService::with_telemetry),
        http: service,
        limits: cli.limits(),
        grpc_limits: cli.grpc_limits(),
    };
    let flush = move |limit| telemetry::flush(telemetry.as_ref(), limit);
    let listeners = workers::pair(http, grpc);
    let cut_off = workers::run(listeners, &services, cli.drain_delay, stop, flush)
        .map_err(|error| format!("cannot start a worker: {error}"))?;
    if cut_off > 0 {
        warn!(connections = cut_off, "the grace is over; cut off what was still in flight");
    }
    info!("stopped");
    Ok(())
}

fn configure(cli: &Cli, model: Model, telemetry: Option<&Telemetry>) -> HttpService {
    let catalog = Catalog::new(model.with_max_rows(cli.max_rows.get()));
    let service = HttpService::serving(catalog).with_max_body(cli.max_body_bytes());
    let service = telemetry.iter().fold(service, |service, telemetry| service.with_telemetry(telemetry));
    if cli.server_timing { service.with_server_timing() } else { service }
}

/// A listener for each worker.
fn bind(cli: &Cli, what: &str, address: SocketAddr) -> Result<Vec<TcpListener>, String> {
    listen::bind(address, cli.n_threads()).map_err(|error| {
        format!("cannot listen on {what} {address}: {error}; --{what} takes another address")
    })
}

/// Each bound address goes to standard output on a line of its own, for scripts.
fn announce(service: &HttpService, http: &[TcpListener], grpc: Option<&[TcpListener]>) -> Result<(), String> {
    let line = |what: &str, listeners: &[TcpListener]| {
        let address = listeners[0].local_addr();
        let line = address.map(|address| format!("listening {what}={address}\n"));
        line.map_err(|error| format!("the listener has no address: {error}"))
    };
    let snapshot = service.catalog().snapshot();
    let model = snapshot.default_model();
    let schema = model.schema();
    let (classes, targets) = (schema.n_classes(), schema.n_targets());
    info!(
        model = model.name(),
        version = model.version(),
        features = schema.n_features(),
        classes = (classes > 0).then_some(classes),
        targets = (targets > 0).then_some(targets),
        threads = http.len(),
        "serving"
    );
    let lines = line("http", http)? + &grpc.map_or(Ok(String::new()), |grpc| line("grpc", grpc))?;
    print(lines).map_err(|error| format!("cannot start a thread: {error}"))
}

/// Prints on a thread of its own: whoever does not read standard output, or has
/// closed it, misses the lines, and nobody misses the server.
fn print(lines: String) -> io::Result<()> {
    let print = move || {
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
            warn!(%error, "cannot print to standard output: {}", lines.trim_end());
        }
    };
    thread::Builder::new().name("announce".to_owned()).spawn(print).map(drop)
}
