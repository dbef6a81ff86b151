//! How long a grading probably takes: an estimate from the waits and limits of its checks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::look::{looks, observation};
use crate::drill::soak;
use crate::exercise::{Check, CheckKind, Exercise, Measured};
use crate::model::drill::{Drill, Trigger};
use crate::model::{Millis, StepName};

/// The time in which a copy is restored and its nodes answer: some seconds with KVM, more without.
const RESTORE: Millis = Millis::seconds(10);

/// The time in which nodes shut down, so that their disks can be read.
const SHUT_DOWN: Millis = Millis::seconds(30);

/// How long something takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Lasting {
    /// If all holds at once.
    pub least: Millis,
    /// If all waits last as long as they may. What proves nothing and is repeated is not in it.
    pub most: Millis,
}

impl Lasting {
    const NONE: Self = Self { least: Millis(0), most: Millis(0) };

    /// One that has always the same length.
    fn fixed(length: Millis) -> Self {
        Self { least: length, most: length }
    }

    /// A wait with a limit.
    fn up_to(limit: Millis) -> Self {
        Self { least: Millis(0), most: limit }
    }

    /// One after the other.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let add = |one: Millis, other: Millis| Millis(one.0.saturating_add(other.0));
        Self { least: add(self.least, next.least), most: add(self.most, next.most) }
    }

    /// Several of the same kind, one after the other.
    #[must_use]
    pub fn times(self, count: usize) -> Self {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let all = |one: Millis| Millis(one.0.saturating_mul(count));
        Self { least: all(self.least), most: all(self.most) }
    }

    /// The longer one of two, in both cases.
    #[must_use]
    fn or(self, other: Self) -> Self {
        Self { least: self.least.max(other.least), most: self.most.max(other.most) }
    }
}

/// How long a grading of all checks takes.
pub fn of_grading(exercise: &Exercise) -> Lasting {
    let (looking, others): (Vec<&Check>, Vec<&Check>) =
        exercise.checks.iter().partition(|check| looks(check));
    let mut sum = if exercise.replay.is_some() { restored().times(2) } else { Lasting::NONE };
    if !looking.is_empty() {
        let observed = observation(exercise, &looking).and_then(|drill| drill.soak);
        sum = sum.then(restored()).then(Lasting::fixed(observed.unwrap_or_default()));
        for check in &looking {
            if let CheckKind::Health { within, .. } = check.kind {
                sum = sum.then(Lasting::up_to(within));
            }
        }
    }
    others.into_iter().fold(sum, |sum, check| sum.then(of_check(exercise, check)))
}

fn of_check(exercise: &Exercise, check: &Check) -> Lasting {
    match &check.kind {
        CheckKind::Kept { .. } => restored().then(Lasting::up_to(SHUT_DOWN)),
        CheckKind::Soak { drill, length } => restored().then(of_drill(&soak(drill, *length))),
        CheckKind::Reboot { within } => restored().then(Lasting::up_to(*within)),
        CheckKind::Drill(measured) => of_measured(measured),
        CheckKind::Hidden { pick } => {
            let drills = exercise.pool.iter().map(|drill| of_measured(&drill.measured));
            drills.fold(Lasting::NONE, Lasting::or).times(*pick)
        }
        _ => Lasting::NONE,
    }
}

fn restored() -> Lasting {
    Lasting::fixed(RESTORE)
}

fn of_measured(measured: &Measured) -> Lasting {
    restored().then(of_drill(&measured.drill)).times(measured.runs as usize)
}

/// How long a drill takes: its baseline, its steps, and what it waits for before and after them.
fn of_drill(drill: &Drill) -> Lasting {
    let steady = if drill.as_found { Lasting::NONE } else { Lasting::up_to(drill.steady.within) };
    let lasts = steady.then(Lasting::fixed(drill.steady.baseline));
    let lasts = lasts.then(Lasting::fixed(drill.soak.unwrap_or_default()));
    if drill.steps.is_empty() {
        return lasts;
    }
    let settle = Lasting { least: drill.settle.calm, most: drill.settle.within.max(drill.settle.calm) };
    lasts.then(of_steps(drill)).then(settle)
}

/// When the last step of a drill is performed, from the end of its baseline on.
fn of_steps(drill: &Drill) -> Lasting {
    let mut performed: BTreeMap<&StepName, Lasting> = BTreeMap::new();
    let mut last = Lasting::NONE;
    for step in &drill.steps {
        let from = match &step.trigger {
            Trigger::At(at) => Lasting::fixed(*at),
            Trigger::After { step, delay } => {
                performed.get(step).copied().unwrap_or_default().then(Lasting::fixed(*delay))
            }
            Trigger::When { delay, within, .. } => {
                last.then(Lasting::up_to(*within)).then(Lasting::fixed(*delay))
            }
        };
        let at = from.then(Lasting::up_to(step.jitter));
        performed.insert(&step.name, at);
        last = last.or(at);
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_count_once_at_their_limits_and_lengths_always() {
        let wait = Lasting::up_to(Millis(30)).then(Lasting::fixed(Millis(5)));
        assert_eq!(wait.times(2), Lasting { least: Millis(10), most: Millis(70) });
        let other = Lasting { least: Millis(7), most: Millis(8) };
        assert_eq!(wait.or(other), Lasting { least: Millis(7), most: Millis(35) });
    }
}
