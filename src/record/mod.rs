//! The record of a drill: an append-only file of JSON lines, from which every published number is recomputed.
//!
//! The first line is the [`Header`] (the drill, the lab, the host and the settings); each other line is an
//! [`Event`] with its time on the host's monotonic clock. [`crate::drill`] writes it, [`crate::report`] reads
//! it. A repeated drill produces a record for each run, and a [`Series`] that lists them; a sweep
//! ([`SweepRecord`]) lists the series and soaks of its settings.

mod calibration;
mod clock;
mod event;
mod event_parts;
mod fact;
mod facts;
mod folder;
mod header;
mod lines;
mod measured;
mod overload;
mod packets;
mod reader;
mod series;
mod sweep;
mod verdict;
mod writer;

pub use calibration::{
    CALIBRATION_FORMAT, CALIBRATION_VERSION, Calibration, Planted, is_calibration, read_calibration,
    write_calibration,
};
pub use clock::{Clock, Nanos};
pub use event::{Event, What};
pub use event_parts::{Answer, Ending, HolderAnswer, Proof, Sample, Stage, StepPhase, Stream, Talk};
pub use fact::{Columns, ProbeFact, Quantity, StreamRun};
pub use facts::{Deviation, Facts, Moment};
pub use folder::{RECORD_FILE, create_folder, latest, list};
pub use header::{FORMAT, Header, HostFacts, SIMULATED, VERSION};
pub use measured::MeasuredRun;
pub use overload::Overload;
pub use packets::PacketRun;
pub use reader::{ReadError, Record, read, read_header};
pub use series::{
    SERIES_FORMAT, SERIES_VERSION, Series, SeriesHeader, SeriesLine, SeriesRun, SeriesWriter, is_series,
    latest_series, names, read_series, series_file,
};
pub use sweep::{
    SWEEP_FORMAT, SWEEP_VERSION, SweepHeader, SweepLine, SweepRecord, SweepWriter, SweptSetting, is_sweep,
    latest_sweep, read_sweep, sweep_file,
};
pub use verdict::Verdict;
pub use writer::Writer;

#[cfg(test)]
pub(crate) mod tests;
