//! What instances have for themselves on this machine, for all of its state folders: `/run/halab/<kind>/` has
//! a file for each thing in use, with the path of the instance's folder. It is empty after a restart of the
//! machine.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::HostError;
use crate::base::lock::Lock;
use crate::base::write;

/// The folder of all registries.
const FOLDER: &str = "/run/halab";

/// One registry. Lock it before anything is read.
#[derive(Debug, Clone)]
pub(super) struct Registry(PathBuf);

impl Registry {
    /// The registry of a kind.
    pub(super) fn of(kind: &str) -> Self {
        Self(Path::new(FOLDER).join(kind))
    }

    /// A registry in another place.
    #[cfg(test)]
    pub(super) fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Waits for its lock. Its holders are brief.
    ///
    /// # Errors
    /// When it cannot be made, or the user cancels.
    pub(super) fn lock(&self, cancel: &AtomicBool) -> Result<Lock, HostError> {
        Lock::wait_for(&self.0.join(".lock"), cancel, || {})?.ok_or(HostError::Cancelled)
    }

    /// The folder of the instance that has a thing.
    pub(super) fn holder(&self, name: &str) -> Option<PathBuf> {
        Some(PathBuf::from(OsString::from_vec(fs_err::read(self.0.join(name)).ok()?)))
    }

    /// Everything in use, with the instances' folders. Names that begin with a dot are not of instances.
    pub(super) fn all(&self) -> Vec<(String, PathBuf)> {
        let entries = fs_err::read_dir(&self.0).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let own = names.filter(|name| !name.starts_with('.'));
        own.filter_map(|name| Some((name.clone(), self.holder(&name)?))).collect()
    }

    /// Records that an instance has a thing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn put(&self, name: &str, folder: &Path) -> Result<(), HostError> {
        Ok(write::until_restart(&self.0.join(name), folder.as_os_str().as_bytes())?)
    }

    /// Records that a thing is free.
    ///
    /// # Errors
    /// When its file exists and cannot be deleted.
    pub(super) fn remove(&self, name: &str) -> Result<(), HostError> {
        match fs_err::remove_file(self.0.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The path of a file beside the entries; its name begins with a dot.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}
