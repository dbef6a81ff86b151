//! Pauses the guests of an instance that fill the machine's disk.
//!
//! The virtual disks of an instance grow as its guests write, to some times what the machine has. On a full
//! disk all instances of the machine would see write errors. So each supervisor watches the space that is
//! left, and pauses its own guests if their disks have grown lately.

use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::filesystem::SOCKETS_INSIDE;
use super::supervise::SOCKET_NAME;
use crate::base::space::Space;

/// Guests are paused when less than this is free, in bytes: half of what new work leaves free.
const LEAST: u64 = 512 << 20;

/// On a small disk, this part of it.
const SMALL: u64 = 40;

/// Disks that have grown by less than this in a turn are not the reason, in bytes: logs of a calm guest.
const CALM: u64 = 4 << 20;

/// How often the space is checked. A fast disk takes some gigabytes in this time, an emulated guest 200 MB.
const TURN: Duration = Duration::from_secs(2);

/// The file, in the folder of logs, that says why the guests were paused.
const NOTE: &str = "paused.txt";

/// The note of the instance with this folder.
pub fn note(folder: &Path) -> PathBuf {
    folder.join("log").join(NOTE)
}

/// Watches the disks in a folder until this process ends, in a thread of its own. `logs` is where the note is
/// written.
pub(super) fn keep_some(disks: PathBuf, logs: PathBuf) {
    std::thread::spawn(move || {
        let mut before = allocated(&disks).unwrap_or(u64::MAX);
        loop {
            std::thread::sleep(TURN);
            let (Ok(now), Ok(space)) = (allocated(&disks), Space::of(&disks)) else { continue };
            if is_scarce(space) && now.saturating_sub(before) >= CALM && pause_all().is_ok() {
                let text = "the machine's disk is nearly full, and its disks were growing";
                // Without the note, `lab status` says only that the guests are paused.
                let _ = fs_err::write(logs.join(NOTE), text);
            }
            before = now;
        }
    });
}

/// Whether so little is left that guests are paused.
fn is_scarce(space: Space) -> bool {
    space.free < LEAST.min(space.all / SMALL)
}

/// What the files of a folder take, in bytes.
fn allocated(folder: &Path) -> io::Result<u64> {
    let mut blocks = 0;
    for entry in fs_err::read_dir(folder)? {
        blocks += entry?.metadata()?.blocks();
    }
    Ok(blocks * 512)
}

/// Pauses all running guests of the daemon beside this process.
fn pause_all() -> io::Result<()> {
    for name in virsh(&["list", "--state-running", "--name"])?.lines().filter(|name| !name.is_empty()) {
        // One that has just ended needs no pause.
        let _ = virsh(&["suspend", name]);
    }
    Ok(())
}

/// The output of a client of the daemon. Its status is not read: process 1 reaps all children in one place.
fn virsh(arguments: &[&str]) -> io::Result<String> {
    let daemon = format!("qemu:///system?socket={SOCKETS_INSIDE}/{SOCKET_NAME}");
    let mut command = Command::new("virsh");
    command.args(["--quiet", "--connect", &daemon]).args(arguments);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut text = String::new();
    child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?.take(1 << 20).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_short_before_it_is_gone() {
        let with = |all, free| is_scarce(Space { all, free });
        assert!(!with(100 << 30, 600 << 20));
        assert!(with(100 << 30, 500 << 20));
        assert!(!with(4 << 30, 110 << 20), "a small disk");
        assert!(with(4 << 30, 90 << 20));
    }

    #[test]
    fn holes_take_no_space() {
        let folder = tempfile::tempdir_in(".").unwrap();
        let file = fs_err::File::create(folder.path().join("disk")).unwrap();
        file.set_len(1 << 30).unwrap();
        assert!(allocated(folder.path()).unwrap() < 1 << 20);
        fs_err::write(folder.path().join("other"), vec![b'x'; 1 << 20]).unwrap();
        file.sync_all().unwrap();
        assert!(allocated(folder.path()).unwrap() >= 1 << 20);
    }
}
