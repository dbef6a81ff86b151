//! `lab class`: one server, a teacher, and students who each work on a cluster of their own.
//!
//! ```text
//! class.toml, roster ──open──▶ Class (what it is) + Log (what happened) ──▶ Register (what is now)
//!                                                     ▲
//!        students: begin, submit, raise a hand ───────┤    the clock: first clusters, deadline
//!        teacher: say, extend, freeze, grade, close ──┘
//! ```
//!
//! An attempt itself is that of [`crate::app::exercise`]: its log is the instance's, and a class adds who,
//! when and until when.

mod begin;
mod board;
mod clock;
mod close;
mod deadline;
mod export;
mod find;
mod grade;
mod hand;
mod join;
mod me;
mod new;
mod open;
mod orders;
mod phase;
mod rehearse;
mod stamp;
mod submit;
mod verify;

/// A moment for people, in the time zone of this machine: `2026-12-01 11:30`.
pub fn shown(moment: jiff::Timestamp) -> String {
    crate::class::moment::Moment(moment).to_string()
}

/// The codes that were tried in the last minute, with the addresses that they came from.
pub type Attempts = crate::class::code::Attempts<String>;

pub use crate::class::export::Format as ExportFormat;
pub use begin::Begin;
pub use board::{Board, Cell, Progress, SeatRow, ShowBoard};
pub use clock::Clock;
pub use close::Close;
pub use deadline::Deadline;
pub use export::{Export, Exported};
pub use grade::{ClassGraded, GradeAll, GradedHandIn};
pub use hand::RaiseHand;
pub use join::{CardOf, MadeCards, MakeCards, Place, join};
pub use me::{CheckRow, Current, ExerciseRow, HintText, Me, Message, ShowMe};
pub use new::New;
pub use open::{Open, Opened};
pub use orders::{Extend, Freeze, Reseed, Say};
pub use phase::{Phase, permitted};
pub use rehearse::{
    EndRehearsal, Held, MachineRoom, REHEARSAL, Rehearse, Rehearsed, hold_rehearsal, memory_of,
};
pub use stamp::{Stamp, of_all, of_one};
pub use submit::{Submit, Submitted};
pub use verify::{Verified, Verify};
