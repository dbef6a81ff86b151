//! The clock of a class: performs what an open class needs without a command.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Back, meter};
use crate::app::class::{self, Clock};
use crate::app::history::{self, Standing};
use crate::app::{Cancel, Halab};

/// How often the clock looks. Pausing all machines at a deadline takes less than a second as well.
const TICK: Duration = Duration::from_millis(500);

/// In whose name the clock acts.
const NAME: &str = "the clock of the class";

/// Starts the clock. It ends when the page does; what it has begun goes on. Of several servers on one state
/// folder, one has the clock.
pub fn start(back: &Arc<Back>, cancel: &Cancel) {
    let halab = Halab { who: NAME.to_owned(), ..back.halab.clone() };
    let has_clock = Arc::new(AtomicBool::new(false));
    meter::start(back, halab.clone(), has_clock.clone(), cancel);
    let (back, cancel) = (back.clone(), cancel.clone());
    std::thread::spawn(move || {
        let (mut clock, mut begun, mut only) = (Clock::default(), Vec::new(), None);
        let mut reported = String::new();
        while !cancel.asked() {
            only = only.or_else(|| class::clock_lock(&halab.state));
            has_clock.store(only.is_some(), Ordering::Relaxed);
            begun.retain(|id: &String| {
                history::find(&halab, id).is_ok_and(|found| found.standing() == Standing::Running)
            });
            let due = if only.is_some() { clock.due(&halab, begun.len()) } else { Ok(Vec::new()) };
            match due {
                Ok(requests) => {
                    for request in requests {
                        begun.extend(super::operation::begun(&halab, &request));
                    }
                }
                // Without the clock nothing is saved and no deadline comes.
                Err(error) if error.line() != reported => {
                    reported = error.line();
                    back.audit.note(&format!("the clock of the class stands still: {reported}"));
                }
                Err(_) => {}
            }
            std::thread::sleep(TICK);
        }
    });
}
