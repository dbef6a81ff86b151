//! Disks of checkpoints, and overlays on them.
//!
//! A disk's file is never copied. It gets a second name in the checkpoint, and the instance gets an empty
//! overlay on that in the place of its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::given::seal;
use crate::base::write;
use crate::checkpoint::{CheckpointStore, SavedImage};
use crate::image::qcow2;
use crate::model::CheckpointId;
use crate::model::spec::{Digest, DiskId, DiskSpec};
use crate::provider::libvirt::{LibvirtProvider, backing, disk, files};
use crate::work::ProviderError;

/// The path of a disk inside a checkpoint's folder.
pub(super) fn saved(id: &DiskId) -> String {
    let path = disk::path(Path::new(""), id);
    path.display().to_string()
}

/// Replaces a file by a hard link to another one, without a moment in which there is none.
fn link_over(from: &Path, to: &Path) -> Result<(), ProviderError> {
    let aside = to.with_extension("new");
    files::delete(&aside)?;
    fs_err::hard_link(from, &aside).map_err(files::io("cannot keep a disk"))?;
    write::rename(&aside, to).map_err(files::io("cannot keep a disk"))
}

impl LibvirtProvider {
    /// Links the instance's disk into the checkpoint's folder.
    pub(super) fn keep_disk(&self, id: &DiskId, folder: &Path) -> Result<(), ProviderError> {
        let kept = folder.join(saved(id));
        backing::check(&self.host.folder(), id)?;
        link_over(&disk::path(&self.host.folder(), id), &kept)?;
        seal(&kept)
    }

    /// Undoes [`Self::keep_disk`] and [`Self::lay_disk`], as far as they were done.
    pub(super) fn unkeep_disk(&self, id: &DiskId, folder: &Path) -> Result<(), ProviderError> {
        let kept = folder.join(saved(id));
        if !kept.exists() {
            return Ok(());
        }
        let own = disk::path(&self.host.folder(), id);
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
