//! Properties of every lab and every way in which a run can end, checked on the simulated host.

mod bench;
mod labs;
#[path = "../plan_rules/mod.rs"]
mod plan_rules;
#[path = "../sketch/mod.rs"]
mod sketch;

use std::collections::BTreeSet;

use halab::model::spec::StepSpec;
use halab::testing::apply::{Aftermath, ApplyError, Event};
use halab::testing::inventory::GuestState;
use halab::testing::plan::{Action, Purpose, Refusal, UpOptions, down, up};
use halab::testing::provider::sim::{How, Sim, SimGuest, World};
use halab::testing::provider::{Machines, Power};
use proptest::collection::btree_set;
use proptest::prelude::*;

use bench::{apply, bring_up, essence, failing, plan_down, plan_recreating, plan_up, standing};
use labs::{lab, lab_and_next};
use sketch::{Sketch, node_name};

fn how() -> impl Strategy<Value = How> {
    prop_oneof![Just(How::Before), Just(How::After)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_after_apply_is_empty(lab in lab(), workers in 1..8usize) {
        let desired = lab.desired();
        let sim = Sim::default();
        bring_up(&desired, &sim, workers);
        prop_assert!(plan_up(&desired, &sim).is_empty());
    }

    #[test]
    fn changing_a_lab_equals_making_it((lab, next) in lab_and_next(), workers in 1..8usize) {
        let (lab, next) = (lab.desired(), next.desired());
        let sim = standing(&lab);
        bring_up(&next, &sim, workers);
        prop_assert!(plan_up(&next, &sim).is_empty());
        prop_assert_eq!(essence(sim.world(), &next), essence(standing(&next).world(), &next));
    }

    #[test]
    fn unwinding_from_any_failing_step_gives_back_the_start(lab in lab(), how in how(), workers in 1..8usize) {
        let desired = lab.desired();
        let plan = plan_up(&desired, &Sim::default());
        prop_assert_eq!(plan.purpose, Purpose::Fresh);
        for nth in 0..plan.steps.len() {
            let sim = failing(World::default(), nth, how);
            match apply(&plan, &sim, workers, false).0 {
                Err(ApplyError::Failed { failures, aftermath: Aftermath::Unwound }) => {
                    prop_assert_eq!(failures.len(), 1);
                }
                other => prop_assert!(false, "step {nth}: {other:?}"),
            }
            prop_assert_eq!(World { images: BTreeSet::new(), ..sim.world() }, World::default());
        }
    }

    #[test]
    fn every_action_twice_equals_once((lab, next) in lab_and_next()) {
        let (lab, next) = (lab.desired(), next.desired());
        let (once, twice) = (Sim::default(), Sim::default().repeating());
        for desired in [&lab, &next] {
            bring_up(desired, &once, 1);
            bring_up(desired, &twice, 1);
            prop_assert_eq!(once.world(), twice.world());
        }
        apply(&plan_down(&twice), &twice, 1, false).0.unwrap();
        prop_assert!(twice.inventory().unwrap().is_empty());
    }

    #[test]
    fn down_from_any_prefix_of_up_leaves_nothing(lab in lab(), how in how(), workers in 1..8usize) {
        let desired = lab.desired();
        let plan = plan_up(&desired, &Sim::default());
        for nth in 0..plan.steps.len() {
            let broken = failing(World::default(), nth, how);
            apply(&plan, &broken, workers, true).0.unwrap_err();
            let sim = Sim::new(broken.world());
            apply(&plan_down(&sim), &sim, workers, false).0.unwrap();
            prop_assert!(sim.inventory().unwrap().is_empty());
            prop_assert!(plan_down(&sim).is_empty());
        }
    }

    #[test]
    fn a_failed_step_of_down_still_lets_the_host_end(lab in lab(), how in how()) {
        let desired = lab.desired();
        let world = standing(&desired).world();
        let steps = plan_down(&Sim::new(world.clone())).steps.len();
        for nth in 0..steps {
            let sim = failing(world.clone(), nth, how);
            apply(&plan_down(&sim), &sim, 1, false).0.unwrap_err();
            let last = nth + 1 == steps && how == How::Before;
            prop_assert_eq!(sim.inventory().unwrap().is_empty(), !last);
        }
    }

    #[test]
    fn an_interrupted_up_goes_on_to_the_same_end((lab, next) in lab_and_next(), how in how(), workers in 1..8usize) {
        let (lab, next) = (lab.desired(), next.desired());
        let start = standing(&lab).world();
        let goal = essence(standing(&next).world(), &next);
        let steps = plan_up(&next, &Sim::new(start.clone())).steps.len();
        for nth in 0..steps {
            let broken = failing(start.clone(), nth, how);
            apply(&plan_up(&next, &broken), &broken, workers, false).0.unwrap_err();
            let sim = Sim::new(broken.world());
            bring_up(&next, &sim, workers);
            prop_assert!(plan_up(&next, &sim).is_empty());
            prop_assert_eq!(essence(sim.world(), &next), goal.clone(), "interrupted at step {}", nth);
        }
    }

    #[test]
    fn going_back_in_the_middle_of_a_change_is_seen((lab, next) in lab_and_next(), how in how()) {
        let (lab, next) = (lab.desired(), next.desired());
        let start = standing(&lab).world();
        let steps = plan_up(&next, &Sim::new(start.clone())).steps.len();
        for nth in 0..steps {
            let broken = failing(start.clone(), nth, how);
            apply(&plan_up(&next, &broken), &broken, 4, false).0.unwrap_err();
            let sim = Sim::new(broken.world());
            bring_up(&lab, &sim, 4);
            prop_assert_eq!(essence(sim.world(), &lab), essence(start.clone(), &lab), "at step {}", nth);
        }
    }

    #[test]
    fn nothing_runs_before_what_it_needs((lab, next) in lab_and_next(), workers in 1..8usize) {
        let (lab, next) = (lab.desired(), next.desired());
        let sim = standing(&lab);
        let plan = plan_up(&next, &sim);
        let (result, events) = apply(&plan, &sim, workers, false);
        prop_assert_eq!(result.unwrap().steps, plan.steps.len());
        let (mut done, mut running, mut most) = (BTreeSet::new(), 0, 0);
        for event in events {
            match event {
                Event::StepStarted { id } => {
                    prop_assert!(plan.steps[id].needs.iter().all(|need| done.contains(need)));
                    running += 1;
                    most = most.max(running);
                }
                Event::StepFinished { id, .. } => {
                    running -= 1;
                    prop_assert!(done.insert(id));
                }
                _ => {}
            }
        }
        prop_assert_eq!(done.len(), plan.steps.len());
        prop_assert!(most <= workers);
    }

    #[test]
    fn whatever_state_machines_are_in_up_brings_them_back(
        lab in lab(),
        hits in damage(),
        recreate in btree_set((1..=4u8).prop_map(node_name), 0..=1),
    ) {
        let desired = lab.desired();
        let standing = standing(&desired).world();
        let mut world = standing.clone();
        for (node, what) in hits {
            what.strike(&mut world, node);
        }
        let sim = Sim::new(world);
        let recreate = desired.nodes.iter().map(|node| node.name.clone()).filter(|name| recreate.contains(name));
        let plan = plan_recreating(&desired, &sim, UpOptions { recreate: recreate.collect() });
        apply(&plan, &sim, 4, false).0.unwrap();
        prop_assert!(plan_up(&desired, &sim).is_empty());
        prop_assert_eq!(essence(sim.world(), &desired), essence(standing, &desired));
    }

    #[test]
    fn what_is_not_ours_is_refused(lab in lab(), node in 1..=4u8) {
        let desired = lab.desired();
        let mut world = standing(&desired).world();
        world.guests.insert(node_name(node), SimGuest::foreign(GuestState::Running));
        let inventory = world.inventory();
        let foreign = Refusal::Foreign { objects: vec![format!("machine node{node}")] };
        prop_assert_eq!(up(&desired, &inventory, &UpOptions::default()), Err(foreign.clone()));
        prop_assert_eq!(down(&inventory), Err(foreign));
    }

    #[test]
    fn a_power_cut_that_is_healed_needs_no_plan(lab in lab()) {
        let desired = lab.desired();
        let sim = standing(&desired);
        for node in &desired.nodes {
            sim.power(&node.name, Power::Cut).unwrap();
            prop_assert!(!plan_up(&desired, &sim).is_empty());
            sim.power(&node.name, Power::On).unwrap();
        }
        prop_assert!(plan_up(&desired, &sim).is_empty());
    }
}

/// Events that can happen to a lab without `lab`.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Off,
    Crash,
    Pause,
    HostDies,
    Undefine,
    SystemDiskLost,
    DisksLost,
    SeedLost,
    NetworkLost,
    NetworkStopped,
    SealLost,
}

