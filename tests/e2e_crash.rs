//! `lab up` killed in the middle: the next one continues, and `lab down` leaves nothing.

#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use std::path::Path;
use std::time::Duration;

use sandbox::{Sandbox, eventually};

const LAB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/labs/single.toml");

#[test]
#[ignore = "needs root, and boots guests"]
fn a_killed_up_is_gone_on_with_and_taken_down() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("killed");
    // The image is made beforehand, so that the kills hit the later steps.
    sandbox.lab(["image", "build", "debian-12"]).ok();

    // Killed as soon as there is a host, a disk, a console: early, in the middle, late.
    for trace in ["host.json", "disks/node1.data.json", "console/node1.log"] {
        let mut up = sandbox.start(["up", LAB, "--as", &name]);
        let file = sandbox.folder(&name).join(trace);
        eventually(trace, Duration::from_secs(120), || file.exists());
        up.kill().unwrap();
        up.wait().unwrap();
    }
    let on = sandbox.lab(["up", LAB, "--as", &name]).ok();
    assert!(on.stderr.contains("killed") || on.stderr.contains("interrupted"), "{}", on.stderr);
    let host = sandbox.lab(["exec", "--lab", &name, "node1", "--", "hostname"]).ok();
    assert_eq!(host.stdout.trim(), "node1");

    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
}

#[test]
#[ignore = "needs root, and boots guests"]
fn what_is_half_made_is_taken_down_without_its_file() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("half");
    sandbox.lab(["image", "build", "debian-12"]).ok();
    let mut up = sandbox.start(["up", LAB, "--as", &name]);
    let console = sandbox.folder(&name).join("console/node1.log");
    eventually("a console", Duration::from_secs(120), || console.exists());
    up.kill().unwrap();
    up.wait().unwrap();
    assert_ne!(sandbox.traces(&name), Vec::<String>::new());

    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
}

/// libvirt waits for a new QEMU without any limit. Here QEMU is stopped before its first answer.
#[test]
#[ignore = "needs root, and boots guests"]
fn a_machine_whose_qemu_never_answers_is_started_again() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("silent");
    sandbox.lab(["image", "build", "debian-12"]).ok();
    let mut up = sandbox.start(["up", LAB, "--as", &name, "--cold", "--no-checkpoint"]);
    let console = sandbox.folder(&name).join("console/node1.log");
    let mut silent = None;
    eventually("its QEMU", Duration::from_secs(120), || {
        silent = qemu(&console);
        silent.is_some()
    });
    rustix::process::kill_process(silent.unwrap(), rustix::process::Signal::STOP).unwrap();
    assert!(up.wait().unwrap().success());
    assert_ne!(qemu(&console), silent);
    let told = fs_err::read_to_string(&console).unwrap();
    assert_eq!(told.matches("QEMU did not answer").count(), 1, "{told}");

    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
}

/// The QEMU that writes to this console.
fn qemu(console: &Path) -> Option<rustix::process::Pid> {
    let is_qemu = |folder: &Path| {
        let line = fs_err::read(folder.join("cmdline")).unwrap_or_default();
        let open =
            |entry: fs_err::DirEntry| std::fs::read_link(entry.path()).is_ok_and(|file| file == console);
        String::from_utf8_lossy(&line).contains("qemu-system")
            && fs_err::read_dir(folder.join("fd")).is_ok_and(|mut all| all.any(|entry| entry.is_ok_and(open)))
    };
    let found =
        fs_err::read_dir("/proc").unwrap().filter_map(Result::ok).find(|entry| is_qemu(&entry.path()))?;
    rustix::process::Pid::from_raw(found.file_name().to_str()?.parse().ok()?)
}
