//! The lock of an instance, held by the process that changes it.
//!
//! It is a file beside the instance's folder, and contains its holder. When the instance is gone at the end,
//! the file is deleted too. A process that waited for the deleted file may then lock it, so the name is
//! checked again after locking.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::journal;
use crate::base::lock::Lock;
use crate::instance;
use crate::model::InstanceName;
use crate::state::StateDir;

/// The holder of a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process number.
    pub pid: u32,
    /// Its command: `lab up`.
    pub command: String,
}

/// Why an instance could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("{}", held(.instance, .holder.as_ref()))]
    Held {
        /// The instance.
        instance: InstanceName,
        /// The holder; `None` if it has not written its name yet.
        holder: Option<Holder>,
    },
    /// The lock's file cannot be made or locked.
    #[error("cannot lock instance {instance}")]
    Io {
        /// The instance.
        instance: InstanceName,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

fn held(instance: &InstanceName, holder: Option<&Holder>) -> String {
    match holder {
        Some(Holder { pid, command }) => format!("`{command}` (process {pid}) is at work on {instance}"),
        None => format!("another command is at work on {instance}"),
    }
}

/// A locked instance; dropping it releases the lock.
#[derive(Debug)]
pub struct InstanceLock {
    lock: Lock,
    path: PathBuf,
    folder: PathBuf,
}

impl InstanceLock {
    /// Locks an instance for this process, which runs `command`. It does not wait.
    ///
    /// # Errors
    /// When another process holds it, or the state folder cannot be written.
    pub fn acquire(state: &StateDir, instance: &InstanceName, command: &str) -> Result<Self, LockError> {
        let io = |source| LockError::Io { instance: instance.clone(), source };
        fs_err::create_dir_all(state.instances()).map_err(io)?;
        let path = lock_file(state, instance);
        loop {
            let Some(lock) = Lock::try_of(&path).map_err(io)? else {
                return Err(LockError::Held { instance: instance.clone(), holder: read_holder(&path) });
            };
            if let Some(held) = Self::named(lock, state, instance, command).map_err(io)? {
                return Ok(held);
            }
        }
    }

    /// Locks an instance as soon as its holder has released it, as long as the wait goes on by a function,
    /// which is asked now and then; none if it does not.
    ///
    /// # Errors
    /// When the state folder cannot be written.
    pub fn acquire_after(
        state: &StateDir,
        instance: &InstanceName,
        command: &str,
        goes_on: impl Fn() -> bool,
    ) -> Result<Option<Self>, LockError> {
        let io = |source| LockError::Io { instance: instance.clone(), source };
        let path = lock_file(state, instance);
        loop {
            let Some(lock) = Lock::wait_while(&path, &goes_on, || {}).map_err(io)? else { return Ok(None) };
            if let Some(held) = Self::named(lock, state, instance, command).map_err(io)? {
                return Ok(Some(held));
            }
        }
    }

    /// Keeps a lock, if its file still has the name of the instance's lock.
    fn named(
        lock: Lock,
        state: &StateDir,
        instance: &InstanceName,
        command: &str,
    ) -> io::Result<Option<Self>> {
        let path = lock_file(state, instance);
        if !is_named(lock.file(), &path)? {
            return Ok(None);
        }
        write_holder(lock.file(), command)?;
        Ok(Some(Self { lock, path, folder: state.instance(instance) }))
    }
}

/// The command that holds an instance now, without touching its lock; none if there is none. What a killed
/// process wrote into the file does not count.
pub fn holder(state: &StateDir, instance: &InstanceName) -> Option<Holder> {
    let holder = read_holder(&lock_file(state, instance))?;
    Path::new("/proc").join(holder.pid.to_string()).exists().then_some(holder)
}

/// No instance is called like this: names have no dots.
fn lock_file(state: &StateDir, instance: &InstanceName) -> PathBuf {
    state.instances().join(format!("{instance}.lock"))
}

impl Drop for InstanceLock {
    /// Cleans up after a destroyed instance: its empty folder, the notes about it, and the lock's file.
    fn drop(&mut self) {
        // The next `lab down` deletes what cannot be deleted now.
        if is_gone(&self.folder) {
            let _ = fs_err::remove_dir_all(&self.folder);
            let _ = fs_err::remove_file(&self.path);
        } else {
            let _ = self.lock.file().set_len(0);
        }
    }
}

/// Whether a folder is missing or has only notes about the instance, nothing of the instance itself.
fn is_gone(folder: &Path) -> bool {
    let about = |name: &OsStr| name == journal::FILE || name == instance::FILE;
    match fs_err::read_dir(folder) {
        Ok(mut entries) => entries.all(|entry| entry.is_ok_and(|entry| about(&entry.file_name()))),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Whether the open file still has this name.
fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    let open = file.metadata()?;
    match fs_err::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn read_holder(path: &Path) -> Option<Holder> {
    serde_json::from_slice(&fs_err::read(path).ok()?).ok()
}

fn write_holder(mut file: &File, command: &str) -> io::Result<()> {
    let holder = Holder { pid: std::process::id(), command: command.to_owned() };
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(&holder)?)
}
