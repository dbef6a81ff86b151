//! The files of checkpoints that an instance's host can open: those that it was given, as hard links in the
//! instance's folder, which its file system shows as the store of checkpoints.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::load::{ram, state};
use super::pending::clear;
use crate::base::write;
use crate::checkpoint::{CheckpointStore, stands_upon};
use crate::host::GuestUser;
use crate::model::{CheckpointId, NodeName};
use crate::provider::libvirt::{LibvirtProvider, disk, files};
use crate::work::ProviderError;

/// The mode of a checkpoint's files. They belong to root; the folder of the store keeps other users out.
const MODE: u32 = 0o444;

impl LibvirtProvider {
    /// Lets the host open a file of a checkpoint, which only root can change.
    pub(super) fn give_saved(&self, checkpoint: &CheckpointId, inside: &str) -> Result<(), ProviderError> {
        let saved = CheckpointStore::new(&self.state).folder(checkpoint).join(inside);
        let given = self.host.given().join(checkpoint.to_string()).join(inside);
        let trouble = || files::io("cannot use a checkpoint's file");
        let found = fs_err::symlink_metadata(&saved).map_err(trouble())?;
        // Those of an earlier version of this program belong to the guests' user.
        if found.uid() != 0 || found.mode() & 0o7777 != MODE {
            seal(&saved)?;
        }
        if fs_err::symlink_metadata(&given).is_ok_and(|there| there.ino() == found.ino()) {
            return Ok(());
        }
        if let Some(folder) = given.parent() {
            fs_err::create_dir_all(folder).map_err(trouble())?;
        }
        let aside = given.with_extension("new");
        files::delete(&aside)?;
        fs_err::hard_link(&saved, &aside).and_then(|()| write::rename(&aside, &given)).map_err(trouble())
    }

    /// The same for a disk of a checkpoint and all disks of checkpoints under it.
    pub(super) fn give_chain(&self, checkpoint: &CheckpointId, inside: &str) -> Result<(), ProviderError> {
        self.give_saved(checkpoint, inside)?;
        let file = CheckpointStore::new(&self.state).folder(checkpoint).join(inside);
        for parent in stands_upon(&self.state, &file).map_err(files::io("cannot read a disk"))? {
            self.give_saved(&parent, inside)?;
        }
        Ok(())
    }

    /// Takes the memory of a node away, which QEMU has open by now.
    pub(super) fn take_memory(
        &self,
        checkpoint: &CheckpointId,
        node: &NodeName,
    ) -> Result<(), ProviderError> {
        let folder = self.host.given().join(checkpoint.to_string());
        files::delete(&folder.join(ram(node)))?;
        files::delete(&folder.join(state(node)))
    }

    /// Takes all checkpoints away that no disk of the instance depends on.
    pub(super) fn take_unused(&self) -> Result<(), ProviderError> {
        let folder = self.host.folder();
        let mut used = BTreeSet::new();
        for id in disk::find(&folder)?.keys() {
            let chain = stands_upon(&self.state, &disk::path(&folder, id));
            used.extend(chain.map_err(files::io("cannot read a disk"))?);
        }
        for given in files::inside(&self.host.given())? {
            let name = given.file_name().and_then(|name| name.to_str());
            let id = name.and_then(|name| name.parse::<CheckpointId>().ok());
            if id.is_none_or(|id| !used.contains(&id)) {
                clear(&given)?;
            }
        }
        Ok(())
    }
}

/// Makes root the owner of a file that others can only read.
pub(super) fn seal(file: &Path) -> Result<(), ProviderError> {
    GuestUser::take_back(file, MODE).map_err(files::io("cannot keep a checkpoint's file"))
}
