//! Saving an instance.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::given::seal;
use super::load::{copy_keys, ram, state, stream};
use super::memory::{self, Parts};
use super::pending::{Pending, Running};
use super::{disks, each};
use crate::base::write;
use crate::checkpoint::{
    Checkpoint, CheckpointSpec, CheckpointStore, Kind, SavedDisk, SavedFile, SavedMemory, SavedNode, VERSION,
    of_file,
};
use crate::desired::{Desired, DesiredNode};
use crate::inventory::GuestState;
use crate::model::spec::DiskSpec;
use crate::plan::Action;
use crate::provider::Machines;
use crate::provider::libvirt::xml::Memory;
use crate::provider::libvirt::{LibvirtProvider, files, guest, rekey};
use crate::work::{Context, Progress, ProviderError};

/// A checkpoint in the making.
struct Saving<'a> {
    provider: &'a LibvirtProvider,
    spec: &'a CheckpointSpec,
    context: &'a Context<'a>,
    store: CheckpointStore,
    folder: PathBuf,
    pending: Pending,
}

impl LibvirtProvider {
    /// See [`Action::SaveCheckpoint`].
    pub(in crate::provider::libvirt) fn save_checkpoint(
        &self,
        spec: &CheckpointSpec,
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        let store = CheckpointStore::new(&self.state);
        let folder = store.folder(&spec.id);
        let desired = &spec.instance.desired;
        (context.progress)(Progress::Phase("making ready".to_owned()));
        let nodes = self.in_states(desired, &[GuestState::Running])?;
        let nodes: Vec<_> = nodes.into_iter().map(|one| one.spec.node).collect();
        // The guest would keep a saved connection forever after each restore.
        self.keeper().close();
        self.make_ready(&nodes, desired, context)?;
        // Others may have been opened meanwhile.
        self.keeper().close();
        // This may take a while, in which a machine may have been switched off.
        let pending = Pending {
            checkpoint: spec.id.clone(),
            running: self.in_states(desired, &[GuestState::Running, GuestState::Paused])?,
            disks: all_disks(desired).map(|disk| disk.id.clone()).collect(),
            waking: nodes.iter().flat_map(|node| desired.waking(node)).cloned().collect(),
        };
        Saving { provider: self, spec, context, store, folder, pending }.run()
    }

    /// The machines in one of these states, with their seals. One that stands still has its memory, too.
    fn in_states(&self, desired: &Desired, states: &[GuestState]) -> Result<Vec<Running>, ProviderError> {
        let mut running = Vec::new();
        for node in &desired.nodes {
            let found = guest::found(&self.own_guest(&node.name)?)?;
            if states.contains(&found.state) {
                running.push(Running { spec: node.guest.clone(), sealed: found.sealed });
            }
        }
        Ok(running)
    }
}

fn all_disks(desired: &Desired) -> impl Iterator<Item = &DiskSpec> {
    desired.nodes.iter().flat_map(|node| &node.disks)
}

