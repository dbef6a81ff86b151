//! The supervisor of an embedded host (`lab __host`, internal).
//!
//! It has two stages. The first enters the network namespace, creates mount, process and cgroup namespaces,
//! builds the instance's file system ([`super::filesystem`]), starts the second and ends. The second is
//! process 1 of the new process namespace: it takes that file system as its root, restarts the daemon and
//! reaps orphans (guests are the daemon's grandchildren, and an unreaped dead guest would look alive to it).

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use rustix::process::{WaitOptions, wait};
use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};
use serde::{Deserialize, Serialize};

use super::HostError;
use super::filesystem::{self, Layout, system};
use super::{consoles, space};
use crate::base::process::Process;

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__host";

/// The name of the daemon's socket.
pub(super) const SOCKET_NAME: &str = "libvirt-sock";

/// The most processes and threads of an instance: QEMU has up to seventy for each guest.
const PROCESSES: u32 = 8192;

/// A daemon that ends sooner than this after its start is not restarted.
const TOO_SOON: Duration = Duration::from_secs(5);

/// The arguments of the supervisor's command line.
pub(super) fn command_line(folder: &Path) -> [OsString; 3] {
    [SUBCOMMAND.into(), "run".into(), folder.into()]
}

/// The file in an instance's folder that names its supervisor.
pub fn pid_file(folder: &Path) -> PathBuf {
    folder.join("supervisor.json")
}

/// The link to the daemon's socket. No process number is in its path: another process may have the number
/// later.
pub fn socket(folder: &Path) -> PathBuf {
    folder.join(SOCKET_NAME)
}

/// The arguments of the first stage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Arguments {
    /// The network namespace.
    pub(super) netns: PathBuf,
    /// The file system.
    pub(super) layout: Layout,
}

/// Runs the hidden subcommands `__host enter ARGUMENTS` and `__host run FOLDER`; `None` for other arguments.
///
/// Call it before any thread is started: only a process's children enter a new process namespace.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    let [_, command, stage, argument] = arguments else { return None };
    if command != SUBCOMMAND {
        return None;
    }
    let result = match stage.to_str() {
        Some("enter") => read(argument).and_then(|arguments| enter(&arguments)),
        Some("run") => run(Path::new(argument)),
        _ => return None,
    };
    Some(match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Its standard error is the log of the supervisor.
            let text = format!("{error}: {:?}\n", std::error::Error::source(&error).map(ToString::to_string));
            let _ = std::io::stderr().write_all(text.as_bytes());
            ExitCode::FAILURE
        }
    })
}

fn read(argument: &OsString) -> Result<Arguments, HostError> {
    let read = argument.to_str().and_then(|text| serde_json::from_slice(text.as_bytes()).ok());
    let source = std::io::Error::from(std::io::ErrorKind::InvalidInput);
    read.ok_or(HostError::System { what: "read the arguments of the supervisor", source })
}

/// The first stage.
fn enter(arguments: &Arguments) -> Result<(), HostError> {
    let netns = fs_err::File::open(&arguments.netns)?;
    move_into_link_name_space(std::os::fd::AsFd::as_fd(&netns), Some(LinkNameSpaceType::Network))
        .map_err(system("enter the network namespace"))?;
    // On a machine without control groups an instance has no limits of its own; `lab doctor` says so.
    let group = arguments.layout.user.group();
    if let Err(error) = group.make(PROCESSES).and_then(|()| group.join()) {
        let text = format!("the instance has no control group: {error}\n");
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
    let flags = UnshareFlags::NEWNS | UnshareFlags::NEWPID | UnshareFlags::NEWCGROUP | UnshareFlags::NEWIPC;
    // SAFETY: this is the only thread, and no file table is unshared.
    unsafe { unshare_unsafe(flags) }.map_err(system("make namespaces"))?;
    filesystem::build(&arguments.layout)?;
    let _ = rustix::process::setsid();
    let folder = &arguments.layout.folder;
    let child = Command::new(std::env::current_exe()?)
        .args(command_line(folder))
        .spawn()
        .map_err(|source| HostError::Tool { tool: "lab".to_owned(), source })?;
    let process = Process::of(child.id() as i32)
        .ok_or_else(|| HostError::Daemon { what: "ended at once".to_owned(), log: String::new() })?;
    let link = socket(folder);
    let _ = fs_err::remove_file(&link);
    fs_err::os::unix::fs::symlink(Path::new(filesystem::SOCKETS).join(SOCKET_NAME), link)?;
    crate::base::write::until_restart(&pid_file(folder), &serde_json::to_vec(&process).unwrap_or_default())?;
    Ok(())
}

/// The second stage: process 1.
fn run(folder: &Path) -> Result<(), HostError> {
    // The first stage still uses the machine's tree, whose root would change for it, too.
    // SAFETY: this is the only thread, and no file table is unshared.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS) }.map_err(system("make namespaces"))?;
    filesystem::enter(&filesystem::root(folder))?;
    consoles::keep_small(folder.join("console"));
    space::keep_some(folder.join("disks"), PathBuf::from("/var/log/libvirt"));
    loop {
        let started = Instant::now();
        // The default, /run/libvirtd.pid, is not in a folder of the instance.
        let daemon = Command::new("libvirtd")
            .args(["--pid-file", "/run/libvirt/libvirtd.pid"])
            .env("NOTIFY_SOCKET", super::daemon::NOTIFY)
            .spawn()
            .map_err(|source| HostError::Tool { tool: "libvirtd".to_owned(), source })?;
        bury_until(daemon.id() as i32)?;
        if started.elapsed() < TOO_SOON {
            return Err(HostError::Daemon { what: "ended at once".to_owned(), log: String::new() });
        }
    }
}

/// Reaps children until this one is among them.
fn bury_until(daemon: i32) -> Result<(), HostError> {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, _))) if pid.as_raw_nonzero().get() == daemon => return Ok(()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(source) => {
                return Err(HostError::System { what: "wait for children", source: source.into() });
            }
        }
    }
}
