//! What a student sees of the class: the task, the time, the checks, the hints, and what was said.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::{Place, Room};
use super::phase::Phase;
use crate::app::error::AppError;
use crate::app::exercise::attempt::{self, Past};
use crate::app::exercise::{Question, hint, save, show};
use crate::app::job::Job;
use crate::app::request::Request;
use crate::class::file::Late;
use crate::class::roster::Seat;
use crate::exercise::{Level, Localized, Outcome, Score, log};
use crate::instance::Instance;
use crate::model::{CheckName, CheckpointName, ClassName, ExerciseName, InstanceName, Millis, NodeName};

/// Asks what a student sees of the class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShowMe {
    /// The instance of the student.
    pub instance: InstanceName,
}

/// What a student sees of the class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Me {
    /// The class.
    pub class: ClassName,
    /// Its title.
    pub title: Localized,
    /// The seat.
    pub seat: Seat,
    /// The names of those who share the instance.
    pub members: Vec<String>,
    /// The instance.
    pub instance: InstanceName,
    /// Whether the instance stands.
    pub stands: bool,
    /// Its nodes; none if it does not stand.
    pub nodes: Vec<NodeName>,
    /// Where the student is in the time of the class.
    pub phase: Phase,
    /// The present moment, as the server has it.
    pub now: Timestamp,
    /// When the class begins.
    pub begins: Option<Timestamp>,
    /// The deadline of this student.
    pub ends: Option<Timestamp>,
    /// What a hand-in after the deadline costs; none if it is not possible.
    pub late: Option<Late>,
    /// Whether it is an exam.
    pub exam: bool,
    /// The exercises of the class, in order.
    pub exercises: Vec<ExerciseRow>,
    /// The exercise that goes on.
    pub current: Option<Current>,
    /// When the instance was last saved without a command.
    pub autosaved: Option<Timestamp>,
    /// The hand-in whose cluster the teacher has brought up again, while it stands.
    pub reopened: Option<Reopened>,
    /// What the teacher said, the oldest first.
    pub messages: Vec<Message>,
    /// Whether the hand is up.
    pub hand: bool,
}

/// A hand-in whose cluster stands again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Reopened {
    /// The exercise.
    pub exercise: ExerciseName,
    /// When it was handed in.
    pub submitted: Timestamp,
}

/// An exercise of the class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExerciseRow {
    /// Its name.
    pub name: ExerciseName,
    /// Its title.
    pub title: Localized,
    /// How hard it is.
    pub level: Level,
    /// The planned time.
    pub time: Millis,
    /// The exercises that have to be handed in before.
    pub waits: Vec<ExerciseName>,
    /// When it was begun; none if it was not.
    pub began: Option<Timestamp>,
    /// When it was handed in last.
    pub submitted: Option<Timestamp>,
    /// The receipt of that hand-in: the digest of its line in the log of the class.
    pub receipt: Option<String>,
    /// The score of the hand-in; none until it is graded, and in an exam until the class is closed.
    pub score: Option<Score>,
}

/// The exercise that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Current {
    /// Its name.
    pub name: ExerciseName,
    /// Its title.
    pub title: Localized,
    /// The task, as Markdown.
    pub task: Localized,
    /// The checks, with the outcomes of the last grading.
    pub checks: Vec<CheckRow>,
    /// The questions.
    pub questions: Vec<Question>,
    /// The answers to them so far.
    pub answers: Vec<(CheckName, String)>,
    /// The hints that were bought.
    pub hints: Vec<HintText>,
    /// The prices of the hints that were not, in percent.
    pub more_hints: Vec<u32>,
    /// The price of the next one; none if none fits what the last grading saw.
    pub next_hint: Option<u32>,
    /// The names of the save points.
    pub saves: Vec<CheckpointName>,
    /// The score so far, by the student's own gradings.
    pub score: Score,
    /// How often it was graded.
    pub gradings: usize,
    /// The files that count in an exam.
    pub files: Option<Vec<String>>,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CheckRow {
    /// Its name.
    pub name: CheckName,
    /// Its title.
    pub title: Localized,
    /// Its points.
    pub of: u32,
    /// Its outcome in the last grading.
    pub outcome: Option<Outcome>,
    /// What was seen, in each language.
    pub seen: Vec<Localized>,
}

/// A hint that was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct HintText {
    /// Its price, in percent.
    pub cost: u32,
    /// The hint.
    pub text: Localized,
}

/// Something that the teacher said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Message {
    /// When.
    pub at: Timestamp,
    /// The text.
    pub text: String,
}

impl Request for ShowMe {
    type Outcome = Box<Me>;
    const NAME: &'static str = "class me";

