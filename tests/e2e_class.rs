//! A class of three on real guests: one student works in the page, one with OpenSSH, one takes a hint and
//! goes back; the deadline, the grades, and the teacher's page.

#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "browser/driver.rs"]
mod driver;
#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use driver::Browser;
use sandbox::{Sandbox, eventually};
use serde_json::Value;

/// The longest time until the clusters stand: emulated guests, and perhaps an image to be built.
const UP: Duration = Duration::from_secs(900);

/// The longest time of a click that changes a cluster.
const SOON: Duration = Duration::from_secs(120);

const CLASS: &str = "test-class";

const FILE: &str = r#"
schema     = 1
name       = "test-class"
title      = { en = "High availability", id = "Ketersediaan tinggi" }
roster     = "roster.csv"
exercises  = ["./lab/exercises/greeting"]
save-every = "60s"
"#;

const ROSTER: &str = "Nama;NIM;Kelompok\r\nSiti Aminah;101;\r\nJosé Núñez;102;\r\nÄnne O'Brien;103;\r\n";

/// A class with its server. Both end with this value.
struct Class {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    server: Child,
    link: String,
}

impl Class {
    fn open() -> Self {
        let mut sandbox = Sandbox::enter();
        // One that a test left that was killed.
        sandbox.lab(["class", "close", "--class", CLASS, "--force"]);
        for seat in ["class-s01", "class-s02", "class-s03", "class-s01-graded"] {
            sandbox.instance(seat);
        }
        sandbox.lab(["class", "purge", CLASS, "--yes"]);
        let folder = folder();
        let (server, link) = served(&sandbox, folder.path());
        Self { sandbox, folder, server, link }
    }

    fn lab(&self, words: &[&str]) -> String {
        self.sandbox.lab(words).ok().stdout
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.lab(&[words, &["--format", "json"]].concat())).unwrap()
    }

    /// How far each seat is with the exercise, by the order of seats.
    fn progress(&self) -> Vec<String> {
        let board = self.json(&["class", "status"]);
        let mut seats = board["seats"].as_array().unwrap().clone();
        seats.sort_by_key(|seat| seat["seat"].to_string());
        seats.iter().map(|seat| seat["cells"][0]["progress"].as_str().unwrap().to_owned()).collect()
    }

    fn root(&self) -> &str {
        self.link.split("/open").next().unwrap()
    }

    /// Kills the server, and opens the class again.
    fn again(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        (self.server, self.link) = served(&self.sandbox, self.folder.path());
    }
}

impl Drop for Class {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        self.sandbox.lab(["class", "close", "--class", CLASS, "--force"]);
        self.sandbox.lab(["class", "purge", CLASS, "--yes"]);
    }
}

/// A folder with the class, and with a lab whose exercise takes seconds.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&root.join("labs/drbd-heartbeat"), &folder.path().join("lab"));
    fs_err::remove_dir_all(folder.path().join("lab/exercises")).unwrap();
    copy(&root.join("tests/class/exercises"), &folder.path().join("lab/exercises"));
    fs_err::write(folder.path().join("class.toml"), FILE).unwrap();
    fs_err::write(folder.path().join("roster.csv"), ROSTER).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs_err::copy(entry.path(), to).unwrap();
        }
    }
}

fn served(sandbox: &Sandbox, folder: &Path) -> (Child, String) {
    let file = folder.join("class.toml");
    let words = ["class", "open", file.to_str().unwrap(), "--listen", "127.0.0.1:0", "--ssh", "0"];
    let mut server = sandbox.command(words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut link = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut link).unwrap();
    (server, link.trim().to_owned())
}

/// A student's computer with OpenSSH: a folder with a key and a configuration.
struct Laptop {
    home: tempfile::TempDir,
    jump: String,
}

