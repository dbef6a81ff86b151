//! The end of a student's time: one thread waits for it, and ends all terminals and connections of students
//! whose time is over.

use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;
use rustix::event::{EventfdFlags, eventfd};

use crate::app::class::{self, Changes};
use crate::app::{AppError, Cancel, StateDir};
use crate::model::InstanceName;

/// What is open for students.
pub struct Hours {
    shared: Arc<Shared>,
}

struct Shared {
    state: StateDir,
    /// Readable after something was opened or closed; none where the system has no descriptor left.
    bell: Option<OwnedFd>,
    all: Mutex<All>,
}

#[derive(Default)]
struct All {
    open: Vec<Arc<Open>>,
    /// Whether the thread runs.
    runs: bool,
}

struct Open {
    instance: InstanceName,
    cancel: Cancel,
    over: OnceLock<AppError>,
}

/// Keeps something open until the time of a student is over; then it is cancelled. What is dropped is closed.
pub struct Guard {
    shared: Arc<Shared>,
    open: Arc<Open>,
}

impl Hours {
    /// Those of a state folder.
    pub fn of(state: &StateDir) -> Self {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).ok();
        Self { shared: Arc::new(Shared { state: state.clone(), bell, all: Mutex::default() }) }
    }

    /// Cancels something when the time of the student of an instance is over, until the guard is dropped.
    pub fn guard(&self, instance: &InstanceName, cancel: &Cancel) -> Guard {
        let over = OnceLock::new();
        let open = Arc::new(Open { instance: instance.clone(), cancel: cancel.clone(), over });
        let mut all = self.shared.all();
        all.open.push(open.clone());
        if !all.runs {
            let shared = self.shared.clone();
            // Without a thread it is as if the time were over: an exam must not go on without an end.
            all.runs = std::thread::Builder::new().spawn(move || shared.watch()).is_ok();
        }
        if !all.runs {
            open.cancel.ask();
        }
        drop(all);
        self.shared.ring();
        Guard { shared: self.shared.clone(), open }
    }
}

impl Guard {
    /// Why it was cancelled; none if it was not, or for another reason.
    pub fn over(&self) -> Option<AppError> {
        self.open.over.get().cloned()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.shared.all().open.retain(|one| !Arc::ptr_eq(one, &self.open));
        self.shared.ring();
    }
}

impl Shared {
    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        if let Some(bell) = &self.bell {
            // A full bell rings already.
            let _ = rustix::io::write(bell, &1_u64.to_ne_bytes());
        }
    }

    /// Waits for changes of the classes and for their moments, until nothing is open any more.
    fn watch(&self) {
        let mut changes = Changes::of(&self.state);
        loop {
            changes.watch();
            if let Some(bell) = &self.bell {
                let _ = rustix::io::read(bell, &mut [0; 8]);
            }
            let open = {
                let mut all = self.all();
                all.runs = !all.open.is_empty();
                if !all.runs {
                    return;
                }
                all.open.clone()
            };
            let next = open.iter().filter_map(|one| self.look(one)).min();
            let bell: Vec<_> = self.bell.iter().map(|bell| bell.as_fd()).collect();
            changes.wait(next, None, &bell);
        }
    }

    /// Cancels what is open if its time is over; returns the next moment at which it may be.
    fn look(&self, open: &Open) -> Option<Timestamp> {
        match class::works_until(&self.state, &open.instance) {
            Ok(until) => until,
            Err(error) => {
                if open.over.set(error).is_ok() {
                    open.cancel.ask();
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::app::Halab;
    use crate::app::class::{Extend, Freeze, Rehearse};
    use crate::model::Millis;

    /// How long something may take that happens soon.
    const SOON: Duration = Duration::from_secs(60);

    /// A class of two, with the instances of its students.
    fn class_of_two(folder: &std::path::Path) -> (Halab, Vec<InstanceName>) {
        let halab = Halab::at(folder.join("state")).simulated();
        let wanted = Rehearse { file: None, exercise: Some("who-am-i".to_owned()), students: 2 };
        let class = halab.run(&wanted, &Cancel::default(), Box::new(|_| {})).unwrap();
        (halab, class.instances)
    }

    fn ends(cancel: &Cancel) -> bool {
        let begun = Instant::now();
        while !cancel.asked() && begun.elapsed() < SOON {
            std::thread::sleep(Duration::from_millis(1));
        }
        cancel.asked()
    }

    #[test]
    fn what_is_open_ends_with_the_time_of_its_own_student() {
        let folder = tempfile::tempdir().unwrap();
        let (halab, instances) = class_of_two(folder.path());
        let hours = Hours::of(&halab.state);
        let (first, second) = (Cancel::default(), Cancel::default());
        let frozen = hours.guard(&instances[0], &first);
        let other = hours.guard(&instances[1], &second);
        let freeze = Freeze { class: None, student: Some("s01".to_owned()), end: false };
        halab.run(&freeze, &Cancel::default(), Box::new(|_| {})).unwrap();
        assert!(ends(&first), "an order ends it");
        assert!(frozen.over().unwrap().message.contains("stopped the work"));
        assert!(!second.asked() && other.over().is_none());
        // The end of the time itself changes no file.
        let extend = Extend { class: None, student: Some("s02".to_owned()), by: Millis(300) };
        let until = halab.run(&extend, &Cancel::default(), Box::new(|_| {})).unwrap();
        assert!(ends(&second) && Timestamp::now() >= until, "the end of the time ends it, and not before");
        assert!(other.over().unwrap().message.contains("the class is over"));
        drop((frozen, other));
        let begun = Instant::now();
        while hours.shared.all().runs && begun.elapsed() < SOON {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(!hours.shared.all().runs, "nothing is open, so nothing waits");
    }
}
