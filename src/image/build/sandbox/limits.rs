//! The limits of a sandbox: time, memory, processes, and space on the disk.
//!
//! The processes of a sandbox have a control group of their own. The outer process stays outside of it, looks
//! at all limits several times in a second, and ends the sandbox when one is exceeded. A machine without
//! control groups has no limit of memory; the number of processes is limited for each user of the sandbox
//! then.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, WaitOptions, getpid, pidfd_open, pidfd_send_signal,
    set_child_subreaper, setrlimit, wait,
};
use serde::{Deserialize, Serialize};

use super::written::Written;
use super::{Job, say};
use crate::base::cgroup::ControlGroup;
use crate::base::process::Process;
use crate::base::space::Space;
use crate::model::Bytes;

/// The time between two looks at the limits.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// What the names of control groups begin with; the number of the outer process follows.
const GROUP: &str = "halab-build-";

/// What a sandbox may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// How long it may run, in seconds; none if it only waits for a server.
    pub seconds: Option<u64>,
    /// The memory of its processes together, in bytes.
    pub memory: u64,
    /// Its processes and threads.
    pub processes: u32,
    /// What it may write on the disk, and the size of its largest file, in bytes.
    pub disk: u64,
}

/// A watch over the limits of a sandbox.
pub struct Watch {
    limits: Limits,
    begin: Instant,
    /// The folder whose file system the sandbox writes to.
    work: PathBuf,
    written: Written,
    group: ControlGroup,
}

impl Watch {
    /// Makes the control group of a job.
    pub fn over(job: &Job) -> Self {
        // Process 1 becomes a child of this process when the one between them ends.
        let _ = set_child_subreaper(Some(getpid()));
        clear_groups();
        let group = ControlGroup::named(&format!("{GROUP}{}", std::process::id()));
        let made = group.make(job.limits.processes).and_then(|()| group.limit_memory(job.limits.memory));
        if let Err(error) = made {
            say(&format!("this step has no control group: {error}"));
        }
        Self {
            limits: job.limits,
            begin: Instant::now(),
            written: Written::by(job, Space::of(&job.work).ok()),
            work: job.work.clone(),
            group,
        }
    }

    /// Moves this process into the control group, if there is one.
    pub fn join(&self) {
        // Making it has reported why there is none.
        let _ = self.group.join();
    }

    /// Waits until a child ends, without burying it. When a limit is exceeded, ends it with all processes of
    /// the sandbox, and says which one.
    ///
    /// # Errors
    /// When a limit was exceeded, or the system refuses.
    pub fn wait(&self, child: Pid) -> io::Result<()> {
        let handle = pidfd_open(child, PidfdFlags::empty())?;
        loop {
            let ended = match poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&TICK)) {
                Ok(count) => count > 0,
                Err(rustix::io::Errno::INTR) => false,
                Err(error) => return Err(error.into()),
            };
            // Also at the end: a refusal may have been its reason.
            if let Some(excess) = self.excess() {
                pidfd_send_signal(&handle, Signal::KILL)?;
                bury_all();
                return Err(io::Error::other(format!("the step was ended: it {excess}")));
            }
            if ended {
                return Ok(());
            }
        }
    }

    /// Which limit is exceeded.
    fn excess(&self) -> Option<String> {
        let enforced = self.group.enforced();
        let (limits, ran) = (&self.limits, self.begin.elapsed());
        if let Some(seconds) = limits.seconds.filter(|most| ran > Duration::from_secs(*most)) {
            return Some(format!("ran for more than {seconds} s"));
        }
        if enforced.processes > 0 {
            return Some(format!("started more than {} processes", limits.processes));
        }
        if enforced.memory > 0 {
            return Some(format!("took more than {} of memory", Bytes(limits.memory)));
        }
        // What cannot be asked for has no limit.
        let space = Space::of(&self.work).ok()?;
        if self.written.exceeds(limits.disk, space, &self.group) {
            return Some(format!("wrote more than {} on the disk", Bytes(limits.disk)));
        }
        let reserve = Bytes::mib(Bytes(space.reserve()).as_mib());
        space
            .is_short()
            .then(|| format!("left less than {reserve} free on the disk of {}", self.work.display()))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // The next build removes it otherwise.
        let _ = self.group.remove();
    }
}

/// Waits until all processes of a sandbox have ended whose first one was killed, so that none prints after
/// this.
fn bury_all() {
    // The last one is process 1, which the kernel ends after all others.
    while matches!(wait(WaitOptions::empty()), Ok(_) | Err(rustix::io::Errno::INTR)) {}
}

/// Removes the groups of sandboxes whose outer process was killed.
fn clear_groups() {
    for name in ControlGroup::list(GROUP) {
        let process = name.strip_prefix(GROUP).and_then(|number| number.parse().ok());
        let group = ControlGroup::named(&name);
        if process.is_some_and(|process| Process::of(process).is_none()) && group.is_empty() {
            let _ = group.remove();
        }
    }
}

/// Limits the calling process and all that it starts, also where the machine has no control groups.
///
/// # Errors
/// When the system refuses.
pub fn set(limits: &Limits) -> io::Result<()> {
    let set = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    set(Resource::Core, 0)?;
    // This one is counted for each user of the sandbox, and also counts the process that each process is
    // about to start. Twice the number lets the control group refuse first: only its refusals are seen.
    set(Resource::Nproc, 2 * u64::from(limits.processes))?;
    Ok(set(Resource::Fsize, limits.disk)?)
}
