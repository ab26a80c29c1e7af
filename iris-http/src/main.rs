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

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use iris_core::serving::Served;
use iris_core::telemetry::Telemetry;
use iris_grpc::Door;
use iris_http::{App, VertexRoutes};
use tracing::{error, info, warn};

use cli::{Cli, Command};

fn main() -> ExitCode {
    match cli::command() {
        Command::Serve(cli) => serve(&cli),
        Command::Health(which) => health(&which),
    }
}

/// What it learns goes to standard output if all is well, else to standard error.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this command is there to print")]
fn health(which: &cli::Health) -> ExitCode {
    match probe::ask(which.http_addr(), which.timeout) {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// Everything that can be wrong is found before a port is bound; then the bound
/// address is printed, and the workers serve until they are told to stop.
fn serve(cli: &Cli) -> ExitCode {
    logging::start(cli.log_format);
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
    let app = configure(cli, served, telemetry.as_ref()).with_vertex_routes(vertex);
    let http = bind(cli, "http", cli.http_addr())?;
    let grpc = cli.grpc.0.map(|address| bind(cli, "grpc", address)).transpose()?;
    let stop = survivor.on_signal().map_err(no_signals)?;
    announce(&app, &http, grpc.as_deref())?;
    let door = telemetry.iter().fold(Door::new(app.served().clone()), Door::with_telemetry);
    let doors = workers::Doors { app, limits: cli.limits(), grpc: door, grpc_limits: cli.grpc_limits() };
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

fn configure(cli: &Cli, served: Served, telemetry: Option<&Telemetry>) -> App {
    let app = App::serving(served.with_max_rows(cli.max_rows.get())).with_max_body(cli.max_body_bytes());
    let app = telemetry.iter().fold(app, |app, telemetry| app.with_telemetry(telemetry));
    if cli.server_timing { app.with_server_timing() } else { app }
}

/// A listener for each worker.
fn bind(cli: &Cli, what: &str, address: SocketAddr) -> Result<Vec<TcpListener>, String> {
    listen::bind(address, cli.n_threads()).map_err(|error| {
        format!("cannot listen on {what} {address}: {error}; --{what} takes another address")
    })
}

/// Each bound address goes to standard output on a line of its own, for scripts.
#[expect(clippy::print_stdout, reason = "the lines are the interface to whoever started the server")]
fn announce(app: &App, http: &[TcpListener], grpc: Option<&[TcpListener]>) -> Result<(), String> {
    let address = |listeners: &[TcpListener]| {
        listeners[0].local_addr().map_err(|error| format!("the listener has no address: {error}"))
    };
    let (served, schema) = (app.served(), app.served().schema());
    info!(
        model = served.name(),
        version = served.version(),
        features = schema.n_features(),
        classes = schema.n_classes(),
        threads = http.len(),
        "serving"
    );
    println!("listening http={}", address(http)?);
    if let Some(grpc) = grpc {
        println!("listening grpc={}", address(grpc)?);
    }
    Ok(())
}
