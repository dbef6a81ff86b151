//! Drills on the simulated provider: the answers come from a model; records, reports and verdicts are made as
//! usual.

use halab::record::{self, What};
use halab::report::{analyse, csv, html, junit, text};
use serde_json::Value;

use crate::sandbox::Sandbox;

/// The report of a drill that is run, and how the command ended.
fn report(sandbox: &Sandbox, words: &[&str]) -> (Value, i32) {
    let output = sandbox.command(&[words, &["--format", "json"]].concat()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {text}"));
    (report, output.status.code().unwrap())
}

fn reasons(report: &Value) -> String {
    let reasons = report["reasons"].as_array().unwrap().iter();
    reasons.map(|reason| reason["text"].as_str().unwrap()).collect::<Vec<_>>().join("; ")
}

/// The newest record of an instance.
fn newest(sandbox: &Sandbox, instance: &str) -> record::Record {
    let state = halab::testing::state::StateDir::at(sandbox.path().join("state"));
    let path = record::latest(&state.records(&instance.parse().unwrap()), None).unwrap().unwrap();
    record::read(&path).unwrap()
}

/// Performs every drill of a bundled lab, each from the lab's start.
fn every_drill_of(lab: &str) {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", lab]);
    let list = sandbox.json(&["drill", "list", "--format", "json"]);
    for drill in list["drills"].as_array().unwrap().iter().map(|row| row["drill"].as_str().unwrap()) {
        sandbox.ok(&["reset"]);
        let (report, status) = report(&sandbox, &["drill", "run", drill, "--seed", "7"]);
        assert_eq!((&report["verdict"], status), (&"pass".into(), 0), "{drill}: {}", reasons(&report));
        assert_eq!(report["subject"]["simulated"], true, "{drill}");
        let outside = |row: &Value| row["outside"] == true;
        let timelines = report["timelines"].as_array().unwrap().iter();
        let rows = timelines.flat_map(|one| one["rows"].as_array().unwrap());
        assert!(!rows.into_iter().any(outside), "{drill}: a detection is outside of what theory allows");
        let record = newest(&sandbox, lab);
        assert!(record.header.simulated && !record.truncated, "{drill}");
        assert!(matches!(record.events.last().unwrap().what, What::Ended { .. }), "{drill}");
        let analysis = analyse(&record);
        assert_eq!(analysis.false_names, [], "{drill}");
        let simulated = "simulated: a model answered, and no guest ran";
        assert!(text(&analysis, 100).contains(simulated), "{drill}");
        assert!(html(&record, &analysis).unwrap().contains(simulated), "{drill}");
        assert!(junit(&analysis).starts_with("<?xml") && csv(&record).lines().count() > 10, "{drill}");
    }
    let again = sandbox.run(&["drill", "report"]);
    assert!(again.contains("simulated: a model answered") && again.ends_with("[exit status: 0]"), "{again}");
}

#[test]
fn every_drill_of_drbd_heartbeat() {
    every_drill_of("drbd-heartbeat");
}

#[test]
fn every_drill_of_nginx_cluster() {
    every_drill_of("nginx-cluster");
}

#[test]
fn every_drill_of_nginx_pair() {
    every_drill_of("nginx-pair");
}

#[test]
fn every_drill_of_redundant_web() {
    every_drill_of("redundant-web");
}

#[test]
fn every_drill_of_single_server() {
    every_drill_of("single-server");
}

#[test]
fn every_drill_of_ucarp_rsync() {
    every_drill_of("ucarp-rsync");
}

#[test]
fn every_drill_of_voip_cluster() {
    every_drill_of("voip-cluster");
}

#[test]
fn all_bundled_labs_are_drilled_here() {
    let list = Sandbox::new().json(&["list", "--bundled", "--format", "json"]);
    let names: Vec<&str> =
        list["labs"].as_array().unwrap().iter().map(|lab| lab["lab"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "drbd-heartbeat",
            "nginx-cluster",
            "nginx-pair",
            "redundant-web",
            "single-server",
            "ucarp-rsync",
            "voip-cluster"
        ]
    );
}

/// One lab for each method of failure detection.
const LABS: [&str; 3] = ["drbd-heartbeat", "redundant-web", "ucarp-rsync"];

/// Runs the power cut of each lab with a deliberate error, and expects a verdict for this reason.
fn caught(labs: &[&str], planted: &str, verdict: &str, status: i32, reason: &str) {
    for lab in labs {
        let sandbox = Sandbox::new();
        sandbox.ok(&["up", lab]);
        let planted = format!("plant:{planted}");
        let words = ["drill", "run", "power-cut", "--seed", "3", "--sim-fault", &planted];
        let (report, ended) = report(&sandbox, &words);
        let reasons = reasons(&report);
        assert_eq!((&report["verdict"], ended), (&verdict.into(), status), "{lab}: {reasons}");
        assert!(reasons.contains(reason), "{lab}: {reasons}");
    }
}

#[test]
fn two_holders_are_caught() {
    caught(&LABS, "two-holders", "fail", 10, "both answered for web");
}

#[test]
fn an_answer_in_the_name_of_another_node_is_caught() {
    for lab in LABS {
        let sandbox = Sandbox::new();
        sandbox.ok(&["up", lab]);
        let run = |words: &[&str]| {
            let words = [&["drill", "run", "power-cut", "--seed", "3"], words].concat();
            report(&sandbox, &words).0
        };
        let honest = run(&[]);
        assert!(honest.get("false_names").is_none(), "{honest}");
        let lie = run(&["--sim-fault", "plant:false-name"]);
        let found = lie["false_names"].as_array().unwrap();
        assert!(found.iter().all(|one| one["answered"] != one["named"]), "{found:?}");
        assert!(found[0]["times"].as_u64().unwrap() > 10, "{found:?}");
        assert_eq!(lie["grading"]["safe"], false);
        let text = sandbox.run(&["drill", "report"]);
        let (answered, named) = (found[0]["answered"].as_str().unwrap(), found[0]["named"].as_str().unwrap());
        assert!(text.contains(&format!("{answered} answered in the name of {named}: load")), "{text}");
        // The table of requests has both.
        let table = sandbox.run(&["drill", "report", "--format", "csv"]);
        assert!(table.lines().any(|line| line.ends_with(&format!(",ok,{named},{answered}"))), "{table}");
    }
}

#[test]
fn a_lost_write_is_caught() {
    caught(&LABS, "lost-write", "fail", 10, "was acknowledged and not there");
}

#[test]
fn a_false_takeover_is_caught() {
    caught(&LABS, "false-takeover", "inconclusive", 11, "no fault of the drill explains it");
}

#[test]
fn a_stalled_probe_is_caught() {
    caught(&LABS, "stalled-probe", "inconclusive", 11, "requests were sent late");
}

#[test]
fn a_takeover_that_never_comes_is_caught() {
    let reason = "the awaited event did not happen in time";
    caught(&LABS[..2], "no-detection", "inconclusive", 11, reason);
    // Under CARP, the failed node has the address again at the end.
    caught(&LABS[2..], "no-detection", "fail", 10, reason);
}

#[test]
fn a_false_takeover_fails_a_soak() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    let soak = ["drill", "soak", "power-cut", "--for", "1m"];
    assert_eq!(report(&sandbox, &soak).1, 0);
    let planted = [&soak[..], &["--sim-fault", "plant:false-takeover"]].concat();
    let (report, status) = report(&sandbox, &planted);
    assert_eq!(status, 10);
    assert!(reasons(&report).contains("node2 declared node1 dead"), "{report}");
}

