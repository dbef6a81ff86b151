//! Guests that answer without end: no command hangs or grows, and each says which node it was.

#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use std::process::Stdio;
use std::time::{Duration, Instant};

use sandbox::Sandbox;

/// How a node says something without end where it is asked for its addresses.
const ENDLESS: &str =
    "printf '#!/bin/sh\\nexec cat /dev/zero\\n' >/usr/local/sbin/ip; chmod 755 /usr/local/sbin/ip";

/// How it floods the logs that a drill follows: they come through `sed`.
const FLOOD: &str = "printf '#!/bin/sh\\nexec yes\\n' >/usr/local/sbin/sed; chmod 755 /usr/local/sbin/sed";

/// The exit status of an inconclusive drill (`lab help`).
const INCONCLUSIVE: i32 = 11;

/// The most memory that a process of `lab` may have had, in KiB.
const MEMORY: u64 = 128 * 1024;

/// What a command said, and how long it took.
struct Told {
    status: Option<i32>,
    said: String,
    took: Duration,
}

/// Runs a command, and looks at the memory of the process and of the instance's keeper while it runs.
fn measured(sandbox: &Sandbox, words: &[&str]) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("said");
    let file = fs_err::File::create(&path).unwrap().into_parts().0;
    let begin = Instant::now();
    let mut command = sandbox.command(words);
    command.stdout(Stdio::from(file.try_clone().unwrap())).stderr(file);
    let mut child = command.spawn().unwrap();
    let status = loop {
        for pid in keepers().chain([child.id()]) {
            let most = highest(pid);
            assert!(most < MEMORY, "{words:?}: process {pid} had {most} KiB");
        }
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "{words:?} does not end");
        std::thread::sleep(Duration::from_millis(50));
    };
    let said = String::from_utf8_lossy(&fs_err::read(&path).unwrap()).into_owned();
    Told { status, said, took: begin.elapsed() }
}

/// The highest memory of a process so far, in KiB; zero if it is gone.
fn highest(pid: u32) -> u64 {
    let status = fs_err::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// The processes that keep sessions open for the commands of this test.
fn keepers() -> impl Iterator<Item = u32> {
    let is_keeper = |pid: &u32| {
        let line = fs_err::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        line.contains("__shells") && line.contains("test-hostile")
    };
    let pids = fs_err::read_dir("/proc").unwrap().flatten();
    pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(is_keeper)
        .collect::<Vec<_>>()
        .into_iter()
}

#[test]
#[ignore = "needs root, and boots guests"]
fn a_node_that_talks_without_end_is_named_and_not_waited_for() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("hostile");
    sandbox.lab(["up", "ucarp-rsync", "--as", &name]).ok();
    sandbox.lab(["exec", "--lab", &name, "node1", "--", ENDLESS]).ok();

    let status = measured(&sandbox, &["status", &name]);
    assert!(status.said.contains("node1: it talks without end: more than 256 KiB"), "{}", status.said);
    assert!(status.took < Duration::from_secs(30), "{:?}", status.took);

    let exec = ["exec", "--lab", &name, "node1", "--timeout", "5", "--format", "json", "--", "ip"];
    let exec = measured(&sandbox, &exec);
    assert!(exec.said.contains("no answer in time"), "{}", exec.said);
    assert!(exec.took < Duration::from_secs(15), "{:?}", exec.took);

    // Without the first fake the lab is healthy, and the drill begins.
    sandbox.lab(["exec", "--lab", &name, "node1", "--", "rm /usr/local/sbin/ip"]).ok();
    sandbox.lab(["exec", "--lab", &name, "node1", "--", FLOOD]).ok();
    let drill = measured(&sandbox, &["drill", "run", "power-cut", "--lab", &name]);
    assert_eq!(drill.status, Some(INCONCLUSIVE), "{}", drill.said);
    assert!(drill.said.contains("node1 talks without end"), "{}", drill.said);
    assert!(drill.took < Duration::from_secs(60), "{:?}", drill.took);
}
