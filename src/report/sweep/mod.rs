//! What a sweep shows: how long a takeover lasts with each setting, against how often one happens that nothing calls for.
//! Every figure is computed again from the records of the runs and soaks.

mod csv;
mod sections;

use std::collections::BTreeMap;

use serde::Serialize;

use super::series::{FigureSpread, Harm, Performed, SeriesReport, counts};
use super::soak::SoakSummary;
use crate::model::drill::Figure;
use crate::model::spec::Digest;
use crate::model::{DrillName, InstanceName, LabName, Sweep};
use crate::record::{SweepRecord, SweptSetting, Verdict};

pub use csv::sweep_csv;
pub use sections::document;

/// Everything that the report of a sweep says. Times are nanoseconds, unless they say seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepReport {
    /// What it is about.
    pub subject: SweepSubject,
    /// The worst of its settings; an error without any.
    pub verdict: Verdict,
    /// The figure that settings are compared by: the first that a setting has, beginning with the failover.
    pub figure: Option<Figure>,
    /// Every setting that was begun.
    pub rows: Vec<SweepRow>,
}

/// What was swept over what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepSubject {
    /// The drill.
    pub drill: DrillName,
    /// One line on it.
    pub title: String,
    /// The drill's digest.
    pub drill_digest: Digest,
    /// The lab.
    pub lab: LabName,
    /// The digest of the lab without the sweep's settings.
    pub lab_digest: Digest,
    /// The instance whose records these are.
    pub instance: InstanceName,
    /// What is set in every setting besides.
    pub settings: Vec<String>,
    /// What is varied, and how often each setting is measured.
    pub sweep: Sweep,
    /// How many settings there are.
    pub wanted: usize,
    /// What the seeds of the runs come from.
    pub seed: u64,
    /// Whether the user stopped it; none if it was killed or goes on.
    pub stopped: Option<bool>,
    /// How the guests ran.
    pub accelerator: Option<String>,
    /// On how many processors.
    pub cpus: Option<usize>,
    /// When it began.
    pub started: jiff::Timestamp,
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepRow {
    /// Its place, from 1.
    pub number: u32,
    /// The setting, as `lab up --set` has it.
    pub settings: Vec<String>,
    /// What tells it from the others.
    pub name: String,
    /// What to make of it. A false failover in the soak is what a sweep is to find, and no failure.
    pub verdict: Verdict,
    /// The name of the file of its series.
    pub series: Option<String>,
    /// How many runs came to each verdict.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// The runs that the figures are of.
    pub counted: usize,
    /// The figures over these runs.
    pub figures: Vec<FigureSpread>,
    /// What must not happen, over all runs in which it was looked for.
    pub harms: Vec<Harm>,
    /// What happened when nothing was done.
    pub soak: Option<SoakRow>,
    /// What there is to say: why it could not be measured, why runs do not count.
    pub remarks: Vec<String>,
}

impl SweepRow {
    /// The figure over the runs that count.
    pub fn spread(&self, figure: Figure) -> Option<&FigureSpread> {
        self.figures.iter().find(|spread| spread.figure == figure)
    }

    /// What was counted in the soak, if that is worth anything.
    pub fn soaked(&self) -> Option<&SoakSummary> {
        self.soak.as_ref().filter(|soak| soak.counts)?.summary.as_ref()
    }
}

/// The soak of a setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SoakRow {
    /// The folder of its record.
    pub record: String,
    /// Whether its count is worth anything.
    pub counts: bool,
    /// What was counted; none if it did not get that far.
    pub summary: Option<SoakSummary>,
}

/// What was measured of a setting, from its records.
#[derive(Debug, Clone, Default)]
pub struct MeasuredSetting {
    /// Its series; or why that cannot be read. None if it has none.
    pub runs: Option<Result<SeriesReport, String>>,
    /// Its soak. None if it has none.
    pub soak: Option<Performed>,
}

/// Sums a sweep up. What was measured is of the settings in their order.
pub fn sweep_report(sweep: &SweepRecord, measured: &[MeasuredSetting]) -> SweepReport {
    let rows: Vec<SweepRow> = sweep
        .settings
        .iter()
        .zip(measured)
        .map(|(setting, found)| row(setting, found, &sweep.header.sweep))
        .collect();
    let has = |figure: &Figure| rows.iter().any(|row| row.spread(*figure).is_some());
    SweepReport {
        subject: subject(sweep, measured),
        verdict: rows.iter().map(|row| row.verdict).max().unwrap_or(Verdict::Error),
        figure: Figure::ALL.into_iter().find(has),
        rows,
    }
}

