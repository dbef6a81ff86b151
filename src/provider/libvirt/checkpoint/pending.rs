//! A save in progress, noted in the instance's folder, so that the instance can be recovered if the saving
//! process is killed.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::each;
use super::load::stream;
use super::memory::Parts;
use crate::checkpoint::CheckpointStore;
use crate::model::CheckpointId;
use crate::model::NodeName;
use crate::model::spec::{Digest, DiskId, GuestSpec, StepSpec};
use crate::provider::libvirt::xml::Memory;
use crate::provider::libvirt::{LibvirtProvider, files};
use crate::work::{Context, ProviderError};

/// What a save has taken from the instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    /// The checkpoint that is being made.
    pub(super) checkpoint: CheckpointId,
    /// The machines that ran; all their streams are complete.
    pub(super) running: Vec<Running>,
    /// All disks.
    pub(super) disks: Vec<DiskId>,
    /// The steps that are due when the machines are resumed.
    #[serde(default)]
    pub(super) waking: Vec<StepSpec>,
}

/// A machine that ran.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Running {
    /// The machine.
    pub(super) spec: GuestSpec,
    /// Its seal.
    pub(super) sealed: Option<Digest>,
}

impl Pending {
    /// The note of a save in progress; none if there is none.
    ///
    /// It is written atomically. A note that cannot be parsed must not be ignored: its machines may be off,
    /// and their disks are in an incomplete checkpoint.
    fn read(file: &Path) -> Result<Option<Self>, ProviderError> {
        let text = match fs_err::read(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(files::io("cannot read the note of an interrupted save")(error)),
        };
        serde_json::from_slice(&text).map(Some).map_err(|error| ProviderError::Missing {
            what: format!("the note of an interrupted save, {}, is damaged: {error}", file.display()),
            hint: "it is unknown which machines the save had switched off: start over with `lab down` and `lab up`"
                .to_owned(),
        })
    }

    pub(super) fn names(&self) -> Vec<NodeName> {
        self.running.iter().map(|one| one.spec.node.clone()).collect()
    }
}

impl LibvirtProvider {
    pub(super) fn pending_file(&self) -> PathBuf {
        self.host.folder().join(crate::checkpoint::PENDING)
    }

    /// Deletes the files of a save that QEMU has written.
    pub(super) fn clear_saving(&self) -> Result<(), ProviderError> {
        for file in files::inside(&self.host.saving())? {
            files::delete(&file)?;
        }
        Ok(())
    }

    /// Informs resumed machines that they were paused.
    pub(super) fn wake_all(&self, pending: &Pending, context: &Context<'_>) -> Result<(), ProviderError> {
        each(&pending.names(), |node| {
            pending
                .waking
                .iter()
                .filter(|step| step.node == *node)
                .try_for_each(|step| self.run_step(step, context))?;
            self.wake(node, context)
        })
    }

    /// Ends a save that was killed: the instance continues in its former state.
    pub(in crate::provider::libvirt) fn end_pending(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<String>, ProviderError> {
        let Some(pending) = Pending::read(&self.pending_file())? else { return Ok(None) };
        let store = CheckpointStore::new(&self.state);
        let bad_store = |error| ProviderError::Host {
            what: "the checkpoints cannot be used".to_owned(),
            source: Box::new(error) as Box<dyn std::error::Error + Send + Sync>,
        };
        // Killed after the end: the instance runs on the saved state, and only the remains have to be
        // deleted.
        if store.get(&pending.checkpoint).map_err(bad_store)?.is_some() {
            self.clear_saving()?;
            files::delete(&self.pending_file())?;
            return Ok(None);
        }
        let told = format!(
            "a save of {} was interrupted; the lab goes on as it was at that moment",
            pending.checkpoint
        );
        self.bring_back(&pending, context)?;
        Ok(Some(told))
    }

    /// Restores the instance from its streams, and drops the checkpoint that was being made.
    pub(super) fn bring_back(&self, pending: &Pending, context: &Context<'_>) -> Result<(), ProviderError> {
        let store = CheckpointStore::new(&self.state);
        let folder = store.folder(&pending.checkpoint);
        // Not needed for this, and its space may be required.
        clear(&folder.join("memory"))?;
        let alive = self.host.find()?.is_some_and(|host| host.alive);
        if alive {
            each(&pending.running, |one| self.stop_guest(&one.spec.node))?;
        }
        for disk in &pending.disks {
            self.unkeep_disk(disk, &folder)?;
        }
        // If the whole host died, so did all in it, as after a power cut.
        if alive {
            each(&pending.running, |one| {
                let from = self.host.saving().join(stream(&one.spec.node));
                self.start_with(&one.spec, Memory::Filled, (Parts::All, &from), &AtomicBool::new(false))
            })?;
            self.resume_guests(&pending.names(), context)?;
            self.wake_all(pending, context)?;
            each(&pending.running, |one| self.seal(&one.spec.node, one.sealed.as_ref()))?;
        }
        files::delete(&self.pending_file())?;
        self.clear_saving()?;
        self.take_unused()?;
        store.remove(&pending.checkpoint).map_err(|error| ProviderError::Host {
            what: "cannot delete a checkpoint that was not finished".to_owned(),
            source: Box::new(error),
        })
    }
}

/// Deletes a folder; absence is fine.
pub(super) fn clear(folder: &Path) -> Result<(), ProviderError> {
    match fs_err::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(files::io("cannot delete a part of a checkpoint")(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_note_is_not_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("saving.json");
        assert!(Pending::read(&file).unwrap().is_none());
        for damaged in ["", "{\"checkpoint\":"] {
            fs_err::write(&file, damaged).unwrap();
            let error = Pending::read(&file).unwrap_err();
            assert!(error.to_string().contains("saving.json"), "{error}");
        }
    }
}
