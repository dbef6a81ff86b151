//! The whole catalogue of faults on real guests: each is injected and proven, healed and proven again.

#![expect(clippy::print_stderr, reason = "the output of each command is shown, as these tests take minutes")]

#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use sandbox::{Sandbox, eventually};

/// The faults, in an order in which none removes what the next one needs. node1 holds the address and has the
/// disk. The faults that the cluster reacts to are last, followed by those of the power.
const LIVING: [&[&str]; 24] = [
    &["node1", "service-hang", "--service", "web"],
    &["node1", "service-stop", "--service", "web"],
    &["node1", "service-kill", "--service", "web"],
    &["node1", "full-disk", "--folder", "/srv/data"],
    &["node2", "clock-jump", "--by", "60s", "--backward"],
    &["node2", "slow-disk", "--disk", "data", "--operations", "40"],
    &["node2", "disk-error", "--disk", "data", "--io", "reads"],
    &["node2", "disk-error", "--disk", "data", "--io", "writes"],
    &["node2", "loss", "--percent", "20"],
    &["node2", "rate", "--limit", "1MiB"],
    &["node2", "delay", "--latency", "50ms", "--variation", "10ms"],
    &["node2", "reorder", "--percent", "20"],
    &["node2", "pause"],
    &["node2", "pause", "--clock", "running"],
    &["node2", "cpu-starvation", "--share", "50"],
    &["node2", "split-brain"],
    &["node2", "one-way", "--direction", "in", "--network", "public"],
    &["node2", "path-cut", "--path", "client"],
    &["node2", "path-cut", "--path", "heartbeat"],
    &["node2", "link-down", "--network", "public"],
    &["node2", "silent-cut", "--network", "public"],
    &["node2", "partition", "--network", "public"],
    &["node2", "cluster-hang"],
    &["node2", "cluster-kill"],
];

/// In force at the same time, on both nodes.
const POWER: [&[&[&str]]; 2] = [
    &[&["node2", "graceful-stop"], &["node1", "kernel-panic"]],
    &[&["node2", "power-cut"], &["node1", "power-cycle", "--off", "100ms"]],
];

#[test]
#[ignore = "needs root, and boots guests"]
fn every_fault_is_injected_proven_and_healed() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("faults");
    sandbox.lab(["up", "drbd-heartbeat", "--as", &name]).ok();
    let nothing = filters(&sandbox, &name);

    let mut retried = Vec::new();
    for words in LIVING {
        inject(&sandbox, &name, words, &mut retried);
        assert_eq!(active(&sandbox, &name).len(), 1, "{words:?}");
        sandbox.lab(["fault", "heal", "--lab", &name]).ok();
        assert_eq!(active(&sandbox, &name), Vec::<Value>::new(), "{words:?}");
    }
    assert_eq!(filters(&sandbox, &name), nothing);

    for together in POWER {
        together.iter().for_each(|words| inject(&sandbox, &name, words, &mut retried));
        sandbox.lab(["heal", &name]).ok();
        assert_eq!(active(&sandbox, &name), Vec::<Value>::new(), "{together:?}");
    }
    let told = LIVING.iter().chain(POWER.iter().copied().flatten()).map(|words| words[1].to_owned());
    assert_eq!(told.collect::<BTreeSet<_>>(), catalogue(&sandbox), "every fault is tried");

    sandbox.lab(["reset", &name]).ok();
    killed(&sandbox, &name);
    killed_while_comparing(&sandbox, &name);
    assert_eq!(filters(&sandbox, &name), nothing);

    eprintln!("faults that needed a second try: {retried:#?}");
    // The reaction of the cluster is not part of this test; a reset repairs the lab.
    sandbox.lab(["reset", &name]).ok();
    assert_eq!(status(&sandbox, &name)["healthy"], true);
    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
}

/// `lab` is killed while it holds a fault that it would have healed: the next one heals it.
fn killed(sandbox: &Sandbox, name: &str) {
    for words in [
        ["node2", "loss", "--percent", "20", "--hold", "10m"],
        ["node2", "pause", "--clock", "running", "--hold", "10m"],
    ] {
        let arguments = ["fault", "inject", "--lab", name].into_iter().chain(words);
        let mut lab = sandbox.start(arguments);
        let proven = || active(sandbox, name).iter().any(|fault| fault["mechanism"].is_string());
        eventually("the fault", Duration::from_secs(60), proven);
        lab.kill().unwrap();
        lab.wait().unwrap();
        if words[1] == "pause" {
            assert_eq!(status(sandbox, name)["nodes"][1]["state"], "frozen");
        }
        let healed = sandbox.lab(["heal", name]).ok();
        assert!(healed.stderr.contains(&format!("healed {} on node2", words[1])), "{}", healed.stderr);
        assert_eq!(active(sandbox, name), Vec::<Value>::new());
    }
}

