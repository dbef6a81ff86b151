//! What happens in an open class without a command: first clusters are made, and the deadline hands in.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::begin::Begin;
use super::deadline::{Deadline, due};
use super::find::Room;
use crate::app::Halab;
use crate::app::error::AppError;
use crate::app::history::{self, Standing};
use crate::app::instances::at_once;
use crate::app::request::AnyRequest;
use crate::apply;
use crate::model::InstanceName;

/// The delay before a first cluster is ordered again, which another operation was working on, or which could
/// not be made. It doubles each time.
const AGAIN: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(120));

/// Looks what an open class needs. It does nothing itself: what it returns is performed by the caller, in
/// processes of their own, so that a class outlives its server.
#[derive(Debug, Default)]
pub struct Clock {
    /// The instances whose first cluster was ordered, with the moment from which it can be ordered again, and
    /// the delay before that.
    ordered: BTreeMap<InstanceName, (Instant, Duration)>,
    /// The moment from which a deadline that has not handed all in can be ordered again, and the delay before
    /// that.
    deadline: Option<(Instant, Duration)>,
}

impl Clock {
    /// What has to be done now, at most as much at a time as the machine has processors. `at_work` is what
    /// was ordered before and has not ended.
    ///
    /// # Errors
    /// When the folder of a class cannot be used.
    pub fn due(&mut self, halab: &Halab, at_work: usize) -> Result<Vec<AnyRequest>, AppError> {
        let Some(room) = Room::open(&halab.state)? else { return Ok(Vec::new()) };
        if due(&halab.quiet_job(), &room, Timestamp::now()).is_empty() {
            self.deadline = None;
        } else if at_work == 0 && self.may_hand_in() {
            return Ok(vec![Deadline { class: Some(room.class.name), now: false }.into()]);
        }
        let Some(first) = room.class.exercises.iter().find(|exercise| exercise.after.is_empty()) else {
            return Ok(Vec::new());
        };
        let mut requests = Vec::new();
        for place in room.places() {
            if at_work + requests.len() >= at_once() {
                break;
            }
            let began = room.register.began.contains_key(&place.bench.seat);
            if !began && self.may_order(halab, &place.instance) {
                requests.push(Begin { instance: place.instance, exercise: first.name.clone() }.into());
            }
        }
        Ok(requests)
    }

    /// Whether the deadline can be ordered now; then it counts as ordered.
    fn may_hand_in(&mut self) -> bool {
        let now = Instant::now();
        let (from, delay) = self.deadline.unwrap_or((now, AGAIN.0));
        if now >= from {
            self.deadline = Some((now + delay, (delay * 2).min(AGAIN.1)));
        }
        now >= from
    }

    /// Whether a first cluster can be ordered now; then it counts as ordered. An operation of a server that
    /// was killed goes on, and may just be making it.
    fn may_order(&mut self, halab: &Halab, instance: &InstanceName) -> bool {
        let now = Instant::now();
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
    let all = history::list(halab, Some(instance.as_str())).unwrap_or_default();
    all.iter().any(|one| one.standing() == Standing::Running)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Cancel;
    use crate::app::class::Rehearse;
    use crate::app::request::Request as _;

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
