//! `lab class diff`: which files a student changed, or by which files the hand-ins of two students differ.

mod files;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use files::{FileChange, FileDiff};

use super::find::{Place, Room};
use super::submit::attempt_of;
use crate::app::error::{AppError, ErrorKind};
use crate::app::exercise::{attempt, files as saved};
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::checkpoint::Checkpoint;
use crate::class::log::Submission;
use crate::class::roster::Seat;
use crate::disk::Taken;
use crate::exercise::Replay;
use crate::instance::ProviderKind;
use crate::model::{ClassName, ExerciseName, FilePattern, NodeName};

/// The folders that are compared, with all that is in them.
const FOLDERS: [&str; 6] =
    ["/etc/**", "/usr/local/**", "/var/www/**", "/srv/**", "/root/**", "/var/spool/cron/**"];

/// Compares the files of a hand-in with those of its start, or with those of the hand-in of another student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Diff {
    /// The class. Default: the one that is open.
    #[serde(default)]
    pub class: Option<ClassName>,
    /// The student: a seat or a name.
    pub student: String,
    /// The other student. Default: the start is compared.
    #[serde(default)]
    pub other: Option<String>,
    /// The exercise. Default: the only one that was handed in.
    #[serde(default)]
    pub exercise: Option<ExerciseName>,
}

/// Files that were compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Compared {
    /// The class.
    pub class: ClassName,
    /// The exercise.
    pub exercise: ExerciseName,
    /// What is compared.
    pub before: Side,
    /// What it is compared with.
    pub after: Side,
    /// Each node with the files that differ.
    pub nodes: Vec<NodeDiff>,
}

/// One side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The start of the student's attempt.
    Start {
        /// The seat.
        seat: Seat,
    },
    /// A hand-in.
    HandIn {
        /// The seat.
        seat: Seat,
        /// When it was handed in.
        at: Timestamp,
    },
}

/// The files of a node that differ. Paths and contents are those of the students, so they are hostile text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct NodeDiff {
    /// The node.
    pub node: NodeName,
    /// The files that differ, by path.
    pub files: Vec<FileDiff>,
    /// What could not be compared, with the reason.
    pub left_out: Vec<String>,
}

/// A saved state that is compared.
struct State {
    side: Side,
    place: Place,
    checkpoint: Checkpoint,
}

impl Request for Diff {
    type Outcome = Compared;
    const NAME: &'static str = "class diff";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        // It makes a copy of the instance, as a grading does.
        Some(Subject(self.class.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Compared, AppError> {
        let room = Room::of(&job.state, self.class.as_ref())?;
        let place = room.place(room.seat(&self.student)?)?;
        let (_, submission) = room.handed_in(&place, self.exercise.as_ref())?;
        let past = attempt_of(job, &place.instance, submission)?;
        let replay = past.exercise.replay.unwrap_or_default();
        let (before, after) = match &self.other {
            Some(other) => {
                let other = self.other(&room, &place, submission, other)?;
                (handed_in(job, place, submission)?, handed_in(job, other.0, other.1)?)
            }
            None => {
                let side = Side::Start { seat: place.bench.seat };
                let checkpoint = attempt::checkpoint(job, &past.attempt.start)?;
                let start = State { side, place: room.place(place.bench.seat)?, checkpoint };
                (start, handed_in(job, place, submission)?)
            }
        };
        let nodes = nodes(job, [&before, &after], &replay)?;
        let exercise = submission.exercise.clone();
        Ok(Compared { exercise, before: before.side, after: after.side, nodes, class: room.class.name })
    }
}

impl Diff {
    /// The hand-in of the other student for the same exercise.
    fn other<'a>(
        &self,
        room: &'a Room,
        place: &Place,
        submission: &Submission,
        other: &str,
    ) -> Result<(Place, &'a Submission), AppError> {
        let found = room.place(room.seat(other)?)?;
        if found.instance == place.instance {
            let message = format!("{} and `{other}` share a cluster", self.student);
            return Err(AppError::usage(message).hint("name students of two clusters"));
        }
        let (_, one) = room.handed_in(&found, Some(&submission.exercise))?;
        Ok((found, one))
    }
}

fn handed_in(job: &Job, place: Place, submission: &Submission) -> Result<State, AppError> {
    let side = Side::HandIn { seat: place.bench.seat, at: submission.paused };
    Ok(State { side, place, checkpoint: attempt::checkpoint(job, &submission.checkpoint)? })
}

fn nodes(job: &Job, states: [&State; 2], replay: &Replay) -> Result<Vec<NodeDiff>, AppError> {
    let simulated = |state: &State| state.checkpoint.spec.instance.provider == ProviderKind::Sim;
    if let Some(state) = states.into_iter().find(|state| simulated(state)) {
        let message = format!("`{}` is simulated: its nodes have no files to compare", state.place.instance);
        return Err(AppError::new(ErrorKind::Host, message));
    }
    let folders = || FOLDERS.iter().filter_map(|folder| folder.parse().ok());
    let groups = |node: &NodeName| -> Vec<Vec<FilePattern>> {
        let own = replay.of(node);
        folders().map(|folder| vec![folder]).chain((!own.is_empty()).then_some(own)).collect()
    };
    let take = |state: &State, what: &str| {
        job.say(format!("reading the files of {what}"));
        saved::of(job, &state.place.instance, &state.checkpoint, groups)
    };
    let [before, after] = states;
    let (before, after) = (take(before, &before.side.to_string())?, take(after, &after.side.to_string())?);
    let names: BTreeSet<&NodeName> = before.keys().chain(after.keys()).collect();
    let mut comparison = files::Comparison::default();
    let node = |name: &NodeName| {
        let of = |all: &BTreeMap<NodeName, Taken>| all.get(name).cloned().unwrap_or_default();
        let (before, after) = (of(&before), of(&after));
        let listed = replay.of(name);
        let counts =
            |path: &str| listed.iter().any(|pattern| pattern.fits(path)) || !files::always_differs(path);
        let mut left_out = before.left_out;
        left_out.extend(after.left_out);
        left_out.dedup();
        let files = comparison.files(&before.files, &after.files, counts);
        NodeDiff { node: name.clone(), files, left_out }
    };
    Ok(names.into_iter().map(node).collect())
}

/// For people: `the start of s03`, `the hand-in of s03`.
impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Start { seat } => write!(f, "the start of {seat}"),
            Self::HandIn { seat, .. } => write!(f, "the hand-in of {seat}"),
        }
    }
}
