//! The plan that restores a lab from a checkpoint, from any state.

use super::draft::Draft;
use super::network::NetworkWork;
use super::seal::seal;
use super::{Action, NodeChange, NodeEffect, Plan, Purpose, Refusal, StepId, guard, remove, up};
use crate::checkpoint::{Checkpoint, Kind, SavedNode};
use crate::desired::{Desired, DesiredNode};
use crate::inventory::Inventory;
use crate::model::NodeName;
use crate::model::guard::Guard;

/// The plan that resets a whole lab to a checkpoint. The present content of its disks and memories is lost,
/// as requested; foreign objects are refused.
///
/// # Errors
/// When the instance is of another lab, or its host has foreign objects.
pub fn restore(checkpoint: &Checkpoint, inventory: &Inventory) -> Result<Plan, Refusal> {
    let mut desired = checkpoint.spec.instance.desired.clone();
    // A checkpoint of an earlier version has no rules for the networks.
    if desired.host.guard == Guard::default() {
        desired.host.guard = Guard::of(&checkpoint.spec.instance.lab);
    }
    let desired = &desired;
    guard::same_lab(desired, inventory)?;
    guard::nothing_foreign(inventory)?;
    let removed = remove::surplus(desired, inventory);

    let mut draft = Draft::default();
    let host = up::host(&mut draft, desired, inventory);
    draft.begin_with(host);
    for node in &desired.nodes {
        switch_off(&mut draft, inventory, &node.name, host);
    }
    for (node, _) in &removed {
        remove::node(&mut draft, inventory, node, host, "not in the checkpoint");
    }
    for work in &NetworkWork::of(desired, inventory) {
        up::network(&mut draft, work, host, inventory);
    }
    let keys = draft.add(Action::AdoptKeys(checkpoint.id().clone()), host, "the saved guests know them");
    for (node, saved) in pairs(desired, checkpoint) {
        machine(&mut draft, inventory, checkpoint, (node, saved), host, keys);
    }
    wake(&mut draft, desired, checkpoint);

    let why = format!("from checkpoint {}", checkpoint.id());
    let restored = desired.nodes.iter().map(|node| NodeChange {
        node: node.name.clone(),
        effect: NodeEffect::Restore,
        reasons: vec![why.clone()],
    });
    let changes = restored.chain(removed.into_iter().map(|(_, change)| change)).collect();
    let purpose = if inventory.is_empty() { Purpose::Fresh } else { Purpose::Standing };
    Ok(Plan { purpose, changes, steps: draft.into_steps() })
}

/// Each desired node with its saved state.
fn pairs<'a>(
    desired: &'a Desired,
    checkpoint: &'a Checkpoint,
) -> impl Iterator<Item = (&'a DesiredNode, &'a SavedNode)> {
    desired.nodes.iter().filter_map(|node| {
        checkpoint.nodes.iter().find(|saved| saved.node == node.name).map(|saved| (node, saved))
    })
}

fn switch_off(draft: &mut Draft, inventory: &Inventory, name: &NodeName, host: Option<StepId>) {
    const WHY: &str = "the checkpoint replaces it";
    let Some(found) = inventory.guests.get(name) else { return };
    let mut before = host;
    if found.sealed.is_some() {
        before = Some(draft.add(Action::Unseal(name.clone()), before, WHY));
    }
    if found.state.is_on() {
        draft.add(Action::StopGuest(name.clone()), before, WHY);
    }
}

