//! Scripts of steps that run as a client of the lab: on this machine, without rights, in the network of the
//! lab's clients.

use std::time::Duration;

use super::setup::Setup;
use crate::base::threads;
use crate::base::words::last_lines;
use crate::probe::run_script_apart;

/// Runs a script to its end.
///
/// # Errors
/// Why it did not end with 0.
pub fn as_client(setup: &Setup<'_>, script: &str, time: Duration) -> Result<(), String> {
    if setup.provider.model().is_some() {
        // A model has no network in which a script could do something.
        return Ok(());
    }
    // The thread stays in the network of the lab's clients, so it is one of its own.
    let ended = std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            setup.provider.enter()?;
            run_script_apart(setup.program, script, time, setup.cancel)
        });
        threads::end(running).map_err(|error| error.to_string())
    })?;
    match ended.status {
        0 => Ok(()),
        status => Err(format!("it ended with {status}: {}", last_lines(&ended.output, 3))),
    }
}
