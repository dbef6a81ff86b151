//! `lab class close`: ends a class. Hand-ins, logs and records stay.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::Room;
use super::pack;
use crate::app::down;
use crate::app::error::{AppError, ErrorKind};
use crate::app::instances::Each;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::class::log::Event;
use crate::model::{ClassName, InstanceName};

/// Closes a class: all work ends, and all instances are taken down.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Close {
    /// The class. Default: the one that is open.
    pub class: Option<ClassName>,
    /// Also if work that stands was not handed in; it is lost.
    pub force: bool,
}

impl Request for Close {
    type Outcome = Each<()>;
    const NAME: &'static str = "class close";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.class.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Self::Outcome, AppError> {
        let room = Room::of(&job.state, self.class.as_ref())?;
        let standing = job.instances()?;
        let places = room.places().into_iter().filter(|place| standing.contains(&place.instance));
        let places: Vec<_> = places.collect();
        let open: Vec<String> = places
            .iter()
            .filter(|place| {
                let began = room.register.began.get(&place.bench.seat).and_then(|all| all.last());
                began.is_some_and(|(exercise, _)| {
                    room.register.joined.contains_key(&place.bench.seat)
                        && room.register.submission(place.bench.seat, exercise).is_none()
                })
            })
            .map(|place| place.bench.seat.to_string())
            .collect();
        if !open.is_empty() && !self.force {
            let message = format!("work was not handed in: {}", open.join(", "));
            return Err(AppError::new(ErrorKind::Busy, message)
                .hint("`lab class deadline` hands in what stands")
                .hint("`--force` closes the class without it"));
        }
        room.folder.append(|_| Ok::<_, AppError>(vec![Event::Closed]))?;
        let names: Vec<InstanceName> = places.into_iter().map(|place| place.instance).collect();
        let steps = job.among(names.len());
        let done = job.for_each(&names, |name| down::take_down(name, false, "lab class close", &steps));
        packed(job, &room);
        Ok(done)
    }
}

/// Packs all that is kept of a class that was closed. It is closed also if that fails or is cancelled.
fn packed(job: &Job, room: &Room) {
    if !room.register.submissions.is_empty() {
        job.say("packing the hand-ins");
    }
    let packed = Room::of(&job.state, Some(&room.class.name))
        .and_then(|closed| pack::packed(job, &closed, &closed.places()));
    if let Err(error) = packed {
        job.problem(&error.hint("`lab class pack` goes on"));
    }
}
