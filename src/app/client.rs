//! A command of this machine, run as a client of a lab.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::{AppError, ErrorKind};
use super::event::{Raw, What};
use super::exec::{DAY_S, LONGEST_S};
use super::job::Job;
use super::request::Request;
use super::{network, provider};
use crate::model::InstanceName;
use crate::provider::Part;

/// How long one wait for the command's end lasts before the limits are checked.
const TICK: Duration = Duration::from_millis(50);

/// How long one wait for output lasts before the end of the command is checked.
const PIECE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// Output beyond this is emitted as events and left out of the outcome, in bytes for each stream.
const KEPT: usize = 1 << 20;

/// Runs a command of this machine in the network of an instance, without a terminal and without input. Its
/// output is emitted as [`What::ClientOutput`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Client {
    /// The program and its arguments. A simulated lab knows `curl` and `ping`.
    pub command: Vec<String>,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// After how many seconds the command is killed, at most [`LONGEST_S`].
    #[serde(default = "day")]
    pub timeout_s: u64,
    /// The user with whose rights it runs, by number. Default: that of this process.
    #[serde(default)]
    pub user: Option<u32>,
}

fn day() -> u64 {
    DAY_S
}

/// The result of a client's command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRan {
    /// Its exit status; 128 and the signal's number when a signal ended it.
    pub status: i32,
    /// The beginning of its standard output, at most 1 MiB.
    pub output: String,
    /// The beginning of its standard error, at most 1 MiB.
    pub errors: String,
}

impl Request for Client {
    type Outcome = ClientRan;
    const NAME: &'static str = "client";

    fn perform(&self, job: &Job) -> Result<ClientRan, AppError> {
        let name = job.choose(self.instance.as_ref())?;
        let instance = job.describe(&name)?;
        let [program, arguments @ ..] = self.command.as_slice() else {
            return Err(AppError::usage("there is no command to run"));
        };
        let provider = provider::of(job, &instance)?;
        if let Some(model) = provider.model() {
            let ran = model.client(&instance.lab, &self.command);
            let (mut output, mut errors) = (Vec::new(), Vec::new());
            for part in ran.parts {
                match part {
                    Part::Out(text) => keep(job, &mut output, false, text.as_bytes()),
                    Part::Err(text) => keep(job, &mut errors, true, text.as_bytes()),
                    // The milliseconds of a model are not waited for.
                    Part::Sleep(_) => {}
                }
            }
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            return Ok(ClientRan { status: ran.status, output: text(output), errors: text(errors) });
        }
        let user = network::client_user(self.user)?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0);
        let limit = Duration::from_secs(self.timeout_s.min(LONGEST_S));
        // A thread that has entered the network stays in it, and its child processes start in it.
        std::thread::scope(|scope| {
            let running = scope.spawn(move || {
                network::enter(provider.as_ref(), &name)?;
                network::run_as(user.as_ref(), &mut command);
                run(job, command, limit)
            });
            running.join().unwrap_or_else(|_| Err(AppError::failed("a thread of `lab client` panicked")))
        })
    }
}

/// Keeps the beginning of a stream, and emits all of it.
fn keep(job: &Job, kept: &mut Vec<u8>, error: bool, bytes: &[u8]) {
    let room = KEPT.saturating_sub(kept.len()).min(bytes.len());
    kept.extend_from_slice(bytes.get(..room).unwrap_or_default());
    job.emit(What::ClientOutput { error, bytes: Raw(bytes.to_vec()) });
}

fn run(job: &Job, mut command: Command, limit: Duration) -> Result<ClientRan, AppError> {
    let program = command.get_program().display().to_string();
    let failed = |error: io::Error| AppError::failed(format!("`{program}` cannot be run")).because(error);
    let mut child = command.spawn().map_err(failed)?;
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let output = scope.spawn(|| read(job, output, false, &ended));
        let errors = scope.spawn(|| read(job, errors, true, &ended));
        let status = wait(job, &mut child, limit, &program);
        ended.store(true, Ordering::Relaxed);
        let text = |thread: std::thread::ScopedJoinHandle<'_, Vec<u8>>| {
            String::from_utf8_lossy(&thread.join().unwrap_or_default()).into_owned()
        };
        let (output, errors) = (text(output), text(errors));
        let status = status?;
        let status = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
        Ok(ClientRan { status, output, errors })
    })
}

/// Reads a stream to its end, or until the command has ended and nothing more has come for a moment: a
/// background process of the command may keep the stream open.
fn read(job: &Job, stream: Option<impl Read + AsFd>, error: bool, ended: &AtomicBool) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut bytes = [0; 8192];
    let Some(mut stream) = stream else { return kept };
    loop {
        let over = ended.load(Ordering::Relaxed);
        match poll(&mut [PollFd::new(&stream, PollFlags::IN)], Some(&PIECE)) {
            Ok(0) if over => return kept,
            Ok(0) | Err(Errno::INTR) => continue,
            Ok(_) => {}
            Err(_) => return kept,
        }
        match stream.read(&mut bytes) {
            Ok(count @ 1..) => keep(job, &mut kept, error, bytes.get(..count).unwrap_or_default()),
            Ok(0) | Err(_) => return kept,
        }
        if job.asked_to_stop() && over {
            return kept;
        }
    }
}

/// Waits for the end of a process, which is killed with its group at the limit or on cancellation.
fn wait(job: &Job, child: &mut Child, limit: Duration, program: &str) -> Result<ExitStatus, AppError> {
    let group = rustix::process::Pid::from_child(child);
    let end = Instant::now() + limit;
    std::thread::scope(|scope| {
        let (ended, ends) = channel();
        scope.spawn(move || ended.send(child.wait()));
        let mut why = None;
        loop {
            match ends.recv_timeout(TICK) {
                Ok(status) => {
                    let status = status.map_err(|error| {
                        AppError::failed(format!("cannot wait for the end of `{program}`")).because(error)
                    });
                    return why.map_or(status, Err);
                }
                Err(RecvTimeoutError::Timeout) if why.is_some() => {}
                Err(RecvTimeoutError::Timeout) if job.asked_to_stop() => {
                    why = Some(AppError::new(ErrorKind::Interrupted, "stopped"));
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() >= end => {
                    let limit = limit.as_secs();
                    why = Some(AppError::failed(format!("`{program}` did not end within {limit} s")));
                }
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(AppError::failed("a thread of `lab client` panicked"));
                }
            }
            // The process may have ended in the meantime.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Halab;

    #[test]
    fn a_process_in_the_background_is_not_waited_for() {
        let job = Halab::at("/nowhere").quiet_job();
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 30 & echo $!; echo ä >&2; exit 3"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let begun = Instant::now();
        let ran = run(&job, command, Duration::from_secs(60)).unwrap();
        assert_eq!((ran.status, ran.errors.as_str()), (3, "ä\n"));
        assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
        let left = rustix::process::Pid::from_raw(ran.output.trim().parse().unwrap()).unwrap();
        rustix::process::kill_process(left, rustix::process::Signal::KILL).unwrap();
    }
}
