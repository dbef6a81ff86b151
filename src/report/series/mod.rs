//! What the runs of a series show together. Every figure is computed again from the record of each run.

mod quantities;
mod sections;
mod spread;

use std::collections::BTreeMap;

use serde::Serialize;

use super::analysis::{Analysis, Estimate};
use super::counts::Availability;
use super::statistics::{Projection, project, rule_of_three};
use crate::model::drill::{Figure, Invariant};
use crate::model::spec::Digest;
use crate::model::{DrillName, InstanceName, LabName, Millis};
use crate::record::{Nanos, Series, SeriesRun, Verdict};

pub use quantities::{Quantity, QuantitySpread, Unit};
pub use sections::{document, run_line};
pub use spread::{FigureSpread, Percentile, Span, spreads};

/// What is assumed between two failures when nobody says otherwise: 30 days.
pub const USUAL_MTBF: Millis = Millis::seconds(30 * 24 * 3600);

/// Everything that the report of a series says. Times are nanoseconds, unless they say seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesReport {
    /// What it is about.
    pub subject: SeriesSubject,
    /// The worst verdict of its runs; an error without any.
    pub verdict: Verdict,
    /// How many runs came to each verdict.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// Every run.
    pub runs: Vec<RunRow>,
    /// The runs that the figures are of: those that could be done and prove something, passed or failed.
    pub counted: usize,
    /// The figures over these runs.
    pub figures: Vec<FigureSpread>,
    /// What else was measured, over these runs.
    pub quantities: Vec<QuantitySpread>,
    /// What must not happen.
    pub harms: Vec<Harm>,
    /// The share of time with service, all counted runs together.
    pub availability: Option<Availability>,
    /// What the median time without service comes to, when each failure costs as much as a run.
    pub projection: Option<Projection>,
}

/// What was repeated, on what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesSubject {
    /// The drill.
    pub drill: DrillName,
    /// One line on it.
    pub title: String,
    /// The drill's digest.
    pub drill_digest: Digest,
    /// The lab.
    pub lab: LabName,
    /// The lab's digest.
    pub lab_digest: Digest,
    /// The instance.
    pub instance: InstanceName,
    /// What was set on the command line.
    pub settings: Vec<String>,
    /// What the seeds of the runs come from.
    pub seed: u64,
    /// How many runs were asked for.
    pub wanted: u32,
    /// Whether the user stopped it; none if it was killed or goes on.
    pub stopped: Option<bool>,
    /// How the guests ran.
    pub accelerator: Option<String>,
    /// On how many processors.
    pub cpus: Option<usize>,
    /// When it began.
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
    /// What was made of it.
    pub verdict: Verdict,
    /// Why, as far as one line says.
    pub reason: Option<String>,
    /// Its figures.
    pub figures: BTreeMap<Figure, Estimate>,
    /// Acknowledged writes that were lost; none if that was not looked at.
    pub lost: Option<usize>,
    /// How often several nodes held an address; none if that was not looked at.
    pub doubles: Option<usize>,
}

/// Something that must not happen, in so many runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Harm {
    /// What.
    pub kind: HarmKind,
    /// In how many runs it happened.
    pub happened: usize,
    /// In how many runs it was looked for.
    pub runs: usize,
    /// Whether the drill forbids it: a run in which it happens has failed.
    pub forbidden: bool,
    /// When it happened in none: the largest share of runs in which it may all the same, by the rule of three.
    pub at_most: Option<f64>,
}

/// What must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HarmKind {
    /// An acknowledged write was gone.
    LostWrite,
    /// Two nodes held an address at once.
    DoubleHolder,
}

/// A run of a series as its record shows it; none with the reason why its record cannot be read.
pub type Performed = Result<Analysis, String>;

/// Sums a series up. There is one analysis for each run, in order.
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

/// Whether the figures of a run are worth anything: one that proves nothing, or was not done to its end, has none. One
/// that failed has, and leaving it out would make the others look better than the lab is.
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
    };
    match done {
        Err(reason) => (row.verdict, row.reason) = (Verdict::Error, Some(reason.clone())),
        Ok(analysis) => {
            row.verdict = analysis.verdict;
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

/// Of all runs in which it was looked for, those that prove nothing else included: a harm is a harm.
fn harms(rows: &[RunRow], invariants: &[Invariant]) -> Vec<Harm> {
    let harm = |kind, invariant, seen: fn(&RunRow) -> Option<usize>| {
        let looked: Vec<usize> = rows.iter().filter_map(seen).collect();
        let happened = looked.iter().filter(|times| **times > 0).count();
        let runs = looked.len();
        let at_most = (happened == 0).then(|| rule_of_three(runs));
        let forbidden = invariants.contains(&invariant);
        (runs > 0).then_some(Harm { kind, happened, runs, forbidden, at_most })
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