/// Disks, seed, definition and memory of a node; afterwards it is loaded and paused.
fn machine(
    draft: &mut Draft,
    inventory: &Inventory,
    checkpoint: &Checkpoint,
    (node, saved): (&DesiredNode, &SavedNode),
    host: Option<StepId>,
    keys: StepId,
) {
    let name = &node.name;
    let id = checkpoint.id();
    let so_far = |draft: &Draft| draft.which(|action| action.node() == Some(name));
    let cleared = so_far(draft);
    let base = || host.into_iter().chain(cleared.iter().copied());
    for disk in &saved.disks {
        let action = Action::LayDisk { disk: disk.spec.clone(), checkpoint: id.clone() };
        draft.add(action, base(), "as it was saved");
    }
    let kept = |disk: &&crate::model::spec::DiskId| saved.disks.iter().any(|saved| saved.spec.id == **disk);
    for disk in inventory.disks.keys().filter(|disk| disk.node == *name && !kept(disk)) {
        draft.add(Action::DeleteDisk(disk.clone()), base(), "not in the checkpoint");
    }
    draft.add(Action::WriteSeed(node.seed.clone()), base().chain([keys]), "for its next start");
    let networks = draft.which(|action| {
        let on = |spec: &crate::model::spec::NetworkSpec| {
            node.guest.nics.iter().any(|nic| nic.network == spec.network.name)
        };
        matches!(action, Action::CreateNetwork(spec) if on(spec))
    });
    let needs: Vec<StepId> = so_far(draft).into_iter().chain(networks).chain(host).collect();
    let defined = draft.add(Action::DefineGuest(node.guest.clone()), needs, "for its next start");
    if saved.memory.is_some() {
        let action = Action::LoadGuest { guest: node.guest.clone(), checkpoint: id.clone() };
        draft.add(action, [defined], "with the memory that was saved");
    }
}

/// Resumes all machines together, and checks what a checkpoint of this kind guarantees.
fn wake(draft: &mut Draft, desired: &Desired, checkpoint: &Checkpoint) {
    let running = checkpoint.nodes.iter().filter(|saved| saved.memory.is_some());
    let running: Vec<NodeName> = running.map(|saved| saved.node.clone()).collect();
    let mut ready = draft.ends();
    if !running.is_empty() {
        let action = Action::ResumeGuests(running.clone());
        ready = vec![draft.add(action, ready, "they were saved together")];
    }
    for node in &running {
        let mut before = ready.clone();
        for step in desired.waking(node) {
            let why = format!("before the clock of {node} is set");
            before = vec![draft.add(Action::RunStep(step.clone()), before, why)];
        }
        draft.add(Action::WakeGuest(node.clone()), before, "its clock was stopped");
    }
    ready.extend(draft.which(|action| matches!(action, Action::RunStep(_))));
    // A check over the network can run once every node has run its steps for waking; a check inside a node
    // needs that node's clock set.
    let awake = |draft: &Draft, node: Option<&NodeName>| {
        let woken = draft.which(|action| matches!(action, Action::WakeGuest(name) if Some(name) == node));
        if woken.is_empty() { ready.clone() } else { woken }
    };
    let seen: Vec<StepId> = match checkpoint.spec.kind {
        Kind::Start => {
            let check = |check: &crate::model::spec::HealthCheck| {
                let needs = awake(draft, check.node.as_ref());
                draft.add(Action::AwaitHealth(check.clone()), needs, "the lab is up when this holds")
            };
            desired.checks.iter().map(check).collect()
        }
        Kind::Named | Kind::Exercise => {
            let answers = |node: &NodeName| {
                let needs = awake(draft, Some(node));
                draft.add(Action::AwaitGuest(node.clone()), needs, "it ran when it was saved")
            };
            running.iter().map(answers).collect()
        }
    };
    let woken = draft.which(|action| matches!(action, Action::WakeGuest(_)));
    let seen: Vec<StepId> = seen.into_iter().chain(woken).collect();
    let seen = if seen.is_empty() { ready.clone() } else { seen };
    for (node, saved) in pairs(desired, checkpoint) {
        let digest = match checkpoint.spec.kind {
            Kind::Start => Some(seal(desired, node)),
            Kind::Named | Kind::Exercise => saved.sealed.clone(),
        };
        if let Some(digest) = digest {
            let action = Action::Seal { node: node.name.clone(), digest };
            draft.add(action, seen.clone(), "it is as it was saved");
        }
    }
}
