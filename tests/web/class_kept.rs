//! What a teacher sees of a class, and what is kept of it until it is purged, on the simulated provider.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::class::{all_stand, cards, joined, opened, served, until};
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

#[test]
fn a_damaged_class_keeps_what_it_may_need_and_no_more() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    assert_eq!(siti.done("class-submit", &json!({ "instance": "ha1-s01" }))["standing"], "done");
    server.lab(&["class", "close", "--force"]);
    // An exercise outside of the class, which is over.
    server.lab(&["start", "who-am-i", "--as", "own"]);
    server.lab(&["save", "mine", "--lab", "own"]);
    server.lab(&["down", "own", "--purge"]);
    let kept = |server: &Server| -> Vec<String> {
        let all = told(server, &["checkpoint", "list"]);
        let all = all["checkpoints"].as_array().unwrap().iter();
        all.map(|one| one["checkpoint"].as_str().unwrap().to_owned()).collect()
    };
    let before = kept(&server);
    let file = server.state().join("classes/ha1/class.json");
    let whole = fs_err::read(&file).unwrap();
    fs_err::write(&file, "{").unwrap();
    let output = lab(server.state()).args(["gc", "--yes"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("all that the class `ha1` may need stays: `class.json`"), "{said}");
    let after = kept(&server);
    let gone: Vec<&String> = before.iter().filter(|id| !after.contains(id)).collect();
    assert!(gone.iter().all(|id| id.contains(".save-point-")) && gone.len() == 1, "{gone:?} of {before:?}");
    fs_err::write(&file, whole).unwrap();
    assert_eq!(told(&server, &["class", "grade"])["hand-ins"].as_array().unwrap().len(), 1);
}

/// The hand-ins of a class, with the files in the folders of their memories.
fn hand_ins(folder: &Path) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for entry in fs_err::read_dir(folder.join("checkpoints")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.contains(".submission-") {
            let entries = fs_err::read_dir(folder.join("checkpoints").join(&name).join("memory")).unwrap();
            let mut files: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            files.sort();
            all.push((name, files));
        }
    }
    all.sort();
    all
}

fn is_packed((_, files): &(String, Vec<String>)) -> bool {
    !files.is_empty() && files.iter().all(|file| file.ends_with(".packed"))
}

#[test]
fn hand_ins_are_packed_and_can_be_opened_graded_and_computed_again() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    let own = json!({ "instance": "ha1-s01" });
    assert_eq!(siti.done("class-submit", &own)["standing"], "done");
    until("the hand-in is packed", || hand_ins(server.state()).iter().all(is_packed));
    let packed = hand_ins(server.state());
    assert_eq!(packed.len(), 1, "{packed:?}");
    let id = packed[0].0.as_str();

    let shown = told(&server, &["class", "show", "s01"]);
    let happened = shown["exercises"][0]["attempts"][0]["happened"].as_array().unwrap();
    let kept = &happened.iter().find(|one| one["what"]["what"] == "handed-in").unwrap()["what"]["kept"];
    assert_eq!(kept["packed"], true, "{shown}");
    assert!(kept["bytes"].as_u64().unwrap() > 0, "{shown}");
    assert!(server.lab(&["class", "show", "s01"]).contains(" KiB (packed); receipt "));
    assert!(server.lab(&["df"]).contains(&format!("{id} (handed in: who-am-i of s01, packed)")));
    server.lab(&["checkpoint", "verify", id]);

    // The start is needed from now on.
    let listed = told(&server, &["checkpoint", "list"]);
    let mut starts = listed["checkpoints"].as_array().unwrap().iter();
    // Each student may begin from another one.
    let start = starts.find(|one| {
        one["checkpoint"].as_str().unwrap().contains(".exercise-") && one["used_by"].to_string().contains(id)
    });
    let start = start.unwrap_or_else(|| panic!("{listed}"));
    let start = start["checkpoint"].as_str().unwrap();
    let (status, error) = refused(&server, &["checkpoint", "rm", start]);
    assert!(status == Some(1) && error.contains(id), "{error}");
    server.lab(&["gc", "--yes"]);

    let reopened = told(&server, &["class", "reopen", "s01"]);
    assert_eq!(reopened["exercise"], "who-am-i", "{reopened}");
    assert_eq!(hand_ins(server.state()), packed, "what was unpacked is gone again");
    let graded = told(&server, &["class", "grade"]);
    assert_eq!(graded["hand-ins"].as_array().unwrap().len(), 1, "{graded}");
    let verified = told(&server, &["class", "verify"]);
    assert_eq!((&verified["hand-ins"], &verified["mismatches"]), (&json!(1), &json!([])));
    let regraded = told(&server, &["class", "regrade"]);
    assert_eq!(regraded["hand-ins"].as_array().unwrap().len(), 1, "{regraded}");
    assert_eq!(hand_ins(server.state()), packed);
    let plan = lab(server.state()).args(["class", "plan", "--format", "json"]).output().unwrap();
    let plan: Value = serde_json::from_slice(&plan.stdout).unwrap();
    let cost = &plan["exercises"][0];
    assert!(cost["handed-in"].as_u64().unwrap() < cost["saved"].as_u64().unwrap(), "{plan}");

    // Without its start it cannot be restored, and the error says so.
    server.lab(&["class", "close", "--force"]);
    fs_err::remove_dir_all(server.state().join("checkpoints").join(start)).unwrap();
    let (status, error) = refused(&server, &["checkpoint", "verify", id]);
    let gone = format!("its base, the checkpoint {start}, is missing");
    assert!(status == Some(1) && error.contains(&gone), "{error}");
}

#[test]
fn packing_that_is_killed_loses_nothing_and_closing_the_class_goes_on() {
    let server = served(opened(""));
    all_stand(&server);
    // Without a server nothing is packed by itself.
    let folder = server.kill();
    let run = |words: &[&str]| {
        let output = lab(folder.path()).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["class", "deadline", "--now"]);
    let whole = hand_ins(folder.path());
    assert!(whole.len() == 3 && !whole.iter().any(is_packed), "{whole:?}");
    let mut packed = 0;
    for millis in [10, 20, 40, 60, 80, 100, 120, 160] {
        let mut command = lab(folder.path());
        command.args(["class", "pack"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut packing = command.spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(millis));
        packing.kill().unwrap();
        packing.wait().unwrap();
        for (id, _) in hand_ins(folder.path()) {
            run(&["checkpoint", "verify", &id]);
        }
        let now = hand_ins(folder.path()).iter().filter(|one| is_packed(one)).count();
        assert!(now >= packed, "{now} {packed}");
        packed = now;
    }
    run(&["class", "close"]);
    let all = hand_ins(folder.path());
    assert!(all.len() == 3 && all.iter().all(is_packed), "{all:?}");
    let states: Value = serde_json::from_str(&run(&["class", "pack", "--format", "json"])).unwrap();
    assert!(states["states"].as_array().unwrap().iter().all(|one| one["packed"] == true), "{states}");
    let graded: Value = serde_json::from_str(&run(&["class", "grade", "--format", "json"])).unwrap();
    assert_eq!(graded["hand-ins"].as_array().unwrap().len(), 3, "{graded}");
}
