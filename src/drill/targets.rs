//! Resolves the target of a step to nodes.

use std::collections::BTreeMap;

use super::random::Random;
use super::schedule::Done;
use crate::model::drill::Target;
use crate::model::{AddressName, Lab, Manager, NodeName, StepName};

/// The nodes that a target currently selects, none for a client; or why they are not known. `holder` returns
/// the current holder of an address.
pub fn targets(
    lab: &Lab,
    target: &Target,
    done: &BTreeMap<StepName, Done>,
    holder: &dyn Fn(&AddressName) -> Option<NodeName>,
    random: &mut Random,
) -> Result<Vec<NodeName>, String> {
    let held =
        |address: &AddressName| holder(address).ok_or_else(|| format!("no node answers for {address}"));
    let hit = |step: &StepName| {
        done.get(step).map(|done| &done.nodes).ok_or_else(|| format!("{step} was not done"))
    };
    let one = match target {
        Target::Node(node) => node.clone(),
        Target::Client => return Ok(Vec::new()),
        Target::Step(step) => return hit(step).cloned(),
        Target::Others(step) => {
            let hit = hit(step)?;
            let others = lab.nodes.iter().map(|node| &node.name).filter(|node| !hit.contains(node));
            let others: Vec<NodeName> = others.cloned().collect();
            return if others.is_empty() { Err(format!("{step} hit all nodes")) } else { Ok(others) };
        }
        Target::Holder(address) => held(address)?,
        Target::Standby(address) => {
            let holder = held(address)?;
            let mut members = lab.members(address).into_iter();
            members
                .find(|node| *node != holder)
                .ok_or_else(|| format!("there is no standby for {address}"))?
        }
        Target::Random(address) => {
            let mut members = lab.members(address);
            if members.is_empty() {
                return Err(format!("no node could hold {address}"));
            }
            let place = random.below(members.len() as u64);
            members.swap_remove(usize::try_from(place).unwrap_or_default())
        }
        Target::Preferred(address) => {
            let manager = Manager::of(lab, address).map(|manager| manager.preferred().clone());
            manager.ok_or_else(|| format!("the preferred node of {address} is not known"))?
        }
    };
    Ok(vec![one])
}

/// Where a step with these targets is done: on each of the nodes, or, without any, by a client.
pub fn places(nodes: &[NodeName]) -> Vec<Option<&NodeName>> {
    if nodes.is_empty() { vec![None] } else { nodes.iter().map(Some).collect() }
}
