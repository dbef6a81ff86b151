//! Puts the instance of a student back to its last automatic save point: because the student wants to, or
//! because its machines ended with the server.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::{Place, Room};
use crate::app::checkpoint::put_back;
use crate::app::error::AppError;
use crate::app::exercise::attempt::{self, Ongoing};
use crate::app::exercise::save;
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::provider;
use crate::app::request::{Request, Subject};
use crate::checkpoint::{Checkpoint, CheckpointStore};
use crate::class::log::Event;
use crate::class::moment::Moment;
use crate::exercise::log::Event as AttemptEvent;
use crate::model::{CheckpointId, CheckpointName, InstanceName};

/// Puts an instance back to its last automatic save point. One whose machines have ended with the server goes
/// back to the last of all its saved states, and its student gets a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Revive {
    /// The instance of the student.
    pub instance: InstanceName,
}

impl Request for Revive {
    /// When the state was saved that it is in now.
    type Outcome = Timestamp;
    const NAME: &'static str = "class revive";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![self.instance.to_string()]))
    }

    fn perform(&self, job: &Job) -> Result<Timestamp, AppError> {
        let (room, place) = Room::around(&job.state, &self.instance)?;
        let ended = has_ended(job, &self.instance)?;
        let as_of = put_back_to_last(job, &room, &place, ended)?;
        if ended {
            let (seat, text) = (Some(place.bench.seat), apology(as_of));
            room.folder.append(|_| Ok::<_, AppError>(vec![Event::Said { seat, text }]))?;
        }
        Ok(as_of)
    }
}

/// Puts an instance back to its last automatic save point; one whose machines have ended to the last of all
/// its saved states. Returns when that was saved.
///
/// # Errors
/// When there is none, or it cannot be restored.
pub fn put_back_to_last(job: &Job, room: &Room, place: &Place, ended: bool) -> Result<Timestamp, AppError> {
    let instance = &place.instance;
    let mut ongoing = Ongoing::of(job, Some(instance))?;
    let saved = if ended { all(room, place, &ongoing)? } else { automatic(room, place) };
    let from = usable(job, saved).ok_or_else(|| {
        AppError::not_found(format!("{instance} has no automatic save point yet"))
            .hint(format!("one is made every {}; `lab undo` goes back to the start", room.class.save_every))
    })?;
    let quiet = job.in_background();
    let mut locked = Locked::acquire_unsettled(&quiet, instance, "lab class")?;
    put_back(&from, &mut locked, "lab class", &quiet)?;
    drop(locked);
    ongoing.note(AttemptEvent::Loaded { name: automatically()? })?;
    Ok(from.spec.created)
}

/// Whether the machines of an instance ended without a command: with the server, say. A student can switch
/// all nodes off, but cannot end what runs them.
///
/// # Errors
/// When the instance cannot be looked at.
pub fn has_ended(job: &Job, instance: &InstanceName) -> Result<bool, AppError> {
    let described = job.describe(instance)?;
    let found = provider::of(job, &described)?.inventory()?;
    Ok(!found.host.is_some_and(|host| host.alive))
}

fn automatic(room: &Room, place: &Place) -> Vec<(Timestamp, CheckpointId)> {
    room.register.autosaved.get(&place.bench.seat).cloned().into_iter().collect()
}

/// All saved states of the attempt, with their moments.
fn all(room: &Room, place: &Place, ongoing: &Ongoing) -> Result<Vec<(Timestamp, CheckpointId)>, AppError> {
    let mut all = automatic(room, place);
    let attempt = ongoing.attempt()?;
    let begun = ongoing.log.lines().iter().rev().find(|line| matches!(line.event, AttemptEvent::Started(_)));
    let begun = begun.map_or(Timestamp::UNIX_EPOCH, |line| line.at);
    let submission = room.register.submission(place.bench.seat, &ongoing.exercise.name);
    all.extend(
        submission
            .filter(|(_, one)| one.paused >= begun)
            .map(|(_, one)| (one.paused, one.checkpoint.clone())),
    );
    for line in ongoing.lines() {
        if let AttemptEvent::Saved { name } = &line.event {
            all.push((line.at, save::id(ongoing, name)?));
        }
    }
    all.push((begun, attempt.start.clone()));
    Ok(all)
}

/// The last of some saved states that is there and undamaged.
fn usable(job: &Job, mut saved: Vec<(Timestamp, CheckpointId)>) -> Option<Checkpoint> {
    saved.sort();
    let store = CheckpointStore::new(&job.state);
    let whole = |(_, id): &(Timestamp, CheckpointId)| {
        let found = attempt::checkpoint(job, id).ok()?;
        store.trust(&found).ok().map(|()| found)
    };
    saved.iter().rev().find_map(whole)
}

fn automatically() -> Result<CheckpointName, AppError> {
    "automatic".parse().map_err(|error| AppError::failed("a save point has no name").because(error))
}

/// What the student reads, in both languages.
fn apology(as_of: Timestamp) -> String {
    let at = Moment(as_of);
    format!(
        "Your cluster ended with the server. It goes on as it was at {at}. / \
         Klaster Anda berhenti bersama server, dan berjalan lagi seperti pada {at}."
    )
}
