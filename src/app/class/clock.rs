//! What happens in an open class without a command: first clusters are made, what stands is saved now and
//! then, machines that ended with the server come back, and the deadline hands in.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::autosave::Autosave;
use super::begin::Begin;
use super::deadline::{Deadline, due};
use super::find::Room;
use super::pack::{self, Pack};
use super::phase::Phase;
use super::revive::{Revive, has_ended};
use super::space;
use crate::app::Halab;
use crate::app::error::AppError;
use crate::app::exercise::attempt;
use crate::app::history::{self, Operation, Standing};
use crate::app::instances::at_once;
use crate::app::request::{AnyRequest, Request as _};
use crate::apply;
use crate::base::lock::Lock;
use crate::model::{CheckpointId, InstanceName};
use crate::state::StateDir;

/// The delay before something is ordered again for an instance, on which another operation was working, or
/// with which it failed. It doubles each time, and is forgotten after an hour.
const AGAIN: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(120));

/// After this time without an order for an instance the delays begin again.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// The right to be the clock of the classes of a state folder; none while another process has it.
pub fn clock_lock(state: &StateDir) -> Option<Lock> {
    Lock::try_of(&state.clock_lock()).ok().flatten()
}

/// Looks what an open class needs. It does nothing itself: what it returns is performed by the caller, in
/// processes of their own, so that a class outlives its server.
#[derive(Debug, Default)]
pub struct Clock {
    /// The instances for which something was ordered, with the moment from which something can be ordered
    /// again, and the delay before that.
    ordered: BTreeMap<InstanceName, (Instant, Duration)>,
    /// The moment from which a deadline that has not handed all in can be ordered again, and the delay before
    /// that.
    deadline: Option<(Instant, Duration)>,
    /// The hand-ins that are packed, or for which that was ordered. What fails, closing the class does again.
    packed: BTreeSet<CheckpointId>,
    /// The number of the turn in which an instance was looked at.
    turn: usize,
}

impl Clock {
    /// What has to be done now, at most as much at a time as the machine has processors. `at_work` is what
    /// was ordered before and has not ended.
    ///
    /// # Errors
    /// When the folder of a class cannot be used.
    pub fn due(&mut self, halab: &Halab, at_work: usize) -> Result<Vec<AnyRequest>, AppError> {
        let Some(room) = Room::open(&halab.state)? else { return Ok(Vec::new()) };
        let no_deadline = due(&halab.quiet_job(), &room, Timestamp::now()).is_empty();
        if no_deadline {
            self.deadline = None;
        } else if self.may_hand_in(halab) {
            return Ok(vec![Deadline { class: Some(room.class.name), now: false }.into()]);
        }
        let is_full = space::is_nearly_full(&halab.state);
        if at_work == 0
            && let Some(request) = self.kept_safe(halab, &room, is_full)
        {
            return Ok(vec![request]);
        }
        let first = if is_full { Vec::new() } else { self.first_clusters(halab, &room, at_work) };
        // Packing gives space back.
        if first.is_empty() && at_work == 0 && no_deadline {
            return Ok(self.packing(halab, &room).into_iter().collect());
        }
        Ok(first)
    }

    /// The first clusters that are missing, as many at a time as the machine has processors.
    fn first_clusters(&mut self, halab: &Halab, room: &Room, at_work: usize) -> Vec<AnyRequest> {
        let Some(first) = room.class.exercises.iter().find(|exercise| exercise.after.is_empty()) else {
            return Vec::new();
        };
        // The first one makes the start that all others begin from.
        let most = if room.register.began.is_empty() { 1 } else { at_once() };
        let mut requests = Vec::new();
        for place in room.places() {
            if at_work + requests.len() >= most {
                break;
            }
            let began = room.register.began.contains_key(&place.bench.seat);
            if !began && self.may_order(halab, &place.instance) {
                requests.push(Begin { instance: place.instance, exercise: first.name.clone() }.into());
            }
        }
        requests
    }

