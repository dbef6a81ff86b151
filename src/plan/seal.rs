//! The seal of a machine: the digest of the configuration inside it.

use std::collections::BTreeSet;

use crate::desired::{Desired, DesiredNode};
use crate::model::NodeName;
use crate::model::spec::HealthCheck;
use crate::model::spec::{Digest, StepSpec};

/// The digest that a node's machine is sealed with once it is set up and healthy.
///
/// It does not cover memory and processors, which can be read from the machine itself; changing them needs a
/// restart, not another set-up.
pub(super) fn seal(desired: &Desired, node: &DesiredNode) -> Digest {
    let steps: Vec<&StepSpec> =
        desired.phases.iter().flatten().filter(|step| step.node == node.name).collect();
    let checks: Vec<&HealthCheck> = desired
        .checks
        .iter()
        .filter(|check| match &check.node {
            Some(on) => *on == node.name,
            None => nodes_of(desired, &check.stack).contains(&node.name),
        })
        .collect();
    Digest::of(&(&node.seed, &node.guest.disks, steps, checks))
}

/// The nodes on which a stack runs something. A stack that runs nothing on any node counts as on all of them.
pub(super) fn nodes_of<'a>(desired: &'a Desired, stack: &str) -> BTreeSet<&'a NodeName> {
    let steps = desired.phases.iter().flatten().filter(|step| step.stack == stack).map(|step| &step.node);
    let checks = desired.checks.iter().filter(|check| check.stack == stack).filter_map(|c| c.node.as_ref());
    let nodes: BTreeSet<&NodeName> = steps.chain(checks).collect();
    if nodes.is_empty() { desired.nodes.iter().map(|node| &node.name).collect() } else { nodes }
}
