//! Performs the checks of an exercise on copies of an instance, and turns them into outcomes.

use std::cell::Cell;
use std::path::PathBuf;

use super::attempt::is_same;
use super::copy::{Copy, Performed};
use super::{kept, look};
use crate::app::error::AppError;
use crate::app::event::What;
use crate::app::job::Job;
use crate::checkpoint::Checkpoint;
use crate::drill::soak;
use crate::exercise::judge::{self, Judged, Run, WHOLE};
use crate::exercise::{Check, CheckKind, Exercise, Measured, Outcome, PoolDrill, Seen, State, pick};
use crate::model::drill::Drill;
use crate::model::{CheckName, Millis, Origin};

/// How often a check is performed until it is conclusive.
const MOST_TRIES: usize = 3;

/// How long a drill waits at least for the lab to be healthy.
const LEAST_PATIENCE: Millis = Millis(15_000);

/// What the checks are performed with.
pub struct Grading<'a> {
    /// The operation.
    pub job: &'a Job,
    /// The exercise.
    pub exercise: &'a Exercise,
    /// The state that is graded.
    pub from: &'a Checkpoint,
    /// The seed of hidden checks and drills.
    pub seed: u64,
    /// The folder of the records.
    pub records: PathBuf,
    /// The record of the drill that made the start.
    pub start_record: Option<PathBuf>,
    /// The answers of the student to a check, in order.
    pub answers: &'a dyn Fn(&CheckName) -> Vec<String>,
    /// The figure of the solution on this machine.
    pub reference: &'a dyn Fn(&Measured) -> Result<Option<Millis>, AppError>,
    /// What the checks so far have shown.
    pub shown: Shown,
}

/// What the checks of one grading have shown so far.
#[derive(Debug, Default)]
pub struct Shown {
    /// How many checks were performed again because a run of them proved nothing.
    pub repeated: Cell<u32>,
    /// How long health checks were awaited without success on a fresh copy; 0 if they held.
    unhealthy_for: Cell<Millis>,
}

impl Shown {
    /// How long a drill on a fresh copy waits for the lab to be healthy: the part of its limit that no check
    /// has waited without success for the same state.
    fn patience(&self, limit: Millis) -> Millis {
        let left = limit.0.saturating_sub(self.unhealthy_for.get().0);
        limit.min(Millis(left).max(LEAST_PATIENCE))
    }
}

