//! Starving a machine of its processor: a process that stops and continues another by turns (`lab __starve`, never typed
//! by a person).
//!
//! A control group would do the same, but many hosts let nobody but their service manager make one. Each turn is a tenth
//! of a second, as the kernel's own quota has it.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::HostError;
use crate::base::process::Process;

/// The hidden subcommand: `__starve PID STARTED PERCENT FILE`.
const SUBCOMMAND: &str = "__starve";

/// One turn.
const TURN: Duration = Duration::from_millis(100);

/// How often a process is looked at, and how long after each other.
const LOOKS: u32 = 150;
const BETWEEN_LOOKS: Duration = Duration::from_micros(7_300);

/// How long it may take until the file names the one that starves.
const NOTE_LIMIT: Duration = Duration::from_secs(10);

/// How long the end of the one that starves may take.
const END_LIMIT: Duration = Duration::from_secs(5);

/// Runs the hidden subcommand. None when the arguments are not those.
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

/// Waits until the file names this process. Whoever started it may have been killed before it could write the file; then
/// nobody knows whom to end, and nothing must be begun.
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

/// Stops and continues a process by turns until it ends, or is not to be starved any more.
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

/// Begins to starve a process down to a share of its time, in percent; `file` remembers who does it.
///
/// # Errors
/// When this program cannot be started once more, or the file cannot be written.
pub fn begin(process: Process, share: u32, file: &Path) -> Result<(), HostError> {
    end(Some(process), file)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(SUBCOMMAND).args([process.pid.to_string(), process.started.to_string(), share.to_string()]);
    command.arg(file);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C in the terminal is not for it: who began it ends it.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command.spawn().map_err(|source| HostError::Tool { tool: "lab".to_owned(), source })?;
    let starver = Process::of(child.id() as i32);
    crate::base::write::until_restart(file, &serde_json::to_vec(&starver).unwrap_or_default())?;
    Ok(())
}

/// Whether somebody starves, by this file.
pub fn goes_on(file: &Path) -> bool {
    Process::read(file).is_some_and(|starver| starver.is_alive())
}

/// Looks at a process for about a second: in how many of how many looks it was not stopped. The times between them are
/// no part of a turn, so that they fall on all of it alike.
pub fn watch(process: Process) -> (u32, u32) {
    let running = (0..LOOKS).filter(|_| {
        std::thread::sleep(BETWEEN_LOOKS);
        !process.is_stopped()
    });
    (u32::try_from(running.count()).unwrap_or(LOOKS), LOOKS)
}

/// Ends the starving of a process, which goes on then. That nobody starves it is fine.
///
/// # Errors
/// When the one that starves would not end, or the file cannot be deleted.
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
