//! `iris-server`: a model behind HTTP and gRPC.

#![forbid(unsafe_code)]

mod access;
mod admin;
mod announce;
mod check;
mod cli;
mod ending;
mod exit;
mod inspect;
mod logging;
mod memory;
mod model;
mod panic_log;
#[cfg_attr(
    not(feature = "tables"),
    expect(
        clippy::infallible_destructuring_match,
        clippy::unnecessary_wraps,
        reason = "what may fail or be otherwise of tables"
    )
)]
mod predict;
mod probe;
mod stop;
#[cfg(feature = "stream")]
mod stream;
mod systemd;
mod telemetry;
mod thread;
mod workers;

use std::io::{self, Write};
use std::process::ExitCode;

use iris_grpc::GrpcService;
use iris_http::{HttpService, Page, VertexRoutes};
use iris_serving::budget::Budget;
use iris_serving::net::{ClientLimits, Clients};
use iris_serving::{Lane, net};
use iris_telemetry::Telemetry;
use tracing::{error, warn};

use access::Access;
use admin::Admin;
use cli::{Cli, Command, Switch};
use exit::Exit;
use systemd::Inherited;
use workers::{Ended, Listeners, Services, Serving};

fn main() -> ExitCode {
    match cli::command() {
        Command::Serve(cli) => serve(&cli),
        Command::Health(which) => health(&which),
        Command::Inspect(which) => inspect::inspect(&which),
        Command::Predict(which) => predict::predict(&which),
        #[cfg(feature = "stream")]
        Command::Stream(which) => stream::stream(&which),
        Command::Print(text) => print(text.as_bytes()),
        Command::Completions { shell } => print(&cli::completions(shell)),
        Command::Man { command } => match cli::man(command.as_deref()) {
            Ok(page) => print(&page),
            Err(reason) => {
                let _ = writeln!(io::stderr(), "{reason}");
                Exit::Usage.into()
            }
        },
    }
}

