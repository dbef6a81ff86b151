//! The file that each disk of an instance was laid on, as this program wrote it.
//!
//! QEMU can write the header of its guest's disk, and a QEMU that was taken over could name any file there.
//! Root's tools follow the header. So nothing of this program opens a disk whose header names another file
//! than the one that is noted beside it.

use std::ffi::OsString;
use std::io::{ErrorKind, Read};
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
        Some(_) if keeps_its_data_elsewhere(&file).map_err(files::io("cannot read a disk"))? => {
            "its header names another file that has its data".to_owned()
        }
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

/// Whether the header of a qcow2 file declares an external data file: bit 2 of the incompatible features,
/// which version 3 has at offset 72 (QEMU's docs/interop/qcow2.txt).
fn keeps_its_data_elsewhere(file: &Path) -> std::io::Result<bool> {
    const EXTERNAL_DATA: u8 = 1 << 2;
    let mut header = [0; 80];
    match fs_err::File::open(file)?.read_exact(&mut header) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
        result => result?,
    }
    Ok(header[7] >= 3 && header[79] & EXTERNAL_DATA != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_with_another_base_than_it_was_made_on_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        fs_err::create_dir(folder.join("disks")).unwrap();
        let id = DiskId { node: "node1".parse().unwrap(), disk: None };
        let disk = |base: &str, features: u8| {
            let mut bytes = b"QFI\xfb\0\0\0\x03".to_vec();
            bytes.extend(104u64.to_be_bytes());
            bytes.extend((base.len() as u32).to_be_bytes());
            bytes.resize(104, 0);
            bytes[79] = features;
            bytes.extend(base.as_bytes());
            fs_err::write(disk::path(folder, &id), bytes).unwrap();
        };
        disk("/any", 0);
        check(folder, &id).expect("nothing is noted");
        write(folder, &id, Some(Path::new("/images/a/disk.raw"))).unwrap();
        let refused = |why: &str| {
            let error = check(folder, &id).unwrap_err();
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains(why), "{source}");
        };
        refused("its header names `/any` as its base, and it was made on `/images/a/disk.raw`");
        disk("/images/a/disk.raw", 1 << 2);
        refused("names another file that has its data");
        disk("/images/a/disk.raw", 1 << 3);
        check(folder, &id).unwrap();
        fs_err::write(disk::path(folder, &id), b"no disk").unwrap();
        refused("is not that of a disk");
        write(folder, &id, None).unwrap();
        disk("/etc/shadow", 0);
        refused("names `/etc/shadow`");
    }
}
