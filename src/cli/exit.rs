//! Exit statuses. These numbers are documented: scripts rely on them.

use std::process::ExitCode;

use crate::app::ErrorKind;
use crate::report::Verdict;

/// An exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(pub u8);

impl Exit {
    /// The command succeeded.
    pub const OK: Exit = Exit(0);
    /// It failed for a reason without a status of its own.
    pub const FAILED: Exit = Exit(1);
    /// The command line is invalid.
    pub const USAGE: Exit = Exit(2);
    /// A lab, drill, stack or image file is wrong.
    pub const BAD_FILE: Exit = Exit(3);
    /// The machine lacks something that is needed.
    pub const HOST: Exit = Exit(4);
    /// Another command works on the same instance.
    pub const BUSY: Exit = Exit(5);
    /// No such instance, node, drill, image or record.
    pub const NOT_FOUND: Exit = Exit(6);
    /// A drill ran, and an expectation of it did not hold.
    pub const DRILL_FAILED: Exit = Exit(10);
    /// A drill ran and is inconclusive.
    pub const DRILL_INCONCLUSIVE: Exit = Exit(11);
    /// It was interrupted.
    pub const INTERRUPTED: Exit = Exit(130);

    /// Every documented status with its meaning, for the help and the manual page.
    pub const TABLE: [(Exit, &'static str); 10] = [
        (Exit::OK, "done"),
        (Exit::FAILED, "failed"),
        (Exit::USAGE, "the command line is wrong"),
        (Exit::BAD_FILE, "a lab, drill, stack or image file is wrong"),
        (Exit::HOST, "the machine lacks something (see `lab doctor`), or is too small"),
        (Exit::BUSY, "another command works on this instance"),
        (Exit::NOT_FOUND, "no such instance, node, drill, image or record"),
        (Exit::DRILL_FAILED, "the drill ran, and an expectation of it did not hold"),
        (Exit::DRILL_INCONCLUSIVE, "the drill ran and is inconclusive"),
        (Exit::INTERRUPTED, "interrupted"),
    ];

    /// The table as text for `lab help`.
    pub fn help() -> String {
        let mut text = String::from("Exit status:\n");
        for (exit, meaning) in Self::TABLE {
            text.push_str(&format!("  {:>3}  {meaning}\n", exit.0));
        }
        text.push_str(
            "  `lab exec`, `lab client` and `lab ssh` end with the status of the command they run.",
        );
        text
    }
}

/// The one mapping from kinds of failure to exit statuses.
impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Failed => Exit::FAILED,
            ErrorKind::Usage => Exit::USAGE,
            ErrorKind::BadFile => Exit::BAD_FILE,
            ErrorKind::Host => Exit::HOST,
            ErrorKind::Busy => Exit::BUSY,
            ErrorKind::NotFound => Exit::NOT_FOUND,
            ErrorKind::Interrupted => Exit::INTERRUPTED,
        }
    }
}

/// The exit status for the verdict of a drill.
impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Exit::OK,
            Verdict::Fail => Exit::DRILL_FAILED,
            Verdict::Inconclusive => Exit::DRILL_INCONCLUSIVE,
            Verdict::Error => Exit::FAILED,
        }
    }
}

impl Exit {
    /// The worse of two: an interrupt above all, then the higher status.
    pub fn worse(self, other: Exit) -> Exit {
        if self.0 >= other.0 { self } else { other }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.0)
    }
}
