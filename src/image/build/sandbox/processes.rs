//! The three processes of a sandbox, and its namespaces.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::OwnedFd;
use std::process::ExitCode;

use rustix::fs::{Mode, OFlags};
use rustix::process::{Gid, Pid, Uid, WaitOptions, WaitStatus, getppid, setsid, umask, waitpid};
use rustix::thread::{
    UnshareFlags, set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid, unshare_unsafe,
};

use super::limits::{self, Watch};
use super::{FIRST_ID, IDS, Job, naming, tasks, view};
use crate::base::confined::{close_inherited, end_with_parent, fork};

/// The exit status of a task that a signal ended is this plus the signal's number, as in shells.
const SIGNALLED: i32 = 128;

/// The host name in a sandbox. Scripts of packages write it into files.
const HOST_NAME: &str = "localhost";

/// Does a job; returns its exit status.
///
/// # Errors
/// When the sandbox cannot be made.
pub fn run(job: &Job) -> io::Result<ExitCode> {
    end_with_parent()?;
    if getppid().map(|parent| parent.as_raw_nonzero().get().unsigned_abs()) != Some(job.parent) {
        return Err(io::Error::other("the process that started this build has ended"));
    }
    // The caller may have left some open that lead out of a sandbox.
    close_inherited()?;
    let processes = rustix::fs::open("/proc", OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    let (mut made, making) = io::pipe()?;
    let (mapped, mut mapping) = io::pipe()?;
    let watch = Watch::over(job);
    let Some(middle) = fork()? else {
        drop((processes, made, mapping));
        watch.join();
        // The group is the outer process's.
        std::mem::forget(watch);
        return self::middle(job, making, mapped);
    };
    drop((making, mapped));
    if heard(&mut made) {
        write_maps(&processes, middle)?;
        mapping.write_all(&[1])?;
    }
    drop(mapping);
    watch.wait(middle)?;
    status_of(middle)
}

/// Makes the namespaces and the file system.
fn middle(job: &Job, mut making: PipeWriter, mut mapped: PipeReader) -> io::Result<ExitCode> {
    // Otherwise a script could write to the terminal of the user, and type there.
    setsid()?;
    end_with_parent()?;
    view::prepare(job)?;
    let mut flags = UnshareFlags::NEWUSER
        | UnshareFlags::NEWNS
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS
        | UnshareFlags::NEWCGROUP;
    if !job.network {
        flags |= UnshareFlags::NEWNET;
    }
    // SAFETY: this is the only thread, and no file table is unshared.
    unsafe { unshare_unsafe(flags) }.map_err(naming("make the namespaces of the sandbox"))?;
    // Other credentials have reset this.
    end_with_parent()?;
    making.write_all(&[1])?;
    if !heard(&mut mapped) {
        return Err(io::Error::other("the users of the sandbox could not be mapped"));
    }
    drop((making, mapped));
    let (alive, living) = io::pipe()?;
    let Some(first) = fork()? else {
        drop(living);
        return process_1(job, alive);
    };
    drop(alive);
    let status = status_of(first);
    // Its end says that this process lives.
    drop(living);
    status
}

/// Process 1 of the sandbox: enters the file system, gives up what is left of root's rights, and does the
/// task.
fn process_1(job: &Job, mut alive: PipeReader) -> io::Result<ExitCode> {
    view::enter(job)?;
    set_thread_groups(&[])?;
    set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT)?;
    set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT)?;
    end_with_parent()?;
    // A parent that ended before the line above has closed the other end.
    rustix::io::ioctl_fionbio(&alive, true)?;
    if !alive.read(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
        return Err(io::Error::other("the build has ended"));
    }
    drop(alive);
    set_no_new_privs(true)?;
    limits::set(&job.limits)?;
    umask(Mode::from_raw_mode(0o022));
    // SAFETY: the pointer and the length are those of a string that lives until the call returns.
    if unsafe { libc::sethostname(HOST_NAME.as_ptr().cast(), HOST_NAME.len()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    view::fill_tree(job)?;
    tasks::perform(job)
}

/// Whether the other end of a pipe wrote before it was closed.
fn heard(pipe: &mut PipeReader) -> bool {
    pipe.read_exact(&mut [0]).is_ok()
}

/// Maps the users and groups of a process's new namespace. Only root of the machine may map a range.
fn write_maps(processes: &OwnedFd, process: Pid) -> io::Result<()> {
    let map = format!("0 {FIRST_ID} {IDS}\n");
    for file in ["uid_map", "gid_map"] {
        let path = format!("{}/{file}", process.as_raw_nonzero());
        let file = rustix::fs::openat(processes, path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
        rustix::io::write(&file, map.as_bytes()).map_err(naming("map the users of the sandbox"))?;
    }
    Ok(())
}

fn status_of(child: Pid) -> io::Result<ExitCode> {
    loop {
        match waitpid(Some(child), WaitOptions::empty()) {
            Ok(Some((_, status))) => return Ok(code(status)),
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The exit status with which this process passes on that of a child.
pub(super) fn code(status: WaitStatus) -> ExitCode {
    let signalled = status.terminating_signal().map(|signal| SIGNALLED + signal);
    let number = status.exit_status().or(signalled).unwrap_or(1);
    ExitCode::from(u8::try_from(number).unwrap_or(1))
}
