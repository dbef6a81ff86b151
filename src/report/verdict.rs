//! The verdict of a drill. Inconclusive results never pass, and violations are never excused.

use super::analysis::{FalseTakeover, FigureRow, Outage, OutageLabel, Reason, StepDone};
use super::counts::{ClientsSummary, HolderSummary, InvariantResult, Timekeeping, Window, WritesSummary};
use super::index::Index;
use super::log_events::LogEvent;
use super::measures::MeasureSummary;
use super::ramps::RampSummary;
use super::terms::name;
use crate::model::Source;
use crate::model::drill::{Drill, Load, SettleGoal};
use crate::record::{Ending, Nanos, Overload, Verdict, What};

/// The largest share of requests that may be late by more than half an interval, in percent.
const MOST_LATE_PERCENT: usize = 1;

/// The tolerated gap in requests around the ends of an outage: this percentage of the outage, or two
/// intervals.
const GAP_PERCENT: u64 = 2;

/// The evidence for the verdict.
pub struct Evidence<'a> {
    pub index: &'a Index<'a>,
    pub steps: &'a [StepDone],
    pub log_events: &'a [LogEvent<'a>],
    pub figures: &'a [FigureRow],
    pub outages: &'a [Outage],
    pub false_takeovers: &'a [FalseTakeover],
    pub clients: &'a [ClientsSummary],
    pub overloads: &'a [Overload],
    pub writes: &'a [WritesSummary],
    pub holders: &'a [HolderSummary],
    pub measures: &'a [MeasureSummary],
    pub ramps: &'a [RampSummary],
}

