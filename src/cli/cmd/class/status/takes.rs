//! What an instance takes of the machine, as a line of the board.

use crate::app::class::{Board, Takes};
use crate::app::size;
use crate::base::text::one_line;
use crate::cli::ui::bold;

/// The largest figures of a board; none where there are not two to compare.
pub struct Most {
    memory: Option<u64>,
    disk: Option<u64>,
    processor: Option<u64>,
}

impl Most {
    pub fn of(board: &Board) -> Self {
        let all: Vec<&Takes> = board.seats.iter().filter_map(|row| row.takes.as_ref()).collect();
        Self { memory: most(&all, memory), disk: most(&all, disk), processor: most(&all, processor) }
    }

    /// The line of an instance: the figures that are known, each marked if no other instance takes more.
    pub fn line(&self, takes: &Takes) -> String {
        let marked = |text: String, value: u64, most: Option<u64>| {
            if most == Some(value) { format!("{} (most)", bold(text)) } else { text }
        };
        let percent = |value: u64| format!("{value} % of a processor");
        let figures = [
            memory(takes).map(|it| marked(format!("{} of memory", size(it)), it, self.memory)),
            disk(takes).map(|it| marked(format!("{} of the disk", size(it)), it, self.disk)),
            processor(takes).map(|it| marked(percent(it), it, self.processor)),
        ];
        let figures: Vec<String> = figures.into_iter().flatten().collect();
        let mut line = String::new();
        if !figures.is_empty() {
            line += &format!("takes {}\n", figures.join(", "));
        }
        if let Some(why) = &takes.paused {
            line += &format!("{}: {}\n", bold("paused"), one_line(why));
        }
        line
    }
}

fn most(all: &[&Takes], of: fn(&Takes) -> Option<u64>) -> Option<u64> {
    let known: Vec<u64> = all.iter().filter_map(|takes| of(takes)).collect();
    known.iter().copied().max().filter(|most| *most > 0 && known.iter().any(|other| other < most))
}

fn memory(takes: &Takes) -> Option<u64> {
    takes.memory
}

fn disk(takes: &Takes) -> Option<u64> {
    takes.disk.map(|disk| disk.all())
}

fn processor(takes: &Takes) -> Option<u64> {
    takes.processor.map(u64::from)
}
