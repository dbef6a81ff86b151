//! The part of the disk that a class leaves for hand-ins and gradings.
//!
//! ```text
//! used   0 %                      90 %                  95 %, or 1 GiB free      97.5 %, or 512 MiB free
//!        │ everything              │ hand-ins, gradings,   │ nothing that makes      │ the instances that
//!        │                         │ going back; the one   │ large files             │ grow are paused at
//!        │                         │ that grows most is    │ (`reserve`)             │ once (`host::space`)
//!        │                         │ paused                │                         │
//! ```

use crate::app::error::{AppError, ErrorKind};
use crate::base::space::used_percent;
use crate::state::StateDir;

/// From this part of the disk on, in percent, nothing new begins in a class.
pub const NEARLY_FULL: u32 = 90;

/// The part of the disk that is used, in percent; none if the system does not tell.
pub fn used(state: &StateDir) -> Option<u32> {
    used_percent(state.root()).ok()
}

/// Whether nothing new may be begun in a class.
pub fn is_nearly_full(state: &StateDir) -> bool {
    used(state).is_some_and(|used| used >= NEARLY_FULL)
}

/// Refuses to begin something, to save, and to measure, while the disk is nearly full.
///
/// # Errors
/// What can be done meanwhile.
pub fn check(state: &StateDir) -> Result<(), AppError> {
    match used(state) {
        Some(used) if used >= NEARLY_FULL => {
            let message = format!(
                "the disk of the server is nearly full ({used} %): nothing can be begun, saved or measured \
                 until less than {NEARLY_FULL} % is used"
            );
            Err(AppError::new(ErrorKind::Busy, message)
                .hint("handing in and going back to the start are possible"))
        }
        _ => Ok(()),
    }
}
