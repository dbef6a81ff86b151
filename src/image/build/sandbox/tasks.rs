//! What process 1 of a sandbox does.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use rustix::process::{WaitOptions, chdir, chroot, wait};

use super::{Job, TREE, Task, View, processes};
use crate::base::confined::fork;
use crate::base::failure;

/// Does the task of a job in the sandbox that this process is in.
///
/// # Errors
/// When the program cannot be started.
pub fn perform(job: &Job) -> io::Result<ExitCode> {
    match &job.task {
        Task::Program { words, folder } => program(job.view, words, folder),
        Task::Inside(inside) => {
            let done = inside.perform(&Path::new("/").join(TREE));
            Ok(done.map_or_else(
                |error| {
                    super::say(&failure::chain(&error));
                    ExitCode::FAILURE
                },
                |()| ExitCode::SUCCESS,
            ))
        }
    }
}

/// Runs a program, and buries the processes that it leaves.
///
/// In a root tree its root is another than that of process 1, as it would be with chroot: by that, scripts of
/// packages know that no system runs.
fn program(view: View, words: &[String], folder: &str) -> io::Result<ExitCode> {
    let Some(child) = fork()? else {
        if view == View::Tree {
            chroot(format!("/{TREE}"))?;
        }
        chdir(folder)?;
        let Some((program, arguments)) = words.split_first() else {
            return Err(io::Error::other("no program"));
        };
        return Err(Command::new(program).args(arguments).stdin(Stdio::null()).exec());
    };
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((ended, status))) if ended == child => return Ok(processes::code(status)),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
