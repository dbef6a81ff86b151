//! The file that each disk of an instance was laid on, as this program wrote it.
//!
//! QEMU can write the header of its guest's disk, and a QEMU that was taken over could name any file there.
//! Root's tools follow the header. So nothing of this program opens a disk whose header names another file
//! than the one that is noted beside it.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::{disk, files};
use crate::image::qcow2;
use crate::model::spec::DiskId;
use crate::work::ProviderError;

fn note(folder: &Path, id: &DiskId) -> PathBuf {
    disk::path(folder, id).with_extension("backing")
}

/// Notes the backing file of a disk; empty for a disk without one.
pub(super) fn write(folder: &Path, id: &DiskId, backing: Option<&Path>) -> Result<(), ProviderError> {
    let content = backing.map_or(&b""[..], |path| path.as_os_str().as_bytes());
    crate::base::write::atomically(&note(folder, id), content)
        .map_err(files::io("cannot write to the instance's folder"))
}

/// Deletes the note; absence is fine.
pub(super) fn delete(folder: &Path, id: &DiskId) -> Result<(), ProviderError> {
    files::delete(&note(folder, id))
}

/// Checks that the header of a disk names the backing file that is noted. The files under it are never
/// written again, so they need no check. Without a note, the disk is of an earlier version of this program.
///
/// # Errors
/// When the header is not that of a qcow2 file, or names another backing file.
pub(super) fn check(folder: &Path, id: &DiskId) -> Result<(), ProviderError> {
    let file = disk::path(folder, id);
    let noted = match fs_err::read(note(folder, id)) {
        Ok(path) => PathBuf::from(OsString::from_vec(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(files::io("cannot read the instance's folder")(error)),
    };
    let found = qcow2::backing(&file).map_err(files::io("cannot read a disk"))?;
    let trouble = match found {
        None => "its header is not that of a disk".to_owned(),
        Some(found) if found.as_deref().unwrap_or(Path::new("")) == noted => return Ok(()),
        Some(found) => {
            let found = found.map_or("no file".to_owned(), |found| format!("`{}`", found.display()));
            format!("its header names {found} as its base, and it was made on `{}`", noted.display())
        }
    };
    Err(ProviderError::Host {
        what: format!("the disk {} of {} is not used", file.display(), id.node),
        source: format!("{trouble}: its guest or QEMU has changed it; `lab reset` makes a new one").into(),
    })
}
