//! Rules for every plan, independent of how plans are made: tests apply them to every plan.

use std::collections::BTreeSet;

use halab::model::NodeName;
use halab::model::spec::DiskId;
use halab::model::spec::When;
use halab::testing::inventory::{Inventory, Mark};
use halab::testing::plan::{Action, Plan, PlanStep, StepId};

/// A rule that a plan violates.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A step's id differs from its position.
    #[error("step {id} is at place {place}")]
    Misplaced {
        /// Its id.
        id: StepId,
        /// Its position.
        place: usize,
    },
    /// A step needs itself or a later one, which could deadlock.
    #[error("step {id} needs step {need}, which does not come before it")]
    NeedsLater {
        /// The step.
        id: StepId,
        /// What it needs.
        need: StepId,
    },
    /// A step changes an object that is not ours.
    #[error("step {id} ({action}) touches what is not ours")]
    TouchesForeign {
        /// The step.
        id: StepId,
        /// Its action.
        action: String,
    },
    /// A step does not wait for another that must precede it.
    #[error("step {id} ({action}) does not wait for `{before}`")]
    DoesNotWait {
        /// The step.
        id: StepId,
        /// Its action.
        action: String,
        /// The action that must precede it.
        before: String,
    },
    /// A step needs an object that neither exists nor is created before it.
    #[error("step {id} ({action}) lacks {what}")]
    Lacks {
        /// The step.
        id: StepId,
        /// Its action.
        action: String,
        /// The object.
        what: String,
    },
    /// A step has no reason.
    #[error("step {id} ({action}) has no reason")]
    NoReason {
        /// The step.
        id: StepId,
        /// Its action.
        action: String,
    },
}

/// All violations in a plan, given the inventory that it was made for.
pub fn check(plan: &Plan, inventory: &Inventory) -> Vec<Fault> {
    let mut checker = Checker { plan, inventory, before: Vec::new(), faults: Vec::new() };
    for (place, step) in plan.steps.iter().enumerate() {
        if checker.shape(place, step) {
            checker.reach(step);
            checker.foreign(step);
            checker.order(step);
            checker.presence(step);
        }
    }
    checker.faults
}

struct Checker<'a> {
    plan: &'a Plan,
    inventory: &'a Inventory,
    /// For each step, every step that certainly precedes it.
    before: Vec<BTreeSet<StepId>>,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn shape(&mut self, place: usize, step: &PlanStep) -> bool {
        let faults = self.faults.len();
        if step.id != place {
            self.faults.push(Fault::Misplaced { id: step.id, place });
        }
        if step.why.trim().is_empty() {
            self.faults.push(Fault::NoReason { id: step.id, action: step.action.to_string() });
        }
        let later = step.needs.iter().filter(|need| **need >= place);
        self.faults.extend(later.map(|need| Fault::NeedsLater { id: step.id, need: *need }));
        let sound = self.faults.len() == faults;
        if !sound {
            self.before.push(BTreeSet::new());
        }
        sound
    }

    fn reach(&mut self, step: &PlanStep) {
        let mut before: BTreeSet<StepId> = step.needs.iter().copied().collect();
        before.extend(step.needs.iter().flat_map(|need| &self.before[*need]));
        self.before.push(before);
    }

    fn foreign(&mut self, step: &PlanStep) {
        let guest =
            |node: &NodeName| self.inventory.guests.get(node).is_some_and(|g| g.mark == Mark::Foreign);
        let network = |name| self.inventory.networks.get(name).is_some_and(|n| n.mark == Mark::Foreign);
        let touches = match &step.action {
            Action::CreateNetwork(spec) => network(&spec.network.name),
            Action::DeleteNetwork(name) => network(name),
            Action::DestroyHost => {
                self.inventory.guests.keys().any(guest) || self.inventory.networks.keys().any(network)
            }
            action => action.node().is_some_and(guest),
        };
        if touches {
            self.faults.push(Fault::TouchesForeign { id: step.id, action: step.action.to_string() });
        }
    }

    /// Checks the steps that must precede this one if they are in the plan.
    fn order(&mut self, step: &PlanStep) {
        let plan = self.plan;
        let others = plan.steps.iter().filter(|other| other.id != step.id);
        let missed = others.filter(|other| comes_before(&other.action, &step.action, self.inventory));
        let missed: Vec<String> = missed
            .filter(|other| !self.before[step.id].contains(&other.id))
            .map(|other| other.action.to_string())
            .collect();
        self.faults.extend(missed.into_iter().map(|before| Fault::DoesNotWait {
            id: step.id,
            action: step.action.to_string(),
            before,
        }));
    }

    /// Checks that the objects of a step exist when it begins: found or created earlier, and not deleted
    /// since.
    fn presence(&mut self, step: &PlanStep) {
        let mut lacks: Vec<String> = Vec::new();
        match &step.action {
            Action::DefineGuest(spec) => {
                let disks = spec.disks.iter().map(|disk| Some(disk.name.clone()));
                for disk in std::iter::once(None).chain(disks) {
                    let id = DiskId { node: spec.node.clone(), disk };
                    let there = self.inventory.disks.contains_key(&id);
                    if !self.stands(
                        step,
                        there,
                        |a| makes_disk(a, &id),
                        |a| *a == Action::DeleteDisk(id.clone()),
                    ) {
                        lacks.push(format!("disk {id}"));
                    }
                }
                for nic in &spec.nics {
                    let name = &nic.network;
                    let there = self.inventory.networks.contains_key(name);
                    let makes = |a: &Action| matches!(a, Action::CreateNetwork(n) if n.network.name == *name);
                    if !self.stands(step, there, makes, |a| *a == Action::DeleteNetwork(name.clone())) {
                        lacks.push(format!("network {name}"));
                    }
                }
                let there = self.inventory.seeds.contains_key(&spec.node);
                let makes = |a: &Action| matches!(a, Action::WriteSeed(seed) if seed.node == spec.node);
                if !self.stands(step, there, makes, |a| *a == Action::DeleteSeed(spec.node.clone())) {
                    lacks.push("its seed".to_owned());
                }
            }
            Action::StartGuest(node) => {
                let there = self.inventory.guests.contains_key(node);
                let makes = |a: &Action| matches!(a, Action::DefineGuest(spec) if spec.node == *node);
                if !self.stands(step, there, makes, |a| *a == Action::UndefineGuest(node.clone())) {
                    lacks.push("its definition".to_owned());
                }
            }
            _ => {}
        }
        let faults =
            lacks.into_iter().map(|what| Fault::Lacks { id: step.id, action: step.action.to_string(), what });
        self.faults.extend(faults);
    }

    fn stands(
        &self,
        step: &PlanStep,
        found: bool,
        makes: impl Fn(&Action) -> bool,
        ends: impl Fn(&Action) -> bool,
    ) -> bool {
        let before = || self.before[step.id].iter().map(|id| &self.plan.steps[*id]);
        let made = before().filter(|other| makes(&other.action)).map(|other| other.id).max();
        let ended = before().filter(|other| ends(&other.action)).map(|other| other.id).max();
        match (made, ended) {
            (Some(made), Some(ended)) => made > ended,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => found,
        }
    }
}

