//! The combined result of a series. Every figure is recomputed from the record of each run.

mod quantities;
mod sections;
mod spread;

use std::collections::BTreeMap;

use serde::Serialize;

use super::analysis::{Analysis, Estimate, Grading};
use super::counts::Availability;
use super::statistics::{Projection, project, rule_of_three};
use crate::model::drill::{Figure, Invariant};
use crate::model::spec::Digest;
use crate::model::{DrillName, InstanceName, LabName, Millis, Origin};
use crate::record::{Nanos, Series, SeriesRun, Verdict};

pub use quantities::{Quantity, QuantitySpread, Unit};
pub use sections::{document, run_line};
pub use spread::{FigureSpread, Percentile, Span, spreads};

/// The default of the assumed time between two failures: 30 days.
pub const USUAL_MTBF: Millis = Millis::seconds(30 * 24 * 3600);

/// All contents of the report of a series. Times are nanoseconds, unless noted as seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesReport {
    /// The subject of the series.
    pub subject: SeriesSubject,
    /// The worst verdict of its runs; an error if there are none.
    pub verdict: Verdict,
    /// The number of runs with each verdict.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// Every run.
    pub runs: Vec<RunRow>,
    /// The number of runs that count for the figures: passed or failed, not inconclusive.
    pub counted: usize,
    /// The figures over these runs.
    pub figures: Vec<FigureSpread>,
    /// Other measured quantities over these runs.
    pub quantities: Vec<QuantitySpread>,
    /// Harmful events.
    pub harms: Vec<Harm>,
    /// The share of time with service over all counted runs.
    pub availability: Option<Availability>,
    /// The availability projected from the median downtime, if each failure costs as much as a run.
    pub projection: Option<Projection>,
}

/// The repeated drill, with its lab and settings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesSubject {
    /// The drill.
    pub drill: DrillName,
    /// A one-line description.
    pub title: String,
    /// The drill's digest.
    pub drill_digest: Digest,
    /// The lab.
    pub lab: LabName,
    /// The lab's digest.
    pub lab_digest: Digest,
    /// The instance.
    pub instance: InstanceName,
    /// The settings of the command line.
    pub settings: Vec<String>,
    /// The seed from which those of the runs derive.
    pub seed: u64,
    /// The requested number of runs.
    pub wanted: u32,
    /// Whether the user stopped it; `None` if it was killed or is still running.
    pub stopped: Option<bool>,
    /// The accelerator of the guests.
    pub accelerator: Option<String>,
    /// The number of processors.
    pub cpus: Option<usize>,
    /// The start time.
    pub started: jiff::Timestamp,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunRow {
    /// Its number, from 1.
    pub number: u32,
    /// Its seed.
    pub seed: u64,
    /// The folder of its record.
    pub record: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// The main reason, in one line.
    pub reason: Option<String>,
    /// Its figures.
    pub figures: BTreeMap<Figure, Estimate>,
    /// The number of lost acknowledged writes; `None` if that was not checked.
    pub lost: Option<usize>,
    /// The number of periods with several holders; `None` if that was not checked.
    pub doubles: Option<usize>,
    /// Whether its verdict may give a mark; `None` if its record cannot be read.
    pub grading: Option<Grading>,
}

/// A harmful event, with its frequency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Harm {
    /// Its kind.
    pub kind: HarmKind,
    /// The number of runs in which it happened.
    pub happened: usize,
    /// The number of runs that were checked for it.
    pub runs: usize,
    /// Whether the drill forbids it, so that a run with it fails.
    pub forbidden: bool,
    /// If it happened in no run: the upper bound of the share of runs in which it happens, by the rule of
    /// three.
    pub at_most: Option<f64>,
    /// Whose word it is.
    pub origin: Origin,
}

/// A kind of harmful event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HarmKind {
    /// An acknowledged write was lost.
    LostWrite,
    /// Two nodes held an address at once.
    DoubleHolder,
}

impl HarmKind {
    /// Whose word it is.
    pub fn origin(self) -> Origin {
        match self {
            // The content of the ledger is a page of a node.
            Self::LostWrite => Origin::Told,
            Self::DoubleHolder => Origin::Seen,
        }
    }
}

/// The analysis of a run, or the reason why its record cannot be read.
pub type Performed = Result<Analysis, String>;

