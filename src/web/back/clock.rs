//! The clock of a class: performs what an open class needs without a command.

use std::time::Duration;

use crate::app::class::Clock;
use crate::app::history::{self, Standing};
use crate::app::{Cancel, Halab};

/// How often the clock looks. Pausing all machines at a deadline takes less than a second as well.
const TICK: Duration = Duration::from_millis(500);

/// In whose name the clock acts.
const NAME: &str = "the clock of the class";

/// Starts the clock. It ends when the page does; what it has begun goes on.
pub fn start(halab: &Halab, cancel: &Cancel) {
    let (halab, cancel) = (Halab { who: NAME.to_owned(), ..halab.clone() }, cancel.clone());
    std::thread::spawn(move || {
        let (mut clock, mut begun) = (Clock::default(), Vec::new());
        while !cancel.asked() {
            begun.retain(|id: &String| {
                history::find(&halab, id).is_ok_and(|found| found.standing() == Standing::Running)
            });
            // A folder that cannot be used is reported to the teacher, who looks at the class.
            for request in clock.due(&halab, begun.len()).unwrap_or_default() {
                begun.extend(super::operation::begun(&halab, &request));
            }
            std::thread::sleep(TICK);
        }
    });
}
