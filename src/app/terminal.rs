//! A terminal on a node for a caller that has none: `lab ssh` or `lab console` in a pseudo-terminal, whose
//! other end is handed to the caller as a descriptor.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::event::{Descriptor, What};
use super::instances;
use super::job::Job;
use super::request::Request;
use crate::model::{InstanceName, NodeName};

/// How often the end of the program is looked for.
const TICK: Duration = Duration::from_millis(100);

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

impl Request for Terminal {
    type Outcome = ();
    const NAME: &'static str = "terminal";

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let name = job.choose(self.instance.as_ref())?;
        let instance = job.describe(&name)?;
        let node = instances::node(&instance, &self.node)?;
        let (ours, theirs) =
            pair().map_err(|error| AppError::failed("a terminal cannot be made").because(error))?;
        let mut child = self.start(job, &name, theirs)?;
        job.emit(What::Connected { target: node.name.to_string(), socket: Descriptor::of(ours) });
        while !job.asked_to_stop() {
            match child.try_wait() {
                Ok(None) => std::thread::sleep(TICK),
                Ok(Some(_)) | Err(_) => return Ok(()),
            }
        }
        // It leads a session of its own, so its terminal ends with it.
        let _ = child.kill();
        let _ = child.wait();
        Err(AppError::stopped())
    }
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
        started
            .map_err(|error: std::io::Error| AppError::failed("a terminal cannot be opened").because(error))
    }
}

/// Both ends of a new pseudo-terminal: ours, and that of the program.
fn pair() -> std::io::Result<(OwnedFd, OwnedFd)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let name = ptsname(&ours, Vec::new())?;
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let theirs = rustix::fs::open(name, flags, rustix::fs::Mode::empty())?;
    Ok((ours, theirs))
}
