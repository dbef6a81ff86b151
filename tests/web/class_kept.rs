//! What a teacher sees of a class, and what is kept of it until it is purged, on the simulated provider.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::class::{all_stand, cards, joined, opened, served};
use crate::server::{Server, lab};

/// What a command prints with `--format json`.
fn told(server: &Server, words: &[&str]) -> Value {
    serde_json::from_str(&server.lab(&[words, &["--format", "json"]].concat())).unwrap()
}

/// A command that fails: its exit status and its error.
fn refused(server: &Server, words: &[&str]) -> (Option<i32>, String) {
    let output = lab(server.state()).args(words).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// The files below a folder that have one of these texts.
fn having(folder: &Path, texts: &[&str], found: &mut Vec<String>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            having(&entry.path(), texts, found);
        } else if kind.is_file() {
            let bytes = fs_err::read(entry.path()).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            if texts.iter().any(|wanted| text.contains(wanted)) {
                found.push(entry.path().display().to_string());
            }
        }
    }
}

/// The names of what is done, in order.
fn deeds(happened: &Value) -> Vec<&str> {
    happened.as_array().unwrap().iter().map(|one| one["what"]["what"].as_str().unwrap()).collect()
}

#[test]
fn a_teacher_sees_all_that_happened_at_a_bench() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    let own = json!({ "instance": "ha1-s01" });
    for request in ["hint", "undo", "grade", "class-submit"] {
        assert_eq!(siti.done(request, &own)["standing"], "done", "{request}");
    }
    siti.done("class-hand", &json!({ "instance": "ha1-s01", "up": true }));
    server.lab(&["class", "say", "look at the log", "--to", "siti"]);
    server.lab(&["class", "say", "for José only", "--to", "s02"]);
    server.lab(&["class", "extend", "10m"]);
    server.lab(&["class", "grade"]);
    siti.done("class-begin", &json!({ "instance": "ha1-s01", "exercise": "two-truths" }));

    let shown = told(&server, &["class", "show", "siti"]);
    assert_eq!((&shown["seat"], &shown["instance"]), (&json!("s01"), &json!("ha1-s01")));
    assert_eq!((&shown["students"][0]["id"], &shown["hand"]), (&json!("101"), &json!(true)));
    assert_eq!(shown["joined"][0][0], "s01");
    let first = &shown["exercises"][0]["attempts"][0]["happened"];
    let whole = ["began", "hinted", "undone", "checked", "handed-in", "finished", "graded"];
    let mut seen = deeds(first);
    seen.sort_by_key(|deed| whole.iter().position(|known| known == deed));
    assert_eq!(seen, whole);
    let hand_in = first.as_array().unwrap().iter().find(|one| one["what"]["what"] == "handed-in").unwrap();
    let receipt = hand_in["what"]["receipt"].as_str().unwrap();
    assert!(server.lab(&["class", "verify", "--receipt", receipt]).contains("1 graded"));
    let checked = first.as_array().unwrap().iter().find(|one| one["what"]["what"] == "checked").unwrap();
    assert!(checked["what"]["checks"][0]["seen"][0]["id"].is_string(), "{checked}");
    assert!(shown["exercises"][0]["score"]["of"].is_u64(), "{shown}");
    assert_eq!(deeds(&shown["exercises"][1]["attempts"][0]["happened"]), ["began"]);
    assert_eq!(deeds(&shown["events"]), ["joined", "hand", "said", "extended"]);
    let text = server.lab(&["class", "show", "s01", "--language", "id"]);
    for part in ["Siti Aminah", "membeli petunjuk 1", "tanda terima", receipt, "pengajar: look at the log"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("José"), "{text}");

    let viewer = server.with("viewer", "/");
    let answer = viewer.post("class-show", &json!({ "student": "s01" }));
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(viewer.post("class-plan", &json!({})).status(), StatusCode::OK);
    let file = json!({ "file": "class.toml" });
    assert_eq!(viewer.post("class-plan", &file).status(), StatusCode::NOT_FOUND, "no paths of the machine");
    assert_eq!(viewer.post("class-purge", &json!({ "class": "ha1" })).status(), StatusCode::NOT_FOUND);
}