/// A drill that compares disks is killed while the machines are paused for it: no fault is in force, and they
/// are resumed.
fn killed_while_comparing(sandbox: &Sandbox, name: &str) {
    let arguments = ["fault", "inject", "--lab", name, "node2", "pause", "--hold", "10m"];
    let mut lab = sandbox.start(arguments);
    let proven = || active(sandbox, name).iter().any(|fault| fault["mechanism"].is_string());
    eventually("the pause", Duration::from_secs(60), proven);
    lab.kill().unwrap();
    lab.wait().unwrap();
    // The remains of such a drill: a paused machine, a note with the reason, and nothing to heal.
    let folder = sandbox.folder(name);
    fs_err::remove_file(folder.join("heal.json")).unwrap();
    fs_err::write(folder.join("comparing.json"), "[\"node2\"]").unwrap();
    assert_eq!(status(sandbox, name)["nodes"][1]["state"], "paused");
    let healed = sandbox.lab(["heal", name]).ok();
    assert!(
        healed.stderr.contains("the nodes that were paused for it were resumed: node2"),
        "{}",
        healed.stderr
    );
    assert_eq!(status(sandbox, name)["nodes"][1]["state"], "running");
    assert!(!folder.join("comparing.json").exists());
}

/// Injects a fault. A stall of a shared machine may hide a fault from its proof, which is reported; so one
/// fault of all may need a second attempt. A fault that takes effect only every other time does not pass.
#[track_caller]
fn inject(sandbox: &Sandbox, name: &str, words: &[&str], retried: &mut Vec<String>) {
    let arguments = ["fault", "inject", "--lab", name].into_iter().chain(words.iter().copied());
    let mut ran = sandbox.lab(arguments.clone());
    if ran.status != Some(0) {
        retried.push(format!("{words:?}: {}", ran.stderr));
        assert!(retried.len() <= 1, "more than one fault needed a second try: {retried:#?}");
        ran = sandbox.lab(arguments);
    }
    eprint!("{}", ran.ok().stderr);
}

/// The faults that are in force.
fn active(sandbox: &Sandbox, name: &str) -> Vec<Value> {
    let all = sandbox.lab(["fault", "list", "--lab", name, "--format", "json"]).ok().json();
    all["active"].as_array().expect("a list").clone()
}

fn catalogue(sandbox: &Sandbox) -> BTreeSet<String> {
    let all = sandbox.lab(["fault", "list", "--format", "json"]).ok().json();
    let faults = all["faults"].as_array().expect("a list").clone();
    faults.iter().map(|fault| fault["fault"].as_str().expect("a word").to_owned()).collect()
}

/// A command that brings the lab to the state of its file or its checkpoint ends the injected faults.
#[test]
#[ignore = "needs root, and boots guests"]
fn a_fault_outlives_neither_up_nor_reset() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("faults-left");
    sandbox.lab(["up", "drbd-heartbeat", "--as", &name]).ok();
    let nothing = filters(&sandbox, &name);
    for command in ["up", "reset"] {
        sandbox.lab(["fault", "inject", "--lab", &name, "node2", "loss", "--percent", "20"]).ok();
        assert_ne!(filters(&sandbox, &name), nothing);
        let ran = sandbox.lab([command, &name]).ok();
        assert!(ran.stderr.contains("healed loss on node2"), "{}", ran.stderr);
        assert_eq!(filters(&sandbox, &name), nothing, "after `lab {command}`");
    }
    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
}

/// The tables of nftables on the instance's host.
fn filters(sandbox: &Sandbox, name: &str) -> String {
    sandbox.lab(["client", "--lab", name, "--", "nft", "list", "tables"]).ok().stdout
}

fn status(sandbox: &Sandbox, name: &str) -> Value {
    sandbox.lab(["status", name, "--format", "json"]).ok().json()["instances"][0].clone()
}
