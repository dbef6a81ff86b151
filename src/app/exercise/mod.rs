//! Exercises on instances: starts, grades and ends them, and tests them for their authors.

pub(super) mod again;
mod answer;
pub(super) mod attempt;
pub(super) mod checks;
mod copy;
pub(super) mod files;
pub(super) mod find;
mod finish;
pub(super) mod grade;
pub(super) mod hint;
mod kept;
pub(super) mod lasting;
mod list;
mod look;
mod new;
mod power;
pub(super) mod replay;
pub(super) mod save;
pub(super) mod score;
pub(super) mod show;
mod start;
pub(super) mod start_state;
mod test;
mod undo;

pub use answer::{Answer, Answered};
pub(super) use attempt::open_drills;
pub(super) use find::problems;
pub use finish::Finish;
pub use grade::{Grade, Graded};
pub use hint::{BoughtHint, TakeHint};
pub use lasting::Lasting;
pub use list::{List, Row};
pub use new::New;
pub use save::{Load, Save};
pub use score::{CurrentScore, ShowScore};
pub use show::{Question, Show, ShowTask, Shown};
pub use start::{Start, Started};
pub use test::{Step as TestStep, StepKind, Test, Tested};
pub use undo::Undo;

pub use crate::exercise::words;
pub use crate::exercise::{Language, Level, Localized, Outcome, Score, Seen, State};
