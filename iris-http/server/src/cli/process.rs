//! The flags of the process itself: where its flags come from, what it runs on, how it ends.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

/// How it begins and ends.
#[derive(Debug, Args)]
pub(crate) struct ProcessFlags {
    /// File of flags, in TOML, by their names without the dashes.
    ///
    /// What the command line or a variable says goes before it. A name that is no flag's is refused.
    #[arg(long, env = "IRIS_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// Look whether it could be served so, and do not: the model, certificates and keys are read, no port is bound.
    #[arg(long)]
    pub(crate) check: bool,

    /// Print all flags as a file for --config, each with where it comes from, and do not serve.
    #[arg(long, conflicts_with = "check")]
    pub(crate) print_config: bool,

    /// Worker threads, each with a listener of its own [default: one a CPU].
    #[arg(long, env = "IRIS_THREADS", value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// Time between refusing readiness and accepting no more, for load balancers to notice.
    #[arg(long, env = "IRIS_DRAIN_DELAY", value_name = "DURATION", default_value = "0s", value_parser = humantime::parse_duration)]
    pub(crate) drain_delay: Duration,

    /// Time for requests in flight to finish after that.
    #[arg(long, env = "IRIS_DRAIN_GRACE", value_name = "DURATION", default_value = "20s", value_parser = humantime::parse_duration)]
    pub(crate) drain_grace: Duration,
}

impl ProcessFlags {
    /// What was asked for, or what the machine, or the container's CPU limit, allows.
    pub(crate) fn n_threads(&self) -> NonZeroUsize {
        self.threads.unwrap_or_else(n_cpus)
    }
}

/// What the machine, or the container's CPU limit, allows.
pub(crate) fn n_cpus() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
