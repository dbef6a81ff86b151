//! The drill as a drawing of a few lines.

use super::analysis::Analysis;
use super::tally::HolderSegment;
use crate::model::NodeName;
use crate::record::Nanos;

/// The width of the names on the left, in characters.
const MARGIN: usize = 9;

/// The fewest characters between two numbers of the scale.
const TICK: usize = 10;

/// Time as columns.
struct Scale {
    length: Nanos,
    columns: usize,
}

impl Scale {
    fn column(&self, time: Nanos) -> usize {
        let column = (time.0 as u128 * self.columns as u128 / u128::from(self.length.0.max(1))) as usize;
        column.min(self.columns - 1)
    }

    /// The times of a column.
    fn times(&self, column: usize) -> (Nanos, Nanos) {
        let at =
            |column: usize| Nanos((u128::from(self.length.0) * column as u128 / self.columns as u128) as u64);
        (at(column), at(column + 1))
    }
}

/// Draws what clients got, who held the address and what was done, one above the other.
pub fn draw(analysis: &Analysis, width: usize) -> String {
    if analysis.availability.is_none() {
        return String::new();
    }
    let scale = Scale { length: analysis.subject.length, columns: width.saturating_sub(MARGIN + 4) };
    let mut out = String::from("\n");
    let mut line = |name: &str, row: &str| {
        let (name, rest) = name.split_at_checked(MARGIN).unwrap_or((name, ""));
        let cut = if rest.is_empty() { "" } else { "…" };
        out += format!("  {:<1$} {row}", format!("{name}{cut}"), MARGIN).trim_end();
        out.push('\n');
    };
    line("clients", &service(analysis, &scale));
    for holder in &analysis.holders {
        line(holder.address.as_str(), &held(&holder.segments, &scale));
    }
    line("steps", &steps(analysis, &scale));
    line("seconds", &ticks(&scale));
    line("", "█ answered  ▒ partly  · failed");
    out
}

fn service(analysis: &Analysis, scale: &Scale) -> String {
    let (from, to) = measured(analysis);
    let column = |column: usize| {
        let (begin, end) = scale.times(column);
        if end <= from || begin >= to {
            return ' ';
        }
        let touches = |began: Nanos, ended: Nanos| began < end && ended > begin;
        let covers = |began: Nanos, ended: Nanos| began <= begin && ended >= end;
        let mut sign = '█';
        for outage in &analysis.outages {
            let ended = outage.ended.unwrap_or(to);
            if covers(outage.began, ended) {
                return '·';
            }
            if touches(outage.began, ended) {
                sign = '▒';
            }
        }
        sign
    };
    (0..scale.columns).map(column).collect()
}

/// The time in which there were requests.
fn measured(analysis: &Analysis) -> (Nanos, Nanos) {
    let period = analysis.availability.map_or(analysis.subject.length, |availability| availability.period);
    let first = analysis.measured_from;
    (first, first.plus(period))
}

fn held(segments: &[HolderSegment], scale: &Scale) -> String {
    let mut row = vec![' '; scale.columns];
    for segment in segments {
        let (from, to) = (scale.column(segment.from), scale.column(segment.to));
        let name = segment.node.as_ref().map_or("?", NodeName::as_str);
        let text = name.chars().chain(std::iter::repeat('─'));
        for (place, sign) in (from..=to).zip(text) {
            row[place] = sign;
        }
    }
    row.into_iter().collect()
}

fn steps(analysis: &Analysis, scale: &Scale) -> String {
    let mut row = String::new();
    for step in &analysis.steps {
        let place = scale.column(step.called);
        let length = row.chars().count();
        // A step too near to the one before is put behind it rather than left out.
        row += &" ".repeat(place.saturating_sub(length));
        row += &format!("^{} ", step.step);
    }
    row
}

fn ticks(scale: &Scale) -> String {
    let seconds = scale.length.seconds();
    let most = (scale.columns / TICK).max(1) as f64;
    let steps = [1_u64, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];
    let step = steps.into_iter().find(|step| seconds / *step as f64 <= most).unwrap_or(7200);
    let mut row = String::new();
    for tick in (0..).map(|count| count * step).take_while(|tick| *tick as f64 <= seconds) {
        let place = scale.column(Nanos(tick * 1_000_000_000));
        row += &" ".repeat(place.saturating_sub(row.chars().count()));
        row += &tick.to_string();
    }
    row
}
