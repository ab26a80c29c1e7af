//! The command line, and the `IRIS_*` variables that say the same.

mod access;
mod clients;
mod models;
mod switch;
mod tls;

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::{Args, Parser, Subcommand, ValueEnum};
use iris_http::CorsOrigins;
use iris_serving::{ClientDetails, net};

use crate::memory;
use access::AccessFlags;
pub(crate) use clients::Clients;
pub(crate) use models::Models;
pub(crate) use switch::Switch;
use tls::TlsFlags;

/// Serves a trained model (scikit-learn, XGBoost, LightGBM, CatBoost, ONNX) over HTTP and gRPC.
///
/// Without a flag it serves the embedded Iris model on 127.0.0.1:8080 and 8081.
#[derive(Debug, Parser)]
#[command(
    name = "iris-server",
    version,
    about,
    long_about,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: Cli,
}

/// What to do; to serve, if nothing is said.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the model until told to stop; what happens without a command.
    Serve(Box<Cli>),
    /// Ask a running server for its /health; fails unless it is well.
    Health(Health),
    /// Say what a model's file is and what stands in it; fails unless it is read.
    Inspect(Inspect),
}

/// Which file to look at, and how to say what it is.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The file, of any format, or the folder that holds it.
    #[arg(value_name = "PATH")]
    pub(crate) model: PathBuf,

    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which server to ask; by default the one that the same variables would start.
#[derive(Debug, Args)]
pub(crate) struct Health {
    #[command(flatten)]
    address: Address,

    #[command(flatten)]
    pub(crate) tls: TlsFlags,

    /// How long to wait for an answer.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Duration,
}

/// Where HTTP is, or will be, served.
#[derive(Debug, Args)]
struct Address {
    /// Address to serve HTTP on, or a path as unix:PATH; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, env = "IRIS_HTTP_ADDR", value_name = "ADDR:PORT")]
    http: Option<net::Address>,

    /// Port to serve HTTP on, on every interface, where no address is given; Cloud Run sets it.
    #[arg(long, env = "PORT", value_name = "PORT", hide = true)]
    port: Option<u16>,

    /// The port by which Vertex AI reaches HTTP, as --port, and before it.
    #[arg(long, env = "AIP_HTTP_PORT", value_name = "PORT", hide = true)]
    vertex_port: Option<u16>,
}

/// How to serve.
#[derive(Debug, Args)]
pub(crate) struct Cli {
    #[command(flatten)]
    address: Address,

    #[command(flatten)]
    pub(crate) tls: TlsFlags,

    #[command(flatten)]
    pub(crate) access: AccessFlags,

    /// Address to serve gRPC on, a path as unix:PATH, or `off`.
    #[arg(long, env = "IRIS_GRPC_ADDR", value_name = "ADDR:PORT", default_value = "127.0.0.1:8081")]
    pub(crate) grpc: GrpcAddress,

    /// Address for /livez, /readyz and /metrics alone, answered however busy the workers are.
    #[arg(long, env = "IRIS_ADMIN_ADDR", value_name = "ADDR:PORT")]
    pub(crate) admin: Option<net::Address>,

    /// Age at which a gRPC client is asked to connect anew, so that clients spread over replicas; 0s for never.
    #[arg(long, env = "IRIS_GRPC_MAX_CONNECTION_AGE", value_name = "DURATION", default_value = "30m", value_parser = humantime::parse_duration)]
    grpc_max_connection_age: Duration,

    /// Where Vertex AI asks whether the model is ready.
    #[arg(long, env = "AIP_HEALTH_ROUTE", value_name = "PATH", hide = true)]
    pub(crate) vertex_health_route: Option<String>,

    /// Where Vertex AI sends instances.
    #[arg(long, env = "AIP_PREDICT_ROUTE", value_name = "PATH", hide = true)]
    pub(crate) vertex_predict_route: Option<String>,

    #[command(flatten)]
    pub(crate) models: Models,

    /// Worker threads, each with a listener of its own [default: one a CPU].
    #[arg(long, env = "IRIS_THREADS", value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// Largest request body.
    #[arg(long, env = "IRIS_MAX_BODY", value_name = "SIZE", default_value = "2MiB")]
    max_body: ByteSize,

    /// Most rows in one request.
    #[arg(long, env = "IRIS_MAX_ROWS", value_name = "N", default_value = "65536")]
    pub(crate) max_rows: NonZeroUsize,

    #[command(flatten)]
    pub(crate) clients: Clients,

    /// Longest wait of a dear request before its turn; who would wait longer is refused with 503 or UNAVAILABLE.
    #[arg(long, env = "IRIS_MAX_WAIT", value_name = "DURATION", default_value = "250ms", value_parser = above_zero)]
    pub(crate) max_wait: Duration,

