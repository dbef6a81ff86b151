//! Starts programs that others wrote.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process, pidfd_open, waitpid};
use rustix::thread::{UnshareFlags, set_no_new_privs, unshare_unsafe};

use super::system_calls::SystemCalls;
use super::{end_with_parent, naming, root};

/// A program that others wrote.
#[derive(Debug, Clone, Copy)]
pub struct Program<'a> {
    /// Its path in its file system.
    pub path: &'a str,
    /// The content of its file: a script with its interpreter in the first line.
    pub content: &'a str,
    /// The largest size of the memory of each of its processes, in bytes of address space.
    pub memory: u64,
}

/// The ends of the standard streams of a running program.
#[derive(Debug)]
pub struct Streams {
    /// Its input.
    pub input: File,
    /// Its output.
    pub output: File,
    /// What it prints for people.
    pub errors: File,
    /// It is ended when this is dropped.
    pub held: PipeWriter,
}

/// The environment of a program. Python otherwise keeps what it prints until there is much of it.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("PATH", "/usr/bin:/bin"),
    ("HOME", "/tmp"),
    ("LANG", "C.UTF-8"),
    ("PYTHONUNBUFFERED", "1"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
];

impl Program<'_> {
    /// Starts it with a user, a process namespace and a file system of its own, in the network namespace of
    /// the caller. It is ended when its streams are dropped, as at the end of this process.
    ///
    /// Only a process with one thread may call this, because it forks; and only root's, because others have
    /// no rights to give up.
    ///
    /// # Errors
    /// When there are no resources for it. What goes wrong later, such as an interpreter that this machine
    /// lacks, is on its stream of errors.
    pub fn start(&self) -> io::Result<Streams> {
        let (input, theirs) = io::pipe()?;
        let (output, printed) = io::pipe()?;
        let (errors, said) = io::pipe()?;
        let (life, held) = io::pipe()?;
        if fork()?.is_none() {
            let streams = [OwnedFd::from(input), OwnedFd::from(printed), OwnedFd::from(said)];
            drop((theirs, output, errors, held));
            std::process::exit(self.watch(streams, &life));
        }
        let file = |end: OwnedFd| File::from(end);
        Ok(Streams {
            input: file(theirs.into()),
            output: file(output.into()),
            errors: file(errors.into()),
            held,
        })
    }

    /// Starts process 1 of the program's namespace, and waits for its end, or ends it; its exit status.
    fn watch(&self, [input, output, errors]: [OwnedFd; 3], life: &PipeReader) -> i32 {
        let say = errors.try_clone();
        let started = end_with_parent().and_then(|()| {
            // SAFETY: this is the only thread, and no file table is unshared.
            unsafe { unshare_unsafe(UnshareFlags::NEWPID) }.map_err(naming("make namespaces"))?;
            let number = getpid();
            match fork()? {
                Some(first) => Ok(first),
                None => Err(self.become_it(number, [input, output, errors])),
            }
        });
        match started {
            Ok(first) => {
                // The starter has given up its rights meanwhile, so its end sends no signal to this process.
                end_with(life, first);
                status_of(first)
            }
            Err(error) => {
                let _ =
                    say.map(|say| io::Write::write_all(&mut File::from(say), error.to_string().as_bytes()));
                1
            }
        }
    }

    /// Gives up all rights and becomes the program; returns only an error.
    fn become_it(&self, number: Pid, [input, output, errors]: [OwnedFd; 3]) -> io::Error {
        let ready = || {
            super::apart(true)?;
            root::programs(self)?;
            super::limit(self.memory)?;
            super::become_nobody_else(number)?;
            // Other credentials reset it.
            end_with_parent()?;
            set_no_new_privs(true)?;
            SystemCalls::Programs.apply()
        };
        if let Err(error) = ready() {
            return error;
        }
        let mut command = Command::new(self.path);
        command.env_clear().envs(ENVIRONMENT);
        command.stdin(input).stdout(output).stderr(Stdio::from(errors)).exec()
    }
}

/// Continues in two processes: `None` in the new one, its number in the other. Only a process with one thread
/// may call this.
///
/// # Errors
/// When there are no resources for a process.
pub fn fork() -> io::Result<Option<Pid>> {
    // SAFETY: this process has one thread, so its copy is not in the middle of anything.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        number => Ok(Pid::from_raw(number)),
    }
}

/// Waits until a process ends, or ends it once the other end of a pipe is closed.
fn end_with(life: &PipeReader, child: Pid) {
    let kill = || {
        let _ = kill_process(child, Signal::KILL);
    };
    let Ok(process) = pidfd_open(child, PidfdFlags::empty()) else { return kill() };
    loop {
        let mut waits = [PollFd::new(&process, PollFlags::IN), PollFd::new(life, PollFlags::IN)];
        match poll(&mut waits, None) {
            Ok(_) if !waits[0].revents().is_empty() => return,
            Ok(_) if !waits[1].revents().is_empty() => return kill(),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return kill(),
        }
    }
}

fn status_of(child: Pid) -> i32 {
    loop {
        match waitpid(Some(child), WaitOptions::empty()) {
            Ok(Some((_, status))) => return status.exit_status().unwrap_or(1),
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return 1,
        }
    }
}
