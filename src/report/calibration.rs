//! Compares the outages that probes measured with planted outages of known length.

use serde::Serialize;

use super::analysis::{Estimate, Reason};
use super::clients::{timekeeping, usual_response};
use super::counts::{Methods, Timekeeping};
use super::document::{Cell, Section, columns};
use super::index::Drop;
use super::numbers::response;
use super::outages::{Run, find};
use super::probes::methods;
use super::terms::verdict_title;
use super::text::{clamp, sections};
use super::verdict::late_too_often;
use crate::base::columns::paragraph;
use crate::model::LoadName;
use crate::model::drill::Load;
use crate::record::{Calibration, Nanos, Planted, Sample, Verdict, What};

/// An outage that begins this much earlier than planned is a different one; larger than any probe's interval.
const EARLY: Nanos = Nanos::millis(50);

/// The results of the calibration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationReport {
    /// Pass; fail if an outage was outside a probe's stated bounds; or inconclusive.
    pub verdict: Verdict,
    /// The reasons, the gravest first.
    pub reasons: Vec<Reason>,
    /// The planted outages.
    pub planted: Vec<Planted>,
    /// The probes.
    pub probes: Vec<CalibratedProbe>,
}

/// The result of a probe.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibratedProbe {
    /// Its name.
    pub probe: LoadName,
    /// Requests or packets per second.
    pub rate: u32,
    /// Its reading of each planted outage.
    pub readings: Vec<Reading>,
    /// The number of outages that it saw without any planted.
    pub unplanted: usize,
    /// How well it kept its schedule.
    pub timekeeping: Timekeeping,
}

/// A probe's reading of an outage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// The length of the outage.
    pub planted: Nanos,
    /// The uncertainty of that length.
    pub uncertainty: Nanos,
    /// The measured length; `None` if the probe saw no outage.
    pub measured: Option<Estimate>,
    /// The measured minus the planted length, in nanoseconds.
    pub error: i64,
    /// Whether the true length is between the bounds that the probe states. Without an outage, its upper
    /// bound is the time between two requests.
    pub within: bool,
    /// The measured lengths by the methods of RFC 6414, for a stream of packets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub methods: Option<Methods>,
}

/// Compares measured with planted outages. Pure.
pub fn calibration(calibration: &Calibration) -> CalibrationReport {
    let probes: Vec<_> = calibration.probes.iter().map(|load| calibrated(calibration, load)).collect();
    let mut reasons = Vec::new();
    for probe in &probes {
        judge(probe, &mut reasons);
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.verdict));
    let verdict = reasons.first().map_or(Verdict::Pass, |reason| reason.verdict);
    CalibrationReport { verdict, reasons, planted: calibration.planted.clone(), probes }
}

fn judge(probe: &CalibratedProbe, reasons: &mut Vec<Reason>) {
    let (name, time) = (&probe.probe, &probe.timekeeping);
    let mut add = |verdict, text: String| reasons.push(Reason::seen(verdict, text));
    let late = late_too_often(time) || time.dropped > 0;
    if late {
        let (late, sent, dropped) = (time.late, time.sent, time.dropped);
        let text = format!("{name}: {late} of {sent} requests were sent late, and {dropped} not at all");
        add(Verdict::Inconclusive, text);
    }
    // A delayed probe is wrong for that reason, which says nothing about the probe itself.
    let wrong = if late { Verdict::Inconclusive } else { Verdict::Fail };
    for reading in probe.readings.iter().filter(|reading| !reading.within) {
        let planted = response(reading.planted);
        let text = match reading.measured {
            Some(measured) => format!(
                "{name}: {planted} were planted, but it states {} to {}",
                response(measured.low),
                measured.high.map_or_else(|| "no end".to_owned(), response),
            ),
            None => format!("{name}: {planted} were planted, but it saw nothing"),
        };
        add(wrong, text);
    }
    if probe.unplanted > 0 {
        let text = format!("{name}: {} outages that were not planted", probe.unplanted);
        add(Verdict::Inconclusive, text);
    }
}

