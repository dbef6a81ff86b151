//! The record of a calibration: planted outages of known length, and the events of the probes. In
//! `<time>.calibration.jsonl` the first line describes probes and outages, and each other line is an event.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::lines::{Format, has_ending, open};
use super::{Event, HostFacts, Nanos, ReadError};
use crate::base::write;
use crate::model::drill::Load;

/// The name of the format in the first line.
pub const CALIBRATION_FORMAT: &str = "halab-calibration";

/// The version of the format. A reader refuses any other.
pub const CALIBRATION_VERSION: u32 = 1;

/// The ending of the file's name.
const ENDING: &str = ".calibration.jsonl";

/// Planted outages, and the observations of the probes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calibration {
    /// The probes.
    pub probes: Vec<Load>,
    /// The planted outages, in order.
    pub planted: Vec<Planted>,
    /// The events of the probes.
    pub events: Vec<Event>,
}

/// A planted outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planted {
    /// Its beginning.
    pub from: Nanos,
    /// Its end.
    pub to: Nanos,
    /// The sum of the largest delays of its beginning and its end.
    pub uncertainty: Nanos,
}

/// The first line of a calibration's file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct CalibrationHeader {
    format: String,
    version: u32,
    halab: String,
    host: HostFacts,
    seed: u64,
    started: jiff::Timestamp,
    probes: Vec<Load>,
    planted: Vec<Planted>,
}

/// Writes a calibration that began at this time into a folder, which is created if necessary, and returns the
/// path of the file.
///
/// # Errors
/// It cannot be written.
pub fn write_calibration(
    folder: &Path,
    calibration: &Calibration,
    seed: u64,
    started: jiff::Timestamp,
) -> io::Result<PathBuf> {
    write::private_folder(folder)?;
    let header = CalibrationHeader {
        format: CALIBRATION_FORMAT.to_owned(),
        version: CALIBRATION_VERSION,
        halab: env!("CARGO_PKG_VERSION").to_owned(),
        host: HostFacts::read(),
        seed,
        started,
        probes: calibration.probes.clone(),
        planted: calibration.planted.clone(),
    };
    // To the microsecond, so that two calibrations of one second have two files.
    let path = folder.join(format!("{}{ENDING}", started.strftime("%Y%m%dT%H%M%S.%6fZ")));
    let file = write::private().write(true).create_new(true).open(&path)?;
    match write_events(file, &header, &calibration.events) {
        Ok(()) => Ok(path),
        Err(error) => {
            // Half a file would be unreadable. A file that cannot be deleted stays.
            let _ = fs_err::remove_file(&path);
            Err(error)
        }
    }
}

fn write_events(file: fs_err::File, header: &CalibrationHeader, events: &[Event]) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    writeln!(file, "{}", serde_json::to_string(header)?)?;
    for event in events {
        writeln!(file, "{}", serde_json::to_string(event)?)?;
    }
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_data()
}

/// Whether the path is that of a calibration's file.
pub fn is_calibration(path: &Path) -> bool {
    has_ending(path, ENDING)
}

/// Reads a calibration's file.
///
/// # Errors
/// See [`ReadError`].
pub fn read_calibration(path: &Path) -> Result<Calibration, ReadError> {
    let versions = CALIBRATION_VERSION..=CALIBRATION_VERSION;
    let (header, rest): (CalibrationHeader, _) = open(path, &Format { name: CALIBRATION_FORMAT, versions })?;
    let mut events = Vec::new();
    // The file is written at once, so a truncated one is an error.
    if let Some(cut) = rest.each(|event| events.push(event))? {
        return Err(cut);
    }
    Ok(Calibration { probes: header.probes, planted: header.planted, events })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::header;
    use crate::record::{Stage, What};

    #[test]
    fn a_calibration_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let planted = Planted { from: Nanos(1), to: Nanos(5), uncertainty: Nanos(2) };
        let event = Event { t: Nanos(3), what: What::Stage { stage: Stage::Baseline } };
        let (probes, planted) = (header().drill.loads, vec![planted]);
        let calibration = Calibration { probes, planted, events: vec![event] };
        let started = "2026-01-02T03:04:05.000006Z".parse().unwrap();
        let path = write_calibration(folder.path(), &calibration, 7, started).unwrap();
        assert!(
            is_calibration(&path) && path.ends_with("20260102T030405.000006Z.calibration.jsonl"),
            "{path:?}"
        );
        assert_eq!(read_calibration(&path).unwrap(), calibration);
        write_calibration(folder.path(), &calibration, 7, started).unwrap_err();
        let text = fs_err::read_to_string(&path).unwrap();
        for (from, to, says) in [
            ("halab-calibration", "halab-record", "is not a record"),
            ("\"version\":1", "\"version\":9", "version 9"),
            ("\"baseline\"", "\"base\"", "line 2"),
        ] {
            fs_err::write(&path, text.replacen(from, to, 1)).unwrap();
            let error = read_calibration(&path).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
