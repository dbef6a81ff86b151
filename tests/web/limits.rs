//! Who takes what, and what one student can take of the server, on the simulated provider.

use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Command;

use reqwest::StatusCode;
use reqwest::blocking::Response;
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use serde_json::{Value, json};

use crate::class::{ROSTER, all_stand, board, cards, joined, me, opened, opened_in, served, until};
use crate::disks::on_small_disk;
use crate::look::{Screen, audit, student};
use crate::server::Server;
use crate::streams::messages;

/// Takes space of a disk with a file.
fn fill(file: &Path, bytes: u64) {
    fs_err::create_dir_all(file.parent().unwrap()).unwrap();
    let made = fs_err::File::create(file).unwrap();
    fallocate(made.file().as_fd(), FallocateFlags::empty(), 0, bytes).unwrap();
}

/// The row of a seat in a board.
fn row(board: &Value, seat: &str) -> Value {
    let seats = board["seats"].as_array().unwrap();
    seats.iter().find(|row| row["seat"] == seat).unwrap().clone()
}

/// A refusal because of a limit; returns what the student reads.
#[track_caller]
fn limited(answer: Response) -> String {
    let (status, text) = (answer.status(), answer.text().unwrap());
    assert_eq!(status, StatusCode::CONFLICT, "{text}");
    let error: Value = serde_json::from_str(&text).unwrap();
    error["message"].as_str().unwrap().to_owned()
}

#[test]
fn the_board_says_who_takes_what() {
    const MUCH: u64 = 3 << 20;
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let jose = joined(&server, &cards[1]);
    assert_eq!(jose.done("class-submit", &json!({ "instance": "ha1-s02" }))["standing"], "done");
    fill(&server.state().join("instances/ha1-s02/much"), MUCH);
    fill(&server.state().join("records/ha1-s03/much"), MUCH * 2);
    // What the server measured last is what the command shows, too.
    until("it is measured", || {
        let board = board(&server);
        let disk = |seat| row(&board, seat)["takes"]["disk"].clone();
        disk("s02")["overlays"].as_u64() >= Some(MUCH) && disk("s03")["records"].as_u64() >= Some(MUCH * 2)
    });
    let seen = board(&server);
    let (siti, jose) = (row(&seen, "s01")["takes"].clone(), row(&seen, "s02")["takes"].clone());
    assert!(siti["disk"]["overlays"].as_u64().is_some_and(|bytes| bytes > 0 && bytes < MUCH), "{siti}");
    assert_eq!(siti["disk"]["hand-ins"], 0, "{siti}");
    assert!(jose["disk"]["hand-ins"].as_u64() > Some(0), "{jose}");
    // A simulated host has no control group: what is not known is absent, and not nothing.
    assert!(siti.get("memory").is_none() && siti.get("processor").is_none(), "{siti}");
    assert!(seen["disk"]["used"].is_u64() && seen["disk"]["nearly-full"].is_boolean(), "{seen}");
    let text = server.lab(&["class", "status"]);
    let (_, anne) = text.split_once("s03").unwrap();
    assert!(anne.lines().nth(1).unwrap().contains("of the disk (most)"), "{text}");
    assert_eq!(text.matches("(most)").count(), 1, "{text}");
    let viewer = server.with("viewer", "/");
    let mut live = messages(&viewer, "/api/v1/class/live");
    let shown = live.find(|(_, board)| row(board, "s03")["takes"]["disk"]["records"].as_u64() >= Some(MUCH));
    assert!(shown.is_some());
}

