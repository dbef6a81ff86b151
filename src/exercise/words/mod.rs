//! What the program says about exercises, in the student's language.

mod en;
mod id;

use super::language::Language;
use super::outcome::{Seen, State};
use super::score::Score;
use crate::model::Millis;
use crate::model::drill::{Figure, Invariant};

/// The sentences of a language.
trait Words {
    fn seen(&self, seen: &Seen) -> String;
    fn state(&self, state: State) -> &'static str;
    fn phrase(&self, phrase: Phrase) -> String;
}

/// What the program says apart from outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phrase {
    /// The grading begins.
    Grading,
    /// The points of a check.
    Points {
        /// Those that it has.
        points: u32,
        /// Those that it could have.
        of: u32,
    },
    /// The score of an attempt.
    Score(Score),
    /// The attempt passes.
    Pass,
    /// It does not pass.
    NoPass,
    /// Some checks are neither passed nor failed.
    LeftOpen,
    /// The word of nodes.
    Told,
    /// No hint is left.
    NoHint,
    /// A hint, with its number and price.
    Hint {
        /// Its number.
        number: usize,
        /// Its price in percent.
        cost: u32,
    },
    /// An answer was written down.
    AnswerTaken,
    /// The exercise is ready.
    Ready,
    /// What to type next.
    Next,
    /// The instance is at the start again.
    AtStart,
    /// The instance was saved.
    Saved,
    /// The instance is at a save point again.
    Loaded,
    /// The attempt ended.
    Finished,
    /// The planned time.
    Time(Millis),
    /// The heading of questions.
    Questions,
    /// The heading of checks.
    Checks {
        /// The share of all points that passes, in percent.
        pass: u32,
    },
    /// The heading of the files that count in a replay.
    OnlyFiles,
    /// How many hints there are.
    Hints(usize),
    /// Every point follows from the records.
    Verified,
}

/// What was seen, as a sentence without a full stop.
pub fn seen(seen: &Seen, language: Language) -> String {
    of(language).seen(seen)
}

/// The outcome of a check in one word.
pub fn state(state: State, language: Language) -> &'static str {
    of(language).state(state)
}

/// A phrase.
pub fn phrase(phrase: Phrase, language: Language) -> String {
    of(language).phrase(phrase)
}

fn of(language: Language) -> &'static dyn Words {
    match language {
        Language::En => &en::English,
        Language::Id => &id::Indonesian,
    }
}

/// A duration in seconds, with one decimal: `8.3 s`.
fn seconds(span: Millis) -> String {
    format!("{:.1}", span.duration().as_secs_f64())
}

/// A share in percent with one decimal, from hundredths.
fn percent(hundredths: u64) -> String {
    format!("{}.{}", hundredths / 100, hundredths % 100 / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_own_words() {
        for invariant in Invariant::ALL.iter().copied() {
            for both in [Seen::Held { invariant }, Seen::Violated { invariant }] {
                let (english, indonesian) = (seen(&both, Language::En), seen(&both, Language::Id));
                assert!(!english.is_empty() && english != indonesian, "{english}");
            }
        }
        for figure in Figure::ALL.iter().copied() {
            let (value, full, none) = (Millis(8300), Millis(8000), Millis(20_000));
            let told = seen(&Seen::Measured { figure, value, full, none }, Language::Id);
            assert!(told.contains("8.3") || told.contains("8,3"), "{told}");
        }
        assert_eq!(percent(6666), "66.6");
    }
}
