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

    /// The next moment at which that of a seat may be another one, if nothing is ordered meanwhile.
    fn next(room: &Room, place: &Place, now: Timestamp) -> Option<Timestamp> {
        let Room { class, register, .. } = room;
        let ends = register.until(place.bench.seat, class.ends);
        let all = [class.begins, ends, class.late.map(|late| late.until.0)];
        all.into_iter().flatten().filter(|moment| *moment > now).min()
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

/// Until when a student may work at least, if nothing is ordered meanwhile; none: without an end.
///
/// # Errors
/// Why the student may not work now; or when the instance belongs to no class, or the folder of the class
/// cannot be used.
pub fn works_until(state: &StateDir, instance: &InstanceName) -> Result<Option<Timestamp>, AppError> {
    let (room, place) = Room::around(state, instance)?;
    let now = Timestamp::now();
    Phase::of(&room, &place, now).allows_work()?;
    Ok(Phase::next(&room, &place, now))
}

/// What the clock of the classes waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Next {
    /// Whether a class is open, or its folder cannot be used.
    pub is_open: bool,
    /// The next moment at which something changes for one of its seats by itself.
    pub at: Option<Timestamp>,
}

/// What the clock of the classes of a state folder waits for now.
pub fn next_moment(state: &StateDir) -> Next {
    let room = match Room::open(state) {
        Ok(Some(room)) => room,
        Ok(None) => return Next::default(),
        Err(_) => return Next { is_open: true, at: None },
    };
    let now = Timestamp::now();
    let at = room.places().iter().filter_map(|place| Phase::next(&room, place, now)).min();
    Next { is_open: true, at }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::app::class::{Close, Extend, Rehearse};
    use crate::app::{Cancel, Halab};
    use crate::model::Millis;

    #[test]
    fn the_clock_waits_for_the_next_moment_of_an_open_class() {
        let folder = tempfile::tempdir().unwrap();
        let halab = Halab::at(folder.path().join("state")).simulated();
        let cancel = Cancel::default();
        assert_eq!(next_moment(&halab.state), Next::default());
        let wanted = Rehearse { file: None, exercise: Some("who-am-i".to_owned()), students: 2 };
        let class = halab.run(&wanted, &cancel, Box::new(|_| {})).unwrap();
        assert_eq!(next_moment(&halab.state), Next { is_open: true, at: None }, "a class without an end");
        let mut ends = Vec::new();
        for (student, hours) in [("s01", 2), ("s02", 1)] {
            let by = Millis(hours * 3_600_000);
            let extend = Extend { class: None, student: Some(student.to_owned()), by };
            ends.push(halab.run(&extend, &cancel, Box::new(|_| {})).unwrap());
        }
        assert_eq!(next_moment(&halab.state).at, Some(ends[1]), "the first end of both");
        for (instance, end) in class.instances.iter().zip(&ends) {
            assert_eq!(works_until(&halab.state, instance).unwrap(), Some(*end));
        }
        let (room, place) = Room::around(&halab.state, &class.instances[1]).unwrap();
        let after = ends[1] + SignedDuration::from_secs(1);
        assert_eq!(Phase::next(&room, &place, after), None, "what is over does not come again");
        let close = Close { force: true, ..Close::default() };
        halab.run(&close, &cancel, Box::new(|_| {})).unwrap();
        assert_eq!(next_moment(&halab.state), Next::default());
        assert!(works_until(&halab.state, &class.instances[0]).is_err());
    }
}
