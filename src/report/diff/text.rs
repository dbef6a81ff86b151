//! The comparison as text for a terminal.

use super::{Change, Diff, FigureDiff, ShiftSpan, Side};
use crate::base::columns::paragraph;
use crate::record::Nanos;
use crate::report::document::{Cell, Section, columns};
use crate::report::numbers::{percent, seconds};
use crate::report::terms::name;
use crate::report::text::{clamp, sections};

/// The whole comparison, for a terminal with this many columns.
pub fn diff_text(diff: &Diff, width: usize) -> String {
    let width = clamp(width);
    let sides = [("before", &diff.before), ("after", &diff.after)].map(|(title, side)| cells(title, side));
    let heads = columns(" | runs of | lab | runs> | left out*");
    let compared = Section::new("Compared").table(heads, sides.to_vec());
    let heads = columns(" | before> | after> | shift> | interval of the shift> | change");
    let note = "Before and after: medians. Shift: the median of all differences, after less before.";
    let medians = Section::new("Measured times").table(heads, diff.figures.iter().map(figure).collect());
    let notes =
        std::iter::once(note.to_owned()).chain(diff.remarks.iter().map(|remark| format!("Note: {remark}.")));
    format!("{}\n{}", paragraph(&answer(diff), "", width), sections(&[compared, medians.notes(notes)], width))
}

fn answer(diff: &Diff) -> String {
    let Some(figure) = diff.figure else {
        return format!("{}: nothing was measured in both groups", diff.drill);
    };
    let what = format!("{}, {}", diff.drill, name(figure));
    let row = diff.figures.iter().find(|row| row.figure == figure);
    let Some(shift) = row.and_then(|row| row.shift) else {
        return format!("{what}: not measured in both groups");
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
            format!("{what}: NO DIFFERENCE SHOWN: the shift is between {span} ({sure})")
        }
        Change::TooFewRuns => {
            format!("{what}: TOO FEW RUNS to show a difference: four on each side are needed")
        }
    }
}

fn cells(title: &str, side: &Side) -> Vec<Cell> {
    let left_out = match side.left_out {
        0 => String::new(),
        number => format!("{number} inconclusive or not done"),
    };
    let settings = if side.settings.is_empty() { "no settings".to_owned() } else { side.settings.join(" ") };
    vec![
        title.into(),
        side.name.clone().into(),
        format!("{} ({}), {settings}", side.lab, side.lab_digest.short()).into(),
        side.counted.into(),
        left_out.into(),
    ]
}

fn figure(row: &FigureDiff) -> Vec<Cell> {
    let median = |value: Option<Nanos>| value.map_or_else(|| "–".to_owned(), seconds);
    let shift = |text: fn(ShiftSpan) -> String| row.shift.map_or_else(String::new, text);
    let change = match row.change {
        Change::Faster => "faster",
        Change::Slower => "slower",
        Change::NoDifference => "no difference shown",
        Change::TooFewRuns => "too few runs",
    };
    vec![
        name(row.figure).into(),
        median(row.before).into(),
        median(row.after).into(),
        shift(|shift| signed(shift.value)).into(),
        shift(|shift| format!("{} ({})", interval(shift), percent(shift.coverage))).into(),
        change.into(),
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
