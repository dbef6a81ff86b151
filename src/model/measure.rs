//! Measurements inside a node: how fast data are written and read there.

use serde::{Deserialize, Serialize};

use super::{AddressName, Bytes, StepName};

/// A measurement, repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Its name.
    pub name: StepName,
    /// What is measured.
    pub kind: MeasureKind,
    /// The virtual address whose holder runs it.
    pub holder: AddressName,
    /// The folder of the file, on the file system under measurement.
    pub folder: String,
    /// How large the file is.
    pub size: Bytes,
    /// The number of repetitions, at least 1.
    pub times: u32,
    /// The rate that a paper published, in bytes per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<u64>,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureKind {
    /// Writing a file, until the write calls have returned; the data may still be in memory only.
    Write,
    /// Writing a file and flushing it (fsync): on a mirrored disk, until both sides have it.
    WriteAndFlush,
    /// Reading a file from the node's page cache, where a preceding read has put it.
    ReadMemory,
    /// Reading a file that is no longer in the node's page cache. The host may still have it in its own.
    ReadDisk,
}

impl MeasureKind {
    /// The word for it in a drill file.
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
