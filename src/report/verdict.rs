//! What to make of a drill. What is inconclusive is never passed, and what is broken is never excused.

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

/// The most requests that may be late by more than half an interval, in parts of a hundred.
const MOST_LATE_PERCENT: usize = 1;

/// Around the ends of an outage requests may be missing for this part of it at most, or for two intervals.
const GAP_PERCENT: u64 = 2;

/// All that was counted, for the verdict.
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
        let mut add = |verdict, text: String| reasons.push(Reason { verdict, text });
        self.ending(&mut add);
        for result in invariants.iter().filter(|result| result.verdict != Verdict::Pass) {
            add(result.verdict, result.text.clone());
        }
        for overload in self.overloads {
            add(Verdict::Inconclusive, overload.to_string());
        }
        if self.drill().service().is_some() && self.index.ending == Some(&Ending::Completed) {
            // What took too long on a lab that could hardly carry its load says nothing of the fault.
            let mut add = |verdict, text| add(too_long(verdict, self.overloads), text);
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

    fn ending(&self, add: &mut impl FnMut(Verdict, String)) {
        match self.index.ending {
            Some(Ending::Completed) => {}
            Some(Ending::GivenUp { reason }) => add(Verdict::Inconclusive, reason.clone()),
            Some(Ending::Cancelled) => add(Verdict::Error, "it was stopped by the user".to_owned()),
            Some(Ending::Failed { reason }) => add(Verdict::Error, reason.clone()),
            None => add(Verdict::Error, "the record ends before the drill does".to_owned()),
        }
        for event in &self.index.record.events {
            match &event.what {
                What::StepMissed { step, reason } => {
                    add(Verdict::Inconclusive, format!("step {step} was not done: {reason}"));
                }
                What::Healed { node, failure: Some(failure), .. } => {
                    add(Verdict::Error, format!("{node} could not be healed: {failure}"));
                }
                _ => {}
            }
        }
        for step in self.steps {
            if let Some(failure) = &step.failure {
                add(Verdict::Inconclusive, format!("step {} failed: {failure}", step.step));
            }
        }
    }

    /// Whether each figure kept its bound: it did not when even its lower bound is above.
    fn bounds(&self, add: &mut impl FnMut(Verdict, String)) {
        for Reason { verdict, text } in self.figures.iter().filter_map(bound_of) {
            add(verdict, text);
        }
        for outage in self.outages.iter().filter(|outage| outage.ended.is_none()) {
            add(Verdict::Fail, format!("the service was lost at {} s and did not come back", outage.began));
        }
    }

    fn goals(&self, add: &mut impl FnMut(Verdict, String)) {
        for event in &self.index.record.events {
            if let What::Goal { goal, reached: false } = &event.what {
                let text = match goal {
                    SettleGoal::Redundant => "the lab did not become redundant again in time",
                    SettleGoal::FailedBack => "the address did not move back in time",
                };
                add(Verdict::Fail, text.to_owned());
            }
        }
    }

    /// Whether all takeovers were the drill's own. In a soak none is, and to see one is what it is for.
    fn alarms(&self, add: &mut impl FnMut(Verdict, String)) {
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
            add(
                Verdict::Fail,
                format!("{what} although {node} was on{more}, and nothing was done to the lab"),
            );
            return;
        }
        let text = format!(
            "{what} although {node} was on{more}: no fault of the drill explains it, an overloaded machine may"
        );
        add(Verdict::Inconclusive, text);
    }

    /// Whether what nodes measured can be believed, and whether the mirror had all of it.
    fn measured(&self, add: &mut impl FnMut(Verdict, String)) {
        for MeasureSummary { name, doubtful, unsynced, wanted, runs, .. } in self.measures {
            if runs.len() < *wanted as usize {
                add(Verdict::Inconclusive, format!("{name} was measured {} of {wanted} times", runs.len()));
            }
            if *doubtful > 0 {
                let text =
                    format!("{name}: {doubtful} times the node's clock does not agree with the host's");
                add(Verdict::Inconclusive, text);
            }
            if let Some(times @ 1..) = *unsynced {
                add(
                    Verdict::Fail,
                    format!("{name}: {times} times the mirror was not in sync after all was flushed"),
                );
            }
        }
    }

    /// Whether each ramp says what the lab can serve, and not what the generator can ask.
    fn ramped(&self, add: &mut impl FnMut(Verdict, String)) {
        for RampSummary { ramp, steps, .. } in self.ramps {
            match steps.first() {
                None => add(Verdict::Inconclusive, format!("{ramp}: nothing was asked")),
                Some(first) if first.answered == 0 => {
                    add(Verdict::Inconclusive, format!("{ramp}: nothing was answered at the first rate"));
                }
                Some(_) => {}
            }
            for step in steps.iter().filter(|step| step.timekeeping.dropped > 0) {
                let (rate, dropped) = (step.rate, step.timekeeping.dropped);
                let why = step.timekeeping.drop_reason.as_deref().unwrap_or_default();
                let text = format!("{ramp}: at {rate} a second, {dropped} requests were not sent: {why}");
                add(Verdict::Inconclusive, text);
            }
            for step in steps.iter().filter(|step| late_too_often(&step.timekeeping)) {
                let (rate, late, sent) = (step.rate, step.timekeeping.late, step.timekeeping.sent);
                let text = format!("{ramp}: at {rate} a second, {late} of {sent} requests were sent late");
                add(Verdict::Inconclusive, text);
            }
        }
    }

    /// Whether the measuring itself can be trusted.
    fn measuring(&self, add: &mut impl FnMut(Verdict, String)) {
        for clients in self.clients {
            let (time, load) = (&clients.timekeeping, &clients.load);
            if time.dropped > 0 {
                let why = time.drop_reason.as_deref().unwrap_or_default();
                add(Verdict::Inconclusive, format!("{load}: {} requests were not sent: {why}", time.dropped));
            }
            if late_too_often(time) {
                let (late, sent, longest) = (time.late, time.sent, time.longest);
                add(
                    Verdict::Inconclusive,
                    format!("{load}: {late} of {sent} requests were sent late, the longest by {longest} s"),
                );
            }
        }
        self.silent_loads(add);
        self.away_too_early(add);
        let Some(service) = self.drill().service() else { return };
        let measured = self.index.samples_of(&service.name);
        if measured.is_empty() && self.index.ending == Some(&Ending::Completed) {
            add(Verdict::Inconclusive, format!("{}: no request was sent", service.name));
        }
        for outage in self.outages.iter().filter(|outage| outage.label.is_of_a_step()) {
            self.gap_of(outage, service, add);
        }
    }

    /// Whether each load was answered at all before anything was done: one that never was has measured nothing.
    fn silent_loads(&self, add: &mut impl FnMut(Verdict, String)) {
        for clients in self.clients {
            // One that had not even begun by then, because nobody could call or log in, has none.
            let silent = match clients.response.get(&Window::Before) {
                Some(times) => times.failed == times.count,
                None => !self.steps.is_empty(),
            };
            if silent {
                let text = format!("{}: nothing was answered before the first step", clients.load);
                add(Verdict::Inconclusive, text);
            }
        }
    }

    /// Whether the service, which was there for as long as the baseline is, was so until the first step. If not, what follows
    /// is not the steps' doing alone.
    fn away_too_early(&self, add: &mut impl FnMut(Verdict, String)) {
        let (Some(steady), false) = (self.index.steady(), self.steps.is_empty()) else { return };
        let interruptions = self.outages.iter().filter(|outage| {
            // One that came with a false takeover is told as that.
            outage.label == OutageLabel::Interruption && outage.cause.is_none() && !outage.false_takeover
        });
        for outage in interruptions.filter(|outage| outage.ended.is_none_or(|ended| ended > steady)) {
            let (length, began) = (outage.length.value, outage.began);
            let text = format!("the service was lost for {length} s at {began} s, before the first step");
            add(Verdict::Inconclusive, text);
        }
    }

    /// Whether enough requests were sent around an outage's ends. How long the service took for its first answers is
    /// its own affair, and part of the figure.
    fn gap_of(&self, outage: &Outage, service: &Load, add: &mut impl FnMut(Verdict, String)) {
        let share = Nanos(outage.length.value.0 * GAP_PERCENT / 100);
        if outage.gap > share.max(Nanos(2 * service.interval_ns())) {
            let (began, gap) = (outage.began, outage.gap);
            let text = format!("no request was sent for {gap} s at an end of the outage at {began} s");
            add(Verdict::Inconclusive, text);
        }
    }
}

/// Whether a generator was late so often that what it measured proves nothing.
pub fn late_too_often(time: &Timekeeping) -> bool {
    time.late * 100 > time.sent * MOST_LATE_PERCENT
}

/// What it means that something took too long: no failure where the lab could hardly carry its load before the fault. What may
/// never be broken, and was, is not excused by that.
pub fn too_long(verdict: Verdict, overloads: &[Overload]) -> Verdict {
    if overloads.is_empty() { verdict } else { verdict.min(Verdict::Inconclusive) }
}

/// What speaks against a figure that has a bound; none if it kept it, or has none.
pub fn bound_of(row: &FigureRow) -> Option<Reason> {
    if row.max.is_none() && row.min.is_none() {
        return None;
    }
    let name = name(row.figure);
    let Some(measured) = row.measured else {
        let missing = row.missing.as_deref().unwrap_or_default();
        let text = format!("{name} has a limit and was not measured: {missing}");
        return Some(Reason { verdict: Verdict::Inconclusive, text });
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
    Some(Reason { verdict, text })
}