impl Grading<'_> {
    /// Performs checks. Those that only look share a copy and come first.
    ///
    /// # Errors
    /// When a copy cannot be made, or the operation is cancelled. Nothing of the instance is touched.
    pub fn outcomes(&self, checks: &[&Check]) -> Result<Vec<Outcome>, AppError> {
        let mut copy = Copy::of(self.job, &self.from.spec.instance.name, self.from, &self.records)?;
        let (looks, others): (Vec<&Check>, Vec<&Check>) = checks.iter().partition(|check| look::looks(check));
        let mut outcomes = Vec::new();
        if !looks.is_empty() {
            outcomes.extend(self.looks(&mut copy, &looks)?);
        }
        for check in others {
            self.job.emit(What::CheckBegins { check: check.name.clone() });
            let outcome = self.other(&mut copy, check, &outcomes)?;
            self.tell(check, &outcome);
            outcomes.push(outcome);
        }
        let place = |outcome: &Outcome| checks.iter().position(|check| check.name == outcome.check);
        outcomes.sort_by_key(place);
        Ok(outcomes)
    }

    fn tell(&self, check: &Check, outcome: &Outcome) {
        self.job.emit(What::Checked { title: check.title.clone(), outcome: Box::new(outcome.clone()) });
    }

    fn looks(&self, copy: &mut Copy<'_>, checks: &[&Check]) -> Result<Vec<Outcome>, AppError> {
        let mut open: Vec<&Check> = checks.to_vec();
        let mut outcomes = Vec::new();
        for tries in 1..=MOST_TRIES {
            copy.fresh()?;
            open.iter().for_each(|check| self.job.emit(What::CheckBegins { check: check.name.clone() }));
            let observation = look::observation(self.exercise, &open);
            let seen = observation.map(|drill| copy.drill(&drill, self.seed)).transpose()?;
            let mut again = Vec::new();
            for check in open {
                let (judged, record) = self.look(copy, check, seen.as_ref())?;
                if judged.state == State::Inconclusive && tries < MOST_TRIES {
                    self.count_repetition();
                    again.push(check);
                    continue;
                }
                let outcome = outcome(check, judged, record.into_iter().collect());
                self.tell(check, &outcome);
                outcomes.push(outcome);
            }
            if again.is_empty() {
                break;
            }
            open = again;
        }
        Ok(outcomes)
    }

    fn look(
        &self,
        copy: &Copy<'_>,
        check: &Check,
        seen: Option<&Performed>,
    ) -> Result<(Judged, Option<crate::exercise::RecordOf>), AppError> {
        if let Some((judged, seen)) = seen.and_then(|seen| Some((look::observed(check, seen)?, seen))) {
            return Ok((judged, Some(seen.record.clone())));
        }
        let judged = match &check.kind {
            CheckKind::Health { stack, within } => {
                let judged = look::healthy(copy, stack.as_ref(), *within)?;
                if judged.state == State::Failed {
                    self.shown.unhealthy_for.set(self.shown.unhealthy_for.get().max(*within));
                }
                judged
            }
            CheckKind::Script { node, text, .. } => look::script(copy, node, text),
            CheckKind::Config { stack, with, node } => look::config(copy, (stack, with, node), self.job)?,
            _ => Judged::unclear("nothing was observed"),
        };
        Ok((judged, None))
    }

    fn other(&self, copy: &mut Copy<'_>, check: &Check, before: &[Outcome]) -> Result<Outcome, AppError> {
        if let Some(outcome) = of_answers(check, self.answers) {
            return Ok(outcome);
        }
        match &check.kind {
            CheckKind::Guess { of, .. } => Ok(guessed(
                check,
                (self.answers)(&check.name).last(),
                before.iter().find(|one| one.check == *of),
            )),
            CheckKind::Hidden { pick } => self.hidden(copy, check, *pick),
            _ => self
                .repeated(|| self.judged(copy, check))
                .map(|(judged, records)| outcome(check, judged, records)),
        }
    }

    fn count_repetition(&self) {
        self.shown.repeated.set(self.shown.repeated.get() + 1);
    }

    /// Performs a check until it is conclusive, at most a few times.
    fn repeated(
        &self,
        mut one: impl FnMut() -> Result<(Judged, Vec<crate::exercise::RecordOf>), AppError>,
    ) -> Result<(Judged, Vec<crate::exercise::RecordOf>), AppError> {
        for _ in 1..MOST_TRIES {
            let (judged, records) = one()?;
            if judged.state != State::Inconclusive {
                return Ok((judged, records));
            }
            if self.job.asked_to_stop() {
                return Err(AppError::stopped());
            }
            self.count_repetition();
        }
        one()
    }

    /// Performs a check that changes the copy.
    fn judged(
        &self,
        copy: &mut Copy<'_>,
        check: &Check,
    ) -> Result<(Judged, Vec<crate::exercise::RecordOf>), AppError> {
        match &check.kind {
            CheckKind::Reboot { within } => {
                copy.fresh()?;
                copy.power_cycle()?;
                Ok((look::healthy(copy, None, *within)?, Vec::new()))
            }
            CheckKind::Soak { drill, length } => {
                copy.fresh()?;
                let done = copy.drill(&soak(drill, *length), self.seed)?;
                Ok((done.run.soak(), vec![done.record]))
            }
            CheckKind::Kept { load } => {
                copy.fresh()?;
                let (start, record) = (self.exercise.start.drill.as_ref(), self.start_record.as_deref());
                Ok((kept::judged(self.job, copy, start, record, load)?, Vec::new()))
            }
            CheckKind::Drill(measured) => self.measured(copy, measured),
            _ => Ok((Judged::unclear("nothing was done"), Vec::new())),
        }
    }

    fn measured(
        &self,
        copy: &mut Copy<'_>,
        measured: &Measured,
    ) -> Result<(Judged, Vec<crate::exercise::RecordOf>), AppError> {
        let reference = if judge::is_relative(measured) { (self.reference)(measured)? } else { None };
        let mut drill: Drill = judge::performed(measured);
        drill.steady.within = self.shown.patience(drill.steady.within);
        let (mut runs, mut records): (Vec<Run>, Vec<_>) = (Vec::new(), Vec::new());
        for number in 0..measured.runs {
            copy.fresh()?;
            let done = copy.drill(&drill, self.seed.wrapping_add(number.into()))?;
            runs.push(done.run);
            records.push(done.record);
        }
        Ok((judge::measured(measured, &runs, reference), records))
    }

    /// Performs drills of the pool. What the student sees of a failed one is the property that was broken.
    fn hidden(&self, copy: &mut Copy<'_>, check: &Check, count: usize) -> Result<Outcome, AppError> {
        let mut parts: Vec<Judged> = Vec::new();
        let mut records = Vec::new();
        for PoolDrill { measured, says, .. } in pick(&self.exercise.pool, self.seed, count) {
            let (judged, own) = self.repeated(|| self.measured(copy, measured))?;
            records.extend(own);
            parts.push(match judged.state {
                State::Failed => {
                    let seen = vec![Seen::Property { says: says.clone() }];
                    Judged { seen, ..judged }
                }
                _ => judged,
            });
        }
        Ok(outcome(check, together(&parts), records))
    }
}