/// Prints a text that is made to be put into a file.
fn print(text: &[u8]) -> ExitCode {
    match io::stdout().lock().write_all(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::PipeClosed.into(),
        Err(error) => {
            let _ = writeln!(io::stderr(), "cannot print: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What it learns goes to standard output if all is well, else to standard error.
/// What counts is the exit code, also where nothing can be printed.
fn health(which: &cli::Health) -> ExitCode {
    match probe::ask(&which.http_addr(), which.tls.files().is_some(), which.timeout) {
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
    let _logging = match logging::start(cli.telemetry.log_format) {
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
    if cli.process.check {
        return check::check(cli).map_or_else(fail, |found| print(format!("{found}\n").as_bytes()));
    }
    match telemetry::start(cli.telemetry.trace_buffer_bytes(), cli.telemetry.access_log) {
        Ok(telemetry) => run(cli, telemetry.clone()).map_or_else(fail, ending::exit_code),
        Err(reason) => fail(reason),
    }
}

fn run(cli: &Cli, telemetry: Option<Telemetry>) -> Result<Ended, String> {
    let no_signals = |error: io::Error| format!("cannot wait for signals: {error}");
    let survivor = stop::survive().map_err(no_signals)?;
    let mut access = Access::open(cli)?;
    let mut services = services(cli, telemetry.as_ref(), &access)?;
    let mut inherited = Inherited::from_env()?;
    let listeners = bind(cli, &mut inherited)?;
    access.models = services.http.catalog().loader().cloned();
    services.http = with_page(services.http, cli, &listeners[0]);
    access.warn_of_open(&listeners[0].addresses());
    let limits = client_limits(cli, listeners.len());
    let admin = Admin::bind(
        (inherited.take("admin"), cli.listeners.admin.as_ref()),
        &services.http,
        telemetry.as_ref(),
        (limits, cli.process.drain_grace),
        access.tls.clone(),
    )?;
    let counts = telemetry.as_ref().map(Telemetry::connections).unwrap_or_default();
    let clients = Clients::counted(limits, counts);
    let stop = survivor.on_signal(access).map_err(no_signals)?;
    announce::announce(services.http.catalog(), &listeners, admin.as_ref().map(Admin::listener))?;
    systemd::ready();
    let flush = move |limit| telemetry::flush(telemetry.as_ref(), limit);
    let serving = Serving { listeners, admin, clients, drain_grace: cli.process.drain_grace };
    workers::run(serving, &services, cli.process.drain_delay, stop, flush)
        .map_err(|error| format!("cannot start a worker: {error}"))
}

/// The model, behind HTTP and behind gRPC.
fn services(cli: &Cli, telemetry: Option<&Telemetry>, access: &Access) -> Result<Services, String> {
    let vertex = VertexRoutes::new(
        cli.listeners.vertex_health_route.as_deref(),
        cli.listeners.vertex_predict_route.as_deref(),
    );
    let vertex = vertex.map_err(|error| error.to_string())?;
    let (details, origins) = (cli.client_details()?, cli.cors_origins()?);
    let catalog = model::catalog(cli, telemetry)?;
    let lane = Lane::start(cli.n_threads(), cli.limits.max_wait)
        .map_err(|error| format!("cannot start a thread for dear requests: {error}"))?;
    let budget = Budget::new(cli.limits.memory_bytes());
    if let Some(telemetry) = telemetry {
        budget.told_by(telemetry);
    }
    let mut http = HttpService::serving(catalog.with_lane(lane).with_budget(budget))
        .with_gate(access.gate.clone())
        .with_max_body(cli.limits.max_body_bytes())
        .with_body_timeout(cli.clients.body_timeout)
        .with_vertex_routes(vertex)
        .with_client_details(details.clone());
    if let Some(origins) = origins {
        http = http.with_cors(origins);
    }
    if let Some(telemetry) = telemetry {
        http = http.with_telemetry(telemetry);
    }
    if cli.pages.docs == Switch::Off {
        http = http.without_docs();
    }
    if cli.telemetry.server_timing {
        http = http.with_server_timing();
    }
    // The same models, readiness and records.
    let mut grpc =
        GrpcService::new(http.catalog().clone()).with_client_details(details).with_gate(access.gate.clone());
    if let Some(telemetry) = telemetry {
        grpc = grpc.with_telemetry(telemetry);
    }
    Ok(Services { http, grpc, grpc_limits: cli.grpc_limits(), tls: access.tls.clone() })
}

/// The same with the live page, which names the port of gRPC, or without it.
fn with_page(http: HttpService, cli: &Cli, listeners: &Listeners) -> HttpService {
    if cli.pages.page == Switch::Off {
        return http.without_page();
    }
    let page = Page::default().with_workers(cli.n_threads());
    http.with_page(listeners.grpc_port().map_or(page, |port| page.with_grpc_port(port)))
}

/// Files that a worker opens beside its connections.
const FILES_OF_A_WORKER: usize = 8;

/// What clients may take, within what the process may open.
fn client_limits(cli: &Cli, n_workers: usize) -> ClientLimits {
    let files = net::open_files();
    let at_most = files.connections((FILES_OF_A_WORKER * n_workers) as u64);
    let (asked, limits) = (cli.clients.limits(usize::MAX), cli.clients.limits(at_most));
    if limits.max_connections < asked.max_connections {
        warn!(
            connections = limits.max_connections,
            asked = asked.max_connections,
            files = files.limit,
            "fewer connections than asked for: the process may not open more files"
        );
    }
    limits
}

/// The listeners of each worker.
fn bind(cli: &Cli, inherited: &mut Inherited) -> Result<Vec<Listeners>, String> {
    let n = cli.n_threads();
    let bind = |what: &str, address: &net::Address| {
        address.bind(n).map_err(|error| {
            format!("cannot listen on {what} {address}: {error}; --{what} takes another address")
        })
    };
    let shared = |what: &str, bound: net::Bound| {
        bound.shared_by(n).map_err(|error| format!("cannot share the socket {what}: {error}"))
    };
    let http = match inherited.take("http") {
        Some(bound) => shared("http", bound)?,
        None => bind("http", &cli.http_addr())?,
    };
    let grpc = match (inherited.take("grpc"), &cli.listeners.grpc.0) {
        (Some(bound), _) => Some(shared("grpc", bound)?),
        (None, Some(address)) => Some(bind("grpc", address)?),
        (None, None) => None,
    };
    Ok(Listeners::deal(http, grpc))
}
