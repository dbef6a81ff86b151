//! The deadline: all clusters stand still within a second, and are then saved one by one.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::{Place, Room};
use super::phase::Phase;
use super::revive::{has_ended, put_back_to_last};
use super::submit::submitted;
use crate::app::error::AppError;
use crate::app::exercise::attempt;
use crate::app::instances::Each;
use crate::app::job::Job;
use crate::app::provider;
use crate::app::request::{Request, Subject};
use crate::base::threads;
use crate::class::log::Event;
use crate::class::roster::Seat;
use crate::model::{ClassName, ExerciseName};

/// Hands in what stands on the instances whose time is over. Repeated, it goes on with those that it has not
/// handed in yet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Deadline {
    /// The class. Default: the one that is open.
    pub class: Option<ClassName>,
    /// For all, also where time is left: it is over now.
    pub now: bool,
}

impl Request for Deadline {
    type Outcome = Each<ExerciseName>;
    const NAME: &'static str = "class deadline";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.class.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Self::Outcome, AppError> {
        let mut room = Room::of(&job.state, self.class.as_ref())?;
        if self.now {
            let event = Event::Extended { seat: None, until: Timestamp::now() };
            room.folder.append(|_| Ok::<_, AppError>(vec![event]))?;
            room = Room::of(&job.state, Some(&room.class.name))?;
        }
        let due = due(job, &room, Timestamp::now());
        let held = threads::map(&due, |place| stop(job, &room, place));
        let mut instances = Vec::new();
        for (place, held) in due.iter().zip(held) {
            let result = held.and_then(|at| submitted(job, &room, place, Some(at)));
            if let Err(error) = &result {
                job.problem(&error.clone().about(&place.instance));
            }
            instances.push((place.instance.clone(), result.map(|done| done.exercise)));
        }
        Ok(Each { instances })
    }
}

/// The benches whose time is over and whose work was not handed in by a deadline since.
pub fn due(job: &Job, room: &Room, now: Timestamp) -> Vec<Place> {
    let is_due = |place: &Place| {
        let seat = place.bench.seat;
        let over = matches!(Phase::of(room, place, now), Phase::Over | Phase::Late);
        over && !room.register.closed && is_open(job, place) && !handed_in(room, seat)
    };
    room.places().into_iter().filter(is_due).collect()
}

/// Whether a deadline handed in the exercise that a seat began last.
fn handed_in(room: &Room, seat: Seat) -> bool {
    let last = room.register.began.get(&seat).and_then(|all| all.last());
    last.is_some_and(|(exercise, began)| {
        let submissions = room.register.submissions.iter();
        submissions
            .filter(|(_, one)| one.seat == seat && one.exercise == *exercise)
            .any(|(_, one)| one.by_deadline && one.paused >= *began)
    })
}

fn is_open(job: &Job, place: &Place) -> bool {
    attempt::open(&job.state, &place.instance).is_ok_and(|log| log.current().is_some())
}

/// Lets the machines of an instance stand still; returns when they did. Machines that ended before, with the
/// server's machine, come back as they were last saved: that is the moment then.
fn stop(job: &Job, room: &Room, place: &Place) -> Result<Timestamp, AppError> {
    let ended = has_ended(job, &place.instance)?;
    let saved = ended.then(|| put_back_to_last(job, room, place, true)).transpose()?;
    let instance = job.describe(&place.instance)?;
    provider::of(job, &instance)?.hold()?;
    Ok(stood_still(saved, begun(room, place.bench.seat), Timestamp::now()))
}

/// When a seat began its last exercise.
fn begun(room: &Room, seat: Seat) -> Option<Timestamp> {
    room.register.began.get(&seat).and_then(|all| all.last()).map(|(_, at)| *at)
}

/// When an instance stood still: now, or, if it was put back, when that state was saved. The start that many
/// share is older than the attempt, and the hand-in would not count as one of this attempt.
fn stood_still(saved: Option<Timestamp>, begun: Option<Timestamp>, now: Timestamp) -> Timestamp {
    saved.map_or(now, |saved| begun.map_or(saved, |begun| saved.max(begun)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_in_from_the_start_is_one_of_the_attempt() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(stood_still(Some(at(5)), Some(at(10)), at(99)), at(10));
        assert_eq!(stood_still(Some(at(20)), Some(at(10)), at(99)), at(20));
        assert_eq!(stood_still(None, Some(at(10)), at(99)), at(99));
    }
}
