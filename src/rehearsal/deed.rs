//! What a simulated student does: the one list for the plan, for the hands, and for the figures.

use serde::Serialize;

/// What a student does. The order is that of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// Asks for the status of the cluster.
    Status,
    /// Reads the task.
    Task,
    /// Takes a hint, if there is one.
    Hint,
    /// Raises the hand, or takes it down.
    Hand,
    /// Makes a save point.
    Save,
    /// Goes back to the start.
    Undo,
    /// Has the work graded.
    Grade,
    /// Hands the cluster in.
    HandIn,
}

impl Deed {
    /// Its name for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Task => "task",
            Self::Hint => "hint",
            Self::Hand => "hand",
            Self::Save => "save",
            Self::Undo => "undo",
            Self::Grade => "grade",
            Self::HandIn => "hand in",
        }
    }

    /// The request of the application that does it.
    pub fn request(self) -> &'static str {
        match self {
            Self::Hand => "class-hand",
            Self::HandIn => "class-submit",
            other => other.words(),
        }
    }
}
