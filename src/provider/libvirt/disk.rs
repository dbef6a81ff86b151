//! Disks: qcow2 files in the instance's folder. A disk is there once the description beside it is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{LibvirtProvider, files};
use crate::image::Store;
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

/// The disks that are whole.
pub(super) fn find(folder: &Path) -> Result<BTreeMap<DiskId, DiskSource>, ProviderError> {
    let specs = files::read_all::<DiskSpec>(&folder.join("disks"))?;
    Ok(specs.into_iter().map(|spec| (spec.id, spec.source)).collect())
}

impl LibvirtProvider {
    pub(super) fn create_disk(&self, spec: &DiskSpec) -> Result<(), ProviderError> {
        let folder = self.host.folder();
        let description = description(&folder, &spec.id);
        if description.exists() {
            return Ok(());
        }
        let file = path(&folder, &spec.id);
        let mut command = Command::new("qemu-img");
        command.args(["create", "-q", "-f", "qcow2"]);
        match &spec.source {
            DiskSource::Image(digest) => {
                let image = self.image(digest)?;
                command.args(["-F", image.manifest.format.as_str(), "-b"]).arg(image.disk()).arg(&file);
            }
            DiskSource::Blank(size) => {
                command.arg(&file).arg(size.0.to_string());
            }
        }
        crate::host::run(&mut command)?;
        self.owner()?.give(&file, 0o600)?;
        files::write(&description, spec)
    }

    pub(super) fn delete_disk(&self, id: &DiskId) -> Result<(), ProviderError> {
        let folder = self.host.folder();
        // The description first: a disk without one is not there.
        files::delete(&description(&folder, id))?;
        files::delete(&path(&folder, id))
    }

    pub(super) fn image(
        &self,
        digest: &crate::model::spec::Digest,
    ) -> Result<crate::image::StoredImage, ProviderError> {
        Store::new(&self.state).get(digest)?.ok_or_else(|| ProviderError::Missing {
            what: format!("image {} is not in the store", digest.short()),
            hint: "`lab up` prepares it; was it removed meanwhile?".to_owned(),
        })
    }

    /// What of the instance is files, and so is there even when its daemon is not.
    pub(super) fn find_files(&self, inventory: &mut Inventory) -> Result<(), ProviderError> {
        let folder = self.host.folder();
        inventory.disks = find(&folder)?;
        inventory.seeds = super::seed::find(&folder)?;
        Ok(())
    }
}
