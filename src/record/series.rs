//! What ties the records of a repeated drill together: `<time>-<drill>.series.jsonl` beside their folders.
//!
//! Its first line says what was repeated on what, and each other line names the record of one run. No figure is in it:
//! those come from the records.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Header, ReadError, Verdict};
use crate::model::drill::Drill;
use crate::model::{DrillName, InstanceName, LabName};
use crate::plan::Digest;

/// What the first line says that the file is.
pub const SERIES_FORMAT: &str = "halab-series";

/// The version of the format. Version 2 knows loads of packets, and all of version 1.
pub const SERIES_VERSION: u32 = 2;

/// The oldest version that is read. A reader refuses any other.
pub const SERIES_OLDEST: u32 = 1;

/// How the name of a series' file ends.
const ENDING: &str = ".series.jsonl";

/// What was repeated, on what.
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
    /// The digest of the lab with every parameter; the records have all of it.
    pub lab_digest: Digest,
    /// What the user set on the command line.
    pub settings: Vec<String>,
    /// The drill.
    pub drill: Drill,
    /// The digest of the drill.
    pub drill_digest: Digest,
    /// What the seeds of the runs come from.
    pub seed: u64,
    /// How many runs were asked for.
    pub wanted: u32,
    /// The wall clock when it began.
    pub started: jiff::Timestamp,
}

impl SeriesHeader {
    /// A series that begins now. The header of a record of the drill says what it is of.
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
        /// The record of the run that was under way, which counts for nothing.
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
    /// What its random choices came from.
    pub seed: u64,
    /// The name of its record's folder, which is beside the series.
    pub record: String,
    /// What was made of it.
    pub verdict: Verdict,
}

/// A whole series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its first line.
    pub header: SeriesHeader,
    /// Its runs, in order.
    pub runs: Vec<SeriesRun>,
    /// Whether the user stopped it; none if it was killed or goes on.
    pub stopped: Option<bool>,
    /// The last record that it has to do with.
    pub last_record: Option<String>,
}

/// A series that is being written.
#[derive(Debug)]
pub struct SeriesWriter {
    path: PathBuf,
    file: fs_err::File,
}

impl SeriesWriter {
    /// Begins a series in the folder of an instance's records.
    ///
    /// # Errors
    /// When its file cannot be made.
    pub fn create(records: &Path, header: &SeriesHeader) -> io::Result<Self> {
        fs_err::create_dir_all(records)?;
        let stem = format!("{}-{}", header.started.strftime("%Y%m%dT%H%M%SZ"), header.drill.name);
        // Two series of one second: the later is numbered, as records are.
        let stems = std::iter::once(stem.clone()).chain((2..).map(|number| format!("{stem}.{number}")));
        for stem in stems {
            let path = records.join(stem + ENDING);
            match fs_err::File::create_new(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(file) => {
                    let mut writer = Self { path, file };
                    writer.line(header)?;
                    return Ok(writer);
                }
            }
        }
        unreachable!("the names never end")
    }

    /// The series' file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a line and puts it on the disk: runs take minutes, and a crash must lose none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, line: &SeriesLine) -> io::Result<()> {
        self.line(line)
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(value)?;
        text.push(b'\n');
        self.file.write_all(&text)?;
        self.file.sync_data()
    }
}

/// Whether a name is that of a series' file.
pub fn is_series(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ENDING))
}

/// The file that a series of this name has: with or without its ending.
pub fn series_file(records: &Path, name: &str) -> PathBuf {
    let stem = name.strip_suffix(ENDING).or_else(|| name.strip_suffix(".series")).unwrap_or(name);
    records.join(format!("{stem}{ENDING}"))
}

/// The names of all records and series of an instance, the oldest first, as [`series_file`] and folders have them.
///
/// # Errors
/// When the folder cannot be listed.
pub fn names(records: &Path) -> io::Result<Vec<String>> {
    let mut names: Vec<String> = super::list(records)?
        .iter()
        .filter_map(|file| Some(file.parent()?.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.extend(stems(records)?.into_iter().map(|stem| stem + ".series"));
    names.sort();
    Ok(names)
}

/// The names of all series without their ending.
fn stems(records: &Path) -> io::Result<Vec<String>> {
    let entries = match fs_err::read_dir(records) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut stems = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        stems.extend(name.strip_suffix(ENDING).map(str::to_owned));
    }
    Ok(stems)
}

/// The newest series of an instance; of the drill of this name if one is given.
///
/// # Errors
/// When the folder cannot be listed.
pub fn latest_series(records: &Path, drill: Option<&DrillName>) -> io::Result<Option<PathBuf>> {
    let of_drill = |stem: &String| {
        let name = stem.split_once('-').and_then(|(_, rest)| rest.split('.').next());
        drill.is_none_or(|drill| name == Some(drill.as_str()))
    };
    // Without the ending, the second of one second sorts behind the first.
    let newest = stems(records)?.into_iter().filter(of_drill).max();
    Ok(newest.map(|stem| series_file(records, &stem)))
}

/// As much of the first line as every version has.
#[derive(Deserialize)]
struct Preface {
    format: String,
    version: u32,
}

/// Reads a series' file. A last line that was cut off is left out.
///
/// # Errors
/// See [`ReadError`].
pub fn read_series(path: &Path) -> Result<Series, ReadError> {
    let mut lines = BufReader::new(fs_err::File::open(path)?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let preface: Preface = serde_json::from_str(&first).map_err(|_| ReadError::Foreign(path.to_owned()))?;
    if preface.format != SERIES_FORMAT {
        return Err(ReadError::Foreign(path.to_owned()));
    }
    if !(SERIES_OLDEST..=SERIES_VERSION).contains(&preface.version) {
        return Err(ReadError::Version { path: path.to_owned(), found: preface.version });
    }
    let at = |line: usize| move |source| ReadError::Line { path: path.to_owned(), line, source };
    let header = serde_json::from_str(&first).map_err(at(1))?;
    let mut series = Series { header, runs: Vec::new(), stopped: None, last_record: None };
    for (line, number) in lines.zip(2..) {
        match serde_json::from_str(&line?) {
            Ok(SeriesLine::Run(run)) => {
                series.last_record = Some(run.record.clone());
                series.runs.push(run);
            }
            Ok(SeriesLine::Stopped { record }) => {
                series.stopped = Some(true);
                series.last_record = record.or(series.last_record);
            }
            Ok(SeriesLine::Completed) => series.stopped = Some(false),
            Err(error) if error.is_eof() => break,
            Err(error) => return Err(at(number)(error)),
        }
    }
    Ok(series)
}