fn damage() -> impl Strategy<Value = Vec<(u8, Damage)>> {
    use Damage::*;
    let one = prop::sample::select(vec![
        Off,
        Crash,
        Pause,
        HostDies,
        Undefine,
        SystemDiskLost,
        DisksLost,
        SeedLost,
        NetworkLost,
        NetworkStopped,
        SealLost,
    ]);
    prop::collection::vec((1..=4u8, one), 0..=3)
}

impl Damage {
    fn strike(self, world: &mut World, number: u8) {
        let node = node_name(number);
        let state = |world: &mut World, state| {
            if let Some(guest) = world.guests.get_mut(&node) {
                guest.found.state = state;
                guest.answers = false;
            }
        };
        match self {
            Damage::Off => state(world, GuestState::Off),
            Damage::Crash => state(world, GuestState::Crashed),
            Damage::Pause => state(world, GuestState::Paused),
            Damage::HostDies => world.kill_host(),
            Damage::Undefine => drop(world.guests.remove(&node)),
            Damage::SystemDiskLost => world.disks.retain(|id, _| id.node != node || id.disk.is_some()),
            Damage::DisksLost => world.disks.retain(|id, _| id.node != node || id.disk.is_none()),
            Damage::SeedLost => drop(world.seeds.remove(&node)),
            Damage::NetworkLost => drop(world.networks.pop_first()),
            Damage::NetworkStopped => {
                if let Some(network) = world.networks.values_mut().next() {
                    network.active = false;
                }
            }
            Damage::SealLost => {
                if let Some(guest) = world.guests.get_mut(&node) {
                    guest.found.sealed = None;
                }
            }
        }
    }
}

