//! Packs a memory.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, Ordering};

use super::pages::{Pages, ZERO};
use super::{
    BLOCK_PAGES, Base, Described, MAGIC, MOST_OWN, MOVED, OWN, PAGE, PackedError, SAME, VERSION, ZEROS,
    bytes_of, offset, pages_of,
};
use crate::checkpoint::digest::Summing;

/// How hard zstd tries. A higher level takes twice the time for a few percent.
const LEVEL: i32 = 3;

/// Writes a memory as the difference from a base, and returns the writer.
///
/// # Errors
/// When a file cannot be read or written, the memory is not the one that was described, or it is cancelled.
pub fn pack<W: Write>(
    memory: &File,
    described: Described<'_>,
    base: Option<Base<'_>>,
    mut out: W,
    cancel: &AtomicBool,
) -> Result<W, PackedError> {
    let count = pages_of(described.bytes)?;
    out.write_all(&header(described, base)?)?;
    let mut encoder = zstd::Encoder::new(out, LEVEL)?;
    encoder.include_checksum(true)?;
    let mut runs = Runs { out: encoder, run: Run::Zeros, count: 0, own: Vec::new() };
    let mut pages = base.map(Pages::of).transpose()?;
    let mut sum = Summing::of(described.bytes);
    let (mut block, mut below) = (vec![0; BLOCK_PAGES * PAGE], vec![0; BLOCK_PAGES * PAGE]);
    for first in (0..count).step_by(BLOCK_PAGES) {
        if cancel.load(Ordering::Relaxed) {
            return Err(PackedError::Cancelled);
        }
        let there = BLOCK_PAGES.min((count - first) as usize) * PAGE;
        let block = &mut block[..there];
        memory.read_exact_at(block, offset(first))?;
        sum.add(u64::from(first) / BLOCK_PAGES as u64, block);
        if let Some(pages) = &pages {
            pages.read(first, &mut below)?;
        }
        for (page, below) in block.chunks(PAGE).zip(below.chunks(PAGE)) {
            runs.take(page, below, pages.as_mut())?;
        }
    }
    if sum.digest() != *described.digest {
        return Err(PackedError::Changed);
    }
    runs.end()?;
    Ok(runs.out.finish()?)
}

fn header(described: Described<'_>, base: Option<Base<'_>>) -> Result<Vec<u8>, PackedError> {
    let mut header = MAGIC.to_vec();
    header.extend(VERSION.to_le_bytes());
    let none = &crate::model::spec::Digest("00".repeat(32));
    let base = base.map_or(Described { bytes: 0, digest: none }, |base| base.described);
    for described in [described, base] {
        header.extend(described.bytes.to_le_bytes());
        header.extend(bytes_of(described.digest).ok_or(PackedError::Changed)?);
    }
    Ok(header)
}

/// What the pages of a run are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run {
    Same,
    Zeros,
    /// With its first page in the base.
    Moved(u32),
    Own,
}

/// Joins pages to runs.
struct Runs<W: Write> {
    out: W,
    run: Run,
    count: u32,
    own: Vec<u8>,
}

impl<W: Write> Runs<W> {
    /// Takes the next page; `below` is the one at the same place of the base, or zeros behind its end.
    fn take(&mut self, page: &[u8], below: &[u8], pages: Option<&mut Pages<'_>>) -> io::Result<()> {
        let run = match pages {
            _ if page == ZERO => Run::Zeros,
            None => Run::Own,
            Some(_) if page == below => Run::Same,
            Some(pages) => self.elsewhere(page, pages)?,
        };
        self.add(run, page)
    }

    /// Where a page is in the base that is not at its place: if possible behind the one before.
    fn elsewhere(&self, page: &[u8], pages: &mut Pages<'_>) -> io::Result<Run> {
        if let Run::Moved(first) = self.run
            && let Some(next) = first.checked_add(self.count)
            && pages.has(next, page)?
        {
            return Ok(Run::Moved(next));
        }
        Ok(pages.find(page)?.map_or(Run::Own, Run::Moved))
    }

    fn add(&mut self, run: Run, page: &[u8]) -> io::Result<()> {
        let goes_on = match (self.run, run) {
            (Run::Moved(first), Run::Moved(next)) => first.checked_add(self.count) == Some(next),
            (Run::Own, Run::Own) => (self.count as usize) < MOST_OWN,
            (before, run) => before == run,
        };
        if !goes_on {
            self.end()?;
            self.run = run;
        }
        self.count += 1;
        if run == Run::Own {
            self.own.extend_from_slice(page);
        }
        Ok(())
    }

    /// Writes the run, if it has pages.
    fn end(&mut self) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let kind = match self.run {
            Run::Same => SAME,
            Run::Zeros => ZEROS,
            Run::Moved(_) => MOVED,
            Run::Own => OWN,
        };
        self.out.write_all(&[kind])?;
        self.out.write_all(&self.count.to_le_bytes())?;
        if let Run::Moved(first) = self.run {
            self.out.write_all(&first.to_le_bytes())?;
        }
        self.out.write_all(&self.own)?;
        self.own.clear();
        self.count = 0;
        Ok(())
    }
}
