//! The clock of a class: performs what an open class needs without a command.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Back, meter};
use crate::app::class::{self, Changes, Clock};
use crate::app::history::{self, Standing};
use crate::app::{Cancel, Halab};
use crate::base::lock::Lock;

/// How often the clock looks while a class is open. What students and teachers do, and the moments of the
/// class, are awaited. But the end of a machine, or of an operation of an earlier server, is no event here;
/// and a lock that another server gives back cannot be awaited beside other things.
const LOOK: Duration = Duration::from_millis(500);

/// In whose name the clock acts.
const NAME: &str = "the clock of the class";

/// The clock of a server.
struct Clockwork {
    halab: Halab,
    clock: Clock,
    /// What waits for changes of classes.
    changes: Changes,
    /// The right to be the clock of this state folder, once no other server has it.
    only: Option<Lock>,
    /// Whether it has that right, for what else a single server does.
    has_clock: Arc<AtomicBool>,
    /// The operations that it has begun and that run.
    begun: Vec<String>,
    /// The last trouble that the audit has.
    reported: String,
}

/// Starts the clock. It ends when the page does; what it has begun goes on. Of several servers on one state
/// folder, one has the clock.
pub fn start(back: &Arc<Back>, cancel: &Cancel) {
    let halab = Halab { who: NAME.to_owned(), ..back.halab.clone() };
    let has_clock = Arc::new(AtomicBool::new(false));
    meter::start(back, halab.clone(), has_clock.clone(), cancel);
    let (back, cancel) = (back.clone(), cancel.clone());
    std::thread::spawn(move || {
        let mut clockwork = Clockwork {
            halab,
            clock: Clock::default(),
            changes: Changes::of(&back.halab.state),
            only: None,
            has_clock,
            begun: Vec::new(),
            reported: String::new(),
        };
        while !cancel.asked() {
            // A class without a clock hands nothing in: it goes on after a panic, but not at once.
            if !back.alarm.guard("the clock of the class", || clockwork.turn(&back, &cancel)) {
                cancel.wait_for(LOOK);
            }
        }
    });
}

impl Clockwork {
    /// Orders what is due, and waits until something may be.
    fn turn(&mut self, back: &Back, cancel: &Cancel) {
        let halab = &self.halab;
        self.changes.watch();
        self.only = self.only.take().or_else(|| class::clock_lock(&halab.state));
        self.begun
            .retain(|id| history::find(halab, id).is_ok_and(|found| found.standing() == Standing::Running));
        let is_clock = self.only.is_some();
        self.has_clock.store(is_clock, Ordering::Relaxed);
        let due = if is_clock { self.clock.due(halab, self.begun.len()) } else { Ok(Vec::new()) };
        match due {
            Ok(requests) => {
                for request in requests {
                    self.begun.extend(super::operation::begun(halab, &request));
                }
            }
            // Without the clock nothing is saved and no deadline comes.
            Err(error) if error.line() != self.reported => {
                self.reported = error.line();
                back.alarm.raise(&format!("the clock of the class stands still: {}", self.reported));
            }
            Err(_) => {}
        }
        let next = class::next_moment(&halab.state);
        let looks = !is_clock || next.is_open || !self.begun.is_empty();
        let bell: Vec<_> = cancel.bell().into_iter().collect();
        self.changes.wait(next.at, looks.then_some(LOOK), &bell);
    }
}
