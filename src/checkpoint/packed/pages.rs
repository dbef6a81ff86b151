//! Finds pages of a base by their content.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::os::unix::fs::FileExt as _;

use super::{BLOCK_PAGES, Base, PAGE, PackedError, offset, pages_of};
use crate::checkpoint::digest::next_data;

/// A page of zeros.
pub(super) const ZERO: [u8; PAGE] = [0; PAGE];

/// The pages of a base. Guests choose the contents of pages, so the keys of the hashes are random.
pub(super) struct Pages<'a> {
    base: Base<'a>,
    count: u32,
    hashes: RandomState,
    /// The first page of each hash; made when a page is looked up for the first time.
    first: Option<HashMap<u64, u32>>,
    page: Vec<u8>,
}

impl<'a> Pages<'a> {
    pub(super) fn of(base: Base<'a>) -> Result<Self, PackedError> {
        let count = pages_of(base.described.bytes)?;
        Ok(Self { base, count, hashes: RandomState::new(), first: None, page: vec![0; PAGE] })
    }

    /// Reads pages from this one on, as many as fit. Behind the end of the base there are zeros.
    pub(super) fn read(&self, page: u32, into: &mut [u8]) -> io::Result<()> {
        let there = self.base.described.bytes.saturating_sub(offset(page)).min(into.len() as u64);
        let (inside, behind) = into.split_at_mut(usize::try_from(there).unwrap_or(usize::MAX));
        behind.fill(0);
        self.base.file.read_exact_at(inside, offset(page))
    }

    /// Whether this page of the base has a content.
    pub(super) fn has(&mut self, page: u32, content: &[u8]) -> io::Result<bool> {
        if page >= self.count {
            return Ok(false);
        }
        self.base.file.read_exact_at(&mut self.page, offset(page))?;
        Ok(self.page == content)
    }

    /// A page with a content, which is not all zeros; none if there is none.
    pub(super) fn find(&mut self, content: &[u8]) -> io::Result<Option<u32>> {
        if self.first.is_none() {
            self.first = Some(self.hashed()?);
        }
        let hash = self.hashes.hash_one(content);
        let Some(found) = self.first.as_ref().and_then(|first| first.get(&hash).copied()) else {
            return Ok(None);
        };
        // Two contents may have the same hash.
        Ok(self.has(found, content)?.then_some(found))
    }

    fn hashed(&self) -> io::Result<HashMap<u64, u32>> {
        let mut first = HashMap::new();
        let mut block = vec![0; BLOCK_PAGES * PAGE];
        let (mut at, end) = (0, self.base.described.bytes);
        while let Some(data) = next_data(self.base.file, at, end)? {
            let page = u32::try_from(data / PAGE as u64).map_err(io::Error::other)?;
            self.read(page, &mut block)?;
            for (number, content) in (page..self.count).zip(block.chunks(PAGE)) {
                if content != ZERO {
                    first.entry(self.hashes.hash_one(content)).or_insert(number);
                }
            }
            at = offset(page) + block.len() as u64;
        }
        Ok(first)
    }
}
