//! Locks between processes: `flock` on a file. The kernel releases the lock when the value is dropped or its
//! process ends. A process that can open the file can hold its lock, so only its owner can open it.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use super::write;

/// How often a wait for a lock checks whether it goes on: who cancels sets a flag, which is no event. The
/// lock itself is awaited.
const TICK: Duration = Duration::from_millis(100);

/// A held lock; dropping it unlocks.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the exclusive lock of a file, which is created if it does not exist; `None` while another holder
    /// has it.
    ///
    /// # Errors
    /// When the file cannot be created or locked.
    pub fn try_of(path: &Path) -> io::Result<Option<Self>> {
        let file = open(path)?;
        let taken = file.try_lock();
        Ok(Self::unless_held(file, taken)?.ok())
    }

    /// Takes a shared lock of a file; `None` while another holder has the exclusive one.
    ///
    /// # Errors
    /// When the file cannot be created or locked.
    pub fn try_shared(path: &Path) -> io::Result<Option<Self>> {
        let file = open(path)?;
        let taken = file.try_lock_shared();
        Ok(Self::unless_held(file, taken)?.ok())
    }

    /// The lock that was taken, or the file while another holder has it.
    fn unless_held(file: File, taken: Result<(), TryLockError>) -> io::Result<Result<Self, File>> {
        match taken {
            Ok(()) => Ok(Ok(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(Err(file)),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Takes the lock of a file, waiting while another holder has it; `waiting` is called once before the
    /// wait. `None` when the user cancels.
    ///
    /// # Errors
    /// When the file cannot be created or locked.
    pub fn wait_for(path: &Path, cancel: &AtomicBool, waiting: impl FnOnce()) -> io::Result<Option<Self>> {
        Self::wait_while(path, || !cancel.load(Ordering::Relaxed), waiting)
    }

    /// The same, as long as the wait goes on by a function, which is asked now and then.
    ///
    /// # Errors
    /// When the file cannot be created or locked.
    pub fn wait_while(
        path: &Path,
        goes_on: impl Fn() -> bool,
        waiting: impl FnOnce(),
    ) -> io::Result<Option<Self>> {
        let file = open(path)?;
        let taken = file.try_lock();
        match Self::unless_held(file, taken)? {
            Ok(lock) => Ok(Some(lock)),
            Err(file) => Self::wait(file, File::lock, goes_on, waiting),
        }
    }

    /// As [`Self::wait_for`], for a shared lock: it waits while another holder has the exclusive one.
    ///
    /// # Errors
    /// The same.
    pub fn wait_shared(path: &Path, cancel: &AtomicBool, waiting: impl FnOnce()) -> io::Result<Option<Self>> {
        let file = open(path)?;
        let taken = file.try_lock_shared();
        match Self::unless_held(file, taken)? {
            Ok(lock) => Ok(Some(lock)),
            Err(file) => Self::wait(file, File::lock_shared, || !cancel.load(Ordering::Relaxed), waiting),
        }
    }

    fn wait(
        file: File,
        lock: fn(&File) -> io::Result<()>,
        goes_on: impl Fn() -> bool,
        waiting: impl FnOnce(),
    ) -> io::Result<Option<Self>> {
        waiting();
        // A blocking `flock` cannot be interrupted, so another thread waits for it. If the wait was cancelled
        // in the meantime, sending fails, and dropping the file releases the lock.
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            let locked = lock(&file).map(|()| Self { file });
            drop(send.send(locked));
        });
        loop {
            match receive.recv_timeout(TICK) {
                Ok(locked) => return locked.map(Some),
                Err(_) if !goes_on() => return Ok(None),
                Err(_) => {}
            }
        }
    }

    /// The locked file.
    pub fn file(&self) -> &File {
        &self.file
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        write::private_folder(folder)?;
    }
    let file = write::private().read(true).write(true).create(true).truncate(false).open(path)?;
    let file = file.into_parts().0;
    write::make_private(&file)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inside/lock");
        let never = AtomicBool::new(false);
        let held = Lock::wait_for(&path, &never, || panic!("the lock is free")).unwrap().unwrap();
        assert!(Lock::try_of(&path).unwrap().is_none());
        assert!(Lock::try_shared(&path).unwrap().is_none());
        drop(held);
        let shared = [Lock::try_shared(&path).unwrap().unwrap(), Lock::try_shared(&path).unwrap().unwrap()];
        assert!(Lock::try_of(&path).unwrap().is_none());
        drop(shared);
        assert!(Lock::try_of(&path).unwrap().is_some());
    }

    #[test]
    fn nobody_else_can_open_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock/lock");
        let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o777;
        drop(Lock::try_of(&path).unwrap());
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        // One that an earlier version made.
        fs_err::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        drop(Lock::try_shared(&path).unwrap());
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_wait_is_told_and_ends_with_the_lock_or_the_users_wish() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = Lock::try_of(&path).unwrap().unwrap();
        let stop = AtomicBool::new(false);
        let waited = Lock::wait_for(&path, &stop, || stop.store(true, Ordering::Relaxed)).unwrap();
        assert!(waited.is_none(), "stopped");
        let never = AtomicBool::new(false);
        let shared = Lock::wait_shared(&path, &never, || drop(held)).unwrap().unwrap();
        let other = Lock::wait_shared(&path, &never, || panic!("it is shared")).unwrap();
        let waited = Lock::wait_for(&path, &never, || drop((shared, other))).unwrap();
        assert!(waited.is_some());
    }
}
