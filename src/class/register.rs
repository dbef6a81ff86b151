//! What a class is like now: its log, read from the first line to the last.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::code::SecretDigest;
use super::log::{Event, Line, Submission};
use super::roster::Seat;
use crate::exercise::Outcome;
use crate::model::spec::Digest;
use crate::model::{CheckpointId, ExerciseName};

/// The state of a class, apart from that of its instances.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Register {
    /// The digests of the code and of the key of each card that was not used yet.
    pub cards: BTreeMap<Seat, Card>,
    /// The students who have joined.
    pub joined: BTreeMap<Seat, Timestamp>,
    /// The public SSH keys of each student.
    pub keys: BTreeMap<Seat, Vec<String>>,
    /// The seats whose hand is up.
    pub hands: BTreeSet<Seat>,
    /// What the teacher said, with the seat that it was said to.
    pub said: Vec<(Timestamp, Option<Seat>, String)>,
    /// The exercises that each seat began, in order.
    pub began: BTreeMap<Seat, Vec<(ExerciseName, Timestamp)>>,
    /// The hand-ins with the numbers of their lines.
    pub submissions: Vec<(u64, Submission)>,
    /// The last outcomes of each graded hand-in, by the number of its line.
    pub graded: BTreeMap<u64, Vec<Outcome>>,
    /// The last automatic save point of the exercise that each seat began last, and when it was made.
    pub autosaved: BTreeMap<Seat, (Timestamp, CheckpointId)>,
    /// The digests of the exercises that these were graded with; none where an older log does not say it.
    pub graded_with: BTreeMap<u64, Digest>,
    /// What was proposed for a graded hand-in and neither accepted nor given up, by the number of its line.
    pub proposed: BTreeMap<u64, Proposal>,
    /// The seats whose last cluster is that of a hand-in, with the number of its line.
    pub reopened: BTreeMap<Seat, u64>,
    /// How often each seat was reseeded.
    pub reseeded: BTreeMap<Seat, u64>,
    /// Whether the class was closed after it was last opened.
    pub closed: bool,
    until: BTreeMap<Option<Seat>, Timestamp>,
    frozen: BTreeMap<Option<Seat>, bool>,
}

/// A card that was not used yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The digest of its code.
    pub code: SecretDigest,
    /// The digest of its key.
    pub key: SecretDigest,
}

/// Another grade for a hand-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The outcome of each check.
    pub outcomes: Vec<Outcome>,
    /// The digest of the exercise that it was graded with.
    pub exercise: Digest,
}

impl Register {
    /// The state after these lines.
    pub fn of(lines: &[Line]) -> Self {
        let mut register = Self::default();
        lines.iter().for_each(|line| register.take(line));
        register
    }

    fn take(&mut self, line: &Line) {
        match &line.event {
            Event::Opened { .. } => self.closed = false,
            Event::Closed => {
                self.closed = true;
                self.reopened.clear();
            }
            Event::Carded { student, code, key } => {
                self.cards.insert(*student, Card { code: *code, key: *key });
            }
            Event::Joined { student } => {
                self.cards.remove(student);
                self.joined.entry(*student).or_insert(line.at);
            }
            Event::Keys { seat, keys } => drop(self.keys.insert(*seat, keys.clone())),
            Event::Autosaved { seat, checkpoint } => {
                self.autosaved.insert(*seat, (line.at, checkpoint.clone()));
            }
            Event::Began { seat, exercise, .. } => {
                self.autosaved.remove(seat);
                self.began.entry(*seat).or_default().push((exercise.clone(), line.at));
                self.reopened.remove(seat);
            }
            Event::Said { seat, text } => self.said.push((line.at, *seat, text.clone())),
            Event::Hand { seat, up: true } => drop(self.hands.insert(*seat)),
            Event::Hand { seat, up: false } => drop(self.hands.remove(seat)),
            Event::Extended { seat, until } => {
                if seat.is_none() {
                    self.until.clear();
                }
                self.until.insert(*seat, *until);
            }
            Event::Frozen { seat, frozen } => {
                if seat.is_none() {
                    self.frozen.clear();
                }
                self.frozen.insert(*seat, *frozen);
            }
            Event::Reseeded { seat } => *self.reseeded.entry(*seat).or_default() += 1,
            Event::Submitted(submission) => {
                // A proposal for a hand-in that counts no more is of no use.
                let before =
                    self.submission(submission.seat, &submission.exercise).map(|(number, _)| *number);
                before.into_iter().for_each(|before| drop(self.proposed.remove(&before)));
                self.submissions.push((line.number, (**submission).clone()));
            }
            Event::Reopened { seat, submission } => drop(self.reopened.insert(*seat, *submission)),
            graded => self.take_grade(graded),
        }
    }

