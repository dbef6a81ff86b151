//! Plans in text form, against the golden files.

use halab::testing::plan::text;
use halab::testing::provider::Machines;
use halab::testing::provider::Power;
use halab::testing::provider::sim::{At, How, Sim, SimFault, World};

use crate::fixture::{apply, bring_up, golden, lab, plan, plan_down};

/// A host on which the lab runs as its file says.
fn standing() -> Sim {
    let sim = Sim::default();
    bring_up(&sim, &lab(&[]));
    sim
}

/// The plan for a changed file on a running lab.
fn after(file: &str, changes: &[(&str, &str)]) {
    golden(file, &text(&plan(&standing(), &lab(changes), &[]).unwrap()));
}

const NODE2: &str = "[node.node2]";
const LAST_DISK: &str = "disk.data = \"2GiB\"\n\n[address.web]";
const AFTER_NODES: &str = "[address.web]";
const NODE3: &str = "\
[node.node3]
networks = { public = \"192.168.0.103\", replication = \"10.10.0.3\" }
disk.data = \"2GiB\"

[address.web]";

#[test]
fn a_fresh_lab() {
    let plan = plan(&Sim::default(), &lab(&[]), &[]).unwrap();
    golden("fresh.txt", &text(&plan));
    golden("fresh.json", &format!("{}\n", serde_json::to_string_pretty(&plan).unwrap()));
}

#[test]
fn a_step_of_its_own_node_waits_for_no_other_node() {
    let plan = plan(&Sim::default(), &lab(&[]), &[]).unwrap();
    let place = |words: &str| plan.steps.iter().position(|step| step.action.to_string() == words).unwrap();
    let needs = |words: &str| plan.steps[place(words)].needs.clone();
    // The disk is formatted on node1 only, once it is attached on both.
    assert_eq!(needs("run web/start on node2"), [place("run storage/attach on node2")]);
    assert_eq!(needs("run web/start on node1"), [place("run storage/fill on node1")]);
    let both = ["run storage/attach on node1", "run storage/attach on node2"].map(place);
    assert_eq!(needs("run storage/format on node1"), both);
}

#[test]
fn a_lab_that_stands() {
    golden("standing.txt", &text(&plan(&standing(), &lab(&[]), &[]).unwrap()));
}

#[test]
fn more_memory_for_one_node() {
    after("memory.txt", &[(NODE2, "[node.node2]\nmemory = \"768MiB\"")]);
}

#[test]
fn a_parameter_of_one_stack() {
    after("parameter.txt", &[("use = \"mirror\"", "use = \"mirror\"\nwith.rate = 200")]);
}

#[test]
fn another_address() {
    after("address.txt", &[("192.168.0.102", "192.168.0.112")]);
}

#[test]
fn a_network_that_joins_a_bridge() {
    after("bridge.txt", &[("subnet = \"192.168.0.0/24\"", "subnet = \"192.168.0.0/24\"\nbridge = \"br0\"")]);
}

#[test]
fn a_disk_more() {
    after("disk-added.txt", &[(LAST_DISK, "disk.data = \"2GiB\"\ndisk.logs = \"1GiB\"\n\n[address.web]")]);
}

#[test]
fn a_node_more() {
    after("node-added.txt", &[(AFTER_NODES, NODE3)]);
}

#[test]
fn a_node_less() {
    let sim = Sim::default();
    bring_up(&sim, &lab(&[(AFTER_NODES, NODE3)]));
    golden("node-removed.txt", &text(&plan(&sim, &lab(&[]), &[]).unwrap()));
}

#[test]
fn a_node_without_power() {
    let sim = standing();
    sim.power(&"node1".parse().unwrap(), Power::Cut).unwrap();
    golden("node-off.txt", &text(&plan(&sim, &lab(&[]), &[]).unwrap()));
}

#[test]
fn a_host_that_died() {
    let mut world: World = standing().world();
    world.kill_host();
    golden("host-died.txt", &text(&plan(&Sim::new(world), &lab(&[]), &[]).unwrap()));
}

#[test]
fn a_lab_that_was_left_half_made() {
    let fault = SimFault { at: At::Named("start node2".to_owned()), how: How::Before };
    let sim = Sim::default().with_fault(fault);
    let fresh = plan(&sim, &lab(&[]), &[]).unwrap();
    apply(&sim, &fresh).unwrap_err();
    golden("incomplete.txt", &text(&plan(&sim, &lab(&[]), &[]).unwrap()));
    golden("incomplete-down.txt", &text(&plan_down(&sim)));
}

#[test]
fn a_node_that_is_recreated() {
    golden("recreate.txt", &text(&plan(&standing(), &lab(&[]), &["node2"]).unwrap()));
}

#[test]
fn a_step_of_the_founding_is_for_nodes_that_are_all_new() {
    let founds = |sim: &Sim, recreate: &[&str]| {
        text(&plan(sim, &lab(&[]), recreate).unwrap()).contains("run storage/fill on node1")
    };
    assert!(founds(&Sim::default(), &[]));
    assert!(!founds(&standing(), &["node1"]));
    assert!(founds(&standing(), &["node1", "node2"]));
}

#[test]
fn down() {
    golden("down.txt", &text(&plan_down(&standing())));
    golden("down-of-nothing.txt", &text(&plan_down(&Sim::default())));
}

#[test]
fn refusals_say_what_would_be_lost_and_what_to_do() {
    let refusal = |changes: &[(&str, &str)]| {
        let refusal = plan(&standing(), &lab(changes), &[]).unwrap_err();
        format!("{refusal}\nhint: {}\n", refusal.hint())
    };
    let mut world = standing().world();
    world.images.clear();
    let gone = plan(&Sim::new(world), &lab(&[]), &[]).unwrap_err();
    let all = [
        refusal(&[("disk.data = \"2GiB\"\n\n[node.node2]", "disk.data = \"3GiB\"\n\n[node.node2]")]),
        refusal(&[("disk.data = \"2GiB\"", "disk.data = \"3GiB\"")]),
        refusal(&[("name = \"pair\"", "name = \"couple\"")]),
        format!("{gone}\nhint: {}\n", gone.hint()),
    ];
    golden("refusals.txt", &all.join("\n"));
}