    /// Time between refusing readiness and accepting no more, for load balancers to notice.
    #[arg(long, env = "IRIS_DRAIN_DELAY", value_name = "DURATION", default_value = "0s", value_parser = humantime::parse_duration)]
    pub(crate) drain_delay: Duration,

    /// Time for requests in flight to finish after that.
    #[arg(long, env = "IRIS_DRAIN_GRACE", value_name = "DURATION", default_value = "20s", value_parser = humantime::parse_duration)]
    pub(crate) drain_grace: Duration,

    /// Memory for what is held for clients: bodies, rows, answers they have not read. Beyond it requests wait a
    /// second, then they are refused [default: half of the container's, or the machine's, at most 256MiB].
    #[arg(long, env = "IRIS_MEMORY", value_name = "SIZE")]
    memory: Option<ByteSize>,

    /// Buffer for traces that wait for a collector; when it is full the oldest are dropped [default: an eighth of
    /// the container's memory, or the machine's, at most 64MiB].
    #[arg(long, env = "IRIS_TRACE_BUFFER", value_name = "SIZE")]
    trace_buffer: Option<ByteSize>,

    /// Tell clients in a Server-Timing header how long each stage of /predict took.
    #[arg(long, env = "IRIS_SERVER_TIMING")]
    pub(crate) server_timing: bool,

    /// The page at /docs, of every route to read and to try.
    #[arg(long, env = "IRIS_DOCS", value_enum, default_value_t = Switch::On)]
    pub(crate) docs: Switch,

    /// The live page that browsers are shown at /, with /models, /stats and /traces.
    #[arg(long, env = "IRIS_PAGE", value_enum, default_value_t = Switch::On)]
    pub(crate) page: Switch,

    /// Log a line for each request; written aside, never while a request waits.
    #[arg(long, env = "IRIS_ACCESS_LOG")]
    pub(crate) access_log: bool,

    /// Leave addresses and user agents of clients out of traces and the access log.
    #[arg(long, env = "IRIS_NO_CLIENT_DETAILS")]
    no_client_details: bool,

    /// Network of proxies that are believed who the client is, by Forwarded or X-Forwarded-For; may be repeated.
    #[arg(long, env = "IRIS_TRUSTED_PROXIES", value_name = "CIDR", value_delimiter = ',')]
    trusted_proxy: Vec<String>,

    /// Origin whose pages may read answers in a browser, or * for any; may be repeated.
    #[arg(long, env = "IRIS_CORS_ORIGINS", value_name = "ORIGIN", value_delimiter = ',')]
    cors_origin: Vec<String>,

    /// How log lines are written to standard error.
    #[arg(long, env = "IRIS_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

/// Where gRPC is served, if at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GrpcAddress(pub(crate) Option<net::Address>);

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
    /// The same with the fields that Google Cloud Logging reads.
    Gcp,
}

/// What the command line says; a mistake in it ends the process with a message.
pub(crate) fn command() -> Command {
    let CommandLine { command, serve } = CommandLine::parse();
    command.unwrap_or_else(|| Command::Serve(Box::new(serve)))
}

impl Address {
    fn get(&self) -> net::Address {
        match (&self.http, self.vertex_port.or(self.port)) {
            (Some(address), _) => address.clone(),
            (None, Some(port)) => net::Address::Tcp((IpAddr::from([0, 0, 0, 0]), port).into()),
            (None, None) => net::Address::Tcp(([127, 0, 0, 1], 8080).into()),
        }
    }
}

impl Health {
    pub(crate) fn http_addr(&self) -> net::Address {
        self.address.get()
    }
}

impl Cli {
    pub(crate) fn http_addr(&self) -> net::Address {
        self.address.get()
    }

    /// What the machine, or the container's CPU limit, allows.
    pub(crate) fn n_threads(&self) -> NonZeroUsize {
        let available = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.unwrap_or_else(available)
    }

    pub(crate) fn max_body_bytes(&self) -> usize {
        bytes(self.max_body)
    }

