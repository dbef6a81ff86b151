//! Students of a class with OpenSSH's client, on the simulated provider: logging in, words, terminals, and
//! what is not offered. Connections into instances need real networks: tests/e2e_class.rs has them.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::class::{all_stand, board, cards, joined, opened, opened_for};
use crate::server::Server;

fn served(more: &str) -> Server {
    Server::start_in(opened(more), &["--listen", "127.0.0.1:0", "--ssh", "0"])
}

/// A student's computer: a folder with a key.
struct Laptop {
    home: tempfile::TempDir,
    port: String,
}

impl Laptop {
    fn of(server: &Server, kind: &str) -> Self {
        Self::at(server.browser().json("/api/v1/session")["ssh"].to_string(), kind)
    }

    /// One that connects at a port.
    fn at(port: String, kind: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let key = home.path().join("key");
        let mut make = Command::new("ssh-keygen");
        let made = make.args(["-q", "-N", "", "-t", kind, "-f"]).arg(&key).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        Self { home, port }
    }

    fn key(&self) -> PathBuf {
        self.home.path().join("key")
    }

    fn public_key(&self) -> String {
        fs_err::read_to_string(self.home.path().join("key.pub")).unwrap()
    }

    /// OpenSSH's client as a user; it types `code` if it is asked for one.
    fn command(&self, user: &str, code: Option<&str>) -> Command {
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", "none", "-o", "StrictHostKeyChecking=accept-new", "-o", "LogLevel=INFO"]);
        ssh.arg("-o").arg(format!("UserKnownHostsFile={}", self.home.path().join("known").display()));
        ssh.args(["-o", "IdentitiesOnly=yes", "-o", "NumberOfPasswordPrompts=1", "-p", &self.port, "-i"]);
        ssh.arg(self.key()).arg("-l").arg(user);
        ssh.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        match code {
            None => drop(ssh.args(["-o", "BatchMode=yes"])),
            Some(code) => {
                let program = self.home.path().join("typing");
                fs_err::write(&program, format!("#!/bin/sh\necho '{code}'\n")).unwrap();
                fs_err::set_permissions(&program, PermissionsExt::from_mode(0o700)).unwrap();
                ssh.env("SSH_ASKPASS", &program).env("SSH_ASKPASS_REQUIRE", "force");
            }
        }
        ssh
    }

    fn says(&self, user: &str, code: Option<&str>, words: &[&str]) -> Output {
        self.command(user, code).arg("127.0.0.1").args(words).output().unwrap()
    }

