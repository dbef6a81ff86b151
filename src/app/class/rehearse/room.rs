//! The room of the machine, and the memory of a class's clusters.

use crate::app::{Halab, provider};
use crate::labfile::HostFigures;
use crate::model::InstanceName;

/// The room of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachineRoom {
    /// Its memory, in bytes.
    pub memory: u64,
    /// The part that is available now without swapping, in bytes.
    pub memory_free: u64,
    /// The free space of the state folder's file system, in bytes.
    pub disk_free: u64,
}

impl MachineRoom {
    /// The room now; none where it cannot be read.
    pub fn now(halab: &Halab) -> Option<Self> {
        let figures = HostFigures::read(halab.state.root()).ok()?;
        let (memory, memory_free) = (figures.memory.0, figures.memory_free.0);
        Some(Self { memory, memory_free, disk_free: figures.disk_free.0 })
    }
}

/// The memory that the machines of instances take together, in bytes; none where it is not known.
pub fn memory_of(halab: &Halab, instances: &[InstanceName]) -> Option<u64> {
    let job = halab.quiet_job();
    let of = |name| provider::of(&job, &job.describe(name).ok()?).ok()?.memory();
    instances.iter().filter_map(of).reduce(|one, other| one + other)
}
