//! Conditions of hints: what has to be true of the last results.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::outcome::State;
use crate::model::{CheckName, NameError};

/// A condition: some checks have these outcomes. `members fails and kept holds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Condition(Vec<(CheckName, Word)>);

/// What is said of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Fails,
    Holds,
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// A part is not a check and a word.
    #[error("`{0}` is not a condition: write `CHECK fails` or `CHECK holds`, joined by `and`")]
    Part(String),
    /// The name of the check is not a name.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let part = |part: &str| {
            let (name, word) =
                part.trim().split_once(' ').ok_or_else(|| ConditionError::Part(part.trim().to_owned()))?;
            let word = match word.trim() {
                "fails" => Word::Fails,
                "holds" => Word::Holds,
                _ => return Err(ConditionError::Part(part.trim().to_owned())),
            };
            Ok((name.parse()?, word))
        };
        text.split(" and ").map(part).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<String> for Condition {
    type Error = ConditionError;

    fn try_from(text: String) -> Result<Self, ConditionError> {
        text.parse()
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> String {
        condition.to_string()
    }
}

impl Condition {
    /// The checks that it names.
    pub fn checks(&self) -> impl Iterator<Item = &CheckName> {
        self.0.iter().map(|(name, _)| name)
    }

    /// Whether it is true. `last` returns the last outcome of a check; a check that was not graded makes it
    /// false.
    pub fn holds(&self, last: impl Fn(&CheckName) -> Option<State>) -> bool {
        self.0.iter().all(|(name, word)| match (word, last(name)) {
            (Word::Fails, state) => state == Some(State::Failed),
            (Word::Holds, state) => state == Some(State::Passed),
        })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |(name, word): &(CheckName, Word)| match word {
            Word::Fails => format!("{name} fails"),
            Word::Holds => format!("{name} holds"),
        };
        f.write_str(&self.0.iter().map(part).collect::<Vec<_>>().join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_asks_for_the_last_outcomes() {
        let condition: Condition = "equal fails and kept holds".parse().unwrap();
        assert_eq!(condition.to_string(), "equal fails and kept holds");
        let last = |equal, kept| move |name: &CheckName| if name.as_str() == "equal" { equal } else { kept };
        assert!(condition.holds(last(Some(State::Failed), Some(State::Passed))));
        assert!(!condition.holds(last(Some(State::Failed), Some(State::Inconclusive))));
        assert!(!condition.holds(last(None, Some(State::Passed))));
        for bad in ["", "equal", "equal breaks", "equal fails or kept holds", "Equal fails"] {
            assert!(bad.parse::<Condition>().is_err(), "{bad}");
        }
    }
}