    /// Room for what is held for clients.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory.map_or_else(memory::for_clients, bytes)
    }

    pub(crate) fn trace_buffer_bytes(&self) -> usize {
        self.trace_buffer.map_or_else(memory::for_traces, bytes)
    }

    /// What is recorded of clients.
    pub(crate) fn client_details(&self) -> Result<ClientDetails, String> {
        let all = if self.no_client_details { ClientDetails::none() } else { ClientDetails::default() };
        let networks = self.trusted_proxy.iter().map(String::as_str);
        all.behind(networks).map_err(|error| format!("--trusted-proxy: {error}"))
    }

    /// Whose pages may read answers, if any.
    pub(crate) fn cors_origins(&self) -> Result<Option<CorsOrigins>, String> {
        let origins = CorsOrigins::new(self.cors_origin.iter().map(String::as_str));
        let origins = origins.map_err(|error| format!("--cors-origin: {error}"))?;
        Ok((!self.cors_origin.is_empty()).then_some(origins))
    }

    /// The limits of gRPC's calls.
    pub(crate) fn grpc_limits(&self) -> iris_grpc::Limits {
        iris_grpc::Limits {
            max_message_size: self.max_body_bytes(),
            message_timeout: self.clients.body_timeout,
            idle_timeout: self.clients.grpc_stream_timeout,
            max_connection_age: Some(self.grpc_max_connection_age).filter(|age| !age.is_zero()),
            drain_grace: self.drain_grace,
            ..iris_grpc::Limits::default()
        }
    }
}

fn above_zero(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration.is_zero() { Err("has to be above zero".to_owned()) } else { Ok(duration) }
}

fn bytes(size: ByteSize) -> usize {
    usize::try_from(size.as_u64()).unwrap_or(usize::MAX)
}

