//! What the operating system says of this process, as every Prometheus client
//! library reports it; of that and of the machine what changes from second to second.

#[cfg(target_os = "linux")]
use procfs::process::{LimitValue, Process};

/// Figures of the process; those that the system does not tell are left out.
#[derive(Debug, Default)]
pub(crate) struct ProcessFigures {
    pub(crate) cpu_seconds: Option<f64>,
    pub(crate) start_time_seconds: Option<f64>,
    pub(crate) resident_bytes: Option<u64>,
    pub(crate) virtual_bytes: Option<u64>,
    pub(crate) threads: Option<u64>,
    pub(crate) open_fds: Option<u64>,
    pub(crate) max_fds: Option<u64>,
}

/// What the process uses, which is read more often.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ProcessUse {
    /// CPU time outside the kernel and within.
    pub(crate) user_seconds: f64,
    pub(crate) system_seconds: f64,
    pub(crate) resident_bytes: u64,
}

/// Time of all processors of the machine together, in the system's ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MachineTime {
    busy: u64,
    all: u64,
}

impl MachineTime {
    /// How much of the time since then somebody ran, in [0, 1]; `None` if none has passed.
    #[expect(clippy::cast_precision_loss, reason = "ticks stay far below 2^53")]
    pub(crate) fn share_since(self, before: Self) -> Option<f64> {
        let (busy, all) = (self.busy.checked_sub(before.busy)?, self.all.checked_sub(before.all)?);
        (all > 0).then(|| (busy as f64 / all as f64).min(1.0))
    }

    /// Of the first line of `/proc/stat`: user, nice, system, idle, waiting for
    /// input or output, interrupts, soft ones, stolen. Guests are users already.
    #[cfg(any(target_os = "linux", test))]
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split_ascii_whitespace();
        fields.next().filter(|name| *name == "cpu")?;
        let times = fields.take(8).map(str::parse).collect::<Result<Vec<u64>, _>>().ok()?;
        let [_, _, _, idle, waiting, ..] = times[..] else { return None };
        let all = times.iter().sum::<u64>();
        Some(Self { busy: all - idle - waiting, all })
    }
}

/// What the process has used so far.
#[cfg(target_os = "linux")]
#[expect(clippy::cast_precision_loss, reason = "clock ticks of a process stay far below 2^53")]
pub(crate) fn process_use() -> Option<ProcessUse> {
    let stat = Process::myself().ok()?.stat().ok()?;
    let ticks = procfs::ticks_per_second() as f64;
    Some(ProcessUse {
        user_seconds: stat.utime as f64 / ticks,
        system_seconds: stat.stime as f64 / ticks,
        resident_bytes: stat.rss * procfs::page_size(),
    })
}

/// What the machine has worked so far.
#[cfg(target_os = "linux")]
pub(crate) fn machine_time() -> Option<MachineTime> {
    use std::io::{BufRead, BufReader};
    let mut line = String::new();
    BufReader::new(std::fs::File::open("/proc/stat").ok()?).read_line(&mut line).ok()?;
    MachineTime::parse(&line)
}

/// Elsewhere than on Linux nothing is known.
#[cfg(not(target_os = "linux"))]
pub(crate) fn process_use() -> Option<ProcessUse> {
    None
}

/// Elsewhere than on Linux nothing is known.
#[cfg(not(target_os = "linux"))]
pub(crate) fn machine_time() -> Option<MachineTime> {
    None
}

/// Elsewhere than on Linux nothing is known.
#[cfg(not(target_os = "linux"))]
pub(crate) fn figures() -> ProcessFigures {
    ProcessFigures::default()
}

#[cfg(target_os = "linux")]
#[expect(clippy::cast_precision_loss, reason = "clock ticks of a process stay far below 2^53")]
pub(crate) fn figures() -> ProcessFigures {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_busy_when_it_is_neither_idle_nor_waits() {
        let before = MachineTime::parse("cpu  10 0 10 70 10 0 0 0 0 0").unwrap();
        let now = MachineTime::parse("cpu  40 0 20 120 20 0 0 0 30 0").unwrap();
        assert_eq!(now.share_since(before), Some(0.4));
        assert_eq!((before.share_since(before), before.share_since(now)), (None, None));
        for other in ["", "cpu", "cpu 1 2", "cpu0 1 2 3 4 5 6 7 8", "cpu a b c d e"] {
            assert_eq!(MachineTime::parse(other), None, "{other}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_uses_something() {
        assert!(process_use().unwrap().resident_bytes > 0 && machine_time().is_some());
    }
}
