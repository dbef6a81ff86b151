//! The bundled cluster: from nothing to a failover without a lost write, and back to nothing.

#![expect(clippy::print_stderr, reason = "the output of each command is shown, as these tests take minutes")]

#[path = "guests/reach.rs"]
mod reach;
#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use sandbox::{Ran, Sandbox};

/// The exit status of an inconclusive drill (`lab help`).
const INCONCLUSIVE: i32 = 11;

#[test]
#[ignore = "needs root, and boots guests"]
fn a_cluster_from_nothing_to_a_failover_and_back_to_nothing() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("cluster");
    let on = ["--lab", name.as_str()];

    sandbox.lab(["up", "drbd-heartbeat", "--as", &name]).ok();

    let status = sandbox.lab(["status", &name, "--format", "json"]).ok().json();
    let status = &status["instances"][0];
    let nodes = status["nodes"].as_array().expect("nodes").clone();
    assert_eq!(nodes.len(), 2, "{status}");
    assert!(nodes.iter().all(|node| node["state"] == "running"), "{status}");

    let host = sandbox.lab(["ssh", on[0], on[1], "node1", "--", "hostname"]).ok();
    assert_eq!(host.stdout.trim(), "node1");
    let drbd = sandbox.lab(["exec", on[0], on[1], "node1", "--", "cat", "/proc/drbd"]).ok();
    assert!(drbd.stdout.contains("ds:UpToDate/UpToDate"), "{}", drbd.stdout);

    // A write through the virtual address, which must survive the cut of the node that took it.
    let written = client(&sandbox, &on, "/append.php?id=e2e-before-the-cut");
    assert!(written.contains("ok e2e-before-the-cut"), "{written}");
    let before = answering(&sandbox, &on);
    assert_eq!(before, "node1", "the preferred node holds the address");

    reach::console(&sandbox, &name, "node1");
    reach::forward(&sandbox, &name, &before);
    reach::connect(&sandbox, &name, &before);
    reach::watch(&sandbox, &name);
    reach::tools(&sandbox, &name);
    reach::folders(&sandbox, &name);

    // A stall of a shared machine makes a run inconclusive, which is reported, so a second attempt is
    // allowed. No run may fail.
    let mut drill = power_cut(&sandbox, &on);
    if drill.status == Some(INCONCLUSIVE) {
        drill = power_cut(&sandbox, &on);
    }
    let report = drill.json();
    assert_eq!(drill.status, Some(0), "{report:#}\n{}", drill.stderr);

    let ledger = client(&sandbox, &on, "/ledger.php");
    assert!(ledger.lines().any(|line| line == "e2e-before-the-cut"), "the write is lost: {ledger}");
    let drbd = sandbox.lab(["exec", on[0], on[1], "node2", "--", "cat", "/proc/drbd"]).ok();
    assert!(drbd.stdout.contains("ds:UpToDate/UpToDate"), "not redundant again: {}", drbd.stdout);

    // The figures come from the record alone.
    let again = sandbox.lab(["drill", "report", on[0], on[1], "--format", "json"]).ok().json();
    assert_eq!(again, report, "a report is a function of its record");

    let nothing = sandbox.lab(["up", "drbd-heartbeat", "--as", &name]).ok();
    assert!(nothing.stderr.contains("nothing to do"), "{}", nothing.stderr);

    // The keeper's sessions end with the guests that are restored; the next command opens new ones.
    sandbox.lab(["reset", &name]).ok();
    sandbox.lab(["exec", on[0], on[1], "--all", "--", "true"]).ok();

    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
}

fn power_cut(sandbox: &Sandbox, on: &[&str; 2]) -> Ran {
    let ran = sandbox.lab(["drill", "run", "power-cut", on[0], on[1], "--format", "json"]);
    eprintln!("{}", sandbox.lab(["drill", "report", on[0], on[1]]).stdout);
    ran
}

/// The answer to a client of the cluster.
fn client(sandbox: &Sandbox, on: &[&str; 2], path: &str) -> String {
    let url = format!("http://192.168.0.100{path}");
    sandbox.lab(["client", on[0], on[1], "--", "curl", "-sS", "--max-time", "20", &url]).ok().stdout
}

/// The node that answers.
fn answering(sandbox: &Sandbox, on: &[&str; 2]) -> String {
    let url = "http://192.168.0.100/health.php";
    let headers =
        sandbox.lab(["client", on[0], on[1], "--", "curl", "-sSi", "--max-time", "20", url]).ok().stdout;
    headers
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("x-node:").map(|name| name.trim().to_owned()))
        .unwrap_or_else(|| panic!("no X-Node in {headers}"))
}
