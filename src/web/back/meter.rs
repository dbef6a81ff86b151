//! Measures what the instances of an open class take, and pauses one that fills the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Back;
use crate::app::class::Meter;
use crate::app::{Cancel, Halab};

/// How often it measures. With thirty instances, a turn takes some hundredths of a second.
const TURN: Duration = Duration::from_secs(5);

/// How often a server without the clock looks whether it has it.
const LOOK: Duration = Duration::from_millis(250);

/// Measures until the server ends, while it has the clock of the classes: of several servers on one state
/// folder, one does.
pub fn start(back: &Arc<Back>, halab: Halab, has_clock: Arc<AtomicBool>, cancel: &Cancel) {
    let (back, cancel) = (back.clone(), cancel.clone());
    std::thread::spawn(move || {
        let (mut meter, mut reported) = (Meter::default(), String::new());
        while !cancel.asked() {
            if !has_clock.load(Ordering::Relaxed) {
                cancel.wait_for(LOOK);
                continue;
            }
            match meter.turn(&halab) {
                Ok(Some(hold)) => {
                    let what = format!("{} is paused: {}", hold.instance, hold.why());
                    let done = super::operation::begun(&halab, &hold.into());
                    let done = done.unwrap_or_else(|error| format!("failed: {}", error.line()));
                    back.audit.note(&format!("{what} ({done})"));
                }
                Ok(None) => {}
                Err(error) if error.line() != reported => {
                    reported = error.line();
                    back.audit.note(&format!("what the class takes cannot be measured: {reported}"));
                }
                Err(_) => {}
            }
            cancel.wait_for(TURN);
        }
    });
}
