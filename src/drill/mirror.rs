//! Compares both disks of a DRBD mirror at the end, from outside and without relying on DRBD.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::engine::Engine;
use crate::base::failure::chain;
use crate::model::drill::Invariant;
use crate::model::spec::DiskId;
use crate::model::{Mirror, NodeName};
use crate::record::{Ending, Nanos, What};

/// Asks for the size of a mirrored device, in sectors of 512 bytes. DRBD's metadata behind it differs between
/// the disks.
fn size_of(device: usize) -> String {
    format!("cat /sys/block/drbd{device}/size")
}

/// The time limit of one comparison of a mirror's disks.
const LIMIT: Nanos = Nanos::millis(600_000);

/// How long replication may take to catch up after the clients have ended.
const CATCH_UP: Nanos = Nanos::millis(15_000);

/// The largest part of a disk that DRBD's metadata take, as its inverse, and the most that they take in
/// addition.
const METADATA: (u64, u64) = (8192, 1 << 20);

/// The mirrored size, if a disk of this size can have it. A node that told a small one would hide a
/// difference.
fn plausible(told: u64, disk: u64) -> Result<u64, String> {
    let least = disk.saturating_sub(disk / METADATA.0 + METADATA.1);
    match (least..=disk).contains(&told) {
        true => Ok(told),
        false => Err(format!("a node tells that {told} of the {disk} bytes of its disk are mirrored")),
    }
}

impl Engine<'_, '_, '_> {
    /// Compares the disks of each mirror repeatedly until they are equal or the time is up. The clients have
    /// ended, so few writes are still being replicated.
    pub fn compare_mirrors(&mut self) -> Result<(), Ending> {
        if !self.setup.drill.invariants.contains(&Invariant::DisksEqual) {
            return Ok(());
        }
        for Mirror { nodes, disk, device } in self.setup.lab.mirrors() {
            let id = |node: &NodeName| DiskId { node: node.clone(), disk: Some(disk.clone()) };
            let disks: Vec<DiskId> = nodes.iter().map(id).collect();
            let of_disk =
                |node: &NodeName| self.setup.lab.node(node)?.disks.iter().find(|own| own.name == disk);
            let largest = nodes.iter().filter_map(of_disk).map(|disk| disk.size.0).min().unwrap_or_default();
            let compared =
                match self.mirrored_bytes(&nodes, device)?.and_then(|bytes| plausible(bytes, largest)) {
                    Ok(bytes) => self.compare_until_equal(&disks, bytes)?,
                    Err(failure) => Err(failure),
                };
            let (difference, failure) = match compared {
                Ok(difference) => (difference, None),
                Err(failure) => (None, Some(failure)),
            };
            self.pump.emit(What::Mirror { nodes, difference, failure });
        }
        Ok(())
    }

    /// The mirrored size in bytes as a node tells it, or why it is not known. The answer of one node is
    /// enough.
    fn mirrored_bytes(&mut self, members: &[NodeName], device: usize) -> Result<Result<u64, String>, Ending> {
        let all = self.setup.lab.nodes.iter().map(|node| &node.name);
        let nodes: Vec<&NodeName> = all.filter(|node| members.contains(node)).collect();
        let question = size_of(device);
        let said = self.ask_nodes(&nodes, &question, "asking for the size of the mirror")?;
        let bytes =
            |text: &str| Some(text.trim().parse::<u64>().ok()?.checked_mul(512)?).filter(|bytes| *bytes > 0);
        let mut failure = "no node has a mirrored device".to_owned();
        for said in said {
            match said.map(|said| bytes(&said.text)) {
                Ok(Some(bytes)) => return Ok(Ok(bytes)),
                Ok(None) => {}
                Err(why) => failure = why,
            }
        }
        Ok(Err(failure))
    }

    fn compare_until_equal(
        &mut self,
        disks: &[DiskId],
        bytes: u64,
    ) -> Result<Result<Option<u64>, String>, Ending> {
        let deadline = self.pump.clock.now().plus(CATCH_UP);
        loop {
            let (provider, disks, stop) =
                (self.setup.provider, disks.to_vec(), Arc::new(AtomicBool::new(false)));
            let told = Arc::clone(&stop);
            let thread = self.scope.spawn(move || provider.compare_disks(&disks, bytes, &told));
            let compared = self.pump.await_thread(thread, "comparing disks", LIMIT, &stop)?;
            let Some(compared) = compared else {
                let limit = LIMIT.duration().as_secs();
                return Ok(Err(format!("the disks could not be compared within {limit} s")));
            };
            match compared {
                Ok(Some(_)) if self.pump.clock.now() < deadline => {}
                Ok(difference) => return Ok(Ok(difference)),
                Err(error) => return Ok(Err(chain(&error))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_cannot_hide_a_part_of_its_disk() {
        let disk = 1 << 30;
        // The size of a device with internal metadata on a disk of 1 GiB, and of one with external metadata.
        assert_eq!(plausible(disk - 68 * 1024, disk), Ok(disk - 68 * 1024));
        assert_eq!(plausible(disk, disk), Ok(disk));
        for told in [512, disk / 2, disk - (8 << 20), disk + 512] {
            assert!(plausible(told, disk).unwrap_err().contains("of the 1073741824 bytes"), "{told}");
        }
        assert!(plausible(512, 0).is_err());
    }
}
