//! One setting of a sweep: up, the runs, the soak, down.

use std::path::Path;
use std::time::Instant;

use super::{Swept, name_of, unwritable};
use crate::app::bring_up::{How, bring_up};
use crate::app::down::take_down;
use crate::app::drill::perform::{Order, perform};
use crate::app::drill::series::{Repeat, to_start};
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::wanted::WantedLab;
use crate::apply::InstanceLock;
use crate::base::words::seconds;
use crate::drill::soak;
use crate::model::{InstanceName, Millis};
use crate::record::{Ending, SweepLine, SweepWriter};

const COMMAND: &str = "lab drill sweep";

/// The context of the measurements.
pub struct Bench<'a> {
    /// The operation.
    pub job: &'a Job,
    /// The sweep.
    pub swept: &'a Swept<'a>,
    /// The instance that is brought up with each setting.
    pub name: &'a InstanceName,
    /// The folder of records.
    pub records: &'a Path,
}

impl Bench<'_> {
    /// Measures a setting, and removes its instance however the measurement ends.
    ///
    /// # Errors
    /// When it cannot be measured, or the operation is cancelled.
    pub fn measure(&self, wanted: &WantedLab, writer: &mut SweepWriter) -> Result<(), AppError> {
        let result = self.up(wanted).and_then(|mut locked| {
            self.runs(&mut locked, writer)?;
            self.soak(&mut locked, writer)
        });
        let down = take_down(self.name, true, COMMAND, &self.job.in_background().uncancelled());
        match (result, down) {
            // A failed removal matters more than the reason for which the measurement ended.
            (Err(error), Err(left)) => {
                self.job.problem(&error);
                Err(left)
            }
            (result, down) => result.and(down),
        }
    }

    fn up(&self, wanted: &WantedLab) -> Result<Locked, AppError> {
        let job = self.job;
        let begin = Instant::now();
        let lock = InstanceLock::acquire(&job.state, self.name, COMMAND)?;
        let provider = wanted.provider(job)?;
        let done = bring_up(wanted, provider.as_ref(), How::default(), &|_| {}, &job.in_background())?;
        let how = if done.from.is_some() { "restored" } else { "booted" };
        job.say(format!("{} {how} after {}", self.name, seconds(begin.elapsed())));
        Ok(Locked::of(lock, job.describe(self.name)?, provider))
    }

    fn runs(&self, locked: &mut Locked, writer: &mut SweepWriter) -> Result<(), AppError> {
        let Swept { drill, sweep, seed, .. } = *self.swept;
        let (job, records, runs) = (self.job, self.records, sweep.repeat);
        let repeat = Repeat { job, drill, seed, runs, records, capture: false };
        let mut series = repeat.begin(&locked.instance)?;
        writer.write(&SweepLine::Runs { series: name_of(series.path()) }).map_err(unwritable)?;
        repeat.perform(&mut series, locked)
    }

    fn soak(&self, locked: &mut Locked, writer: &mut SweepWriter) -> Result<(), AppError> {
        let Some(length) = self.swept.sweep.soak else { return Ok(()) };
        to_start(self.job, locked)?;
        self.soaked(locked, length, writer)
    }

    fn soaked(&self, locked: &Locked, length: Millis, writer: &mut SweepWriter) -> Result<(), AppError> {
        let drill = soak(self.swept.drill, length);
        let (seed, records) = (self.swept.seed, self.records);
        let done = perform(self.job, locked, Order { drill: &drill, seed, records, capture: false })?;
        if done.ending == Ending::Cancelled {
            return Err(AppError::stopped());
        }
        let record = name_of(done.record.parent().unwrap_or(&done.record));
        writer.write(&SweepLine::Soak { record }).map_err(unwritable)
    }
}
