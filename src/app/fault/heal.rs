//! `lab fault heal` and `lab heal`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::error::AppError;
use crate::app::faults::{self, unhealed, unwritable};
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::request::{Request, Subject};
use crate::diagnostic::suggestion;
use crate::fault::Injection;
use crate::injection;
use crate::model::InstanceName;

/// Heals a fault, all faults of a node, or all faults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HealFaults {
    /// A node, or the id of a fault. Default: all faults.
    pub what: Option<String>,
    /// The instance. Default: the only one.
    pub instance: Option<InstanceName>,
}

impl Request for HealFaults {
    type Outcome = usize;
    const NAME: &'static str = "fault heal";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    /// The number of healed faults.
    fn perform(&self, job: &Job) -> Result<usize, AppError> {
        let name = job.choose(self.instance.as_ref())?;
        let Locked { instance, provider, .. } = &Locked::acquire(job, &name, "lab fault heal")?;
        let mut journal = faults::journal(job, &name)?;
        let active: Vec<Injection> = journal.active().iter().map(|entry| entry.injection.clone()).collect();
        let meant = |injection: &&Injection| {
            let is = |what: &String| injection.node.as_str() == what || injection.id.as_str() == what;
            self.what.as_ref().is_none_or(is)
        };
        let wanted: Vec<&Injection> = active.iter().filter(meant).collect();
        if let (Some(what), true) = (&self.what, wanted.is_empty())
            && instance.lab.nodes.iter().all(|node| node.name.as_str() != what)
        {
            let known = active.iter().map(|injection| injection.id.as_str());
            let error = AppError::not_found(format!("no fault or node is called `{what}`"));
            return Err(error.hint(suggestion(what, "fault", known.collect::<Vec<_>>())));
        }
        let mut healed = 0;
        for injection in wanted.into_iter().rev() {
            if journal.entry(&injection.id).is_none() {
                // The fault ended with the power of its node.
                continue;
            }
            let seen = injection::heal(provider.as_ref(), injection, &mut || {})
                .map_err(|error| unhealed(injection, error))?;
            journal.end(&injection.id).map_err(unwritable)?;
            job.say(format!("healed {injection}: {seen}"));
            healed += 1;
        }
        Ok(healed)
    }
}

/// Heals all faults, also those of a drill that was killed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Heal {
    /// The instance. Default: the only one.
    pub instance: Option<InstanceName>,
}

impl Request for Heal {
    type Outcome = usize;
    const NAME: &'static str = "heal";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    /// The number of things that were healed or repaired.
    fn perform(&self, job: &Job) -> Result<usize, AppError> {
        let name = job.choose_or(self.instance.as_ref(), "name the one that you mean")?;
        let locked = Locked::acquire_unsettled(job, &name, "lab heal")?;
        faults::heal(job, &name, locked.provider.as_ref())
    }
}
