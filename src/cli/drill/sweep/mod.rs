//! Sweeping a drill over settings of its lab: each setting is an instance of its own, which is brought up, measured and
//! taken away again. So whatever stands is left as it is, and what an interrupt leaves is nothing.

mod measure;
mod report;

use std::path::{Path, PathBuf};

use measure::Bench;
pub use report::{last_record, report};

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::wanted::Wanted;
use crate::model::drill::Drill;
use crate::model::{InstanceName, Sweep};
use crate::record::{Header, SweepHeader, SweepLine, SweepWriter};

/// A sweep that is asked for.
pub struct Swept<'a> {
    /// The lab without any setting of the sweep, as the instance whose records these will be.
    pub base: &'a Wanted,
    /// The drill.
    pub drill: &'a Drill,
    /// What is varied.
    pub sweep: &'a Sweep,
    /// What the random choices of all settings come from.
    pub seed: u64,
}

/// Performs a sweep, and says where it is recorded. Every setting is read before anything is made.
///
/// What was measured before an interrupt is in the record; the second result is that error.
///
/// # Errors
/// When a setting is wrong, or the record cannot be begun.
pub fn sweep(context: &Context, swept: &Swept<'_>) -> Result<(PathBuf, Result<(), CliError>), CliError> {
    let name = workshop(&swept.base.name, context)?;
    let settings = swept.sweep.settings();
    let labs = settings.iter().map(|setting| swept.base.with(setting, &name, context));
    let labs = labs.collect::<Result<Vec<Wanted>, CliError>>()?;
    context.needs_machines(&name)?;
    let lab = &swept.base.found.loaded.lab;
    let own: Vec<String> = swept.base.found.settings.iter().map(ToString::to_string).collect();
    let header = Header::begin(&swept.base.name, lab, swept.drill, &own, "", swept.seed).0;
    let header = SweepHeader::begin(&header, swept.sweep.clone());
    let records = context.state.records(&swept.base.name);
    let mut writer = SweepWriter::create(&records, &header).map_err(unwritable)?;
    let bench = Bench { context, swept, name: &name, records: &records };
    let mut measure = |place: usize, writer: &mut SweepWriter| match labs.get(place) {
        Some(wanted) => bench.measure(wanted, writer),
        None => Ok(()),
    };
    let result = each(&mut writer, &settings, context, &mut measure);
    Ok((writer.path().to_owned(), result))
}

/// The name of the instance that settings are measured on, one after the other. It must not be there yet.
fn workshop(base: &InstanceName, context: &Context) -> Result<InstanceName, CliError> {
    let name = format!("{base}-sweep");
    let name: InstanceName = name.parse().map_err(|error| {
        CliError::usage(format!("`{name}` cannot be an instance"))
            .because(error)
            .hint("choose a shorter one with `--as NAME`")
    })?;
    if context.instances()?.contains(&name) {
        return Err(CliError::failed(format!("`{name}` stands already, and settings would be measured under this name"))
            .hint(format!("it is left from a sweep that was killed, or another one is under way: `lab down {name}` takes it away")));
    }
    // They go when a setting has been measured, with all else of that name.
    if context.state.records(&name).exists() {
        return Err(CliError::failed(format!(
            "there are records of `{name}`, and settings would be measured under this name"
        ))
        .hint(format!("choose another name with `--as NAME`, or delete them: `lab down {name} --purge`")));
    }
    Ok(name)
}

/// Measures the settings one after the other and writes each down. One that fails is no reason to leave the others.
fn each(
    writer: &mut SweepWriter,
    settings: &[Vec<String>],
    context: &Context,
    measure: &mut dyn FnMut(usize, &mut SweepWriter) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let of = settings.len();
    for (place, (number, setting)) in (1..).zip(settings).enumerate() {
        context.ui.say(format!("setting {number} of {of}: {}", setting.join(" ")));
        writer.write(&SweepLine::Began { number, settings: setting.clone() }).map_err(unwritable)?;
        match measure(place, writer) {
            Ok(()) if interrupt::asked() && place + 1 < of => return stopped(writer, place + 1, of),
            Ok(()) => {}
            Err(error) if error.exit() == Exit::INTERRUPTED => return stopped(writer, place, of),
            Err(error) => {
                writer.write(&SweepLine::Failed { reason: error.line() }).map_err(unwritable)?;
                context.ui.error(&error);
                if interrupt::asked() {
                    return stopped(writer, place, of);
                }
            }
        }
    }
    writer.write(&SweepLine::Completed).map_err(unwritable)
}

fn stopped(writer: &mut SweepWriter, done: usize, of: usize) -> Result<(), CliError> {
    writer.write(&SweepLine::Stopped).map_err(unwritable)?;
    Err(CliError::new(Exit::INTERRUPTED, format!("stopped after {done} of {of} settings")))
}

/// The name of a file or folder, without the folders that it is in.
fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn unwritable(error: std::io::Error) -> CliError {
    CliError::failed("the sweep cannot be written").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::ui::{Ui, Verbosity};
    use crate::instance::ProviderKind;
    use crate::model::Axis;
    use crate::record::tests::header;
    use crate::record::{SweepRecord, read_sweep};
    use crate::state::StateDir;

    /// Three settings that end like this.
    fn ended(endings: [Result<(), CliError>; 3]) -> (SweepRecord, Result<(), CliError>) {
        let folder = tempfile::tempdir().unwrap();
        let ui = Ui::new(Verbosity::Quiet);
        let state = StateDir::at(folder.path());
        let context = Context { ui, state, provider: ProviderKind::Sim, faults: Vec::new() };
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
        let result = each(&mut writer, &sweep.settings(), &context, &mut measure);
        (read_sweep(writer.path()).unwrap(), result)
    }

    #[test]
    fn a_setting_that_fails_is_no_reason_to_leave_the_others() {
        let (sweep, result) = ended([Ok(()), Err(CliError::failed("node2 did not come up")), Ok(())]);
        assert!(result.is_ok());
        let told: Vec<_> = sweep.settings.iter().map(|setting| setting.failure.as_deref()).collect();
        assert_eq!(told, [None, Some("node2 did not come up"), None]);
        assert_eq!(sweep.settings[2].series.as_deref(), Some("2.series.jsonl"));
        assert_eq!(sweep.stopped, Some(false));
    }

    #[test]
    fn an_interrupt_keeps_what_was_measured() {
        let interrupted = CliError::new(Exit::INTERRUPTED, "stopped");
        let (sweep, result) = ended([Ok(()), Err(interrupted), Ok(())]);
        let error = result.unwrap_err();
        assert_eq!((error.exit(), sweep.stopped, sweep.settings.len()), (Exit::INTERRUPTED, Some(true), 2));
        assert_eq!(error.line(), "stopped after 1 of 3 settings");
    }
}
