//! `lab reset`: puts instances back to the state in which they came up.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::{Baseline, Found};
use super::error::AppError;
use super::instances::Each;
use super::job::Job;
use super::locked::Locked;
use super::request::{Request, Subject};
use super::{apply_plan, bring_up, faults};
use crate::base::words::{join, seconds, several};
use crate::model::InstanceName;
use crate::plan;

/// Puts instances back to the state in which they came up; the present content of their disks is lost.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reset {
    /// The instances; may be empty if there is only one.
    pub instances: Vec<InstanceName>,
    /// All instances.
    pub all: bool,
}

/// The result for one instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WasReset {
    /// Why all its nodes were made again; none if its checkpoint was restored.
    pub made_again: Option<String>,
    /// How long it took.
    pub took: Duration,
}

impl Request for Reset {
    type Outcome = Each<WasReset>;
    const NAME: &'static str = "reset";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject::named(&self.instances))
    }

    fn perform(&self, job: &Job) -> Result<Self::Outcome, AppError> {
        let names = job.several(&self.instances, self.all)?;
        if names.len() > 1 {
            job.say(format!("resetting {}: {}", several(names.len(), "instance"), join(&names)));
        }
        let steps = job.among(names.len());
        Ok(job.for_each(&names, |name| reset(name, job, &steps)))
    }
}

fn reset(name: &InstanceName, job: &Job, steps: &Job) -> Result<WasReset, AppError> {
    let begin = Instant::now();
    let mut locked = Locked::acquire(steps, name, "lab reset")?;
    let made_again = whole(&mut locked, "lab reset", steps)?;
    let took = begin.elapsed();
    job.say(format!("{name} is as it was when it came up, after {}", seconds(took)));
    Ok(WasReset { made_again, took })
}

/// Puts an instance back to the state in which it came up. Returns why its nodes were made again, if they
/// were.
///
/// # Errors
/// When a step fails or the operation is cancelled.
pub fn whole(locked: &mut Locked, command: &str, steps: &Job) -> Result<Option<String>, AppError> {
    match to_baseline(locked, command, steps)? {
        Ok(()) => Ok(None),
        Err(why) => {
            steps.say(format!("{}: making all nodes again, because {why}", locked.instance.name));
            make_again(locked, command, steps)?;
            Ok(Some(why))
        }
    }
}

/// Restores an instance from its baseline; if there is no usable one, does nothing and returns the reason.
///
/// # Errors
/// When a step fails or the operation is cancelled.
pub fn to_baseline(locked: &mut Locked, command: &str, steps: &Job) -> Result<Result<(), String>, AppError> {
    let Locked { instance, provider, .. } = locked;
    match Baseline::of(instance, provider.as_ref(), steps)?.find()? {
        Found::Usable(checkpoint) => {
            let plan = plan::restore(&checkpoint, &provider.inventory()?)?;
            bring_up::restore(instance, &plan, &checkpoint, provider.as_ref(), command, steps)?;
            Ok(Ok(()))
        }
        Found::No(why) => Ok(Err(why.unwrap_or_else(|| "the lab has no checkpoint".to_owned()))),
    }
}

/// Makes all nodes of an instance again, and saves the result as its baseline.
fn make_again(locked: &mut Locked, command: &str, steps: &Job) -> Result<(), AppError> {
    let Locked { instance, provider, .. } = locked;
    faults::heal_on_host(steps, &instance.name, provider.as_ref())?;
    let baseline = Baseline::of(instance, provider.as_ref(), steps)?;
    let plan = bring_up::from_nothing(&instance.desired, &provider.inventory()?)?;
    apply_plan::apply(steps, &instance.name, &plan, provider.as_ref(), command, true)?;
    instance.restoring = None;
    bring_up::write_down(instance, steps)?;
    faults::forget(steps, &instance.name)?;
    baseline.save(instance, provider.as_ref(), steps);
    Ok(())
}
