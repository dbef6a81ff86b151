//! The verdict on a drill.

use serde::{Deserialize, Serialize};

/// The verdict on a drill, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All expectations held.
    Pass,
    /// Nothing can be concluded: a precondition of the measurement was not met.
    Inconclusive,
    /// An expectation did not hold.
    Fail,
    /// The drill could not be completed.
    Error,
}
