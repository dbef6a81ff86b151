//! A lab as a drawing: pure functions from the model to text.
//!
//! The management network is left out: every node is on it, no fault affects it, and it would clutter the
//! drawing.

mod dot;
mod mermaid;

pub use dot::dot;
pub use mermaid::mermaid;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::lab;
use super::request::Request;
use crate::model::{InstanceName, Lab, MANAGEMENT_NETWORK, Network, Nic, Node};

/// Asks for a lab as it was read, to draw or show it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShowLab {
    /// The lab. Default: that of the caller's folder, else that of the existing instance.
    pub lab: Option<String>,
    /// The instance whose lab it is, as it was brought up; takes precedence over the lab.
    pub instance: Option<InstanceName>,
}

impl Request for ShowLab {
    type Outcome = Lab;
    const NAME: &'static str = "graph";

    fn perform(&self, job: &Job) -> Result<Lab, AppError> {
        match &self.instance {
            Some(_) => Ok(job.describe(&job.choose(self.instance.as_ref())?)?.lab),
            None => lab::shown(job, self.lab.as_deref()),
        }
    }
}

/// The networks that the lab file declares.
pub fn networks(lab: &Lab) -> impl Iterator<Item = &Network> {
    lab.networks.iter().filter(|network| network.name.as_str() != MANAGEMENT_NETWORK)
}

/// A node's interfaces on those networks.
pub fn nics(node: &Node) -> impl Iterator<Item = &Nic> {
    node.nics.iter().filter(|nic| nic.network.as_str() != MANAGEMENT_NETWORK)
}

/// The stacks of a node: `storage (drbd)`, or only the name where both are the same.
pub fn stacks(lab: &Lab, node: &Node) -> Vec<String> {
    let label = |stack: &crate::model::StackUse| match stack.name.as_str() == stack.uses {
        true => stack.uses.clone(),
        false => format!("{} ({})", stack.name, stack.uses),
    };
    lab.stacks_on(&node.name).map(label).collect()
}
