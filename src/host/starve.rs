//! Limits a machine's processor time: a helper process alternately stops and continues it (`lab __starve`,
//! internal).
//!
//! A control group would do the same, but on many hosts only the service manager can create one. The period
//! is a tenth of a second, as of the kernel's own quota.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::HostError;
use crate::base::process::Process;

/// The hidden subcommand: `__starve PID STARTED PERCENT FILE`.
const SUBCOMMAND: &str = "__starve";

/// The period.
const TURN: Duration = Duration::from_millis(100);

/// The number of samples of a process's state, and the time between them.
const LOOKS: u32 = 150;
const BETWEEN_LOOKS: Duration = Duration::from_micros(7_300);

/// How long the file may take to name the helper.
const NOTE_LIMIT: Duration = Duration::from_secs(10);

/// How long the helper may take to end.
const END_LIMIT: Duration = Duration::from_secs(5);

/// Runs the hidden subcommand; `None` for other arguments.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    let [_, subcommand, pid, started, share, file] = arguments else { return None };
    if subcommand != SUBCOMMAND {
        return None;
    }
    let numbers = [pid, started, share].map(|word| word.to_str().and_then(|word| word.parse::<u64>().ok()));
    let [Some(pid), Some(started), Some(share)] = numbers else { return Some(ExitCode::FAILURE) };
    let (Ok(pid), Ok(share)) = (pid.try_into(), share.try_into()) else { return Some(ExitCode::FAILURE) };
    let file = Path::new(file);
    if !is_noted(file) {
        return Some(ExitCode::FAILURE);
    }
    Some(match by_turns(Process { pid, started }, share, || is_me(file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

/// Waits until the file names this process. If the starting process was killed before it could write the
/// file, the helper could not be found again, so it must not start.
fn is_noted(file: &Path) -> bool {
    let until = Instant::now() + NOTE_LIMIT;
    while !is_me(file) {
        if Instant::now() >= until {
            return false;
        }
        std::thread::sleep(TURN / 10);
    }
    true
}

/// Whether the file names this process.
fn is_me(file: &Path) -> bool {
    Process::read(file).is_some_and(|named| Some(named) == Process::of(std::process::id() as i32))
}

/// Alternately stops and continues a process until it ends or `goes_on` returns false.
fn by_turns(process: Process, share: u32, goes_on: impl Fn() -> bool) -> Result<(), HostError> {
    let runs = TURN * share.min(100) / 100;
    while process.is_alive() && goes_on() {
        process.signal(Signal::STOP)?;
        std::thread::sleep(TURN.saturating_sub(runs));
        process.signal(Signal::CONT)?;
        std::thread::sleep(runs);
    }
    Ok(())
}

/// Starts to limit a process to a share of its time, in percent; `file` records the helper.
///
/// # Errors
/// When the helper cannot be started, or the file cannot be written.
pub fn begin(process: Process, share: u32, file: &Path) -> Result<(), HostError> {
    end(Some(process), file)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(SUBCOMMAND).args([process.pid.to_string(), process.started.to_string(), share.to_string()]);
    command.arg(file);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C in the terminal must not reach it; it ends on request only.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command.spawn().map_err(|source| HostError::Tool { tool: "lab".to_owned(), source })?;
    let starver = Process::of(child.id() as i32);
    crate::base::write::until_restart(file, &serde_json::to_vec(&starver).unwrap_or_default())?;
    Ok(())
}

/// Whether the helper in this file is running.
pub fn goes_on(file: &Path) -> bool {
    Process::read(file).is_some_and(|starver| starver.is_alive())
}

/// Samples a process for about a second: the number of samples in which it was not stopped, and of all
/// samples. The interval is no multiple of the period, so the samples cover it evenly.
pub fn watch(process: Process) -> (u32, u32) {
    let running = (0..LOOKS).filter(|_| {
        std::thread::sleep(BETWEEN_LOOKS);
        !process.is_stopped()
    });
    (u32::try_from(running.count()).unwrap_or(LOOKS), LOOKS)
}

/// Ends the helper, if it exists, and lets the process continue.
///
/// # Errors
/// When the helper does not end, or the file cannot be deleted.
pub fn end(process: Option<Process>, file: &Path) -> Result<(), HostError> {
    if let Some(starver) = Process::read(file) {
        starver.kill_and_wait(END_LIMIT)?;
    }
    if let Some(process) = process {
        process.signal(Signal::CONT)?;
    }
    match fs_err::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_starved_process_stands_still_most_of_the_time_and_goes_on_afterwards() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process::of(child.id() as i32).unwrap();
        let starving = std::thread::spawn(move || by_turns(process, 10, || true));
        let (running, looks) = watch(process);
        assert!(running < looks / 2, "ran in {running} of {looks} looks");
        process.kill_and_wait(END_LIMIT).unwrap();
        child.wait().unwrap();
        starving.join().unwrap().unwrap();
    }

    #[test]
    fn a_process_is_starved_only_while_a_file_says_who_does_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("starve.json");
        assert!(!is_me(&file));
        let me = Process::of(std::process::id() as i32).unwrap();
        let other = Process { started: me.started + 1, ..me };
        fs_err::write(&file, serde_json::to_vec(&other).unwrap()).unwrap();
        assert!(!is_me(&file));
        fs_err::write(&file, serde_json::to_vec(&me).unwrap()).unwrap();
        assert!(is_noted(&file) && is_me(&file));

        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process::of(child.id() as i32).unwrap();
        fs_err::remove_file(&file).unwrap();
        by_turns(process, 10, || is_me(&file)).unwrap();
        assert!(!process.is_stopped());
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