#[test]
fn going_back_is_possible_a_few_times_at_once() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let (siti, jose) = (joined(&server, &cards[0]), joined(&server, &cards[1]));
    let own = json!({ "instance": "ha1-s01" });
    for name in ["one", "two", "three"] {
        let saved = siti.done("save", &json!({ "instance": "ha1-s01", "name": name }));
        assert_eq!(saved["standing"], "done", "{saved}");
    }
    let fourth = siti.done("save", &json!({ "instance": "ha1-s01", "name": "four" }));
    assert!(fourth.to_string().contains("at most 3 save points"), "{fourth}");
    // On a slow machine some more are possible meanwhile.
    let mut done = 0;
    let told = loop {
        let answer = siti.post("undo", &own);
        if answer.status() != StatusCode::ACCEPTED {
            break limited(answer);
        }
        let began: Value = serde_json::from_str(&answer.text().unwrap()).unwrap();
        assert_eq!(siti.ended(began["operation"].as_str().unwrap())["standing"], "done");
        done += 1;
        assert!(done <= 20, "there is no limit");
    };
    assert!(done >= 3 && told.contains("it is possible again in"), "{done}: {told}");
    let load = siti.post("load", &json!({ "instance": "ha1-s01", "name": "one" }));
    assert!(limited(load).contains("20 times in an hour"));
    // A limit of one student is none of another, and none of other requests.
    assert_eq!(jose.done("undo", &json!({ "instance": "ha1-s02" }))["standing"], "done");
    assert_eq!(siti.done("class-submit", &own)["standing"], "done");
}

#[test]
fn records_have_a_size() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    let many = server.state().join("records/ha1-s01/many");
    fill(&many, 200 << 20);
    for (name, arguments) in [
        ("drill-run", json!({ "drill": "power-cut", "instance": "ha1-s01" })),
        ("grade", json!({ "instance": "ha1-s01" })),
    ] {
        let told = limited(siti.post(name, &arguments));
        assert!(told.contains("of 200 MiB") && told.contains("the teacher has deleted some"), "{told}");
    }
    fs_err::remove_file(many).unwrap();
    assert_eq!(siti.done("grade", &json!({ "instance": "ha1-s01" }))["standing"], "done");
}

#[test]
fn a_student_has_a_few_terminals() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let (siti, jose) = (student(&server, &cards[0]), student(&server, &cards[1]));
    let mut open: Vec<Screen> = (0..8).map(|_| Screen::shell(&server, &siti, "ha1-s01")).collect();
    let path = "?instance=ha1-s01&node=node1&kind=shell";
    assert_eq!(Screen::open(&server, &siti, path).err(), Some(StatusCode::CONFLICT));
    Screen::shell(&server, &jose, "ha1-s02").shows("node1:~# ");
    open.pop();
    until("a closed one counts no more", || Screen::open(&server, &siti, path).is_ok());
}

#[test]
fn a_flood_slows_its_student_only() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let (siti, jose) = (joined(&server, &cards[0]), joined(&server, &cards[1]));
    let refused = std::thread::scope(|scope| {
        let flood = || {
            let answers = (0..150).map(|_| siti.get("/api/v1/session").status());
            answers.filter(|status| *status == StatusCode::CONFLICT).count()
        };
        let all: Vec<_> = (0..6).map(|_| scope.spawn(flood)).collect();
        assert_eq!(jose.get("/api/v1/session").status(), StatusCode::OK);
        all.into_iter().map(|one| one.join().unwrap()).sum::<usize>()
    });
    assert!(refused > 0);
    assert_eq!(jose.post("task", &json!({ "instance": "ha1-s02" })).status(), StatusCode::OK);
    let lines = audit(&server);
    let said = lines.lines().filter(|line| line.contains("too many requests")).count();
    assert!((1..=2).contains(&said), "a line in a minute, and not one for each request: {lines}");
    until("it can ask again", || siti.get("/api/v1/session").status() == StatusCode::OK);
}

/// Changes the size of a small disk.
fn resize(place: &Path, size: &str) {
    let option = format!("remount,size={size}");
    assert!(Command::new("mount").args(["-o", &option]).arg(place).status().unwrap().success());
}

