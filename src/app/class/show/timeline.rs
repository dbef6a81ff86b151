//! What happened at a bench, from the log of its instance and that of the class.

use super::{AttemptShown, Deed, Happened, KeptHandIn};
use crate::app::class::find::{Place, Room};
use crate::app::class::me::CheckRow;
use crate::app::exercise::{attempt, find, show};
use crate::app::job::Job;
use crate::app::usage;
use crate::checkpoint::CheckpointStore;
use crate::class::log::{Event as ClassEvent, Submission};
use crate::exercise::log::{Attempt, Event, Line, Log};
use crate::exercise::{CheckKind, Exercise, Localized, Outcome};
use crate::model::{CheckName, CheckpointId, ExerciseName, Millis};

/// An attempt with its exercise.
pub struct Shown {
    /// The name of the exercise.
    pub exercise: ExerciseName,
    /// Its title; empty if it cannot be read any more.
    pub title: Localized,
    /// The planned time.
    pub time: Millis,
    /// The attempt.
    pub shown: AttemptShown,
}

/// The exercise of an attempt with its values; none if it cannot be read any more.
pub fn exercise_of(job: &Job, attempt: &Attempt) -> Option<Exercise> {
    let found = find::again(job, &attempt.found_by, attempt.exercise.as_str()).ok()?;
    Some(found.read(&attempt.values).ok()?.exercise)
}

/// A log in attempts: each with what happened in it.
pub fn parts(lines: &[Line]) -> impl Iterator<Item = (&Line, &Attempt, &[Line])> {
    let parts = lines.chunk_by(|_, next| !matches!(next.event, Event::Started(_)));
    parts.filter_map(|part| {
        let (first, after) = part.split_first()?;
        let Event::Started(attempt) = &first.event else { return None };
        Some((first, &**attempt, after))
    })
}

/// All attempts of a bench, the first one first.
pub fn attempts(job: &Job, room: &Room, place: &Place, log: &Log) -> Vec<Shown> {
    let shown = |(first, attempt, after): (&Line, &Attempt, &[Line])| {
        let exercise = exercise_of(job, attempt);
        let mut happened = vec![Happened { at: first.at, what: Deed::Began }];
        let deeds = after
            .iter()
            .filter_map(|line| Some(Happened { at: line.at, what: deed(exercise.as_ref(), &line.event)? }));
        happened.extend(deeds);
        let numbers = first.number..=after.last().map_or(first.number, |last| last.number);
        let belongs = |one: &Submission| {
            let until = log.until(&one.receipt).and_then(<[Line]>::last);
            until.is_some_and(|last| numbers.contains(&last.number))
        };
        happened.extend(hand_ins(job, room, place, exercise.as_ref(), belongs));
        happened.sort_by_key(|one| one.at);
        Shown {
            exercise: attempt.exercise.clone(),
            title: exercise.as_ref().map(|exercise| exercise.title.clone()).unwrap_or_default(),
            time: exercise.map(|exercise| exercise.time).unwrap_or_default(),
            shown: AttemptShown { began: first.at, happened },
        }
    };
    parts(log.lines()).map(shown).collect()
}

fn deed(exercise: Option<&Exercise>, event: &Event) -> Option<Deed> {
    Some(match event {
        Event::Started(_) => return None,
        Event::Graded { outcomes } => Deed::Checked { checks: rows(exercise, outcomes) },
        Event::Hinted { number, cost } => Deed::Hinted { number: *number, cost: *cost },
        Event::Answered { check, answer } => Deed::Answered {
            right: right_answer(exercise, check).map(|right| attempt::is_same(right, answer)),
            check: check.clone(),
            answer: answer.clone(),
        },
        Event::Undone => Deed::Undone,
        Event::Saved { name } => Deed::Saved { name: name.clone() },
        Event::Loaded { name } => Deed::Loaded { name: name.clone() },
        Event::Finished => Deed::Finished,
    })
}

/// The right answer to a question; none for a prediction.
fn right_answer<'a>(exercise: Option<&'a Exercise>, check: &CheckName) -> Option<&'a str> {
    match &exercise?.check(check)?.kind {
        CheckKind::Answer { is, .. } => Some(is),
        _ => None,
    }
}

fn rows(exercise: Option<&Exercise>, outcomes: &[Outcome]) -> Vec<CheckRow> {
    let row = |outcome: &Outcome| CheckRow {
        name: outcome.check.clone(),
        title: exercise
            .and_then(|exercise| exercise.check(&outcome.check))
            .map(|check| check.title.clone())
            .unwrap_or_default(),
        of: outcome.of,
        seen: outcome.seen.iter().map(show::in_each_language).collect(),
        outcome: Some(outcome.clone()),
    };
    outcomes.iter().map(row).collect()
}

/// The hand-ins of a bench that belong to an attempt, and their gradings.
fn hand_ins(
    job: &Job,
    room: &Room,
    place: &Place,
    exercise: Option<&Exercise>,
    belongs: impl Fn(&Submission) -> bool,
) -> Vec<Happened> {
    let mut happened = Vec::new();
    let mut numbers = Vec::new();
    for line in room.log.lines() {
        match &line.event {
            ClassEvent::Submitted(one) if one.seat == place.bench.seat && belongs(one) => {
                numbers.push(line.number);
                let what = Deed::HandedIn {
                    by_deadline: one.by_deadline,
                    receipt: room.log.digest_of(line.number).map(str::to_owned),
                    late: room.lateness(one),
                    kept: kept(job, &one.checkpoint),
                };
                happened.push(Happened { at: one.paused, what });
            }
            ClassEvent::Graded { submission, outcomes, .. } if numbers.contains(submission) => {
                let what = Deed::Graded {
                    points: outcomes.iter().map(|outcome| outcome.points).sum(),
                    of: outcomes.iter().map(|outcome| outcome.of).sum(),
                    checks: rows(exercise, outcomes),
                };
                happened.push(Happened { at: line.at, what });
            }
            _ => {}
        }
    }
    happened
}

/// What is kept of a hand-in.
fn kept(job: &Job, id: &CheckpointId) -> Option<KeptHandIn> {
    let store = CheckpointStore::new(&job.state);
    let packed = store.get(id).ok().flatten()?.is_packed();
    Some(KeptHandIn { bytes: usage::of_tree(&store.folder(id)).ok()?, packed })
}

/// What was said and ordered, and the hands that went up, the oldest first.
pub fn events(room: &Room, place: &Place) -> Vec<Happened> {
    let own = |seat: &Option<_>| seat.is_none_or(|seat| seat == place.bench.seat);
    let deed = |event: &ClassEvent| match event {
        ClassEvent::Joined { student } if place.bench.members.contains(student) => {
            Some(Deed::Joined { student: *student })
        }
        ClassEvent::Said { seat, text } if own(seat) => {
            Some(Deed::Said { to_all: seat.is_none(), text: text.clone() })
        }
        ClassEvent::Hand { seat, up } if *seat == place.bench.seat => Some(Deed::Hand { up: *up }),
        ClassEvent::Extended { seat, until } if own(seat) => {
            Some(Deed::Extended { to_all: seat.is_none(), until: *until })
        }
        ClassEvent::Frozen { seat, frozen } if own(seat) => {
            Some(Deed::Frozen { to_all: seat.is_none(), frozen: *frozen })
        }
        ClassEvent::Reseeded { seat } if *seat == place.bench.seat => Some(Deed::Reseeded),
        _ => None,
    };
    let lines = room.log.lines().iter();
    lines.filter_map(|line| Some(Happened { at: line.at, what: deed(&line.event)? })).collect()
}