    fn take_grade(&mut self, event: &Event) {
        match event {
            Event::Graded { submission, outcomes, exercise, .. } => {
                self.graded.insert(*submission, outcomes.clone());
                self.proposed.remove(submission);
                match exercise {
                    Some(exercise) => drop(self.graded_with.insert(*submission, exercise.clone())),
                    None => drop(self.graded_with.remove(submission)),
                }
            }
            Event::Proposed { submission, outcomes, exercise, .. } => {
                let (outcomes, exercise) = (outcomes.clone(), exercise.clone());
                self.proposed.insert(*submission, Proposal { outcomes, exercise });
            }
            Event::Discarded { submission, .. } => drop(self.proposed.remove(submission)),
            _ => {}
        }
    }

    /// Until when a seat may go on, if this was planned for the class.
    pub fn until(&self, seat: Seat, planned: Option<Timestamp>) -> Option<Timestamp> {
        let said = self.until.get(&Some(seat)).or_else(|| self.until.get(&None));
        said.copied().or(planned)
    }

    /// Whether a seat may change nothing for now.
    pub fn is_frozen(&self, seat: Seat) -> bool {
        let said = self.frozen.get(&Some(seat)).or_else(|| self.frozen.get(&None));
        said.copied().unwrap_or_default()
    }

    /// The last hand-in of a seat for an exercise, with the number of its line.
    pub fn submission(&self, seat: Seat, exercise: &ExerciseName) -> Option<&(u64, Submission)> {
        let own = |(_, one): &&(u64, Submission)| one.seat == seat && one.exercise == *exercise;
        self.submissions.iter().rfind(own)
    }

    /// The hand-ins that count, one for each seat and exercise, in their order.
    pub fn counting(&self) -> impl Iterator<Item = &(u64, Submission)> {
        let counts = |(number, one): &&(u64, Submission)| {
            self.submission(one.seat, &one.exercise).is_some_and(|(last, _)| last == number)
        };
        self.submissions.iter().filter(counts)
    }

    /// Those of them that were not graded yet.
    pub fn ungraded(&self) -> impl Iterator<Item = &(u64, Submission)> {
        self.counting().filter(|(number, _)| !self.graded.contains_key(number))
    }

