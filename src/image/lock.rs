//! One maker at a time: a lock on a file, held as long as the value lives, and by no one once its process is gone.

use std::fs::TryLockError;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use crate::work::{Context, Progress};

use super::ImageError;

/// How often a wait looks whether the user wants to stop.
pub(super) const CANCEL_CHECK: Duration = Duration::from_millis(100);

/// A held lock.
#[derive(Debug)]
pub struct Lock {
    /// Closing the file lets go of the lock.
    _file: std::fs::File,
}

/// Takes the lock of a file if nobody has it.
///
/// # Errors
/// When the file cannot be made.
pub fn try_acquire(path: &Path) -> Result<Option<Lock>, ImageError> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Takes the lock of a file, waiting while someone else has it; `waiting` is reported then.
///
/// # Errors
/// When the file cannot be made, or the user asks to stop.
pub fn acquire(path: &Path, waiting: &str, context: &Context<'_>) -> Result<Lock, ImageError> {
    if let Some(lock) = try_acquire(path)? {
        return Ok(lock);
    }
    let file = open(path)?;
    (context.progress)(Progress::Phase(waiting.to_owned()));
    // A blocking lock cannot be interrupted, so another thread waits for it. If nobody wants it any more when
    // it comes, the message cannot be sent, and dropping the file gives it back.
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let result = file.lock().map(|()| file);
        drop(send.send(result));
    });
    loop {
        match receive.recv_timeout(CANCEL_CHECK) {
            Ok(result) => return Ok(Lock { _file: result? }),
            Err(_) if super::cancelled(context) => return Err(ImageError::Cancelled),
            Err(_) => {}
        }
    }
}

fn open(path: &Path) -> Result<std::fs::File, ImageError> {
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder)?;
    }
    Ok(fs_err::OpenOptions::new().write(true).create(true).truncate(false).open(path)?.into_parts().0)
}
