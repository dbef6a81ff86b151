//! The list of the series and soaks of a sweep: `<time>-<drill>.sweep.jsonl` beside them. It contains no
//! figures.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::lines::{Format, LinesWriter, has_ending, latest, named, open};
use super::{Header, ReadError};
use crate::model::drill::Drill;
use crate::model::spec::Digest;
use crate::model::{DrillName, InstanceName, LabName, Sweep};

/// The name of the format in the first line.
pub const SWEEP_FORMAT: &str = "halab-sweep";

/// The version of the format. A reader refuses any other.
pub const SWEEP_VERSION: u32 = 1;

/// The ending of the file's name.
pub(super) const ENDING: &str = ".sweep.jsonl";

/// The drill, the lab and the parameters of a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepHeader {
    /// [`SWEEP_FORMAT`].
    pub format: String,
    /// [`SWEEP_VERSION`].
    pub version: u32,
    /// The version of the program that wrote it.
    pub halab: String,
    /// The instance whose records these are.
    pub instance: InstanceName,
    /// The lab.
    pub lab: LabName,
    /// The digest of the lab without any of the sweep's settings.
    pub lab_digest: Digest,
    /// Values that are the same in every setting.
    pub settings: Vec<String>,
    /// The drill.
    pub drill: Drill,
    /// The digest of the drill.
    pub drill_digest: Digest,
    /// The varied parameters, and the number of runs with each setting.
    pub sweep: Sweep,
    /// The seed from which the seeds of the runs derive, the same for every setting.
    pub seed: u64,
    /// The wall clock at its start.
    pub started: jiff::Timestamp,
}

impl SweepHeader {
    /// A sweep that starts now, with the drill and the lab of a record's header.
    pub fn begin(record: &Header, sweep: Sweep) -> Self {
        Self {
            format: SWEEP_FORMAT.to_owned(),
            version: SWEEP_VERSION,
            halab: record.halab.clone(),
            instance: record.instance.clone(),
            lab: record.lab.name.clone(),
            lab_digest: record.lab_digest.clone(),
            settings: record.settings.clone(),
            drill: record.drill.clone(),
            drill_digest: record.drill_digest.clone(),
            sweep,
            seed: record.seed,
            started: record.started,
        }
    }
}

/// One line of a sweep. A line belongs to the last setting that began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum SweepLine {
    /// The lab is brought up with this setting.
    Began {
        /// Its index among the settings of the sweep, from 1.
        number: u32,
        /// The setting: `["deadtime=1s"]`.
        settings: Vec<String>,
    },
    /// The series of the drill began.
    Runs {
        /// The name of the series' file.
        series: String,
    },
    /// The soak is complete.
    Soak {
        /// The name of its record's folder.
        record: String,
    },
    /// The measurement of the setting failed or was incomplete.
    Failed {
        /// The reason.
        reason: String,
    },
    /// The user stopped the sweep.
    Stopped,
    /// The sweep is complete, apart from settings that failed.
    Completed,
}

/// A setting and its measurements so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweptSetting {
    /// Its index, from 1.
    pub number: u32,
    /// The setting.
    pub settings: Vec<String>,
    /// The name of the series' file.
    pub series: Option<String>,
    /// The name of the folder of the soak's record.
    pub soak: Option<String>,
    /// Why its measurement failed or was incomplete.
    pub failure: Option<String>,
}

/// A complete sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepRecord {
    /// Its first line.
    pub header: SweepHeader,
    /// The settings that were started, in order.
    pub settings: Vec<SweptSetting>,
    /// Whether the user stopped it; none if it was killed or is still running.
    pub stopped: Option<bool>,
}

/// A sweep under construction.
#[derive(Debug)]
pub struct SweepWriter(LinesWriter);

