//! The flags of `inspect`.

use std::path::PathBuf;

use clap::Args;

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
