//! The drill as a drawing of a few lines.

use crate::model::NodeName;
use crate::record::Nanos;
use crate::report::analysis::{Analysis, Outage, Timeline};
use crate::report::counts::HolderSegment;

/// The width of the names on the left, in characters.
const MARGIN: usize = 9;

/// The smallest distance between two numbers of the scale, in characters.
const TICK: usize = 10;

/// An outage of fewer columns than this also gets a close-up: in a long drill, half a minute is no wider.
const NARROW: usize = 10;

/// A period mapped to columns.
struct Scale {
    /// The time of the first column.
    from: Nanos,
    length: Nanos,
    /// The zero of the numbers.
    zero: Nanos,
    columns: usize,
}

impl Scale {
    /// Whether it includes a time.
    fn has(&self, time: Nanos) -> bool {
        time >= self.from && time <= self.from.plus(self.length)
    }

    /// The column of a time; times outside are at the edges.
    fn column(&self, time: Nanos) -> usize {
        let column = (time.since(self.from).0 as u128 * self.columns as u128
            / u128::from(self.length.0.max(1))) as usize;
        column.min(self.columns - 1)
    }

    /// The period of a column.
    fn times(&self, column: usize) -> (Nanos, Nanos) {
        let after = |column: usize| u128::from(self.length.0) * column as u128 / self.columns as u128;
        let at = |column: usize| self.from.plus(Nanos(after(column) as u64));
        (at(column), at(column + 1))
    }
}

/// Draws the answers to clients, the holders of the address, and the steps, one above the other.
pub fn whole(analysis: &Analysis, width: usize) -> String {
    let scale = whole_scale(analysis, width);
    lanes(analysis, &scale) + &line("", "█ answered  ▒ partly  · failed")
}

/// Draws the outages of a timeline that are too short to see in the whole.
pub fn timeline(analysis: &Analysis, timeline: &Timeline, width: usize) -> String {
    let whole = whole_scale(analysis, width);
    let own = analysis.outages.iter().filter(|outage| outage.cause.as_ref() == Some(&timeline.step));
    own.filter_map(|outage| close_up(analysis, outage, &whole)).collect()
}

fn whole_scale(analysis: &Analysis, width: usize) -> Scale {
    let (from, length) = (Nanos(0), analysis.subject.length);
    Scale { from, length, zero: from, columns: width.saturating_sub(MARGIN + 4) }
}

/// A close-up of an outage, with a quarter of its length on each side. `None` if the whole shows it, or if it
/// was not planned.
fn close_up(analysis: &Analysis, outage: &Outage, whole: &Scale) -> Option<String> {
    if !outage.label.is_of_a_step() {
        return None;
    }
    let ended = outage.ended?;
    if whole.column(ended) - whole.column(outage.began) >= NARROW {
        return None;
    }
    let pad = Nanos(ended.since(outage.began).0 / 4);
    let from = outage.began.since(pad);
    let length = ended.plus(pad).since(from);
    let scale = Scale { from, length, zero: outage.began, columns: whole.columns };
    Some(lanes(analysis, &scale))
}

fn lanes(analysis: &Analysis, scale: &Scale) -> String {
    let mut out = line("clients", &service(analysis, scale));
    for holder in &analysis.holders {
        out += &line(holder.address.as_str(), &held(&holder.segments, scale));
    }
    let steps = steps(analysis, scale);
    if !steps.is_empty() {
        out += &line("steps", &steps);
    }
    out + &line("seconds", &ticks(scale))
}

fn line(name: &str, row: &str) -> String {
    let (name, rest) = name.split_at_checked(MARGIN).unwrap_or((name, ""));
    let cut = if rest.is_empty() { "" } else { "…" };
    let line = format!("  {:<1$} {row}", format!("{name}{cut}"), MARGIN);
    format!("{}\n", line.trim_end())
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

/// The period with requests.
fn measured(analysis: &Analysis) -> (Nanos, Nanos) {
    (analysis.measured_from, analysis.measured_to)
}

fn held(segments: &[HolderSegment], scale: &Scale) -> String {
    let mut row = vec![' '; scale.columns];
    let seen =
        |segment: &&HolderSegment| segment.to >= scale.from && segment.from <= scale.from.plus(scale.length);
    for segment in segments.iter().filter(seen) {
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
    let on_nodes = analysis.steps.iter().map(|step| (step.called, &step.step));
    let of_clients = analysis.client_steps.iter().map(|step| (step.called, &step.step));
    let mut all: Vec<_> = on_nodes.chain(of_clients).filter(|(called, _)| scale.has(*called)).collect();
    all.sort_by_key(|(called, _)| *called);
    for (called, step) in all {
        let place = scale.column(called);
        let length = row.chars().count();
        // A step too close to the one before is moved behind it, not left out.
        row += &" ".repeat(place.saturating_sub(length));
        row += &format!("^{step} ");
    }
    row
}

/// Numbers at whole steps from the zero; none before it.
fn ticks(scale: &Scale) -> String {
    let end = scale.from.plus(scale.length).since(scale.zero).seconds();
    let most = (scale.columns / TICK).max(1) as f64;
    let steps = [1_u64, 2, 5, 10, 20, 50, 100, 200, 500];
    let fine = steps.into_iter().map(|millis| millis * 10_000_000);
    let whole = [1_u64, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600].map(|second| second * 1_000_000_000);
    // The drawing of the whole drill uses whole seconds.
    let fine: Vec<u64> = if scale.zero == Nanos(0) { Vec::new() } else { fine.collect() };
    let mut all = fine.into_iter().chain(whole);
    let hours = || ((scale.length.seconds() / most / 3600.0).ceil() as u64).max(2) * 3_600_000_000_000;
    let step = all.find(|step| scale.length.0 as f64 / *step as f64 <= most).unwrap_or_else(hours);
    let mut row = String::new();
    for tick in (0..).map(|count| Nanos(count * step)).take_while(|tick| tick.seconds() <= end) {
        let place = scale.column(scale.zero.plus(tick));
        row += &" ".repeat(place.saturating_sub(row.chars().count()));
        row += &tick.seconds().to_string();
    }
    row
}