#[test]
fn another_labs_instance_is_refused() {
    let lab = Sketch { networks: [(1, None)].into(), nodes: Default::default(), stacks: Vec::new() };
    let mut other = lab.desired();
    let sim = standing(&lab.desired());
    other.host.lab = "other".parse().unwrap();
    let refusal = up(&other, &sim.inventory().unwrap(), &UpOptions::default()).unwrap_err();
    assert_eq!(refusal.to_string(), "this instance is of lab sketch, not of other");
}

mod checkpoints {
    use super::*;
    use bench::{checkpoint, plan_restore, saved};

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        #[test]
        fn a_restored_lab_needs_no_plan(lab in lab(), workers in 1..8usize) {
            let desired = lab.desired();
            let (checkpoint, world) = saved(&desired);
            let nothing = World { checkpoints: world.checkpoints.clone(), images: world.images.clone(), ..World::default() };
            let sim = Sim::new(nothing);
            let plan = plan_restore(&checkpoint, &sim);
            prop_assert_eq!(plan.purpose, Purpose::Fresh);
            let run = plan.steps.iter().filter_map(|step| match &step.action {
                Action::RunStep(spec) => Some(spec),
                _ => None,
            });
            let due = desired.nodes.iter().flat_map(|node| desired.waking(&node.name));
            let names = |spec: &StepSpec| format!("{}/{} on {}", spec.stack, spec.step, spec.node);
            prop_assert_eq!(run.map(names).collect::<BTreeSet<_>>(), due.map(names).collect::<BTreeSet<_>>());
            apply(&plan, &sim, workers, false).0.unwrap();
            prop_assert!(plan_up(&desired, &sim).is_empty());
            prop_assert_eq!(sim.world(), world);
        }

