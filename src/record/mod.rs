//! What a drill leaves behind: an append-only file of JSON lines, from which every published number is recomputed.
//!
//! The first line is the [`Header`] (what was done to what, where, with which settings); each other line is an
//! [`Event`] with its time on the host's monotonic clock. [`crate::drill`] writes it, [`crate::report`] reads it.

mod clock;
mod event;
mod folder;
mod header;
mod reader;
mod writer;

pub use clock::{Clock, Nanos};
pub use event::{Answer, Ending, Event, HolderAnswer, Sample, Stage, StepPhase, Stream, What};
pub use folder::{RECORD_FILE, create_folder, latest, list};
pub use header::{FORMAT, Header, HostFacts, VERSION};
pub use reader::{ReadError, Record, read};
pub use writer::Writer;

#[cfg(test)]
mod tests;
