//! The bundled exercises on the simulated provider, and whether each was tested on guests since it changed.

use serde_json::Value;

use crate::exercises::{json, said};
use crate::sandbox::Sandbox;

#[test]
fn the_bundled_exercises_are_right() {
    let sandbox = Sandbox::new();
    let list = json(&sandbox, &["exercise", "list"]);
    let rows = list["exercises"].as_array().unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        assert!(row["about"]["Ok"].is_object(), "{row}");
        let name = row["name"].as_str().unwrap();
        let shown = json(&sandbox, &["exercise", "show", name, "--author"]);
        assert_eq!(shown["languages"], serde_json::json!(["en", "id"]), "{name}");
        let points: u64 =
            shown["checks"].as_array().unwrap().iter().map(|check| check[2].as_u64().unwrap()).sum();
        assert_eq!(points, 100, "{name}");
        assert!(!shown["sources"].as_array().unwrap().is_empty(), "{name}");
        assert!(shown["hints"].as_array().unwrap().len() >= 2, "{name}");
    }
    for lab in rows.iter().map(|row| row["lab"].as_str().unwrap()).collect::<std::collections::BTreeSet<_>>()
    {
        let checked = json(&sandbox, &["check", lab]);
        // A lab may say that its release is old, as the paper's is.
        let own = |problem: &&Value| problem["file"].as_str().unwrap().contains("/exercises/");
        let found: Vec<&Value> = checked["problems"].as_array().unwrap().iter().filter(own).collect();
        assert_eq!(found, Vec::<&Value>::new(), "{lab}");
    }
}

#[test]
fn a_bundled_exercise_is_started_by_its_name() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["start", "silent-start", "--as", "s01"]);
    let shown = json(&sandbox, &["task"]);
    assert_eq!(shown["name"], "silent-start");
    // The public cases give the cause away.
    assert!(shown.get("sources").is_none(), "{shown}");
    assert!(json(&sandbox, &["exercise", "show", "silent-start"]).get("sources").is_none());
    let text = said(&sandbox, &["exercise", "show", "silent-start", "--author"]);
    assert!(text.contains("http"), "{text}");
    assert!(!said(&sandbox, &["task", "--language", "id"]).contains("{node}"));
}

#[test]
fn every_bundled_exercise_goes_from_its_start_to_a_score() {
    let sandbox = Sandbox::new();
    let list = json(&sandbox, &["exercise", "list"]);
    let names: Vec<&str> =
        list["exercises"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    let mut graded = std::collections::BTreeSet::new();
    for (seed, name) in names.iter().enumerate() {
        let instance = format!("s{seed:02}");
        let lab = instance.as_str();
        sandbox.ok(&["start", name, "--as", &instance, "--seed", &seed.to_string()]);
        let task = json(&sandbox, &["task", "--lab", lab]);
        for _ in task["hints"].as_array().unwrap() {
            sandbox.ok(&["hint", "--lab", lab]);
        }
        for question in task["questions"].as_array().unwrap() {
            let among = question["among"].as_array().unwrap();
            let answer = among.first().and_then(Value::as_str).unwrap_or("10s");
            sandbox.ok(&["answer", question["check"].as_str().unwrap(), answer, "--lab", lab]);
        }
        sandbox.ok(&["undo", "--lab", lab]);
        // Measuring takes seconds for each exercise: one of each lab is graded. A script has no effect on
        // simulated guests, so only the form of a grading is the same.
        if !graded.insert(task["lab"].as_str().unwrap().to_owned()) {
            sandbox.ok(&["finish", "--lab", lab]);
            continue;
        }
        let output = sandbox.command(&["grade", "--format", "json", "--lab", lab]).output().unwrap();
        let grading: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        let outcomes = grading["outcomes"].as_array().unwrap();
        let checks = task["checks"].as_array().unwrap();
        assert_eq!(outcomes.len(), checks.len(), "{name}");
        for (outcome, check) in outcomes.iter().zip(checks) {
            assert_eq!((&outcome["check"], &outcome["of"]), (&check[0], &check[2]), "{name}");
        }
        let score = json(&sandbox, &["score", "--verify", "--lab", lab]);
        assert_eq!(score["mismatches"], serde_json::json!([]), "{name}");
        sandbox.ok(&["finish", "--lab", lab]);
    }
}

/// The bundled exercises that `make test-exercises` has not been through yet. Take each out when it has.
const NOT_TESTED_YET: &[&str] = &["both-wait", "not-your-service", "ping-pong", "the-night"];

#[test]
fn the_bundled_exercises_were_tested_since_they_changed() {
    let sandbox = Sandbox::new();
    let lock = fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/exercises.lock")).unwrap();
    let lock: toml::Table = toml::from_str(&lock).unwrap();
    let list = json(&sandbox, &["exercise", "list"]);
    let rows = list["exercises"].as_array().unwrap();
    for row in rows {
        let name = row["name"].as_str().unwrap();
        let Some(entry) = lock.get(name) else {
            assert!(NOT_TESTED_YET.contains(&name), "`make test-exercises` has not tested {name}");
            continue;
        };
        assert!(!NOT_TESTED_YET.contains(&name), "{name} was tested: take it out of the list");
        let digest = row["about"]["Ok"]["digest"].as_str();
        assert_eq!(entry["digest"].as_str(), digest, "{name} was changed since `make test-exercises`");
        assert_eq!(entry["passed"].as_bool(), Some(true), "{name}");
    }
    for name in lock.keys().map(String::as_str).chain(NOT_TESTED_YET.iter().copied()) {
        assert!(rows.iter().any(|row| row["name"] == name), "there is no exercise {name}");
    }
}
