//! Whether both disks of a DRBD mirror hold the same at the end: they are compared from outside, DRBD is not asked.

use super::engine::Engine;
use crate::failure::chain;
use crate::model::drill::Invariant;
use crate::model::{Lab, NodeName, StackUse, Value};
use crate::plan::DiskId;
use crate::record::{Ending, Nanos, What};

/// The size of the mirrored device, in sectors of 512 bytes. What is behind it on a disk is DRBD's own, and differs.
const SIZE: &str = "cat /sys/block/drbd0/size";

/// How long a write may take to get from one disk to the other after the clients have ended.
const CATCH_UP: Nanos = Nanos::millis(15_000);

/// The disks that DRBD keeps equal; none if the lab has no such stack.
pub fn mirrored(lab: &Lab) -> Vec<DiskId> {
    let disk = |stack: &StackUse| {
        stack.params.values().find_map(|value| match value {
            Value::Disk(name) => Some(name.clone()),
            _ => None,
        })
    };
    let mirror =
        lab.stacks.iter().filter(|stack| stack.uses == "drbd").find_map(|stack| Some((stack, disk(stack)?)));
    let on = |(stack, disk): (&StackUse, crate::model::DiskName)| {
        let ids = stack.on.iter().map(|node| DiskId { node: node.clone(), disk: Some(disk.clone()) });
        ids.collect()
    };
    mirror.map(on).unwrap_or_default()
}

impl Engine<'_, '_, '_> {
    /// Compares the disks, again and again until they are equal or it has gone on for long enough. The clients have
    /// ended: what is still on its way from one disk to the other is not much.
    pub fn compare_mirror(&mut self) -> Result<(), Ending> {
        if !self.setup.drill.invariants.contains(&Invariant::DisksEqual) {
            return Ok(());
        }
        let disks = mirrored(self.setup.lab);
        let nodes: Vec<NodeName> = disks.iter().map(|disk| disk.node.clone()).collect();
        let compared = match self.mirrored_bytes()? {
            Ok(bytes) => self.compare_until_equal(&disks, bytes)?,
            Err(failure) => Err(failure),
        };
        let (difference, failure) = match compared {
            Ok(difference) => (difference, None),
            Err(failure) => (None, Some(failure)),
        };
        self.pump.emit(What::Mirror { nodes, difference, failure });
        Ok(())
    }

    /// How many bytes of a disk are mirrored, or why that is not known. One node that says so is enough.
    fn mirrored_bytes(&mut self) -> Result<Result<u64, String>, Ending> {
        let setup = self.setup;
        let nodes: Vec<&NodeName> = setup.lab.nodes.iter().map(|node| &node.name).collect();
        let said = self.ask_nodes(&nodes, SIZE, "asking for the size of the mirror")?;
        let bytes = |text: &str| Some(text.trim().parse::<u64>().ok()? * 512).filter(|bytes| *bytes > 0);
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
            let (provider, stop, disks) = (self.setup.provider, &self.flags.checks, disks.to_vec());
            let thread = self.scope.spawn(move || provider.compare_disks(&disks, bytes, stop));
            match self.pump.join(thread, "comparing disks")? {
                Ok(Some(_)) if self.pump.clock.now() < deadline => {}
                Ok(difference) => return Ok(Ok(difference)),
                Err(error) => return Ok(Err(chain(&error))),
            }
        }
    }
}
