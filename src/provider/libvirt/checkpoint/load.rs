//! Starts machines from saved memories.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use uuid::Uuid;
use virt::sys;

use super::each;
use super::memory::{self, Parts};
use super::recall::recall;
use crate::base::write;
use crate::checkpoint::CheckpointStore;
use crate::guest::console;
use crate::image::Boot;
use crate::inventory::GuestState;
use crate::model::CheckpointId;
use crate::model::NodeName;
use crate::model::spec::GuestSpec;
use crate::provider::libvirt::xml::{self, Memory};
use crate::provider::libvirt::{LibvirtProvider, files, guest, rekey};
use crate::work::{Context, ProviderError};

/// Inside a checkpoint's folder: the RAM of a node, and the rest of its machine.
pub(super) fn ram(node: &NodeName) -> String {
    format!("memory/{node}.ram")
}

/// See [`ram`].
pub(super) fn state(node: &NodeName) -> String {
    format!("memory/{node}.state")
}

/// In the instance's folder while a checkpoint is being made: a machine's whole memory as QEMU migrates it.
pub(super) fn stream(node: &NodeName) -> String {
    format!("{node}.stream")
}

impl LibvirtProvider {
    /// Starts a machine that is off from a saved memory; it is paused afterwards.
    pub(super) fn start_with(
        &self,
        spec: &GuestSpec,
        memory: Memory,
        (parts, from): (Parts, &Path),
        cancel: &AtomicBool,
    ) -> Result<(), ProviderError> {
        let node = &spec.node;
        self.stop_guest(node)?;
        // It was ready when it was saved.
        self.note_on_console(node, &format!("{}{}\n", console::MARK, console::READY))?;
        let xml = xml::domain(spec, &self.place(spec, memory, new_generation(spec))?);
        // The machine's definition is not changed: its next start is a boot.
        let connection = self.connection()?;
        let domain =
            self.launch(node, cancel, || connection.create_domain_xml(&xml, sys::VIR_DOMAIN_START_PAUSED))?;
        let loaded = memory::read(self, &domain, parts, from, cancel);
        if loaded.is_err() {
            self.stop_guest(node)?;
        }
        loaded
    }

    /// Starts a machine with its memory of a checkpoint.
    pub(in crate::provider::libvirt) fn load_guest(
        &self,
        spec: &GuestSpec,
        checkpoint: &CheckpointId,
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        let folder = CheckpointStore::new(&self.state).folder(checkpoint);
        let memory = folder.join(ram(&spec.node));
        let from = folder.join(state(&spec.node));
        self.give_saved(checkpoint, &ram(&spec.node))?;
        self.give_saved(checkpoint, &state(&spec.node))?;
        let failed = AtomicBool::new(false);
        let stop = || failed.load(Ordering::Relaxed) || context.cancel.load(Ordering::Relaxed);
        std::thread::scope(|scope| {
            let recalled = scope.spawn(|| recall(&memory, stop));
            let started = self.start_with(
                spec,
                Memory::Copied(memory.clone()),
                (Parts::WithoutRam, &from),
                context.cancel,
            );
            failed.store(started.is_err(), Ordering::Relaxed);
            let recalled =
                crate::base::threads::end(recalled).map_err(files::io("cannot read a saved memory"));
            started?;
            let recalled = match context.cancel.load(Ordering::Relaxed) {
                true => Err(ProviderError::Cancelled),
                false => recalled,
            };
            if recalled.is_err() {
                self.stop_guest(&spec.node)?;
            }
            recalled.and_then(|()| self.take_memory(checkpoint, &spec.node))
        })
    }

    /// Resumes machines together, and gives them the key of this instance.
    pub(in crate::provider::libvirt) fn resume_guests(
        &self,
        nodes: &[NodeName],
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        let domains: Vec<_> = nodes
            .iter()
            .map(|node| Ok((node, self.own_guest(node)?)))
            .collect::<Result<_, ProviderError>>()?;
        self.host.forget_neighbours()?;
        each(&domains, |(node, domain)| match guest::found(domain)?.state {
            GuestState::Running => Ok(()),
            _ => self.resume(node, domain),
        })?;
        self.take_unused()?;
        each(nodes, |node| self.rekey(node, context))
    }

    /// Copies the host keys of the guests of a checkpoint. The client key that they accept is copied only if
    /// a guest cannot get that of this instance.
    pub(in crate::provider::libvirt) fn adopt_keys(
        &self,
        checkpoint: &CheckpointId,
    ) -> Result<(), ProviderError> {
        let store = CheckpointStore::new(&self.state);
        let (from, to) = (store.folder(checkpoint).join("keys"), self.state.keys(&self.instance));
        let saved = store.get(checkpoint).ok().flatten().ok_or_else(|| ProviderError::Missing {
            what: format!("the checkpoint {checkpoint} is gone"),
            hint: "`lab checkpoint list` shows those that there are".to_owned(),
        })?;
        for node in &saved.spec.instance.desired.nodes {
            if matches!(self.image(&node.guest.image)?.boot(), Boot::Bios) {
                self.forget_former_key()?;
                return copy_keys(&from, &to, |_| true);
            }
        }
        copy_keys(&from, &to, |name| !rekey::is_client_key(name))?;
        let running = saved.nodes.iter().filter(|node| node.memory.is_some());
        self.note_former_key(&from, running.map(|node| node.node.clone()).collect())
    }
}

/// Copies chosen SSH keys with their permissions.
pub(super) fn copy_keys(
    from: &Path,
    to: &Path,
    chosen: impl Fn(&OsStr) -> bool,
) -> Result<(), ProviderError> {
    use std::os::unix::fs::DirBuilderExt;
    let trouble = || files::io("cannot copy the instance's keys");
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(to).map_err(trouble())?;
    let entries = fs_err::read_dir(from).map_err(trouble())?;
    for entry in entries {
        let from: PathBuf = entry.map_err(trouble())?.path();
        let Some(name) = from.file_name().filter(|name| chosen(name)) else { continue };
        let aside = to.join(name).with_extension("new");
        fs_err::copy(&from, &aside).map_err(trouble())?;
        write::sync(&aside).and_then(|()| write::rename(&aside, &to.join(name))).map_err(trouble())?;
    }
    Ok(())
}

/// A different value for each start, derived from the time.
fn new_generation(spec: &GuestSpec) -> Uuid {
    Uuid::new_v5(&spec.uuid, jiff::Timestamp::now().as_nanosecond().to_string().as_bytes())
}
