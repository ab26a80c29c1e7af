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

use iris_serving::Model;
use iris_telemetry::Telemetry;
use iris_grpc::GrpcService;
use iris_http::{HttpService, VertexRoutes};
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
    let tracer = telemetry.as_ref().map(Telemetry::tracer).unwrap_or_default();
    let vertex = VertexRoutes::new(cli.vertex_health_route.as_deref(), cli.vertex_predict_route.as_deref())?;
    let served = model::load(&tracer, cli.model.as_ref())?;
    let service = configure(cli, served, telemetry.as_ref()).with_vertex_routes(vertex);
    let http = bind(cli, "http", cli.http_addr())?;
    let grpc = cli.grpc.0.map(|address| bind(cli, "grpc", address)).transpose()?;
    let stop = survivor.on_signal().map_err(no_signals)?;
    announce(&service, &http, grpc.as_deref())?;
    let service = telemetry.iter().fold(GrpcService::new(service.served().clone()), GrpcService::with_telemetry);
    let doors = workers::Doors { service, limits: cli.limits(), grpc: service, grpc_limits: cli.grpc_limits() };
    let flush = move |limit| telemetry::flush(telemetry.as_ref(), limit);
    let listeners = workers::pair(http, grpc);
    let cut_off = workers::run(listeners, &doors, cli.drain_delay, stop, flush)
        .map_err(|error| format!("cannot start a worker: {error}"))?;
    if cut_off > 0 {
        warn!(connections = cut_off, "the grace is over; cut off what was still in flight");
    }
    info!("stopped");
    Ok(())
}

fn configure(cli: &Cli, served: Model, telemetry: Option<&Telemetry>) -> HttpService {
    let service = HttpService::serving(served.with_max_rows(cli.max_rows.get())).with_max_body(cli.max_body_bytes());
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
    let (served, schema) = (service.served(), service.served().schema());
    info!(
        model = served.name(),
        version = served.version(),
        features = schema.n_features(),
        classes = schema.n_classes(),
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
