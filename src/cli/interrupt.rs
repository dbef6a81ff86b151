//! Ctrl-C, and the signals that ask to end: the first asks the running work to stop cleanly, the second ends at once.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::error::CliError;
use super::exit::Exit;

/// Set by the first interrupt; work that takes long looks at it.
static CANCEL: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// What the second interrupt says may be left behind; none while nothing listens.
static LEFT: Mutex<Option<String>> = Mutex::new(None);
/// Whether the first interrupt is the ordinary way to end, and needs no words.
static ORDINARY: AtomicBool = AtomicBool::new(false);

/// The flag that long work looks at.
pub fn flag() -> &'static AtomicBool {
    &CANCEL
}

/// Whether the user asked to stop.
pub fn asked() -> bool {
    CANCEL.load(Ordering::SeqCst)
}

/// Starts to listen, or goes on to. `left` is what the second interrupt says may be left behind.
///
/// # Errors
/// When the signals cannot be caught.
pub fn listen(left: impl Into<String>) -> Result<(), CliError> {
    let before = LEFT.lock().unwrap_or_else(PoisonError::into_inner).replace(left.into());
    if before.is_some() {
        return Ok(());
    }
    ctrlc::set_handler(on_signal).map_err(|error| CliError::failed("signals cannot be caught").because(error))
}

/// Starts to listen, for a command that goes on until it is interrupted.
///
/// # Errors
/// When the signals cannot be caught.
pub fn listen_for_the_end() -> Result<(), CliError> {
    ORDINARY.store(true, Ordering::SeqCst);
    listen("nothing is left")
}

fn on_signal() {
    CANCEL.store(true, Ordering::SeqCst);
    let mut out = anstream::stderr();
    if COUNT.fetch_add(1, Ordering::SeqCst) == 0 {
        if !ORDINARY.load(Ordering::SeqCst) {
            let _ = writeln!(out, "\nstopping; press Ctrl-C again to end at once");
        }
        return;
    }
    let left = LEFT.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default();
    let _ = writeln!(out, "\nended at once; {left}");
    end();
}

#[expect(clippy::exit, reason = "the user asked twice: waiting for threads is what they do not want")]
fn end() {
    std::process::exit(Exit::INTERRUPTED.0.into());
}
