//! The flags of `inspect`.

use std::path::PathBuf;

use clap::Args;

/// Which file to look at, and how to say what it is.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The file, of any format, or the folder that holds it.
    #[arg(value_name = "PATH")]
    pub(crate) model: PathBuf,

    /// Say what keeping the weights of a wide linear model in fewer bits does to its scores.
    #[arg(long, value_name = "TYPE", value_parser = super::models::quantization)]
    pub(crate) quantize: Option<iris_core::Quantization>,

    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
