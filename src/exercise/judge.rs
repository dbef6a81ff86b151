//! From records to outcomes: pure, so that every point can be recomputed.

use super::model::{Bound, Measured};
use super::outcome::{Seen, State};
use crate::model::drill::{Drill, Figure, Invariant};
use crate::model::{AddressName, LoadName, Millis, NodeName, Origin};
use crate::record::{Answer, Ending, Nanos, Record, Stage, Verdict, What};
use crate::report::{Analysis, analyse};

/// The judgement on a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Whether it passed.
    pub state: State,
    /// Its share of the points, in thousandths.
    pub share: u32,
    /// What was seen.
    pub seen: Vec<Seen>,
    /// Whose word it is.
    pub origin: Origin,
}

/// All points, in thousandths.
pub const WHOLE: u32 = 1000;

impl Judged {
    fn of(state: State, seen: Seen, origin: Origin) -> Self {
        let share = if state == State::Passed { WHOLE } else { 0 };
        Self { state, share, seen: vec![seen], origin }
    }

    /// A check that passed, as seen from outside.
    pub fn passed(seen: Seen) -> Self {
        Self::of(State::Passed, seen, Origin::Seen)
    }

    /// A check that failed, as seen from outside.
    pub fn failed(seen: Seen) -> Self {
        Self::of(State::Failed, seen, Origin::Seen)
    }

    /// A check of which nothing is known.
    pub fn unclear(why: impl Into<String>) -> Self {
        Self::of(State::Inconclusive, Seen::Unclear { why: why.into() }, Origin::Seen)
    }

    /// The same, as the word of nodes.
    #[must_use]
    pub fn told(self) -> Self {
        Self { origin: Origin::Told, ..self }
    }
}

/// A record with its analysis.
#[derive(Debug)]
pub struct Run {
    record: Record,
    analysis: Analysis,
}

impl Run {
    /// Analyses a record.
    pub fn of(record: Record) -> Self {
        let analysis = analyse(&record);
        Self { record, analysis }
    }

    fn ending(&self) -> Option<&Ending> {
        self.record.events.iter().rev().find_map(|event| match &event.what {
            What::Ended { ending } => Some(ending),
            _ => None,
        })
    }

    /// The first reason against the drill, in the words of the report.
    fn reason(&self) -> String {
        self.analysis.reasons.first().map_or_else(String::new, |reason| reason.text.clone())
    }

    /// Why the run proves nothing about the lab: it was stopped, or this program or the host failed.
    fn broke_off(&self) -> Option<Judged> {
        match self.ending() {
            Some(Ending::Failed { .. } | Ending::Cancelled) | None => Some(Judged::unclear(self.reason())),
            Some(Ending::Completed | Ending::Unsteady { .. } | Ending::GivenUp { .. }) => None,
        }
    }

    /// Why the clients' requests prove nothing: they were not sent in time.
    fn unkept_schedule(&self) -> Option<Judged> {
        let late = |time: &crate::report::Timekeeping| time.dropped > 0 || time.late * 20 > time.sent;
        let clients = self.analysis.clients.iter().find(|clients| late(&clients.timekeeping))?;
        Some(Judged::unclear(format!("{}: requests were not sent in time", clients.load)))
    }

    /// Whether exactly one node, this one if one is named, answered for an address.
    pub fn holder(&self, address: &AddressName, node: Option<&NodeName>) -> Judged {
        if let Some(unclear) = self.broke_off() {
            return unclear;
        }
        let Some(summary) = self.analysis.holders.iter().find(|summary| summary.address == *address) else {
            return Judged::unclear(format!("nothing asked for the holder of {address}"));
        };
        let address = address.to_string();
        if let Some(double) = summary.doubles.first() {
            return Judged::failed(Seen::SeveralHolders { address, nodes: double.holders.join(", ") });
        }
        if summary.asked == 0 {
            return Judged::unclear("no ARP request asked for the holder");
        }
        // A takeover during the look leaves some requests without an answer.
        let Some(last) = summary.segments.last().filter(|_| summary.unanswered * 2 < summary.asked) else {
            return Judged::failed(Seen::NoHolder { address });
        };
        let held = last.node.as_ref().map_or_else(|| last.mac.to_string(), ToString::to_string);
        match node {
            Some(wanted) if last.node.as_ref() != Some(wanted) => {
                Judged::failed(Seen::OtherHolder { address, node: held, wanted: wanted.to_string() })
            }
            _ if last.node.is_none() => {
                let wanted = "a node of the lab".to_owned();
                Judged::failed(Seen::OtherHolder { address, node: held, wanted })
            }
            _ => Judged::passed(Seen::OneHolder { address, node: held }),
        }
    }

