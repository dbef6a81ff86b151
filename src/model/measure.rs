//! What a drill measures inside of a node: how fast data are written and read there.

use serde::{Deserialize, Serialize};

use super::{AddressName, Bytes, StepName};

/// A measurement, repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Its name.
    pub name: StepName,
    /// What is measured.
    pub kind: MeasureKind,
    /// The virtual address whose holder does it.
    pub holder: AddressName,
    /// The folder that the file is in, on the file system that is measured.
    pub folder: String,
    /// How large the file is.
    pub size: Bytes,
    /// How often, at least once.
    pub times: u32,
    /// The rate that a paper published, in bytes a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<u64>,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureKind {
    /// Writing a file, until the write calls have returned: what still is in memory then is on no disk.
    Write,
    /// Writing a file, until it is flushed (fsync): on a mirrored disk, until it is on both.
    WriteAndFlush,
    /// Reading a file that was read just before, so that it is in the node's memory.
    ReadMemory,
    /// Reading a file that the node has forgotten. The machine that the node runs on may still know it.
    ReadDisk,
}

impl MeasureKind {
    /// What a drill file calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::WriteAndFlush => "write-and-flush",
            Self::ReadMemory => "read-memory",
            Self::ReadDisk => "read-disk",
        }
    }

    /// Whether it writes.
    pub fn writes(self) -> bool {
        matches!(self, Self::Write | Self::WriteAndFlush)
    }
}
