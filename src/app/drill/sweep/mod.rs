//! Sweeps a drill over settings of its lab: each setting is an instance of its own, which is brought up,
//! measured and removed again. So existing instances are not changed, and an interrupt leaves nothing behind.

mod axes;
mod measure;
mod report;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use measure::Bench;
pub use report::{last_record, report};

use super::find;
use super::run::{Drilled, any_seed};
use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::app::lab;
use crate::app::request::{Request, Subject};
use crate::app::wanted::{WantedLab, Wish};
use crate::drill;
use crate::model::drill::Drill;
use crate::model::{InstanceName, Millis, Sweep};
use crate::record::{Header, SweepHeader, SweepLine, SweepWriter};
use crate::report::USUAL_MTBF;

/// The maximum number of settings of a sweep.
const MOST_SETTINGS: usize = 100;

/// Performs a drill with each of several settings of its lab, each on an instance of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RunSweep {
    /// The drill: its name, or the path of a file that ends with `.toml`.
    pub drill: String,
    /// The lab, and the parameters that all settings share.
    #[serde(default)]
    pub wish: Wish,
    /// Parameters and their values: `deadtime=1s,3s`. If empty, those of the drill's file.
    #[serde(default)]
    pub over: Vec<String>,
    /// Number of runs with each setting, 1 to 1000. Default: as in the drill's file, else 5.
    #[serde(default)]
    pub repeat: Option<u32>,
    /// Length of the soak of each setting. Default: as in the drill's file, else no soak.
    #[serde(default)]
    pub soak: Option<Millis>,
    /// The seed of random choices, the same with every setting.
    #[serde(default)]
    pub seed: Option<u64>,
}

impl Request for RunSweep {
    type Outcome = Drilled;
    const NAME: &'static str = "drill sweep";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(
            self.wish.name.iter().map(ToString::to_string).chain(self.wish.lab.clone()).take(1).collect(),
        ))
    }

    fn perform(&self, job: &Job) -> Result<Drilled, AppError> {
        let base = WantedLab::new(&self.wish, job, job.trusted())?;
        let source = &base.found.source;
        let lab = &base.found.loaded.lab;
        let part = find::part(
            &self.drill,
            lab.name.as_str(),
            job.trusted(),
            || Ok((lab::scripts(source)?, source.catalog.clone())),
            || lab::drills(source),
        )?;
        let found = drill::load(&part, lab).map_err(|wrong| AppError::bad_file(&wrong))?;
        let written = drill::sweep(&part, source).map_err(|wrong| AppError::bad_file(&wrong))?;
        let over = axes::axes(&self.over)?;
        let sweep = axes::asked(written, over, self.repeat, self.soak).ok_or_else(|| {
            AppError::usage(format!("the drill `{}` has no parameters to vary", found.name)).hint(
                "give them with `--over`, such as `--over deadtime=2s,3s`, or in a table `[sweep]` of its file",
            )
        })?;
        let count = sweep.count();
        if count > MOST_SETTINGS {
            let text = format!("these are {count} settings, and {MOST_SETTINGS} are the most");
            return Err(AppError::usage(text));
        }
        let seed = self.seed.unwrap_or_else(any_seed);
        let swept = Swept { base: &base, drill: &found, sweep: &sweep, seed };
        let (record, result) = perform(job, &swept)?;
        let verdict = Some(report(&record, USUAL_MTBF)?.verdict);
        Ok(Drilled { record, verdict, stopped: result.err() })
    }
}

/// A requested sweep.
pub struct Swept<'a> {
    /// The lab without any setting of the sweep, as the instance that the records belong to.
    pub base: &'a WantedLab,
    /// The drill.
    pub drill: &'a Drill,
    /// The axes.
    pub sweep: &'a Sweep,
    /// The seed of the random choices of all settings.
    pub seed: u64,
}

/// Performs a sweep, and returns the place of its record. Every setting is checked before anything is made.
///
/// The record holds what was measured before an interrupt; the second result is that error.
///
/// # Errors
/// When a setting is wrong, or the record cannot be begun.
fn perform(job: &Job, swept: &Swept<'_>) -> Result<(PathBuf, Result<(), AppError>), AppError> {
    let name = workshop(&swept.base.name, job)?;
    let settings = swept.sweep.settings();
    let labs = settings.iter().map(|setting| swept.base.with(setting, &name, job));
    let labs = labs.collect::<Result<Vec<WantedLab>, AppError>>()?;
    let lab = &swept.base.found.loaded.lab;
    let own: Vec<String> = swept.base.found.settings.iter().map(ToString::to_string).collect();
    let header = Header::begin(&swept.base.name, lab, swept.drill, &own, "", swept.seed).0;
    let header = SweepHeader::begin(&header, swept.sweep.clone());
    let records = job.state.records(&swept.base.name);
    let mut writer = SweepWriter::create(&records, &header).map_err(unwritable)?;
    let bench = Bench { job, swept, name: &name, records: &records };
    let mut measure = |place: usize, writer: &mut SweepWriter| match labs.get(place) {
        Some(wanted) => bench.measure(wanted, writer),
        None => Ok(()),
    };
    let result = each(&mut writer, &settings, job, &mut measure);
    Ok((writer.path().to_owned(), result))
}

