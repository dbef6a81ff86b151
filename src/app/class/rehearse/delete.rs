//! Deletes what a rehearsal made.

use super::REHEARSAL;
use crate::app::baseline::bad_store;
use crate::app::class::find::Room;
use crate::app::error::AppError;
use crate::app::history::{self, Standing};
use crate::app::instances::GRADED;
use crate::app::job::Job;
use crate::app::{down, usage};
use crate::checkpoint::{Checkpoint, CheckpointStore, Kind};
use crate::class::log::Event;
use crate::model::InstanceName;

/// The beginnings of the names of checkpoints that a rehearsal deletes. The start of an exercise stays: the
/// lesson begins with it.
const OWN: [&str; 5] = ["hand-in-", "save-point-", "replayed-", "submission-", "autosave-"];

/// Deletes a rehearsal. The class is closed first, so that no server prepares clusters for it any more.
///
/// # Errors
/// When an instance cannot be taken down; what is left is deleted by the next rehearsal.
pub fn delete(job: &Job, room: &Room) -> Result<(), AppError> {
    let job = &job.uncancelled();
    if !room.register.closed {
        room.folder.append(|_| Ok::<_, AppError>(vec![Event::Closed]))?;
    }
    let mut names: Vec<InstanceName> = Vec::new();
    for place in room.places() {
        names.extend(format!("{}{GRADED}", place.instance).parse::<InstanceName>());
        names.push(place.instance);
    }
    let left = |name: &InstanceName| {
        let state = &job.state;
        let folders = [state.instance(name), state.keys(name), state.records(name), state.exercises(name)];
        folders.iter().any(|folder| folder.exists())
    };
    let standing: Vec<InstanceName> = names.iter().filter(|name| left(name)).cloned().collect();
    let steps = job.among(standing.len().max(2));
    let done = job.for_each(&standing, |name| down::take_down(name, true, "lab class rehearse", &steps));
    if let Some(error) = done.failures().next() {
        return Err(error.clone().hint("`lab class rehearse` deletes the rest when it begins again"));
    }
    delete_checkpoints(job, &names)?;
    let about: Vec<String> =
        names.iter().map(InstanceName::to_string).chain([REHEARSAL.to_owned()]).collect();
    // What failed stays, so that its events can be read. So do the rehearsals themselves.
    history::forget(&job.state, |one| {
        let ours = !one.subject.is_empty() && one.subject.iter().all(|name| about.contains(name));
        ours && one.standing() == Standing::Done && !one.what.starts_with("class rehearse")
    })
    .map_err(usage::unreadable)?;
    room.folder.remove().map_err(|error| AppError::failed("the class cannot be deleted").because(error))
}

/// Deletes the checkpoints of these instances: those first on which no other one depends.
fn delete_checkpoints(job: &Job, names: &[InstanceName]) -> Result<(), AppError> {
    let store = CheckpointStore::new(&job.state);
    let ours = |found: &Checkpoint| {
        found.spec.kind == Kind::Exercise
            && names.contains(&found.spec.instance.name)
            && OWN.iter().any(|prefix| found.id().name().as_str().starts_with(prefix))
    };
    loop {
        let mut deleted = 0;
        for found in store.list().map_err(bad_store)?.into_iter().filter(ours) {
            if usage::users(&job.state, found.id())?.is_empty()
                && let Some(_lock) = store.lock(found.id()).map_err(bad_store)?
            {
                store.remove(found.id()).map_err(bad_store)?;
                deleted += 1;
            }
        }
        if deleted == 0 {
            return Ok(());
        }
    }
}