    /// Whether an invariant held.
    pub fn invariant(&self, is: Invariant) -> Judged {
        if let Some(unclear) = self.broke_off() {
            return unclear;
        }
        let Some(result) = self.analysis.invariants.iter().find(|result| result.invariant == is) else {
            return Judged::unclear("the invariant was not looked at");
        };
        let judged = match result.verdict {
            Verdict::Pass => Judged::passed(Seen::Held { invariant: is }),
            Verdict::Fail => Judged::failed(Seen::Violated { invariant: is }),
            // Nothing was observed because nothing was answered: that is the lab's own fault.
            Verdict::Inconclusive | Verdict::Error if self.nothing_answered() => {
                Judged::failed(Seen::Violated { invariant: is })
            }
            Verdict::Inconclusive | Verdict::Error => Judged::unclear(result.text.clone()),
        };
        Judged { origin: result.origin, ..judged }
    }

    fn nothing_answered(&self) -> bool {
        let clients = &self.analysis.clients;
        !clients.is_empty()
            && self.unkept_schedule().is_none()
            && clients.iter().all(|clients| clients.answered == 0 && clients.offered > 0)
    }

    /// Whether few enough requests of a load failed.
    pub fn load(&self, load: &LoadName, allowed: usize) -> Judged {
        if let Some(unclear) = self.broke_off().or_else(|| self.unkept_schedule()) {
            return unclear;
        }
        let (sent, failed) = self.requests(load);
        let seen = Seen::Requests { failed, sent, allowed };
        match (sent, failed <= allowed) {
            (0, _) => Judged::unclear(format!("{load} sent no request")),
            (_, true) => Judged::passed(seen),
            (_, false) => Judged::failed(seen),
        }
    }

    /// The requests of a load during the soak, and how many of them failed.
    fn requests(&self, load: &LoadName) -> (usize, usize) {
        let began = self.record.events.iter().find_map(|event| match event.what {
            What::Stage { stage: Stage::Soak } => Some(event.t),
            _ => None,
        });
        let Some(began) = began else { return (0, 0) };
        let samples = self.record.events.iter().filter_map(|event| match &event.what {
            What::Sample(sample) if sample.load == *load && sample.due >= began => Some(sample),
            _ => None,
        });
        samples.fold((0, 0), |(sent, failed), sample| {
            (sent + 1, failed + usize::from(sample.answer != Answer::Ok))
        })
    }

    /// Whether a soak had neither a takeover nor a failed request.
    pub fn soak(&self) -> Judged {
        if let Some(judged) = self.broke_off().or_else(|| self.unsteady()) {
            return judged;
        }
        let Some(soak) = self.analysis.soak else { return Judged::unclear(self.reason()) };
        if soak.takeovers.events > 0 {
            let origin = self.analysis.false_takeovers.iter().map(|takeover| takeover.origin).min();
            let judged = Judged::failed(Seen::Takeovers { count: soak.takeovers.events });
            return Judged { origin: origin.unwrap_or_default(), ..judged };
        }
        if let Some(unclear) = self.unkept_schedule() {
            return unclear;
        }
        match (soak.requests, soak.failed) {
            (0, _) => Judged::unclear("no request was sent"),
            (_, 0) => Judged::passed(Seen::Takeovers { count: 0 }),
            (sent, failed) => Judged::failed(Seen::Requests { failed, sent, allowed: 0 }),
        }
    }

    /// The judgement on a lab that was never steady. A machine that is too busy to send requests in time
    /// makes a right solution so, too.
    fn unsteady(&self) -> Option<Judged> {
        match self.ending() {
            Some(Ending::Unsteady { .. }) => {
                Some(self.unkept_schedule().unwrap_or_else(|| Judged::failed(Seen::Unsteady)))
            }
            _ => None,
        }
    }

    /// A figure of the run; 0 if the service had no outage at all.
    pub fn figure(&self, figure: Figure) -> Option<Millis> {
        let row = self.analysis.figures.iter().find(|row| row.figure == figure);
        let millis = |nanos: Nanos| Millis(nanos.0 / 1_000_000);
        let measured = row.and_then(|row| row.measured).map(|estimate| millis(estimate.value));
        let none = matches!(figure, Figure::Failover | Figure::Outage) && self.analysis.outages.is_empty();
        measured.or_else(|| (none && self.ending() == Some(&Ending::Completed)).then_some(Millis(0)))
    }

    /// The longest outage of the service; none if no client measured it.
    fn longest_outage(&self) -> Option<Millis> {
        let lengths = self.analysis.outages.iter().map(|outage| Millis(outage.length.value.0 / 1_000_000));
        (!self.analysis.clients.is_empty()).then(|| lengths.max().unwrap_or_default())
    }