/// The name of the instance that settings are measured on, one after the other. It must not exist yet.
fn workshop(base: &InstanceName, job: &Job) -> Result<InstanceName, AppError> {
    let name = format!("{base}-sweep");
    let name: InstanceName = name.parse().map_err(|error| {
        AppError::usage(format!("`{name}` cannot be an instance"))
            .because(error)
            .hint("choose a shorter one with `--as NAME`")
    })?;
    if job.instances()?.contains(&name) {
        return Err(AppError::failed(format!("`{name}` exists already, and settings would be measured under this name"))
            .hint(format!("it is left from a sweep that was killed, or another one is under way: `lab down {name}` takes it away")));
    }
    // Its records are deleted with the instance after each setting.
    if job.state.records(&name).exists() {
        return Err(AppError::failed(format!(
            "there are records of `{name}`, and settings would be measured under this name"
        ))
        .hint(format!("choose another name with `--as NAME`, or delete them: `lab down {name} --purge`")));
    }
    Ok(name)
}

/// Measures the settings one after the other and records each. The failure of one does not stop the others.
fn each(
    writer: &mut SweepWriter,
    settings: &[Vec<String>],
    job: &Job,
    measure: &mut dyn FnMut(usize, &mut SweepWriter) -> Result<(), AppError>,
) -> Result<(), AppError> {
    let of = settings.len();
    for (place, (number, setting)) in (1..).zip(settings).enumerate() {
        job.say(format!("setting {number} of {of}: {}", setting.join(" ")));
        writer.write(&SweepLine::Began { number, settings: setting.clone() }).map_err(unwritable)?;
        match measure(place, writer) {
            Ok(()) if job.asked_to_stop() && place + 1 < of => return stopped(writer, place + 1, of),
            Ok(()) => {}
            Err(error) if error.kind == ErrorKind::Interrupted => return stopped(writer, place, of),
            Err(error) => {
                writer.write(&SweepLine::Failed { reason: error.line() }).map_err(unwritable)?;
                job.problem(&error);
                if job.asked_to_stop() {
                    return stopped(writer, place, of);
                }
            }
        }
    }
    writer.write(&SweepLine::Completed).map_err(unwritable)
}

fn stopped(writer: &mut SweepWriter, done: usize, of: usize) -> Result<(), AppError> {
    writer.write(&SweepLine::Stopped).map_err(unwritable)?;
    Err(AppError::new(ErrorKind::Interrupted, format!("stopped after {done} of {of} settings")))
}

/// The name of a file or folder, without the folders that it is in.
fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn unwritable(error: std::io::Error) -> AppError {
    AppError::failed("the sweep cannot be written").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Axis;
    use crate::record::tests::header;
    use crate::record::{SweepRecord, read_sweep};

    /// Three settings that end like this.
    fn ended(endings: [Result<(), AppError>; 3]) -> (SweepRecord, Result<(), AppError>) {
        let folder = tempfile::tempdir().unwrap();
        let job = crate::app::Halab::at(folder.path()).quiet_job();
        let values = ["1s", "2s", "3s"].map(str::to_owned).to_vec();
        let over = vec![Axis { key: "deadtime".to_owned(), values }];
        let sweep = Sweep { over, repeat: 1, soak: None };
        let mut writer =
            SweepWriter::create(folder.path(), &SweepHeader::begin(&header(), sweep.clone())).unwrap();
        let mut endings = endings.into_iter();
        let mut measure = |place: usize, writer: &mut SweepWriter| {
            let series = format!("{place}.series.jsonl");
            writer.write(&SweepLine::Runs { series }).unwrap();
            endings.next().unwrap()
        };
        let result = each(&mut writer, &sweep.settings(), &job, &mut measure);
        (read_sweep(writer.path()).unwrap(), result)
    }

    #[test]
    fn a_setting_that_fails_is_no_reason_to_leave_the_others() {
        let (sweep, result) = ended([Ok(()), Err(AppError::failed("node2 did not come up")), Ok(())]);
        assert!(result.is_ok());
        let told: Vec<_> = sweep.settings.iter().map(|setting| setting.failure.as_deref()).collect();
        assert_eq!(told, [None, Some("node2 did not come up"), None]);
        assert_eq!(sweep.settings[2].series.as_deref(), Some("2.series.jsonl"));
        assert_eq!(sweep.stopped, Some(false));
    }

    #[test]
    fn an_interrupt_keeps_what_was_measured() {
        let interrupted = AppError::new(ErrorKind::Interrupted, "stopped");
        let (sweep, result) = ended([Ok(()), Err(interrupted), Ok(())]);
        let error = result.unwrap_err();
        assert_eq!(
            (error.kind, sweep.stopped, sweep.settings.len()),
            (ErrorKind::Interrupted, Some(true), 2)
        );
        assert_eq!(error.line(), "stopped after 1 of 3 settings");
    }
}
