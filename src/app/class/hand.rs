//! A student asks for help.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::Room;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::class::log::Event;
use crate::model::InstanceName;

/// Raises the hand of a student, or takes it down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RaiseHand {
    /// The instance of the student.
    pub instance: InstanceName,
    /// Whether it is up.
    pub up: bool,
}

impl Request for RaiseHand {
    type Outcome = ();
    const NAME: &'static str = "class hand";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![self.instance.to_string()]))
    }

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let (room, place) = Room::around(&job.state, &self.instance)?;
        let seat = place.bench.seat;
        if room.register.hands.contains(&seat) == self.up {
            return Ok(());
        }
        let event = Event::Hand { seat, up: self.up };
        room.folder.append(|_| Ok::<_, AppError>(vec![event])).map(drop)
    }
}