fn calibrated(calibration: &Calibration, load: &Load) -> CalibratedProbe {
    let samples = samples(calibration, load);
    let samples: Vec<&Sample> = samples.iter().collect();
    let usual = usual_response(&samples, &[]);
    let mut runs = find(&samples);
    let read = |planted: &Planted| {
        let own = |run: &Run| {
            let began = samples[run.first_failed].sent;
            began.plus(EARLY) >= planted.from && began < planted.to.plus(planted.uncertainty)
        };
        let place = runs.iter().position(own);
        let run = place.map(|place| runs.remove(place));
        reading(load, &samples, planted, run.as_ref(), usual)
    };
    let readings: Vec<Reading> = calibration.planted.iter().map(read).collect();
    let (drops, spent) = told(calibration, load);
    let timekeeping = timekeeping(load, &samples, &drops, spent);
    CalibratedProbe {
        probe: load.name.clone(),
        rate: load.rate,
        readings,
        unplanted: runs.len(),
        timekeeping,
    }
}

fn reading(load: &Load, samples: &[&Sample], planted: &Planted, run: Option<&Run>, usual: Nanos) -> Reading {
    let length = planted.to.since(planted.from);
    let (shortest, longest) = (length.since(planted.uncertainty), length.plus(planted.uncertainty));
    let measured = run.map(|run| run.length(samples, usual));
    let unseen = Nanos(load.interval_ns()).plus(usual);
    let within = match measured {
        Some(measured) => measured.low <= longest && measured.high.is_some_and(|high| high >= shortest),
        None => shortest <= unseen,
    };
    let value = measured.map_or(Nanos(0), |measured| measured.value);
    Reading {
        planted: length,
        uncertainty: planted.uncertainty,
        measured,
        error: value.0.cast_signed().saturating_sub(length.0.cast_signed()),
        within,
        methods: run.filter(|_| load.kind.is_packets()).map(|run| methods(load, samples, run)),
    }
}

/// The requests and packets of a probe, in the order of sending.
fn samples(calibration: &Calibration, load: &Load) -> Vec<Sample> {
    let mut samples = Vec::new();
    for event in &calibration.events {
        match &event.what {
            What::Sample(sample) if sample.load == load.name => samples.push(sample.clone()),
            What::Packets(run) if run.load == load.name => samples.extend(run.samples()),
            _ => {}
        }
    }
    samples.sort_by_key(|sample| sample.seq);
    samples
}

/// The requests that a probe did not send, and its processor time.
fn told<'a>(calibration: &'a Calibration, load: &Load) -> (Vec<Drop<'a>>, Option<Nanos>) {
    let (mut drops, mut spent) = (Vec::new(), None);
    for event in &calibration.events {
        match &event.what {
            What::Dropped { load: of, due, reason, .. } if *of == load.name => {
                drops.push(Drop { due: *due, reason });
            }
            What::LoadEnded { load: of, processor, .. } if *of == load.name => spent = Some(*processor),
            _ => {}
        }
    }
    (drops, spent)
}

/// The report for a terminal with this many columns.
pub fn calibration_text(report: &CalibrationReport, width: usize) -> String {
    let width = clamp(width);
    let reasons: String = report.reasons.iter().map(|reason| paragraph(&reason.text, "  ", width)).collect();
    let names = report.probes.iter().map(|probe| format!(" | {} {}/s>", probe.probe, probe.rate));
    let heads = columns(&format!("planted>{}", names.collect::<String>()));
    let rows = (0..report.planted.len()).map(|place| row(report, place)).collect();
    let worst = report.planted.iter().map(|planted| planted.uncertainty).max().unwrap_or_default();
    let known = format!("In milliseconds. The planted lengths are known to {}.", response(worst));
    let errors =
        Section::new("Error of each probe ± the error that it states").table(heads, rows).notes([known]);
    let heads = columns("probe | sent> | late> | latest by> | processor>");
    let quality = Section::new("Measurement quality").table(heads, report.probes.iter().map(kept).collect());
    format!("{}\n{reasons}\n{}", verdict_title(report.verdict), sections(&[errors, quality], width))
}