impl SweepWriter {
    /// Creates a sweep in the folder of an instance's records.
    ///
    /// # Errors
    /// Its file cannot be created.
    pub fn create(records: &Path, header: &SweepHeader) -> io::Result<Self> {
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
    pub fn write(&mut self, line: &SweepLine) -> io::Result<()> {
        self.0.line(line)
    }
}

/// Whether the path is that of a sweep's file.
pub fn is_sweep(path: &Path) -> bool {
    has_ending(path, ENDING)
}

/// The file of the sweep with this name, given with or without its ending.
pub fn sweep_file(records: &Path, name: &str) -> PathBuf {
    named(records, name, ENDING)
}

/// The newest sweep of an instance, or of the drill with this name if one is given.
///
/// # Errors
/// The folder cannot be listed.
pub fn latest_sweep(records: &Path, drill: Option<&DrillName>) -> io::Result<Option<PathBuf>> {
    latest(records, drill, ENDING)
}

/// Reads a sweep's file. A truncated last line is left out.
///
/// # Errors
/// See [`ReadError`].
pub fn read_sweep(path: &Path) -> Result<SweepRecord, ReadError> {
    let (header, rest) = open(path, &Format { name: SWEEP_FORMAT, versions: SWEEP_VERSION..=SWEEP_VERSION })?;
    let mut sweep = SweepRecord { header, settings: Vec::new(), stopped: None };
    rest.each(|line| sweep.take(line))?;
    Ok(sweep)
}

impl SweepRecord {
    fn take(&mut self, line: SweepLine) {
        let last = self.settings.last_mut();
        match (line, last) {
            (SweepLine::Began { number, settings }, _) => {
                let (series, soak, failure) = (None, None, None);
                self.settings.push(SweptSetting { number, settings, series, soak, failure });
            }
            (SweepLine::Runs { series }, Some(last)) => last.series = Some(series),
            (SweepLine::Soak { record }, Some(last)) => last.soak = Some(record),
            (SweepLine::Failed { reason }, Some(last)) => last.failure = Some(reason),
            (SweepLine::Stopped, _) => self.stopped = Some(true),
            (SweepLine::Completed, _) => self.stopped = Some(false),
            // Lines without a setting, which this program does not write.
            (SweepLine::Runs { .. } | SweepLine::Soak { .. } | SweepLine::Failed { .. }, None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Axis;
    use crate::record::tests::header;

    fn written(lines: &[SweepLine], cut: usize) -> SweepRecord {
        let folder = tempfile::tempdir().unwrap();
        let over = vec![Axis { key: "deadtime".to_owned(), values: vec!["1s".to_owned(), "3s".to_owned()] }];
        let sweep = Sweep { over, repeat: 2, soak: None };
        let mut writer = SweepWriter::create(folder.path(), &SweepHeader::begin(&header(), sweep)).unwrap();
        lines.iter().for_each(|line| writer.write(line).unwrap());
        let path = writer.path().to_owned();
        let bytes = fs_err::read(&path).unwrap();
        fs_err::write(&path, &bytes[..bytes.len() - cut]).unwrap();
        assert_eq!(latest_sweep(folder.path(), None).unwrap(), Some(path.clone()));
        read_sweep(&path).unwrap()
    }

    fn lines() -> Vec<SweepLine> {
        let began =
            |number, value: &str| SweepLine::Began { number, settings: vec![format!("deadtime={value}")] };
        vec![
            began(1, "1s"),
            SweepLine::Failed { reason: "node1 did not come up".to_owned() },
            began(2, "3s"),
            SweepLine::Runs { series: "a.series.jsonl".to_owned() },
            SweepLine::Soak { record: "a-soak".to_owned() },
            SweepLine::Completed,
        ]
    }

    #[test]
    fn a_sweep_is_read_as_it_was_written() {
        let sweep = written(&lines(), 0);
        assert_eq!((sweep.settings.len(), sweep.stopped), (2, Some(false)));
        assert_eq!(sweep.settings[0].failure.as_deref(), Some("node1 did not come up"));
        let last = &sweep.settings[1];
        assert_eq!((last.number, last.settings.as_slice()), (2, ["deadtime=3s".to_owned()].as_slice()));
        assert_eq!((last.series.as_deref(), last.soak.as_deref()), (Some("a.series.jsonl"), Some("a-soak")));
    }

    #[test]
    fn what_a_killed_program_wrote_is_read() {
        let sweep = written(&lines(), 5);
        assert_eq!((sweep.settings.len(), sweep.stopped), (2, None));
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (text, says) in [
            ("{}", "is not a record"),
            ("{\"format\":\"halab-series\",\"version\":1}", "is not a record"),
            ("{\"format\":\"halab-sweep\",\"version\":9}", "version 9"),
            ("{\"format\":\"halab-sweep\",\"version\":1}", "line 1"),
        ] {
            let path = folder.path().join("x.sweep.jsonl");
            fs_err::write(&path, text).unwrap();
            let error = read_sweep(&path).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