    /// What is answered with the key alone.
    fn answer(&self, user: &str, words: &[&str]) -> String {
        let output = self.says(user, None, words);
        assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn code(card: &Value) -> &str {
    card["code"].as_str().unwrap()
}

#[test]
fn a_student_joins_by_code_and_then_works_with_the_key_alone() {
    let server = served("");
    let cards = cards(&server);
    all_stand(&server);
    let siti = Laptop::of(&server, "ed25519");
    let refused = siti.says("s01", None, &["task"]);
    assert_eq!(refused.status.code(), Some(255), "a key that was not given: {}", text(&refused.stderr));
    let wrong = siti.says("s01", Some("BBBB-BBBB"), &["task"]);
    assert_eq!(wrong.status.code(), Some(255), "a code of no card");
    let first = siti.says("s01", Some(code(&cards[0])), &["status"]);
    assert!(text(&first.stdout).contains("Siti Aminah as s01"), "{}", text(&first.stderr));

    assert!(siti.answer("s01", &["task", "id"]).contains("cluster"));
    assert!(siti.answer("s01", &[]).contains("nodes: node1, node2"));
    assert!(siti.answer("s01", &["hint"]).contains(" %)"));
    assert!(siti.answer("s01", &["grade"]).contains("of"));
    siti.answer("s01", &["hand", "up"]);
    assert_eq!(board(&server)["seats"][0]["hand"], true);
    let receipt = siti.answer("s01", &["submit"]);
    let receipt = receipt.split("receipt ").nth(1).unwrap().trim();
    assert!(server.lab(&["class", "verify", "--receipt", receipt]).contains("lines"));
    let strange = siti.says("s01", None, &["rm", "-rf", "/"]);
    assert_eq!(strange.status.code(), Some(1));
    assert!(text(&strange.stderr).contains("`rm` is not understood"), "{}", text(&strange.stderr));

    // The key is that of one student.
    assert_eq!(siti.says("s02", None, &["task"]).status.code(), Some(255));
    assert_eq!(siti.says("root", None, &["task"]).status.code(), Some(255));
    let audit = fs_err::read_to_string(server.state().join("web/audit.jsonl")).unwrap();
    assert!(audit.contains("enter by an SSH key"), "{audit}");
    assert!(!audit.contains(code(&cards[0])), "no secret is in the audit");
}

#[test]
fn a_student_gives_a_key_in_the_page_and_opens_a_terminal() {
    let server = served("");
    let cards = cards(&server);
    all_stand(&server);
    let (browser, laptop) = (joined(&server, &cards[1]), Laptop::of(&server, "rsa"));
    let give = |key: &str| browser.post("class-key", &json!({ "instance": "ha1-s02", "key": key }));
    assert_eq!(give(&laptop.public_key()).status(), StatusCode::ACCEPTED);
    crate::class::until("the key is known", || laptop.says("s02", None, &["status"]).status.success());
    let other = browser.post("class-key", &json!({ "instance": "ha1-s01", "key": laptop.public_key() }));
    assert_eq!(other.status(), StatusCode::FORBIDDEN);
    let operation = browser.done("class-key", &json!({ "instance": "ha1-s02", "key": "no key" }));
    assert_eq!(operation["standing"], "failed");

    let mut terminal = laptop.command("s02", None);
    let mut terminal = terminal.args(["-tt", "127.0.0.1", "node1"]).stdin(Stdio::piped()).spawn().unwrap();
    terminal.stdin.take().unwrap().write_all(b"hostname\nexit\n").unwrap();
    let seen = text(&terminal.wait_with_output().unwrap().stdout);
    assert!(seen.contains("root@node1:~# node1"), "{seen}");
    let nowhere = laptop.says("s02", None, &["node9"]);
    assert!(text(&nowhere.stderr).contains("node9"), "{}", text(&nowhere.stderr));

    // A key that is forgotten opens nothing.
    assert_eq!(browser.done("class-key", &json!({ "instance": "ha1-s02" }))["standing"], "done");
    assert_eq!(laptop.says("s02", None, &["status"]).status.code(), Some(255));
}

/// Two students who share a cluster.
const PAIR: &str = "Name,Id,Group\nSiti Aminah,101,A\nJosé Núñez,102,A\n";

#[test]
fn those_who_share_a_cluster_have_keys_of_their_own() {
    let options = ["--listen", "127.0.0.1:0", "--ssh", "0"];
    let server = Server::start_in(opened_for(PAIR, ""), &options);
    let cards = cards(&server);
    all_stand(&server);
    let siti = Laptop::of(&server, "ed25519");
    let jose = Laptop::at(siti.port.clone(), "ed25519");
    // The code says who it is, also under the name of another seat.
    let first = siti.says("s01", Some(code(&cards[0])), &["status"]);
    assert!(text(&first.stdout).contains("Siti Aminah, José Núñez as s01"), "{}", text(&first.stderr));
    assert!(jose.says("s01", Some(code(&cards[1])), &["status"]).status.success());

    jose.answer("s02", &["hand", "up"]);
    siti.answer("s01", &["hand", "down"]);
    for (laptop, user) in [(&siti, "s02"), (&jose, "s01")] {
        let refused = laptop.says(user, None, &["status"]);
        assert_eq!(refused.status.code(), Some(255), "the key of the other one: {}", text(&refused.stdout));
    }
    let history: Value = serde_json::from_str(&server.lab(&["history", "--format", "json"])).unwrap();
    let hands = history["operations"].as_array().unwrap().iter().filter(|one| one["what"] == "class hand");
    let mut hands: Vec<_> = hands.map(|one| (one["who"].clone(), one["request"]["up"].clone())).collect();
    hands.sort_by_key(|(_, up)| up.as_bool());
    assert_eq!(hands, [(json!("Siti Aminah"), json!(false)), (json!("José Núñez"), json!(true))]);

    // In the page, no one gives or forgets keys for the other one.
    let made: Value =
        serde_json::from_str(&server.lab(&["class", "cards", "--student", "s02", "--format", "json"]))
            .unwrap();
    let browser = joined(&server, &made["cards"][0]);
    assert_eq!(browser.json("/api/v1/session")["seat"], "s02");
    let other = json!({ "instance": "ha1-s01", "student": "s01", "key": jose.public_key() });
    assert_eq!(browser.post("class-key", &other).status(), StatusCode::FORBIDDEN);
    assert_eq!(browser.done("class-key", &json!({ "instance": "ha1-s01" }))["standing"], "done");
    assert_eq!(jose.says("s02", None, &["status"]).status.code(), Some(255), "a key that is forgotten");
    siti.answer("s01", &["status"]);
    let log = fs_err::read_to_string(server.state().join("classes/ha1/log.jsonl")).unwrap();
    let seats: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone())
        .filter(|event| event["what"] == "keys")
        .map(|event| event["seat"].clone())
        .collect();
    assert_eq!(seats, ["s01", "s02", "s02"]);
    // A teacher has to say whose key it is.
    let teacher = server.with("operator", "/");
    let key = json!({ "instance": "ha1-s01", "key": jose.public_key() });
    let unclear = teacher.done("class-key", &key);
    assert!(unclear["ended"]["error"]["message"].as_str().unwrap().contains("several students"), "{unclear}");
}

#[test]
fn a_terminal_ends_with_the_status_of_what_ran() {
    let server = served("");
    let cards = cards(&server);
    all_stand(&server);
    let laptop = Laptop::of(&server, "ed25519");
    let joined = laptop.says("s01", Some(code(&cards[0])), &["task"]);
    assert_eq!(joined.status.code(), Some(0), "{}", text(&joined.stderr));
    for (lines, wanted) in [("true\nexit\n", 0), ("exit 7\n", 7), ("exit 255\n", 255)] {
        let mut terminal = laptop.command("s01", None);
        let mut terminal =
            terminal.args(["-tt", "127.0.0.1", "node1"]).stdin(Stdio::piped()).spawn().unwrap();
        terminal.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        let ended = terminal.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(wanted), "{lines:?}: {}", text(&ended.stdout));
    }
    assert_eq!(laptop.says("s01", None, &["nothing", "like", "this"]).status.code(), Some(1));