    /// What was said to a seat.
    pub fn said_to(&self, seat: Seat) -> impl Iterator<Item = (Timestamp, &str)> {
        let heard = move |(_, to, _): &&(Timestamp, Option<Seat>, String)| to.is_none_or(|to| to == seat);
        self.said.iter().filter(heard).map(|(at, _, text)| (*at, text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::code::Key;

    fn seat(number: usize) -> Seat {
        Seat::new(number, 2).unwrap()
    }

    fn after(events: Vec<Event>) -> Register {
        let at = Timestamp::UNIX_EPOCH;
        let line = |(number, event)| Line { number, at, event, previous: String::new(), code: None };
        let lines: Vec<Line> = (1..).zip(events).map(line).collect();
        Register::of(&lines)
    }

    fn submitted(number: usize) -> Event {
        Event::Submitted(Box::new(Submission {
            seat: seat(number),
            exercise: "who-am-i".parse().unwrap(),
            checkpoint: "lab.hand-in".parse().unwrap(),
            paused: Timestamp::UNIX_EPOCH,
            by_deadline: false,
            receipt: String::new(),
        }))
    }

    #[test]
    fn what_is_said_to_all_replaces_what_was_said_to_one() {
        let (early, late) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let one = Event::Extended { seat: Some(seat(1)), until: late };
        let all = Event::Extended { seat: None, until: early };
        let register = after(vec![one.clone()]);
        assert_eq!((register.until(seat(1), Some(early)), register.until(seat(2), None)), (Some(late), None));
        assert_eq!(after(vec![one, all]).until(seat(1), Some(late)), Some(early));
        let frozen = |seat, frozen| Event::Frozen { seat, frozen };
        let register = after(vec![frozen(None, true), frozen(Some(seat(2)), false)]);
        assert!(register.is_frozen(seat(1)) && !register.is_frozen(seat(2)));
    }

    #[test]
    fn a_card_is_void_after_it_was_used_or_replaced() {
        let digest = |byte| Key::draw(|bytes| bytes.fill(byte)).digest();
        let card = |byte| Event::Carded { student: seat(1), code: digest(byte), key: digest(byte) };
        let register = after(vec![card(1), card(2)]);
        assert_eq!(register.cards[&seat(1)].code, digest(2));
        assert!(after(vec![card(1), Event::Joined { student: seat(1) }]).cards.is_empty());
    }

    fn graded(submission: u64, exercise: Option<Digest>) -> Event {
        Event::Graded { seat: seat(1), submission, outcomes: Vec::new(), exercise }
    }

    #[test]
    fn an_automatic_save_point_is_one_of_the_exercise_that_goes_on() {
        let saved = |name: &str| Event::Autosaved { seat: seat(1), checkpoint: name.parse().unwrap() };
        let began = Event::Began { seat: seat(1), exercise: "who-am-i".parse().unwrap(), seed: 1 };
        let register = after(vec![began.clone(), saved("lab.one"), saved("lab.two")]);
        assert_eq!(register.autosaved[&seat(1)].1.to_string(), "lab.two");
        assert!(after(vec![saved("lab.one"), began]).autosaved.is_empty());
    }

    #[test]
    fn the_last_hand_in_counts() {
        let graded = graded(1, None);
        let register = after(vec![submitted(1), graded, submitted(2), submitted(1)]);
        let open: Vec<u64> = register.ungraded().map(|(number, _)| *number).collect();
        assert_eq!(open, [3, 4]);
        assert_eq!(register.submission(seat(1), &"who-am-i".parse().unwrap()).unwrap().0, 4);
    }

    #[test]
    fn a_proposal_is_no_grade_until_it_is_accepted() {
        let digest = |text: &str| Digest(text.to_owned());
        let proposed = |exercise| Event::Proposed {
            seat: seat(1),
            submission: 1,
            outcomes: Vec::new(),
            exercise: digest(exercise),
        };
        let before = vec![submitted(1), graded(1, Some(digest("old"))), proposed("new")];
        let with = |event: Event| after(before.iter().cloned().chain([event]).collect());
        let open = after(before.clone());
        assert_eq!((&open.graded_with[&1], &open.proposed[&1].exercise), (&digest("old"), &digest("new")));
        assert_eq!(with(proposed("newer")).proposed[&1].exercise, digest("newer"));
        let accepted = with(graded(1, Some(digest("new"))));
        assert_eq!((&accepted.graded_with[&1], accepted.proposed.len()), (&digest("new"), 0));
        let discarded = with(Event::Discarded { seat: seat(1), submission: 1 });
        assert_eq!((&discarded.graded_with[&1], discarded.proposed.len()), (&digest("old"), 0));
        assert!(with(submitted(1)).proposed.is_empty(), "another hand-in counts now");
        assert!(!with(submitted(2)).proposed.is_empty());
    }

    #[test]
    fn a_hand_in_is_open_until_the_next_start_or_the_end() {
        let reopened = Event::Reopened { seat: seat(1), submission: 1 };
        let began = |number| Event::Began { seat: seat(number), exercise: "a".parse().unwrap(), seed: 1 };
        let with = |event: Event| after(vec![submitted(1), reopened.clone(), event]).reopened;
        assert_eq!(with(began(2)), BTreeMap::from([(seat(1), 1)]));
        assert!(with(began(1)).is_empty() && with(Event::Closed).is_empty());
    }
}
