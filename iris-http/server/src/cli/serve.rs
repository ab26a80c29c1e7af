//! All flags of `serve`, by theme.

use std::num::NonZeroUsize;

use clap::Args;
use iris_http::CorsOrigins;
use iris_serving::{ClientDetails, net};

use super::access::AccessFlags;
use super::clients::Clients;
use super::limits::LimitFlags;
use super::listeners::ListenerFlags;
use super::models::ModelFlags;
use super::pages::PageFlags;
use super::process::ProcessFlags;
use super::telemetry::TelemetryFlags;
use super::traffic::TrafficFlags;

/// How to serve.
#[derive(Debug, Args)]
pub(crate) struct Cli {
    #[command(flatten, next_help_heading = "Model")]
    pub(crate) models: ModelFlags,

    #[command(flatten, next_help_heading = "Versions of a model")]
    pub(crate) traffic: TrafficFlags,

    #[command(flatten, next_help_heading = "Listeners")]
    pub(crate) listeners: ListenerFlags,

    #[command(flatten, next_help_heading = "Access")]
    pub(crate) access: AccessFlags,

    #[command(flatten, next_help_heading = "Limits of requests")]
    pub(crate) limits: LimitFlags,

    #[command(flatten, next_help_heading = "Limits of connections")]
    pub(crate) clients: Clients,

    #[command(flatten, next_help_heading = "Logs and traces")]
    pub(crate) telemetry: TelemetryFlags,

    #[command(flatten, next_help_heading = "Pages")]
    pub(crate) pages: PageFlags,

    #[command(flatten, next_help_heading = "Process")]
    pub(crate) process: ProcessFlags,
}

impl Cli {
    pub(crate) fn http_addr(&self) -> net::Address {
        self.listeners.address.get()
    }

    pub(crate) fn n_threads(&self) -> NonZeroUsize {
        self.process.n_threads()
    }

    /// What is recorded of clients.
    pub(crate) fn client_details(&self) -> Result<ClientDetails, String> {
        let is_silent = self.telemetry.no_client_details;
        let all = if is_silent { ClientDetails::none() } else { ClientDetails::default() };
        let networks = self.access.trusted_proxy.iter().map(String::as_str);
        all.behind(networks).map_err(|error| format!("--trusted-proxy: {error}"))
    }

    /// Whose pages may read answers, if any.
    pub(crate) fn cors_origins(&self) -> Result<Option<CorsOrigins>, String> {
        self.pages.cors_origins()
    }

    /// The limits of gRPC's calls.
    pub(crate) fn grpc_limits(&self) -> iris_grpc::Limits {
        let max_age = self.listeners.grpc_max_connection_age;
        iris_grpc::Limits {
            max_message_size: self.limits.max_body_bytes(),
            message_timeout: self.clients.body_timeout,
            idle_timeout: self.clients.grpc_stream_timeout,
            max_connection_age: Some(max_age).filter(|age| !age.is_zero()),
            drain_grace: self.process.drain_grace,
            ..iris_grpc::Limits::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cli::tests::parse;

    #[test]
    fn defaults_serve_the_loopback_only() {
        let cli = parse(&["--threads", "3", "--max-connections", "10"]).unwrap();
        assert_eq!(cli.http_addr().to_string(), "127.0.0.1:8080");
        assert_eq!(cli.limits.max_body_bytes(), 2 << 20);
        let Cli { process, clients, listeners, .. } = &cli;
        assert_eq!((process.drain_delay, process.drain_grace), (Duration::ZERO, Duration::from_secs(20)));
        let limits = clients.limits(usize::MAX);
        assert_eq!((limits.max_connections, limits.max_per_address), (10, None));
        assert_eq!(limits.times, net::Times::default());
        assert_eq!(clients.limits(7).max_connections, 7);
        assert_eq!(listeners.admin, None);
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
        let grpc = |arguments: &[&str]| {
            parse(arguments).unwrap().listeners.grpc.0.map(|address| address.to_string())
        };
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
        let files = |arguments: &[&str]| parse(arguments).map(|cli| cli.access.tls.files());
        assert_eq!(files(&[]), Ok(None));
        let both = files(&["--tls-cert", "c", "--tls-key", "k", "--tls-client-ca", "ca"]).unwrap().unwrap();
        assert_eq!(both.paths().map(|path| path.to_str().unwrap()).collect::<Vec<_>>(), ["c", "k", "ca"]);
        for lonely in ["--tls-cert", "--tls-key", "--tls-client-ca"] {
            assert!(files(&[lonely, "file"]).unwrap_err().contains("--tls-"), "{lonely}");
        }
    }

    #[test]
    fn units_are_understood() {
        let cli = parse(&["--max-body", "512KiB", "--drain-delay", "500ms", "--drain-grace", "1m"]).unwrap();
        assert_eq!(cli.limits.max_body_bytes(), 512 << 10);
        let ProcessFlags { drain_delay, drain_grace, .. } = cli.process;
        assert_eq!((drain_delay, drain_grace), (Duration::from_millis(500), Duration::from_secs(60)));
    }

    #[test]
    fn memory_has_a_default_that_flags_replace() {
        let by_default = parse(&[]).unwrap();
        assert!((1..=256 << 20).contains(&by_default.limits.memory_bytes()));
        assert!((1..=64 << 20).contains(&by_default.telemetry.trace_buffer_bytes()));
        let cli = parse(&["--memory", "48MiB", "--trace-buffer", "80MiB"]).unwrap();
        let bytes = (cli.limits.memory_bytes(), cli.telemetry.trace_buffer_bytes());
        assert_eq!(bytes, (48 << 20, 80 << 20));
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
        ] {
            let error = parse(&[flag, value]).unwrap_err();
            assert!(error.contains(flag), "{error}");
        }
    }
}
