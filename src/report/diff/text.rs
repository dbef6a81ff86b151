//! The comparison as text for a terminal.

use super::{Change, Diff, FigureDiff, ShiftSpan, Side};
use crate::record::Nanos;
use crate::report::series::{percent, short};
use crate::report::text::clamp;
use crate::report::text::layout::{Column, count, paragraph, seconds, table};
use crate::report::verdict::name;

/// The whole comparison, for a terminal of this many columns.
pub fn diff_text(diff: &Diff, width: usize) -> String {
    let width = clamp(width);
    let mut out = paragraph(&answer(diff), "", width);
    out.push('\n');
    let sides = [("before", &diff.before), ("after", &diff.after)].map(|(title, side)| cells(title, side));
    out += &table(&[], &sides, &[Column::Left; 5]);
    let head = ["", "before", "after", "shift", "interval of it", "", ""];
    let rows: Vec<_> = diff.figures.iter().map(figure).collect();
    let mut columns = [Column::Right; 7];
    (columns[0], columns[6]) = (Column::Left, Column::Left);
    out += &format!("\n{}", table(&head, &rows, &columns));
    out += "  (medians; the shift is the median of all differences, after less before)\n";
    for remark in &diff.remarks {
        out += &paragraph(&format!("note: {remark}"), "  ", width);
    }
    out
}

fn answer(diff: &Diff) -> String {
    let Some(figure) = diff.figure else {
        return format!("{}: nothing was measured in both", diff.drill);
    };
    let what = format!("{}, {}", diff.drill, name(figure));
    let row = diff.figures.iter().find(|row| row.figure == figure);
    let Some(shift) = row.and_then(|row| row.shift) else {
        return format!("{what}: not measured in both");
    };
    let by = |shift: ShiftSpan| {
        let value = seconds(Nanos(shift.value.unsigned_abs()));
        format!("by {value} ({}, {})", interval(shift), percent(shift.coverage))
    };
    match diff.change {
        Change::Faster => format!("{what}: FASTER {}", by(shift)),
        Change::Slower => format!("{what}: SLOWER {}", by(shift)),
        Change::NoDifference => {
            let (span, sure) = (interval(shift), percent(shift.coverage));
            format!("{what}: NO DIFFERENCE SHOWN: the shift may be anything from {span} ({sure})")
        }
        Change::TooFewRuns => {
            format!("{what}: TOO FEW RUNS to show a difference: it takes four on each side")
        }
    }
}

fn cells(title: &str, side: &Side) -> Vec<String> {
    let left_out = match side.left_out {
        0 => String::new(),
        number => format!("{number} left out: they prove nothing"),
    };
    let settings = if side.settings.is_empty() { "no settings".to_owned() } else { side.settings.join(" ") };
    vec![
        title.to_owned(),
        side.name.clone(),
        format!("{} ({}), {settings}", side.lab, side.lab_digest.short()),
        count(side.counted, "run"),
        left_out,
    ]
}

fn figure(row: &FigureDiff) -> Vec<String> {
    let median = |value: Option<Nanos>| value.map_or_else(|| "-".to_owned(), seconds);
    let shift = |text: fn(ShiftSpan) -> String| row.shift.map_or_else(String::new, text);
    let change = match row.change {
        Change::Faster => "faster",
        Change::Slower => "slower",
        Change::NoDifference => "no difference shown",
        Change::TooFewRuns => "too few runs",
    };
    vec![
        short(row.figure).to_owned(),
        median(row.before),
        median(row.after),
        shift(|shift| signed(shift.value)),
        shift(interval),
        shift(|shift| percent(shift.coverage)),
        change.to_owned(),
    ]
}

fn interval(shift: ShiftSpan) -> String {
    format!("{} to {}", signed(shift.low), signed(shift.high))
}

/// `+0.512 s`, `-0.100 s`.
fn signed(nanos: i64) -> String {
    let sign = if nanos < 0 { '-' } else { '+' };
    format!("{sign}{}", seconds(Nanos(nanos.unsigned_abs())))
}
