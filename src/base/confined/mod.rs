//! Giving up rights: a process that reads what guests and servers send keeps only what it needs for that.
//!
//! After [`enter`] a process has a user number of its own, an empty file system, no capabilities, and a short
//! list of system calls ([`system_calls`]). An attacker who takes it over reaches what it reached, and the
//! process that started it.

mod program;
mod root;
mod system_calls;

use std::io;

use rustix::process::{
    Gid, Pid, Resource, Rlimit, Uid, getpid, getrlimit, set_parent_process_death_signal, setrlimit,
};
use rustix::thread::{
    UnshareFlags, set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid, unshare_unsafe,
};

pub use program::{Program, Streams, fork};
pub use system_calls::SystemCalls;

/// The user of a confined process is this number plus that of the process: no two processes of the machine
/// have the same. The numbers lie above those of instances, in a range that no distribution and no service
/// manager assigns (systemd's table of user numbers); a process has a number below 2²².
const FIRST_USER: u32 = 1_950_000_000;

/// How many processes and threads a confined process may have: a program may use one for each request.
const THREADS: u64 = 256;

/// How long a process with real-time scheduling may compute without waiting, in microseconds. A load waits
/// many times in a second.
const PROCESSOR: u64 = 5_000_000;

/// What a process keeps.
#[derive(Debug, Clone, Copy)]
pub struct Confinement {
    /// The largest size of its memory, in bytes of address space.
    pub memory: u64,
    /// Whether it stays in its network namespace; otherwise it has an empty one.
    pub network: bool,
    /// Its system calls.
    pub calls: SystemCalls,
}

/// Gives up the rights of this process. Call it before any thread is started.
///
/// A process that is not root's has no user of its own and sees the files of its user; it gives up the rest.
///
/// # Errors
/// When the system refuses something. The process must end then: it has kept rights.
pub fn enter(confinement: &Confinement) -> io::Result<()> {
    if rustix::process::geteuid().is_root() {
        apart(confinement.network)?;
        root::empty()?;
        limit(confinement.memory)?;
        become_nobody_else(getpid())?;
    } else {
        limit(confinement.memory)?;
    }
    set_no_new_privs(true)?;
    confinement.calls.apply()
}

/// Leaves the terminal and the descriptors of the starter: a key at the terminal must not end this process,
/// and nothing that the starter holds must stay open with it.
///
/// # Errors
/// When the system refuses.
pub fn leave_the_starter() -> io::Result<()> {
    // A process that leads a group already has no terminal to leave.
    let _ = rustix::process::setsid();
    close_inherited()
}

/// Closes all descriptors but the standard ones. Call it before this process opens one.
///
/// # Errors
/// When the system refuses.
pub fn close_inherited() -> io::Result<()> {
    // SAFETY: this process uses no descriptor above standard error yet.
    match unsafe { libc::close_range(3, libc::c_uint::MAX, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Namespaces of its own.
fn apart(network: bool) -> io::Result<()> {
    let mut flags =
        UnshareFlags::NEWNS | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS | UnshareFlags::NEWCGROUP;
    if !network {
        flags |= UnshareFlags::NEWNET;
    }
    // SAFETY: this is the only thread, and no file table is unshared.
    unsafe { unshare_unsafe(flags) }.map_err(naming("make namespaces"))
}

/// Limits for all processes that it may start.
fn limit(memory: u64) -> io::Result<()> {
    let set = |resource, value| {
        let most = getrlimit(resource).maximum.map_or(value, |most| most.min(value));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
    };
    set(Resource::As, memory)?;
    set(Resource::Core, 0)?;
    set(Resource::Rttime, PROCESSOR)?;
    set(Resource::Fsize, 0)?;
    if rustix::process::geteuid().is_root() {
        // Another user's processes would count, too.
        set(Resource::Nproc, THREADS)?;
    }
    Ok(())
}

/// Becomes a user whom no other process has, by the machine's number of a process. Root's capabilities end
/// with that.
fn become_nobody_else(process: Pid) -> io::Result<()> {
    let number = FIRST_USER + process.as_raw_nonzero().get().unsigned_abs();
    set_thread_groups(&[])?;
    let (user, group) = (Uid::from_raw(number), Gid::from_raw(number));
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, user)?;
    Ok(())
}

/// Lets the kernel kill this process when the thread that started it ends. A change of credentials undoes it.
///
/// # Errors
/// When the system refuses.
pub fn end_with_parent() -> io::Result<()> {
    Ok(set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?)
}

fn naming(what: &'static str) -> impl Fn(rustix::io::Errno) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