fn subject(sweep: &SweepRecord, measured: &[MeasuredSetting]) -> SweepSubject {
    let header = &sweep.header;
    let first = measured.iter().find_map(|found| found.runs.as_ref()?.as_ref().ok());
    SweepSubject {
        drill: header.drill.name.clone(),
        title: header.drill.title.clone(),
        drill_digest: header.drill_digest.clone(),
        lab: header.lab.clone(),
        lab_digest: header.lab_digest.clone(),
        instance: header.instance.clone(),
        settings: header.settings.clone(),
        sweep: header.sweep.clone(),
        wanted: header.sweep.count(),
        seed: header.seed,
        stopped: sweep.stopped,
        accelerator: first.and_then(|series| series.subject.accelerator.clone()),
        cpus: first.and_then(|series| series.subject.cpus),
        started: header.started,
    }
}

fn row(setting: &SweptSetting, found: &MeasuredSetting, sweep: &Sweep) -> SweepRow {
    let (constant, wants_soak) = (sweep.constant(), sweep.soak.is_some());
    let series = found.runs.as_ref().and_then(|runs| runs.as_ref().ok());
    let soak = setting.soak.clone().zip(found.soak.as_ref()).map(|(record, done)| soak_row(record, done));
    let mut remarks: Vec<String> =
        setting.failure.iter().map(|why| format!("not measured to the end: {why}")).collect();
    if let Some(Err(why)) = &found.runs {
        remarks.push(format!("its series cannot be read: {why}"));
    }
    for run in series.iter().flat_map(|series| &series.runs) {
        let reason = run.reason.iter().map(|reason| {
            format!("run {}, {}: {reason}", run.number, super::terms::run_verdict(run.verdict))
        });
        remarks.extend(reason);
    }
    remarks.extend(found.soak.iter().filter_map(soak_remark));
    let counted = series.map_or(0, |series| series.counted);
    let mut verdict = series.map_or(Verdict::Error, of_runs);
    if wants_soak && !soak.as_ref().is_some_and(|soak| soak.counts && soak.summary.is_some()) {
        verdict = verdict.max(Verdict::Inconclusive);
    }
    if broken(found) {
        verdict = verdict.max(Verdict::Fail);
    }
    if setting.failure.is_some() {
        verdict = Verdict::Error;
    }
    SweepRow {
        number: setting.number,
        settings: setting.settings.clone(),
        name: name(setting, &constant),
        verdict,
        series: setting.series.clone(),
        verdicts: series.map(|series| series.verdicts.clone()).unwrap_or_default(),
        counted,
        figures: series.map(|series| series.figures.clone()).unwrap_or_default(),
        harms: series.map(|series| series.harms.clone()).unwrap_or_default(),
        soak,
        remarks,
    }
}

/// The setting without what all settings have.
fn name(setting: &SweptSetting, constant: &[String]) -> String {
    let own: Vec<&str> =
        setting.settings.iter().filter(|one| !constant.contains(one)).map(String::as_str).collect();
    if own.is_empty() { setting.settings.join(" ") } else { own.join(" ") }
}

/// Some runs that prove nothing are to be expected of a setting that is too quick, and are said; without any that counts
/// there is nothing to compare.
fn of_runs(series: &SeriesReport) -> Verdict {
    let worst =
        series.runs.iter().map(|run| run.verdict).filter(|verdict| *verdict != Verdict::Inconclusive).max();
    if series.counted == 0 {
        series.verdict.max(Verdict::Inconclusive)
    } else {
        worst.unwrap_or(Verdict::Pass)
    }
}

fn soak_row(record: String, done: &Performed) -> SoakRow {
    SoakRow {
        record,
        counts: done.as_ref().is_ok_and(counts),
        summary: done.as_ref().ok().and_then(|analysis| analysis.soak),
    }
}

/// What speaks against a soak, besides the false failovers that are counted.
fn soak_remark(done: &Performed) -> Option<String> {
    match done {
        Err(why) => Some(format!("its soak cannot be read: {why}")),
        Ok(analysis) => {
            let reason = analysis.reasons.first()?;
            Some(format!("the soak, {}: {}", super::terms::run_verdict(analysis.verdict), reason.text))
        }
    }
}

/// Whether something was broken in the soak that must never be.
fn broken(found: &MeasuredSetting) -> bool {
    let Some(Ok(analysis)) = &found.soak else { return false };
    analysis.invariants.iter().any(|result| result.verdict == Verdict::Fail)
}
