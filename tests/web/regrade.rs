//! Hand-ins of a class that are graded again, looked at and compared, on the simulated provider.

use std::path::{Path, PathBuf};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::class::{all_stand, board, cards, joined, me, opened, served};
use crate::server::{Server, lab};

/// A question whose right answer the author has mistaken.
const QUESTION: &str = "
[check.why]
kind     = \"answer\"
question = { en = \"Which service?\", id = \"Layanan apa?\" }
is       = \"heartbeat\"
points   = 20
title    = { en = \"the service is named\", id = \"layanannya disebut\" }

[[hint]]";

/// A folder with an open class that works on an exercise of its own, in `my/` beside its file.
fn with_own_exercise() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| {
        let output = lab(folder.path()).args(words).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run(&["new", "my", "--from", "drbd-heartbeat"]);
    run(&["exercise", "new", "first", "--in", "my"]);
    change(folder.path(), "\n[[hint]]", QUESTION);
    let text = "schema = 1\nname = \"ha1\"\ntitle = { en = \"Availability\" }\nroster = \"roster.csv\"\n\
                exercises = [\"./my/exercises/first\"]\n";
    fs_err::write(folder.path().join("class.toml"), text).unwrap();
    fs_err::write(folder.path().join("roster.csv"), "Name\nSiti Aminah\nAda Lovelace\n").unwrap();
    run(&["class", "open", "class.toml", "--no-page"]);
    folder
}

/// Replaces a text in the file of the exercise, once.
fn change(folder: &Path, from: &str, to: &str) {
    let file = folder.join("my/exercises/first/exercise.toml");
    let text = fs_err::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    fs_err::write(&file, text.replacen(from, to, 1)).unwrap();
}

/// The outcome, the status and the messages of a command.
fn ends(server: &Server, words: &[&str]) -> (Value, Option<i32>, String) {
    let output = lab(server.state()).args(words).args(["--format", "json"]).output().unwrap();
    let outcome = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (outcome, output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn done(server: &Server, words: &[&str]) -> Value {
    let (outcome, status, error) = ends(server, words);
    assert_eq!(status, Some(0), "{words:?}: {error}");
    outcome
}

/// The points of the first hand-in: before and now, each with those that it could have.
fn points(regraded: &Value) -> [(u64, u64); 2] {
    let one = &regraded["hand-ins"][0];
    ["before", "after"].map(|side| {
        let points = |name: &str| one[side][name].as_u64().unwrap();
        (points("points"), points("of"))
    })
}

fn log(server: &Server) -> PathBuf {
    server.state().join("classes/ha1/log.jsonl")
}

fn events(server: &Server, what: &str) -> Vec<Value> {
    let text = fs_err::read_to_string(log(server)).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone());
    lines.filter(|event| event["what"] == what).collect()
}

/// A class in which Siti has answered and handed in, and was graded.
fn graded() -> Server {
    let server = served(with_own_exercise());
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    let answer = json!({ "instance": "ha1-s01", "check": "why", "answer": "DRBD" });
    assert_eq!(siti.done("answer", &answer)["standing"], "done");
    assert_eq!(siti.done("class-submit", &json!({ "instance": "ha1-s01" }))["standing"], "done");
    assert_eq!(done(&server, &["class", "grade"])["hand-ins"].as_array().unwrap().len(), 1);
    server
}

fn mismatches(server: &Server) -> Vec<String> {
    let (verified, _, error) = ends(server, &["class", "verify"]);
    let all = verified["mismatches"].as_array().unwrap_or_else(|| panic!("{error}"));
    all.iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_repaired_check_gives_other_points_when_they_are_accepted() {
    let server = graded();
    let (_, status, error) = ends(&server, &["class", "regrade", "--accept"]);
    assert_eq!(status, Some(6), "{error}");

    change(server.state(), "\"heartbeat\"", "\"drbd\"");
    let csv = server.lab(&["class", "export", "--format", "csv"]);
    let regraded = done(&server, &["class", "regrade", "--exercise", "first"]);
    assert_eq!(points(&regraded), [(100, 120), (120, 120)]);
    assert_eq!(regraded["hand-ins"][0]["changed"], json!(["why"]));
    assert_eq!(server.lab(&["class", "export", "--format", "csv"]), csv, "a proposal is no grade");
    let lines = fs_err::read_to_string(log(&server)).unwrap();
    assert_eq!(done(&server, &["class", "regrade", "--student", "siti"]), regraded);
    assert_eq!(fs_err::read_to_string(log(&server)).unwrap(), lines, "it was graded again already");

    // Changed once more: what was proposed is replaced.
    change(server.state(), "points = 60", "points = 90");
    assert_eq!(points(&done(&server, &["class", "regrade"])), [(100, 120), (150, 150)]);
    let verified = done(&server, &["class", "verify"]);
    assert_eq!((&verified["proposals"], &verified["mismatches"]), (&json!(1), &json!([])));
    let operator = server.with("operator", "/");
    assert_eq!(operator.done("class-regrade", &json!({ "accept": true }))["standing"], "done");
    assert_ne!(server.lab(&["class", "export", "--format", "csv"]), csv);
    let grades = events(&server, "graded");
    assert_eq!((grades.len(), &grades[1]["outcomes"][2]["points"]), (2, &json!(20)), "{grades:?}");
    let verified = done(&server, &["class", "verify"]);
    assert_eq!((&verified["proposals"], &verified["mismatches"]), (&json!(0), &json!([])));

    // What is discarded leaves the grade as it is, and later changes of the exercise do not move it.
    let csv = server.lab(&["class", "export", "--format", "csv"]);
    change(server.state(), "\"drbd\"", "\"heartbeat\"");
    assert_eq!(points(&done(&server, &["class", "regrade"])), [(150, 150), (130, 150)]);
    done(&server, &["class", "regrade", "--discard"]);
    assert_eq!(server.lab(&["class", "export", "--format", "csv"]), csv);
    assert!(mismatches(&server).is_empty());
}

/// A prediction of what the first check measures.
const PREDICTION: &str = "
[check.predicted]
kind     = \"guess\"
of       = \"measured\"
question = { en = \"How long?\", id = \"Berapa lama?\" }
points   = 10
title    = { en = \"it was known before\", id = \"sudah diketahui\" }

[[hint]]";

#[test]
fn predictions_are_judged_again_and_what_cannot_be_is_named() {
    let folder = with_own_exercise();
    let measured = "[check.measured]\nkind = \"drill\"\ndrill = \"power-cut\"\nfigure = \"failover\"\nfull = \"1h\"\n\
                    none = \"2h\"\npoints = 10\ntitle = { en = \"a\", id = \"a\" }\n\n[check.reboot]";
    change(folder.path(), "[check.reboot]", measured);
    change(folder.path(), "\n[[hint]]", PREDICTION);
    let server = served(folder);
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    let answer = json!({ "instance": "ha1-s01", "check": "predicted", "answer": "9s" });
    assert_eq!(siti.done("answer", &answer)["standing"], "done");
    assert_eq!(siti.done("class-submit", &json!({ "instance": "ha1-s01" }))["standing"], "done");
    done(&server, &["class", "grade"]);
    let verified = done(&server, &["class", "verify"]);
    assert_eq!(verified["mismatches"], json!([]));
    let unproven: Vec<&str> =
        verified["unproven"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    // The figure is in a record, so the prediction is proven; of a power cut of all nodes nothing is kept.
    assert_eq!(
        unproven,
        ["s01, first: reboot: it looked at a copy of the cluster, of which nothing is kept"]
    );
    let text = server.lab(&["class", "verify"]);
    assert!(text.contains("not computed again, the log says so: 1\n  s01, first: reboot"), "{text}");
}

#[test]
fn what_is_solved_in_less_time_than_a_student_needs_is_shown_and_costs_nothing() {
    let server = graded();
    // A machine that is busy with other tests needs a while.
    change(server.state(), "level     = \"easy\"", "level     = \"easy\"\nleast-time = \"14m\"");
    let signals = |server: &Server| done(server, &["class", "show", "s01"])["signals"].clone();
    assert_eq!(signals(&server), json!([]), "not all points");
    change(server.state(), "\"heartbeat\"", "\"drbd\"");
    assert_eq!(points(&done(&server, &["class", "regrade"])), [(100, 120), (120, 120)]);
    assert_eq!(signals(&server), json!([]), "a proposal is no grade");
    done(&server, &["class", "regrade", "--accept"]);
    let found = signals(&server);
    assert_eq!((&found[0]["signal"], &found[0]["exercise"]), (&json!("solved-fast"), &json!("first")));
    assert_eq!(found[0]["least"], "14m", "{found}");
    let text = server.lab(&["class", "show", "s01"]);
    assert!(
        text.contains("! first: all points ") && text.contains("no one is expected to need less"),
        "{text}"
    );
    assert!(server.lab(&["class", "export", "--format", "csv"]).contains("120"), "it costs no points");
    // The author knows better.
    change(server.state(), "\"14m\"", "\"1ms\"");
    assert_eq!(signals(&server), json!([]));
}

#[test]
fn a_hand_in_that_a_changed_exercise_cannot_grade_is_left_out() {
    let server = graded();
    let step = server.state().join("my/exercises/first/steps/break.sh");
    let text = fs_err::read_to_string(&step).unwrap();
    fs_err::write(&step, format!("{text}sleep 1\n")).unwrap();
    let (regraded, status, error) = ends(&server, &["class", "regrade"]);
    assert_eq!((status, &regraded["hand-ins"]), (Some(1), &json!([])), "{error}");
    assert_eq!(regraded["left-out"][0]["seat"], "s01");
    assert!(error.contains("the changed exercise cannot grade it: it has another start now"), "{error}");
    fs_err::write(&step, text).unwrap();
    change(server.state(), "[start]", "[vary.node]\nnodes = [\"node1\", \"node2\"]\n\n[start]");
    let (_, _, error) = ends(&server, &["class", "regrade"]);
    assert!(error.contains("no value of its new variable `node`"), "{error}");
    assert!(events(&server, "proposed").is_empty() && mismatches(&server).is_empty());
}

#[test]
fn what_was_proposed_cannot_be_changed_unseen() {
    let server = graded();
    change(server.state(), "\"heartbeat\"", "\"drbd\"");
    done(&server, &["class", "regrade"]);
    assert!(mismatches(&server).is_empty());
    let proposal = &events(&server, "proposed")[0];

    let record = proposal["outcomes"][0]["records"][0]["record"].as_str().unwrap();
    let folder = server.state().join("exercises/ha1-s01/records").join(record);
    let files = || fs_err::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let file = files().find(|file| file.extension().is_some_and(|end| end == "jsonl")).unwrap();
    let kept = fs_err::read_to_string(&file).unwrap();
    fs_err::write(&file, format!("{kept}\n")).unwrap();
    let found = mismatches(&server).join("\n");
    assert!(found.contains("s01, first, graded again: survives: "), "{found}");
    fs_err::write(&file, kept).unwrap();

    let exercise = proposal["exercise"].as_str().unwrap();
    let file = server.state().join(format!("classes/ha1/exercises/{exercise}.json"));
    let kept = fs_err::read_to_string(&file).unwrap();
    fs_err::write(&file, kept.replacen("\"is\":\"drbd\"", "\"is\":\"none\"", 1)).unwrap();
    let found = mismatches(&server).join("\n");
    assert!(found.contains("graded again: the exercise") && found.contains("was changed"), "{found}");
    fs_err::write(&file, kept).unwrap();
    assert!(mismatches(&server).is_empty());

    let text = fs_err::read_to_string(log(&server)).unwrap();
    let at = text.find("\"what\":\"proposed\"").unwrap();
    let (before, after) = text.split_at(at);
    let changed = after.replacen("\"points\":20", "\"points\":19", 1);
    assert_ne!(changed, after);
    fs_err::write(log(&server), format!("{before}{changed}")).unwrap();
    let (_, status, error) = ends(&server, &["class", "verify"]);
    assert!(status == Some(1) && error.contains("was changed"), "{error}");
}

#[test]
fn a_hand_in_is_opened_again_without_being_work() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    let own = json!({ "instance": "ha1-s01" });
    let begin = |exercise: &str| {
        let began = siti.done("class-begin", &json!({ "instance": "ha1-s01", "exercise": exercise }));
        assert_eq!(began["standing"], "done", "{began}");
    };
    let reopen = |words: &[&str]| ends(&server, &[&["class", "reopen", "s01"], words].concat());
    assert_eq!(reopen(&[]).1, Some(6), "nothing was handed in");
    siti.done("class-submit", &own);
    begin("two-truths");
    let (_, status, error) = reopen(&[]);
    assert_eq!(status, Some(5), "{error}");
    assert!(error.contains("s01 works on `two-truths`, which was not handed in"), "{error}");
    assert!(error.contains("lab class deadline --now"), "{error}");
    siti.done("class-submit", &own);
    assert_eq!(siti.done("hint", &own)["standing"], "done");
    let (_, status, error) = reopen(&["who-am-i"]);
    assert!(status == Some(5) && error.contains("what was done last"), "{error}");
    siti.done("class-submit", &own);

    let (_, status, error) = reopen(&[]);
    assert!(status == Some(2) && error.contains("who-am-i, two-truths"), "{error}");
    server.lab(&["down", "ha1-s01"]);
    let attempts = || {
        let text = fs_err::read_to_string(server.state().join("exercises/ha1-s01/log.jsonl")).unwrap();
        text.matches("\"what\":\"started\"").count()
    };
    let (began, handed_in) = (attempts(), events(&server, "submitted").len());
    let (outcome, status, error) = reopen(&["who-am-i"]);
    assert_eq!((status, &outcome["exercise"]), (Some(0), &json!("who-am-i")), "{error}");
    let seen = me(&siti, "ha1-s01");
    assert_eq!((&seen["stands"], &seen["current"]), (&json!(true), &json!(null)));
    assert_eq!(seen["reopened"]["exercise"], "who-am-i");
    // It is no work of the student, and cannot be handed in.
    assert_eq!(siti.done("class-submit", &own)["standing"], "failed");
    assert_eq!((attempts(), events(&server, "submitted").len()), (began, handed_in));

    begin("who-am-i");
    let seen = me(&siti, "ha1-s01");
    assert_eq!((&seen["current"]["name"], &seen["reopened"]), (&json!("who-am-i"), &json!(null)));
    server.lab(&["class", "deadline", "--now"]);
    let operator = server.with("operator", "/");
    let opened = operator.done("class-reopen", &json!({ "student": "s01", "exercise": "two-truths" }));
    assert_eq!(opened["standing"], "done", "{opened}");
    let seen = me(&siti, "ha1-s01");
    assert_eq!((&seen["phase"], &seen["reopened"]["exercise"]), (&json!("over"), &json!("two-truths")));
    assert_eq!(siti.post("node-reboot", &json!({ "instance": "ha1-s01", "node": "node1" })).status(), 409);
    let submitted = events(&server, "submitted").len();
    server.lab(&["class", "deadline"]);
    assert_eq!(events(&server, "submitted").len(), submitted, "nothing of it is due");
    server.lab(&["class", "close"]);
    assert_eq!(me(&siti, "ha1-s01")["stands"], false);
    assert!(board(&server)["closed"].as_bool().unwrap());
}

#[test]
fn simulated_nodes_have_no_files_to_compare() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    siti.done("class-submit", &json!({ "instance": "ha1-s01" }));
    let (_, status, error) = ends(&server, &["class", "diff", "s01"]);
    assert!(status == Some(4) && error.contains("simulated: its nodes have no files"), "{error}");
    let (_, status, error) = ends(&server, &["class", "diff", "s01", "s02"]);
    assert!(status == Some(6) && error.contains("s02 has not handed anything in"), "{error}");
    let (_, status, error) = ends(&server, &["class", "diff", "s01", "s01"]);
    assert!(status == Some(2) && error.contains("share a cluster"), "{error}");
    let arguments = json!({ "student": "s01" });
    assert_eq!(server.with("viewer", "/").post("class-diff", &arguments).status(), StatusCode::FORBIDDEN);
    let answer = server.with("operator", "/").post("class-diff", &arguments).text().unwrap();
    assert!(answer.contains("its nodes have no files"), "{answer}");
}
