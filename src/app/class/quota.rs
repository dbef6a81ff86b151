//! How often a student may put the own instance back, and how much of the disk the records may take.

use jiff::{SignedDuration, Timestamp};

use super::meter::of_records;
use super::space;
use crate::app::error::{AppError, ErrorKind};
use crate::app::exercise::attempt;
use crate::app::request::AnyRequest;
use crate::app::usage::size;
use crate::exercise::log::{Event, Line};
use crate::model::InstanceName;
use crate::state::StateDir;

/// The most times in any hour.
const IN_HOUR: usize = 20;

/// The period of that limit.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// In the long run, one time in this period.
const EACH: SignedDuration = SignedDuration::from_mins(1);

/// How many times may follow each other at once.
const BURST: i32 = 3;

/// The most that the records of a student take, in bytes. One more drill may go beyond it.
const RECORDS: u64 = 200 << 20;

/// Refuses a student what the limits do not allow now.
///
/// # Errors
/// When the limit is reached: what it is, and when it is possible again.
pub fn check(state: &StateDir, instance: &InstanceName, request: &AnyRequest) -> Result<(), AppError> {
    let (what, is_meant): (_, fn(&Event) -> bool) = match request {
        AnyRequest::Undo(_) | AnyRequest::Load(_) | AnyRequest::ClassRevive(_) => {
            ("a cluster can be put back", |event| matches!(event, Event::Undone | Event::Loaded { .. }))
        }
        AnyRequest::ClassBegin(_) => {
            space::check(state)?;
            ("an exercise can be begun", |event| matches!(event, Event::Started(_)))
        }
        AnyRequest::DrillRun(_) | AnyRequest::Grade(_) => {
            space::check(state)?;
            return records(state, instance);
        }
        AnyRequest::Save(_) => return space::check(state),
        _ => return Ok(()),
    };
    let log = attempt::open(state, instance)?;
    often_enough(what, log.lines().iter().filter(|line| is_meant(&line.event)), Timestamp::now())
}

/// Refuses a further time if there were too many before.
fn often_enough<'a>(
    what: &str,
    before: impl Iterator<Item = &'a Line>,
    now: Timestamp,
) -> Result<(), AppError> {
    let before: Vec<Timestamp> = before.map(|line| line.at).collect();
    let Some(from) = again(&before, now) else { return Ok(()) };
    let wait = from.duration_since(now).as_secs() + 1;
    let message = format!(
        "{what} once in a minute after the first {BURST} times, and {IN_HOUR} times in an hour: it is possible \
         again in {wait} s, at {}",
        from.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S")
    );
    Err(AppError::new(ErrorKind::Busy, message))
}

/// When a further time is possible, after these in their order; none if it is now.
fn again(before: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    // Each time moves the end of a queue by a period; the queue has room for the burst.
    let queued = before.iter().fold(Timestamp::UNIX_EPOCH, |end, at| end.max(*at) + EACH);
    let of_minute = queued - EACH * (BURST - 1);
    let of_hour = before.iter().rev().nth(IN_HOUR - 1).map_or(Timestamp::UNIX_EPOCH, |first| *first + HOUR);
    let from = of_minute.max(of_hour);
    (from > now).then_some(from)
}

fn records(state: &StateDir, instance: &InstanceName) -> Result<(), AppError> {
    let taken = of_records(state, instance);
    if taken < RECORDS {
        return Ok(());
    }
    let message = format!(
        "the records of the own drills and gradings take {} of {}: the next is possible when the teacher has \
         deleted some",
        size(taken),
        size(RECORDS)
    );
    Err(AppError::new(ErrorKind::Busy, message).hint("raise a hand"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn a_burst_is_followed_by_one_in_a_minute() {
        assert_eq!(again(&[], at(0)), None);
        assert_eq!(again(&[at(0), at(1)], at(2)), None);
        let three = [at(0), at(1), at(2)];
        assert_eq!(again(&three, at(3)), Some(at(60)));
        assert_eq!(again(&three, at(60)), None);
        let four = [at(0), at(1), at(2), at(60)];
        assert_eq!(again(&four, at(61)), Some(at(120)));
        // After a pause there is a burst again.
        assert_eq!(again(&four, at(4000)), None);
        assert_eq!(again(&[at(0), at(1), at(2), at(60), at(4000), at(4001)], at(4002)), None);
    }

    #[test]
    fn an_hour_has_twenty_times() {
        let steady: Vec<Timestamp> = (0..20).map(|minute| at(minute * 61)).collect();
        assert_eq!(again(&steady[..19], at(1200)), None);
        assert_eq!(again(&steady, at(1300)), Some(at(3600)));
        assert_eq!(again(&steady, at(3600)), None);
    }
}
