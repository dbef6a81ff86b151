//! The folders of records: `<records of the instance>/<time>-<drill>/record.jsonl`.

use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::Header;
use crate::base::write;

/// The file of a record in its folder.
pub const RECORD_FILE: &str = "record.jsonl";

/// Creates a new folder for a record, named by the time and the drill so that names sort by time.
///
/// # Errors
/// It cannot be created.
pub fn create_folder(records: &Path, header: &Header) -> io::Result<PathBuf> {
    write::private_folder(records)?;
    let stem = format!("{}-{}", header.started.strftime("%Y%m%dT%H%M%SZ"), header.drill.name);
    // The later of two drills in one second is numbered, and still sorts after the earlier.
    let names = std::iter::once(stem.clone()).chain((2..).map(|number| format!("{stem}.{number}")));
    for name in names {
        let folder = records.join(name);
        match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => return Ok(folder),
        }
    }
    unreachable!("the names never end")
}

/// The record files of an instance, the oldest first. None if there is no such folder.
///
/// # Errors
/// The folder cannot be listed.
pub fn list(records: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs_err::read_dir(records) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let file = entry?.path().join(RECORD_FILE);
        if file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// The newest record file of an instance, or of the drill with this name if one is given.
///
/// # Errors
/// The folder cannot be listed.
pub fn latest(records: &Path, drill: Option<&crate::model::DrillName>) -> io::Result<Option<PathBuf>> {
    let of_drill = |file: &PathBuf| {
        let folder = file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let name = folder.split_once('-').map_or("", |(_, name)| name);
        drill.is_none_or(|drill| name.split('.').next() == Some(drill.as_str()))
    };
    Ok(list(records)?.into_iter().rfind(of_drill))
}
