//! What a class is like now: its log, read from the first line to the last.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::code::SecretDigest;
use super::log::{Event, Line, Submission};
use super::roster::Seat;
use crate::exercise::Outcome;
use crate::model::{CheckpointId, ExerciseName};

/// The state of a class, apart from that of its instances.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Register {
    /// The digests of the code and of the key of each card that was not used yet.
    pub cards: BTreeMap<Seat, Card>,
    /// The students who have joined.
    pub joined: BTreeMap<Seat, Timestamp>,
    /// The public SSH keys of each seat.
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
            Event::Closed => self.closed = true,
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
            Event::Submitted(submission) => self.submissions.push((line.number, (**submission).clone())),
            Event::Graded { submission, outcomes, .. } => {
                self.graded.insert(*submission, outcomes.clone());
            }
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

    /// The hand-ins that count, one for each seat and exercise, and were not graded yet, in their order.
    pub fn ungraded(&self) -> impl Iterator<Item = &(u64, Submission)> {
        let counts = |(number, one): &&(u64, Submission)| {
            self.submission(one.seat, &one.exercise).is_some_and(|(last, _)| last == number)
                && !self.graded.contains_key(number)
        };
        self.submissions.iter().filter(counts)
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
        let graded = Event::Graded { seat: seat(1), submission: 1, outcomes: Vec::new() };
        let register = after(vec![submitted(1), graded, submitted(2), submitted(1)]);
        let open: Vec<u64> = register.ungraded().map(|(number, _)| *number).collect();
        assert_eq!(open, [3, 4]);
        assert_eq!(register.submission(seat(1), &"who-am-i".parse().unwrap()).unwrap().0, 4);
    }
}