impl Evidence<'_> {
    pub fn drill(&self) -> &Drill {
        &self.index.record.header.drill
    }

    /// The reasons for the verdict, the gravest first.
    pub fn reasons(&self, invariants: &[InvariantResult]) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let mut add = |reason| reasons.push(reason);
        self.ending(&mut add);
        for result in invariants.iter().filter(|result| result.verdict != Verdict::Pass) {
            add(Reason { verdict: result.verdict, text: result.text.clone(), origin: result.origin });
        }
        for overload in self.overloads {
            add(Reason::seen(Verdict::Inconclusive, overload.to_string()));
        }
        if self.drill().service().is_some() && self.index.ending == Some(&Ending::Completed) {
            // A duration that is too long in a lab that could hardly carry its load says nothing about the
            // fault.
            let mut add =
                |reason: Reason| add(Reason { verdict: too_long(reason.verdict, self.overloads), ..reason });
            self.bounds(&mut add);
            self.goals(&mut add);
        }
        self.alarms(&mut add);
        self.measured(&mut add);
        self.ramped(&mut add);
        self.measuring(&mut add);
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.verdict));
        reasons
    }

    fn ending(&self, add: &mut impl FnMut(Reason)) {
        match self.index.ending {
            Some(Ending::Completed) => {}
            Some(Ending::GivenUp { reason } | Ending::Unsteady { reason }) => {
                add(Reason::seen(Verdict::Inconclusive, reason.clone()))
            }
            Some(Ending::Cancelled) => {
                add(Reason::seen(Verdict::Error, "it was stopped by the user".to_owned()))
            }
            Some(Ending::Failed { reason }) => add(Reason::seen(Verdict::Error, reason.clone())),
            None => add(Reason::seen(Verdict::Error, "the record ends before the drill does".to_owned())),
        }
        for event in &self.index.record.events {
            match &event.what {
                What::StepMissed { step, reason } => {
                    add(Reason::seen(Verdict::Inconclusive, format!("step {step} was not done: {reason}")));
                }
                What::Healed { node, failure: Some(failure), .. } => {
                    add(Reason::seen(Verdict::Error, format!("{node} could not be healed: {failure}")));
                }
                _ => {}
            }
        }
        for step in self.steps {
            if let Some(failure) = &step.failure {
                add(Reason::seen(Verdict::Inconclusive, format!("step {} failed: {failure}", step.step)));
            }
        }
    }

    /// Checks each figure against its limit, which is exceeded only when even the lower bound is above it.
    fn bounds(&self, add: &mut impl FnMut(Reason)) {
        self.figures.iter().filter_map(bound_of).for_each(&mut *add);
        for outage in self.outages.iter().filter(|outage| outage.ended.is_none()) {
            add(Reason::seen(
                Verdict::Fail,
                format!("the service was lost at {} s and did not come back", outage.began),
            ));
        }
    }

    fn goals(&self, add: &mut impl FnMut(Reason)) {
        for event in &self.index.record.events {
            if let What::Goal { goal, reached: false } = &event.what {
                let text = match goal {
                    SettleGoal::Redundant => "the lab did not become redundant again in time",
                    SettleGoal::FailedBack => "the address did not move back in time",
                };
                let reason = Reason::seen(Verdict::Fail, text);
                add(Reason { origin: event.what.origin(), ..reason });
            }
        }
    }

    /// Checks that all takeovers were caused by the drill. In a soak none is, and counting them is its
    /// purpose.
    fn alarms(&self, add: &mut impl FnMut(Reason)) {
        let Some(first) = self.false_takeovers.first() else { return };
        let FalseTakeover { node, by, at, .. } = first;
        let what = match first.source {
            Source::Told => format!("{by} declared {node} dead at {at} s"),
            Source::Wire | Source::Clients | Source::Host | Source::Disk => {
                format!("{by} took the address from {node} at {at} s")
            }
        };
        let more = match self.false_takeovers.len() {
            1 => String::new(),
            times => format!(", the first of {times} times"),
        };
        if self.drill().soak.is_some() {
            let text = format!("{what} although {node} was on{more}, and nothing was done to the lab");
            add(Reason { verdict: Verdict::Fail, text, origin: first.origin });
            return;
        }
        let text = format!(
            "{what} although {node} was on{more}: no fault of the drill explains it, an overloaded machine may"
        );
        add(Reason { verdict: Verdict::Inconclusive, text, origin: first.origin });
    }

    /// Checks whether measurements inside nodes are credible, and whether the mirror was in sync.
    fn measured(&self, add: &mut impl FnMut(Reason)) {
        for MeasureSummary { name, doubtful, unsynced, wanted, runs, .. } in self.measures {
            if runs.len() < *wanted as usize {
                add(Reason::seen(
                    Verdict::Inconclusive,
                    format!("{name} was measured {} of {wanted} times", runs.len()),
                ));
            }
            if *doubtful > 0 {
                let text =
                    format!("{name}: {doubtful} times the node's clock does not agree with the host's");
                add(Reason::told(Verdict::Inconclusive, text));
            }
            if let Some(times @ 1..) = *unsynced {
                add(Reason::told(
                    Verdict::Fail,
                    format!("{name}: {times} times the mirror was not in sync after all was flushed"),
                ));
            }
        }
    }

    /// Checks that each ramp shows the capacity of the lab, not that of the generator.
    fn ramped(&self, add: &mut impl FnMut(Reason)) {
        for RampSummary { ramp, steps, .. } in self.ramps {
            match steps.first() {
                None => add(Reason::seen(Verdict::Inconclusive, format!("{ramp}: nothing was asked"))),
                Some(first) if first.answered == 0 => {
                    add(Reason::seen(
                        Verdict::Inconclusive,
                        format!("{ramp}: nothing was answered at the first rate"),
                    ));
                }
                Some(_) => {}
            }
            for step in steps.iter().filter(|step| step.timekeeping.dropped > 0) {
                let (rate, dropped) = (step.rate, step.timekeeping.dropped);
                let why = step.timekeeping.drop_reason.as_deref().unwrap_or_default();
                let text = format!("{ramp}: at {rate} a second, {dropped} requests were not sent: {why}");
                add(Reason::seen(Verdict::Inconclusive, text));
            }
            for step in steps.iter().filter(|step| late_too_often(&step.timekeeping)) {
                let (rate, late, sent) = (step.rate, step.timekeeping.late, step.timekeeping.sent);
                let text = format!("{ramp}: at {rate} a second, {late} of {sent} requests were sent late");
                add(Reason::seen(Verdict::Inconclusive, text));
            }
        }
    }

    /// Checks whether the measurement itself can be trusted.
    fn measuring(&self, add: &mut impl FnMut(Reason)) {
        for clients in self.clients {
            let (time, load) = (&clients.timekeeping, &clients.load);
            if time.dropped > 0 {
                let why = time.drop_reason.as_deref().unwrap_or_default();
                add(Reason::seen(
                    Verdict::Inconclusive,
                    format!("{load}: {} requests were not sent: {why}", time.dropped),
                ));
            }
            if late_too_often(time) {
                let (late, sent, longest) = (time.late, time.sent, time.longest);
                add(Reason::seen(
                    Verdict::Inconclusive,
                    format!("{load}: {late} of {sent} requests were sent late, the longest by {longest} s"),
                ));
            }
        }
        self.silent_loads(add);
        self.away_too_early(add);
        let Some(service) = self.drill().service() else { return };
        let measured = self.index.samples_of(&service.name);
        if measured.is_empty() && self.index.ending == Some(&Ending::Completed) {
            add(Reason::seen(Verdict::Inconclusive, format!("{}: no request was sent", service.name)));
        }
        for outage in self.outages.iter().filter(|outage| outage.label.is_of_a_step()) {
            self.gap_of(outage, service, add);
        }
    }

    /// Checks that each load was answered before the first step: one that never was has measured nothing.
    fn silent_loads(&self, add: &mut impl FnMut(Reason)) {
        for clients in self.clients {
            // A load that had not started by then, because no call or login succeeded, has none.
            let silent = match clients.response.get(&Window::Before) {
                Some(times) => times.failed == times.count,
                None => !self.steps.is_empty(),
            };
            if silent {
                let text = format!("{}: nothing was answered before the first step", clients.load);
                add(Reason::seen(Verdict::Inconclusive, text));
            }
        }
    }

    /// Checks that the service, which was up for the whole baseline, stayed up until the first step. If not,
    /// later events may have other causes than the steps.
    fn away_too_early(&self, add: &mut impl FnMut(Reason)) {
        let (Some(steady), false) = (self.index.steady(), self.steps.is_empty()) else { return };
        let interruptions = self.outages.iter().filter(|outage| {
            // One that coincides with a false takeover is reported as that.
            outage.label == OutageLabel::Interruption && outage.cause.is_none() && !outage.false_takeover
        });
        for outage in interruptions.filter(|outage| outage.ended.is_none_or(|ended| ended > steady)) {
            let (length, began) = (outage.length.value, outage.began);
            let text = format!("the service was lost for {length} s at {began} s, before the first step");
            add(Reason::seen(Verdict::Inconclusive, text));
        }
    }

    /// Checks that enough requests were sent around an outage's ends. The duration of the service's first
    /// answers is part of the figure.
    fn gap_of(&self, outage: &Outage, service: &Load, add: &mut impl FnMut(Reason)) {
        let share = Nanos(outage.length.value.0 * GAP_PERCENT / 100);
        if outage.gap > share.max(Nanos(2 * service.interval_ns())) {
            let (began, gap) = (outage.began, outage.gap);
            let text = format!("no request was sent for {gap} s at an end of the outage at {began} s");
            add(Reason::seen(Verdict::Inconclusive, text));
        }
    }
}

