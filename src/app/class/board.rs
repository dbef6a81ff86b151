//! `lab class status`: a row for each bench, a cell for each exercise, and first those who need help.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::{Place, Room};
use super::phase::Phase;
use super::submit::{attempt_of, attempt_with};
use super::takes::{DiskUse, Figures, Takes};
use crate::app::error::AppError;
use crate::app::exercise::attempt::{self, Past};
use crate::app::job::Job;
use crate::app::request::Request;
use crate::class::log::Submission;
use crate::class::roster::{Seat, Student};
use crate::exercise::log::{self, Event, Line};
use crate::exercise::{Localized, Outcome, Score, State, score};
use crate::instance::Instance;
use crate::model::{ClassName, ExerciseName, InstanceName, Millis};

/// Asks how a class is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShowBoard {
    /// The class. Default: the one that is open.
    pub class: Option<ClassName>,
}

/// How a class is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Board {
    /// The class.
    pub class: ClassName,
    /// Its title.
    pub title: Localized,
    /// Whether it was closed.
    pub closed: bool,
    /// Whether it is an exam.
    pub exam: bool,
    /// The present moment.
    pub now: Timestamp,
    /// When it begins.
    pub begins: Option<Timestamp>,
    /// The deadline, without what single students have more.
    pub ends: Option<Timestamp>,
    /// The disk of the state folder; absent if the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<DiskUse>,
    /// The exercises, in order, with the planned times.
    pub exercises: Vec<(ExerciseName, Localized, Millis)>,
    /// The benches; those who need help come first.
    pub seats: Vec<SeatRow>,
    /// The wrong answers to each question, by how many gave them, the most frequent first.
    pub wrong_answers: Vec<(ExerciseName, String, usize)>,
}

/// A bench.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SeatRow {
    /// The seat.
    pub seat: Seat,
    /// Those who share the instance.
    pub students: Vec<Student>,
    /// Those of them who have joined.
    pub joined: Vec<Seat>,
    /// The instance.
    pub instance: InstanceName,
    /// Whether the instance stands.
    pub stands: bool,
    /// Where they are in the time of the class.
    pub phase: Phase,
    /// Their deadline.
    pub ends: Option<Timestamp>,
    /// Whether the hand is up.
    pub hand: bool,
    /// The last thing that they did.
    pub last_sign: Option<Timestamp>,
    /// One cell for each exercise.
    pub cells: Vec<Cell>,
    /// What the instance takes of the machine; absent if it does not stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes: Option<Takes>,
}

/// The work of a bench on an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cell {
    /// How far it is.
    pub progress: Progress,
    /// When it was begun last.
    pub began: Option<Timestamp>,
    /// When it was handed in last.
    pub submitted: Option<Timestamp>,
    /// The states of the checks in the last grading of the students themselves.
    pub checks: Vec<State>,
    /// How many hints were bought.
    pub hints: usize,
    /// How often the students graded it themselves.
    pub gradings: usize,
    /// The score of the hand-in once it is graded, before what lateness costs.
    pub score: Option<Score>,
    /// What lateness costs, in percent of the points.
    pub late: u32,
}

/// How far the work on an exercise is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// It was not begun.
    Open,
    /// It goes on.
    Working,
    /// It was left without a hand-in.
    Left,
    /// It was handed in.
    Submitted,
    /// The hand-in was graded.
    Graded,
}

impl Request for ShowBoard {
    type Outcome = Board;
    const NAME: &'static str = "class status";

    fn perform(&self, job: &Job) -> Result<Board, AppError> {
        let room = Room::of(&job.state, self.class.as_ref())?;
        let now = Timestamp::now();
        let places = room.places();
        let mut figures = Figures::of(job, &room, now);
        let row = |place: &Place| SeatRow {
            takes: figures.instances.remove(&place.instance),
            ..row(job, &room, place, now)
        };
        let mut seats: Vec<SeatRow> = places.iter().map(row).collect();
        seats.sort_by_key(|row| (need(row, &room, now), row.seat));
        let title =
            |one: &crate::class::store::ClassExercise| (one.name.clone(), one.title.clone(), one.time);
        Ok(Board {
            exercises: room.class.exercises.iter().map(title).collect(),
            wrong_answers: wrong_answers(job, &places),
            closed: room.register.closed,
            disk: figures.disk,
            class: room.class.name,
            title: room.class.title,
            exam: room.class.exam,
            begins: room.class.begins,
            ends: room.class.ends,
            seats,
            now,
        })
    }
}