/// Summarises a series. There is one analysis for each run, in order.
pub fn series_report(series: &Series, performed: &[Performed], mtbf: Millis) -> SeriesReport {
    let rows: Vec<RunRow> = series.runs.iter().zip(performed).map(|(run, done)| row(run, done)).collect();
    let counted: Vec<&Analysis> = performed.iter().flatten().filter(|run| counts(run)).collect();
    let mut verdicts = BTreeMap::new();
    for row in &rows {
        *verdicts.entry(row.verdict).or_default() += 1;
    }
    SeriesReport {
        subject: subject(series, performed.iter().flatten().next()),
        verdict: rows.iter().map(|row| row.verdict).max().unwrap_or(Verdict::Error),
        verdicts,
        counted: counted.len(),
        figures: spreads(&counted),
        quantities: quantities::quantities(&counted),
        harms: harms(&rows, &series.header.drill.invariants),
        availability: availability(&counted),
        projection: projection(&counted, mtbf),
        runs: rows,
    }
}

/// Whether the figures of a run count. Inconclusive and unfinished runs do not. Failed runs do: without them
/// the result would look better than the lab is.
pub fn counts(run: &Analysis) -> bool {
    matches!(run.verdict, Verdict::Pass | Verdict::Fail)
}

fn subject(series: &Series, first: Option<&Analysis>) -> SeriesSubject {
    let header = &series.header;
    SeriesSubject {
        drill: header.drill.name.clone(),
        title: header.drill.title.clone(),
        drill_digest: header.drill_digest.clone(),
        lab: header.lab.clone(),
        lab_digest: header.lab_digest.clone(),
        instance: header.instance.clone(),
        settings: header.settings.clone(),
        seed: header.seed,
        wanted: header.wanted,
        stopped: series.stopped,
        accelerator: first.map(|run| run.subject.accelerator.clone()),
        cpus: first.map(|run| run.subject.host.cpus),
        started: header.started,
    }
}

fn row(run: &SeriesRun, done: &Performed) -> RunRow {
    let SeriesRun { number, seed, record, verdict } = run.clone();
    let mut row = RunRow {
        number,
        seed,
        record,
        verdict,
        reason: None,
        figures: BTreeMap::new(),
        lost: None,
        doubles: None,
        grading: None,
    };
    match done {
        Err(reason) => (row.verdict, row.reason) = (Verdict::Error, Some(reason.clone())),
        Ok(analysis) => {
            row.verdict = analysis.verdict;
            row.grading = Some(analysis.grading.clone());
            row.reason = analysis.reasons.first().map(|reason| reason.text.clone());
            row.figures =
                analysis.figures.iter().filter_map(|row| Some((row.figure, row.measured?))).collect();
            let read = |writes: &super::WritesSummary| writes.unread.is_none() && writes.acknowledged > 0;
            if analysis.writes.iter().any(read) {
                row.lost = Some(analysis.writes.iter().map(|writes| writes.lost.len()).sum());
            }
            if analysis.holders.iter().any(|holder| holder.asked > 0) {
                row.doubles = Some(analysis.holders.iter().map(|holder| holder.doubles.len()).sum());
            }
        }
    }
    row
}

/// Harmful events over all runs that were checked for them, including inconclusive ones.
fn harms(rows: &[RunRow], invariants: &[Invariant]) -> Vec<Harm> {
    let harm = |kind: HarmKind, invariant, seen: fn(&RunRow) -> Option<usize>| {
        let looked: Vec<usize> = rows.iter().filter_map(seen).collect();
        let happened = looked.iter().filter(|times| **times > 0).count();
        let runs = looked.len();
        let at_most = (happened == 0).then(|| rule_of_three(runs));
        let forbidden = invariants.contains(&invariant);
        (runs > 0).then_some(Harm { kind, happened, runs, forbidden, at_most, origin: kind.origin() })
    };
    let lost = harm(HarmKind::LostWrite, Invariant::AcknowledgedWrites, |row| row.lost);
    let doubles = harm(HarmKind::DoubleHolder, Invariant::OneHolder, |row| row.doubles);
    lost.into_iter().chain(doubles).collect()
}

fn availability(counted: &[&Analysis]) -> Option<Availability> {
    let all: Vec<Availability> = counted.iter().filter_map(|run| run.availability).collect();
    let sum = |pick: fn(&Availability) -> Nanos| all.iter().fold(Nanos(0), |sum, one| sum.plus(pick(one)));
    let (period, down) = (sum(|one| one.period), sum(|one| one.down));
    let share = 1.0 - (down.seconds() / period.seconds()).min(1.0);
    (period > Nanos(0)).then_some(Availability { period, down, share })
}

fn projection(counted: &[&Analysis], mtbf: Millis) -> Option<Projection> {
    let down: Vec<f64> = counted.iter().filter_map(|run| Some(run.availability?.down.seconds())).collect();
    let repair = super::statistics::median(&down)?.value;
    Some(project(repair, mtbf.duration().as_secs_f64()))
}
