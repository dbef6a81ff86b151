//! The result of a sweep: the failover time with each setting, against the rate of false failovers. Every
//! figure is recomputed from the records of the runs and soaks.

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

/// All contents of the report of a sweep. Times are nanoseconds, unless noted as seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepReport {
    /// The subject of the sweep.
    pub subject: SweepSubject,
    /// The worst verdict of its settings; an error if there are none.
    pub verdict: Verdict,
    /// The figure by which settings are compared: the first that a setting has, starting with the failover.
    pub figure: Option<Figure>,
    /// Every setting that was started.
    pub rows: Vec<SweepRow>,
}

/// The drill, lab and settings of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepSubject {
    /// The drill.
    pub drill: DrillName,
    /// A one-line description.
    pub title: String,
    /// The drill's digest.
    pub drill_digest: Digest,
    /// The lab.
    pub lab: LabName,
    /// The digest of the lab without the sweep's settings.
    pub lab_digest: Digest,
    /// The instance of the records.
    pub instance: InstanceName,
    /// The settings common to all.
    pub settings: Vec<String>,
    /// The varied parameters, and the number of runs with each setting.
    pub sweep: Sweep,
    /// The number of settings.
    pub wanted: usize,
    /// The seed from which those of the runs derive.
    pub seed: u64,
    /// Whether the user stopped it; `None` if it was killed or is still running.
    pub stopped: Option<bool>,
    /// The accelerator of the guests.
    pub accelerator: Option<String>,
    /// The number of processors.
    pub cpus: Option<usize>,
    /// The start time.
    pub started: jiff::Timestamp,
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepRow {
    /// Its position, from 1.
    pub number: u32,
    /// The setting, as in `lab up --set`.
    pub settings: Vec<String>,
    /// Its part that differs between settings.
    pub name: String,
    /// Its verdict. A false failover in the soak is a result of the sweep, not a failure.
    pub verdict: Verdict,
    /// The file name of its series.
    pub series: Option<String>,
    /// The number of runs with each verdict.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// The number of runs that count for the figures.
    pub counted: usize,
    /// The figures over these runs.
    pub figures: Vec<FigureSpread>,
    /// Harmful events, over all runs that were checked for them.
    pub harms: Vec<Harm>,
    /// The result of its soak.
    pub soak: Option<SoakRow>,
    /// Remarks: why it could not be measured, why runs do not count.
    pub remarks: Vec<String>,
}

impl SweepRow {
    /// The figure over the counted runs.
    pub fn spread(&self, figure: Figure) -> Option<&FigureSpread> {
        self.figures.iter().find(|spread| spread.figure == figure)
    }

    /// The counts of the soak, if they are valid.
    pub fn soaked(&self) -> Option<&SoakSummary> {
        self.soak.as_ref().filter(|soak| soak.counts)?.summary.as_ref()
    }
}

/// The soak of a setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SoakRow {
    /// The folder of its record.
    pub record: String,
    /// Whether its counts are valid.
    pub counts: bool,
    /// Its counts; `None` if it did not get that far.
    pub summary: Option<SoakSummary>,
}

/// The measurements of a setting, from its records.
#[derive(Debug, Clone, Default)]
pub struct MeasuredSetting {
    /// Its series, or why it cannot be read. `None` if it has none.
    pub runs: Option<Result<SeriesReport, String>>,
    /// Its soak. `None` if it has none.
    pub soak: Option<Performed>,
}

/// Summarises a sweep. The measurements are in the order of the settings.
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

/// The setting without the part that all settings share.
fn name(setting: &SweptSetting, constant: &[String]) -> String {
    let own: Vec<&str> =
        setting.settings.iter().filter(|one| !constant.contains(one)).map(String::as_str).collect();
    if own.is_empty() { setting.settings.join(" ") } else { own.join(" ") }
}

/// The verdict of a setting. Some inconclusive runs are expected of a setting with a very short time-out, and
/// are reported; without any counted run there is nothing to compare.
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

/// Objections to a soak, besides the false failovers that it counts.
fn soak_remark(done: &Performed) -> Option<String> {
    match done {
        Err(why) => Some(format!("its soak cannot be read: {why}")),
        Ok(analysis) => {
            let reason = analysis.reasons.first()?;
            Some(format!("the soak, {}: {}", super::terms::run_verdict(analysis.verdict), reason.text))
        }
    }
}

/// Whether an invariant was violated in the soak.
fn broken(found: &MeasuredSetting) -> bool {
    let Some(Ok(analysis)) = &found.soak else { return false };
    analysis.invariants.iter().any(|result| result.verdict == Verdict::Fail)
}