#[test]
fn a_watched_class_is_told_again_when_it_changes() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    let mut command = lab(server.state());
    command.args(["class", "watch", "--format", "json"]).stdout(Stdio::piped());
    let mut watch = command.spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let first = next();
    assert_eq!((&first["version"], &first["class"]), (&json!(1), &json!("ha1")));
    assert_eq!(first["seats"][0]["hand"], false);
    siti.done("class-hand", &json!({ "instance": "ha1-s01", "up": true }));
    // What instances take changes meanwhile.
    let raised = std::iter::repeat_with(next).find(|board| board["seats"][0]["hand"] == true).unwrap();
    assert_eq!((&raised["seats"][0]["seat"], &raised["seats"][0]["hand"]), (&json!("s01"), &json!(true)));
    let process = rustix::process::Pid::from_child(&watch);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    assert!(watch.wait().unwrap().success());
}

#[test]
fn a_plan_says_how_many_fit_and_what_decides() {
    let server = served(opened(""));
    all_stand(&server);
    let plan = |words: &[&str]| {
        let words = [&["class", "plan"], words, &["--format", "json"]].concat();
        let output = lab(server.state()).args(&words).output().unwrap();
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
        let fits = plan["fits"].as_bool().unwrap();
        assert_eq!(output.status.code(), Some(if fits { 0 } else { 4 }), "{plan}");
        assert_eq!(fits, plan["instances"].as_u64().unwrap() <= plan["most"].as_u64().unwrap());
        plan
    };
    let open = plan(&[]);
    assert_eq!((&open["class"], &open["instances"]), (&json!("ha1"), &json!(3)));
    let named: Vec<_> = open["exercises"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(named, ["who-am-i", "two-truths"]);
    assert_eq!(open["exercises"][0]["measured"], true, "its start is there");
    let many = plan(&["class.toml", "--students", "500"]);
    assert_eq!(many["instances"], 500);
    for (few, many) in open["resources"].as_array().unwrap().iter().zip(many["resources"].as_array().unwrap())
    {
        assert!(few["needed"].as_u64() < many["needed"].as_u64(), "{few} {many}");
    }
    let (status, error) = refused(&server, &["class", "plan", "--students", "0"]);
    assert!(status == Some(2) && error.contains("1 to 500 students"), "{error}");
}

#[test]
fn nothing_of_persons_is_left_of_a_purged_class() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    let own = json!({ "instance": "ha1-s01" });
    for request in ["grade", "class-submit"] {
        assert_eq!(siti.done(request, &own)["standing"], "done", "{request}");
    }
    let (status, error) = refused(&server, &["class", "purge", "ha1", "--yes"]);
    assert!(status == Some(5) && error.contains("the class `ha1` is open"), "{error}");
    server.lab(&["class", "close", "--force"]);

    // Without --yes it is only shown.
    let kept = told(&server, &["class", "purge", "ha1"]);
    assert_eq!((&kept["deleted"], &kept["students"]), (&json!(false), &json!(3)));
    assert_eq!(kept["checkpoints"].as_array().unwrap().len(), 1, "{kept}");
    assert_eq!(siti.post("class-me", &own).status(), StatusCode::OK);
    let persons = ["Siti", "siti@example.org", "José"];
    // What the teacher has beside the state.
    for file in ["class.toml", "roster.csv"] {
        fs_err::remove_file(server.state().join(file)).unwrap();
    }
    let mut found = Vec::new();
    having(server.state(), &persons, &mut found);
    assert!(found.iter().any(|file| file.ends_with("classes/ha1/class.json")), "{found:?}");
    assert!(found.iter().any(|file| file.ends_with("web/credentials.json")), "{found:?}");

    let deleted = told(&server, &["class", "purge", "ha1", "--yes"]);
    assert_eq!((&deleted["deleted"], &deleted["named"]), (&json!(true), &json!([])));
    let mut left = Vec::new();
    having(server.state(), &persons, &mut left);
    left.retain(|file| !file.contains("/operations/") && !file.ends_with("/web/audit.jsonl"));
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(siti.post("class-me", &own).status(), StatusCode::UNAUTHORIZED);
    let checkpoints = told(&server, &["checkpoint", "list"]);
    assert!(!checkpoints.to_string().contains("submission-"), "{checkpoints}");
    assert!(checkpoints.to_string().contains("start-"), "baselines stay: {checkpoints}");
    let (status, error) = refused(&server, &["class", "purge", "ha1", "--yes"]);
    assert!(status == Some(6) && error.contains("there is no class `ha1`"), "{error}");
}
