//! The flags of `health`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use iris_serving::net;

use super::address::Address;
use super::tls::TlsFlags;

/// Which server to ask; by default the one that the same variables would start.
#[derive(Debug, Args)]
pub(crate) struct Health {
    #[command(flatten)]
    address: Address,

    #[command(flatten)]
    pub(crate) tls: TlsFlags,

    /// The server's file of flags, of which those that stand here are taken.
    #[arg(long, env = "IRIS_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// How long to wait for an answer.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Duration,
}

impl Health {
    pub(crate) fn http_addr(&self) -> net::Address {
        self.address.get()
    }
}