    /// What has to be done with one of the instances that are worked on; they take turns. First an instance
    /// whose machines have ended comes back, then one is saved that was not for a while; not on a full disk.
    fn kept_safe(&mut self, halab: &Halab, room: &Room, is_full: bool) -> Option<AnyRequest> {
        let places = room.places();
        self.turn = self.turn.wrapping_add(1);
        let place = places.get(self.turn.checked_rem(places.len())?)?;
        let (seat, instance) = (place.bench.seat, &place.instance);
        let begun = room.register.began.get(&seat)?.last()?.1;
        let job = halab.quiet_job();
        let goes_on = Phase::of(room, place, Timestamp::now()).allows_work().is_ok()
            && attempt::open(&job.state, instance).is_ok_and(|log| log.current().is_some());
        if !goes_on || apply::holder(&halab.state, instance).is_some() {
            return None;
        }
        // What is not there, a teacher has taken down.
        if has_ended(&job, instance).ok()? {
            let revive = Revive { instance: instance.clone() };
            return self.may_order(halab, instance).then(|| revive.into());
        }
        if is_full {
            return None;
        }
        let saved = room.register.autosaved.get(&seat).map_or(begun, |(at, _)| (*at).max(begun));
        let since = Timestamp::now().duration_since(saved);
        let is_due =
            since > SignedDuration::try_from(room.class.save_every.duration()).unwrap_or(SignedDuration::MAX);
        let has_students = place.bench.members.iter().any(|member| room.register.joined.contains_key(member));
        let autosave = Autosave { instance: instance.clone() };
        (is_due && has_students && self.may_order(halab, instance)).then(|| autosave.into())
    }

    /// A bench whose hand-ins are to be packed, while nothing is measured. It is looked at in the same turn
    /// as for saving.
    fn packing(&mut self, halab: &Halab, room: &Room) -> Option<AnyRequest> {
        let places = room.places();
        let place = places.get(self.turn.checked_rem(places.len())?)?;
        let seat = place.bench.seat;
        let job = halab.quiet_job();
        let own = room.register.submissions.iter().filter(|(_, one)| one.seat == seat);
        let own = own.map(|(_, one)| one.checkpoint.clone()).filter(|id| !self.packed.contains(id));
        let (open, packed): (Vec<_>, Vec<_>) = own.partition(|id| pack::is_open(&job, id));
        self.packed.extend(packed);
        let is_free = !open.is_empty() && matches!(Lock::try_of(&job.state.measuring_lock()), Ok(Some(_)));
        if !is_free || !self.may_order(halab, &place.instance) {
            return None;
        }
        self.packed.extend(open);
        Some(Pack { class: Some(room.class.name.clone()), student: Some(seat.to_string()) }.into())
    }

    /// Whether the deadline can be ordered now; then it counts as ordered.
    fn may_hand_in(&mut self, halab: &Halab) -> bool {
        let now = Instant::now();
        let (from, delay) = self.deadline.unwrap_or((now, AGAIN.0));
        let may = now >= from && !runs(halab, |one| one.what == Deadline::NAME);
        if may {
            self.deadline = Some((now + delay, (delay * 2).min(AGAIN.1)));
        }
        may
    }

    /// Whether something can be ordered for an instance now; then it counts as ordered. An operation of a
    /// server that was killed goes on, and may just be working on it.
    fn may_order(&mut self, halab: &Halab, instance: &InstanceName) -> bool {
        let now = Instant::now();
        self.ordered.retain(|_, (from, _)| now.saturating_duration_since(*from) < FORGOTTEN);
        let (from, delay) = self.ordered.get(instance).copied().unwrap_or((now, AGAIN.0));
        if now < from || apply::holder(&halab.state, instance).is_some() || is_at_work(halab, instance) {
            return false;
        }
        self.ordered.insert(instance.clone(), (now + delay, (delay * 2).min(AGAIN.1)));
        true
    }
}

/// Whether an operation about an instance runs. Between its steps nothing holds the instance, and a cluster
/// that is made a second time takes from the student what was begun.
fn is_at_work(halab: &Halab, instance: &InstanceName) -> bool {
    runs(halab, |one| one.subject.iter().any(|name| name == instance.as_str()))
}

/// Whether such an operation runs.
fn runs(halab: &Halab, is_meant: impl Fn(&Operation) -> bool) -> bool {
    let all = history::list(halab, None).unwrap_or_default();
    all.iter().any(|one| is_meant(one) && one.standing() == Standing::Running)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Cancel;
    use crate::app::class::Rehearse;

    #[test]
    fn a_cluster_that_is_being_made_is_not_ordered_again() {
        let folder = tempfile::tempdir().unwrap();
        let halab = Halab::at(folder.path().join("state")).simulated();
        let wanted = Rehearse { file: None, exercise: Some("who-am-i".to_owned()), students: 1 };
        let class = halab.run(&wanted, &Cancel::default(), Box::new(|_| {})).unwrap();
        assert_eq!(Clock::default().due(&halab, 0).unwrap().len(), 1);
        let begin = Begin { instance: class.instances[0].clone(), exercise: class.exercise };
        // It runs in this process, and holds nothing yet.
        let _begun = history::begin(&halab, &begin, begin.changes().unwrap()).unwrap();
        assert!(Clock::default().due(&halab, 0).unwrap().is_empty());
    }
}
