//! Control groups of version 2, in a guest: most machines of developers have only one of the two versions.

#[path = "guests/control_groups.rs"]
mod control_groups;
#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use std::path::{Path, PathBuf};
use std::process::Command;

use sandbox::Sandbox;

const LAB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/labs/pair.toml");

/// The folder of the guest with this program.
const THERE: &str = "/root/control-groups";

/// A service that needs controllers only while it runs.
const UNIT: &str =
    "[Service]\\nType=oneshot\\nExecStart=/bin/true\\nMemoryMax=50M\\nCPUWeight=50\\nIOWeight=50\\n";

/// Runs the tests of this program in the guest, with the libraries of this machine, which may be newer;
/// meanwhile the service manager decides again and again which controllers it needs.
fn run() -> String {
    format!(
        "cd {THERE} && chmod +x program loader && printf '{UNIT}' >/run/systemd/system/needs.service
         while sleep 0.3; do systemctl daemon-reload; systemctl restart needs; done >/dev/null 2>&1 </dev/null &
         ./loader --library-path . ./program control_groups:: --include-ignored --test-threads 1 2>&1
         status=$?; kill $!; exit $status"
    )
}

/// Puts this program and its libraries into a folder.
fn pack(folder: &Path) {
    let program = std::env::current_exe().unwrap();
    let stripped = Command::new("strip").arg("-o").arg(folder.join("program")).arg(&program).status();
    assert!(stripped.unwrap().success());
    let listed = Command::new("ldd").arg(&program).output().unwrap();
    // `libc.so.6 => /lib/libc.so.6 (0x…)`, and the loader without a name.
    for line in String::from_utf8(listed.stdout).unwrap().lines() {
        let path = line.split_whitespace().find(|word| word.starts_with('/'));
        let Some(path) = path.map(PathBuf::from) else { continue };
        let name = if line.contains("=>") { path.file_name().unwrap() } else { "loader".as_ref() };
        fs_err::copy(&path, folder.join(name)).unwrap();
    }
}

#[test]
#[ignore = "needs root, and boots guests"]
fn limits_hold_in_a_guest_with_version_2() {
    let folder = tempfile::tempdir().unwrap();
    pack(folder.path());
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("groups");
    sandbox.lab(["up", LAB, "--as", &name]).ok();
    let node = |words: &str| sandbox.lab(["exec", "--lab", &name, "node1", "--timeout", "300", "--", words]);
    let version = node("stat -f -c %T /sys/fs/cgroup").ok().stdout;
    assert_eq!(version.trim(), "cgroup2fs", "the guest has version 2 and nothing else");
    let there = format!("node1:{THERE}");
    sandbox.lab(["cp", "--lab", &name, folder.path().to_str().unwrap(), &there]).ok();
    let ran = node(&run()).ok();
    assert!(ran.stdout.contains("4 passed; 0 failed"), "{}", ran.stdout);
}
