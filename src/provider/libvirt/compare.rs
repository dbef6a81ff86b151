//! Compares the disks of machines, from the host.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::checkpoint::each;
use super::{LibvirtProvider, backing, disk, files, guest};
use crate::inventory::GuestState;
use crate::model::NodeName;
use crate::model::spec::DiskId;
use crate::provider::Machines;
use crate::work::{Context, ProviderError};

/// How often cancellation is checked.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

impl LibvirtProvider {
    /// See [`crate::provider::Provider::compare_disks`].
    ///
    /// A paused machine has no requests in flight, and QEMU has written to the files everything that the
    /// guest considers written, although not necessarily to the physical disk.
    pub(super) fn compare_standing_still(
        &self,
        disks: &[DiskId],
        bytes: u64,
        cancel: &AtomicBool,
    ) -> Result<Option<u64>, ProviderError> {
        let mut running = Vec::new();
        for id in disks {
            if guest::found(&self.own_guest(&id.node)?)?.state == GuestState::Running {
                running.push(id.node.clone());
            }
        }
        // After a crash of this program, the next command finds the machines that are paused without a
        // reason.
        files::write(&self.standing_file(), &running)?;
        let paused = each(&running, |node| self.pause(node));
        let compared = paused.and_then(|()| self.compare_files(disks, bytes, cancel));
        // Even when the user stops the drill: nodes must neither stay paused nor keep clocks that are behind.
        let never = AtomicBool::new(false);
        self.go_on(&running, &Context { progress: &|_| {}, cancel: &never })?;
        compared
    }

    /// See [`crate::provider::Machines::hold`].
    pub(super) fn hold_all(&self) -> Result<(), ProviderError> {
        let guests = self.inventory()?.guests;
        let running: Vec<NodeName> = guests
            .into_iter()
            .filter(|(_, guest)| guest.state == GuestState::Running)
            .map(|(node, _)| node)
            .collect();
        each(&running, |node| self.pause(node))
    }

    /// Resumes machines that are paused for a comparison of their disks.
    fn go_on(&self, nodes: &[NodeName], context: &Context<'_>) -> Result<(), ProviderError> {
        self.resume_guests(nodes, context)?;
        files::delete(&self.standing_file())?;
        // Their clocks were stopped too.
        each(nodes, |node| self.wake(node, context))
    }

    /// Ends a comparison that was killed, and reports it.
    pub(super) fn end_comparison(&self, context: &Context<'_>) -> Result<Option<String>, ProviderError> {
        let Ok(text) = fs_err::read(self.standing_file()) else { return Ok(None) };
        let mut standing: Vec<NodeName> = Vec::new();
        // If the whole host died, so did its machines.
        if self.host.find()?.is_some_and(|host| host.alive) {
            for node in serde_json::from_slice::<Vec<NodeName>>(&text).unwrap_or_default() {
                if guest::found(&self.own_guest(&node)?)?.state == GuestState::Paused {
                    standing.push(node);
                }
            }
        }
        self.go_on(&standing, context)?;
        let names: Vec<&str> = standing.iter().map(NodeName::as_str).collect();
        Ok((!names.is_empty()).then(|| {
            format!(
                "a comparison of disks was killed; the nodes that were paused for it were resumed: {}",
                names.join(", ")
            )
        }))
    }

    /// The machines that are paused for a comparison of their disks.
    fn standing_file(&self) -> PathBuf {
        self.host.folder().join("comparing.json")
    }

    fn pause(&self, node: &NodeName) -> Result<(), ProviderError> {
        self.suspend(node, &self.own_guest(node)?)
    }

    /// Compares the first file with each other one, and reports the first difference of all.
    fn compare_files(
        &self,
        disks: &[DiskId],
        bytes: u64,
        cancel: &AtomicBool,
    ) -> Result<Option<u64>, ProviderError> {
        let folder = self.host.folder();
        disks.iter().try_for_each(|id| backing::check(&folder, id))?;
        let Some((first, others)) = disks.split_first() else { return Ok(None) };
        let first = disk::path(&folder, first);
        let mut nearest = None;
        for other in others {
            let other = disk::path(&folder, other);
            let found = difference(&first, &other, cancel)?.filter(|offset| *offset < bytes);
            nearest = [nearest, found].into_iter().flatten().min();
        }
        Ok(nearest)
    }
}

/// The offset at which two images begin to differ.
fn difference(one: &Path, other: &Path, cancel: &AtomicBool) -> Result<Option<u64>, ProviderError> {
    // QEMU has the files open, but does not write to them now.
    let child = Command::new("qemu-img")
        .args(["compare", "--force-share", "-f", "qcow2", "-F", "qcow2", "--"])
        .args([one, other])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(files::io("cannot start qemu-img"))?;
    let output = end(child, cancel).map_err(files::io("cannot wait for qemu-img"))?;
    let output = output.ok_or(ProviderError::Cancelled)?;
    let said = String::from_utf8_lossy(&output.stdout);
    match (output.status.code(), offset(&said)) {
        (Some(0), _) => Ok(None),
        (Some(1), Some(offset)) => Ok(Some(offset)),
        _ => Err(ProviderError::Host {
            what: "cannot compare disks".to_owned(),
            source: format!("{said}{}", String::from_utf8_lossy(&output.stderr)).trim().into(),
        }),
    }
}

/// Waits until a program with little output has ended; none if the flag is set before, and then the program
/// is killed.
fn end(mut child: Child, cancel: &AtomicBool) -> io::Result<Option<Output>> {
    let ended = pidfd_open(Pid::from_child(&child), PidfdFlags::empty())?;
    loop {
        let mut waited = [PollFd::new(&ended, PollFlags::IN)];
        match poll(&mut waited, Some(&TICK)) {
            Ok(0) | Err(Errno::INTR) if cancel.load(Ordering::Relaxed) => {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return child.wait_with_output().map(Some),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The offset in `Content mismatch at offset 4096!`.
fn offset(said: &str) -> Option<u64> {
    said.split_once("mismatch at offset ")?.1.trim_end().strip_suffix('!')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(folder: &Path, name: &str, byte: u64) -> std::path::PathBuf {
        let file = folder.join(name);
        let size = "1M";
        assert!(
            Command::new("qemu-img")
                .args(["create", "-q", "-f", "qcow2"])
                .arg(&file)
                .arg(size)
                .status()
                .unwrap()
                .success()
        );
        let write = format!("write -P 7 {byte} 512");
        assert!(Command::new("qemu-io").args(["-c", &write]).arg(&file).output().unwrap().status.success());
        file
    }

    #[test]
    fn the_first_difference_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let one = image(folder.path(), "one", 65536);
        let same = image(folder.path(), "same", 65536);
        let other = image(folder.path(), "other", 131_072);
        let never = AtomicBool::new(false);
        assert_eq!(difference(&one, &same, &never).unwrap(), None);
        assert_eq!(difference(&one, &other, &never).unwrap(), Some(65536));
        difference(&one, &folder.path().join("none"), &never).unwrap_err();
    }

    #[test]
    fn a_comparison_that_nobody_waits_for_is_killed() {
        let child = Command::new("sleep").arg("1000").spawn().unwrap();
        assert!(end(child, &AtomicBool::new(true)).unwrap().is_none());
        let child = Command::new("echo").arg("equal").stdout(Stdio::piped()).spawn().unwrap();
        assert_eq!(end(child, &AtomicBool::new(false)).unwrap().unwrap().stdout, b"equal\n");
    }
}
