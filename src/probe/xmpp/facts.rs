//! Facts that a chat reports: logins of its accounts, and their ends.

use crate::model::{LoadName, Source};
use crate::probe::facts::FactRow;
use crate::record::{Answer, Nanos, Quantity, What};

/// An account logged in, failed to, or lost its connection.
pub static LOGIN: FactRow =
    FactRow { name: "login", source: Source::Clients, columns: &["account", "phase", "took", "answer"] };

/// A state change of an account of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// It has logged in.
    Online {
        /// The time since its connection was begun.
        took: Nanos,
    },
    /// An attempt to log in failed. Another one follows.
    Failed {
        /// How it failed.
        answer: Answer,
    },
    /// It was logged in, and its connection is unusable.
    Lost {
        /// How this was detected; a time-out if its users gave it up.
        answer: Answer,
    },
}

impl Phase {
    /// The event for an account of a load.
    pub fn told(self, load: &LoadName, account: &str) -> What {
        let (phase, took, answer) = match self {
            Self::Online { took } => ("online", Some(took), None),
            Self::Failed { answer } => ("failed", None, Some(answer)),
            Self::Lost { answer } => ("lost", None, Some(answer)),
        };
        let account = Quantity::from(account.to_owned());
        LOGIN.told(
            load,
            [Some(account), Some(phase.into()), took.map(Quantity::from), answer.map(Quantity::from)],
        )
    }

    /// Reads it from an event, with the load and the account.
    pub fn read(what: &What) -> Option<(&LoadName, &str, Self)> {
        let (load, columns) = LOGIN.read(what)?;
        let answer = || columns.get("answer")?.answer().cloned();
        let phase = match columns.get("phase")?.text()? {
            "online" => Self::Online { took: columns.get("took")?.nanos()? },
            "failed" => Self::Failed { answer: answer()? },
            "lost" => Self::Lost { answer: answer()? },
            _ => return None,
        };
        Some((load, columns.get("account")?.text()?, phase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_read_as_it_was_told() {
        let load: LoadName = "chat".parse().unwrap();
        let phases = [
            Phase::Online { took: Nanos(7) },
            Phase::Failed { answer: Answer::Refused },
            Phase::Lost { answer: Answer::Other { message: "no".to_owned() } },
        ];
        for phase in phases {
            let what = phase.clone().told(&load, "100");
            let text = serde_json::to_string(&what).unwrap();
            let again: What = serde_json::from_str(&text).unwrap();
            assert_eq!(Phase::read(&again), Some((&load, "100", phase)), "{text}");
        }
    }
}