#[test]
fn what_is_planted_has_a_word() {
    let told = Sandbox::new().run(&["list", "--sim-fault", "plant:nothing"]);
    assert!(
        told.contains("`plant:nothing` is not a fault such as") && told.contains("exit status: 2"),
        "{told}"
    );
}

#[test]
fn the_same_seed_gives_the_same_record() {
    let run = |seed: &str| {
        let sandbox = Sandbox::new();
        sandbox.ok(&["up", "drbd-heartbeat"]);
        sandbox.ok(&["drill", "run", "power-cut", "--seed", seed]);
        newest(&sandbox, "drbd-heartbeat")
    };
    let (one, two, other) = (run("11"), run("11"), run("12"));
    assert_eq!(one.events, two.events);
    assert_eq!(one.header.drill_digest, two.header.drill_digest);
    assert_ne!(one.events, other.events);
}

#[test]
fn runs_are_repeated_swept_and_compared() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "redundant-web"]);
    let repeat = ["drill", "run", "power-cut", "--repeat", "3", "--seed", "5"];
    let (series, status) = report(&sandbox, &repeat);
    assert_eq!((series["runs"].as_array().unwrap().len(), status), (3, 0), "{series}");
    sandbox.ok(&["up", "drbd-heartbeat"]);
    let sweep = ["drill", "sweep", "power-cut", "drbd-heartbeat", "--over", "deadtime=1500ms,4s"];
    let (swept, status) =
        report(&sandbox, &[&sweep[..], &["--repeat", "4", "--soak", "30s", "--seed", "5"]].concat());
    assert_eq!((swept["rows"].as_array().unwrap().len(), status), (2, 0), "{swept}");
    let diff = ["drill", "diff", "deadtime=1500ms", "deadtime=4s", "--drill", "power-cut"];
    let diff = sandbox.json(&[&diff[..], &["--lab", "drbd-heartbeat", "--format", "json"]].concat());
    assert_eq!(diff["change"], "slower", "{diff}");
    sandbox.ok(&["drill", "run", "power-cut", "--lab", "drbd-heartbeat"]);
    let words = ["drill", "compare", "redundant-web", "drbd-heartbeat", "--format", "json"];
    assert_eq!(sandbox.json(&words)["drills"].as_array().unwrap().len(), 2);
}

