//! What is there unless it is switched off.

use clap::ValueEnum;

/// Whether it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}
