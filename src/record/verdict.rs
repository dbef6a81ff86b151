//! What is made of a drill.

use serde::{Deserialize, Serialize};

/// What to make of a drill, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All that was expected held.
    Pass,
    /// Nothing can be concluded: something that the measurement rests on was not given.
    Inconclusive,
    /// Something that was expected did not hold.
    Fail,
    /// The drill could not be done to its end.
    Error,
}
