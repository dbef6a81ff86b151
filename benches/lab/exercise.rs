//! The start of an exercise and the way back to it, compared with a reset of the same lab.

use crate::Row;
use crate::run::{Lab, median, median_of, seconds};

/// An exercise of the lab that is reset.
const EXERCISE: &str = "silent-start";

const TURNS: usize = 7;

pub fn rows(lab: &Lab) -> [Row; 2] {
    lab.time(&["up", "drbd-heartbeat", "--as", "bench"]);
    // Makes, proves and saves the start.
    lab.time(&["start", EXERCISE, "--as", "bench-exercise", "--seed", "1"]);
    let turns: Vec<_> = (0..TURNS)
        .map(|_| {
            lab.time(&["finish", "--lab", "bench-exercise"]);
            let start = lab.time(&["start", EXERCISE, "--as", "bench-exercise", "--seed", "1"]);
            let undo = lab.time(&["undo", "--lab", "bench-exercise"]);
            let reset = lab.time(&["reset", "bench"]);
            eprintln!("start {}, undo {}, reset {}", seconds(start), seconds(undo), seconds(reset));
            (start, undo, reset)
        })
        .collect();
    lab.time(&["finish", "--lab", "bench-exercise"]);
    lab.time(&["down", "bench", "bench-exercise"]);
    let reset = median(turns.iter().map(|turn| turn.2).collect());
    let row = |what, of: fn(&(_, _, _)) -> (std::time::Duration, std::time::Duration)| {
        // Consecutive measurements are compared, because a shared machine changes its speed within minutes.
        let ratios = turns.iter().map(|turn| of(turn).0.div_duration_f64(of(turn).1)).collect();
        let took = median(turns.iter().map(|turn| of(turn).0).collect());
        let ratio = median_of(ratios, f64::total_cmp);
        Row {
            what,
            measured: format!("{ratio:.2} ({} / {})", seconds(took), seconds(reset)),
            promised: "at most 1.5",
        }
    };
    [
        row("lab start of a known start / lab reset", |turn| (turn.0, turn.2)),
        row("lab undo / lab reset", |turn| (turn.1, turn.2)),
    ]
}
