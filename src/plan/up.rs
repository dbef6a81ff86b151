//! The plan that brings a lab to its desired state.
//!
//! The phases here are in the order of the plan's steps; which steps can run in parallel depends only on
//! their needs.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::network::NetworkWork;
use super::work::{NodeWork, RECREATED};
use super::{Action, NodeChange, Plan, Purpose, Refusal, StepId, guard, remove, set_up};
use crate::desired::Desired;
use crate::inventory::Inventory;
use crate::model::NodeName;
use crate::model::spec::Digest;

/// The user's options besides the lab file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpOptions {
    /// Nodes to delete with all their disks and create again.
    pub recreate: BTreeSet<NodeName>,
}

/// The plan that brings a lab to its desired state; empty if it is in it already.
///
/// # Errors
/// When the plan would destroy data without a request, or change foreign objects.
pub fn up(desired: &Desired, inventory: &Inventory, options: &UpOptions) -> Result<Plan, Refusal> {
    guard::check(desired, inventory, options)?;
    let networks = NetworkWork::of(desired, inventory);
    let works: Vec<NodeWork<'_>> = desired
        .nodes
        .iter()
        .map(|node| NodeWork::of(desired, node, inventory, &options.recreate, &networks))
        .collect();
    let removed = remove::surplus(desired, inventory);

    let mut draft = Draft::default();
    images(&mut draft, desired, inventory);
    let host = host(&mut draft, desired, inventory);
    draft.begin_with(host);
    for work in &works {
        clear(&mut draft, work, host, inventory);
    }
    for (node, _) in &removed {
        remove::node(&mut draft, inventory, node, host, "no longer in the lab");
    }
    for work in &networks {
        network(&mut draft, work, host, inventory);
    }
    for work in &works {
        machine(&mut draft, work, host);
    }
    let purpose = if inventory.is_empty() { Purpose::Fresh } else { Purpose::Standing };
    let neighbours = set_up::set_up(&mut draft, desired, &works, purpose);

    let touched = works.iter().filter_map(|work| {
        let effect = work.effect()?;
        Some(NodeChange { node: work.node.name.clone(), effect, reasons: work.reasons() })
    });
    let mut changes: Vec<NodeChange> = touched.chain(neighbours).collect();
    let place = |change: &NodeChange| desired.nodes.iter().position(|node| node.name == change.node);
    changes.sort_by_key(place);
    changes.extend(removed.into_iter().map(|(_, change)| change));
    Ok(Plan { purpose, changes, steps: draft.into_steps() })
}

fn images(draft: &mut Draft, desired: &Desired, inventory: &Inventory) {
    for image in desired.images.iter().filter(|image| !inventory.images.contains(&image.digest)) {
        draft.add(Action::EnsureImage(image.clone()), [], "not in the store");
    }
}

pub(super) fn host(draft: &mut Draft, desired: &Desired, inventory: &Inventory) -> Option<StepId> {
    let why = match &inventory.host {
        None => "not there yet",
        Some(host) if !host.alive => "it had died; machines start again from their disks",
        Some(host) if host.lab.is_none() => "its metadata is damaged",
        Some(host) if host.guard.as_ref() != Some(&Digest::of(&desired.host.guard)) => {
            "the rules for its networks differ"
        }
        Some(_) => return None,
    };
    Some(draft.add(Action::CreateHost(desired.host.clone()), [], why))
}

/// Deletes or stops what has to be gone before a node's objects are created.
fn clear(draft: &mut Draft, work: &NodeWork<'_>, host: Option<StepId>, inventory: &Inventory) {
    let name = &work.node.name;
    if work.recreate {
        remove::node(draft, inventory, name, host, RECREATED);
        return;
    }
    let Some(found) = work.found.filter(|_| work.effect().is_some()) else { return };
    let unsealed = found
        .sealed
        .is_some()
        .then(|| draft.add(Action::Unseal(name.clone()), [], work.reasons().join("; ")));
    if work.stops() {
        draft.add(Action::StopGuest(name.clone()), unsealed, work.restart.join("; "));
    }
}

pub(super) fn network(
    draft: &mut Draft,
    work: &NetworkWork<'_>,
    host: Option<StepId>,
    inventory: &Inventory,
) {
    let users = |draft: &Draft| {
        let on = |node: &NodeName| {
            let spec = inventory.guests.get(node).and_then(|guest| guest.mark.ours());
            spec.is_some_and(|spec| spec.nics.iter().any(|nic| nic.network == *work.name()))
        };
        draft.which(|action| matches!(action, Action::StopGuest(node) if on(node)))
    };
    match work {
        NetworkWork::Make(spec) => {
            draft.add(Action::CreateNetwork((*spec).clone()), host, "not there yet");
        }
        NetworkWork::Start(spec) => {
            let needs = users(draft);
            draft.add(Action::CreateNetwork((*spec).clone()), needs, "it is not started");
        }
        NetworkWork::Remake(spec, reasons) => {
            let needs = users(draft);
            let gone = draft.add(Action::DeleteNetwork(work.name().clone()), needs, reasons.join("; "));
            draft.add(Action::CreateNetwork((*spec).clone()), [gone], reasons.join("; "));
        }
        NetworkWork::Drop(name) => {
            let needs = users(draft);
            draft.add(Action::DeleteNetwork((*name).clone()), needs, "no longer in the lab");
        }
    }
}

/// Creates the disks, seed and definition of a node, starts it and waits for its answer.
fn machine(draft: &mut Draft, work: &NodeWork<'_>, host: Option<StepId>) {
    let name = &work.node.name;
    let cleared = draft.which(|action| action.node() == Some(name));
    let base = || host.into_iter().chain(cleared.iter().copied());
    let image = &work.node.seed.image;
    let image = draft.which(|action| matches!(action, Action::EnsureImage(spec) if spec.digest == *image));

    for disk in &work.make_disks {
        let needs: Vec<StepId> = match disk.source {
            crate::model::spec::DiskSource::Image(_) => base().chain(image.iter().copied()).collect(),
            crate::model::spec::DiskSource::Blank(_) => base().collect(),
        };
        draft.add(Action::CreateDisk((*disk).clone()), needs, "not there yet");
    }
    if !work.seed.is_empty() {
        let needs: Vec<StepId> = base().chain(image.iter().copied()).collect();
        draft.add(Action::WriteSeed(work.node.seed.clone()), needs, work.seed.join("; "));
    }
    let networks = draft.which(|action| {
        let on = |spec: &crate::model::spec::NetworkSpec| {
            work.node.guest.nics.iter().any(|nic| nic.network == spec.network.name)
        };
        matches!(action, Action::CreateNetwork(spec) if on(spec))
    });
    let so_far = |draft: &Draft| draft.which(|action| action.node() == Some(name));
    if !work.define.is_empty() {
        let needs: Vec<StepId> = so_far(draft).into_iter().chain(networks.clone()).chain(host).collect();
        draft.add(Action::DefineGuest(work.node.guest.clone()), needs, work.define.join("; "));
    }
    for disk in &work.drop_disks {
        let needs = so_far(draft);
        draft.add(Action::DeleteDisk(disk.clone()), needs, "no longer in the lab; what is on it is lost");
    }
    if !work.start.is_empty() {
        let needs: Vec<StepId> = so_far(draft).into_iter().chain(networks).collect();
        draft.add(Action::StartGuest(name.clone()), needs, work.start.join("; "));
    }
}
