//! The list of the records of a repeated drill: `<time>-<drill>.series.jsonl` beside their folders.
//!
//! Its first line describes the drill and the lab, and each other line names the record of one run. It
//! contains no figures: those are computed from the records.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::lines::{Format, LinesWriter, has_ending, latest, named, open, stems};
use super::{Header, ReadError, Verdict};
use crate::model::drill::Drill;
use crate::model::spec::Digest;
use crate::model::{DrillName, InstanceName, LabName};

/// The name of the format in the first line.
pub const SERIES_FORMAT: &str = "halab-series";

/// The version of the format. A reader refuses any other.
pub const SERIES_VERSION: u32 = 2;

/// The ending of the file's name.
const ENDING: &str = ".series.jsonl";

/// The drill and the lab of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesHeader {
    /// [`SERIES_FORMAT`].
    pub format: String,
    /// [`SERIES_VERSION`].
    pub version: u32,
    /// The version of the program that wrote it.
    pub halab: String,
    /// The instance.
    pub instance: InstanceName,
    /// The lab.
    pub lab: LabName,
    /// The digest of the lab with every parameter; the records contain the lab.
    pub lab_digest: Digest,
    /// The settings from the command line.
    pub settings: Vec<String>,
    /// The drill.
    pub drill: Drill,
    /// The digest of the drill.
    pub drill_digest: Digest,
    /// The seed from which the seeds of the runs derive.
    pub seed: u64,
    /// There were no guests: a model produced all observations.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// The requested number of runs.
    pub wanted: u32,
    /// The wall clock at its start.
    pub started: jiff::Timestamp,
}

impl SeriesHeader {
    /// A series that starts now, with the drill and the lab of a record's header.
    pub fn begin(record: &Header, wanted: u32) -> Self {
        Self {
            format: SERIES_FORMAT.to_owned(),
            version: SERIES_VERSION,
            halab: record.halab.clone(),
            instance: record.instance.clone(),
            lab: record.lab.name.clone(),
            lab_digest: record.lab_digest.clone(),
            settings: record.settings.clone(),
            drill: record.drill.clone(),
            drill_digest: record.drill_digest.clone(),
            seed: record.seed,
            simulated: record.simulated,
            wanted,
            started: record.started,
        }
    }
}

/// One line of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum SeriesLine {
    /// A run was performed.
    Run(SeriesRun),
    /// The user stopped the series.
    Stopped {
        /// The record of the unfinished run, which is not counted.
        record: Option<String>,
    },
    /// All runs were performed.
    Completed,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesRun {
    /// Its number, from 1.
    pub number: u32,
    /// The seed of its random choices.
    pub seed: u64,
    /// The name of its record's folder, which is beside the series.
    pub record: String,
    /// Its verdict.
    pub verdict: Verdict,
}

/// A complete series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its first line.
    pub header: SeriesHeader,
    /// Its runs, in order.
    pub runs: Vec<SeriesRun>,
    /// Whether the user stopped it; none if it was killed or is still running.
    pub stopped: Option<bool>,
    /// The last record that belongs to it.
    pub last_record: Option<String>,
}

/// A series under construction.
#[derive(Debug)]
pub struct SeriesWriter(LinesWriter);

impl SeriesWriter {
    /// Creates a series in the folder of an instance's records.
    ///
    /// # Errors
    /// Its file cannot be created.
    pub fn create(records: &Path, header: &SeriesHeader) -> io::Result<Self> {
        LinesWriter::create(records, header.started, &header.drill.name, ENDING, header).map(Self)
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Appends a line.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, line: &SeriesLine) -> io::Result<()> {
        self.0.line(line)
    }
}

/// Whether the path is that of a series' file.
pub fn is_series(path: &Path) -> bool {
    has_ending(path, ENDING)
}

/// The file of the series with this name, given with or without its ending.
pub fn series_file(records: &Path, name: &str) -> PathBuf {
    named(records, name, ENDING)
}

/// The names of all records, series and sweeps of an instance, the oldest first, in the form of
/// [`series_file`], [`super::sweep_file`] and folders.
///
/// # Errors
/// The folder cannot be listed.
pub fn names(records: &Path) -> io::Result<Vec<String>> {
    let mut names: Vec<String> = super::list(records)?
        .iter()
        .filter_map(|file| Some(file.parent()?.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.extend(stems(records, ENDING)?.into_iter().map(|stem| stem + ".series"));
    names.extend(stems(records, super::sweep::ENDING)?.into_iter().map(|stem| stem + ".sweep"));
    names.sort();
    Ok(names)
}

/// The newest series of an instance, or of the drill with this name if one is given.
///
/// # Errors
/// The folder cannot be listed.
pub fn latest_series(records: &Path, drill: Option<&DrillName>) -> io::Result<Option<PathBuf>> {
    latest(records, drill, ENDING)
}

/// Reads a series' file. A truncated last line is left out.
///
/// # Errors
/// See [`ReadError`].
pub fn read_series(path: &Path) -> Result<Series, ReadError> {
    let (header, rest) =
        open(path, &Format { name: SERIES_FORMAT, versions: SERIES_VERSION..=SERIES_VERSION })?;
    let mut series = Series { header, runs: Vec::new(), stopped: None, last_record: None };
    rest.each(|line| match line {
        SeriesLine::Run(run) => {
            series.last_record = Some(run.record.clone());
            series.runs.push(run);
        }
        SeriesLine::Stopped { record } => {
            series.stopped = Some(true);
            series.last_record = record.or(series.last_record.take());
        }
        SeriesLine::Completed => series.stopped = Some(false),
    })?;
    Ok(series)
}
