//! What a drill leaves behind: an append-only file of JSON lines, from which every published number is recomputed.
//!
//! The first line is the [`Header`] (what was done to what, where, with which settings); each other line is an
//! [`Event`] with its time on the host's monotonic clock. [`crate::drill`] writes it, [`crate::report`] reads it.
//! A drill that is repeated leaves as many records, and a [`Series`] that names them.

mod calibration;
mod clock;
mod event;
mod facts;
mod folder;
mod header;
mod login;
mod media;
mod packets;
mod reader;
mod series;
mod verdict;
mod writer;

pub use calibration::{Calibration, Planted};
pub use clock::{Clock, Nanos};
pub use event::{Answer, Ending, Event, HolderAnswer, Proof, Sample, Stage, StepPhase, Stream, What};
pub use facts::{Deviation, Facts, Moment};
pub use folder::{RECORD_FILE, create_folder, latest, list};
pub use header::{FORMAT, Header, HostFacts, OLDEST, VERSION};
pub use login::LoginPhase;
pub use media::{CallPhase, MediaRun, Medium, Way};
pub use packets::PacketRun;
pub use reader::{ReadError, Record, read, read_header};
pub use series::{
    SERIES_FORMAT, SERIES_OLDEST, SERIES_VERSION, Series, SeriesHeader, SeriesLine, SeriesRun, SeriesWriter,
    is_series, latest_series, names, read_series, series_file,
};
pub use verdict::Verdict;
pub use writer::Writer;

#[cfg(test)]
pub(crate) mod tests;
