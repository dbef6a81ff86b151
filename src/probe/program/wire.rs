//! The lines between a load and its program, one JSON object each. `docs/drills.md` describes them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::model::NodeName;
use crate::model::drill::Load;
use crate::record::Answer;

/// The longest line of a program, in bytes.
pub const LONGEST: usize = 8192;

/// The version of these lines.
const VERSION: u32 = 1;

/// The first line that a program reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Begin<'a> {
    /// The version of these lines.
    pub version: u32,
    /// The address to query.
    pub address: Ipv4Addr,
    /// The port; 0 if the drill names none.
    pub port: u16,
    /// The time-out of a connection, in milliseconds.
    pub connect_timeout_ms: u64,
    /// The time-out of a request, in milliseconds.
    pub timeout_ms: u64,
    /// The text of the key `argument`.
    pub argument: &'a str,
}

impl<'a> Begin<'a> {
    /// That of a load which queries this address.
    pub fn of(load: &'a Load, address: Ipv4Addr) -> Self {
        Self {
            version: VERSION,
            address,
            port: load.port,
            connect_timeout_ms: load.connect_timeout.0,
            timeout_ms: load.timeout.0,
            argument: load.kind.text("argument").unwrap_or_default(),
        }
    }
}

/// A request that the program sends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// Its number.
    pub request: u64,
}

/// A line of the program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Set in the first line: the program has prepared itself.
    #[serde(default)]
    pub ready: bool,
    /// The request that ended.
    #[serde(default)]
    pub request: Option<u64>,
    /// Why it failed: one of the known words ([`Reply::answer`]) or a text; none if it was answered well.
    #[serde(default)]
    pub error: Option<String>,
    /// The node that claims to have answered.
    #[serde(default)]
    pub node: Option<NodeName>,
}

/// The longest reason of a failure that is kept, in characters.
const LONGEST_REASON: usize = 200;

impl Reply {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(line: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(line).map_err(|error| error.to_string())
    }

    /// The outcome of its request.
    pub fn answer(&self) -> Answer {
        let Some(error) = &self.error else { return Answer::Ok };
        let known = BTreeMap::from([
            ("refused", Answer::Refused),
            ("reset", Answer::Reset),
            ("no-route", Answer::NoRoute),
            ("connect-timeout", Answer::ConnectTimeout),
            ("timeout", Answer::Timeout),
            ("incomplete", Answer::Incomplete),
        ]);
        known.get(error.as_str()).cloned().unwrap_or_else(|| {
            let message = error.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
            Answer::Other { message }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_strict_and_its_words_are_bounded() {
        let answer = |line: &str| Reply::read(line.as_bytes()).map(|reply| reply.answer());
        assert_eq!(answer(r#"{"request": 3}"#), Ok(Answer::Ok));
        assert_eq!(answer(r#"{"request": 3, "error": "reset"}"#), Ok(Answer::Reset));
        let long = format!(r#"{{"request": 3, "error": "\u001b[2J{}"}}"#, "x".repeat(1000));
        let Ok(Answer::Other { message }) = answer(&long) else { panic!("another answer") };
        assert_eq!((message.len(), message.starts_with("[2Jx")), (LONGEST_REASON, true));
        assert!(answer(r#"{"request": 3, "took": 5}"#).unwrap_err().contains("took"));
        assert!(answer(r#"{"request": -1}"#).is_err());
        assert!(answer("hello").is_err());
    }
}
