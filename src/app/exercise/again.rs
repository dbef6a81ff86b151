//! Computes outcomes again: from the records that they were measured in, and from the answers.

use std::path::Path;

use super::checks::{guessed, of_answers};
use super::copy::{Performed, read};
use super::look;
use crate::exercise::judge::{self, Judged, Run, WHOLE};
use crate::exercise::log::{Line, answers};
use crate::exercise::{Check, CheckKind, Exercise, Outcome, RecordOf, Seen, State};
use crate::model::{CheckName, Millis};
use crate::record::RECORD_FILE;

/// What an outcome is when it is computed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// It follows from what is kept.
    Follows,
    /// It does not, with what is wrong.
    Differs(String),
    /// It cannot be computed again, with the reason. What is kept of it is as it was.
    Unproven(String),
}

/// What outcomes are computed from.
pub struct Basis<'a> {
    /// The exercise, with the values of the attempt.
    pub exercise: &'a Exercise,
    /// What happened in the attempt before the grading.
    pub lines: &'a [Line],
    /// The folder of the records.
    pub records: &'a Path,
}

/// Computes all outcomes of a grading again, in their order.
pub fn all(basis: &Basis<'_>, outcomes: &[Outcome]) -> Vec<Again> {
    let one = |place: usize| {
        let (before, rest) = outcomes.split_at(place);
        rest.first().map(|outcome| basis.one(outcome, before))
    };
    (0..outcomes.len()).filter_map(one).collect()
}

impl Basis<'_> {
    fn one(&self, outcome: &Outcome, before: &[Outcome]) -> Again {
        let name = &outcome.check;
        let Some(check) = self.exercise.check(name) else {
            return Again::Differs(format!("{name}: the exercise has no such check"));
        };
        let said = |name: &CheckName| answers(self.lines, name).map(str::to_owned).collect::<Vec<_>>();
        if let Some(right) = of_answers(check, &said) {
            return compared(outcome, &right, "the answers give");
        }
        if let CheckKind::Guess { of, .. } = &check.kind {
            return self.guess(check, outcome, said(name).last(), before.iter().find(|one| one.check == *of));
        }
        let runs = match self.runs(outcome) {
            Ok(runs) => runs,
            Err(wrong) => return Again::Differs(wrong),
        };
        match judged(check, runs) {
            Ok(judged) => compared(outcome, &with_points(outcome, &judged), "the records give"),
            Err(why) => Again::Unproven(format!("{name}: {why}")),
        }
    }

    /// A prediction, beside the figure that it is about: the one that the records give, or else that of the
    /// log.
    fn guess(
        &self,
        check: &Check,
        outcome: &Outcome,
        answer: Option<&String>,
        measured: Option<&Outcome>,
    ) -> Again {
        let again =
            measured.and_then(|measured| Some(Outcome { seen: self.figure(measured)?, ..measured.clone() }));
        let right = guessed(check, answer, again.as_ref().or(measured));
        match compared(outcome, &right, "the answer and the figure give") {
            Again::Follows if again.is_none() && right.state != State::Open => Again::Unproven(format!(
                "{}: the answer was judged again, by the figure that the log has",
                outcome.check
            )),
            other => other,
        }
    }

    /// The figure of a drill, as its records have it; none if there are none.
    fn figure(&self, outcome: &Outcome) -> Option<Vec<Seen>> {
        let CheckKind::Drill(measured) = &self.exercise.check(&outcome.check)?.kind else { return None };
        let runs = self.runs(outcome).ok().filter(|runs| !runs.is_empty())?;
        // The bounds of its points do not matter here.
        Some(judge::measured(measured, &of(runs), Some(Millis(1))).seen)
    }

    /// The runs in which an outcome was measured.
    ///
    /// # Errors
    /// When a record is missing, or was changed.
    fn runs(&self, outcome: &Outcome) -> Result<Vec<Performed>, String> {
        let one = |kept: &RecordOf| match read(&self.records.join(&kept.record).join(RECORD_FILE)) {
            Err(error) => Err(format!("{}: {}", outcome.check, error.line())),
            Ok(found) if found.record.digest != kept.digest => {
                Err(format!("{}: the record {} was changed", outcome.check, kept.record))
            }
            Ok(found) => Ok(found),
        };
        outcome.records.iter().map(one).collect()
    }
}

