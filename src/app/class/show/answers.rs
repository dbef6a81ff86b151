//! Answers that were wrong here and are right elsewhere: the values of variables differ between benches.

use super::Signal;
use super::timeline::{exercise_of, parts};
use crate::app::class::find::{Place, Room};
use crate::app::exercise::attempt;
use crate::app::job::Job;
use crate::class::roster::Seat;
use crate::exercise::log::{Event, Log};
use crate::exercise::{CheckKind, Exercise};
use crate::model::{CheckName, ExerciseName};

/// A wrong answer.
type Wrong = (ExerciseName, CheckName, String);

/// The wrong answers of a bench that are the right ones of others. Questions with words to choose from are
/// left out: a wrong choice is often right elsewhere.
pub fn right_for_others(job: &Job, room: &Room, place: &Place, log: &Log) -> Vec<Signal> {
    let wrong = wrong_answers(job, log);
    if wrong.is_empty() {
        return Vec::new();
    }
    let mut seats: Vec<Vec<Seat>> = vec![Vec::new(); wrong.len()];
    for other in room.places().iter().filter(|other| other.instance != place.instance) {
        let Ok(log) = attempt::open(&job.state, &other.instance) else { continue };
        let begun: Vec<Exercise> = parts(log.lines())
            .filter(|(_, attempt, _)| wrong.iter().any(|(exercise, ..)| *exercise == attempt.exercise))
            .filter_map(|(_, attempt, _)| exercise_of(job, attempt))
            .collect();
        for ((exercise, check, answer), seats) in wrong.iter().zip(&mut seats) {
            let mut own = begun.iter().filter(|one| one.name == *exercise);
            if own.any(|one| right(one, check).is_some_and(|right| attempt::is_same(right, answer))) {
                seats.push(other.bench.seat);
            }
        }
    }
    let found = wrong.into_iter().zip(seats).filter(|(_, seats)| !seats.is_empty());
    found
        .map(|((exercise, check, answer), seats)| Signal::RightForOthers { exercise, check, answer, seats })
        .collect()
}

/// The right answer to a question that any text can answer.
fn right<'a>(exercise: &'a Exercise, check: &CheckName) -> Option<&'a str> {
    match &exercise.check(check)?.kind {
        CheckKind::Answer { is, among, .. } if among.is_empty() => Some(is),
        _ => None,
    }
}

/// The wrong answers in a log, each once.
fn wrong_answers(job: &Job, log: &Log) -> Vec<Wrong> {
    let mut wrong: Vec<Wrong> = Vec::new();
    for (_, attempt, after) in parts(log.lines()) {
        let answers = after.iter().filter_map(|line| match &line.event {
            Event::Answered { check, answer } => Some((check, answer)),
            _ => None,
        });
        let mut answers = answers.peekable();
        if answers.peek().is_none() {
            continue;
        }
        let Some(exercise) = exercise_of(job, attempt) else { continue };
        for (check, answer) in answers {
            let is_wrong = right(&exercise, check).is_some_and(|right| !attempt::is_same(right, answer));
            let found = (exercise.name.clone(), check.clone(), answer.clone());
            if is_wrong && !wrong.contains(&found) {
                wrong.push(found);
            }
        }
    }
    wrong
}
