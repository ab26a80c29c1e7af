//! The flags of where it listens.

use std::time::Duration;

use clap::Args;
use iris_serving::net;

use super::address::Address;

/// Where it is reached.
#[derive(Debug, Args)]
pub(crate) struct ListenerFlags {
    #[command(flatten)]
    pub(crate) address: Address,

    /// Address to serve gRPC on, a path as unix:PATH, or `off`.
    #[arg(long, env = "IRIS_GRPC_ADDR", value_name = "ADDR:PORT", default_value = "127.0.0.1:8081")]
    pub(crate) grpc: GrpcAddress,

    /// Address for /livez, /readyz and /metrics alone, answered however busy the workers are.
    #[arg(long, env = "IRIS_ADMIN_ADDR", value_name = "ADDR:PORT")]
    pub(crate) admin: Option<net::Address>,

    /// Age at which a gRPC client is asked to connect anew, so that clients spread over replicas; 0s for never.
    #[arg(long, env = "IRIS_GRPC_MAX_CONNECTION_AGE", value_name = "DURATION", default_value = "30m", value_parser = humantime::parse_duration, hide_short_help = true)]
    pub(crate) grpc_max_connection_age: Duration,

    /// Where Vertex AI asks whether the model is ready.
    #[arg(long, env = "AIP_HEALTH_ROUTE", value_name = "PATH", hide = true)]
    pub(crate) vertex_health_route: Option<String>,

    /// Where Vertex AI sends instances.
    #[arg(long, env = "AIP_PREDICT_ROUTE", value_name = "PATH", hide = true)]
    pub(crate) vertex_predict_route: Option<String>,
}

/// Where gRPC is served, if at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GrpcAddress(pub(crate) Option<net::Address>);

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
