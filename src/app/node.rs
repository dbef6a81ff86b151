//! `lab node`: switches the power of one node. These operations are not faults: healing does not undo them,
//! and `lab up` switches on nodes that are off.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::{AppError, ErrorKind};
use super::faults::{self, unwritable};
use super::instances;
use super::job::Job;
use super::locked::Locked;
use super::request::{Request, Subject};
use crate::base::words::seconds;
use crate::inventory::GuestState;
use crate::model::{InstanceName, NodeName};
use crate::plan::Action;
use crate::provider::Power;

/// The default time limit of an orderly shutdown, in seconds.
pub const SHUTDOWN_S: u64 = 120;

/// How long one wait lasts before the state of the node is checked: libvirt has no event to wait for.
const TICK: Duration = Duration::from_millis(200);

/// Switches a node on and waits until it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Start {
    /// The node.
    pub node: NodeName,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
}

/// Switches a node off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stop {
    /// The node.
    pub node: NodeName,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// How.
    #[serde(default)]
    pub how: Off,
}

/// Switches a node off and on again, and waits until it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reboot {
    /// The node.
    pub node: NodeName,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// How it is switched off.
    #[serde(default)]
    pub how: Off,
}

/// How a node is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Off {
    /// The system shuts down in order, within this number of seconds.
    InOrder(u64),
    /// The power is cut: memory is lost at once, and the system flushes nothing.
    Cut,
}

impl Default for Off {
    fn default() -> Self {
        Self::InOrder(SHUTDOWN_S)
    }
}

/// The result of switching a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Switched {
    /// Whether the state changed.
    pub changed: bool,
    /// How long it took.
    pub took: Duration,
}

fn subject(instance: &Option<InstanceName>) -> Option<Subject> {
    Some(Subject(instance.iter().map(ToString::to_string).collect()))
}

impl Request for Start {
    type Outcome = Switched;
    const NAME: &'static str = "node start";

    fn changes(&self) -> Option<Subject> {
        subject(&self.instance)
    }

    fn perform(&self, job: &Job) -> Result<Switched, AppError> {
        let machine = Machine::lock(job, self.instance.as_ref(), &self.node, "lab node start")?;
        machine.timed(|| match machine.state()? {
            // It may still boot.
            GuestState::Running => machine.await_answer().map(|()| false),
            GuestState::Paused | GuestState::Frozen => Err(machine.stands_still()),
            GuestState::Off | GuestState::Crashed => machine.switch_on().map(|()| true),
        })
    }
}

impl Request for Stop {
    type Outcome = Switched;
    const NAME: &'static str = "node stop";

    fn changes(&self) -> Option<Subject> {
        subject(&self.instance)
    }

    fn perform(&self, job: &Job) -> Result<Switched, AppError> {
        let machine = Machine::lock(job, self.instance.as_ref(), &self.node, "lab node stop")?;
        machine.timed(|| machine.switch_off(self.how))
    }
}

impl Request for Reboot {
    type Outcome = Switched;
    const NAME: &'static str = "node reboot";

    fn changes(&self) -> Option<Subject> {
        subject(&self.instance)
    }

    fn perform(&self, job: &Job) -> Result<Switched, AppError> {
        let machine = Machine::lock(job, self.instance.as_ref(), &self.node, "lab node reboot")?;
        machine.timed(|| {
            machine.switch_off(self.how)?;
            machine.switch_on().map(|()| true)
        })
    }
}

/// A node of an instance that is locked.
struct Machine<'a> {
    job: &'a Job,
    locked: Locked,
    node: &'a NodeName,
}