    // What the server ends has no status of its own, and says why.
    let mut open = laptop.command("s01", None);
    let mut open = open.args(["-tt", "127.0.0.1", "node1"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut shown = open.stdout.take().unwrap();
    let mut seen = Vec::new();
    while !text(&seen).contains("root@node1") {
        let mut piece = [0; 1000];
        let count = shown.read(&mut piece).unwrap();
        assert!(count > 0, "{}", text(&seen));
        seen.extend_from_slice(&piece[..count]);
    }
    server.lab(&["class", "freeze"]);
    shown.read_to_end(&mut seen).unwrap();
    assert!(text(&seen).contains("[the teacher has stopped the work for now]"), "{}", text(&seen));
    assert_eq!(open.wait().unwrap().code(), Some(255));
}

#[test]
fn nothing_else_of_ssh_is_offered() {
    let server = served("");
    let cards = cards(&server);
    all_stand(&server);
    let laptop = Laptop::of(&server, "ecdsa");
    assert!(laptop.says("s03", Some(code(&cards[2])), &["status"]).status.success());
    let fails = |mut command: Command, what: &str| {
        let output = command.output().unwrap();
        assert!(!output.status.success(), "{what}: {}", text(&output.stdout));
        text(&output.stderr)
    };
    // Port 22 of the server itself, its page, and names of elsewhere.
    let page = server.root.rsplit('/').next().unwrap().to_owned();
    for target in ["127.0.0.1:22", &page, "localhost:22", "example.org:80", "169.254.169.254:80"] {
        let mut jump = laptop.command("s03", None);
        jump.args(["-W", target, "127.0.0.1"]);
        let said = fails(jump, target);
        assert!(said.contains(PROHIBITED), "{target}: {said}");
    }
    let refusals = audit(&server);
    for (target, why) in [("127.0.0.1:22", "is no address of the lab"), ("localhost:22", "has no address")] {
        let refused = refusal(&refusals, target).unwrap_or_else(|| panic!("{target}: {refusals}"));
        assert!(refused.contains(why), "{refused}");
    }
    // A node of the own cluster is refused for no such reason: here, it has no network.
    let mut own = laptop.command("s03", None);
    own.args(["-W", "node1:22", "127.0.0.1"]);
    let said = fails(own, "node1:22");
    assert!(said.contains("connect failed") && !said.contains(PROHIBITED), "{said}");
    assert!(audit(&server).contains("failed: `ha1-s03` is simulated"));
    let mut remote = laptop.command("s03", None);
    remote.args(["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1", "127.0.0.1"]);
    fails(remote, "a port of the server");
    let mut files = laptop.command("s03", None);
    files.args(["-s", "127.0.0.1", "sftp"]);
    fails(files, "files of the server");
    let mut empty = laptop.command("s03", None);
    empty.args(["-o", "PreferredAuthentications=none,password", "127.0.0.1", "status"]);
    fails(empty, "a password");
    sessions_end(&server);
}

/// What OpenSSH says of a connection that the server refuses, whether or not it could be opened.
const PROHIBITED: &str = "administratively prohibited";

fn audit(server: &Server) -> String {
    fs_err::read_to_string(server.state().join("web/audit.jsonl")).unwrap()
}

/// Why a connection was refused, as the audit has it; none if it was not.
fn refusal(audit: &str, target: &str) -> Option<String> {
    let lines = audit.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut own = lines.filter(|line| line["what"] == format!("connection to {target}"));
    own.find_map(|line| Some(line["result"].as_str()?.strip_prefix("refused: ")?.to_owned()))
}

/// Each connection has a session, which ends with it.
fn sessions_end(server: &Server) {
    crate::class::until("all sessions have ended", || {
        let kept = fs_err::read_to_string(server.state().join("web/credentials.json")).unwrap();
        !kept.contains("Änne")
    });
}

#[test]
fn an_exam_closes_connections_and_the_end_of_the_class_all() {
    let server = served("exam = true\n");
    let cards = cards(&server);
    all_stand(&server);
    let laptop = Laptop::of(&server, "ed25519");
    assert!(laptop.says("s01", Some(code(&cards[0])), &["status"]).status.success());
    let mut jump = laptop.command("s01", None);
    let output = jump.args(["-W", "node1:22", "127.0.0.1"]).output().unwrap();
    assert!(text(&output.stderr).contains(PROHIBITED), "{}", text(&output.stderr));
    let refused = refusal(&audit(&server), "node1:22").unwrap();
    assert!(refused.contains("in an exam, only recorded terminals are open"), "{refused}");
    let graded = laptop.says("s01", None, &["grade"]);
    assert!(text(&graded.stderr).contains("in an exam"), "{}", text(&graded.stderr));
    server.lab(&["class", "freeze"]);
    let frozen = laptop.says("s01", None, &["node1"]);
    assert!(text(&frozen.stderr).contains("the teacher has stopped the work"), "{}", text(&frozen.stderr));
    server.lab(&["class", "close", "--force"]);
    assert_eq!(laptop.says("s01", None, &["status"]).status.code(), Some(255), "no class is open");
}

#[test]
fn a_killed_server_process_comes_again_with_the_same_key() {
    let server = served("");
    let laptop = Laptop::of(&server, "ed25519");
    let cards = cards(&server);
    assert!(laptop.says("s01", Some(code(&cards[0])), &["status"]).status.success());
    let known = fs_err::read_to_string(laptop.home.path().join("known")).unwrap();
    assert!(known.contains("ssh-ed25519"), "{known}");
    crate::life::kill_worker(&server, "__ssh");
    crate::class::until("it comes again", || laptop.says("s01", None, &["status"]).status.success());
}
