//! The disks of simulated machines that are off: the files that their stacks wrote.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::{Sim, SimGuest};
use crate::base::raw::Raw;
use crate::disk::{Content, DiskFile, Taken};
use crate::model::spec::DiskId;
use crate::model::{FilePattern, NodeName};
use crate::provider::Disks;
use crate::work::ProviderError;

impl Disks for Sim {
    fn read_files(
        &self,
        node: &NodeName,
        patterns: &[FilePattern],
        _: &Path,
        _: &AtomicBool,
    ) -> Result<Taken, ProviderError> {
        let inner = self.lock();
        if inner.world.guests.get(node).is_some_and(SimGuest::is_on) {
            let what = format!("the disks of {node} are not read");
            return Err(ProviderError::Host { what, source: "it is on".into() });
        }
        let system = DiskId { node: node.clone(), disk: None };
        let told = inner.world.disks.get(&system).and_then(|disk| disk.told.as_ref());
        let mut taken = Taken::default();
        for file in told.iter().flat_map(|seed| &seed.files) {
            for pattern in patterns.iter().filter(|pattern| pattern.fits(&file.path)) {
                let folders = file.path.match_indices('/').map(|(end, _)| &file.path[..end]);
                for folder in folders.filter(|folder| pattern.fits(folder)) {
                    taken.files.insert(folder.to_owned(), of_root(0o755, Content::Folder));
                }
                let content = Content::File(Raw(file.content.clone().into_bytes()));
                taken.files.insert(file.path.clone(), of_root(file.mode, content));
            }
        }
        Ok(taken)
    }

    /// The writes of simulated databases are in no file.
    fn find_texts(
        &self,
        _: &DiskId,
        _: &[String],
        _: &Path,
        _: &AtomicBool,
    ) -> Result<Option<BTreeSet<usize>>, ProviderError> {
        Ok(None)
    }
}

fn of_root(mode: u32, content: Content) -> DiskFile {
    DiskFile { mode, user: 0, group: 0, content }
}
