//! A class over HTTP, on the simulated provider: joining, working, handing in, and what others may not.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server::{Caller, Server, lab};

pub const ROSTER: &str = "\u{feff}Nama;NIM;Email\r\nSiti Aminah;101;siti@example.org\r\nJosé Núñez;102;\r\n\
                      Änne O'Brien;103;\r\n";

/// A folder with a class of three, open on a state folder.
pub fn opened(more: &str) -> tempfile::TempDir {
    opened_for(ROSTER, more)
}

/// The same, of the students of a roster.
pub fn opened_for(roster: &str, more: &str) -> tempfile::TempDir {
    opened_in(tempfile::tempdir().unwrap(), roster, more)
}

/// The same, in a folder of the caller.
pub fn opened_in(folder: tempfile::TempDir, roster: &str, more: &str) -> tempfile::TempDir {
    let text = format!(
        "schema = 1\nname = \"ha1\"\ntitle = {{ en = \"Availability\", id = \"Ketersediaan\" }}\n\
         roster = \"roster.csv\"\nexercises = [\"who-am-i\", \"two-truths\"]\n{more}"
    );
    fs_err::write(folder.path().join("class.toml"), text).unwrap();
    fs_err::write(folder.path().join("roster.csv"), roster).unwrap();
    let output = lab(folder.path()).args(["class", "open", "class.toml", "--no-page"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

pub fn served(folder: tempfile::TempDir) -> Server {
    Server::start_in(folder, &["--listen", "127.0.0.1:0"])
}

pub fn cards(server: &Server) -> Vec<Value> {
    let made: Value = serde_json::from_str(&server.lab(&["class", "cards", "--format", "json"])).unwrap();
    made["cards"].as_array().unwrap().clone()
}

/// Types a code; returns the browser, and what was answered.
fn typed(server: &Server, code: &str) -> (Caller, StatusCode, String) {
    let mut caller = server.stranger();
    caller.token = Some(code.to_owned());
    let answer = caller.request(&Method::POST, "/api/v1/session").send().unwrap();
    let status = answer.status();
    caller.token = None;
    (caller, status, answer.text().unwrap())
}

pub fn joined(server: &Server, card: &Value) -> Caller {
    let (caller, status, text) = typed(server, card["code"].as_str().unwrap());
    assert_eq!(status, StatusCode::NO_CONTENT, "{text}");
    caller
}

/// Waits until something holds; a class is made by its clock.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(180), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub fn me(caller: &Caller, instance: &str) -> Value {
    let answer = caller.post("class-me", &json!({ "instance": instance }));
    let text = answer.text().unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    assert!(value["outcome"].is_object(), "{text}");
    value["outcome"].clone()
}

pub fn board(server: &Server) -> Value {
    serde_json::from_str(&server.lab(&["class", "status", "--format", "json"])).unwrap()
}

pub fn all_stand(server: &Server) {
    until("all clusters stand", || {
        let board = board(server);
        let seats = board["seats"].as_array().unwrap();
        seats.iter().all(|seat| seat["cells"][0]["progress"] == "working")
    });
}

#[test]
fn three_students_join_work_and_hand_in() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let (siti, jose) = (joined(&server, &cards[0]), joined(&server, &cards[1]));
    // The third opens the link of the QR code.
    let anne = server.stranger();
    let link = format!("/open?key={}", cards[2]["key"].as_str().unwrap());
    assert_eq!(anne.get(&link).status(), StatusCode::SEE_OTHER);
    let session = anne.json("/api/v1/session");
    assert_eq!((&session["role"], &session["scope"]), (&json!("student"), &json!("/instance/ha1-s03")));
    assert_eq!(session["name"], "Änne O'Brien");

    let seen = me(&siti, "ha1-s01");
    assert_eq!(seen["members"], json!(["Siti Aminah"]));
    assert_eq!((&seen["phase"], &seen["current"]["name"]), (&json!("working"), &json!("who-am-i")));
    assert!(seen["current"]["task"]["id"].as_str().unwrap().contains("cluster"), "{seen}");
    let hint = siti.done("hint", &json!({ "instance": "ha1-s01" }));
    assert_eq!(hint["standing"], "done");
    assert_eq!(me(&siti, "ha1-s01")["current"]["hints"].as_array().unwrap().len(), 1);
    jose.done("class-hand", &json!({ "instance": "ha1-s02", "up": true }));
    assert_eq!(board(&server)["seats"][0]["seat"], "s02", "a raised hand comes first");
    server.lab(&["class", "say", "ten minutes left", "--to", "josé"]);
    assert_eq!(me(&jose, "ha1-s02")["messages"][0]["text"], "ten minutes left");
    assert_eq!(me(&anne, "ha1-s03")["messages"], json!([]));

    let graded = siti.done("grade", &json!({ "instance": "ha1-s01" }));
    assert_eq!(graded["standing"], "done", "{graded}");
    for (who, instance) in [(&siti, "ha1-s01"), (&jose, "ha1-s02")] {
        let submitted = who.done("class-submit", &json!({ "instance": instance }));
        assert_eq!(submitted["standing"], "done", "{submitted}");
        assert!(me(who, instance)["exercises"][0]["submitted"].is_string());
    }
    // The next exercise replaces the first one.
    let began = jose.done("class-begin", &json!({ "instance": "ha1-s02", "exercise": "two-truths" }));
    assert_eq!(began["standing"], "done", "{began}");
    assert_eq!(me(&jose, "ha1-s02")["current"]["name"], "two-truths");

    let graded: Value = serde_json::from_str(&server.lab(&["class", "grade", "--format", "json"])).unwrap();
    assert_eq!(graded["hand-ins"].as_array().unwrap().len(), 2, "{graded}");
    let again: Value = serde_json::from_str(&server.lab(&["class", "grade", "--format", "json"])).unwrap();
    assert_eq!(again["hand-ins"], json!([]), "each is graded once");
    let verified: Value =
        serde_json::from_str(&server.lab(&["class", "verify", "--format", "json"])).unwrap();
    assert_eq!((&verified["hand-ins"], &verified["mismatches"]), (&json!(2), &json!([])));
    let csv = server.lab(&["class", "export", "--format", "moodle"]);
    assert!(csv.contains("101") && csv.contains("102"), "{csv}");
    let page = server.lab(&["class", "export", "--format", "html", "--hide-names"]);
    assert!(!page.contains("Siti") && page.contains("s01"), "{page}");
}

#[test]
fn what_was_handed_in_is_not_garbage() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    assert_eq!(siti.done("class-submit", &json!({ "instance": "ha1-s01" }))["standing"], "done");
    server.lab(&["class", "close", "--force"]);
    server.lab(&["gc", "--yes"]);
    let graded: Value = serde_json::from_str(&server.lab(&["class", "grade", "--format", "json"])).unwrap();
    assert_eq!(graded["hand-ins"].as_array().unwrap().len(), 1, "{graded}");
    server.lab(&["class", "purge", "ha1", "--yes"]);
    let left = server.lab(&["checkpoint", "list", "--format", "json"]);
    assert!(!left.contains("submission-"), "{left}");
}

