//! A series: a drill performed repeatedly, each run from the same start, with a seed and a record of its own.

use std::path::{Path, PathBuf};

use super::perform::{Order, Performed, perform};
use super::records;
use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::reset::to_baseline;
use crate::drill::seed_of_run;
use crate::instance::Instance;
use crate::model::drill::Drill;
use crate::provider::Capabilities;
use crate::record::{Ending, Header, SeriesHeader, SeriesLine, SeriesRun, SeriesWriter};
use crate::report::{Analysis, run_line};

/// A drill to repeat. The instance is locked for the whole series, including its restores.
pub struct Repeat<'a> {
    /// The operation.
    pub job: &'a Job,
    /// The drill.
    pub drill: &'a Drill,
    /// The seed of the seeds of the runs.
    pub seed: u64,
    /// The number of runs, at least one.
    pub runs: u32,
    /// The folder of the records and the series.
    pub records: &'a Path,
    /// Whether the traffic on the lab's networks is captured beside each record.
    pub capture: bool,
}

impl Repeat<'_> {
    /// Performs the series, and returns the place of its file.
    ///
    /// The series holds what was done before an error or a cancellation; the second result is that error.
    ///
    /// # Errors
    /// When the series cannot be begun.
    pub fn all(&self, locked: &mut Locked) -> Result<(PathBuf, Result<(), AppError>), AppError> {
        let mut series = self.begin(&locked.instance)?;
        let result = self.perform(&mut series, locked);
        Ok((series.path().to_owned(), result))
    }

    /// Begins the series.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(&self, instance: &Instance) -> Result<SeriesWriter, AppError> {
        let Self { drill, seed, runs, records, .. } = *self;
        let header = Header::begin(&instance.name, &instance.lab, drill, &instance.settings, "", seed).0;
        let Capabilities { machines, .. } = Capabilities::of(instance.provider);
        let header = if machines { header } else { header.of_a_simulation() };
        SeriesWriter::create(records, &SeriesHeader::begin(&header, runs)).map_err(unwritable)
    }

    /// Performs the runs of a series that was begun.
    ///
    /// # Errors
    /// When a run cannot be performed, or the operation is cancelled.
    pub fn perform(&self, series: &mut SeriesWriter, locked: &mut Locked) -> Result<(), AppError> {
        let Self { job, drill, runs, records, capture, .. } = *self;
        let mut from_checkpoint = true;
        let mut one = |number: u32, seed: u64| {
            job.say(format!("run {number} of {runs}, seed {seed}"));
            if from_checkpoint {
                from_checkpoint = to_start(job, locked)?;
            }
            perform(job, locked, Order { drill, seed, records, capture })
        };
        let mut tell = |number: u32, run: &Analysis| {
            job.say(format!("run {number} of {runs}: {}", run_line(run)));
        };
        each(job, series, self.seed, runs, &mut one, &mut tell)
    }
}

/// Puts the lab back to its baseline, and returns whether that is possible.
///
/// # Errors
/// When a step fails or the operation is cancelled.
pub fn to_start(job: &Job, locked: &mut Locked) -> Result<bool, AppError> {
    match to_baseline(locked, "lab drill run", &job.in_background())? {
        Ok(()) => Ok(true),
        Err(why) => {
            job.say(format!(
                "each run begins when the lab is healthy again, not from its baseline, because {why}"
            ));
            Ok(false)
        }
    }
}

