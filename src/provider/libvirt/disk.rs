//! Disks: qcow2 files in the instance's folder. A disk exists once its description has been written beside
//! it.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{LibvirtProvider, backing, files};
use crate::image::{ImageStore, qcow2};
use crate::inventory::Inventory;
use crate::model::spec::{DiskId, DiskSource, DiskSpec};
use crate::work::ProviderError;

/// The file of a disk: `node1.system.qcow2`, `node1.data.qcow2`.
pub(super) fn path(folder: &Path, id: &DiskId) -> PathBuf {
    let disk = id.disk.as_ref().map_or("system", |disk| disk.as_str());
    folder.join("disks").join(format!("{}.{disk}.qcow2", id.node))
}

pub(super) fn description(folder: &Path, id: &DiskId) -> PathBuf {
    path(folder, id).with_extension("json")
}

/// The disks that are complete.
pub(super) fn find(folder: &Path) -> Result<BTreeMap<DiskId, DiskSource>, ProviderError> {
    let specs = files::read_all::<DiskSpec>(&folder.join("disks"))?;
    let whole = specs.into_iter().filter(|spec| is_whole(&path(folder, &spec.id)));
    Ok(whole.map(|spec| (spec.id, spec.source)).collect())
}

/// Whether a disk's file has the header of one. A power cut of the machine may have left it empty.
fn is_whole(file: &Path) -> bool {
    match qcow2::backing(file) {
        Ok(found) => found.is_some(),
        // Not all users may read it.
        Err(error) => error.kind() == ErrorKind::PermissionDenied,
    }
}

/// Makes a disk unless it exists, is complete, and matches the specification; returns whether `make` was
/// needed. The description is written last, so a damaged one, or one without its disk, counts as missing.
fn ensure(
    folder: &Path,
    spec: &DiskSpec,
    make: impl FnOnce(&Path) -> Result<(), ProviderError>,
) -> Result<bool, ProviderError> {
    let (file, description) = (path(folder, &spec.id), description(folder, &spec.id));
    if files::read(&description)?.as_ref() == Some(spec) && is_whole(&file) {
        return Ok(false);
    }
    files::delete(&description)?;
    make(&file)?;
    crate::base::write::sync(&file).map_err(files::io("cannot write to the instance's folder"))?;
    files::write(&description, spec)?;
    Ok(true)
}

impl LibvirtProvider {
    pub(super) fn create_disk(&self, spec: &DiskSpec) -> Result<(), ProviderError> {
        let make = |file: &Path| {
            let mut command = Command::new("qemu-img");
            command.args(["create", "-q", "-f", "qcow2"]);
            let backing = match &spec.source {
                DiskSource::Image(digest) => {
                    let image = self.image(digest)?;
                    command.args(["-F", image.manifest.format.as_str(), "-b"]).arg(image.disk()).arg(file);
                    Some(image.disk())
                }
                DiskSource::Blank(size) => {
                    command.arg(file).arg(size.0.to_string());
                    None
                }
            };
            crate::host::run(&mut command)?;
            self.give(file, 0o600)?;
            backing::write(&self.host.folder(), &spec.id, backing.as_deref())
        };
        ensure(&self.host.folder(), spec, make).map(drop)
    }

    pub(super) fn delete_disk(&self, id: &DiskId) -> Result<(), ProviderError> {
        let folder = self.host.folder();
        // The description first: a disk without a description does not exist.
        files::delete(&description(&folder, id))?;
        backing::delete(&folder, id)?;
        files::delete(&path(&folder, id))
    }

    pub(super) fn image(
        &self,
        digest: &crate::model::spec::Digest,
    ) -> Result<crate::image::StoredImage, ProviderError> {
        ImageStore::new(&self.state).get(digest)?.ok_or_else(|| ProviderError::Missing {
            what: format!("image {} is not in the store", digest.short()),
            hint: "`lab up` prepares it; was it removed in the meantime?".to_owned(),
        })
    }

    /// The parts of the instance that are files, and so exist even if its daemon does not run.
    pub(super) fn find_files(&self, inventory: &mut Inventory) -> Result<(), ProviderError> {
        let folder = self.host.folder();
        inventory.disks = find(&folder)?;
        inventory.seeds = super::seed::find(&folder)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Bytes;

    /// The part of an empty qcow2 file that is checked.
    const DISK: [u8; 24] = *b"QFI\xfb\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

    fn make(file: &Path) -> Result<(), ProviderError> {
        fs_err::write(file, DISK).map_err(files::io("cannot write"))
    }

    #[test]
    fn what_is_damaged_is_made_again_and_what_is_whole_is_kept() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        fs_err::create_dir(folder.join("disks")).unwrap();
        let id = DiskId { node: "node1".parse().unwrap(), disk: None };
        let spec = DiskSpec { id: id.clone(), source: DiskSource::Blank(Bytes(1 << 30)) };
        let (file, description) = (path(folder, &id), description(folder, &id));

        assert!(ensure(folder, &spec, make).unwrap());
        assert_eq!(find(folder).unwrap().get(&id), Some(&spec.source));
        assert!(!ensure(folder, &spec, make).unwrap(), "it is there");

        for damaged in [&b""[..], b"{\"id\":", b"\0\0\0\0"] {
            fs_err::write(&description, damaged).unwrap();
            assert!(find(folder).unwrap().is_empty());
            assert!(ensure(folder, &spec, make).unwrap(), "its description was damaged");
            assert_eq!(find(folder).unwrap().len(), 1);
        }
        fs_err::write(&file, b"").unwrap();
        assert!(find(folder).unwrap().is_empty());
        assert!(ensure(folder, &spec, make).unwrap(), "its file was empty");
        fs_err::remove_file(&file).unwrap();
        assert!(ensure(folder, &spec, make).unwrap(), "its file was gone");
        assert_eq!(find(folder).unwrap().len(), 1);
    }
}