/// The judgement on the records of a check.
///
/// # Errors
/// Why it does not follow from records alone.
fn judged(check: &Check, runs: Vec<Performed>) -> Result<Judged, &'static str> {
    match &check.kind {
        CheckKind::Drill(measured) if judge::is_relative(measured) => {
            Err("its bounds are those of the solution on the machine of the grading")
        }
        CheckKind::Hidden { .. } => Err("hidden drills are not judged again"),
        CheckKind::Health { .. }
        | CheckKind::Reboot { .. }
        | CheckKind::Script { .. }
        | CheckKind::Config { .. }
        | CheckKind::Kept { .. } => Err("it looked at a copy of the cluster, of which nothing is kept"),
        _ if runs.is_empty() => Err("it has no record"),
        CheckKind::Drill(measured) => Ok(judge::measured(measured, &of(runs), None)),
        CheckKind::Soak { .. } => runs.first().map(|first| first.run.soak()).ok_or("it has no record"),
        _ => runs.first().and_then(|first| look::observed(check, first)).ok_or("it is no measurement"),
    }
}

fn of(runs: Vec<Performed>) -> Vec<Run> {
    runs.into_iter().map(|done| done.run).collect()
}

fn with_points(outcome: &Outcome, judged: &Judged) -> Outcome {
    let share = if judged.state == State::Inconclusive { 0 } else { judged.share };
    Outcome { state: judged.state, points: outcome.of * share / WHOLE, ..outcome.clone() }
}

fn compared(outcome: &Outcome, right: &Outcome, gives: &str) -> Again {
    if (right.state, right.points) == (outcome.state, outcome.points) {
        return Again::Follows;
    }
    let Outcome { check, points, .. } = outcome;
    Again::Differs(format!("{check}: {gives} {} points, the log says {points}", right.points))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::app::Halab;
    use crate::app::exercise::find;
    use crate::base::folder::Access;
    use crate::exercise::every_edge;
    use crate::exercise::log::Event;
    use crate::model::Origin;
    use crate::model::drill::Figure;

    /// What is said of a prediction with these points, when the log has a figure of four seconds.
    fn predicted(answer: Option<&str>, state: State, points: u32) -> Again {
        let folder = tempfile::tempdir().unwrap();
        let halab = Halab::at(folder.path()).simulated();
        let found = find::find(&halab.quiet_job(), "the-night", Access::Any).unwrap();
        let values = every_edge(&found.source.variables()).remove(0);
        let exercise = found.read(&values).unwrap().exercise;
        let outcome = |check: &str, state, points, of, seen| Outcome {
            check: check.parse().unwrap(),
            state,
            points,
            of,
            seen,
            origin: Origin::Seen,
            records: Vec::new(),
        };
        let (value, full, none) = (Millis(4000), Millis(14_000), Millis(28_000));
        let seen = vec![Seen::Measured { figure: Figure::Outage, value, full, none }];
        let outcomes = [
            outcome("survives", State::Passed, 25, 25, seen),
            outcome("predicted", state, points, 10, Vec::new()),
        ];
        let event =
            |answer: &str| Event::Answered { check: "predicted".parse().unwrap(), answer: answer.to_owned() };
        let line = |answer| Line {
            number: 1,
            at: Timestamp::UNIX_EPOCH,
            event: event(answer),
            previous: String::new(),
            code: None,
        };
        let lines: Vec<Line> = answer.map(line).into_iter().collect();
        all(&Basis { exercise: &exercise, lines: &lines, records: folder.path() }, &outcomes).remove(1)
    }

    #[test]
    fn a_prediction_is_judged_again_by_its_answer_and_the_figure() {
        let by_the_log = predicted(Some("4500ms"), State::Passed, 10);
        assert!(matches!(&by_the_log, Again::Unproven(why) if why.contains("the figure that the log has")));
        for (answer, state, points) in
            [(Some("4500ms"), State::Passed, 9), (Some("60s"), State::Passed, 10), (None, State::Passed, 10)]
        {
            let again = predicted(answer, state, points);
            let Again::Differs(what) = &again else { panic!("{answer:?}: {again:?}") };
            assert!(what.contains("the answer and the figure give"), "{what}");
        }
        assert_eq!(predicted(None, State::Open, 0), Again::Follows);
        assert!(matches!(predicted(Some("60s"), State::Failed, 0), Again::Unproven(_)));
    }
}