/// The judgement on several parts of equal weight.
fn together(parts: &[Judged]) -> Judged {
    let count = u32::try_from(parts.len()).unwrap_or(u32::MAX).max(1);
    let share = parts.iter().map(|part| part.share).sum::<u32>() / count;
    let state = if parts.iter().any(|part| part.state == State::Inconclusive) {
        State::Inconclusive
    } else if share == 0 {
        State::Failed
    } else {
        State::Passed
    };
    let failed = parts.iter().filter(|part| part.state != State::Passed).flat_map(|part| part.seen.clone());
    let mut seen: Vec<Seen> = failed.collect();
    if seen.is_empty() {
        seen.push(Seen::AllOfPool { count: parts.len() });
    }
    let origin = parts.iter().map(|part| part.origin).max().unwrap_or_default();
    Judged { state, share, seen, origin }
}

fn outcome(check: &Check, judged: Judged, records: Vec<crate::exercise::RecordOf>) -> Outcome {
    let Judged { state, share, seen, origin } = judged;
    let points = if state == State::Inconclusive { 0 } else { check.points * share / WHOLE };
    Outcome { check: check.name.clone(), state, points, of: check.points, seen, origin, records }
}

/// The outcome of a question; none if the check is another one.
pub fn of_answers(check: &Check, answers: &dyn Fn(&CheckName) -> Vec<String>) -> Option<Outcome> {
    match &check.kind {
        CheckKind::Answer { is, tries, .. } => Some(answered(check, is, *tries, &answers(&check.name))),
        _ => None,
    }
}

/// The outcome of a question. Only the first answers are judged, the last of them counts.
fn answered(check: &Check, is: &str, tries: u32, answers: &[String]) -> Outcome {
    let judged = answers.iter().take(tries as usize);
    let right = judged.clone().any(|answer| is_same(is, answer));
    let left = tries.saturating_sub(u32::try_from(answers.len()).unwrap_or(u32::MAX));
    let judged = match (right, answers.is_empty()) {
        (true, _) => Judged::passed(Seen::RightAnswer),
        (false, true) => open(),
        (false, false) => Judged::failed(Seen::WrongAnswer { left }),
    };
    outcome(check, judged, Vec::new())
}

/// The outcome of a prediction, beside that of the check that measures the figure.
pub fn guessed(check: &Check, answer: Option<&String>, measured: Option<&Outcome>) -> Outcome {
    let value = measured.into_iter().flat_map(|outcome| &outcome.seen).find_map(|seen| match seen {
        Seen::Measured { value, .. } => Some(*value),
        _ => None,
    });
    let guess = answer.and_then(|answer| answer.trim().parse::<Millis>().ok());
    let judged = match (guess, value) {
        (None, _) => open(),
        (Some(_), None) => Judged::unclear("the figure was not measured"),
        (Some(guess), Some(value)) => judge::guess(guess, value),
    };
    outcome(check, judged, Vec::new())
}

fn open() -> Judged {
    Judged { state: State::Open, share: 0, seen: vec![Seen::NoAnswer], origin: Origin::Seen }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drill_does_not_wait_again_for_what_a_check_awaited_in_vain() {
        let shown = Shown::default();
        assert_eq!(shown.patience(Millis(120_000)), Millis(120_000));
        shown.unhealthy_for.set(Millis(90_000));
        assert_eq!(shown.patience(Millis(120_000)), Millis(30_000));
        assert_eq!(shown.patience(Millis(60_000)), LEAST_PATIENCE);
        assert_eq!(shown.patience(Millis(5000)), Millis(5000));
    }
}
