//! Limits of a drill file: a drill ends within about a day, and its report has room for all of its parts.

use std::ops::Range;

use toml::Spanned;

use super::action::ActionWord;
use super::check::Checker;
use super::step_table::StepTable;
use crate::base::text::one_line;
use crate::model::drill::MOST_PARTS;
use crate::model::{Millis, StepName};

/// The longest duration of a drill: logs of nodes are followed for a day.
const LONGEST: Millis = Millis::seconds(24 * 3600);

impl Checker<'_> {
    /// Reports excessive counts and durations, and a title that is not a line of text.
    pub fn limits(&mut self) {
        let file = self.file;
        if one_line(&file.title) != file.title {
            let help = "take out line breaks, control characters and marks of direction";
            self.error(file.name.span(), "the title of the drill is not one line of text", help);
        }
        self.count("loads", file.load.keys().map(Spanned::span));
        self.count("measurements", file.measure.keys().map(Spanned::span));
        self.count("ramps", file.ramp.keys().map(Spanned::span));
        self.count("steps", file.step.keys().map(Spanned::span));
        for (name, table) in self.step_tables() {
            self.times_of(name, table);
        }
        let (steady, settle) = (&file.steady, file.settle());
        self.time(file.name.span(), "`within` of `[steady]`", steady.within);
        self.time(steady.baseline.span(), "`baseline`", *steady.baseline.get_ref());
        self.time(file.name.span(), "`within` of `[settle]`", settle.within);
        self.time(file.name.span(), "`calm` of `[settle]`", settle.calm);
    }

    fn count(&mut self, what: &str, places: impl Iterator<Item = Range<usize>>) {
        let mut places: Vec<Range<usize>> = places.collect();
        places.sort_by_key(|place| place.start);
        if let Some(first) = places.get(MOST_PARTS) {
            let message = format!("the drill has {} {what}", places.len());
            self.error(
                first.clone(),
                message,
                format!("at most {MOST_PARTS} are possible: make several drills"),
            );
        }
    }

    fn times_of(&mut self, name: &Spanned<StepName>, table: &StepTable) {
        let keys = [
            ("`at`", &table.at),
            ("`delay`", &table.delay),
            ("`within`", &table.within),
            ("`hold`", &table.hold),
        ];
        for (key, time) in keys {
            if let Some(time) = time {
                self.time(time.span(), key, *time.get_ref());
            }
        }
        if let ActionWord::Fault(row) = table.action.get_ref()
            && let (Some(ends), Some(time)) = (row.ends, row.lasts(&table.said()))
        {
            self.time(table.place(ends.after), &format!("`{}`", ends.after), time);
        }
        self.time(name.span(), "`jitter`", table.jitter);
    }

    fn time(&mut self, place: Range<usize>, key: &str, time: Millis) {
        if time > LONGEST {
            self.error(place, format!("{key} cannot be {time}"), format!("write at most `\"{LONGEST}\"`"));
        }
    }
}
