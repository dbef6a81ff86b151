//! Later changes of a folder of this machine, as the kernel reports them.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use inotify::{Inotify, WatchMask};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Synced;
use super::into::Pushing;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::base::mirror::Listing;

/// The longest wait before a cancellation is noticed.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

/// How long nothing may change until the changes are sent: an editor writes several files for one.
const QUIET: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// The longest that changes wait for each other.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long after a failure the node is asked again.
const AGAIN: Duration = Duration::from_secs(2);

/// Makes the folder on the node equal, and again after each change of that of this machine, until the
/// operation is cancelled. What the node changes there meanwhile stays until the same file changes here.
///
/// # Errors
/// When the first time fails, or the folder cannot be watched.
pub fn watch(mut into: Pushing<'_>, job: &Job) -> Result<Synced, AppError> {
    let mut watched = Watched::new().map_err(unwatchable)?;
    let mut all = Synced::default();
    // What the node is known to have.
    let mut sent: Option<Listing> = None;
    let mut failed: Option<Instant> = None;
    loop {
        // Folders are watched before they are listed, so that no change between is missed.
        let round = watched
            .add(&into.folder)
            .map_err(unwatchable)
            .and_then(|()| round(&mut into, sent.as_ref(), job, &mut all));
        match round {
            Ok(listing) => (sent, failed) = (Some(listing), None),
            Err(_) if job.asked_to_stop() => return Ok(all),
            Err(error) if sent.is_none() && failed.is_none() => return Err(error),
            Err(error) => {
                if failed.is_none() {
                    job.problem(&error);
                }
                (sent, failed) = (None, Some(Instant::now()));
            }
        }
        if !watched.wait(failed, job).map_err(unwatchable)? {
            return Ok(all);
        }
    }
}

/// Sends what has changed since the last round; the first and the one after a failure compare with the node.
fn round(
    into: &mut Pushing<'_>,
    sent: Option<&Listing>,
    job: &Job,
    all: &mut Synced,
) -> Result<Listing, AppError> {
    let own = into.own()?;
    let done = match sent {
        // What is gone here had been sent, so it may be deleted there.
        Some(sent) => into.apply(&own.against(sent), true)?,
        None => {
            let there = into.there()?;
            let done = into.apply(&own.against(&there), into.deletes())?;
            all.surplus.clone_from(&done.surplus);
            done
        }
    };
    if let Some(told) = done.told() {
        job.say(told);
    }
    all.files += done.files;
    all.bytes += done.bytes;
    all.deleted += done.deleted;
    all.left_out.extend(done.left_out);
    Ok(own)
}

fn unwatchable(error: io::Error) -> AppError {
    AppError::failed("the folder cannot be watched").because(error)
}

/// A folder whose changes are awaited.
struct Watched {
    inotify: Inotify,
}

impl Watched {
    fn new() -> io::Result<Self> {
        Ok(Self { inotify: Inotify::init()? })
    }

    /// Watches a folder and all folders below it; those that are watched already stay so.
    fn add(&mut self, folder: &Path) -> io::Result<()> {
        let mask = WatchMask::CREATE
            | WatchMask::CLOSE_WRITE
            | WatchMask::MODIFY
            | WatchMask::DELETE
            | WatchMask::MOVED_FROM
            | WatchMask::MOVED_TO
            | WatchMask::ATTRIB
            | WatchMask::ONLYDIR;
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            let links = if next == folder { WatchMask::empty() } else { WatchMask::DONT_FOLLOW };
            match self.inotify.watches().add(&next, mask | links) {
                Ok(_) => {}
                // It was deleted meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound && next != folder => continue,
                Err(error) => return Err(error),
            }
            for entry in fs_err::read_dir(&next)?.flatten() {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(entry.path());
                }
            }
        }
        Ok(())
    }

    /// Waits for changes to begin and to pause, or, after a failure, only for a while; returns false when the
    /// operation is cancelled.
    fn wait(&mut self, failed: Option<Instant>, job: &Job) -> io::Result<bool> {
        loop {
            if job.asked_to_stop() {
                return Ok(false);
            }
            if self.changes(&TICK)? {
                break;
            }
            if failed.is_some_and(|failed| failed.elapsed() >= AGAIN) {
                return Ok(true);
            }
        }
        let first = Instant::now();
        while first.elapsed() < PATIENCE && self.changes(&QUIET)? {}
        Ok(true)
    }

    /// Whether something changes within this time.
    fn changes(&mut self, limit: &Timespec) -> io::Result<bool> {
        match poll(&mut [PollFd::new(&self.inotify, PollFlags::IN)], Some(limit)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => Ok(false),
            Ok(_) => Ok(self.inotify.read_events(&mut [0; 1 << 14])?.count() > 0),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Cancel, Halab};

    #[test]
    fn changes_in_new_folders_are_noticed_too() {
        let folder = tempfile::tempdir().unwrap();
        let job = Halab::at("/nowhere").quiet_job();
        let mut watched = Watched::new().unwrap();
        watched.add(folder.path()).unwrap();
        assert!(!watched.changes(&QUIET).unwrap());
        fs_err::create_dir(folder.path().join("new")).unwrap();
        assert!(watched.wait(None, &job).unwrap());
        watched.add(folder.path()).unwrap();
        fs_err::write(folder.path().join("new/file"), "x").unwrap();
        assert!(watched.wait(None, &job).unwrap());
        assert!(!watched.changes(&QUIET).unwrap(), "all of them were taken");
        let asked = Cancel::default();
        asked.ask();
        assert!(!watched.wait(None, &job.cancelled_by(&asked)).unwrap());
        let failed = Instant::now().checked_sub(AGAIN);
        assert!(watched.wait(failed, &job).unwrap(), "after a failure it is tried again");
    }
}
