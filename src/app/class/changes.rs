//! Waits for changes of classes: of what they are, and of what happened in them.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

use inotify::{Inotify, WatchMask};
use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};

use crate::class::store::ClassFolder;
use crate::state::StateDir;

/// How often it is looked where the system has no watch or timer left: they are few for each user.
const WITHOUT: Duration = Duration::from_millis(500);

/// Watches the folders of all classes.
#[derive(Debug)]
pub struct Changes {
    state: StateDir,
    inotify: Option<Inotify>,
    /// Whether all folders are watched.
    is_whole: bool,
}

impl Changes {
    /// Those of a state folder. It is watched from [`Self::watch`] on.
    pub fn of(state: &StateDir) -> Self {
        Self { state: state.clone(), inotify: Inotify::init().ok(), is_whole: false }
    }

    /// Watches the classes that there are now. What changes after this call ends the next wait, so look at
    /// the classes after it.
    pub fn watch(&mut self) {
        let Some(inotify) = &self.inotify else { return };
        let mut watches = inotify.watches();
        let all = WatchMask::CREATE
            | WatchMask::MODIFY
            | WatchMask::MOVED_FROM
            | WatchMask::MOVED_TO
            | WatchMask::DELETE
            | WatchMask::DELETE_SELF
            | WatchMask::MOVE_SELF;
        // Before the first class, their folder has to come.
        let classes = self.state.classes();
        let mut folders = vec![if classes.exists() { classes } else { self.state.root().to_path_buf() }];
        let names = ClassFolder::names(&self.state).unwrap_or_default();
        folders.extend(names.iter().map(|name| ClassFolder::of(&self.state, name).path().to_path_buf()));
        // A folder that is watched already stays so; one that is gone is no class any more.
        let mut watched = |folder: PathBuf| watches.add(&folder, all).is_ok() || !folder.exists();
        self.is_whole = true;
        for folder in folders {
            self.is_whole &= watched(folder);
        }
    }

    /// Waits until a class changes, a moment comes by the clock of the machine, one of `others` becomes
    /// readable, or `most` has passed.
    pub fn wait(&mut self, until: Option<Timestamp>, most: Option<Duration>, others: &[BorrowedFd<'_>]) {
        let timer = until.map(timer);
        let lacks = !self.is_whole || timer.as_ref().is_some_and(Option::is_none);
        let most = if lacks { Some(most.map_or(WITHOUT, |most| most.min(WITHOUT))) } else { most };
        let mut all: Vec<PollFd<'_>> =
            others.iter().map(|other| PollFd::from_borrowed_fd(*other, PollFlags::IN)).collect();
        all.extend(self.inotify.iter().map(|inotify| PollFd::new(inotify, PollFlags::IN)));
        all.extend(timer.iter().flatten().map(|timer| PollFd::new(timer, PollFlags::IN)));
        let limit = most.map(|most| Timespec::try_from(most).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 }));
        if poll(&mut all, limit.as_ref()).is_err_and(|error| error != Errno::INTR) {
            // So that it is not tried again at once.
            std::thread::sleep(WITHOUT);
        }
        drop(all);
        self.forget();
    }

    /// Reads what has happened: what it was does not matter, all is looked at again.
    fn forget(&mut self) {
        let Some(inotify) = &mut self.inotify else { return };
        let mut bytes = [0; 4096];
        while inotify.read_events(&mut bytes).is_ok_and(|events| events.count() > 0) {}
    }
}

/// A timer that becomes readable at a moment, or when the clock of the machine is set; none if the system has
/// none left.
fn timer(until: Timestamp) -> Option<OwnedFd> {
    let timer = timerfd_create(TimerfdClockId::Realtime, TimerfdFlags::CLOEXEC).ok()?;
    // A value of zero would never ring.
    let tv_sec = until.as_second().max(1);
    let at = Timespec { tv_sec, tv_nsec: until.subsec_nanosecond().max(0).into() };
    let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: at };
    let how = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
    timerfd_settime(&timer, how, &once).ok()?;
    Some(timer)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use jiff::SignedDuration;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn folder(state: &StateDir) -> PathBuf {
        ClassFolder::of(state, &"ha1".parse().unwrap()).path().to_path_buf()
    }

    /// How long a wait lasts while something is done a moment after its begin.
    fn waited(changes: &mut Changes, until: Option<Timestamp>, done: impl FnOnce() + Send) -> Duration {
        changes.watch();
        let begun = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(done);
            changes.wait(until, Some(LONG), &[]);
        });
        begun.elapsed()
    }

    #[test]
    fn the_first_class_and_each_line_of_its_log_end_a_wait() {
        let place = tempfile::tempdir().unwrap();
        let state = StateDir::at(place.path());
        let mut changes = Changes::of(&state);
        let make = || fs_err::create_dir_all(folder(&state)).unwrap();
        assert!(waited(&mut changes, None, make) < LONG, "the first class");
        let log = folder(&state).join("log.jsonl");
        assert!(waited(&mut changes, None, || fs_err::write(&log, "1").unwrap()) < LONG, "a new file");
        assert!(waited(&mut changes, None, || fs_err::write(&log, "2").unwrap()) < LONG, "a line");
        let away = place.path().join("away");
        let purged = || fs_err::rename(folder(&state), away).unwrap();
        assert!(waited(&mut changes, None, purged) < LONG, "a class that is deleted");
    }

    #[test]
    fn a_moment_and_another_descriptor_end_a_wait() {
        let place = tempfile::tempdir().unwrap();
        let mut changes = Changes::of(&StateDir::at(place.path()));
        let now = Timestamp::now();
        let soon = now + SignedDuration::from_millis(50);
        assert!(waited(&mut changes, Some(soon), || {}) < LONG);
        assert!(Timestamp::now() >= soon, "not before");
        assert!(waited(&mut changes, Some(now), || {}) < LONG, "a moment that is over");
        let (read, write) = std::io::pipe().unwrap();
        drop(write);
        let begun = Instant::now();
        changes.wait(None, Some(LONG), &[std::os::fd::AsFd::as_fd(&read)]);
        assert!(begun.elapsed() < LONG);
    }
}
