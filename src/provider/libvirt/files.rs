//! Files of an instance: descriptions as JSON, and the user that guests run as.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

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

/// Every description (`*.json`) in a folder. Unreadable ones are left out: their objects are made again.
pub(super) fn read_all<T: DeserializeOwned>(folder: &Path) -> Result<Vec<T>, ProviderError> {
    let entries = match fs_err::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io("cannot read the instance's folder")(error)),
    };
    let mut all = Vec::new();
    for entry in entries {
        let path = entry.map_err(io("cannot read the instance's folder"))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            all.extend(read(&path)?);
        }
    }
    Ok(all)
}

/// The unprivileged user that guests run as.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    user: u32,
    group: u32,
}

/// The user that Debian's packages of libvirt create.
const USER: &str = "libvirt-qemu";

impl Owner {
    /// Looks the user up.
    pub(super) fn find() -> Result<Self, ProviderError> {
        let text = fs_err::read_to_string("/etc/passwd").map_err(io("cannot read the machine's users"))?;
        text.lines()
            .find_map(|line| {
                let mut fields = line.split(':');
                (fields.next()? == USER).then_some(())?;
                Some(Self { user: fields.nth(1)?.parse().ok()?, group: fields.next()?.parse().ok()? })
            })
            .ok_or_else(|| ProviderError::Missing {
                what: format!("this machine has no user `{USER}` to run guests as"),
                hint: "install libvirt-daemon-driver-qemu (`lab doctor` lists all that is missing)"
                    .to_owned(),
            })
    }

    /// Makes it the owner of a file, with these permission bits.
    pub(super) fn give(self, path: &Path, mode: u32) -> Result<(), ProviderError> {
        chown(path, Some(self.user), Some(self.group))
            .map_err(io("cannot give a file to the guests' user"))?;
        fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode))
            .map_err(io("cannot give a file to the guests' user"))
    }
}
