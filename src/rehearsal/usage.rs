//! What the processes of the server take: processor time and memory (proc(5)).

use std::time::Duration;

/// The kernel counts processor time in hundredths of a second, on all machines.
const TICK: Duration = Duration::from_millis(10);

/// What a server has taken so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// The processor time of the front and the back.
    pub own: Duration,
    /// That of the operations and terminals that it began and that have ended.
    pub begun: Duration,
    /// The memory of the front and the back, in bytes. What both share counts twice.
    pub resident: u64,
    /// The same, and what they share counts once; none where it cannot be read.
    pub proportional: Option<u64>,
}

/// What a server takes, by the number of its back. The front is the child of its first thread; operations are
/// those of others.
pub fn of_server(back: u32) -> Usage {
    let children = fs_err::read_to_string(format!("/proc/{back}/task/{back}/children")).unwrap_or_default();
    let front = children.split_whitespace().next().and_then(|id| id.parse::<u32>().ok());
    let mut usage = Usage { proportional: Some(0), ..Usage::default() };
    for id in std::iter::once(back).chain(front) {
        let (own, begun) = times(&stat(id));
        usage.own += own;
        if id == back {
            usage.begun = begun;
        }
        let rollup = fs_err::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
        usage.proportional = usage.proportional.zip(kibibytes(&rollup, "Pss")).map(|(sum, own)| sum + own);
        let status = fs_err::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        usage.resident += kibibytes(&status, "VmRSS").unwrap_or_default();
    }
    usage
}

fn stat(id: u32) -> String {
    fs_err::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default()
}

/// The processor time of a process, and that of its children that have ended.
fn times(stat: &str) -> (Duration, Duration) {
    // The name of the program may have spaces; the numbers follow its bracket.
    let rest = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<u32> =
        rest.split_whitespace().skip(11).take(4).map(|word| word.parse().unwrap_or(0)).collect();
    match ticks.as_slice() {
        [user, system, of_children, in_system] => (TICK * (user + system), TICK * (of_children + in_system)),
        _ => (Duration::ZERO, Duration::ZERO),
    }
}

/// A line such as `Pss:   1234 kB`, in bytes.
fn kibibytes(text: &str, key: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    let number: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_memory_are_read_as_the_kernel_writes_them() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 1 2 3 4 150 25 300 7 20 0 9 0 5000 1 2";
        assert_eq!(times(stat), (Duration::from_millis(1750), Duration::from_millis(3070)));
        assert_eq!(times(""), (Duration::ZERO, Duration::ZERO));
        assert_eq!(kibibytes("Rss:   8 kB\nPss:  12 kB\nPss_Dirty:  4 kB\n", "Pss"), Some(12 << 10));
        assert_eq!(kibibytes("", "Pss"), None);
    }

    #[test]
    fn this_process_takes_memory() {
        let usage = of_server(std::process::id());
        assert!(usage.resident > 1 << 20, "{usage:?}");
    }
}
