//! Compares two groups of runs of one drill by ranks, to see whether a change affects the outage.

mod text;

use serde::Serialize;

use super::analysis::{Analysis, Subject};
use super::series::counts;
use super::statistics::{Shift, median, shift};
use crate::model::drill::Figure;
use crate::model::spec::Digest;
use crate::model::{DrillName, LabName};
use crate::record::Nanos;

pub use text::diff_text;

/// A group of runs: a series, one record, or all records of a setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    name: String,
    subject: Subject,
    runs: Vec<Analysis>,
}

impl Group {
    /// A group of these runs, with the user's name for it. `None` if there are none.
    pub fn new(name: &str, runs: Vec<Analysis>) -> Option<Self> {
        let subject = runs.first()?.subject.clone();
        Some(Self { name: name.to_owned(), subject, runs })
    }

    /// The drill of its runs.
    pub fn drill(&self) -> &DrillName {
        &self.subject.drill
    }

    /// The values of a figure in the counted runs.
    fn values(&self, figure: Figure) -> Vec<f64> {
        let rows = self.runs.iter().filter(|run| counts(run)).flat_map(|run| &run.figures);
        let measured = rows.filter(|row| row.figure == figure).filter_map(|row| row.measured);
        measured.map(|estimate| estimate.value.0 as f64).collect()
    }
}

/// The comparison of two groups. Times are nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// The drill.
    pub drill: DrillName,
    /// The figure of the answer; `None` if the groups have none in common.
    pub figure: Option<Figure>,
    /// The answer.
    pub change: Change,
    /// The first group.
    pub before: Side,
    /// The second group.
    pub after: Side,
    /// Every figure that at least one group has.
    pub figures: Vec<FigureDiff>,
    /// Other differences between the groups, which may explain the change or hide it.
    pub remarks: Vec<String>,
}

/// The subject of a group's runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// The user's name for it.
    pub name: String,
    /// The lab.
    pub lab: LabName,
    /// Its digest.
    pub lab_digest: Digest,
    /// The settings of the command line.
    pub settings: Vec<String>,
    /// The number of counted runs: passed or failed.
    pub counted: usize,
    /// The number of inconclusive runs.
    pub left_out: usize,
}

/// A figure in both groups.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureDiff {
    /// The figure.
    pub figure: Figure,
    /// Its median in the first group.
    pub before: Option<Nanos>,
    /// Its median in the second group.
    pub after: Option<Nanos>,
    /// The shift of the second group; `None` if one of them has no value.
    pub shift: Option<ShiftSpan>,
    /// The interpretation of the shift.
    pub change: Change,
}

/// A shift with its interval, in nanoseconds; positive is slower.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ShiftSpan {
    /// The Hodges-Lehmann estimate.
    pub value: i64,
    /// The lower end of the interval.
    pub low: i64,
    /// The upper end of the interval.
    pub high: i64,
    /// The probability that such an interval covers the true value, 0 to 1.
    pub coverage: f64,
    /// Whether the coverage is exact; if not, it is an approximation for many runs.
    pub exact: bool,
}

/// The effect of a change on a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The whole interval of the shift is below zero.
    Faster,
    /// The whole interval is above zero.
    Slower,
    /// The interval includes zero: there may be a difference that these runs do not show.
    NoDifference,
    /// There are too few runs for an interval (four on each side are enough), or nothing was measured.
    TooFewRuns,
}

/// Compares two groups of one drill, by this figure or by the first that both have.
pub fn diff(before: &Group, after: &Group, figure: Option<Figure>) -> Diff {
    let figures: Vec<FigureDiff> =
        Figure::ALL.into_iter().filter_map(|figure| compare(before, after, figure)).collect();
    let judged = match figure {
        Some(figure) => figures.iter().find(|row| row.figure == figure),
        None => figures.iter().find(|row| row.shift.is_some()),
    };
    Diff {
        drill: before.drill().clone(),
        figure: figure.or(judged.map(|row| row.figure)),
        change: judged.map_or(Change::TooFewRuns, |row| row.change),
        before: side(before),
        after: side(after),
        remarks: remarks(&before.subject, &after.subject),
        figures,
    }
}

fn side(group: &Group) -> Side {
    let counted = group.runs.iter().filter(|run| counts(run)).count();
    Side {
        name: group.name.clone(),
        lab: group.subject.lab.clone(),
        lab_digest: group.subject.lab_digest.clone(),
        settings: group.subject.settings.clone(),
        counted,
        left_out: group.runs.len() - counted,
    }
}

fn compare(before: &Group, after: &Group, figure: Figure) -> Option<FigureDiff> {
    let (one, two) = (before.values(figure), after.values(figure));
    let middle = |values: &[f64]| median(values).map(|median| Nanos(median.value.round() as u64));
    let row = FigureDiff {
        figure,
        before: middle(&one),
        after: middle(&two),
        shift: shift(&one, &two).map(span),
        change: shift(&one, &two).map_or(Change::TooFewRuns, change),
    };
    (row.before.is_some() || row.after.is_some()).then_some(row)
}

fn span(shift: Shift) -> ShiftSpan {
    ShiftSpan {
        value: shift.value.round() as i64,
        low: shift.interval.low.round() as i64,
        high: shift.interval.high.round() as i64,
        coverage: shift.interval.coverage,
        exact: shift.exact,
    }
}

fn change(shift: Shift) -> Change {
    if !shift.is_covered() {
        Change::TooFewRuns
    } else if shift.interval.high < 0.0 {
        Change::Faster
    } else if shift.interval.low > 0.0 {
        Change::Slower
    } else {
        Change::NoDifference
    }
}

fn remarks(before: &Subject, after: &Subject) -> Vec<String> {
    let mut remarks = Vec::new();
    if before.lab_digest == after.lab_digest {
        remarks.push("both are of the very same lab: what differs is chance, or the machine".to_owned());
    }
    if before.drill_digest != after.drill_digest {
        remarks.push("the drill itself was changed in between".to_owned());
    }
    if before.accelerator != after.accelerator {
        let (one, two) = (&before.accelerator, &after.accelerator);
        remarks.push(format!("the guests ran by {one} before, and by {two} after"));
    }
    if before.host.cpus != after.host.cpus {
        let (one, two) = (before.host.cpus, after.host.cpus);
        remarks.push(format!("they ran on {one} processors before, and on {two} after"));
    }
    remarks
}
