//! What a seat may do now.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::{Place, Room};
use super::quota;
use crate::app::error::{AppError, ErrorKind};
use crate::app::request::AnyRequest;
use crate::model::InstanceName;
use crate::state::StateDir;

/// Where a seat is in the time of its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The class has not begun.
    Before,
    /// Work goes on.
    Working,
    /// The deadline is over; something can still be handed in, for fewer points.
    Late,
    /// The teacher has stopped the work for now.
    Frozen,
    /// Nothing can be changed any more.
    Over,
}

impl Phase {
    /// That of a seat at a moment.
    pub fn of(room: &Room, place: &Place, now: Timestamp) -> Self {
        let Room { class, register, .. } = room;
        let seat = place.bench.seat;
        let ends = register.until(seat, class.ends);
        if register.closed {
            return Self::Over;
        }
        if class.begins.is_some_and(|begins| now < begins) {
            return Self::Before;
        }
        match ends {
            Some(ends) if now >= ends => match class.late {
                Some(late) if now < late.until.0 && !register.is_frozen(seat) => Self::Late,
                _ => Self::Over,
            },
            _ if register.is_frozen(seat) => Self::Frozen,
            _ => Self::Working,
        }
    }

    /// Why nothing may be changed; none if it may.
    ///
    /// # Errors
    /// What the student can do about it.
    pub fn allows_work(self) -> Result<(), AppError> {
        let why = match self {
            Self::Working | Self::Late => return Ok(()),
            Self::Before => "the class has not begun",
            Self::Frozen => "the teacher has stopped the work for now",
            Self::Over => "the class is over",
        };
        Err(AppError::new(ErrorKind::Busy, why))
    }
}

/// Whether a student may ask for this now, which changes something.
///
/// # Errors
/// When it may not be asked, or not yet; the instance belongs to no class, or the folder of the class cannot
/// be used.
pub fn permitted(state: &StateDir, instance: &InstanceName, request: &AnyRequest) -> Result<(), AppError> {
    let (room, place) = Room::around(state, instance)?;
    // Help can be asked for at any time, and a key opens nothing by itself.
    let at_any_time = matches!(request, AnyRequest::ClassHand(_) | AnyRequest::ClassKey(_));
    if at_any_time && !room.register.closed {
        return Ok(());
    }
    // A grading tells what hidden checks look at.
    if room.class.exam && matches!(request, AnyRequest::Grade(_)) {
        return Err(AppError::new(ErrorKind::Usage, "in an exam, the teacher has the work graded"));
    }
    Phase::of(&room, &place, Timestamp::now()).allows_work()?;
    quota::check(state, instance, request)
}
