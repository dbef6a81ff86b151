//! The checker of plans finds planted violations: each rule is broken once in a plan that keeps all of them.

use halab::testing::inventory::{GuestState, Inventory};
use halab::testing::plan::{Action, Plan, StepId, UpOptions, up};
use halab::testing::provider::Machines;
use halab::testing::provider::sim::{Sim, SimGuest};

use crate::fixture::{self, bring_up, lab};
use crate::plan_rules::{Fault, check};

/// A plan that has nearly every action: one node changes, one is recreated, a network is recreated, a disk is
/// added.
fn rich() -> (Plan, Inventory) {
    let sim = Sim::default();
    bring_up(&sim, &lab(&[]));
    let changes = [
        ("subnet = \"192.168.0.0/24\"", "subnet = \"192.168.0.0/24\"\nbridge = \"br0\""),
        (
            "disk.data = \"2GiB\"\n\n[node.node2]",
            "disk.data = \"2GiB\"\ndisk.logs = \"1GiB\"\n\n[node.node2]",
        ),
        ("use = \"mirror\"", "use = \"mirror\"\nwith.rate = 200"),
    ];
    let inventory = sim.inventory().unwrap();
    let options = UpOptions { recreate: ["node2".parse().unwrap()].into() };
    let plan = up(&lab(&changes), &inventory, &options).unwrap();
    assert_eq!(check(&plan, &inventory), []);
    (plan, inventory)
}

fn fresh() -> (Plan, Inventory) {
    let plan = fixture::plan(&Sim::default(), &lab(&[]), &[]).unwrap();
    (plan, Inventory::default())
}

fn id(plan: &Plan, action: &str) -> StepId {
    let found = plan.steps.iter().find(|step| step.action.to_string() == action);
    found.unwrap_or_else(|| panic!("no step `{action}`")).id
}

/// Removes a step from the needs of all others, so that no step waits for it.
fn nobody_waits_for(plan: &mut Plan, action: &str) {
    let gone = id(plan, action);
    let needs = plan.steps[gone].needs.clone();
    for step in &mut plan.steps {
        if step.needs.contains(&gone) {
            step.needs.retain(|need| *need != gone);
            step.needs.extend(needs.iter().copied());
        }
    }
}

#[test]
fn a_step_that_nothing_waits_for_is_missed() {
    let pairs = [
        ("create embedded host", "create network public"),
        ("define node1", "start node1"),
        ("start node1", "wait for node1 to answer"),
        ("wait for node1 to answer", "run storage/attach on node1"),
        ("write seed of node1", "define node1"),
        ("run web/start on node2", "wait for \"the page answers\""),
        ("wait for \"the page answers\"", "mark node1 as configured"),
    ];
    for (first, second) in pairs {
        let (mut plan, inventory) = fresh();
        nobody_waits_for(&mut plan, first);
        expect(&check(&plan, &inventory), first, second);
    }
    let pairs = [
        ("mark node1 as changing", "stop node1"),
        ("stop node1", "delete network public"),
        ("stop node1", "define node1"),
        ("delete network public", "create network public"),
        ("stop node2", "undefine node2"),
        ("undefine node2", "delete disk node2/data"),
        ("undefine node2", "define node2"),
        ("delete disk node2/data", "create disk node2/data"),
        ("update files of node1", "run storage/attach on node1"),
    ];
    for (first, second) in pairs {
        let (mut plan, inventory) = rich();
        nobody_waits_for(&mut plan, first);
        expect(&check(&plan, &inventory), first, second);
    }
}

fn expect(faults: &[Fault], first: &str, second: &str) {
    let hit = |fault: &Fault| match fault {
        Fault::DoesNotWait { action, before, .. } => action == second && before == first,
        _ => false,
    };
    assert!(faults.iter().any(hit), "`{second}` without `{first}`: {faults:#?}");
}

#[test]
fn what_is_neither_there_nor_made_is_missed() {
    for (action, of, what) in [
        ("create disk node1/data", "define node1", "disk node1/data"),
        ("create network public", "define node1", "network public"),
        ("write seed of node1", "define node1", "its seed"),
        ("define node1", "start node1", "its definition"),
    ] {
        let (mut plan, inventory) = fresh();
        nobody_waits_for(&mut plan, action);
        let faults = check(&plan, &inventory);
        let hit = |fault: &Fault| matches!(fault, Fault::Lacks { action, what: lacks, .. } if action == of && lacks == what);
        assert!(faults.iter().any(hit), "{faults:#?}");
    }
}

#[test]
fn a_plan_of_the_wrong_shape_is_seen() {
    let (mut plan, inventory) = fresh();
    plan.steps[3].needs.push(5);
    plan.steps[4].id = 9;
    plan.steps[6].why = " ".to_owned();
    let faults = check(&plan, &inventory);
    assert!(faults.contains(&Fault::NeedsLater { id: 3, need: 5 }), "{faults:#?}");
    assert!(faults.contains(&Fault::Misplaced { id: 9, place: 4 }), "{faults:#?}");
    let action = plan.steps[6].action.to_string();
    assert!(faults.contains(&Fault::NoReason { id: 6, action }), "{faults:#?}");
}

#[test]
fn touching_what_is_not_ours_is_seen() {
    let (plan, _) = rich();
    let sim = Sim::default();
    bring_up(&sim, &lab(&[]));
    let mut world = sim.world();
    world.guests.insert("node2".parse().unwrap(), SimGuest::foreign(GuestState::Running));
    let faults = check(&plan, &world.inventory());
    for action in ["stop node2", "undefine node2", "define node2"] {
        let fault = Fault::TouchesForeign { id: id(&plan, action), action: action.to_owned() };
        assert!(faults.contains(&fault), "{faults:#?}");
    }
    let whole = Plan {
        steps: vec![halab::testing::plan::PlanStep {
            id: 0,
            action: Action::DestroyHost,
            needs: vec![],
            why: "x".into(),
        }],
        ..plan
    };
    assert!(matches!(check(&whole, &world.inventory())[..], [Fault::TouchesForeign { id: 0, .. }]));
}
