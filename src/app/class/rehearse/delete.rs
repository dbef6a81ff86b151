//! Deletes what a rehearsal made.

use super::REHEARSAL;
use crate::app::class::find::Room;
use crate::app::class::{kept, purge};
use crate::app::error::AppError;
use crate::app::history::{self, Standing};
use crate::app::job::Job;
use crate::app::usage;
use crate::class::log::Event;
use crate::model::InstanceName;

/// Deletes a rehearsal. The class is closed first, so that no server prepares clusters for it any more.
///
/// # Errors
/// When an instance cannot be taken down; what is left is deleted by the next rehearsal.
pub fn delete(job: &Job, room: &Room) -> Result<(), AppError> {
    let job = &job.uncancelled();
    if !room.register.closed {
        room.folder.append(|_| Ok::<_, AppError>(vec![Event::Closed]))?;
    }
    let names = kept::instances(&room.places());
    let standing: Vec<InstanceName> =
        names.iter().filter(|name| !kept::folders(&job.state, name).is_empty()).cloned().collect();
    let own = kept::checkpoints(job, &names)?;
    purge::delete(job, &standing, own, "lab class rehearse")?;
    let about: Vec<String> =
        names.iter().map(InstanceName::to_string).chain([REHEARSAL.to_owned()]).collect();
    // What failed stays, so that its events can be read. So do the rehearsals themselves.
    history::forget(&job.state, |one| {
        let ours = !one.subject.is_empty() && one.subject.iter().all(|name| about.contains(name));
        ours && one.standing() == Standing::Done && !one.what.starts_with("class rehearse")
    })
    .map_err(usage::unreadable)?;
    let removed = room.folder.remove().map(drop);
    removed.map_err(|error| AppError::failed("the class cannot be deleted").because(error))
}
