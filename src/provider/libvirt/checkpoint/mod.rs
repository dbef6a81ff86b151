//! Saves whole instances as checkpoints, and restores them.
//!
//! A save lets the machines become idle, pauses them all and writes their memories as streams; up to here
//! they can simply be resumed. Then they are switched off, each stream is written into a file that later
//! machines map, and the instance continues from these files on new overlays of its disks, which proves that
//! they can be restored. Only then the checkpoint is published and the streams are deleted. After a crash in
//! between, the next command finds a note ([`pending`]) and restores the instance from the streams.

mod disks;
mod given;
mod load;
mod memory;
mod pending;
mod platform;
mod ready;
mod recall;
mod save;
mod view;

pub(super) use memory::abandon;

use crate::work::ProviderError;

/// Does something to each of several at the same time; the first error counts.
pub(super) fn each<T: Sync>(
    all: &[T],
    what: impl Fn(&T) -> Result<(), ProviderError> + Sync,
) -> Result<(), ProviderError> {
    std::thread::scope(|scope| {
        let running: Vec<_> = all.iter().map(|one| scope.spawn(|| what(one))).collect();
        let mut result = Ok(());
        for thread in running {
            let ended = crate::base::threads::end(thread);
            result = result.and(ended);
        }
        result
    })
}
