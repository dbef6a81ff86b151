//! Locks that let one process at a time make an image.

use std::path::Path;
use std::time::Duration;

use super::ImageError;
use crate::base::lock::Lock;
use crate::work::{Context, Progress};

/// How often a wait checks whether the user cancelled it.
pub(super) const CANCEL_CHECK: Duration = Duration::from_millis(100);

/// Takes the lock of a file, waiting while another process has it; reports `waiting` then.
///
/// # Errors
/// When the file cannot be created, or the user cancels.
pub fn acquire(path: &Path, waiting: &str, context: &Context<'_>) -> Result<Lock, ImageError> {
    let tell = || (context.progress)(Progress::Phase(waiting.to_owned()));
    Lock::wait_for(path, context.cancel, tell)?.ok_or(ImageError::Cancelled)
}
