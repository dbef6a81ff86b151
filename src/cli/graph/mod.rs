//! A lab as a picture: pure functions from the model to text.
//!
//! The management network is left out: every node is on it, no fault touches it, and it would only hide the rest.

mod dot;
mod mermaid;
mod text;

pub use dot::dot;
pub use mermaid::mermaid;
pub use text::text;

use crate::model::{Lab, MANAGEMENT_NETWORK, Network, Nic, Node};

/// The networks that a lab's author wrote down.
fn networks(lab: &Lab) -> impl Iterator<Item = &Network> {
    lab.networks.iter().filter(|network| network.name.as_str() != MANAGEMENT_NETWORK)
}

/// A node's interfaces on those networks.
fn nics(node: &Node) -> impl Iterator<Item = &Nic> {
    node.nics.iter().filter(|nic| nic.network.as_str() != MANAGEMENT_NETWORK)
}

/// The stacks of a node: `storage (drbd)`, or only the name where both are the same.
fn stacks(lab: &Lab, node: &Node) -> Vec<String> {
    let label = |stack: &crate::model::StackUse| match stack.name.as_str() == stack.uses {
        true => stack.uses.clone(),
        false => format!("{} ({})", stack.name, stack.uses),
    };
    lab.stacks_on(&node.name).map(label).collect()
}
