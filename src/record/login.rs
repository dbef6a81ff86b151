//! What becomes of the accounts of a chat.

use serde::{Deserialize, Serialize};

use super::{Answer, Nanos};

/// A moment of an account of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum LoginPhase {
    /// It has logged in.
    Online {
        /// The time since its connection was begun.
        took: Nanos,
    },
    /// An attempt to log in came to nothing. Another follows.
    Failed {
        /// What came instead.
        answer: Answer,
    },
    /// It was logged in, and its connection is of no use any more.
    Lost {
        /// How that was seen; that nothing came in time, if its users gave it up.
        answer: Answer,
    },
}