fn makes_disk(action: &Action, id: &DiskId) -> bool {
    matches!(action, Action::CreateDisk(spec) | Action::LayDisk { disk: spec, .. } if spec.id == *id)
}

/// Whether the first action must precede the second when a plan has both.
fn comes_before(first: &Action, second: &Action, inventory: &Inventory) -> bool {
    let same_node = first.node().is_some() && first.node() == second.node();
    match (first, second) {
        (_, Action::DestroyHost) => true,
        // Images belong to no instance and need no host.
        (Action::CreateHost(_), second) => !matches!(second, Action::EnsureImage(_)) && in_host(second),
        (Action::Unseal(_), Action::Seal { .. }) => same_node,
        (Action::Unseal(_), second) => same_node && !matches!(second, Action::AwaitHealth(_)),
        (Action::AdoptKeys(_), Action::WriteSeed(_))
        | (Action::ResumeGuests(_), Action::AwaitHealth(_) | Action::AwaitGuest(_) | Action::Seal { .. }) => {
            true
        }
        (Action::ResumeGuests(_), Action::RunStep(_) | Action::WakeGuest(_)) => true,
        (Action::RunStep(_), Action::WakeGuest(_)) => same_node,
        (Action::WakeGuest(_), Action::AwaitHealth(_) | Action::AwaitGuest(_) | Action::Seal { .. }) => {
            same_node
        }
        (Action::LoadGuest { guest, .. }, Action::ResumeGuests(nodes)) => nodes.contains(&guest.node),
        (Action::StopGuest(_), Action::LayDisk { .. })
        | (
            Action::LayDisk { .. } | Action::StopGuest(_) | Action::DefineGuest(_),
            Action::LoadGuest { .. },
        )
        | (Action::StopGuest(_), Action::UndefineGuest(_) | Action::DefineGuest(_) | Action::StartGuest(_))
        | (Action::StopGuest(_) | Action::UndefineGuest(_), Action::DeleteDisk(_))
        | (Action::UndefineGuest(_), Action::DefineGuest(_))
        | (Action::DefineGuest(_), Action::StartGuest(_))
        | (Action::WriteSeed(_), Action::DefineGuest(_) | Action::PushFiles(_))
        | (Action::StartGuest(_), Action::AwaitGuest(_))
        | (Action::AwaitGuest(_), Action::PushFiles(_))
        | (Action::PushFiles(_), Action::RunStep(_)) => same_node,
        // A waking node is not queried before its clock is set.
        (Action::AwaitGuest(_), Action::RunStep(spec)) => same_node && spec.when != When::Waking,
        (Action::DeleteDisk(id), Action::CreateDisk(spec)) => *id == spec.id,
        (Action::DeleteNetwork(name), Action::CreateNetwork(spec)) => *name == spec.network.name,
        (Action::StopGuest(node), Action::DeleteNetwork(name)) => {
            let spec = inventory.guests.get(node).and_then(|guest| guest.mark.ours());
            spec.is_some_and(|spec| spec.nics.iter().any(|nic| nic.network == *name))
        }
        (Action::EnsureImage(image), Action::WriteSeed(seed)) => image.digest == seed.image,
        // The steps that wake a node do not concern checks of other nodes.
        (Action::RunStep(spec), Action::AwaitHealth(check)) => {
            spec.when != When::Waking || check.node.as_ref().is_none_or(|node| *node == spec.node)
        }
        (Action::AwaitHealth(_) | Action::RunStep(_) | Action::AwaitGuest(_), Action::Seal { .. }) => true,
        _ => false,
    }
}

/// Whether an action happens in the embedded host.
fn in_host(action: &Action) -> bool {
    !matches!(action, Action::CreateHost(_) | Action::DestroyHost | Action::EnsureImage(_))
}