fn kept(probe: &CalibratedProbe) -> Vec<Cell> {
    let time = &probe.timekeeping;
    let share = time.processor.unwrap_or_default() * 100.0;
    let (name, latest, share) =
        ((&probe.probe).into(), response(time.longest).into(), format!("{share:.1} %").into());
    vec![name, time.sent.into(), time.late.into(), latest, share]
}

fn row(report: &CalibrationReport, place: usize) -> Vec<Cell> {
    let millis = |nanos: u64| Nanos(nanos).seconds() * 1000.0;
    let planted = report.planted.get(place).map_or(0, |planted| planted.to.since(planted.from).0);
    let cell = |reading: &Reading| {
        let mark = if reading.within { "" } else { " !" };
        match reading.measured {
            Some(measured) => {
                let bound = measured
                    .error()
                    .map_or_else(|| "?".to_owned(), |error| format!("{:.1}", millis(error.0)));
                let sign = if reading.error < 0 { '−' } else { '+' };
                format!("{sign}{:.1} ± {bound}{mark}", millis(reading.error.unsigned_abs()))
            }
            None => format!("not seen{mark}"),
        }
    };
    let cells = report.probes.iter().map(|probe| probe.readings.get(place).map_or_else(String::new, cell));
    std::iter::once(millis(planted).round().to_string()).chain(cells).map(Cell::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;
    use crate::model::drill::LoadKind;
    use crate::record::{Answer, Event};

    /// A probe of 100 requests per second that fails during these milliseconds, with 500 to 600 cut.
    fn calibrated(failing: std::ops::Range<u64>) -> CalibrationReport {
        let load = Load {
            name: "tcp".parse().unwrap(),
            address: "web".parse().unwrap(),
            node: None,
            port: 80,
            rate: 100,
            connect_timeout: Millis(400),
            timeout: Millis(400),
            kind: LoadKind::new("tcp", [], []),
        };
        let sample = |seq: u64| {
            let due = Nanos::millis(10 * seq);
            let answer = if failing.contains(&(10 * seq)) { Answer::ConnectTimeout } else { Answer::Ok };
            let (load, done) = (load.name.clone(), due.plus(Nanos::millis(1)));
            let sample = Sample { load, seq, due, sent: due, done, answer, node: None };
            Event { t: done, what: What::Sample(sample) }
        };
        let planted =
            Planted { from: Nanos::millis(500), to: Nanos::millis(600), uncertainty: Nanos(50_000) };
        calibration(&Calibration {
            events: (0..200).map(sample).collect(),
            planted: vec![planted],
            probes: vec![load],
        })
    }

    #[test]
    fn a_probe_that_sees_what_was_planted_passes() {
        let report = calibrated(500..600);
        let reading = &report.probes[0].readings[0];
        assert_eq!((report.verdict, reading.within, reading.error), (Verdict::Pass, true, 0));
        assert_eq!(reading.measured.and_then(|measured| measured.error()), Some(Nanos::millis(11)));
    }

    #[test]
    fn a_probe_that_sees_something_else_fails() {
        let short = calibrated(530..570);
        assert_eq!((short.verdict, short.probes[0].readings[0].error), (Verdict::Fail, -60_000_000));
        let blind = calibrated(0..0);
        assert_eq!((blind.verdict, blind.probes[0].readings[0].measured), (Verdict::Fail, None));
    }

    #[test]
    fn an_outage_that_nobody_planted_proves_nothing() {
        let elsewhere = calibrated(1000..1100);
        assert_eq!(elsewhere.probes[0].unplanted, 1);
        let reasons: Vec<_> = elsewhere.reasons.iter().map(|reason| reason.verdict).collect();
        assert_eq!(reasons, [Verdict::Fail, Verdict::Inconclusive]);
    }
}
