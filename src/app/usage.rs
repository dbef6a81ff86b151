//! Which objects depend on which, and how much disk space they take.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::baseline::bad_store;
use super::error::AppError;
use crate::checkpoint::{CheckpointStore, stands_upon};
use crate::instance;
use crate::model::CheckpointId;
use crate::model::InstanceName;
use crate::state::StateDir;

/// The disk space of a folder and its content, in bytes, without holes. A file with several names counts once
/// for each.
///
/// # Errors
/// When it exists and cannot be read.
pub fn of_tree(path: &Path) -> std::io::Result<u64> {
    let found = match fs_err::symlink_metadata(path) {
        Ok(found) => found,
        // It does not exist, or was deleted in the meantime.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    // st_blocks counts units of 512 bytes on every file system.
    let mut bytes = found.blocks() * 512;
    if found.is_dir() {
        for entry in fs_err::read_dir(path)? {
            bytes += of_tree(&entry?.path())?;
        }
    }
    Ok(bytes)
}

/// The disk space of an instance's folder, without the checkpoints that its guests may open: these are
/// further names of files of the store.
///
/// # Errors
/// As [`of_tree`].
pub fn of_instance(state: &StateDir, name: &InstanceName) -> std::io::Result<u64> {
    let folder = state.instance(name);
    Ok(of_tree(&folder)?.saturating_sub(of_tree(&state.given(name))?))
}

/// Bytes for people: `412 MiB`, `1.3 GiB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0 => "0".to_owned(),
        1..0x10_0000 => format!("{} KiB", bytes.div_ceil(1024)),
        0x10_0000..0x4000_0000 => format!("{} MiB", bytes >> 20),
        _ => format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30)),
    }
}

/// The instances and checkpoints that depend on a checkpoint.
///
/// # Errors
/// When a disk or the store cannot be read.
pub fn users(state: &StateDir, id: &CheckpointId) -> Result<Vec<String>, AppError> {
    let mut users = Vec::new();
    for name in instance::list(state).map_err(unreadable)? {
        if instance_stands_upon(state, &name)?.contains(id) {
            users.push(name.to_string());
        }
    }
    let all = CheckpointStore::new(state).list().map_err(bad_store)?;
    users.extend(all.iter().filter(|one| one.parents.contains(id)).map(|one| one.id().to_string()));
    Ok(users)
}

/// The checkpoints that an instance's disks depend on.
///
/// # Errors
/// When a disk cannot be read.
pub fn instance_stands_upon(state: &StateDir, name: &InstanceName) -> Result<Vec<CheckpointId>, AppError> {
    let mut all = Vec::new();
    let entries = match fs_err::read_dir(state.instance(name).join("disks")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(all),
        Err(error) => return Err(unreadable(error)),
    };
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "qcow2") {
            all.extend(stands_upon(state, &path).map_err(unreadable)?);
        }
    }
    Ok(all)
}

/// The error for a state folder that cannot be read.
pub fn unreadable(error: std::io::Error) -> AppError {
    AppError::failed("the state folder cannot be read").because(error).maybe_hint(super::explain::sudo())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short_and_trees_are_added_up() {
        for (bytes, text) in [(0, "0"), (1, "1 KiB"), (5 << 20, "5 MiB"), (3 << 29, "1.5 GiB")] {
            assert_eq!(size(bytes), text);
        }
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(of_tree(&folder.path().join("nothing")).unwrap(), 0);
        fs_err::create_dir(folder.path().join("inside")).unwrap();
        fs_err::write(folder.path().join("inside/file"), vec![1; 100_000]).unwrap();
        assert!(of_tree(folder.path()).unwrap() >= 100_000);
    }
}
