//! The power, the files and the logs of nodes.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

fn standing() -> Sandbox {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    sandbox
}

fn state(sandbox: &Sandbox, node: usize) -> String {
    let status = sandbox.json(&["status", "--format", "json"]);
    status["instances"][0]["nodes"][node]["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_node_is_switched_off_and_on() {
    let sandbox = standing();
    assert_snapshot!(sandbox.run(&["node", "stop", "two"]), @r#"
    ------- stderr -------
    two is off after 0.0 s
    `lab node start two` or `lab up` switches it on again
    [exit status: 0]
    "#);
    assert_eq!(state(&sandbox, 1), "off");
    assert_snapshot!(sandbox.run(&["node", "stop", "two"]), @r#"
    ------- stderr -------
    nothing to do: two is off
    `lab node start two` or `lab up` switches it on again
    [exit status: 0]
    "#);
    let listed = sandbox.json(&["list", "--format", "json"]);
    assert_eq!(listed["instances"][0]["running"], 1);
    assert!(sandbox.run(&["exec", "two", "true"]).contains("does not answer"));
    assert_snapshot!(sandbox.run(&["node", "start", "two"]), @r#"
    ------- stderr -------
    two is on after 0.0 s
    [exit status: 0]
    "#);
    assert_eq!(state(&sandbox, 1), "running");
    assert!(sandbox.run(&["exec", "two", "hostname"]).starts_with("two\n"));
    assert_snapshot!(sandbox.run(&["node", "reboot", "two", "--cut"]), @r#"
    ------- stderr -------
    two is on after 0.0 s
    [exit status: 0]
    "#);
    sandbox.ok(&["node", "reboot", "one"]);
    assert_eq!((state(&sandbox, 0), state(&sandbox, 1)), ("running".to_owned(), "running".to_owned()));
    let history = sandbox.run(&["history", "pair"]);
    let all = sandbox.run(&["history"]);
    for line in ["node-stop", "node-start", "node-reboot"] {
        assert!(all.contains(line), "{line}: {all}\n{history}");
    }
}

#[test]
fn a_node_that_is_off_is_no_fault_and_comes_back_with_up() {
    let sandbox = standing();
    sandbox.ok(&["node", "stop", "one", "-l", "pair"]);
    assert_snapshot!(sandbox.run(&["heal"]), @r#"
    ------- stderr -------
    nothing to do: no fault is in force
    [exit status: 0]
    "#);
    assert_eq!(state(&sandbox, 0), "off");
    let faults = sandbox.json(&["fault", "list", "--format", "json"]);
    assert_eq!(faults["active"].as_array().unwrap().len(), 0);
    sandbox.ok(&["up", "./pair"]);
    assert_eq!(state(&sandbox, 0), "running");
}

#[test]
fn what_a_fault_has_switched_off_is_the_faults_to_switch_on() {
    let sandbox = standing();
    sandbox.ok(&["fault", "inject", "one", "power-cut"]);
    assert_snapshot!(sandbox.run(&["node", "start", "one"]), @r#"
    ------- stderr -------
    error: one is off because of the fault power-cut on one

    hint: `lab fault heal power-cut.one` heals it and brings the node back
    [exit status: 1]
    "#);
    sandbox.ok(&["heal"]);
    sandbox.ok(&["fault", "inject", "one", "pause"]);
    assert_snapshot!(sandbox.run(&["node", "stop", "one"]), @r#"
    ------- stderr -------
    error: one is paused or frozen

    hint: `lab heal` lets it go on, if a fault paused it; so does `lab up`

    hint: `lab node stop --force one` cuts its power
    [exit status: 1]
    "#);
    assert_snapshot!(sandbox.run(&["node", "stop", "one", "--force"]), @r#"
    ------- stderr -------
    the fault pause on one ended with the power of one
    one is off after 0.0 s
    `lab node start one` or `lab up` switches it on again
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["node", "stop", "three"]), @r#"
    ------- stderr -------
    error: `pair` has no node `three`

    hint: known: `one`, `two`
    [exit status: 6]
    "#);
}

#[test]
fn a_busy_instance_and_an_end_are_respected() {
    let sandbox = standing();
    let mut command = sandbox.command(&["node", "reboot", "one"]);
    command.env("HALAB_SIM_FAULT", "before:start one");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("cannot start one") && output.status.code() == Some(1), "{said}");
    assert_eq!(state(&sandbox, 0), "off");
    let mut command = sandbox.command(&["node", "stop", "two"]);
    command.env("HALAB_SIM_FAULT", "before:shut two down");
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    assert_eq!(state(&sandbox, 1), "running");
}

#[test]
fn files_are_copied_out_of_a_simulated_node() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    assert_snapshot!(sandbox.run(&["cp", "node1:/etc/hostname", "."]), @r#"
    ------- stderr -------
    1 file, 1 KiB
    [exit status: 0]
    "#);
    sandbox.ok(&["cp", "node2:/etc/hostname", "./name-of-node2"]);
    fs_err::create_dir(sandbox.path().join("folder")).unwrap();
    sandbox.ok(&["cp", "node1:/etc/hosts", "node2:/etc/machine-id", "folder/"]);
    let read = |path: &str| fs_err::read_to_string(sandbox.path().join(path)).unwrap();
    assert_eq!((read("hostname"), read("name-of-node2")), ("node1\n".to_owned(), "node2\n".to_owned()));
    assert!(read("folder/hosts").contains("node2") && !read("folder/machine-id").is_empty());
    assert_snapshot!(sandbox.run(&["cp", "node1:/nowhere", "."]), @r#"
    ------- stderr -------
    error: there is no /nowhere on node1
    [exit status: 6]
    "#);
    assert_snapshot!(sandbox.run(&["cp", "node1:/etc/hosts", "nowhere/"]), @r#"
    ------- stderr -------
    error: there is no folder nowhere/
    [exit status: 6]
    "#);
    assert_snapshot!(sandbox.run(&["cp", "node1:/etc/hosts", "node2:/tmp/"]), @r#"
    ------- stderr -------
    error: one end of a copy is on a node, and the other on this machine

    hint: `lab cp node1:/etc/hosts .` copies out of a node, `lab cp ./file node1:/tmp/` into one

    hint: from node to node, copy to this machine first
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["cp", "hostname", "folder"]), @r#"
    ------- stderr -------
    error: one end of a copy is on a node, and the other on this machine

    hint: `lab cp node1:/etc/hosts .` copies out of a node, `lab cp ./file node1:/tmp/` into one

    hint: from node to node, copy to this machine first
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["cp", "./hostname", "node1:/tmp/"]), @r#"
    ------- stderr -------
    error: `drbd-heartbeat` is simulated: its nodes keep no files

    hint: `lab cp` out of a simulated node works
    [exit status: 4]
    "#);
    assert_snapshot!(sandbox.run(&["cp", "node3:/etc/hosts", "."]), @r#"
    ------- stderr -------
    error: `drbd-heartbeat` has no node `node3`

    hint: did you mean `node1`?
    [exit status: 6]
    "#);
    assert_snapshot!(sandbox.run(&["cp", "node1:/", "."]), @r#"
    ------- stderr -------
    error: `node1:/` names no file or folder of its own
    [exit status: 2]
    "#);
    assert!(sandbox.run(&["cp", "node1:/etc/hosts"]).ends_with("[exit status: 2]"));
}

#[test]
fn logs_are_those_that_the_stacks_declare() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    let declared = sandbox.run(&["logs", "node1"]);
    assert!(declared.contains("/var/log/ha-log") && declared.ends_with("[exit status: 0]"), "{declared}");
    let both = sandbox.run(&["logs", "-n", "3"]);
    assert!(both.contains("node1: tail: ") && both.contains("node2: tail: "), "{both}");
    assert_snapshot!(sandbox.run(&["logs", "node1", "--unit", "apache2"]), @"[exit status: 0]");
    sandbox.ok(&["node", "stop", "node1"]);
    let one = sandbox.run(&["logs"]);
    assert!(one.contains("node1 does not answer") && one.contains("node2: "), "{one}");
    assert!(one.ends_with("[exit status: 0]"), "{one}");
    assert!(sandbox.run(&["logs", "node1"]).ends_with("[exit status: 1]"));
}