#[test]
fn a_card_is_good_once_and_codes_cannot_be_guessed() {
    let server = served(opened(""));
    let first = cards(&server);
    let second = cards(&server);
    let code = |card: &Value| card["code"].as_str().unwrap().to_owned();
    assert_eq!(typed(&server, &code(&first[0])).1, StatusCode::UNAUTHORIZED, "replaced by a later card");
    let sloppy = format!(" {} ", code(&second[0]).to_lowercase().replace('-', " "));
    assert_eq!(typed(&server, sloppy.trim()).1, StatusCode::NO_CONTENT);
    assert_eq!(typed(&server, &code(&second[0])).1, StatusCode::UNAUTHORIZED, "used");
    // Two wrong tries so far.
    for _ in 0..3 {
        assert_eq!(typed(&server, "BBBB-BBBB").1, StatusCode::UNAUTHORIZED);
    }
    let (_, status, text) = typed(&server, &code(&second[1]));
    assert_eq!(status, StatusCode::CONFLICT, "{text}");
    assert!(text.contains("too many codes were tried"), "{text}");
    let kept = fs_err::read_to_string(server.state().join("classes/ha1/log.jsonl")).unwrap();
    assert!(!kept.contains(&code(&second[1])));
}

#[test]
fn a_student_reaches_nothing_of_others() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    let refused = |what: &str, answer: reqwest::blocking::Response| {
        let status = answer.status();
        let is_refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status);
        assert!(is_refused, "{what}: {status} {}", answer.text().unwrap());
        // A student has 60 requests at once, and ten in each second after that: no limit is meant here.
        std::thread::sleep(Duration::from_millis(50));
    };
    for instance in ["ha1-s02", "ha1-s01-graded", "nothing"] {
        for name in
            ["class-me", "class-submit", "task", "hint", "grade", "undo", "status", "drill-list", "logs"]
        {
            let arguments = match name {
                "status" => json!({ "instances": [instance] }),
                "logs" => json!({ "instance": instance, "lines": 5 }),
                _ => json!({ "instance": instance }),
            };
            refused(&format!("{name} of {instance}"), siti.post(name, &arguments));
        }
        for path in ["class", "live", "records"] {
            refused(path, siti.get(&format!("/api/v1/instances/{instance}/{path}")));
        }
        refused(
            "begin",
            siti.post("class-begin", &json!({ "instance": instance, "exercise": "two-truths" })),
        );
    }
    let own = json!({ "instance": "ha1-s01" });
    for (name, arguments) in [
        ("class-status", json!({})),
        ("class-verify", json!({})),
        ("class-show", json!({ "student": "s02" })),
        ("class-plan", json!({})),
        ("class-export", json!({ "format": "csv" })),
        ("class-cards", json!({})),
        ("class-extend", json!({ "by": "1h" })),
        ("class-say", json!({ "text": "hello" })),
        ("class-grade", json!({})),
        ("class-regrade", json!({ "accept": true })),
        ("class-reopen", json!({ "student": "s01" })),
        ("class-diff", json!({ "student": "s02" })),
        ("class-close", json!({})),
        ("exercise-show", json!({ "exercise": "who-am-i", "author": true })),
        ("exercise-list", json!({})),
        ("checkpoint-list", json!({})),
        ("checkpoint-restore", json!({ "instance": "ha1-s01", "checkpoint": "x" })),
        ("start", json!({ "exercise": "two-truths", "instance": "ha1-s01" })),
        ("finish", own.clone()),
        ("reset", json!({ "instances": ["ha1-s01"] })),
        ("down", json!({ "instances": ["ha1-s01"] })),
        ("list", json!({})),
        ("status", json!({ "all": true })),
        ("hint", json!({})),
        ("notes-write", json!({ "instance": "ha1-s01", "text": "x" })),
        ("df", json!({})),
    ] {
        refused(name, siti.post(name, &arguments));
    }
    refused("the board", siti.get("/api/v1/class/live"));
    refused("all operations", siti.get("/api/v1/operations"));
    // An operation of another student.
    let history: Value = serde_json::from_str(&server.lab(&["history", "--format", "json"])).unwrap();
    let other = history["operations"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["subject"] == json!(["ha1-s02"]))
        .unwrap();
    let id = other["id"].as_str().unwrap();
    refused("an operation", siti.get(&format!("/api/v1/operations/{id}")));
    refused("its events", siti.get(&format!("/api/v1/operations/{id}/events")));
    // The own things work.
    assert_eq!(siti.post("task", &own).status(), StatusCode::OK);
    assert_eq!(siti.post("status", &json!({ "instances": ["ha1-s01"] })).status(), StatusCode::OK);
    let audit = fs_err::read_to_string(server.state().join("web/audit.jsonl")).unwrap();
    assert!(audit.contains("refused: students may not"), "{audit}");
}

