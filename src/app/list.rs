//! `lab list`: the instances, and the bundled labs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::request::Request;
use super::{faults, lab, provider, usage};
use crate::base::folder::Access;
use crate::catalog::Catalog;
use crate::instance::Instance;
use crate::inventory::{GuestState, Inventory};
use crate::labfile::{self, bundled_labs};
use crate::model::{CheckpointId, InstanceName};

/// Lists instances.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct List {
    /// Only these; all if empty.
    pub instances: Vec<InstanceName>,
}

/// An instance in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its name.
    pub instance: InstanceName,
    /// Its lab; none if it is incomplete or its description is damaged.
    pub lab: Option<String>,
    /// The title of the lab.
    pub title: Option<String>,
    /// Its nodes.
    pub nodes: Vec<String>,
    /// How many nodes run; none if the host could not be asked.
    pub running: Option<usize>,
    /// How many faults are in force.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub faults: usize,
    /// The checkpoint that its disks stand on; none if it was made new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<CheckpointId>,
    /// When it was first brought up.
    pub created: Option<jiff::Timestamp>,
    /// Why its description cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Request for List {
    type Outcome = Vec<Listed>;
    const NAME: &'static str = "list";

    fn perform(&self, job: &Job) -> Result<Vec<Listed>, AppError> {
        let names = job.several(&self.instances, self.instances.is_empty())?;
        Ok(names.into_iter().map(|name| listed(name, job)).collect())
    }
}

fn listed(name: InstanceName, job: &Job) -> Listed {
    // A damaged instance must not hide the others.
    let (described, damage) = match Instance::load(&job.state, &name) {
        Ok(described) => (described, None),
        Err(error) => (None, Some(crate::base::failure::chain(&error))),
    };
    let accel = described.as_ref().map(|instance| instance.accel).unwrap_or_default();
    let provider = provider::open(job, &name, accel, Catalog::of_state(&job.state)).ok();
    let inventory = provider.and_then(|provider| provider.inventory().ok());
    let running = |inventory: Inventory| {
        inventory.guests.values().filter(|guest| guest.state == GuestState::Running).count()
    };
    Listed {
        // Neither must hide that the instance exists.
        faults: faults::journal(job, &name).map(|journal| journal.active().len()).unwrap_or_default(),
        from: usage::instance_stands_upon(&job.state, &name).unwrap_or_default().into_iter().next(),
        instance: name,
        lab: described.as_ref().map(|instance| instance.lab.name.to_string()),
        title: described.as_ref().map(|instance| instance.lab.title.clone()),
        nodes: described
            .iter()
            .flat_map(|instance| &instance.lab.nodes)
            .map(|n| n.name.to_string())
            .collect(),
        // A user who may not ask the host still sees which instances exist.
        running: inventory.map(running),
        created: described.as_ref().map(|instance| instance.created),
        damage,
    }
}

/// Lists the labs that have a name: those that come with the program, and the installed ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ListBundled {}

/// A bundled or an installed lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundledLab {
    /// Its name.
    pub lab: String,
    /// A description in one line.
    pub title: String,
    /// Whether it was installed on this machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub installed: bool,
}

impl Request for ListBundled {
    type Outcome = Vec<BundledLab>;
    const NAME: &'static str = "list bundled";

    fn perform(&self, job: &Job) -> Result<Vec<BundledLab>, AppError> {
        let row = |(lab, installed): (String, bool)| {
            let found = lab::find(&lab, &job.state, Access::Any).ok();
            let loaded = found.and_then(|source| labfile::load(&source, &[]).ok());
            BundledLab { lab, title: loaded.map(|loaded| loaded.lab.title).unwrap_or_default(), installed }
        };
        let bundled = bundled_labs();
        let mut installed = Catalog::of_state(&job.state)
            .installed_labs()
            .map_err(|error| AppError::failed("the installed labs cannot be listed").because(error))?;
        installed.retain(|name| !bundled.contains(name));
        let bundled = bundled.into_iter().map(|name| (name, false));
        Ok(bundled.chain(installed.into_iter().map(|name| (name, true))).map(row).collect())
    }
}
