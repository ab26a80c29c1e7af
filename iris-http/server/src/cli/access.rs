//! The flags of who may come in.

use std::path::PathBuf;

use clap::Args;

use super::tls::TlsFlags;

/// Who may ask, if not everybody.
#[derive(Debug, Args)]
pub(crate) struct AccessFlags {
    /// Keys, in TOML: then who has none is told only health and readiness.
    ///
    /// Read again when the file changes, and on SIGHUP.
    #[arg(long, env = "IRIS_API_KEYS", value_name = "FILE")]
    pub(crate) api_keys: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) tls: TlsFlags,

    /// Network of proxies that are believed who the client is, by Forwarded or X-Forwarded-For; may be repeated.
    #[arg(
        long,
        env = "IRIS_TRUSTED_PROXIES",
        value_name = "CIDR",
        value_delimiter = ',',
        hide_short_help = true
    )]
    pub(crate) trusted_proxy: Vec<String>,
}
