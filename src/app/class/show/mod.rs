//! `lab class show`: all about one bench.

mod answers;
mod pace;
mod timeline;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::{Place, Room};
use super::me::CheckRow;
use super::phase::Phase;
use crate::app::error::AppError;
use crate::app::exercise::attempt;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::class::roster::{Seat, Student};
use crate::exercise::log::Log;
use crate::exercise::{Localized, Score};
use crate::instance::Instance;
use crate::model::{CheckName, CheckpointName, ClassName, ExerciseName, InstanceName, Millis};

/// Asks for all that happened at the bench of a student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShowStudent {
    /// The class. Default: the one that is open.
    #[serde(default)]
    pub class: Option<ClassName>,
    /// The student: a seat or a name.
    pub student: String,
}

/// All about a bench.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StudentShown {
    /// The class.
    pub class: ClassName,
    /// Its title.
    pub title: Localized,
    /// The seat.
    pub seat: Seat,
    /// Those who share the instance.
    pub students: Vec<Student>,
    /// Those of them who have joined, with the moment of the first time.
    pub joined: Vec<(Seat, Timestamp)>,
    /// The instance.
    pub instance: InstanceName,
    /// Whether the instance stands.
    pub stands: bool,
    /// Where they are in the time of the class.
    pub phase: Phase,
    /// The present moment.
    pub now: Timestamp,
    /// When the class begins.
    pub begins: Option<Timestamp>,
    /// Their deadline.
    pub ends: Option<Timestamp>,
    /// Whether the hand is up.
    pub hand: bool,
    /// What a teacher may want to look at. None of it proves anything.
    pub signals: Vec<Signal>,
    /// The exercises, in order.
    pub exercises: Vec<ExerciseShown>,
    /// Messages, raised hands and orders, the oldest first.
    pub events: Vec<Happened>,
}

/// An exercise of the class with the attempts at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExerciseShown {
    /// Its name.
    pub name: ExerciseName,
    /// Its title.
    pub title: Localized,
    /// The planned time.
    pub time: Millis,
    /// The score of the hand-in that counts once it is graded, before what lateness costs.
    pub score: Option<Score>,
    /// What lateness costs, in percent of the points.
    pub late: u32,
    /// The attempts, the first one first.
    pub attempts: Vec<AttemptShown>,
}

/// An attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AttemptShown {
    /// When it began.
    pub began: Timestamp,
    /// What happened in it, the oldest first.
    pub happened: Vec<Happened>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Deed,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Deed {
    /// The attempt began.
    Began,
    /// The students had their cluster graded.
    Checked {
        /// The checks, with their outcomes and what was seen.
        checks: Vec<CheckRow>,
    },
    /// A hint was bought.
    Hinted {
        /// Its number, from 1.
        number: usize,
        /// Its price, in percent.
        cost: u32,
    },
    /// A question was answered.
    Answered {
        /// The check that asks.
        check: CheckName,
        /// The answer.
        answer: String,
        /// Whether it is right; none for a prediction, and if the exercise cannot be read any more.
        right: Option<bool>,
    },
    /// The cluster went back to the start.
    Undone,
    /// The cluster was saved.
    Saved {
        /// The name of the save point.
        name: CheckpointName,
    },
    /// The cluster went back to a save point.
    Loaded {
        /// The name of the save point.
        name: CheckpointName,
    },
    /// The attempt ended.
    Finished,
    /// The cluster was handed in.
    HandedIn {
        /// Whether the deadline did it.
        by_deadline: bool,
        /// The receipt: the digest of its line in the log of the class.
        receipt: Option<String>,
        /// What lateness costs, in percent of the points.
        late: u32,
        /// What is kept of it; none if it was deleted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<KeptHandIn>,
    },
    /// The hand-in was graded.
    Graded {
        /// The points of all checks.
        points: u32,
        /// The points that they could have.
        of: u32,
        /// The checks, with their outcomes and what was seen.
        checks: Vec<CheckRow>,
    },
    /// A student joined.
    Joined {
        /// The student.
        student: Seat,
    },
    /// The teacher said something.
    Said {
        /// Whether it was said to all.
        to_all: bool,
        /// The text.
        text: String,
    },
    /// The hand went up, or down.
    Hand {
        /// Whether it is up.
        up: bool,
    },
    /// The deadline was moved.
    Extended {
        /// Whether for all.
        to_all: bool,
        /// Until when.
        until: Timestamp,
    },
    /// The work was stopped for now, or goes on.
    Frozen {
        /// Whether for all.
        to_all: bool,
        /// Whether it is stopped.
        frozen: bool,
    },
    /// The students get other values at the next start.
    Reseeded,
}