impl Laptop {
    /// One whose student types this code when asked for one.
    fn of(port: &str, code: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name).display().to_string();
        let made = Command::new("ssh-keygen")
            .args(["-q", "-N", "", "-t", "ed25519", "-f", &path("key")])
            .status()
            .unwrap();
        assert!(made.success());
        let config = format!(
            "Host *\n  IdentityFile {}\n  IdentitiesOnly yes\n  UserKnownHostsFile {}\n  \
             StrictHostKeyChecking accept-new\n  LogLevel ERROR\n  NumberOfPasswordPrompts 1\n",
            path("key"),
            path("known")
        );
        fs_err::write(home.path().join("config"), config).unwrap();
        let typing = home.path().join("typing");
        fs_err::write(&typing, format!("#!/bin/sh\necho '{code}'\n")).unwrap();
        fs_err::set_permissions(&typing, PermissionsExt::from_mode(0o700)).unwrap();
        Self { home, jump: format!("s02@127.0.0.1:{port}") }
    }

    fn run(&self, program: &str, words: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.arg("-F").arg(self.home.path().join("config")).args(words).stdin(Stdio::null());
        command.env("SSH_ASKPASS", self.home.path().join("typing")).env("SSH_ASKPASS_REQUIRE", "force");
        command.output().unwrap()
    }

    #[track_caller]
    fn ok(&self, program: &str, words: &[&str]) -> String {
        let output = self.run(program, words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A command on a node of the own cluster.
    #[track_caller]
    fn on(&self, node: &str, command: &str) -> String {
        self.ok("ssh", &["-J", &self.jump, &format!("root@{node}"), command])
    }

    /// What the server answers to a word.
    #[track_caller]
    fn asks(&self, word: &str) -> String {
        let (at, port) = self.jump.rsplit_once(':').unwrap();
        self.ok("ssh", &["-p", port, at, word])
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs_err::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        path
    }
}

#[test]
#[ignore = "needs root, boots guests, and needs Chromium and a bundled page"]
fn a_class_of_three_from_its_opening_to_its_grades() {
    let mut class = Class::open();
    let cards = class.json(&["class", "cards"])["cards"].as_array().unwrap().clone();
    let teacher = Browser::open(1440, 900);
    teacher.go(&class.link);
    teacher.go(&format!("{}/#/class", class.root()));
    eventually("three clusters stand", UP, || class.progress() == ["working"; 3]);

    let siti = Browser::open(1440, 900);
    siti.go(class.root());
    siti.type_into("//main//input", cards[0]["code"].as_str().unwrap());
    siti.press("Continue");
    works_in_the_page(&siti, &teacher, &class);

    let port = siti.value("fetch('/api/v1/session').then((it) => it.json()).then((it) => it.ssh)");
    works_with_ssh(&Laptop::of(&port.to_string(), cards[1]["code"].as_str().unwrap()));

    let anne = Browser::open(500, 900);
    anne.go(&format!("{}/open?key={}", class.root(), cards[2]["key"].as_str().unwrap()));
    takes_a_hint_and_goes_back(&anne);

    // The server is killed, and the machines of a student end: the class goes on where it was.
    eventually("an automatic save point", UP, || {
        fs_err::read_to_string(class.sandbox.state().join("classes").join(CLASS).join("log.jsonl"))
            .is_ok_and(|log| log.lines().any(|line| line.contains("autosaved") && line.contains("\"s03\"")))
    });
    class.again();
    comes_back(&class, "test-class-s03");
    is_measured(&class);
    is_paused_until_it_goes_back(&class, "test-class-s03");

    class.lab(&["class", "deadline", "--now"]);
    assert_eq!(class.progress(), ["submitted"; 3]);
    let graded = class.json(&["class", "grade"]);
    let points = |seat: &str| {
        let all = graded["hand-ins"].as_array().unwrap();
        let one = all.iter().find(|one| one["seat"] == seat).unwrap();
        let outcomes = one["outcomes"].as_array().unwrap();
        outcomes.iter().map(|outcome| outcome["points"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!([points("s01"), points("s02"), points("s03")], [100, 100, 10], "{graded:#}");
    let verified = class.json(&["class", "verify"]);
    assert_eq!(verified["mismatches"], serde_json::json!([]), "{verified:#}");
    let csv = class.lab(&["class", "export", "--format", "csv"]);
    assert!(csv.contains("José Núñez"), "{csv}");
    teacher.go(&class.link);
    teacher.go(&format!("{}/#/class", class.root()));
    teacher.find("//table//*[contains(., 'Siti Aminah')]", SOON);
    teacher.picture("class-6-grades");
}

fn works_in_the_page(siti: &Browser, teacher: &Browser, class: &Class) {
    siti.find("//*[contains(., 'greeting.txt')]", SOON);
    siti.picture("class-1-student");
    siti.click("//button[normalize-space()='node1' and not(@aria-disabled)]");
    siti.type_into(
        "//section[@aria-label='shell of node1']//textarea",
        "echo selamat datang >/srv/data/www/greeting.txt; echo $((6*7))-written\n",
    );
    let shown = "document.querySelector(\".xterm-rows\").textContent.includes('42-written')";
    siti.until(shown, SOON);
    // The teacher sees the same, and the student sees that.
    teacher.click(
        "//table//tr[contains(., 'Siti')]//button[contains(@aria-label, 'node1') or contains(., 'node1')]",
    );
    teacher.until(shown, SOON);
    teacher.picture("class-2-look");
    siti.find("//section[@aria-label='shell of node1']//*[contains(., 'looks')]", SOON);
    siti.picture("class-3-watched");
    teacher.click("//dialog[@open]//button[@aria-label='Close']");
    siti.press("Hand in");
    siti.press("Hand in");
    siti.find("//*[contains(., 'Receipt')]", SOON);
    assert_eq!(class.progress()[0], "submitted");
}

fn works_with_ssh(jose: &Laptop) {
    let status = jose.asks("status");
    assert!(status.contains("José Núñez as s02"), "{status}");
    assert!(jose.asks("task").contains("greeting.txt"));
    assert_eq!(jose.on("node2", "hostname").trim(), "node2");
    let page = jose.file("greeting.txt", "selamat datang\n");
    let target = "root@node1:/srv/data/www/greeting.txt";
    jose.ok("scp", &["-q", "-J", &jose.jump, page.to_str().unwrap(), target]);
    // The way back to the start takes the page away, and not the key.
    jose.asks("undo");
    jose.ok("scp", &["-q", "-J", &jose.jump, page.to_str().unwrap(), target]);
    let batch = jose.file("batch", "ls /srv/data/www\n");
    let listed = jose.ok("sftp", &["-q", "-b", batch.to_str().unwrap(), "-J", &jose.jump, "root@node1"]);
    assert!(listed.contains("greeting.txt"), "{listed}");
    // What visitors see, through the jump alone.
    let (at, port) = jose.jump.rsplit_once(':').unwrap();
    let mut forward = Command::new("ssh");
    forward.arg("-F").arg(jose.home.path().join("config")).args(["-W", "192.168.0.100:80", "-p", port, at]);
    let mut forward = forward.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let asked = b"GET /greeting.txt HTTP/1.0\r\nHost: web\r\n\r\n";
    forward.stdin.as_mut().unwrap().write_all(asked).unwrap();
    let answer = forward.wait_with_output().unwrap().stdout;
    assert!(String::from_utf8_lossy(&answer).contains("selamat datang"));
    // Other instances and the machine itself are not there.
    for elsewhere in ["127.0.0.1:22", "192.168.0.1:22", "10.0.0.1:80"] {
        assert!(!jose.run("ssh", &["-W", elsewhere, "-p", port, at]).status.success(), "{elsewhere}");
    }
    assert!(jose.asks("submit").contains("receipt"));
}

fn takes_a_hint_and_goes_back(anne: &Browser) {
    anne.find("//*[contains(., 'greeting.txt')]", SOON);
    anne.click("//button[starts-with(normalize-space(), 'Buy a hint') and not(@aria-disabled)]");
    anne.press("Buy");
    anne.find("//*[contains(., 'The pages are in')]", SOON);
    anne.picture("class-4-hint-phone");
    anne.press("Back to the start");
    anne.press("Back to the start");
    anne.find("//*[contains(., 'The cluster is as it was at the start')]", SOON);
    anne.picture("class-5-back");
}

/// The row of each bench on the board, by the order of seats.
fn takes(class: &Class) -> Vec<Value> {
    let mut seats = class.json(&["class", "status"])["seats"].as_array().unwrap().clone();
    seats.sort_by_key(|seat| seat["seat"].to_string());
    seats.into_iter().map(|seat| seat["takes"].clone()).collect()
}

/// What each cluster takes comes from its control group and its files.
fn is_measured(class: &Class) {
    eventually("what the clusters take is measured", SOON, || {
        let known = |takes: &Value| {
            let disk = takes["disk"]["overlays"].as_u64();
            takes["memory"].as_u64() > Some(64 << 20) && takes["processor"].is_u64() && disk > Some(1 << 20)
        };
        takes(class).iter().all(known)
    });
}

/// Pauses a cluster as the server does when the disk is nearly full; it goes on when its student goes back.
fn is_paused_until_it_goes_back(class: &Class, instance: &str) {
    let hold = serde_json::json!({
        "request": "class-hold", "arguments": { "instance": instance, "grown": 1 << 30 },
        "version": 1, "who": "the test",
    });
    let mut operation = class.sandbox.command(["__app"]);
    let mut operation = operation.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    operation.stdin.take().unwrap().write_all(format!("{hold}\n").as_bytes()).unwrap();
    let answers = operation.wait_with_output().unwrap();
    assert!(answers.status.success(), "{}", String::from_utf8_lossy(&answers.stdout));
    let status = || class.sandbox.lab(["status", instance]).stdout;
    assert!(status().contains("its disks grew by 1.0 GiB in the last minute"), "{}", status());
    eventually("the board says it", SOON, || takes(class)[2]["paused"].is_string());
    class.lab(&["undo", "--lab", instance]);
    assert!(!status().contains("its disks grew"), "{}", status());
    class.sandbox.lab(["exec", "--lab", instance, "node1", "--", "true"]).ok();
}

/// Ends all machines of an instance at once, as the end of the server's machine does, and waits until the
/// class has brought them back.
fn comes_back(class: &Class, instance: &str) {
    let marker = class.sandbox.folder(instance).display().to_string();
    let killed = Command::new("pkill").args(["-KILL", "-f", &marker]).status().unwrap();
    assert!(killed.success());
    eventually("the cluster comes back", UP, || {
        fs_err::read_to_string(class.sandbox.state().join("classes").join(CLASS).join("log.jsonl"))
            .is_ok_and(|log| log.contains("Your cluster ended with the server"))
    });
    class.sandbox.lab(["exec", "--lab", instance, "node1", "--", "true"]).ok();
}
