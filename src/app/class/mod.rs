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

mod autosave;
mod begin;
mod board;
mod boundary;
mod changes;
mod clock;
mod close;
mod deadline;
mod diff;
mod export;
mod find;
mod grade;
mod hand;
mod hold;
mod join;
mod jump;
mod kept;
mod key;
mod me;
mod meter;
mod new;
mod open;
mod orders;
mod pack;
mod phase;
mod plan;
mod purge;
mod quota;
mod recordings;
mod regrade;
mod rehearse;
mod reopen;
mod revive;
mod show;
mod space;
mod stamp;
mod submit;
mod takes;
mod verify;
mod watch;

/// A moment for people, in the time zone of this machine: `2026-12-01 11:30`.
pub fn shown(moment: jiff::Timestamp) -> String {
    crate::class::moment::Moment(moment).to_string()
}

/// The codes that were tried in the last minute, with the addresses that they came from.
pub type Attempts = crate::class::code::Attempts<String>;

pub use crate::class::export::Format as ExportFormat;
pub use crate::class::roster::Seat;
pub use autosave::Autosave;
pub use begin::Begin;
pub use board::{Board, Cell, Progress, SeatRow, ShowBoard};
pub use changes::Changes;
pub use clock::{Clock, clock_lock};
pub use close::Close;
pub use deadline::Deadline;
pub use diff::{Compared, Diff, FileChange, FileDiff, NodeDiff, Side};
pub use export::{Export, Exported};
pub use find::is_open;
pub use grade::{ClassGraded, GradeAll, GradedHandIn};
pub use hand::RaiseHand;
pub use hold::Hold;
pub use join::{CardOf, MadeCards, MakeCards, Place, join, join_by_key};
pub use jump::Jump;
pub use kept::{Needed, needed};
pub use key::{GiveKey, GivenKeys, without_comment};
pub use me::{CheckRow, Current, ExerciseRow, HintText, Me, Message, Reopened, ShowMe};
pub use meter::Meter;
pub use new::New;
pub use open::{Open, Opened};
pub use orders::{Extend, Freeze, Reseed, Say};
pub use pack::{ClassPacked, Pack, PackedState};
pub use phase::{Next, Phase, next_moment, permitted, works_until};
pub use plan::{ClassPlanned, ExerciseCost, PlanClass, Resource, ResourceRow};
pub use purge::{Purge, Purged};
pub use recordings::{Recorded, Recorder, RecordingRow, Recordings, record, recording};
pub use regrade::{NotRegraded, Regrade, Regraded, RegradedHandIn};
pub use rehearse::{
    EndRehearsal, Held, MachineRoom, REHEARSAL, Rehearse, Rehearsed, hold_rehearsal, memory_of,
};
pub use reopen::{Reopen, ReopenedHandIn};
pub use revive::Revive;
pub use show::{AttemptShown, Deed, ExerciseShown, Happened, KeptHandIn, ShowStudent, Signal, StudentShown};
pub use stamp::{Stamp, of_all, of_one};
pub use submit::{Submit, Submitted};
pub use takes::{DiskSpace, DiskUse, Figures, Takes, figures};
pub use verify::{Verified, Verify};
pub use watch::WatchBoard;
