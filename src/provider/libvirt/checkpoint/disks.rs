//! Disks of checkpoints, and overlays on them.
//!
//! The disks of a start, of a lab or of an exercise, and large ones, are not copied. Such a file gets a
//! second name in the checkpoint, and the instance gets an empty overlay on that in the place of its own. Of
//! other disks the checkpoint has a copy, and the instance goes on with its own: otherwise each save would
//! put another layer under a disk, and QEMU opens all of them. So the disks of a hand-in have only what was
//! written since the start, in units of qcow2's clusters.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use super::given::seal;
use crate::base::write;
use crate::checkpoint::{CheckpointSpec, CheckpointStore, Kind, SavedImage};
use crate::image::qcow2;
use crate::model::spec::{Digest, DiskId, DiskSpec};
use crate::model::{CheckpointId, ForExercise};
use crate::provider::libvirt::{LibvirtProvider, backing, disk, files};
use crate::work::ProviderError;

/// The path of a disk inside a checkpoint's folder.
pub(super) fn saved(id: &DiskId) -> String {
    let path = disk::path(Path::new(""), id);
    path.display().to_string()
}

/// The largest disk that is copied, in bytes of disk space. Copying takes a second while the machines stand
/// still. After a larger one the instance has a new overlay, which is small; so a layer is added only once
/// for each such amount that guests have written.
const MOST_COPIED: u64 = 256 << 20;

/// Whether others begin from it: then its own instance goes on as theirs do, on overlays on its disks.
fn is_start(kind: Kind, id: &CheckpointId) -> bool {
    kind == Kind::Start || id.is_for(ForExercise::Start)
}

/// Copies a small file without a moment in which a part of it is there; returns false if it is too large, or
/// cannot be copied because the disk is full.
fn copied(from: &Path, to: &Path) -> Result<bool, ProviderError> {
    let found = fs_err::metadata(from).map_err(files::io("cannot keep a disk"))?;
    // st_blocks counts units of 512 bytes on every file system.
    if found.blocks() * 512 > MOST_COPIED {
        return Ok(false);
    }
    let aside = to.with_extension("new");
    files::delete(&aside)?;
    let mut command = Command::new("cp");
    command.args(["--reflink=auto", "--sparse=auto", "--"]).arg(from).arg(&aside);
    if crate::host::run(&mut command).is_err() || write::sync(&aside).is_err() {
        files::delete(&aside)?;
        return Ok(false);
    }
    write::rename(&aside, to).map_err(files::io("cannot keep a disk"))?;
    Ok(true)
}

/// Replaces a file by a hard link to another one, without a moment in which there is none.
fn link_over(from: &Path, to: &Path) -> Result<(), ProviderError> {
    let aside = to.with_extension("new");
    files::delete(&aside)?;
    fs_err::hard_link(from, &aside).map_err(files::io("cannot keep a disk"))?;
    write::rename(&aside, to).map_err(files::io("cannot keep a disk"))
}

impl LibvirtProvider {
    /// Puts the instance's disk into the checkpoint's folder: a copy, or the file itself. No machine may have
    /// it open.
    pub(super) fn keep_disk(
        &self,
        id: &DiskId,
        folder: &Path,
        spec: &CheckpointSpec,
    ) -> Result<(), ProviderError> {
        let (own, kept) = (disk::path(&self.host.folder(), id), folder.join(saved(id)));
        backing::check(&self.host.folder(), id)?;
        if is_start(spec.kind, &spec.id) || !copied(&own, &kept)? {
            link_over(&own, &kept)?;
        }
        seal(&kept)
    }

    /// Whether the checkpoint has the file of the instance's disk itself, which no guest may write any more.
    pub(super) fn is_given_away(&self, id: &DiskId, folder: &Path) -> Result<bool, ProviderError> {
        let file = |path: &Path| fs_err::metadata(path).map(|found| (found.dev(), found.ino()));
        let own = file(&disk::path(&self.host.folder(), id));
        let same = own.and_then(|own| Ok(own == file(&folder.join(saved(id)))?));
        same.map_err(files::io("cannot keep a disk"))
    }

