//! The events of an operation, which may run in another process.

use inotify::WatchMask;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Operation, Standing, find, folder_of, unreadable, watch};
use crate::app::Halab;
use crate::app::cancel::Cancel;
use crate::app::error::AppError;
use crate::app::event::{Event, read_events};

/// The longest wait for events before the end of the other process is checked.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

/// Passes on the events of an operation from a number on; with `follow` also the later ones, until it ends or
/// the caller is cancelled.
///
/// # Errors
/// When there is no such operation, or its log cannot be read.
pub fn events(
    halab: &Halab,
    id: &str,
    from: u64,
    follow: bool,
    cancel: &Cancel,
    hear: &mut dyn FnMut(&Event),
) -> Result<Operation, AppError> {
    let mut operation = find(halab, id)?;
    let folder = folder_of(&halab.state, id);
    let mut inotify =
        watch(&folder, WatchMask::CREATE | WatchMask::MODIFY | WatchMask::MOVED_TO).map_err(unreadable)?;
    let mut next = from;
    loop {
        // Checked before the events are read, so that no event before its end is missed.
        let runs = operation.standing() == Standing::Running;
        for event in read_events(&folder.join("events.jsonl"), next).map_err(unreadable)? {
            next = event.number + 1;
            hear(&event);
        }
        if !runs {
            // It may have written down how it ended after it was read, and only then its process was gone.
            return find(halab, id);
        }
        if !follow || cancel.asked() {
            return Ok(operation);
        }
        if poll(&mut [PollFd::new(&inotify, PollFlags::IN)], Some(&TICK)).is_ok_and(|count| count > 0) {
            let _ = inotify.read_events(&mut [0; 4096]).map(Iterator::count);
        }
        operation = find(halab, id)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::down::Down;
    use crate::app::event::{EventLog, What};
    use crate::app::history::{Ended, begin, save};
    use crate::app::request::Request as _;
    use crate::base::process::Process;

    fn begun(halab: &Halab) -> Operation {
        let request = Down { instances: vec!["pair".parse().unwrap()], ..Down::default() };
        begin(halab, &request, request.changes().unwrap()).unwrap().operation
    }

    fn followed(halab: &Halab, id: &str, mut hear: impl FnMut(&Event)) -> Operation {
        events(halab, id, 1, true, &Cancel::default(), &mut hear).unwrap()
    }

    #[test]
    fn an_operation_is_followed_before_its_log_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let halab = Halab::at(folder.path()).simulated();
        let operation = begun(&halab);
        let place = folder_of(&halab.state, &operation.id);
        let ended = std::thread::scope(|scope| {
            let follower = scope.spawn(|| followed(&halab, &operation.id, |_| {}));
            let log = EventLog::kept(&place.join("events.jsonl"), Box::new(|_| {})).unwrap();
            log.emit(false, What::WorkEnded { title: "work".to_owned() });
            let ended = Some(Ended { at: jiff::Timestamp::now(), error: None });
            save(&place, &Operation { ended, ..operation.clone() }).unwrap();
            follower.join().unwrap()
        });
        assert_eq!(ended.standing(), Standing::Done);
    }

    #[test]
    fn an_operation_that_has_just_ended_was_not_killed() {
        let folder = tempfile::tempdir().unwrap();
        let halab = Halab::at(folder.path()).simulated();
        let operation = begun(&halab);
        let place = folder_of(&halab.state, &operation.id);
        let log = EventLog::kept(&place.join("events.jsonl"), Box::new(|_| {})).unwrap();
        log.emit(false, What::WorkEnded { title: "work".to_owned() });
        // Its process is gone, and the end is written between the two looks of the follower.
        let gone = Operation { process: Process { pid: i32::MAX, started: 1 }, ..operation };
        save(&place, &gone).unwrap();
        let ended = followed(&halab, &gone.id, |_| {
            let ended = Some(Ended { at: jiff::Timestamp::now(), error: None });
            save(&place, &Operation { ended, ..gone.clone() }).unwrap();
        });
        assert_eq!(ended.standing(), Standing::Done);
    }
}
