//! A terminal on a node for a caller that has none: `lab ssh` or `lab console` in a pseudo-terminal, whose
//! other end is handed to the caller as a descriptor.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::event::{Descriptor, What};
use super::instances;
use super::job::Job;
use super::request::Request;
use crate::model::{InstanceName, NodeName};

/// What a shell adds to the number of the signal that ended a program.
const SIGNALLED: i32 = 128;

/// What a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TerminalKind {
    /// A shell on the node, by SSH.
    Shell,
    /// The node's serial console.
    Console,
    /// The logs of its stacks, as they are written.
    Logs,
}

impl TerminalKind {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Console => "console",
            Self::Logs => "logs",
        }
    }
}

/// Opens a terminal. The event [`What::Connected`] carries its descriptor, to which the caller also gives the
/// size of the window; then it runs until its program ends or it is cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Terminal {
    /// The node.
    pub node: NodeName,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// What it shows.
    pub kind: TerminalKind,
}

/// A terminal that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TerminalEnded {
    /// The exit status of its program, as a shell has it: 255 if the connection to the node broke, 128 and
    /// more after a signal.
    pub status: u8,
}

impl Request for Terminal {
    type Outcome = TerminalEnded;
    const NAME: &'static str = "terminal";

    fn perform(&self, job: &Job) -> Result<TerminalEnded, AppError> {
        let name = job.choose(self.instance.as_ref())?;
        let instance = job.describe(&name)?;
        let node = instances::node(&instance, &self.node)?;
        let (ours, theirs) =
            pair().map_err(|error| AppError::failed("a terminal cannot be made").because(error))?;
        let mut child = self.start(job, &name, theirs)?;
        job.emit(What::Connected { target: node.name.to_string(), socket: Descriptor::of(ours) });
        let ended = ended(&mut child, job);
        if let Ok(Some(status)) = &ended {
            return Ok(TerminalEnded { status: status_of(*status) });
        }
        // It leads a session of its own, so its terminal ends with it.
        let _ = child.kill();
        let _ = child.wait();
        ended.map_err(|error| AppError::failed("the terminal cannot be waited for").because(error))?;
        Err(AppError::stopped())
    }
}

/// Waits until a program has ended; none if the operation is cancelled before.
fn ended(child: &mut Child, job: &Job) -> io::Result<Option<ExitStatus>> {
    let number = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let process = pidfd_open(number.ok_or(io::ErrorKind::NotFound)?, PidfdFlags::empty())?;
    let mut both =
        [PollFd::new(&process, PollFlags::IN), PollFd::from_borrowed_fd(job.cancel_bell()?, PollFlags::IN)];
    loop {
        match poll(&mut both, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if job.asked_to_stop() {
            return Ok(None);
        }
    }
}

fn status_of(status: ExitStatus) -> u8 {
    let status = status.code().or_else(|| status.signal().map(|signal| SIGNALLED + signal));
    status.and_then(|status| u8::try_from(status).ok()).unwrap_or(u8::MAX)
}

impl Terminal {
    fn start(&self, job: &Job, name: &InstanceName, terminal: OwnedFd) -> Result<Child, AppError> {
        let program = super::drill::program()?;
        let mut command = Command::new(program);
        let words = match self.kind {
            TerminalKind::Shell => &["ssh"][..],
            TerminalKind::Console => &["console", "--type"],
            TerminalKind::Logs => &["logs", "--follow"],
        };
        command.arg("--state").arg(job.state.root()).args(words);
        command.args([self.node.as_str(), "--lab", name.as_str()]);
        command.env("TERM", "xterm-256color");
        let copy = || terminal.try_clone().map(Stdio::from);
        let started = (|| {
            command.stdin(copy()?).stdout(copy()?).stderr(copy()?);
            // virsh asks a terminal that controls it for passwords, which it does not need.
            let controls = self.kind != TerminalKind::Console;
            // SAFETY: both are single system calls, on the standard input that the program was given.
            unsafe {
                command.pre_exec(move || {
                    rustix::process::setsid()?;
                    if controls {
                        rustix::process::ioctl_tiocsctty(BorrowedFd::borrow_raw(libc::STDIN_FILENO))?;
                    }
                    Ok(())
                });
            }
            command.spawn()
        })();
        started.map_err(|error: io::Error| AppError::failed("a terminal cannot be opened").because(error))
    }
}

/// Both ends of a new pseudo-terminal: ours, and that of the program.
fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let name = ptsname(&ours, Vec::new())?;
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let theirs = rustix::fs::open(name, flags, rustix::fs::Mode::empty())?;
    Ok((ours, theirs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_that_of_a_shell() {
        let of = |line: &str| status_of(Command::new("sh").args(["-c", line]).status().unwrap());
        assert_eq!((of("exit 0"), of("exit 7"), of("exit 255"), of("kill -9 $$")), (0, 7, 255, 137));
    }
}