    /// Undoes [`Self::keep_disk`] and [`Self::lay_disk`], as far as they were done. The checkpoint has the
    /// disk as it was at the moment of the save; the instance may have written to its own since.
    pub(super) fn unkeep_disk(&self, id: &DiskId, folder: &Path) -> Result<(), ProviderError> {
        let kept = folder.join(saved(id));
        if !kept.exists() {
            return Ok(());
        }
        let own = disk::path(&self.host.folder(), id);
        // Its header was checked before it was kept, and only root could change it since.
        let under = qcow2::backing(&kept).map_err(files::io("cannot read a disk"))?.flatten();
        backing::write(&self.host.folder(), id, under.as_deref())?;
        link_over(&kept, &own)?;
        self.give(&own, 0o600)
    }

    /// Puts an empty overlay on a checkpoint's disk in the place of the instance's disk.
    pub(in crate::provider::libvirt) fn lay_disk(
        &self,
        spec: &DiskSpec,
        checkpoint: &CheckpointId,
    ) -> Result<(), ProviderError> {
        let folder = self.host.folder();
        let file = disk::path(&folder, &spec.id);
        let aside = file.with_extension("new");
        self.give_chain(checkpoint, &saved(&spec.id))?;
        let under = CheckpointStore::new(&self.state).folder(checkpoint).join(saved(&spec.id));
        files::delete(&aside)?;
        let mut command = Command::new("qemu-img");
        command.args(["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b"]).arg(&under).arg(&aside);
        crate::host::run(&mut command)?;
        self.give(&aside, 0o600)?;
        // The description declares the disk whole, so the disk has to be written first.
        write::sync(&aside)
            .and_then(|()| write::rename(&aside, &file))
            .map_err(files::io("cannot replace a disk"))?;
        backing::write(&folder, &spec.id, Some(&under))?;
        files::describe(&disk::description(&folder, &spec.id), spec)
    }

    /// The backing files of disks: other checkpoints, and images.
    pub(super) fn foundations(
        &self,
        disks: &[DiskSpec],
    ) -> Result<(Vec<CheckpointId>, Vec<SavedImage>), ProviderError> {
        let mut checkpoints = BTreeSet::new();
        let mut images = BTreeSet::new();
        for spec in disks {
            let chain = qcow2::chain(&disk::path(&self.host.folder(), &spec.id));
            for path in chain.map_err(files::io("cannot read a disk"))? {
                let inside =
                    |root: &Path| Some(path.strip_prefix(root).ok()?.iter().next()?.to_str()?.to_owned());
                if let Some(name) = inside(&self.state.images()) {
                    images.insert(Digest(name));
                } else if let Some(id) = inside(&self.state.checkpoints()).and_then(|name| name.parse().ok())
                {
                    checkpoints.insert(id);
                }
            }
        }
        let images = images.into_iter().map(|digest| {
            let created = self.image(&digest)?.manifest.created;
            Ok(SavedImage { digest, created })
        });
        Ok((checkpoints.into_iter().collect(), images.collect::<Result<_, ProviderError>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_disk_is_copied_and_a_large_one_is_not() {
        let folder = tempfile::tempdir_in(".").unwrap();
        let (own, kept) = (folder.path().join("own"), folder.path().join("kept"));
        fs_err::write(&own, "what the guest has written").unwrap();
        assert!(copied(&own, &kept).unwrap());
        fs_err::write(&own, "what it writes later").unwrap();
        assert_eq!(fs_err::read_to_string(&kept).unwrap(), "what the guest has written");
        let file = fs_err::File::create(&own).unwrap().into_parts().0;
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, MOST_COPIED + 4096).unwrap();
        fs_err::remove_file(&kept).unwrap();
        assert!(!copied(&own, &kept).unwrap());
        assert!(!kept.exists());
    }

    #[test]
    fn all_begin_from_overlays_on_the_disks_of_a_start() {
        let lab = "web".parse().unwrap();
        let of = |purpose| CheckpointId::of_exercise(&lab, purpose, &Digest::of(&1));
        assert!(is_start(Kind::Start, &CheckpointId::start(&lab, &Digest::of(&1))));
        assert!(is_start(Kind::Exercise, &of(ForExercise::Start)));
        for purpose in [ForExercise::Submission, ForExercise::Autosave, ForExercise::SavePoint] {
            assert!(!is_start(Kind::Exercise, &of(purpose)), "{purpose:?}");
        }
        assert!(!is_start(Kind::Named, &"web.before".parse().unwrap()));
    }

    #[test]
    fn what_cannot_be_copied_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        fs_err::write(&own, "a disk").unwrap();
        assert!(!copied(&own, &folder.path().join("missing/kept")).unwrap());
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
    }
}
