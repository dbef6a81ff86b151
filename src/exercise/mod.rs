//! Exercises: a running cluster in a known state, a task, checks with points, hints, and solutions.
//!
//! [`load`] reads an exercise beside a lab; [`judge`] turns what a drill recorded into the outcome of a
//! check; [`score`] adds the points; [`words`] tells outcomes in the student's language. All of them are
//! pure. The application performs exercises ([`crate::app::exercise`]).

mod file;
mod hint;
pub mod judge;
mod language;
pub mod log;
mod model;
mod outcome;
mod score;
mod source;
mod vary;
pub mod words;
pub mod writes;

pub use file::{load, schema};
pub use hint::Condition;
pub use language::{Language, Localized, missing_language};
pub use model::{Check, CheckKind, Exercise, Hint, Level, Measured, PoolDrill, Replay, Start, Wrong};
pub use outcome::{Outcome, RecordOf, Seen, State};
pub use score::{Score, score};
pub use source::{EXERCISES, ExerciseSource, Unfit, find};
pub use vary::{Values, draw, every_edge, pick};