/// Whether a generator was late so often that its measurements are inconclusive.
pub fn late_too_often(time: &Timekeeping) -> bool {
    time.late * 100 > time.sent * MOST_LATE_PERCENT
}

/// The verdict for a duration that is too long: not a failure if the lab could hardly carry its load before
/// the fault. Violated invariants are not excused by that.
pub fn too_long(verdict: Verdict, overloads: &[Overload]) -> Verdict {
    if overloads.is_empty() { verdict } else { verdict.min(Verdict::Inconclusive) }
}

/// The reason against a figure with a limit; `None` if it is within the limit, or has none.
pub fn bound_of(row: &FigureRow) -> Option<Reason> {
    if row.max.is_none() && row.min.is_none() {
        return None;
    }
    let name = name(row.figure);
    let Some(measured) = row.measured else {
        let missing = row.missing.as_deref().unwrap_or_default();
        let text = format!("{name} has a limit and was not measured: {missing}");
        return Some(Reason { verdict: Verdict::Inconclusive, text, origin: row.origin });
    };
    let value = measured.value;
    let with_error = || {
        let error = measured.error().map_or_else(String::new, |error| format!(" ± {error}"));
        format!("{name} was {value}{error} s: within this error it may be")
    };
    let (verdict, text) = match (row.min, row.max) {
        (_, Some(max)) if measured.low > max => {
            (Verdict::Fail, format!("{name} was {value} s, the limit is {max} s"))
        }
        (Some(min), _) if measured.high.is_some_and(|high| high < min) => {
            (Verdict::Fail, format!("{name} was {value} s, at least {min} s were expected"))
        }
        (_, Some(max)) if measured.high.is_none_or(|high| high > max) => {
            (Verdict::Inconclusive, format!("{} above the limit of {max} s", with_error()))
        }
        (Some(min), _) if measured.low < min => {
            (Verdict::Inconclusive, format!("{} below the expected {min} s", with_error()))
        }
        _ => return None,
    };
    Some(Reason { verdict, text, origin: row.origin })
}