    /// The judgement on the run itself, without its figure: none if nothing speaks against it.
    fn against(&self) -> Option<Judged> {
        if let Some(judged) = self.broke_off().or_else(|| self.unsteady()) {
            return Some(judged);
        }
        let lost = self.analysis.outages.iter().any(|outage| outage.ended.is_none());
        if lost && self.unkept_schedule().is_none() {
            let what = "the service was lost and did not come back".to_owned();
            return Some(Judged::failed(Seen::DrillFailed { what }));
        }
        match self.analysis.verdict {
            Verdict::Pass => None,
            Verdict::Fail => {
                let violated = self.analysis.invariants.iter().find(|result| result.verdict == Verdict::Fail);
                let seen = match violated {
                    Some(result) => Seen::Violated { invariant: result.invariant },
                    None => Seen::DrillFailed { what: self.reason() },
                };
                let first = self.analysis.reasons.first().map(|reason| reason.origin);
                Some(Judged { origin: first.unwrap_or_default(), ..Judged::failed(seen) })
            }
            Verdict::Inconclusive | Verdict::Error => Some(Judged::unclear(self.reason())),
        }
    }
}

/// The drill as a check performs it: its own limits of the figure that gives the points do not count.
pub fn performed(measured: &Measured) -> Drill {
    let mut drill = measured.drill.clone();
    if let Some((figure, _, _)) = measured.figure {
        drill.expect.retain(|expectation| expectation.figure != figure);
        drill.expect.push(crate::model::drill::Expectation { figure, max: None, min: None, paper: None });
    }
    drill
}

/// Judges a drill by its runs. `reference` is the figure that the solution reaches on this machine; it is
/// asked for only if a bound is relative to it.
pub fn measured(measured: &Measured, runs: &[Run], reference: Option<Millis>) -> Judged {
    let against: Vec<Judged> = runs.iter().filter_map(Run::against).collect();
    if let Some(failed) = against.iter().find(|judged| judged.state == State::Failed) {
        return failed.clone();
    }
    if let Some(unclear) = against.into_iter().next() {
        return unclear;
    }
    let told = runs.iter().any(|run| !run.analysis.grading.told.is_empty());
    let origin = if told { Origin::Told } else { Origin::Seen };
    let Some((figure, full, none)) = measured.figure else {
        let outage = runs.iter().filter_map(Run::longest_outage).max();
        return Judged { origin, ..Judged::passed(Seen::DrillPassed { outage }) };
    };
    let mut values: Vec<Millis> = runs.iter().filter_map(|run| run.figure(figure)).collect();
    values.sort();
    let bounds = full.at(reference).zip(none.at(reference));
    let (Some(value), Some((full, none))) = (values.get(values.len() / 2).copied(), bounds) else {
        return Judged::unclear("the figure was not measured");
    };
    let share = share(value, full, none);
    let state = if share == 0 { State::Failed } else { State::Passed };
    let seen = vec![Seen::Measured { figure, value, full, none }];
    Judged { state, share, seen, origin }
}

/// Whether a bound needs the figure of the solution.
pub fn is_relative(measured: &Measured) -> bool {
    let relative = |bound: &Bound| matches!(bound, Bound::Relative(_));
    measured.figure.as_ref().is_some_and(|(_, full, none)| relative(full) || relative(none))
}

/// The share of the points for a value, in thousandths: all up to `full`, none from `none` on, between them
/// linear.
fn share(value: Millis, full: Millis, none: Millis) -> u32 {
    if value <= full {
        return WHOLE;
    }
    if value >= none {
        return 0;
    }
    let (left, whole) = (none.0 - value.0, none.0 - full.0);
    u32::try_from(left * u64::from(WHOLE) / whole).unwrap_or(0)
}

/// Judges a prediction: all points within a quarter of the measured figure, none if it is off by all of it.
pub fn guess(guess: Millis, measured: Millis) -> Judged {
    let off = guess.0.abs_diff(measured.0);
    let (quarter, whole) = (measured.0 / 4, measured.0.max(1));
    let share = share(Millis(off), Millis(quarter), Millis(whole));
    let state = if share == 0 { State::Failed } else { State::Passed };
    Judged { state, share, seen: vec![Seen::Guessed { guess, measured }], origin: Origin::Seen }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_fall_from_full_to_none() {
        let (full, none) = (Millis(5000), Millis(15_000));
        for (value, wanted) in [(0, 1000), (5000, 1000), (10_000, 500), (14_990, 1), (15_000, 0), (99_000, 0)]
        {
            assert_eq!(share(Millis(value), full, none), wanted, "{value}");
        }
    }

    #[test]
    fn a_good_prediction_is_near() {
        let measured = Millis(4000);
        assert_eq!(guess(Millis(4900), measured).share, WHOLE);
        assert_eq!(guess(Millis(6500), measured).share, 500);
        assert_eq!(guess(Millis(8000), measured).state, State::Failed);
        assert_eq!(guess(Millis(0), Millis(0)).share, WHOLE);
    }
}
