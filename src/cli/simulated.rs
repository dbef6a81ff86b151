//! Terminals of simulated instances: lines that are typed, and the answer to each.

use std::io::IsTerminal as _;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::interrupt;
use crate::app::{AppError, Exec, exec};
use crate::model::{InstanceName, NodeName};

/// How long one wait lasts before Ctrl-C is checked.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// A shell on a node, line by line until its input ends; or one command in it. Its status is that of the last
/// command.
///
/// # Errors
/// When the node does not answer, or the user stops it.
pub fn terminal(
    context: &Context,
    instance: Option<&InstanceName>,
    node: &NodeName,
    command: &[String],
) -> Result<Exit, CliError> {
    let run = |command: Vec<String>| {
        let (instance, node) = (instance.cloned(), Some(node.clone()));
        let ran = context.run(&Exec { instance, node, command, timeout_s: exec::DAY_S })?;
        Ok::<i32, CliError>(ran.first().map(|ran| ran.status).unwrap_or_default())
    };
    if !command.is_empty() {
        return run(command.to_vec()).map(exit);
    }
    let prompt = || match std::io::stdin().is_terminal() {
        true => context.ui.print_bytes(format!("root@{node}:~# ").as_bytes()).map_err(CliError::Output),
        false => Ok(()),
    };
    interrupt::listen_for_the_end();
    prompt()?;
    let mut status = 0;
    lines(&mut |line| {
        status = run(vec![line.to_owned()])?;
        let goes_on = line.split_whitespace().next() != Some("exit");
        if goes_on { prompt().map(|()| true) } else { Ok(false) }
    })?;
    Ok(exit(status))
}

/// Every line that is typed at a console comes back, until the input ends or Ctrl-C.
///
/// # Errors
/// When it cannot be read or printed.
pub fn echo(context: &Context) -> Result<(), CliError> {
    lines(&mut |line| context.ui.print(line).map(|()| true).map_err(CliError::Output))
}

/// Passes on each line of the input, until it ends, the lines are no longer wanted, or Ctrl-C.
fn lines(take: &mut dyn FnMut(&str) -> Result<bool, CliError>) -> Result<(), CliError> {
    let unreadable =
        |error: std::io::Error| CliError::from(AppError::failed("the input cannot be read").because(error));
    let stdin = std::io::stdin();
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    while !interrupt::cancel().asked() {
        let ready = poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&TICK));
        if !ready.is_ok_and(|count| count > 0) {
            continue;
        }
        // Read without the buffer of the standard library, whose content poll does not report.
        let count = rustix::io::read(&stdin, &mut part).map_err(|errno| unreadable(errno.into()))?;
        bytes.extend_from_slice(part.get(..count).unwrap_or_default());
        // The last line may lack its line end.
        if count == 0 && !bytes.is_empty() {
            bytes.push(b'\n');
        }
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = bytes.drain(..=end).collect();
            if !take(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']))? {
                return Ok(());
            }
        }
        if count == 0 {
            return Ok(());
        }
    }
    Ok(())
}

/// The exit status of a command as that of this program.
pub fn exit(status: i32) -> Exit {
    Exit(u8::try_from(status).unwrap_or(u8::MAX))
}