/// Leaves this part of a disk free, in percent, with a file.
fn leave_free(place: &Path, percent: u64) -> std::path::PathBuf {
    let space = statvfs(place).unwrap();
    let (all, free) = (space.f_blocks * space.f_frsize, space.f_bavail * space.f_frsize);
    let file = place.join("filler");
    fill(&file, free - all * percent / 100);
    file
}

#[test]
#[ignore = "needs root: it mounts a small disk"]
fn on_a_nearly_full_disk_nothing_begins_and_the_one_that_grows_is_paused() {
    // A lab says that it needs 4 GiB; what its simulated clusters write is next to nothing.
    on_small_disk(5 << 20, |place| {
        let folder = opened_in(tempfile::tempdir_in(place).unwrap(), ROSTER, "");
        // The clock begins no cluster either.
        resize(place, "192m");
        let filler = leave_free(place, 9);
        let server = served(folder);
        until("it is measured", || server.state().join("classes/ha1/figures.json").exists());
        let log = || fs_err::read_to_string(server.state().join("classes/ha1/log.jsonl")).unwrap();
        assert!(!log().contains("\"began\""), "{}", log());
        fs_err::remove_file(filler).unwrap();
        resize(place, "5g");
        let cards = cards(&server);
        all_stand(&server);
        let (siti, jose) = (joined(&server, &cards[0]), joined(&server, &cards[1]));

        resize(place, "192m");
        let filler = leave_free(place, 9);
        refuses_what_grows(&server, &siti);
        // Within a minute the disks of one student grow.
        fill(&server.state().join("instances/ha1-s02/grown"), 1 << 20);
        until("it is paused", || row(&board(&server), "s02")["takes"]["paused"].is_string());
        let told = me(&jose, "ha1-s02")["messages"].to_string();
        assert!(told.contains("it is paused") && told.contains("dijeda"), "{told}");
        assert_eq!(me(&siti, "ha1-s01")["messages"], json!([]));
        assert!(row(&board(&server), "s01")["takes"].get("paused").is_none());
        assert!(audit(&server).contains("ha1-s02 is paused: the machine's disk is nearly full"));
        let text = server.lab(&["class", "status"]);
        assert!(text.contains("paused: the machine's disk") && text.contains("% full"), "{text}");
        // The way back makes room, so it stays open, and the machines go on.
        let status = || jose.post("status", &json!({ "instances": ["ha1-s02"] })).text().unwrap();
        assert!(status().contains("\"paused\""), "{}", status());
        fs_err::remove_file(server.state().join("instances/ha1-s02/grown")).unwrap();
        assert_eq!(jose.done("undo", &json!({ "instance": "ha1-s02" }))["standing"], "done");
        until("it goes on", || row(&board(&server), "s02")["takes"].get("paused").is_none());
        fs_err::remove_file(filler).unwrap();
        let saved = siti.done("save", &json!({ "instance": "ha1-s01", "name": "later" }));
        assert_eq!(saved["standing"], "done", "{saved}");
    });
}

fn refuses_what_grows(server: &Server, siti: &crate::server::Caller) {
    let own = json!({ "instance": "ha1-s01" });
    for (name, arguments) in [
        ("save", json!({ "instance": "ha1-s01", "name": "one" })),
        ("class-begin", json!({ "instance": "ha1-s01", "exercise": "two-truths" })),
        ("drill-run", json!({ "instance": "ha1-s01", "drill": "power-cut" })),
        ("grade", own.clone()),
    ] {
        let told = limited(siti.post(name, &arguments));
        assert!(told.contains("the disk of the server is nearly full (9"), "{name}: {told}");
    }
    // What is left is for hand-ins and for the teacher's gradings.
    assert_eq!(siti.done("class-submit", &own)["standing"], "done");
    let graded: Value = serde_json::from_str(&server.lab(&["class", "grade", "--format", "json"])).unwrap();
    assert_eq!(graded["hand-ins"].as_array().unwrap().len(), 1, "{graded}");
    until("the board says it", || board(server)["disk"]["nearly-full"] == true);
}
