//! The history of operations, and two terminals at once.

use crate::sandbox::Sandbox;

/// The operations of the history, oldest first.
fn operations(sandbox: &Sandbox) -> Vec<serde_json::Value> {
    sandbox.json(&["history", "--format", "json"])["operations"].as_array().unwrap().clone()
}

#[test]
fn what_changes_something_is_in_the_history_and_what_looks_is_not() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    sandbox.ok(&["status"]);
    sandbox.ok(&["list"]);
    let failed = sandbox.run(&["checkpoint", "rm", "nothing"]);
    assert!(failed.contains("there is no checkpoint"), "{failed}");
    sandbox.ok(&["down", "pair"]);
    let all = operations(&sandbox);
    let whats: Vec<_> = all.iter().map(|one| one["what"].as_str().unwrap()).collect();
    assert_eq!(whats, ["up", "checkpoint rm", "down"]);
    assert_eq!(all[0]["ended"]["error"], serde_json::Value::Null);
    assert_eq!(all[1]["ended"]["error"]["kind"], "not-found");
    assert_eq!(all[2]["subject"], serde_json::json!(["pair"]));
    assert_eq!(
        sandbox.json(&["history", "pair", "--format", "json"])["operations"].as_array().unwrap().len(),
        2
    );
    let table = sandbox.run(&["history"]);
    assert!(table.contains("failed: there is no checkpoint `nothing`"), "{table}");
}

#[test]
fn a_second_terminal_gets_all_events_and_stops_the_first() {
    let sandbox = Sandbox::with_pair();
    let mut first = sandbox.spawn(&["up", "./pair", "--sim-fault", "hang:start two"]);
    sandbox.wait_for_quiet("state/instances/pair/journal.jsonl", "start two");
    let id = operations(&sandbox)[0]["id"].as_str().unwrap().to_owned();
    assert!(sandbox.run(&["history"]).contains("runs"));
    let follower = sandbox.spawn(&["history", "show", &id, "--follow"]);
    assert!(sandbox.run(&["history", "stop", &id]).contains("is asked to stop"));
    assert_eq!(first.wait().unwrap().code(), Some(130));
    let output = follower.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("bringing pair up") && told.contains("stopped"), "{told}");
    assert_eq!(operations(&sandbox)[0]["ended"]["error"]["kind"], "interrupted");
    let again = sandbox.run(&["history", "stop", &id]);
    assert!(again.contains("is not running") && again.ends_with("[exit status: 1]"), "{again}");
}

#[test]
fn an_operation_that_was_killed_is_told_as_such() {
    let sandbox = Sandbox::with_pair();
    let mut first = sandbox.spawn(&["up", "./pair", "--sim-fault", "hang:start two"]);
    sandbox.wait_for_quiet("state/instances/pair/journal.jsonl", "start two");
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(sandbox.run(&["history"]).contains("killed"));
    let unknown = sandbox.run(&["history", "show", "20260102T030405Z-up"]);
    assert!(unknown.contains("there is no operation") && unknown.ends_with("[exit status: 6]"), "{unknown}");
}
