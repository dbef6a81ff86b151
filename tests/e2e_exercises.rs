//! Exercises on real guests: an easy one from its start to a pass, as a student types it; of a hard
//! one the solution, as `lab exercise test` proves it. `make test-exercises` tests all.

#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use sandbox::{Ran, Sandbox};
use serde_json::Value;

/// The outcome of a check in a grading.
#[track_caller]
fn state<'a>(graded: &'a Value, check: &str) -> &'a str {
    let outcomes = graded["outcomes"].as_array().expect("outcomes");
    let outcome = outcomes.iter().find(|outcome| outcome["check"] == check);
    outcome.unwrap_or_else(|| panic!("no check {check}: {graded}"))["state"].as_str().expect("a state")
}

fn graded(sandbox: &Sandbox, name: &str, more: &[&str]) -> Ran {
    sandbox.lab([&["grade", "--lab", name, "--format", "json"], more].concat())
}

#[test]
#[ignore = "needs root, and boots guests"]
fn a_student_gets_from_the_start_to_a_pass() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("student");
    sandbox.lab(["start", "silent-start", "--as", &name, "--seed", "3"]).ok();
    let task = sandbox.lab(["task", "--lab", &name, "--language", "id"]).ok().stdout;
    assert!(task.contains("lab grade"), "{task}");

    // Looked at by a student who has done nothing.
    let before = graded(&sandbox, &name, &["--only", "members"]).ok().json();
    assert_eq!(state(&before, "members"), "failed");
    let hint = sandbox.lab(["hint", "--lab", &name]).ok().stdout;
    assert!(hint.contains("costs 5 %"), "{hint}");

    let log =
        fs_err::read_to_string(sandbox.state().join("exercises").join(&name).join("log.jsonl")).unwrap();
    let begun: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    let node = begun["event"]["values"]["node"].as_str().expect("the node that is broken").to_owned();
    let other = if node == "node1" { "node2" } else { "node1" };
    let key = sandbox.lab(["exec", "--lab", &name, other, "--", "cat", "/etc/ha.d/authkeys"]).ok().stdout;
    let repair = format!(
        "printf '%s' '{key}' >/etc/ha.d/authkeys && chmod 600 /etc/ha.d/authkeys && \
         systemctl reset-failed heartbeat && systemctl restart heartbeat"
    );
    sandbox.lab(["exec", "--lab", &name, &node, "--", "sh", "-c", &repair]).ok();
    sandbox.lab(["save", "repaired", "--lab", &name]).ok();

    let after = graded(&sandbox, &name, &[]);
    let outcomes = after.json();
    assert_eq!(after.status, Some(0), "{outcomes:#}");
    for check in ["members", "survives", "returns"] {
        assert_eq!(state(&outcomes, check), "passed", "{outcomes:#}");
    }
    let score = sandbox.lab(["score", "--lab", &name, "--verify", "--format", "json"]).ok().json();
    assert_eq!(score["mismatches"], serde_json::json!([]));

    sandbox.lab(["undo", "--lab", &name]).ok();
    let undone = graded(&sandbox, &name, &["--only", "members"]).ok().json();
    assert_eq!(state(&undone, "members"), "failed");
    sandbox.lab(["load", "repaired", "--lab", &name]).ok();
    let loaded = graded(&sandbox, &name, &["--only", "members"]).ok().json();
    assert_eq!(state(&loaded, "members"), "passed");
    sandbox.lab(["finish", "--lab", &name]).ok();
    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&format!("{name}-graded")), Vec::<String>::new());
}

/// The solution gets all points.
fn proven(exercise: &str) {
    let sandbox = Sandbox::enter();
    let words =
        ["exercise", "test", exercise, "--first-variant-only", "--only", "solution", "--format", "json"];
    let tested = sandbox.lab(words).ok().json();
    let steps = tested["exercises"][0]["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 2, "{tested:#}");
}

#[test]
#[ignore = "needs root, and boots guests"]
fn a_hard_exercise_is_solved_as_its_author_says() {
    proven("two-truths");
}
