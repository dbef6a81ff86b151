//! Exercises that were solved in less time than a student needs.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Signal;
use super::timeline::{exercise_of, parts};
use crate::app::class::find::{Place, Room};
use crate::app::job::Job;
use crate::exercise::Outcome;
use crate::exercise::log::{Attempt, Event, Log};
use crate::model::{ExerciseName, Millis};

/// The exercises of a bench that had all points sooner after the first start than their least time.
pub fn solved_fast(job: &Job, room: &Room, place: &Place, log: &Log) -> Vec<Signal> {
    let mut begun: BTreeMap<&ExerciseName, (Timestamp, &Attempt)> = BTreeMap::new();
    for (first, attempt, _) in parts(log.lines()) {
        // Who begins once more knows the exercise already.
        begun.entry(&attempt.exercise).or_insert((first.at, attempt));
    }
    let signal = |(name, (began, attempt)): (&ExerciseName, (Timestamp, &Attempt))| {
        let took = took(began, solved(room, place, log, name)?);
        let least = exercise_of(job, attempt)?.least_time();
        (took < least).then(|| Signal::SolvedFast { exercise: name.clone(), took, least })
    };
    begun.into_iter().filter_map(signal).collect()
}

/// When an exercise had all points for the first time: in a grading by its students, or in a hand-in.
fn solved(room: &Room, place: &Place, log: &Log, exercise: &ExerciseName) -> Option<Timestamp> {
    let own = parts(log.lines()).filter(|(_, attempt, _)| attempt.exercise == *exercise);
    let graded = own.flat_map(|(_, _, after)| after).filter_map(|line| match &line.event {
        Event::Graded { outcomes } if is_whole(outcomes) => Some(line.at),
        _ => None,
    });
    let handed_in = room.register.submissions.iter().filter_map(|(number, one)| {
        let is_meant = one.seat == place.bench.seat && one.exercise == *exercise;
        let outcomes = room.register.graded.get(number).filter(|_| is_meant)?;
        is_whole(outcomes).then_some(one.paused)
    });
    graded.chain(handed_in).min()
}

fn is_whole(outcomes: &[Outcome]) -> bool {
    !outcomes.is_empty() && outcomes.iter().all(|outcome| outcome.points == outcome.of)
}

fn took(began: Timestamp, solved: Timestamp) -> Millis {
    Millis(u64::try_from(solved.duration_since(began).as_millis()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Halab;
    use crate::app::exercise::find;
    use crate::base::folder::Access;
    use crate::exercise::{Exercise, every_edge};

    #[test]
    fn the_least_time_is_a_tenth_of_the_planned_one_unless_the_author_says_another() {
        let folder = tempfile::tempdir().unwrap();
        let job = Halab::at(folder.path()).simulated().quiet_job();
        let found = find::find(&job, "the-night", Access::Any).unwrap();
        let values = every_edge(&found.source.variables()).remove(0);
        let exercise = Exercise { least_time: None, ..found.read(&values).unwrap().exercise };
        assert_eq!(exercise.least_time(), Millis(exercise.time.0 / 10));
        assert!(exercise.least_time().0 > 0);
        assert_eq!(Exercise { least_time: Some(Millis(1)), ..exercise }.least_time(), Millis(1));
    }

    #[test]
    fn a_clock_that_was_put_back_gives_no_time() {
        let (early, late) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(9).unwrap());
        assert_eq!((took(early, late), took(late, early)), (Millis(9000), Millis(0)));
    }
}
