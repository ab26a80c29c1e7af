//! The flags of who may come in.

use std::path::PathBuf;

use clap::Args;

/// Who may ask, if not everybody.
#[derive(Debug, Args)]
pub(crate) struct AccessFlags {
    /// Keys, in TOML: then who has none is told only health and readiness. Read again when the file changes, and
    /// on SIGHUP.
    #[arg(long, env = "IRIS_API_KEYS", value_name = "FILE")]
    pub(crate) api_keys: Option<PathBuf>,
}