/// The disk space of a hand-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct KeptHandIn {
    /// In bytes.
    pub bytes: u64,
    /// Whether it is packed.
    pub packed: bool,
}

/// What a teacher may want to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "signal")]
pub enum Signal {
    /// A wrong answer that is the right one of other benches, whose variables have other values.
    RightForOthers {
        /// The exercise.
        exercise: ExerciseName,
        /// The check that asks.
        check: CheckName,
        /// The answer.
        answer: String,
        /// The other benches.
        seats: Vec<Seat>,
    },
    /// All points sooner after the first start than a student needs.
    SolvedFast {
        /// The exercise.
        exercise: ExerciseName,
        /// The time from the first start to the state that has all points.
        took: Millis,
        /// The least time that a student needs.
        least: Millis,
    },
}

impl Request for ShowStudent {
    type Outcome = Box<StudentShown>;
    const NAME: &'static str = "class show";

    fn perform(&self, job: &Job) -> Result<Box<StudentShown>, AppError> {
        let room = Room::of(&job.state, self.class.as_ref())?;
        let place = room.place(room.seat(&self.student)?)?;
        let seat = place.bench.seat;
        let now = Timestamp::now();
        let log = attempt::open(&job.state, &place.instance)?;
        let attempts = timeline::attempts(job, &room, &place, &log);
        let members = || place.bench.members.iter();
        let joined = members().filter_map(|one| Some((*one, *room.register.joined.get(one)?)));
        Ok(Box::new(StudentShown {
            students: members().filter_map(|one| room.class.student(*one)).cloned().collect(),
            joined: joined.collect(),
            stands: Instance::load(&job.state, &place.instance).is_ok_and(|found| found.is_some()),
            phase: Phase::of(&room, &place, now),
            ends: room.register.until(seat, room.class.ends),
            hand: room.register.hands.contains(&seat),
            signals: signals(job, &room, &place, &log),
            events: timeline::events(&room, &place),
            exercises: exercises(job, &room, &place, attempts),
            class: room.class.name,
            title: room.class.title,
            begins: room.class.begins,
            instance: place.instance,
            seat,
            now,
        }))
    }
}

/// What a teacher may want to look at at a bench.
fn signals(job: &Job, room: &Room, place: &Place, log: &Log) -> Vec<Signal> {
    let mut signals = answers::right_for_others(job, room, place, log);
    signals.extend(pace::solved_fast(job, room, place, log));
    signals
}

/// The exercises of the class, and those that were begun before the class was changed.
fn exercises(
    job: &Job,
    room: &Room,
    place: &Place,
    mut attempts: Vec<timeline::Shown>,
) -> Vec<ExerciseShown> {
    let seat = place.bench.seat;
    let mut all = Vec::new();
    for exercise in &room.class.exercises {
        let (own, others): (Vec<_>, Vec<_>) =
            attempts.into_iter().partition(|one| one.exercise == exercise.name);
        attempts = others;
        let submission = room.register.submission(seat, &exercise.name);
        all.push(ExerciseShown {
            name: exercise.name.clone(),
            title: exercise.title.clone(),
            time: exercise.time,
            score: submission.and_then(|one| room.score(job, place, one)),
            late: submission.map_or(0, |(_, one)| room.lateness(one)),
            attempts: own.into_iter().map(|one| one.shown).collect(),
        });
    }
    for timeline::Shown { exercise, title, time, shown } in attempts {
        match all.iter_mut().find(|known| known.name == exercise) {
            Some(known) => known.attempts.push(shown),
            None => all.push(ExerciseShown {
                name: exercise,
                title,
                time,
                score: None,
                late: 0,
                attempts: vec![shown],
            }),
        }
    }
    all
}