/// The place of a row: first raised hands, then work that is behind its plan, then the others.
fn need(row: &SeatRow, room: &Room, now: Timestamp) -> u8 {
    let behind = room.class.exercises.iter().zip(&row.cells).any(|(exercise, cell)| {
        let planned = SignedDuration::try_from(exercise.time.duration()).unwrap_or(SignedDuration::MAX);
        let spent = cell.began.map(|began| now.duration_since(began));
        cell.progress == Progress::Working && spent.is_some_and(|spent| spent > planned)
    });
    match (row.hand, behind) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

fn row(job: &Job, room: &Room, place: &Place, now: Timestamp) -> SeatRow {
    let seat = place.bench.seat;
    // A log that was changed has no signs; `lab class verify` says why.
    let log = attempt::open(&job.state, &place.instance).ok();
    let lines = log.as_ref().map(|log| log.lines()).unwrap_or_default();
    let cells = room.class.exercises.iter().map(|exercise| cell(job, room, place, &exercise.name, lines));
    let joined = place.bench.members.iter().filter(|member| room.register.joined.contains_key(member));
    SeatRow {
        students: place.bench.members.iter().filter_map(|one| room.class.student(*one)).cloned().collect(),
        joined: joined.copied().collect(),
        stands: Instance::load(&job.state, &place.instance).is_ok_and(|found| found.is_some()),
        phase: Phase::of(room, place, now),
        ends: room.register.until(seat, room.class.ends),
        hand: room.register.hands.contains(&seat),
        // An end of an attempt can be the work of the teacher.
        last_sign: lines.iter().rfind(|line| line.event != Event::Finished).map(|line| line.at),
        cells: cells.collect(),
        takes: None,
        instance: place.instance.clone(),
        seat,
    }
}

fn cell(job: &Job, room: &Room, place: &Place, name: &ExerciseName, lines: &[Line]) -> Cell {
    let seat = place.bench.seat;
    let own = attempt_lines(lines, name);
    let submission = room.register.submission(seat, name);
    let graded = submission.is_some_and(|(number, _)| room.register.graded.contains_key(number));
    let goes_on = own.is_some_and(|(_, after)| {
        !after.iter().any(|line| matches!(line.event, Event::Finished | Event::Started(_)))
    });
    let after = own.map(|(_, after)| after).unwrap_or_default();
    Cell {
        progress: match (graded, submission, own, goes_on) {
            (true, ..) => Progress::Graded,
            (_, Some(_), ..) => Progress::Submitted,
            (_, _, Some(_), true) => Progress::Working,
            (_, _, Some(_), false) => Progress::Left,
            (_, _, None, _) => Progress::Open,
        },
        began: own.map(|(began, _)| began),
        submitted: submission.map(|(_, one)| one.paused),
        checks: log::last_grading(after).unwrap_or_default().iter().map(|outcome| outcome.state).collect(),
        hints: log::hints(after).count(),
        gradings: log::gradings(after).count(),
        score: submission.and_then(|one| room.score(job, place, one)),
        late: submission.map_or(0, |(_, one)| room.lateness(one)),
    }
}

/// When an exercise was begun last, and what happened in it.
fn attempt_lines<'a>(lines: &'a [Line], name: &ExerciseName) -> Option<(Timestamp, &'a [Line])> {
    let begun = |line: &Line| matches!(&line.event, Event::Started(attempt) if attempt.exercise == *name);
    let place = lines.iter().rposition(begun)?;
    let after = &lines[place + 1..];
    let end = after.iter().position(|line| matches!(line.event, Event::Started(_))).unwrap_or(after.len());
    Some((lines.get(place)?.at, &after[..end]))
}

impl Room {
    /// The score of a hand-in; none if it is not graded, or its exercise cannot be read any more.
    pub fn score(&self, job: &Job, place: &Place, (number, one): &(u64, Submission)) -> Option<Score> {
        let outcomes = self.register.graded.get(number)?;
        let past = self.graded_with(job, place, (*number, one)).ok()?;
        Some(scored(&past, outcomes))
    }

    /// The attempt of a graded hand-in, with the exercise that it was graded with. Where an older log does
    /// not say which that was, it is the present one.
    ///
    /// # Errors
    /// When the log of the instance or the exercise was changed, or is missing.
    pub fn graded_with(
        &self,
        job: &Job,
        place: &Place,
        (number, one): (u64, &Submission),
    ) -> Result<Past, AppError> {
        match self.register.graded_with.get(&number) {
            Some(kept) => attempt_with(job, &place.instance, one, |_| Ok(self.folder.exercise(kept)?)),
            None => attempt_of(job, &place.instance, one),
        }
    }

    /// What the lateness of a hand-in costs, in percent of the points.
    pub fn lateness(&self, one: &Submission) -> u32 {
        let ends = self.register.until(one.seat, self.class.ends);
        let Some((late, ends)) = self.class.late.zip(ends).filter(|_| !one.by_deadline) else { return 0 };
        let over = one.paused.duration_since(ends);
        if !over.is_positive() {
            return 0;
        }
        let begun = over.as_millis().unsigned_abs().div_ceil(u128::from(late.every.0.max(1)));
        u32::try_from(begun.saturating_mul(late.percent.into())).unwrap_or(100).min(100)
    }
}

/// The score of an attempt with the outcomes of one grading.
pub fn scored(past: &Past, outcomes: &[Outcome]) -> Score {
    let hints = log::hints(&past.lines).map(|(_, cost)| cost);
    score(past.exercise.score, past.exercise.points(), [outcomes], hints)
}

/// Answers that were judged wrong, over all benches.
fn wrong_answers(job: &Job, places: &[Place]) -> Vec<(ExerciseName, String, usize)> {
    let mut found: Vec<(ExerciseName, String, usize)> = Vec::new();
    for place in places {
        let Ok(log) = attempt::open(&job.state, &place.instance) else { continue };
        for (exercise, answer) in attempt::wrong_answers(job, &log) {
            match found.iter_mut().find(|(one, text, _)| *one == exercise && *text == answer) {
                Some((.., count)) => *count += 1,
                None => found.push((exercise, answer, 1)),
            }
        }
    }
    found.sort_by(|one, other| other.2.cmp(&one.2).then_with(|| one.1.cmp(&other.1)));
    found
}
