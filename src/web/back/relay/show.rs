//! An open terminal reaches its front.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use super::pump::{Pump, Tape};
use super::window::{FIRST_SIZE, Window};
use crate::app::{ErrorKind, Terminal, class};
use crate::model::InstanceName;
use crate::web::back::channel::Asked;
use crate::web::channel::Answer;
use crate::web::role::Role;

/// Shows an open terminal: to others than students as the descriptor itself. To a student it is passed on
/// until it ends. Returns whether it goes on without this function, or its program has ended by itself.
pub fn show(asked: &Asked<'_>, terminal: &Terminal, window: &Arc<Window>, opened: OwnedFd) -> bool {
    if window.open(&opened).is_err() {
        return false;
    }
    match &terminal.instance {
        Some(instance) if asked.grant.role == Role::Student => {
            let passed = passed_on(asked, terminal, instance, window, opened);
            passed.unwrap_or_else(|error| {
                asked.back.audit.note(&format!("the terminal of a student failed: {error}"));
                false
            })
        }
        _ => asked.sink.send(&Answer::Terminal, Some(opened.as_fd())),
    }
}

fn passed_on(
    asked: &Asked<'_>,
    terminal: &Terminal,
    instance: &InstanceName,
    window: &Arc<Window>,
    opened: OwnedFd,
) -> io::Result<bool> {
    let what = format!("recording of {} on {instance}", terminal.node);
    let lost = |why: &str| asked.back.audit.write(Some(&asked.grant), asked.from, &what, why);
    let ended = |error: &io::Error| lost(&format!("ended: {error}"));
    let tape = match class::record(&asked.back.halab.state, instance, terminal, FIRST_SIZE) {
        Ok(recorder) => recorder.map(|recorder| Tape { recorder, lost: &ended }),
        Err(error) => {
            lost(&format!("not begun: {}", error.line()));
            if error.kind == ErrorKind::Usage {
                return Ok(false);
            }
            None
        }
    };
    let is_recorded = tape.is_some();
    let (ours, theirs) = UnixStream::pair()?;
    let pump = Pump::new(window, opened, ours, tape)?;
    asked.sink.send(&Answer::Terminal, Some(theirs.as_fd()));
    drop(theirs);
    if is_recorded {
        asked.sink.message("recorded", None, &true);
    }
    let _listed = asked.back.terminals.list(&asked.grant.name, instance, terminal, window.clone())?;
    Ok(pump.run())
}
