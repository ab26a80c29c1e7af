//! `iris-server`: a model behind HTTP and gRPC.

#![forbid(unsafe_code)]

mod announce;
mod cli;
mod ending;
mod inspect;
mod logging;
mod model;
mod panic_log;
mod probe;
mod stop;
mod telemetry;
mod workers;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use iris_grpc::GrpcService;
use iris_http::{HttpService, VertexRoutes};
use iris_serving::{Catalog, net};
use iris_telemetry::Telemetry;
use tracing::error;

use cli::{Cli, Command};
use workers::{Ended, Listeners, Services};

fn main() -> ExitCode {
    match cli::command() {
        Command::Serve(cli) => serve(&cli),
        Command::Health(which) => health(&which),
        Command::Inspect(which) => inspect::inspect(&which),
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
    panic_log::start();
    // The reason is said before what is left to be sent is waited for.
    let fail = |reason: String| {
        error!("{reason}");
        ExitCode::FAILURE
    };
    match telemetry::start(cli) {
        Ok(telemetry) => run(cli, telemetry.clone()).map_or_else(fail, ending::exit_code),
        Err(reason) => fail(reason),
    }
}

fn run(cli: &Cli, telemetry: Option<Telemetry>) -> Result<Ended, String> {
    let no_signals = |error: io::Error| format!("cannot wait for signals: {error}");
    let survivor = stop::survive().map_err(no_signals)?;
    let services = services(cli, telemetry.as_ref())?;
    let listeners = bind(cli)?;
    let stop = survivor.on_signal().map_err(no_signals)?;
    announce::announce(services.http.catalog(), &listeners)?;
    let flush = move |limit| telemetry::flush(telemetry.as_ref(), limit);
    workers::run(listeners, &services, cli.drain_delay, stop, flush)
        .map_err(|error| format!("cannot start a worker: {error}"))
}

/// The model, behind HTTP and behind gRPC.
fn services(cli: &Cli, telemetry: Option<&Telemetry>) -> Result<Services, String> {
    let vertex = VertexRoutes::new(cli.vertex_health_route.as_deref(), cli.vertex_predict_route.as_deref());
    let vertex = vertex.map_err(|error| error.to_string())?;
    let recorder = telemetry.map(Telemetry::recorder).unwrap_or_default();
    let model = model::load(&recorder, cli.model.as_ref())?.with_max_rows(cli.max_rows.get());
    let mut http = HttpService::serving(Catalog::new(model))
        .with_max_body(cli.max_body_bytes())
        .with_vertex_routes(vertex);
    if let Some(telemetry) = telemetry {
        http = http.with_telemetry(telemetry);
    }
    if cli.server_timing {
        http = http.with_server_timing();
    }
    // The same models, readiness and records.
    let mut grpc = GrpcService::new(http.catalog().clone());
    if let Some(telemetry) = telemetry {
        grpc = grpc.with_telemetry(telemetry);
    }
    Ok(Services { http, http_limits: cli.limits(), grpc, grpc_limits: cli.grpc_limits() })
}

/// The listeners of each worker.
fn bind(cli: &Cli) -> Result<Vec<Listeners>, String> {
    let bind = |what: &str, address: SocketAddr| {
        net::bind(address, cli.n_threads()).map_err(|error| {
            format!("cannot listen on {what} {address}: {error}; --{what} takes another address")
        })
    };
    let http = bind("http", cli.http_addr())?;
    let grpc = cli.grpc.0.map(|address| bind("grpc", address)).transpose()?;
    Ok(Listeners::deal(http, grpc))
}
