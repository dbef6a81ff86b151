//! The disks of machines that are off.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::{LibvirtProvider, backing, disk, files, guest};
use crate::disk::{self as disks, Format, Layer, Taken};
use crate::image::{DiskFormat, qcow2};
use crate::inventory::GuestState;
use crate::model::spec::{Digest, DiskId};
use crate::model::{FilePattern, NodeName};
use crate::provider::Disks;
use crate::work::ProviderError;

impl Disks for LibvirtProvider {
    fn read_files(
        &self,
        node: &NodeName,
        patterns: &[FilePattern],
        program: &Path,
        cancel: &AtomicBool,
    ) -> Result<Taken, ProviderError> {
        self.must_be_off(node)?;
        let layers = self.layers(&DiskId { node: node.clone(), disk: None })?;
        disks::read_files(program, layers, patterns, cancel)
            .map_err(files::io(format!("files of {node} cannot be taken from its disk")))
    }

    fn find_texts(
        &self,
        disk: &DiskId,
        texts: &[String],
        program: &Path,
        cancel: &AtomicBool,
    ) -> Result<Option<BTreeSet<usize>>, ProviderError> {
        self.must_be_off(&disk.node)?;
        let found = disks::find_texts(program, self.layers(disk)?, texts, cancel)
            .map_err(files::io(format!("a disk of {} cannot be searched", disk.node)))?;
        Ok(Some(found))
    }
}

impl LibvirtProvider {
    /// A machine that runs would change the disk meanwhile.
    fn must_be_off(&self, node: &NodeName) -> Result<(), ProviderError> {
        match guest::found(&self.own_guest(node)?)?.state {
            GuestState::Off | GuestState::Crashed => Ok(()),
            GuestState::Running | GuestState::Paused | GuestState::Frozen => Err(ProviderError::Host {
                what: format!("the disks of {node} are not read"),
                source: "it is on".into(),
            }),
        }
    }

    /// The files of a disk, the uppermost first. QEMU wrote the header of the first one, so that is checked;
    /// the others are those of checkpoints and images, which are never written again.
    fn layers(&self, id: &DiskId) -> Result<Vec<Layer>, ProviderError> {
        let folder = self.host.folder();
        backing::check(&folder, id)?;
        let own = disk::path(&folder, id);
        let under = qcow2::chain(&own).map_err(files::io("cannot read a disk"))?;
        let mut layers = vec![Layer { path: own, format: Format::Qcow2 }];
        for path in under {
            let format = self.format_of(&path)?;
            layers.push(Layer { path, format });
        }
        Ok(layers)
    }

    /// The format of a file that disks stand on.
    fn format_of(&self, path: &Path) -> Result<Format, ProviderError> {
        if path.starts_with(self.state.checkpoints()) {
            return Ok(Format::Qcow2);
        }
        let digest =
            path.strip_prefix(self.state.images()).ok().and_then(|rest| rest.iter().next()?.to_str());
        let digest = digest.ok_or_else(|| ProviderError::Host {
            what: "a disk stands on a file of no checkpoint and no image".to_owned(),
            source: path.display().to_string().into(),
        })?;
        Ok(match self.image(&Digest(digest.to_owned()))?.manifest.format {
            DiskFormat::Qcow2 => Format::Qcow2,
            DiskFormat::Raw => Format::Raw,
        })
    }
}
