//! Packs hand-ins: their memories become the difference from the start that their attempts began from.
//!
//! A cluster goes on from the files of its last save, so a hand-in gives its space back once its cluster was
//! saved again, put back or taken down. For the same reason an automatic save point is packed only when its
//! cluster is gone: before that, the next one replaces it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::deadline::due;
use super::find::{Place, Room};
use crate::app::baseline::bad_store;
use crate::app::drill::Turn;
use crate::app::error::{AppError, ErrorKind};
use crate::app::exercise::attempt;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::app::usage::{self, unreadable};
use crate::base::threads;
use crate::checkpoint::{CheckpointStore, MemoryError, Packing};
use crate::class::roster::Seat;
use crate::exercise::log::Event as AttemptEvent;
use crate::model::{CheckpointId, ClassName};

/// Packs the hand-ins of a class, and the automatic save points of clusters that are gone. What is packed can
/// be restored and graded as before. Ended in the middle, it goes on where it stopped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pack {
    /// The class. Default: the one that is open.
    pub class: Option<ClassName>,
    /// Only those of this student: a seat or a name.
    pub student: Option<String>,
}

/// What was packed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClassPacked {
    /// The class.
    pub class: ClassName,
    /// The saved states of the class, packed or not.
    pub states: Vec<PackedState>,
}

/// A saved state of a bench.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PackedState {
    /// The seat.
    pub seat: Seat,
    /// The checkpoint.
    pub checkpoint: CheckpointId,
    /// Its disk space before, in bytes.
    pub before: u64,
    /// Its disk space now.
    pub bytes: u64,
    /// Whether it is packed now.
    pub packed: bool,
    /// Why it could not be packed.
    pub error: Option<AppError>,
}

impl Request for Pack {
    type Outcome = ClassPacked;
    const NAME: &'static str = "class pack";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.class.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<ClassPacked, AppError> {
        let room = Room::of(&job.state, self.class.as_ref())?;
        let places = match &self.student {
            Some(student) => vec![room.place(room.seat(student)?)?],
            None => room.places(),
        };
        packed(job, &room, &places)
    }
}

/// Packs the saved states of benches that are not packed yet. What fails is reported, and the others go on.
///
/// # Errors
/// When a deadline goes on, a log cannot be read, or the operation is cancelled.
pub fn packed(job: &Job, room: &Room, places: &[Place]) -> Result<ClassPacked, AppError> {
    let mut states = Vec::new();
    for place in places {
        for (checkpoint, start) in kept(job, room, place)? {
            let before = size(job, &checkpoint)?;
            let result = pack(job, room, &checkpoint, start.as_ref());
            let (packed, error) = match result {
                Ok(Packing::Packed | Packing::Before) => (true, None),
                Ok(Packing::InUse) => (false, None),
                Err(error) if matches!(error.kind, ErrorKind::Interrupted | ErrorKind::Busy) => {
                    return Err(error);
                }
                Err(error) => {
                    job.problem(&error.clone().about(&place.instance));
                    (false, Some(error))
                }
            };
            let (seat, bytes) = (place.bench.seat, size(job, &checkpoint)?);
            states.push(PackedState { seat, checkpoint, before, bytes, packed, error });
        }
    }
    Ok(ClassPacked { class: room.class.name.clone(), states })
}

/// The saved states of a bench that can be packed, each with the start of its attempt.
fn kept(
    job: &Job,
    room: &Room,
    place: &Place,
) -> Result<Vec<(CheckpointId, Option<CheckpointId>)>, AppError> {
    let (seat, instance) = (place.bench.seat, &place.instance);
    let mut all = Vec::new();
    for (_, one) in room.register.submissions.iter().filter(|(_, one)| one.seat == seat) {
        all.push((one.checkpoint.clone(), attempt::start_at(&job.state, instance, &one.receipt)?));
    }
    if let Some((_, checkpoint)) = room.register.autosaved.get(&seat)
        && !job.instances()?.contains(instance)
    {
        let log = attempt::open(&job.state, instance)?;
        let start = log.lines().iter().rev().find_map(|line| match &line.event {
            AttemptEvent::Started(attempt) => Some(attempt.start.clone()),
            _ => None,
        });
        all.push((checkpoint.clone(), start));
    }
    let store = CheckpointStore::new(&job.state);
    let mut there = Vec::new();
    for (checkpoint, start) in all {
        if store.get(&checkpoint).map_err(bad_store)?.is_some() {
            there.push((checkpoint, start));
        }
    }
    Ok(there)
}

fn pack(
    job: &Job,
    room: &Room,
    checkpoint: &CheckpointId,
    start: Option<&CheckpointId>,
) -> Result<Packing, AppError> {
    // Nothing may be measured meanwhile.
    let _turn = Turn::take(job)?;
    if !due(job, room, jiff::Timestamp::now()).is_empty() {
        return Err(AppError::new(ErrorKind::Busy, "a deadline has not handed all in yet")
            .hint("`lab class deadline` does it; then the hand-ins can be packed"));
    }
    let store = CheckpointStore::new(&job.state);
    let done = threads::behind_others(|| store.pack(checkpoint, start, job.cancel()));
    done.map_err(|error| match error {
        MemoryError::Cancelled => AppError::stopped(),
        error => AppError::failed(format!("{checkpoint} cannot be packed; it stays whole")).because(error),
    })
}

/// The disk space of a checkpoint, in bytes.
fn size(job: &Job, checkpoint: &CheckpointId) -> Result<u64, AppError> {
    usage::of_tree(&CheckpointStore::new(&job.state).folder(checkpoint)).map_err(unreadable)
}

/// Whether a checkpoint is there whose memories are not packed, or with files that a killed process has left.
pub fn is_open(job: &Job, checkpoint: &CheckpointId) -> bool {
    let store = CheckpointStore::new(&job.state);
    let found = store.get(checkpoint).ok().flatten();
    found.is_some_and(|found| found.is_whole() || store.has_surplus(&found).unwrap_or(false))
}
