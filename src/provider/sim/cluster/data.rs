//! Writes, and the disks that hold them.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::Tie;
use super::{Cluster, Planted, Role};
use crate::model::NodeName;

/// The page whose writes change one single row: if copies are separated, the last update wins.
const SAME_ROW: &str = "note";

/// The pages whose writes are files of the site, and not rows of its database.
const FILES: &str = "upload";

/// The number of the write of each page that is lost on request, from 1.
const LOST: u64 = 3;

impl Cluster {
    /// A node has acknowledged a write of a page, given by the path at which its writes are read.
    pub(super) fn store(&mut self, node: &NodeName, page: &str, id: u64) {
        let count = self.writes.entry(page.to_owned()).or_default();
        *count += 1;
        if *count == LOST && self.has_planted(Planted::LostWrite) {
            return;
        }
        let mut disks = vec![node.clone()];
        disks.extend(self.mirrored_to(node));
        for tie in self.layout.copies.iter().filter(|tie| tie.members.contains(node)) {
            if self.is_tied(tie) {
                disks.extend(tie.members.iter().cloned());
            }
        }
        let pages = self.state.data.entry(page.to_owned()).or_default();
        for disk in disks {
            pages.entry(disk).or_default().insert(id);
        }
    }

    /// The peer of a node's mirrored disk, if writes go there too.
    fn mirrored_to(&self, node: &NodeName) -> Option<NodeName> {
        let groups = self.layout.groups.iter();
        let mut own = groups.filter(|(_, group)| group.mirror.is_some() && group.members.contains(node));
        let (address, group) = own.next()?;
        let mirror = &self.state.groups.get(address)?.mirror;
        let tied = group.mirror.as_ref().is_some_and(|tie| self.is_tied(tie));
        let peer = group.members.iter().find(|peer| *peer != node);
        peer.filter(|_| mirror.connected && tied).cloned()
    }

    /// The content of a page on a node's disk.
    pub(super) fn stored(&self, node: &NodeName, page: &str) -> Vec<u64> {
        let pages = self.state.data.get(page).and_then(|pages| pages.get(node));
        pages.map(|ids| ids.iter().copied().collect()).unwrap_or_default()
    }

    /// Copies that reach each other again exchange the writes that they lack.
    pub(super) fn merge_copies(&mut self) {
        // As long as two nodes consider themselves the holder, it is undefined whose files are newer.
        let contested = |tie: &&Tie| {
            self.layout.groups.iter().any(|(address, group)| {
                let active = |node: &&NodeName| self.role(address, node) == Role::Active;
                group.members == tie.members && group.members.iter().filter(active).count() > 1
            })
        };
        let told = self.layout.copies.iter().filter(|tie| self.is_tied(tie));
        let ties: Vec<Tie> = told.filter(|tie| !contested(tie)).cloned().collect();
        for tie in ties {
            for (page, pages) in &mut self.state.data {
                merge(page, pages, &tie.members);
            }
        }
    }

    /// Copies the whole content of one disk over another.
    pub(super) fn copy_all(&mut self, source: &NodeName, target: &NodeName) {
        for pages in self.state.data.values_mut() {
            let all = pages.get(source).cloned().unwrap_or_default();
            pages.insert(target.clone(), all);
        }
    }

    /// Copies the files of one node over those of another.
    pub(super) fn overwrite_files(&mut self, source: &NodeName, target: &NodeName) {
        for (_, pages) in self.state.data.iter_mut().filter(|(page, _)| page.contains(FILES)) {
            let all = pages.get(source).cloned().unwrap_or_default();
            pages.insert(target.clone(), all);
        }
    }

    /// A checksum for each part of a node's copy.
    ///
    /// # Errors
    /// When the node cannot be asked.
    pub fn replica(&self, node: &NodeName) -> Result<BTreeMap<String, String>, String> {
        if !self.is_on(node) {
            return Err(format!("{node} does not answer"));
        }
        let part = |(page, pages): (&String, &BTreeMap<NodeName, BTreeSet<u64>>)| {
            let ids = pages.get(node).cloned().unwrap_or_default();
            let sum = ids.iter().fold(0_u64, |sum, id| sum.rotate_left(5) ^ id.wrapping_mul(0x9e37_79b9));
            (page.trim_start_matches('/').to_owned(), format!("{} rows {sum:016x}", ids.len()))
        };
        let mut parts: BTreeMap<String, String> = self.state.data.iter().map(part).collect();
        parts.insert("pages".to_owned(), "as they were set up".to_owned());
        Ok(parts)
    }
}

fn merge(page: &str, pages: &mut BTreeMap<NodeName, BTreeSet<u64>>, members: &[NodeName]) {
    let of = |pages: &BTreeMap<NodeName, BTreeSet<u64>>, node| pages.get(node).cloned().unwrap_or_default();
    let all: BTreeSet<u64> = members.iter().flat_map(|node| of(pages, node)).collect();
    let [one, other] = members else { return };
    let (mine, theirs) = (of(pages, one), of(pages, other));
    if mine == theirs {
        return;
    }
    if page.contains(SAME_ROW) && !mine.is_subset(&theirs) && !theirs.is_subset(&mine) {
        // Each receives the other's row last, and so both keep the other's.
        pages.insert(one.clone(), theirs.clone());
        pages.insert(other.clone(), theirs);
        return;
    }
    for node in members {
        pages.insert(node.clone(), all.clone());
    }
}
