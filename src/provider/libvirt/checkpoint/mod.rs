//! Whole instances to checkpoints and back.
//!
//! A save lets the machines come to rest, pauses them all and writes their memories as streams; up to here they can simply go
//! on. Then they are switched off, each stream is poured into a file of its own that later machines map, and the instance goes
//! on from these files on new overlays of its disks, which proves that they can be restored. Only then is the checkpoint there
//! and are the streams deleted. Whoever is killed in between finds a note of it ([`pending`]) and brings the instance back from the streams.

mod disks;
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
