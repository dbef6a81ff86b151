//! Files of an instance: descriptions as JSON.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::work::ProviderError;

/// An error of the file system.
pub(super) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> ProviderError {
    let what = what.into();
    move |source| ProviderError::Host { what, source: Box::new(source) }
}

/// Writes a description atomically.
pub(super) fn write(path: &Path, value: &impl Serialize) -> Result<(), ProviderError> {
    let json = serde_json::to_vec(value).unwrap_or_default();
    crate::base::write::atomically(path, &json).map_err(io("cannot write to the instance's folder"))
}

/// As [`write`], but does not rewrite an equal description, which avoids waiting for the disk.
pub(super) fn describe<T: Serialize + DeserializeOwned + PartialEq>(
    path: &Path,
    value: &T,
) -> Result<(), ProviderError> {
    if read(path)?.as_ref() == Some(value) {
        return Ok(());
    }
    write(path, value)
}

/// A description; none if it does not exist or is damaged: then its object is made again.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ProviderError> {
    match fs_err::read(path) {
        Ok(text) => Ok(serde_json::from_slice(&text).ok()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io("cannot read the instance's folder")(error)),
    }
}

/// Deletes a file; absence is fine.
pub(super) fn delete(path: &Path) -> Result<(), ProviderError> {
    match fs_err::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(io("cannot delete from the instance's folder")(error))
        }
        _ => Ok(()),
    }
}

/// The paths of all entries of a folder; none if it does not exist.
pub(super) fn inside(folder: &Path) -> Result<Vec<PathBuf>, ProviderError> {
    let trouble = || io("cannot read the instance's folder");
    match fs_err::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry.map_err(trouble())?.path())).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(trouble()(error)),
    }
}

/// Every description (`*.json`) in a folder. Unreadable ones are left out: their objects are made again.
pub(super) fn read_all<T: DeserializeOwned>(folder: &Path) -> Result<Vec<T>, ProviderError> {
    let mut all = Vec::new();
    for path in inside(folder)? {
        if path.extension().is_some_and(|extension| extension == "json") {
            all.extend(read(&path)?);
        }
    }
    Ok(all)
}