/// Performs the runs one after the other and records each, until the last or until it is cancelled.
fn each(
    job: &Job,
    series: &mut SeriesWriter,
    seed: u64,
    runs: u32,
    one: &mut dyn FnMut(u32, u64) -> Result<Performed, AppError>,
    tell: &mut dyn FnMut(u32, &Analysis),
) -> Result<(), AppError> {
    for number in 1..=runs {
        let seed = seed_of_run(seed, number);
        let (done, stopped) = match one(number, seed) {
            Ok(Performed { record, ending: Ending::Cancelled }) => (number - 1, Some(Some(folder(&record)))),
            Ok(Performed { record, .. }) => {
                let analysis = records::analysis(&record)?;
                let (record, verdict) = (folder(&record), analysis.verdict);
                let run = SeriesRun { number, seed, record, verdict };
                series.write(&SeriesLine::Run(run)).map_err(unwritable)?;
                tell(number, &analysis);
                (number, (number < runs && job.asked_to_stop()).then_some(None))
            }
            Err(error) if error.kind == ErrorKind::Interrupted => {
                series.write(&SeriesLine::Stopped { record: None }).map_err(unwritable)?;
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        if let Some(record) = stopped {
            series.write(&SeriesLine::Stopped { record }).map_err(unwritable)?;
            let text = format!("stopped after {done} of {runs} runs; all faults are healed");
            return Err(AppError::new(ErrorKind::Interrupted, text));
        }
    }
    series.write(&SeriesLine::Completed).map_err(unwritable)
}

/// The name of the folder that a record is in.
fn folder(record: &Path) -> String {
    let folder = record.parent().and_then(Path::file_name).unwrap_or_default();
    folder.to_string_lossy().into_owned()
}

fn unwritable(error: std::io::Error) -> AppError {
    AppError::failed("the series cannot be written").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::header;
    use crate::record::{Event, Nanos, Verdict, What, Writer, create_folder, read_series};

    /// A record of a run that ended like this.
    fn performed(records: &Path, ending: Ending) -> Performed {
        let header = header();
        let mut writer = Writer::create(&create_folder(records, &header).unwrap(), &header).unwrap();
        writer.write(&Event { t: Nanos(1), what: What::Ended { ending: ending.clone() } });
        Performed { record: writer.finish().unwrap(), ending }
    }

    fn ended(runs: u32, endings: &[Ending]) -> (crate::record::Series, Result<(), AppError>) {
        let folder = tempfile::tempdir().unwrap();
        let job = crate::app::Halab::at(folder.path()).quiet_job();
        let mut series = SeriesWriter::create(folder.path(), &SeriesHeader::begin(&header(), runs)).unwrap();
        let mut endings = endings.iter();
        let mut one = |_, _| match endings.next() {
            Some(ending) => Ok(performed(folder.path(), ending.clone())),
            None => Err(AppError::new(ErrorKind::Busy, "another command")),
        };
        let mut told = Vec::new();
        let mut tell = |number: u32, run: &Analysis| told.push((number, run_line(run)));
        let result = each(&job, &mut series, 7, runs, &mut one, &mut tell);
        assert_eq!(told.first(), Some(&(1, "passed".to_owned())));
        (read_series(series.path()).unwrap(), result)
    }

    #[test]
    fn every_run_is_written_down_with_its_verdict() {
        let given_up = Ending::GivenUp { reason: "not healthy".to_owned() };
        let (series, result) = ended(2, &[Ending::Completed, given_up]);
        assert!(result.is_ok());
        let runs: Vec<_> = series.runs.iter().map(|run| (run.number, run.seed, run.verdict)).collect();
        let seed = |number| seed_of_run(7, number);
        assert_eq!(runs, [(1, seed(1), Verdict::Pass), (2, seed(2), Verdict::Inconclusive)]);
        assert_eq!((series.stopped, series.header.wanted), (Some(false), 2));
    }

    #[test]
    fn an_interrupt_keeps_what_was_done() {
        let (series, result) = ended(3, &[Ending::Completed, Ending::Cancelled]);
        let error = result.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Interrupted);
        assert!(error.line().contains("stopped after 1 of 3 runs"));
        assert_eq!((series.runs.len(), series.stopped), (1, Some(true)));
        assert_ne!(series.last_record.as_ref(), series.runs.last().map(|run| &run.record));
    }

    #[test]
    fn an_error_keeps_what_was_done() {
        let (series, result) = ended(3, &[Ending::Completed]);
        assert_eq!(result.unwrap_err().kind, ErrorKind::Busy);
        assert_eq!((series.runs.len(), series.stopped), (1, None));
    }
}