impl Saving<'_> {
    fn run(&self) -> Result<(), ProviderError> {
        self.tell("pausing all nodes");
        let note = || files::write(&self.provider.pending_file(), &self.pending);
        let streams = self.make_folder().and_then(|()| self.pause()).and_then(|()| self.streams());
        // On a full disk it is the note that cannot be written.
        if let Err(error) = streams.and_then(|()| note()) {
            // Nothing has been taken from the instance yet.
            self.go_on()?;
            self.forget()?;
            return Err(error);
        }
        let checkpoint = self.turn_over().and_then(|()| self.describe());
        match checkpoint.and_then(|found| self.commit(&found)) {
            Ok(()) => Ok(()),
            Err(error) => {
                self.tell("it cannot be restored: going back to what was");
                let context = Context { progress: self.context.progress, cancel: &AtomicBool::new(false) };
                self.provider.bring_back(&self.pending, &context)?;
                Err(error)
            }
        }
    }

    fn tell(&self, phase: &str) {
        (self.context.progress)(Progress::Phase(phase.to_owned()));
    }

    /// The checkpoint's folders, which only root can enter, and an empty place for what QEMU writes.
    fn make_folder(&self) -> Result<(), ProviderError> {
        self.forget()?;
        self.provider.clear_saving()?;
        for inside in ["memory", "disks"] {
            fs_err::create_dir_all(self.folder.join(inside))
                .map_err(files::io("cannot make a checkpoint"))?;
        }
        let root = self.provider.state.checkpoints();
        fs_err::set_permissions(&root, PermissionsExt::from_mode(0o700))
            .map_err(files::io("cannot make a checkpoint"))?;
        copy_keys(&self.provider.state.keys(&self.provider.instance), &self.folder.join("keys"), |name| {
            name != rekey::FORMER
        })
    }

    fn forget(&self) -> Result<(), ProviderError> {
        self.store.remove(&self.spec.id).map_err(|error| ProviderError::Host {
            what: "cannot delete what is left of a checkpoint".to_owned(),
            source: Box::new(error),
        })
    }

    /// Makes a file that a guest's process may write.
    fn file(&self, name: &str, bytes: u64) -> Result<PathBuf, ProviderError> {
        let path = self.provider.host.saving().join(name);
        let file = fs_err::File::create(&path).map_err(files::io("cannot make a checkpoint's file"))?;
        file.set_len(bytes).map_err(files::io("cannot make a checkpoint's file"))?;
        self.provider.give(&path, 0o600)?;
        Ok(path)
    }

    fn pause(&self) -> Result<(), ProviderError> {
        each(&self.pending.running, |one| {
            let node = &one.spec.node;
            self.provider.suspend(node, &self.provider.own_guest(node)?)
        })
    }

    /// Resumes all paused machines.
    fn go_on(&self) -> Result<(), ProviderError> {
        each(&self.pending.running, |one| {
            let domain = self.provider.own_guest(&one.spec.node)?;
            match guest::found(&domain)?.state {
                GuestState::Paused => self.provider.resume(&one.spec.node, &domain),
                _ => Ok(()),
            }
        })
    }

    fn streams(&self) -> Result<(), ProviderError> {
        self.tell("saving memory");
        each(&self.pending.running, |one| {
            let file = self.file(&stream(&one.spec.node), 0)?;
            let domain = self.provider.own_guest(&one.spec.node)?;
            memory::write(self.provider, &domain, Parts::All, &file, self.context.cancel)
        })
    }

    /// From paused machines to machines that run from the saved state.
    fn turn_over(&self) -> Result<(), ProviderError> {
        self.tell("making memory restorable");
        each(&self.pending.running, |one| self.pour(one))?;
        // From here on no process can have a file of the checkpoint open for writing.
        self.provider.host.end_guests()?;
        self.keep()?;
        self.tell("restoring it to see that it works");
        let disks: Vec<&DiskSpec> = all_disks(&self.spec.instance.desired).collect();
        each(&disks, |disk| match self.provider.is_given_away(&disk.id, &self.folder)? {
            true => self.provider.lay_disk(disk, &self.spec.id),
            false => Ok(()),
        })?;
        each(&self.pending.running, |one| self.provider.load_guest(&one.spec, &self.spec.id, self.context))?;
        self.provider.resume_guests(&self.pending.names(), self.context)?;
        self.provider.wake_all(&self.pending, self.context)?;
        if self.spec.kind == Kind::Start {
            each(&self.spec.instance.desired.checks, |check| {
                self.provider.perform(&Action::AwaitHealth(check.clone()), self.context)
            })?;
        }
        each(&self.pending.running, |one| self.provider.seal(&one.spec.node, one.sealed.as_ref()))
    }

    /// Moves what QEMU has written into the checkpoint, where it belongs to root.
    fn keep(&self) -> Result<(), ProviderError> {
        for one in &self.pending.running {
            for inside in [ram(&one.spec.node), state(&one.spec.node)] {
                let kept = self.folder.join(&inside);
                fs_err::rename(self.provider.host.saving().join(name(&inside)), &kept)
                    .map_err(files::io("cannot keep a memory"))?;
                seal(&kept)?;
            }
        }
        each(&self.pending.disks, |disk| self.provider.keep_disk(disk, &self.folder, self.spec))
    }

    /// Loads the migration stream into a file-backed guest and saves its device state.
    fn pour(&self, one: &Running) -> Result<(), ProviderError> {
        let node = &one.spec.node;
        let cancel = self.context.cancel;
        let memory = self.file(name(&ram(node)), one.spec.memory.0)?;
        let rest = self.file(name(&state(node)), 0)?;
        let from = self.provider.host.saving().join(stream(node));
        self.provider.start_with(&one.spec, Memory::Shared(memory), (Parts::All, &from), cancel)?;
        let domain = self.provider.own_guest(node)?;
        memory::write(self.provider, &domain, Parts::WithoutRam, &rest, cancel)?;
        self.provider.stop_guest(node)
    }

    /// The description, with the digests of all files.
    fn describe(&self) -> Result<Checkpoint, ProviderError> {
        self.tell("noting digests");
        let desired = &self.spec.instance.desired;
        let disks: Vec<DiskSpec> = all_disks(desired).cloned().collect();
        let (parents, images) = self.provider.foundations(&disks)?;
        let parents = parents.into_iter().filter(|id| *id != self.spec.id).collect();
        let nodes: Vec<SavedNode> = std::thread::scope(|scope| {
            let each: Vec<_> = desired.nodes.iter().map(|node| scope.spawn(|| self.node(node))).collect();
            each.into_iter().map(crate::base::threads::end).collect::<Result<_, ProviderError>>()
        })?;
        Ok(Checkpoint { version: VERSION, spec: self.spec.clone(), nodes, parents, images })
    }

    fn node(&self, node: &DesiredNode) -> Result<SavedNode, ProviderError> {
        let running = self.pending.running.iter().find(|one| one.spec.node == node.name);
        let memory = match running {
            Some(one) => Some(SavedMemory {
                ram: saved_file(&self.folder, ram(&one.spec.node))?,
                state: saved_file(&self.folder, state(&one.spec.node))?,
                packed: None,
            }),
            None => None,
        };
        let disks = node.disks.iter().map(|spec| {
            Ok(SavedDisk { spec: spec.clone(), file: saved_file(&self.folder, disks::saved(&spec.id))? })
        });
        let sealed = guest::found(&self.provider.own_guest(&node.name)?)?.sealed;
        Ok(SavedNode {
            node: node.name.clone(),
            memory,
            disks: disks.collect::<Result<_, ProviderError>>()?,
            sealed,
        })
    }

    /// From here on the checkpoint is published, and its sources are no longer needed.
    fn commit(&self, checkpoint: &Checkpoint) -> Result<(), ProviderError> {
        self.store.commit(checkpoint).map_err(|error| ProviderError::Host {
            what: "cannot keep the checkpoint".to_owned(),
            source: Box::new(error),
        })?;
        // The next command finds the note and deletes what cannot be deleted now; the checkpoint exists
        // nevertheless.
        if self.provider.clear_saving().is_ok() {
            let _ = files::delete(&self.provider.pending_file());
        }
        Ok(())
    }
}

/// The name of a file without its folder.
fn name(inside: &str) -> &str {
    inside.rsplit('/').next().unwrap_or(inside)
}

fn saved_file(folder: &Path, path: String) -> Result<SavedFile, ProviderError> {
    let full = folder.join(&path);
    let bytes = fs_err::metadata(&full).map_err(files::io("cannot read a checkpoint's file"))?.len();
    // The description must not reach the disk before the files that it describes: after a power cut of this
    // machine, a restore would start guests with holes in their memory. The files are flushed while they are
    // read for the digest.
    let (digest, written) = std::thread::scope(|scope| {
        let writing = scope.spawn(|| write::sync(&full));
        (of_file(&full), crate::base::threads::end(writing))
    });
    written.map_err(files::io("cannot write a checkpoint's file"))?;
    let digest = digest.map_err(files::io("cannot read a checkpoint's file"))?;
    Ok(SavedFile { path, bytes, digest })
}