    fn perform(&self, job: &Job) -> Result<Box<Me>, AppError> {
        let (room, place) = Room::around(&job.state, &self.instance)?;
        let seat = place.bench.seat;
        let now = Timestamp::now();
        let names = place.bench.members.iter().filter_map(|member| room.class.student(*member));
        let phase = Phase::of(&room, &place, now);
        let messages = room.register.said_to(seat);
        let standing = Instance::load(&job.state, &self.instance).ok().flatten();
        let nodes = standing.iter().flat_map(|instance| &instance.lab.nodes);
        Ok(Box::new(Me {
            members: names.map(|student| student.name.clone()).collect(),
            nodes: nodes.map(|node| node.name.clone()).collect(),
            stands: standing.is_some(),
            reopened: reopened(&room, seat).filter(|_| standing.is_some()),
            exercises: exercises(job, &room, &place),
            current: if phase == Phase::Before { None } else { current(job, &self.instance)? },
            messages: messages.map(|(at, text)| Message { at, text: text.to_owned() }).collect(),
            autosaved: room.register.autosaved.get(&seat).map(|(at, _)| *at),
            hand: room.register.hands.contains(&seat),
            ends: room.register.until(seat, room.class.ends),
            class: room.class.name,
            title: room.class.title,
            begins: room.class.begins,
            late: room.class.late,
            exam: room.class.exam,
            instance: place.instance,
            seat,
            phase,
            now,
        }))
    }
}

fn reopened(room: &Room, seat: Seat) -> Option<Reopened> {
    let number = room.register.reopened.get(&seat)?;
    let (_, one) = room.register.submissions.iter().find(|(known, _)| known == number)?;
    Some(Reopened { exercise: one.exercise.clone(), submitted: one.paused })
}

fn exercises(job: &Job, room: &Room, place: &Place) -> Vec<ExerciseRow> {
    let seat = place.bench.seat;
    let row = |exercise: &crate::class::store::ClassExercise| {
        let name = &exercise.name;
        let began = room.register.began.get(&seat).into_iter().flatten();
        let submitted = room.register.submission(seat, name);
        let shown = !room.class.exam || room.register.closed;
        let score = submitted.filter(|_| shown).and_then(|one| room.score(job, place, one));
        ExerciseRow {
            waits: exercise
                .after
                .iter()
                .filter(|before| room.register.submission(seat, before).is_none())
                .cloned()
                .collect(),
            began: began.rev().find(|(began, _)| began == name).map(|(_, at)| *at),
            submitted: submitted.map(|(_, one)| one.paused),
            receipt: submitted.and_then(|(number, _)| room.log.digest_of(*number)).map(str::to_owned),
            name: name.clone(),
            title: exercise.title.clone(),
            level: exercise.level,
            time: exercise.time,
            score,
        }
    };
    room.class.exercises.iter().map(row).collect()
}

/// The exercise that goes on on an instance.
fn current(job: &Job, instance: &InstanceName) -> Result<Option<Current>, AppError> {
    let log = attempt::open(&job.state, instance)?;
    if log.current().is_none() {
        return Ok(None);
    }
    let Some(Past { exercise, lines, .. }) = attempt::past(job, instance, log.head())? else {
        return Ok(None);
    };
    let outcomes = log::last_grading(&lines).unwrap_or_default();
    let check = |check: &crate::exercise::Check| {
        let outcome = outcomes.iter().find(|outcome| outcome.check == check.name);
        CheckRow {
            name: check.name.clone(),
            title: check.title.clone(),
            of: check.points,
            seen: outcome
                .map(|outcome| outcome.seen.iter().map(show::in_each_language).collect())
                .unwrap_or_default(),
            outcome: outcome.cloned(),
        }
    };
    let bought: Vec<usize> = log::hints(&lines).map(|(number, _)| number).collect();
    let (has, lacks): (Vec<_>, Vec<_>) =
        (1..).zip(&exercise.hints).partition(|(number, _)| bought.contains(number));
    let last = |name: &CheckName| {
        outcomes.iter().find(|outcome| outcome.check == *name).map(|outcome| outcome.state)
    };
    let known: Option<&hint::Last<'_>> = if outcomes.is_empty() { None } else { Some(&last) };
    let questions = show::questions(&exercise);
    let answers = |question: &Question| {
        let given = log::answers(&lines, &question.check);
        given.map(|answer| (question.check.clone(), answer.to_owned())).collect::<Vec<_>>()
    };
    Ok(Some(Current {
        checks: exercise.checks.iter().map(check).collect(),
        answers: questions.iter().flat_map(answers).collect(),
        hints: has
            .into_iter()
            .map(|(_, hint)| HintText { cost: hint.cost, text: hint.text.clone() })
            .collect(),
        next_hint: hint::next(&exercise.hints, &bought, known)
            .and_then(|number| exercise.hints.get(number - 1))
            .map(|hint| hint.cost),
        more_hints: lacks.into_iter().map(|(_, hint)| hint.cost).collect(),
        saves: save::names(&lines).into_iter().cloned().collect(),
        score: attempt::scored(&exercise, &lines),
        gradings: log::gradings(&lines).count(),
        files: show::counting_files(&exercise),
        task: show::task(&exercise),
        name: exercise.name,
        title: exercise.title,
        questions,
    }))
}
