//! Ctrl-C and the signals to terminate: the first cancels the operation cleanly, the second ends the process
//! at once.
//!
//! Signals belong to the process, and so does this module; the operation knows only its [`Cancel`].

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::exit::Exit;
use crate::app::Cancel;

/// Cancels the one operation of this process.
static CANCEL: LazyLock<Cancel> = LazyLock::new(Cancel::default);
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// What the second interrupt reports as left behind; none while signals are not handled.
static LEFT: Mutex<Option<String>> = Mutex::new(None);
/// Whether the first interrupt is the ordinary way to end, and needs no message.
static ORDINARY: AtomicBool = AtomicBool::new(false);

/// The cancellation that Ctrl-C requests.
pub fn cancel() -> &'static Cancel {
    &CANCEL
}

/// Begins or continues to handle signals. `left` is what the second interrupt reports as left behind.
pub fn listen(left: &str) {
    let before = LEFT.lock().unwrap_or_else(PoisonError::into_inner).replace(left.to_owned());
    if before.is_none() {
        // If this fails, Ctrl-C ends the process at once, as it does before anything is at risk.
        let _ = ctrlc::set_handler(on_signal);
    }
}

/// Begins to handle signals, for a command that runs until it is interrupted.
pub fn listen_for_the_end() {
    ORDINARY.store(true, Ordering::SeqCst);
    listen("nothing is left");
}

fn on_signal() {
    CANCEL.ask();
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
