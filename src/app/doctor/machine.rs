//! The machine itself: who we are on it, processors, memory, disk.

use super::Finding;
use crate::labfile::HostFigures;
use crate::model::{Bytes, Wish};
use crate::provider::{self, Accelerator, acceleration as accelerated};
use crate::state::StateDir;

/// The memory for the smallest bundled lab, in addition to that of the machine itself: two guests of 512 MiB
/// and their overhead.
const MEMORY_WANTED: Bytes = Bytes::mib(1536);

/// An image with its packages, its derived copy and the disks of two guests.
const DISK_WANTED: Bytes = Bytes::gib(6);

/// Namespaces and bridges need root.
pub fn root() -> Finding {
    let user = rustix::process::geteuid();
    if user.is_root() {
        return Finding::good("root", "yes");
    }
    Finding::missing(
        "root",
        format!("no, user {}", user.as_raw()),
        "run it with sudo: namespaces and bridges need root",
    )
}

/// The number of processors.
pub fn processors() -> Finding {
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    match count {
        1 => {
            Finding::poor("processors", "1", "guests share one processor, so they never run at the same time")
        }
        count => Finding::good("processors", count.to_string()),
    }
}

/// Whether guests run on the processor or are emulated, and why.
pub fn acceleration() -> Finding {
    let choice = accelerated(Wish::Auto);
    match choice.accelerator {
        Accelerator::Kvm => Finding::good("acceleration", format!("KVM: {}", choice.reason)),
        Accelerator::Tcg => Finding::poor(
            "acceleration",
            format!("emulation: {}", choice.reason),
            "guests work, several times slower; a machine with KVM gives figures like real hardware",
        ),
    }
}

/// Whether instances can have limits of their own.
pub fn limits() -> Finding {
    const WHAT: &str = "control groups";
    const RISK: &str = "an instance can take all memory and processors: run no guests that you do not trust";
    if !provider::has_control_groups() {
        return Finding::poor(WHAT, "no", RISK);
    }
    if !rustix::process::geteuid().is_root() {
        return Finding::good(WHAT, "there; only root can try them");
    }
    match provider::try_control_groups() {
        Ok(true) => Finding::good(WHAT, "yes"),
        Ok(false) => Finding::poor(
            WHAT,
            "until systemd changes a unit",
            "it does not run `halab.slice`, which keeps the limits in force: see `systemctl status halab.slice`",
        ),
        Err(error) => Finding::poor(WHAT, format!("not usable: {error}"), RISK),
    }
}

/// Whether the kernel has what the rules of networks need. Only root can ask.
pub fn rules() -> Option<Finding> {
    const WHAT: &str = "network rules";
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    Some(match provider::can_guard() {
        Ok(()) => Finding::good(WHAT, "yes"),
        Err(reason) => Finding::missing(
            WHAT,
            reason,
            "nftables, with its families `bridge` and `inet`, binds guests to their addresses",
        ),
    })
}

/// The memory for guests, and the free space of the state folder.
pub fn figures(state: &StateDir) -> Vec<Finding> {
    match HostFigures::read(state.root()) {
        Ok(figures) => vec![memory(figures.memory_free), disk(figures.disk_free, state)],
        Err(error) => {
            vec![Finding::poor(
                "memory and disk",
                error.to_string(),
                "labs that are too large are not noticed",
            )]
        }
    }
}

fn memory(free: Bytes) -> Finding {
    let found = format!("{} MiB available", free.as_mib());
    if free < MEMORY_WANTED {
        return Finding::poor(
            "memory",
            found,
            format!("a small lab takes about {} MiB", MEMORY_WANTED.as_mib()),
        );
    }
    Finding::good("memory", found)
}

fn disk(free: Bytes, state: &StateDir) -> Finding {
    let found = format!("{} MiB free for {}", free.as_mib(), state.root().display());
    if free < DISK_WANTED {
        return Finding::poor(
            "disk",
            found,
            format!("images and guests take about {DISK_WANTED}; see --state"),
        );
    }
    Finding::good("disk", found)
}
