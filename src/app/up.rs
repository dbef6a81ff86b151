//! `lab up`: brings a lab up, or changes an existing instance to match its lab file.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bring_up::{self, How, Planned};
use super::copies::{self, Copies};
use super::error::AppError;
use super::instances::Each;
use super::job::Job;
use super::provider;
use super::request::{Request, Subject};
use super::wanted::{WantedLab, Wish};
use crate::apply::{InstanceLock, interrupted};
use crate::base::words::{join, several};
use crate::labfile::LAB_FILE;
use crate::model::spec::HealthCheck;
use crate::model::{CheckpointId, DrillName, InstanceName, Lab};
use crate::plan::{Plan, Purpose};
use crate::provider::Machines;

/// Brings a lab up as one instance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Up {
    /// Which lab, as which instance.
    pub wish: Wish,
    /// How it comes up.
    pub how: How,
}

/// Brings several instances of one lab up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UpCopies {
    /// Which lab; its instances are named by the copies.
    #[serde(default)]
    pub wish: Wish,
    /// How they come up.
    #[serde(default)]
    pub how: How,
    /// The instances.
    pub copies: Copies,
}

/// How an instance came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpHow {
    /// It matched its lab file already.
    Stood,
    /// It was restored from its baseline checkpoint.
    Restored,
    /// Its nodes booted for the first time.
    Booted,
    /// It existed, and was changed.
    Changed,
}

/// The result of `lab up`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct IsUp {
    /// The instance.
    pub instance: InstanceName,
    /// Its lab.
    pub lab: Lab,
    /// How it came up.
    pub how: UpHow,
    /// Whether it did not exist before.
    pub fresh: bool,
    /// The number of steps.
    pub steps: usize,
    /// The checkpoint that it was restored from.
    pub from: Option<CheckpointId>,
    /// How long it took.
    pub took: Duration,
    /// The health checks of its services.
    pub checks: Vec<HealthCheck>,
    /// The texts of its drills.
    pub drills: BTreeMap<DrillName, String>,
    /// The number of instances that exist now.
    pub standing: usize,
}

/// The result of a copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CopyUp {
    /// The checkpoint that it was restored from; none if it booted or existed already.
    pub from: Option<CheckpointId>,
    /// The number of steps; 0 if it existed already.
    pub steps: usize,
    /// How long it took.
    pub took: Duration,
}

impl Request for Up {
    type Outcome = IsUp;
    const NAME: &'static str = "up";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(subject(&self.wish))
    }

    fn perform(&self, job: &Job) -> Result<IsUp, AppError> {
        let start = Instant::now();
        // An error of the file is reported before the instance is locked; the file is read again under the
        // lock.
        let name = WantedLab::new(&self.wish, job, job.trusted())?.name;
        provider::needs_root(job, &name)?;
        let _lock = InstanceLock::acquire(&job.state, &name, "lab up")?;
        let wanted = WantedLab::new(&self.wish, &job.silent(), job.trusted())?;
        let provider = wanted.provider(job)?;
        tell_of_interruption(&wanted, job)?;
        let announce = |planned: &Planned| announce(&wanted, planned, provider.as_ref(), job);
        let done = bring_up::bring_up(&wanted, provider.as_ref(), self.how, &announce, job)?;
        Ok(IsUp {
            instance: wanted.name.clone(),
            how: how(&done),
            fresh: done.plan.purpose == Purpose::Fresh && !done.plan.is_empty(),
            steps: done.plan.steps.len(),
            from: done.from.map(|checkpoint| checkpoint.id().clone()),
            took: start.elapsed(),
            checks: wanted.desired.checks,
            drills: wanted.drills,
            lab: wanted.found.loaded.lab,
            standing: job.instances()?.len(),
        })
    }
}

impl Request for UpCopies {
    type Outcome = Each<CopyUp>;
    const NAME: &'static str = "up copies";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(subject(&self.wish))
    }

    fn perform(&self, job: &Job) -> Result<Self::Outcome, AppError> {
        let wanted = WantedLab::new(&self.wish, job, job.trusted())?;
        let names = self.copies.names(&wanted, job)?;
        copies::bring_up_all(&wanted, &names, self.how, job)
    }
}

fn subject(wish: &Wish) -> Subject {
    let instance = wish.instance.iter().chain(&wish.name).map(ToString::to_string);
    Subject(instance.chain(wish.lab.as_deref().map(short)).take(1).collect())
}

/// The name of a lab, or that of its folder.
pub(super) fn short(argument: &str) -> String {
    let path = Path::new(argument);
    let folder = if path.ends_with(LAB_FILE) { path.parent().unwrap_or(path) } else { path };
    folder.file_name().map_or_else(|| argument.to_owned(), |name| name.to_string_lossy().into_owned())
}

fn how(done: &Planned) -> UpHow {
    match (done.plan.is_empty(), &done.from, done.plan.purpose) {
        (true, ..) => UpHow::Stood,
        (false, Some(_), _) => UpHow::Restored,
        (false, None, Purpose::Fresh) => UpHow::Booted,
        (false, None, _) => UpHow::Changed,
    }
}

/// Reports an earlier run that was killed: this one continues where it ended.
fn tell_of_interruption(wanted: &WantedLab, job: &Job) -> Result<(), AppError> {
    let found = interrupted(&job.state.instance(&wanted.name))
        .map_err(|error| AppError::failed("the journal cannot be read").because(error))?;
    if let Some(earlier) = found {
        let during = match earlier.during.as_slice() {
            [] => String::new(),
            steps => format!(" at: {}", join(steps)),
        };
        job.say(format!("an earlier `{}` was killed{during}", earlier.run.command));
    }
    Ok(())
}

/// Reports what the plan starts from; and for an existing instance, which nodes are changed and why.
fn announce(wanted: &WantedLab, planned: &Planned, provider: &dyn Machines, job: &Job) {
    let plan: &Plan = &planned.plan;
    let steps = several(plan.steps.len(), "step");
    if plan.is_empty() {
        return;
    }
    if let Some(checkpoint) = &planned.from {
        let made = checkpoint.spec.created.strftime("%Y-%m-%d %H:%M UTC");
        job.say(format!("restoring {} from its checkpoint of {made}", wanted.name));
        return;
    }
    if let Some(why) = &planned.cold_because {
        job.say(format!("booting, because {why}"));
    }
    if plan.purpose == Purpose::Fresh {
        job.say(format!("bringing {} up: {steps}", wanted.name));
        provider.notice().into_iter().for_each(|notice| job.say(notice));
        return;
    }
    job.say(format!("changing {}: {steps}", wanted.name));
    for change in &plan.changes {
        job.say(format!("  {} {}: {}", change.effect.verb(), change.node, change.reasons.join("; ")));
    }
}
