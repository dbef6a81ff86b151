//! Ctrl-C, and the signals that ask to end: the first asks the operation to stop cleanly, the second ends at once.
//!
//! Signals belong to the process, and so does this; the operation knows only its [`Cancel`].

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::exit::Exit;
use crate::app::Cancel;

/// The wish of this process's user that its one operation stops.
static CANCEL: LazyLock<Cancel> = LazyLock::new(Cancel::default);
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// What the second interrupt says is left behind; none while nothing listens.
static LEFT: Mutex<Option<String>> = Mutex::new(None);
/// Whether the first interrupt is the ordinary way to end, and needs no words.
static ORDINARY: AtomicBool = AtomicBool::new(false);

/// What Ctrl-C asks to stop.
pub fn cancel() -> &'static Cancel {
    &CANCEL
}

/// Starts to listen, or goes on to. `left` is what the second interrupt says is left behind.
pub fn listen(left: &str) {
    let before = LEFT.lock().unwrap_or_else(PoisonError::into_inner).replace(left.to_owned());
    if before.is_none() {
        // Without it Ctrl-C ends the process at once, as it does before anything is at risk.
        let _ = ctrlc::set_handler(on_signal);
    }
}

/// Starts to listen, for a command that goes on until it is interrupted.
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
