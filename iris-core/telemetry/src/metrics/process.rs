//! What the operating system says of this process, as every Prometheus client
//! library reports it.

#[cfg(target_os = "linux")]
use procfs::process::{LimitValue, Process};

/// Figures of the process; those that the system does not tell are left out.
#[derive(Debug, Default)]
pub(super) struct ProcessFigures {
    pub(super) cpu_seconds: Option<f64>,
    pub(super) start_time_seconds: Option<f64>,
    pub(super) resident_bytes: Option<u64>,
    pub(super) virtual_bytes: Option<u64>,
    pub(super) threads: Option<u64>,
    pub(super) open_fds: Option<u64>,
    pub(super) max_fds: Option<u64>,
}

/// Elsewhere than on Linux nothing is known.
#[cfg(not(target_os = "linux"))]
pub(super) fn figures() -> ProcessFigures {
    ProcessFigures::default()
}

#[cfg(target_os = "linux")]
#[expect(clippy::cast_precision_loss, reason = "clock ticks of a process stay far below 2^53")]
pub(super) fn figures() -> ProcessFigures {
    let Ok(process) = Process::myself() else { return ProcessFigures::default() };
    let stat = process.stat().ok();
    let stat = stat.as_ref();
    let ticks = procfs::ticks_per_second() as f64;
    let boot = procfs::boot_time_secs().ok();
    let limit = process.limits().ok().and_then(|limits| match limits.max_open_files.soft_limit {
        LimitValue::Value(files) => Some(files),
        LimitValue::Unlimited => None,
    });
    ProcessFigures {
        cpu_seconds: stat.map(|stat| (stat.utime + stat.stime) as f64 / ticks),
        start_time_seconds: stat.zip(boot).map(|(stat, boot)| boot as f64 + stat.starttime as f64 / ticks),
        resident_bytes: stat.map(|stat| stat.rss * procfs::page_size()),
        virtual_bytes: stat.map(|stat| stat.vsize),
        threads: stat.and_then(|stat| u64::try_from(stat.num_threads).ok()),
        open_fds: process.fd_count().ok().and_then(|n| u64::try_from(n).ok()),
        max_fds: limit,
    }
}
