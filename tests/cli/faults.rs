//! Single faults: injected and healed by hand.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

fn standing() -> Sandbox {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    sandbox
}

#[test]
fn a_fault_is_in_force_until_it_is_healed() {
    let sandbox = standing();
    assert_snapshot!(sandbox.run(&["fault", "inject", "one", "link-down", "--network", "public"]), @r#"
    ------- stderr -------
    link-down on one, by simulated: link-down on one is in force
    `lab fault heal link-down.one` heals it
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["fault", "inject", "two", "power-cut"]), @r#"
    ------- stderr -------
    power-cut on two, by simulated: power-cut on two is in force
    `lab fault heal power-cut.two` heals it
    [exit status: 0]
    "#);
    let active = &sandbox.json(&["fault", "list", "--format", "json"])["active"];
    let ids: Vec<_> = active.as_array().unwrap().iter().map(|fault| fault["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["link-down.one", "power-cut.two"]);
    assert_snapshot!(sandbox.complete(&["fault", "heal", "link"]), @"link-down.one");
    assert_snapshot!(sandbox.run(&["fault", "heal", "one"]), @r#"
    ------- stderr -------
    healed link-down on one: link-down on one is not in force
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["heal"]), @r#"
    ------- stderr -------
    healed power-cut on two: power-cut on two is not in force
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["fault", "heal"]), @r#"
    ------- stderr -------
    nothing to do: no fault is in force
    [exit status: 0]
    "#);
}

#[test]
fn a_node_that_stands_still_is_told_and_goes_on() {
    let sandbox = standing();
    let state = || sandbox.json(&["status", "--format", "json"])["instances"][0]["nodes"][0]["state"].clone();
    for (clock, seen) in [("frozen", "paused"), ("running", "frozen")] {
        sandbox.ok(&["fault", "inject", "one", "pause", "--clock", clock]);
        assert_eq!(state(), seen);
        sandbox.ok(&["heal"]);
        assert_eq!(state(), "running");
    }
    sandbox.ok(&["fault", "inject", "one", "pause", "--clock", "running"]);
    let plan = sandbox.run(&["plan", "./pair"]);
    assert!(plan.contains("its process is stopped"), "{plan}");
    sandbox.ok(&["up", "./pair"]);
    assert_eq!(state(), "running");
}

#[test]
fn a_fault_ends_after_its_time() {
    let sandbox = standing();
    assert_snapshot!(sandbox.run(&["fault", "inject", "one", "power-cycle", "--off", "20ms"]), @r#"
    ------- stderr -------
    power-cut on one, by simulated: power-cut on one is in force
    healed power-cut on one: power-cut on one is not in force
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["fault", "inject", "one", "pause", "--hold", "20ms"]), @r#"
    ------- stderr -------
    pause on one, by simulated: pause on one is in force
    healed pause on one: pause on one is not in force
    [exit status: 0]
    "#);
    assert_eq!(sandbox.json(&["fault", "list", "--format", "json"])["active"], serde_json::json!([]));
}

#[test]
fn faults_that_cannot_be() {
    let sandbox = standing();
    assert_snapshot!(sandbox.run(&["fault", "inject", "one", "loss", "--percent", "120", "--off", "3s"]), @r#"
    ------- stderr -------
    error: `loss` cannot be done like this

    `loss` has no `off`

    `percent` is out of its range

    hint: leave it out; `loss` takes `percent`, `network`

    hint: write 1 to 99; for all frames take `silent-cut`
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["fault", "inject", "one", "link-down", "--network", "publik"]), @r#"
    ------- stderr -------
    error: there is no network `publik` in pair

    hint: did you mean `public`?
    [exit status: 6]
    "#);
    assert_snapshot!(sandbox.run(&["fault", "inject", "one", "cluster-kill"]), @r#"
    ------- stderr -------
    error: `cluster-kill` cannot be done to one
      caused by: no stack on one says which of its services is the cluster manager
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["fault", "inject", "three", "pause"]), @r#"
    ------- stderr -------
    error: `pair` has no node `three`

    hint: known: `one`, `two`
    [exit status: 6]
    "#);
    assert_snapshot!(sandbox.run(&["fault", "inject", "one", "power-cycle", "--off", "1s", "--hold", "1s"]), @r#"
    ------- stderr -------
    error: `power-cycle` ends by itself

    hint: write --off instead of --hold
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["fault", "heal", "nothing"]), @r#"
    ------- stderr -------
    error: no fault or node is called `nothing`

    hint: there is no fault to choose from
    [exit status: 6]
    "#);
}

/// Whether the simulated host itself has this fault in force, regardless of the journal.
fn on_host(sandbox: &Sandbox, id: &str) -> bool {
    let world = fs_err::read_to_string(sandbox.path().join("state/instances/pair/sim.json")).unwrap();
    world.contains(id)
}

#[test]
fn a_fault_outlives_neither_up_nor_reset() {
    for command in [["up", "./pair"].as_slice(), &["reset"]] {
        let sandbox = standing();
        sandbox.ok(&["fault", "inject", "two", "loss", "--percent", "20"]);
        assert!(on_host(&sandbox, "loss.two"));
        let told = sandbox.run(command);
        assert!(told.contains("healed loss on two"), "{told}");
        assert!(!on_host(&sandbox, "loss.two"), "{command:?}: {told}");
        assert!(sandbox.run(&["heal"]).contains("no fault is in force"));
    }
}

#[test]
fn a_restored_checkpoint_is_without_faults() {
    let sandbox = standing();
    sandbox.ok(&["checkpoint", "save", "clean"]);
    sandbox.ok(&["fault", "inject", "two", "partition"]);
    sandbox.ok(&["fault", "inject", "one", "link-down", "--network", "public"]);
    sandbox.ok(&["checkpoint", "restore", "clean"]);
    assert!(!on_host(&sandbox, "partition.two") && !on_host(&sandbox, "link-down.one"));
}
