//! The status of an instance as data: the host, the nodes and the services are queried at the same time.

pub(crate) mod answers;
mod ask;
pub(crate) mod listing;
mod watch;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::instances::Each;
use super::job::Job;
use super::request::Request;
use crate::injection::ActiveFault;
use crate::model::InstanceName;
use crate::model::fault::Value;
use crate::model::guard::Dropped;

pub use watch::Watch;

/// Asks for the status of instances: their nodes, who holds their addresses, and whether their services
/// answer. All answers are current.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GetStatus {
    /// The instances; may be empty if there is only one.
    pub instances: Vec<InstanceName>,
    /// All instances.
    pub all: bool,
}

impl Request for GetStatus {
    type Outcome = Each<Status>;
    const NAME: &'static str = "status";

    fn perform(&self, job: &Job) -> Result<Self::Outcome, AppError> {
        let names = match self.instances.as_slice() {
            [] if !self.all => vec![job.choose(None)?],
            named => job.several(named, self.all)?,
        };
        Ok(job.for_each(&names, |name| ask::ask(job, name)))
    }
}

/// The status of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The instance.
    pub instance: String,
    /// Its lab.
    pub lab: String,
    /// The title of the lab.
    pub title: String,
    /// The parameters of `--set`.
    pub settings: Vec<String>,
    /// Whether its embedded host runs.
    pub host: bool,
    /// Whether every node runs as the lab file says and every check is healthy.
    pub healthy: bool,
    /// The memory that its machines take together, in bytes; none while it is down or where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// The nodes.
    pub nodes: Vec<NodeStatus>,
    /// The virtual addresses.
    pub addresses: Vec<AddressStatus>,
    /// The services.
    pub checks: Vec<CheckStatus>,
    /// The faults in force.
    #[serde(default)]
    pub faults: Vec<FaultStatus>,
    /// The command that is working on it: `lab drill run`. None if there is none.
    #[serde(default)]
    pub at_work: Option<String>,
}

/// The status of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// Its name.
    pub node: String,
    /// `running`, `paused`, `frozen` (its process is stopped), `off`, `crashed`, or `absent`.
    pub state: String,
    /// Whether its set-up has finished.
    pub configured: bool,
    /// Its addresses, except that of the management network.
    pub addresses: Vec<String>,
    /// Its roles in stacks, as it tells them itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleStatus>,
    /// Why its answer could not be used: it talks without end; or why it was paused without a command. None
    /// if there is no such reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// The frames that its ports have dropped: not its own addresses, or too many. None if there are none, or
    /// the status is watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<Dropped>,
}

/// A role of a node in a stack: the word of the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleStatus {
    /// The lab's name of the stack.
    pub stack: String,
    /// What it is: `mirror of the disk`.
    pub title: String,
    /// What the node says: `Primary, UpToDate`. At most 80 characters, none that a terminal obeys.
    pub text: String,
}

/// The holder of a virtual address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressStatus {
    /// Its name.
    pub address: String,
    /// The address.
    pub ip: String,
    /// The nodes that hold it: exactly one, if the lab is healthy. None if no node could be asked.
    pub holders: Option<Vec<String>>,
}

/// The status of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckStatus {
    /// The title of the check.
    pub check: String,
    /// The node that it belongs to, if any.
    pub node: Option<String>,
    /// Whether it is healthy.
    pub healthy: bool,
    /// It has not answered yet, so it may be healthy or not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pending: bool,
    /// Why it is not healthy, or not known to be.
    pub trouble: Option<String>,
}

/// A fault that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultStatus {
    /// Its id for `lab fault heal`.
    pub id: String,
    /// The name of the fault.
    pub fault: String,
    /// The node.
    pub node: String,
    /// The options of the fault: the network, a delay.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Value>,
    /// The command that injected it.
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
            keys: injection.fault.values().clone(),
            by: entry.by.clone(),
            since: entry.since,
        }
    }
}