impl std::str::FromStr for GrpcAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let address = text.parse().map_err(|error| format!("{error}, or off"))?;
        Ok(Self(Some(address)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Cli, String> {
        let parsed = CommandLine::try_parse_from([&["iris-server"], arguments].concat());
        parsed.map(|line| line.serve).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        CommandLine::command().debug_assert();
    }

    #[test]
    fn defaults_serve_the_loopback_only() {
        let cli = parse(&["--threads", "3", "--max-connections", "10"]).unwrap();
        assert_eq!(cli.http_addr().to_string(), "127.0.0.1:8080");
        assert_eq!(cli.max_body_bytes(), 2 << 20);
        assert_eq!((cli.drain_delay, cli.drain_grace), (Duration::ZERO, Duration::from_secs(20)));
        let limits = cli.clients.limits(usize::MAX);
        assert_eq!((limits.max_connections, limits.max_per_address), (10, None));
        assert_eq!(limits.times, net::Times::default());
        assert_eq!(cli.clients.limits(7).max_connections, 7);
        assert_eq!(cli.admin, None);
    }

    #[test]
    fn a_platforms_port_opens_every_interface_unless_an_address_is_given() {
        assert_eq!(parse(&["--port", "9000"]).unwrap().http_addr().to_string(), "0.0.0.0:9000");
        let vertex = parse(&["--port", "9000", "--vertex-port", "9001"]).unwrap();
        assert_eq!(vertex.http_addr().to_string(), "0.0.0.0:9001");
        let both = parse(&["--port", "9000", "--http", "[::1]:80"]).unwrap();
        assert_eq!(both.http_addr().to_string(), "[::1]:80");
    }

    #[test]
    fn grpc_has_an_address_of_its_own_or_none() {
        let grpc = |arguments: &[&str]| parse(arguments).unwrap().grpc.0.map(|address| address.to_string());
        assert_eq!(grpc(&[]).as_deref(), Some("127.0.0.1:8081"));
        assert_eq!(grpc(&["--grpc", "0.0.0.0:0"]).as_deref(), Some("0.0.0.0:0"));
        assert_eq!(grpc(&["--grpc", "off"]), None);
        assert_eq!(grpc(&["--grpc", "unix:/run/iris"]).as_deref(), Some("unix:/run/iris"));
        let ageless =
            parse(&["--grpc-max-connection-age", "0s", "--max-body", "1KiB"]).unwrap().grpc_limits();
        assert_eq!((ageless.max_connection_age, ageless.max_message_size), (None, 1_024));
    }

    #[test]
    fn a_certificate_needs_its_key() {
        let files = |arguments: &[&str]| parse(arguments).map(|cli| cli.tls.files());
        assert_eq!(files(&[]), Ok(None));
        let both = files(&["--tls-cert", "c", "--tls-key", "k", "--tls-client-ca", "ca"]).unwrap().unwrap();
        assert_eq!(both.paths().map(|path| path.to_str().unwrap()).collect::<Vec<_>>(), ["c", "k", "ca"]);
        for lonely in ["--tls-cert", "--tls-key", "--tls-client-ca"] {
            assert!(files(&[lonely, "file"]).unwrap_err().contains("--tls-"), "{lonely}");
        }
    }

    #[test]
    fn a_command_may_be_named() {
        let parsed = |line: &[&str]| CommandLine::try_parse_from(line).unwrap().command;
        assert!(parsed(&["iris-server"]).is_none());
        let serve = parsed(&["iris-server", "serve", "--http", "[::1]:80"]);
        assert!(matches!(serve, Some(Command::Serve(cli)) if cli.http_addr().to_string() == "[::1]:80"));
        let health = parsed(&["iris-server", "health", "--timeout", "1s"]);
        assert!(
            matches!(health, Some(Command::Health(which)) if which.http_addr().to_string() == "127.0.0.1:8080")
        );
    }

    #[test]
    fn units_are_understood() {
        let cli = parse(&["--max-body", "512KiB", "--drain-delay", "500ms", "--drain-grace", "1m"]).unwrap();
        assert_eq!(cli.max_body_bytes(), 512 << 10);
        assert_eq!((cli.drain_delay, cli.drain_grace), (Duration::from_millis(500), Duration::from_secs(60)));
    }

    #[test]
    fn memory_has_a_default_that_flags_replace() {
        let by_default = parse(&[]).unwrap();
        assert!((1..=256 << 20).contains(&by_default.memory_bytes()));
        assert!((1..=64 << 20).contains(&by_default.trace_buffer_bytes()));
        let cli = parse(&["--memory", "48MiB", "--trace-buffer", "80MiB"]).unwrap();
        assert_eq!((cli.memory_bytes(), cli.trace_buffer_bytes()), (48 << 20, 80 << 20));
    }

    #[test]
    fn who_is_believed_and_who_may_read_is_named() {
        let cli = parse(&["--trusted-proxy", "10.0.0.0/8,::1", "--trusted-proxy", "192.0.2.7"]).unwrap();
        let details = cli.client_details().unwrap();
        assert!(details.are_recorded() && details.trusts("192.0.2.7".parse().unwrap()));
        assert_eq!(cli.cors_origins(), Ok(None));
        assert!(!parse(&["--no-client-details"]).unwrap().client_details().unwrap().are_recorded());
        let pages = parse(&["--cors-origin", "https://a.example,https://b.example"]).unwrap();
        assert!(pages.cors_origins().unwrap().is_some());
        let wrong = parse(&["--trusted-proxy", "garden", "--cors-origin", "garden"]).unwrap();
        assert!(wrong.client_details().unwrap_err().contains("--trusted-proxy"));
        assert!(wrong.cors_origins().unwrap_err().contains("--cors-origin"));
    }

    #[test]
    fn a_model_may_be_named_and_there_may_be_several() {
        let models = |arguments: &[&str]| {
            let sources = parse(arguments).map(|cli| cli.models.sources(5));
            sources.map(|sources| {
                sources.files.into_iter().map(|file| (file.name, file.path)).collect::<Vec<_>>()
            })
        };
        assert_eq!(models(&["--model", "a/b.onnx"]).unwrap(), [(None, "a/b.onnx".into())]);
        let two = models(&["--model", "wine=w.onnx;c.pkl#model", "--model", "d=s.pkl,m.pkl"]).unwrap();
        let named = |name: &str| Some(name.to_owned());
        let expected = [
            (named("wine"), "w.onnx".into()),
            (None, "c.pkl#model".into()),
            (named("d"), "s.pkl,m.pkl".into()),
        ];
        assert_eq!(two, expected);
        assert!(models(&["--model", "=w.onnx"]).is_err() && models(&["--model", "wine="]).is_err());
        let sources =
            parse(&["--models", "m", "--versions", "latest(2)", "--models-memory", "1MiB"]).unwrap();
        let sources = sources.models.sources(5);
        assert_eq!((sources.memory, sources.max_rows), (Some(1 << 20), 5));
        assert_eq!(sources.policy, iris_serving::VersionPolicy::Latest(2));
    }

    #[test]
    fn nonsense_is_refused_by_the_name_of_its_flag() {
        for (flag, value) in [
            ("--http", "localhost"),
            ("--http", "unix:"),
            ("--grpc", "on"),
            ("--grpc-max-connection-age", "30"),
            ("--threads", "0"),
            ("--max-body", "lots"),
            ("--memory", "much"),
            ("--trace-buffer", "some"),
            ("--max-connections", "0"),
            ("--max-connections", "99999999999"),
            ("--max-rows", "0"),
            ("--idle-timeout", "0s"),
            ("--idle-timeout", "long"),
            ("--head-timeout", "0s"),
            ("--max-connections-per-address", "0"),
            ("--min-rate", "slow"),
            ("--admin", "9090"),
            ("--drain-delay", "5"),
            ("--drain-grace", "soon"),
            ("--docs", "maybe"),
            ("--page", "maybe"),
            ("--log-format", "xml"),
            ("--model", ""),
            ("--versions", "newest"),
            ("--models-memory", "lots"),
            ("--watch", "0s"),
        ] {
            let error = parse(&[flag, value]).unwrap_err();
            assert!(error.contains(flag), "{error}");
        }
    }
}
