//! One setting of a sweep: up, the runs, the soak, down.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::{Swept, name_of, unwritable};
use crate::apply::InstanceLock;
use crate::cli::context::Context;
use crate::cli::drill::perform::{Order, perform};
use crate::cli::drill::repeat::{Repeat, to_start};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::raise::{self, How};
use crate::cli::take_down::take_down;
use crate::cli::wanted::Wanted;
use crate::cli::words::seconds;
use crate::drill::soak;
use crate::model::{InstanceName, Millis};
use crate::record::{Ending, SweepLine, SweepWriter};

const COMMAND: &str = "lab drill sweep";

/// What settings are measured with.
pub struct Bench<'a> {
    pub context: &'a Context,
    pub swept: &'a Swept<'a>,
    /// The instance that each setting becomes.
    pub name: &'a InstanceName,
    /// Where records go.
    pub records: &'a Path,
}

impl Bench<'_> {
    /// Measures a setting, and leaves nothing of it standing, however it ends.
    pub fn measure(&self, wanted: &Wanted, writer: &mut SweepWriter) -> Result<(), CliError> {
        let result = self.up(wanted).and_then(|()| self.runs(writer)).and_then(|()| self.soak(writer));
        let (steps, goes_on) = (self.context.muted(), AtomicBool::new(false));
        let down = take_down(self.name, true, COMMAND, self.context, &steps, &goes_on);
        match (result, down) {
            // What is still there matters more than why the measuring ended.
            (Err(error), Err(left)) => {
                self.context.ui.error(&error);
                Err(left)
            }
            (result, down) => result.and(down),
        }
    }

    fn up(&self, wanted: &Wanted) -> Result<(), CliError> {
        let context = self.context;
        let begin = Instant::now();
        let _lock = InstanceLock::acquire(&context.state, self.name, COMMAND)?;
        let provider = wanted.provider(context)?;
        let done = raise::raise(wanted, provider.as_ref(), How::default(), &|_| {}, &context.muted())?;
        let how = if done.from.is_some() { "restored" } else { "booted" };
        context.ui.say(format!("{} {how} after {}", self.name, seconds(begin.elapsed())));
        Ok(())
    }

    fn runs(&self, writer: &mut SweepWriter) -> Result<(), CliError> {
        let instance = self.context.describe(self.name)?;
        let Swept { drill, sweep, seed, .. } = *self.swept;
        let repeat = Repeat {
            context: self.context,
            instance: &instance,
            drill,
            seed,
            runs: sweep.repeat,
            records: self.records,
            capture: false,
        };
        let mut series = repeat.begin()?;
        writer.write(&SweepLine::Runs { series: name_of(series.path()) }).map_err(unwritable)?;
        repeat.perform(&mut series)
    }

    fn soak(&self, writer: &mut SweepWriter) -> Result<(), CliError> {
        let Some(length) = self.swept.sweep.soak else { return Ok(()) };
        to_start(self.context, self.name)?;
        let instance = self.context.describe(self.name)?;
        self.soaked(&instance, length, writer)
    }

    fn soaked(
        &self,
        instance: &crate::instance::Instance,
        length: Millis,
        writer: &mut SweepWriter,
    ) -> Result<(), CliError> {
        let drill = soak(self.swept.drill, length);
        let (seed, records) = (self.swept.seed, self.records);
        let order = Order { drill: &drill, seed, records, capture: false };
        let done = perform(self.context, instance, order)?;
        if done.ending == Ending::Cancelled {
            return Err(CliError::new(Exit::INTERRUPTED, "stopped"));
        }
        let record = name_of(done.record.parent().unwrap_or(&done.record));
        writer.write(&SweepLine::Soak { record }).map_err(unwritable)
    }
}
