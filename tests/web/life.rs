//! What is left when a process is killed, and what the front may do.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::json;

use crate::server::{Server, lab};

/// The process of the front of a server.
fn front(server: &Server) -> Option<u32> {
    worker(server, "__front")
}

/// A process without rights of a server, by its subcommand.
fn worker(server: &Server, subcommand: &str) -> Option<u32> {
    let threads = fs_err::read_dir(format!("/proc/{}/task", server.id())).unwrap();
    let children = threads.map(|thread| thread.unwrap().path().join("children"));
    // A thread may end in this moment.
    let all: String = children.filter_map(|file| fs_err::read_to_string(file).ok()).collect();
    let is_meant = |id: &&str| {
        let line = fs_err::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(subcommand)
    };
    all.split_whitespace().find(is_meant).and_then(|id| id.parse().ok())
}

fn kill(process: u32) {
    let process = rustix::process::Pid::from_raw(process.try_into().unwrap()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
}

/// Kills a process without rights of a server, by its subcommand.
pub fn kill_worker(server: &Server, subcommand: &str) {
    kill(until(|| worker(server, subcommand)));
}

fn until<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        match found() {
            Some(found) => return found,
            None => assert!(Instant::now() < end, "it does not come"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_killed_front_comes_again_with_all_sessions() {
    let server = Server::start();
    let browser = server.browser();
    let first = until(|| front(&server));
    kill(first);
    until(|| front(&server).filter(|id| *id != first));
    let session = until(|| browser.request(&reqwest::Method::GET, "/api/v1/session").send().ok());
    assert_eq!(session.status(), StatusCode::OK);
}

#[test]
fn an_operation_goes_on_when_the_server_is_killed_and_its_session_is_still_good() {
    let server = Server::start();
    let browser = server.browser();
    let port = server.root.rsplit(':').next().unwrap().to_owned();
    let began = browser.post("up", &json!({ "wish": { "lab": "drbd-heartbeat", "name": "pair" } }));
    assert_eq!(began.status(), StatusCode::ACCEPTED);
    let folder = server.kill();
    until(|| {
        let list = lab(folder.path()).args(["history", "--format", "json"]).output().unwrap();
        String::from_utf8_lossy(&list.stdout).contains("\"ended\"").then_some(())
    });
    let server = Server::start_in(folder, &["--listen", &format!("127.0.0.1:{port}")]);
    assert_eq!(browser.json("/api/v1/session")["name"], "ann");
    let status = server.lab(&["status", "pair"]);
    assert!(status.contains("healthy"), "{status}");
}

#[test]
fn the_front_ends_with_its_back() {
    let server = Server::start();
    let front = until(|| front(&server));
    drop(server.kill());
    until(|| (!std::path::Path::new(&format!("/proc/{front}")).exists()).then_some(()));
}

#[test]
#[ignore = "needs root: only root can give rights up"]
fn the_processes_that_speak_with_clients_have_no_rights() {
    let options = ["--listen", "127.0.0.1:0", "--ssh", "0"];
    let server = Server::start_in(tempfile::tempdir().unwrap(), &options);
    for subcommand in ["__front", "__ssh"] {
        has_no_rights(until(|| worker(&server, subcommand)));
    }
    assert_eq!(server.browser().get("/api/v1/session").status(), StatusCode::OK);
}

fn has_no_rights(process: u32) {
    let status = until(|| {
        let status = fs_err::read_to_string(format!("/proc/{process}/status")).ok()?;
        status.contains("Seccomp:\t2").then_some(status)
    });
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(':').split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(field("Uid").iter().all(|id| id.parse::<u32>().unwrap() > 1_950_000_000), "{status}");
    assert_eq!(field("CapEff"), ["0".repeat(16)]);
    assert_eq!(field("NoNewPrivs"), ["1"]);
    // Its file system is empty, and its network has no interface that is up.
    let root = fs_err::read_dir(format!("/proc/{process}/root/")).unwrap().count();
    assert_eq!(root, 0);
    let own = fs_err::read_link("/proc/self/ns/net").unwrap();
    assert_ne!(fs_err::read_link(format!("/proc/{process}/ns/net")).unwrap(), own);
}
