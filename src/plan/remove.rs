//! Plans that delete a node or the whole lab.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::{Action, NodeChange, NodeEffect, Plan, Purpose, Refusal, StepId, guard};
use crate::desired::Desired;
use crate::inventory::Inventory;
use crate::model::NodeName;

/// The plan that deletes an instance in any state. It needs no lab file.
///
/// # Errors
/// When its host has foreign objects, which would be destroyed with the host.
pub fn down(inventory: &Inventory) -> Result<Plan, Refusal> {
    guard::nothing_foreign(inventory)?;
    let mut draft = Draft::default();
    let nodes = nodes(inventory);
    for node in &nodes {
        self::node(&mut draft, inventory, node, None, "the lab is taken down");
    }
    let stops = draft.which(|action| matches!(action, Action::StopGuest(_)));
    for name in inventory.networks.keys() {
        draft.add(Action::DeleteNetwork(name.clone()), stops.clone(), "the lab is taken down");
    }
    if !inventory.is_empty() {
        let ends = draft.ends();
        draft.add(Action::DestroyHost, ends, "the lab is taken down");
    }
    let reasons = vec!["the lab is taken down".to_owned()];
    let changes = nodes.into_iter().map(|node| NodeChange {
        node: node.clone(),
        effect: NodeEffect::Remove,
        reasons: reasons.clone(),
    });
    Ok(Plan { purpose: Purpose::Down, changes: changes.collect(), steps: draft.into_steps() })
}

/// The nodes in the inventory that are not in the lab.
pub(super) fn surplus<'a>(desired: &Desired, inventory: &'a Inventory) -> Vec<(&'a NodeName, NodeChange)> {
    let gone = nodes(inventory)
        .into_iter()
        .filter(|node| desired.nodes.iter().all(|wanted| wanted.name != **node))
        .map(|node| {
            let reasons = vec!["no longer in the lab".to_owned()];
            (node, NodeChange { node: node.clone(), effect: NodeEffect::Remove, reasons })
        });
    gone.collect()
}

/// Deletes all objects of a node, after `host` if the host is created or revived.
pub(super) fn node(
    draft: &mut Draft,
    inventory: &Inventory,
    name: &NodeName,
    host: Option<StepId>,
    why: &str,
) {
    let mut off = host;
    if let Some(found) = inventory.guests.get(name) {
        if found.state.is_on() {
            off = Some(draft.add(Action::StopGuest(name.clone()), off, why));
        }
        off = Some(draft.add(Action::UndefineGuest(name.clone()), off, why));
    }
    for id in inventory.disks.keys().filter(|id| id.node == *name) {
        draft.add(Action::DeleteDisk(id.clone()), off, why);
    }
    if inventory.seeds.contains_key(name) {
        draft.add(Action::DeleteSeed(name.clone()), off, why);
    }
}

/// The nodes in the inventory.
fn nodes(inventory: &Inventory) -> BTreeSet<&NodeName> {
    let disks = inventory.disks.keys().map(|id| &id.node);
    inventory.guests.keys().chain(disks).chain(inventory.seeds.keys()).collect()
}