#[test]
fn the_deadline_hands_in_what_stands_and_ends_the_work() {
    let ends = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(3600);
    let server = served(opened(&format!("ends = \"{ends}\"\n")));
    let cards = cards(&server);
    all_stand(&server);
    let (siti, jose) = (joined(&server, &cards[0]), joined(&server, &cards[1]));
    let own = json!({ "instance": "ha1-s01" });
    server.lab(&["class", "freeze"]);
    let frozen = siti.post("undo", &own);
    assert_eq!(frozen.status(), StatusCode::CONFLICT);
    assert!(frozen.text().unwrap().contains("the teacher has stopped the work"));
    server.lab(&["class", "freeze", "--end"]);
    assert_eq!(siti.done("undo", &own)["standing"], "done");

    // The deadline of all is moved to now; one student has more time.
    let folder = server.kill();
    let file = folder.path().join("class.toml");
    let text = fs_err::read_to_string(&file).unwrap();
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
    fs_err::write(&file, text.replace(&ends.to_string(), &now.to_string())).unwrap();
    let again = |words: &[&str]| {
        let output = lab(folder.path()).args(words).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    again(&["class", "open", "class.toml", "--no-page"]);
    again(&["class", "extend", "10m", "--student", "s02"]);
    let server = served(folder);
    until("the deadline has handed in", || {
        let board = board(&server);
        let row = |seat: &str| {
            let seats = board["seats"].as_array().unwrap();
            seats.iter().find(|row| row["seat"] == seat).unwrap()["cells"][0]["progress"].clone()
        };
        row("s01") == "submitted" && row("s03") == "submitted" && row("s02") == "working"
    });
    // Sessions outlive the server.
    let reach = |caller: &Caller| Caller::at(&server.root, caller);
    let (siti, jose) = (reach(&siti), reach(&jose));
    assert_eq!(me(&siti, "ha1-s01")["phase"], "over");
    assert_eq!(siti.post("class-submit", &own).status(), StatusCode::CONFLICT);
    assert_eq!(jose.done("undo", &json!({ "instance": "ha1-s02" }))["standing"], "done");
}

#[test]
fn a_server_that_is_killed_goes_on_where_it_was() {
    let mut server = served(opened(""));
    let cards = cards(&server);
    // In the middle of making clusters, and again a moment later.
    for pause in [0, 150, 400] {
        std::thread::sleep(Duration::from_millis(pause));
        server = served(server.kill());
    }
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    let submitted = siti.done("class-submit", &json!({ "instance": "ha1-s01" }));
    assert_eq!(submitted["standing"], "done");
    let held = me(&siti, "ha1-s01")["exercises"][0]["receipt"].as_str().unwrap().to_owned();
    let receipt = fs_err::read_to_string(server.state().join("classes/ha1/log.jsonl")).unwrap();
    let server = served(server.kill());
    let verified = server.lab(&["class", "verify", "--receipt", &held]);
    assert!(verified.contains(&format!("{} lines", receipt.lines().count())), "{verified}");
}
