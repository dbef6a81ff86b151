//! `lab plan`: what `lab up` would do, and why, without doing it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::bring_up::{self, How};
use super::error::AppError;
use super::job::Job;
use super::request::Request;
use super::wanted::{WantedLab, Wish};
use crate::base::folder::Access;
use crate::plan::{Plan, text};

/// Asks what `lab up` would do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlanOnly {
    /// Which lab, as which instance.
    pub wish: Wish,
    /// How it would come up.
    pub how: How,
}

/// What `lab up` would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Planned {
    /// The steps with their reasons.
    pub plan: Plan,
    /// Why the nodes would boot although the lab was up on this machine before.
    pub cold_because: Option<String>,
}

impl Planned {
    /// The plan as text for people.
    pub fn text(&self) -> String {
        text(&self.plan)
    }
}

impl Request for PlanOnly {
    type Outcome = Planned;
    const NAME: &'static str = "plan";

    fn perform(&self, job: &Job) -> Result<Planned, AppError> {
        let wanted = WantedLab::new(&self.wish, job, Access::Any)?;
        let provider = wanted.provider(job)?;
        let baseline = Baseline::of(&wanted.instance(job), provider.as_ref(), job)?;
        let planned = bring_up::plan(&wanted, &baseline, &provider.inventory()?, self.how)?;
        Ok(Planned { plan: planned.plan, cold_because: planned.cold_because })
    }
}