        #[test]
        fn whatever_was_done_to_it_a_restore_brings_it_back((lab, next) in lab_and_next(), hits in damage(), how in how()) {
            let (desired, next) = (lab.desired(), next.desired());
            let (checkpoint, world) = saved(&desired);
            let changed = Sim::new(world.clone());
            bring_up(&next, &changed, 4);
            let mut hurt = changed.world();
            for (node, what) in hits {
                what.strike(&mut hurt, node);
            }
            let plan = plan_restore(&checkpoint, &Sim::new(hurt.clone()));
            let goal = essence(world, &desired);
            for nth in 0..=plan.steps.len() {
                // Interrupted at each step, and once not at all; then restored again.
                let broken = failing(hurt.clone(), nth, how);
                let ended = apply(&plan, &broken, 4, true).0.is_ok();
                prop_assert_eq!(ended, nth == plan.steps.len());
                let sim = Sim::new(broken.world());
                apply(&plan_restore(&checkpoint, &sim), &sim, 4, true).0.unwrap();
                prop_assert_eq!(essence(sim.world(), &desired), goal.clone(), "interrupted at step {}", nth);
            }
        }

        #[test]
        fn a_restore_of_nothing_is_taken_back(lab in lab(), how in how()) {
            let desired = lab.desired();
            let (checkpoint, world) = saved(&desired);
            let nothing = World { checkpoints: world.checkpoints, images: world.images, ..World::default() };
            let plan = plan_restore(&checkpoint, &Sim::new(nothing.clone()));
            for nth in 0..plan.steps.len() {
                let sim = failing(nothing.clone(), nth, how);
                apply(&plan, &sim, 4, false).0.unwrap_err();
                prop_assert_eq!(sim.world(), nothing.clone());
            }
        }
    }

    #[test]
    fn a_node_that_was_off_stays_off() {
        let mut sketch =
            Sketch { networks: [(1, None)].into(), nodes: Default::default(), stacks: Vec::new() };
        for number in 1..=2 {
            let node = sketch::NodeSketch {
                memory: 256,
                cpus: 1,
                networks: [1].into(),
                disks: Default::default(),
                image: 1,
                internet: false,
            };
            sketch.nodes.insert(number, node);
        }
        // A step that runs when its node wakes.
        let wake = sketch::StackSketch { nodes: [1, 2].into(), file: 1, steps: vec![6], check: None };
        sketch.stacks.push(wake);
        let desired = sketch.desired();
        assert_eq!(desired.waking(&node_name(1)).count(), 1);
        let sim = standing(&desired);
        sim.power(&node_name(2), Power::Cut).unwrap();
        let checkpoint = checkpoint(&desired, &sim, halab::testing::checkpoint::Kind::Named);
        let before = sim.world();
        sim.power(&node_name(2), Power::On).unwrap();
        sim.power(&node_name(1), Power::Cut).unwrap();
        apply(&plan_restore(&checkpoint, &sim), &sim, 4, true).0.unwrap();
        assert_eq!(sim.world().guests[&node_name(2)].found.state, GuestState::Off);
        assert_eq!(sim.world().guests[&node_name(1)].found, before.guests[&node_name(1)].found);
    }
}