#[test]
fn in_real_time_a_second_takes_a_second() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "single-server"]);
    let begun = std::time::Instant::now();
    let words = ["drill", "soak", "power-cut", "--for", "5s", "--sim-pace", "real"];
    let (report, status) = report(&sandbox, &words);
    let length = report["subject"]["length"].as_u64().unwrap();
    assert_eq!(status, 0);
    assert!(u128::from(length) <= begun.elapsed().as_nanos(), "{length} ns in {:?}", begun.elapsed());
}

#[test]
fn a_fault_by_hand_is_what_the_next_drill_finds_healed() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "ucarp-rsync"]);
    sandbox.ok(&["fault", "inject", "node1", "power-cut"]);
    sandbox.ok(&["heal"]);
    // UCARP leaves the address on the node that took it over.
    let (report, _) = report(&sandbox, &["drill", "run", "power-cut", "--seed", "1"]);
    assert_eq!(report["steps"][0]["node"], "node2", "{report}");
}

#[test]
fn what_a_drill_leaves_is_in_a_checkpoint() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    sandbox.ok(&["drill", "run", "partition", "--seed", "1"]);
    // DRBD has detected a split brain, and no drill can begin.
    sandbox.ok(&["checkpoint", "save", "split"]);
    let (first, status) = report(&sandbox, &["drill", "run", "power-cut"]);
    assert_ne!(status, 0, "{first}");
    sandbox.ok(&["reset"]);
    let (second, status) = report(&sandbox, &["drill", "run", "power-cut"]);
    assert_eq!(status, 0, "{second}");
    sandbox.ok(&["checkpoint", "restore", "split"]);
    let (third, status) = report(&sandbox, &["drill", "run", "power-cut"]);
    assert_ne!(status, 0, "{third}");
}
