//! How an instance is, as data: asked of the host, the nodes and the services at the same time.

mod answers;
mod ask;
mod watch;

use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::instances::Each;
use super::job::Job;
use super::request::Request;
use crate::injection::ActiveFault;
use crate::model::InstanceName;

pub use watch::Watch;

/// Asks how instances are: their nodes, who holds their addresses, and whether their services answer. Everything is asked now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GetStatus {
    /// The instances; may be empty when only one stands.
    pub instances: Vec<InstanceName>,
    /// All instances.
    pub all: bool,
}

impl Request for GetStatus {
    type Outcome = Each<Status>;
    const NAME: &'static str = "status";

    fn perform(&self, job: &Job) -> Result<Self::Outcome, AppError> {
        let names = job.several(&self.instances, self.all)?;
        Ok(job.for_each(&names, |name| ask::ask(job, name)))
    }
}

/// How an instance is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The instance.
    pub instance: String,
    /// Its lab.
    pub lab: String,
    /// One line on what the lab is.
    pub title: String,
    /// What `--set` set.
    pub settings: Vec<String>,
    /// Whether its embedded host lives.
    pub host: bool,
    /// Whether every node runs as the lab wants it and every check is healthy.
    pub healthy: bool,
    /// The nodes.
    pub nodes: Vec<NodeStatus>,
    /// The virtual addresses.
    pub addresses: Vec<AddressStatus>,
    /// The services.
    pub checks: Vec<CheckStatus>,
    /// The faults in force.
    #[serde(default)]
    pub faults: Vec<FaultStatus>,
    /// The command that is at work on it: `lab drill run`. None when there is none.
    #[serde(default)]
    pub at_work: Option<String>,
}

/// How a node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// Its name.
    pub node: String,
    /// `running`, `paused`, `frozen` (its process is stopped), `off`, `crashed`, or `absent`.
    pub state: String,
    /// Whether its set-up was finished.
    pub configured: bool,
    /// Its addresses, without that of management.
    pub addresses: Vec<String>,
}

/// Who has a virtual address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressStatus {
    /// Its name.
    pub address: String,
    /// The address.
    pub ip: String,
    /// The nodes that have it: one, when all is well. None when no node could be asked.
    pub holders: Option<Vec<String>>,
}

/// How a service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckStatus {
    /// What is checked.
    pub check: String,
    /// The node that it is about, if it is about one.
    pub node: Option<String>,
    /// Whether it is healthy.
    pub healthy: bool,
    /// Why not.
    pub trouble: Option<String>,
}

/// A fault that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultStatus {
    /// The name that `lab fault heal` knows it by.
    pub id: String,
    /// The fault's word.
    pub fault: String,
    /// The node.
    pub node: String,
    /// The command that began it.
    pub by: String,
    /// When it began.
    pub since: jiff::Timestamp,
}

impl FaultStatus {
    fn of(entry: &ActiveFault) -> Self {
        let injection = &entry.injection;
        Self {
            id: injection.id.to_string(),
            fault: injection.fault.word().to_owned(),
            node: injection.node.to_string(),
            by: entry.by.clone(),
            since: entry.since,
        }
    }
}
