//! How much memory this process may have: its container's limit, or the machine's.

use std::fs;
use std::path::Path;

use iris_serving::budget::Budget;
use iris_telemetry::Settings;

/// Above this a container has no limit, only the largest number that version 1 can say.
const NO_LIMIT: u64 = 1 << 60;

/// The least that leaves room for one request of the usual limit.
const LEAST: usize = 4 << 20;

/// Bytes for what is held for clients, unless somebody says otherwise: half of
/// what there is, and no more than [`Budget::DEFAULT`]. The other half is for
/// the model, the traces, and what the kernel keeps of connections.
pub(crate) fn for_clients() -> usize {
    part(available(Path::new("/")), 2, LEAST, Budget::DEFAULT)
}

/// Bytes for traces that wait for a collector, unless somebody says otherwise: an
/// eighth of what there is, and no more than [`Settings::DEFAULT_BUFFER`].
pub(crate) fn for_traces() -> usize {
    part(available(Path::new("/")), 8, 1 << 20, Settings::DEFAULT_BUFFER)
}

fn part(available: Option<u64>, divisor: u64, least: usize, most: usize) -> usize {
    let part = available.map_or(usize::MAX, |bytes| usize::try_from(bytes / divisor).unwrap_or(usize::MAX));
    part.clamp(least, most)
}

/// The lowest of the limits there are, in a file system that begins at `root`.
fn available(root: &Path) -> Option<u64> {
    [of_container(root), of_machine(root)].into_iter().flatten().min()
}

/// The limit of the control group that the process is in, and of those above it,
/// for version 2 and for version 1.
fn of_container(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let limits = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, group) = (parts.next()?, parts.next()?, parts.next()?);
        let (mount, file) = match controllers {
            "" => ("sys/fs/cgroup", "memory.max"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => return None,
        };
        // Within a container the group's path may be the host's, and only its
        // root be there; the limits above are looked at in any case.
        let group = Path::new(group.trim_start_matches('/'));
        group.ancestors().filter_map(|group| limit(&root.join(mount).join(group).join(file))).min()
    });
    limits.min()
}

fn limit(file: &Path) -> Option<u64> {
    let bytes = fs::read_to_string(file).ok()?.trim().parse().ok()?;
    (bytes < NO_LIMIT).then_some(bytes)
}

fn of_machine(root: &Path) -> Option<u64> {
    let figures = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let total = figures.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = total.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// What is available where these files are.
    fn found(name: &str, files: &[(&str, &str)]) -> Option<u64> {
        let root = std::env::temp_dir().join(format!("iris-memory-{name}-{}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let found = available(&root);
        fs::remove_dir_all(root).unwrap();
        found
    }

    const MACHINE: (&str, &str) = ("proc/meminfo", "MemFree: 1 kB\nMemTotal:     1048576 kB\n");

    #[test]
    fn the_limit_of_version_2_is_the_lowest_on_the_way_up() {
        let group = ("proc/self/cgroup", "0::/pod/app\n");
        let own = ("sys/fs/cgroup/pod/app/memory.max", "max\n");
        let above = ("sys/fs/cgroup/pod/memory.max", "67108864\n");
        assert_eq!(found("v2", &[MACHINE, group, own, above]), Some(64 * MIB));
        assert_eq!(found("max", &[MACHINE, group, own]), Some(1_024 * MIB));
    }

    #[test]
    fn within_a_container_its_root_has_the_limit() {
        let group = ("proc/self/cgroup", "0::/\n");
        let limit = ("sys/fs/cgroup/memory.max", "134217728\n");
        assert_eq!(found("root", &[MACHINE, group, limit]), Some(128 * MIB));
    }

    #[test]
    fn version_1_has_a_mount_for_memory_and_a_number_for_no_limit() {
        let group = ("proc/self/cgroup", "5:cpu:/\n4:memory:/pod/app\n0::/\n");
        let limit = ("sys/fs/cgroup/memory/memory.limit_in_bytes", "33554432\n");
        let none = ("sys/fs/cgroup/memory/pod/app/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(found("v1", &[MACHINE, group, limit, none]), Some(32 * MIB));
        assert_eq!(found("none", &[MACHINE, group, none]), Some(1_024 * MIB));
    }

    #[test]
    fn where_nothing_is_told_the_usual_sizes_are_taken() {
        assert_eq!(found("nothing", &[("else", "")]), None);
        assert_eq!(part(None, 2, LEAST, Budget::DEFAULT), Budget::DEFAULT);
        assert_eq!(part(Some(64 * MIB), 2, LEAST, Budget::DEFAULT), 32 << 20);
        assert_eq!(part(Some(MIB), 2, LEAST, Budget::DEFAULT), LEAST);
        assert_eq!(part(Some(64 * MIB), 8, 1 << 20, Settings::DEFAULT_BUFFER), 8 << 20);
    }
}
