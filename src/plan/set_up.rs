//! From started machines to a healthy lab: files, phases of steps, health checks, seals.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::seal::{nodes_of, seal};
use super::work::NodeWork;
use super::{Action, NodeChange, NodeEffect, Purpose, StepId};
use crate::desired::Desired;
use crate::model::NodeName;
use crate::model::spec::StepSpec;
use crate::model::spec::{After, When};

/// Plans the set-up of the nodes that need it, and the health checks if any node is changed.
///
/// If one of a stack's nodes is set up, the stack's steps run on all of them, because a step on one node can
/// depend on another (a cluster's first node admits the new one). Returns the nodes changed only for that.
pub(super) fn set_up(
    draft: &mut Draft,
    desired: &Desired,
    works: &[NodeWork<'_>],
    purpose: Purpose,
) -> Vec<NodeChange> {
    let touched: Vec<&NodeWork<'_>> = works.iter().filter(|work| work.effect().is_some()).collect();
    if touched.is_empty() {
        return Vec::new();
    }
    let due = due_steps(desired, works);
    let mut ready: BTreeMap<&NodeName, StepId> = BTreeMap::new();
    for work in &touched {
        ready.insert(&work.node.name, answering(draft, work));
    }
    let mut neighbours = Vec::new();
    for step in due.iter().flatten() {
        if !ready.contains_key(&step.spec.node) {
            let why = format!("stack {} is set up on {}", step.spec.stack, step.cause);
            let id = draft.add(Action::AwaitGuest(step.spec.node.clone()), [], why.clone());
            ready.insert(&step.spec.node, id);
            let node = step.spec.node.clone();
            neighbours.push(NodeChange { node, effect: NodeEffect::SetUp, reasons: vec![why] });
        }
    }
    phases(draft, &due, &ready);
    let before = draft.ends();
    let why = match purpose {
        Purpose::Fresh => "the lab is up when this holds".to_owned(),
        Purpose::Standing | Purpose::Down => {
            let names: Vec<&str> = touched.iter().map(|work| work.node.name.as_str()).collect();
            format!("must hold after the change of {}", names.join(", "))
        }
    };
    for check in &desired.checks {
        draft.add(Action::AwaitHealth(check.clone()), before.clone(), why.clone());
    }
    let healthy = if desired.checks.is_empty() {
        before
    } else {
        draft.which(|action| matches!(action, Action::AwaitHealth(_)))
    };
    for work in &touched {
        let digest = seal(desired, work.node);
        let action = Action::Seal { node: work.node.name.clone(), digest };
        draft.add(action, healthy.clone(), "it is as the lab wants it");
    }
    neighbours
}

/// A step that runs because a node is set up.
struct Due<'a> {
    spec: &'a StepSpec,
    cause: &'a NodeName,
}

/// The steps of all stacks on the nodes to be set up, phase by phase.
fn due_steps<'a>(desired: &'a Desired, works: &[NodeWork<'a>]) -> Vec<Vec<Due<'a>>> {
    let causes: BTreeSet<&NodeName> =
        works.iter().filter(|work| !work.set_up.is_empty()).map(|work| &work.node.name).collect();
    let phases = desired.phases.iter().map(|phase| {
        let due = phase.iter().filter_map(|spec| {
            let cause = match causes.get(&spec.node) {
                Some(own) => own,
                None => nodes_of(desired, &spec.stack).into_iter().find(|node| causes.contains(node))?,
            };
            let belongs = match spec.when {
                When::Always => true,
                When::Founding => founded(desired, works, &spec.stack),
                When::Waking => false,
            };
            if !belongs {
                return None;
            }
            let cause = desired.nodes.iter().find(|node| node.name == *cause)?;
            Some(Due { spec, cause: &cause.name })
        });
        due.collect::<Vec<_>>()
    });
    phases.filter(|phase| !phase.is_empty()).collect()
}

/// Whether all nodes of a stack boot for the first time.
fn founded(desired: &Desired, works: &[NodeWork<'_>], stack: &str) -> bool {
    let new = |node: &&NodeName| works.iter().any(|w| w.node.name == **node && w.is_from_nothing());
    nodes_of(desired, stack).iter().all(new)
}

/// Waits for a node and updates its files. Returns the step after which the node is ready for set-up.
fn answering(draft: &mut Draft, work: &NodeWork<'_>) -> StepId {
    let name = &work.node.name;
    let so_far = draft.which(|action| action.node() == Some(name));
    let why = if work.start.is_empty() { "its set-up runs again" } else { "it starts" };
    let answers = draft.add(Action::AwaitGuest(name.clone()), so_far, why);
    if work.pushes() {
        draft.add(Action::PushFiles(work.node.seed.clone()), [answers], work.set_up.join("; "))
    } else {
        answers
    }
}

/// Every step waits for the preceding one on its node, the first until the node answers; a step that concerns
/// other nodes also waits for them and for their steps of earlier phases.
fn phases(draft: &mut Draft, due: &[Vec<Due<'_>>], ready: &BTreeMap<&NodeName, StepId>) {
    let mut last = ready.clone();
    for phase in due {
        let before = last.clone();
        for step in phase {
            let waits = |node: &NodeName| step.spec.after == After::AllNodes || *node == step.spec.node;
            let needs: Vec<StepId> =
                before.iter().filter(|(node, _)| waits(node)).map(|(_, id)| *id).collect();
            let why = format!("{} is set up", step.cause);
            last.insert(&step.spec.node, draft.add(Action::RunStep(step.spec.clone()), needs, why));
        }
    }
}
