//! Repeating a drill: each run from the same beginning, with a seed and a record of its own, all tied together.

use std::path::{Path, PathBuf};

use super::perform::{Order, Performed, perform};
use super::records;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::reset::Reset;
use crate::drill::seed_of_run;
use crate::instance::Instance;
use crate::model::InstanceName;
use crate::model::drill::Drill;
use crate::record::{Ending, Header, SeriesHeader, SeriesLine, SeriesRun, SeriesWriter};
use crate::report::{Analysis, run_line};

/// A drill that is to be repeated.
pub struct Repeat<'a> {
    pub context: &'a Context,
    /// What it is performed on.
    pub instance: &'a Instance,
    pub drill: &'a Drill,
    /// What the seeds of the runs come from.
    pub seed: u64,
    /// How often, at least once.
    pub runs: u32,
    /// Where the records and the series go.
    pub records: &'a Path,
    /// Whether what passes on the lab's networks is written down beside each.
    pub capture: bool,
}

impl Repeat<'_> {
    /// Performs it, and says where the series of its records is.
    ///
    /// What was done before an error or an interrupt is in the series; the second result is that error.
    ///
    /// # Errors
    /// When the series cannot be begun.
    pub fn all(&self) -> Result<(PathBuf, Result<(), CliError>), CliError> {
        let mut series = self.begin()?;
        let result = self.perform(&mut series);
        Ok((series.path().to_owned(), result))
    }

    /// Begins the series.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(&self) -> Result<SeriesWriter, CliError> {
        let Self { instance, drill, seed, runs, records, .. } = *self;
        let header = Header::begin(&instance.name, &instance.lab, drill, &instance.settings, "", seed).0;
        SeriesWriter::create(records, &SeriesHeader::begin(&header, runs)).map_err(unwritable)
    }

    /// Performs the runs of a series that was begun.
    ///
    /// # Errors
    /// When a run cannot be performed, or the user stops it.
    pub fn perform(&self, series: &mut SeriesWriter) -> Result<(), CliError> {
        let Self { context, drill, runs, records, capture, .. } = *self;
        let name = &self.instance.name;
        let mut from_checkpoint = true;
        let mut one = |number: u32, seed: u64| {
            context.ui.say(format!("run {number} of {runs}, seed {seed}"));
            if from_checkpoint {
                from_checkpoint = to_start(context, name)?;
            }
            // A restored instance is written down anew.
            perform(context, &context.describe(name)?, Order { drill, seed, records, capture })
        };
        let mut tell = |number: u32, run: &Analysis| {
            context.ui.say(format!("run {number} of {runs}: {}", run_line(run)));
        };
        each(series, self.seed, runs, &mut one, &mut tell)
    }
}

/// Puts the lab back to its start, and says whether that is possible.
///
/// # Errors
/// When a step fails or the user stops it.
pub fn to_start(context: &Context, name: &InstanceName) -> Result<bool, CliError> {
    let steps = context.muted();
    match Reset::of(name, "lab drill run", context, &steps)?.restore()? {
        Ok(()) => Ok(true),
        Err(why) => {
            context.ui.say(format!(
                "each run begins when the lab is healthy again, not from its start, because {why}"
            ));
            Ok(false)
        }
    }
}

/// Performs the runs one after the other and writes each down, until the last or until the user stops.
fn each(
    series: &mut SeriesWriter,
    seed: u64,
    runs: u32,
    one: &mut dyn FnMut(u32, u64) -> Result<Performed, CliError>,
    tell: &mut dyn FnMut(u32, &Analysis),
) -> Result<(), CliError> {
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
                (number, (number < runs && interrupt::asked()).then_some(None))
            }
            Err(error) if error.exit() == Exit::INTERRUPTED => {
                series.write(&SeriesLine::Stopped { record: None }).map_err(unwritable)?;
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        if let Some(record) = stopped {
            series.write(&SeriesLine::Stopped { record }).map_err(unwritable)?;
            let text = format!("stopped after {done} of {runs} runs; what was cut is on again");
            return Err(CliError::new(Exit::INTERRUPTED, text));
        }
    }
    series.write(&SeriesLine::Completed).map_err(unwritable)
}

/// The name of the folder that a record is in.
fn folder(record: &Path) -> String {
    let folder = record.parent().and_then(Path::file_name).unwrap_or_default();
    folder.to_string_lossy().into_owned()
}

fn unwritable(error: std::io::Error) -> CliError {
    CliError::failed("the series cannot be written").because(error)
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

    fn ended(runs: u32, endings: &[Ending]) -> (crate::record::Series, Result<(), CliError>) {
        let folder = tempfile::tempdir().unwrap();
        let mut series = SeriesWriter::create(folder.path(), &SeriesHeader::begin(&header(), runs)).unwrap();
        let mut endings = endings.iter();
        let mut one = |_, _| match endings.next() {
            Some(ending) => Ok(performed(folder.path(), ending.clone())),
            None => Err(CliError::new(Exit::BUSY, "somebody else")),
        };
        let mut told = Vec::new();
        let mut tell = |number: u32, run: &Analysis| told.push((number, run_line(run)));
        let result = each(&mut series, 7, runs, &mut one, &mut tell);
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
        assert_eq!(error.exit(), Exit::INTERRUPTED);
        assert!(error.render().unwrap().contains("stopped after 1 of 3 runs"));
        assert_eq!((series.runs.len(), series.stopped), (1, Some(true)));
        assert_ne!(series.last_record.as_ref(), series.runs.last().map(|run| &run.record));
    }

    #[test]
    fn an_error_keeps_what_was_done() {
        let (series, result) = ended(3, &[Ending::Completed]);
        assert_eq!(result.unwrap_err().exit(), Exit::BUSY);
        assert_eq!((series.runs.len(), series.stopped), (1, None));
    }
}