impl<'a> Machine<'a> {
    /// # Errors
    /// When the instance is busy or does not exist, has no such node, or a fault has taken the node's power.
    fn lock(
        job: &'a Job,
        instance: Option<&InstanceName>,
        node: &'a NodeName,
        command: &str,
    ) -> Result<Self, AppError> {
        let name = job.choose(instance)?;
        let locked = Locked::acquire(job, &name, command)?;
        instances::node(&locked.instance, node)?;
        if let Some(fault) = faults::journal(job, &name)?.power_of(node).first() {
            return Err(AppError::failed(format!("{node} is off because of the fault {fault}"))
                .hint(format!("`lab fault heal {}` heals it and brings the node back", fault.id)));
        }
        Ok(Self { job, locked, node })
    }

    fn timed(&self, work: impl FnOnce() -> Result<bool, AppError>) -> Result<Switched, AppError> {
        let begin = Instant::now();
        let changed = work()?;
        Ok(Switched { changed, took: begin.elapsed() })
    }

    fn state(&self) -> Result<GuestState, AppError> {
        let guests = self.locked.provider.inventory()?.guests;
        guests.get(self.node).map(|guest| guest.state).ok_or_else(|| {
            AppError::failed(format!("{} has no machine", self.node)).hint("`lab up` makes what is missing")
        })
    }

    fn stands_still(&self) -> AppError {
        AppError::failed(format!("{} is paused or frozen", self.node))
            .hint("`lab heal` lets it go on, if a fault paused it; so does `lab up`")
            .hint(format!("`lab node stop --force {}` cuts its power", self.node))
    }

    fn switch_on(&self) -> Result<(), AppError> {
        let Self { job, locked, node } = self;
        job.at_risk(format!("`lab node start {node}` switches the node on again"));
        let title = format!("{node} boots");
        job.long_work(&title, |context| {
            locked.provider.perform(&Action::StartGuest((*node).clone()), context)?;
            locked.provider.perform(&Action::AwaitGuest((*node).clone()), context)
        })
    }

    fn await_answer(&self) -> Result<(), AppError> {
        let wait = Action::AwaitGuest(self.node.clone());
        let title = format!("{} answers", self.node);
        self.job.long_work(&title, |context| self.locked.provider.perform(&wait, context))
    }

    /// Whether anything was to be done.
    fn switch_off(&self, how: Off) -> Result<bool, AppError> {
        let Self { job, locked, node } = self;
        match (self.state()?, how) {
            (GuestState::Off | GuestState::Crashed, _) => return Ok(false),
            (GuestState::Paused | GuestState::Frozen, Off::InOrder(_)) => return Err(self.stands_still()),
            (_, Off::Cut) => locked.provider.power(node, Power::Cut)?,
            (GuestState::Running, Off::InOrder(limit)) => {
                job.at_risk(format!("{node} may go on shutting down"));
                job.long_work(&format!("{node} shuts down"), |context| {
                    locked.provider.ask_to_shut_down(node, context)
                })?;
                self.await_off(Duration::from_secs(limit))?;
            }
        }
        self.end_faults()?;
        Ok(true)
    }

    fn await_off(&self, limit: Duration) -> Result<(), AppError> {
        let begin = Instant::now();
        while !matches!(self.state()?, GuestState::Off | GuestState::Crashed) {
            if self.job.asked_to_stop() {
                return Err(AppError::new(ErrorKind::Interrupted, "stopped"));
            }
            if begin.elapsed() >= limit {
                let message = format!("{} has not shut down within {}", self.node, seconds(limit));
                return Err(AppError::failed(message)
                    .hint(format!("`lab console {}` shows what it waits for", self.node))
                    .hint(format!("`lab node stop --force {}` cuts its power", self.node)));
            }
            std::thread::sleep(TICK);
        }
        Ok(())
    }

    /// Records that faults of the node have ended with its power.
    fn end_faults(&self) -> Result<(), AppError> {
        let mut journal = faults::journal(self.job, &self.locked.instance.name)?;
        for entry in journal.active().to_vec() {
            let fault = entry.injection;
            if fault.node == *self.node && fault.mechanism.ends_with_power() {
                journal.end(&fault.id).map_err(unwritable)?;
                self.job.say(format!("the fault {fault} ended with the power of {}", self.node));
            }
        }
        Ok(())
    }
}
