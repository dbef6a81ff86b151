//! Unpacks a memory.

use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, Ordering};

use super::pages::ZERO;
use super::{
    BLOCK_PAGES, Base, Described, MAGIC, MOST_OWN, MOVED, OWN, PAGE, PackedError, SAME, VERSION, WINDOW_LOG,
    ZEROS, bytes_of, offset, pages_of,
};
use crate::checkpoint::digest::Summing;

/// Reads a packed memory, and passes its pages on with their offsets, in order and without those of zeros.
/// Only if it succeeds were these the memory that is described.
///
/// # Errors
/// When it is not the memory that is described, needs another base, is damaged, its base is, a page cannot be
/// passed on, or it is cancelled.
pub fn unpack(
    mut packed: impl Read,
    described: Described<'_>,
    base: Option<Base<'_>>,
    cancel: &AtomicBool,
    mut pass: impl FnMut(u64, &[u8]) -> io::Result<()>,
) -> Result<(), PackedError> {
    header(&mut packed, described, base)?;
    let count = pages_of(described.bytes)?;
    // So that the pages of the base have numbers, too.
    base.map_or(Ok(0), |base| pages_of(base.described.bytes))?;
    let mut decoder = zstd::Decoder::new(packed).map_err(damaged)?.single_frame();
    decoder.window_log_max(WINDOW_LOG)?;
    let mut runs = Runs { packed: decoder, base, run: Run::Zeros, count: 0 };
    let mut sum = Summing::of(described.bytes);
    let mut block = vec![0; BLOCK_PAGES * PAGE];
    for first in (0..count).step_by(BLOCK_PAGES) {
        if cancel.load(Ordering::Relaxed) {
            return Err(PackedError::Cancelled);
        }
        let there = BLOCK_PAGES.min((count - first) as usize);
        let block = &mut block[..there * PAGE];
        runs.fill(first, block, count)?;
        sum.add(u64::from(first) / BLOCK_PAGES as u64, block);
        written(block, |inside, pages| pass(offset(first) + inside as u64, pages))?;
    }
    ends(runs.packed)?;
    if sum.digest() == *described.digest { Ok(()) } else { Err(PackedError::Result) }
}

/// Whether the header is that of the packed form of this memory.
fn header(
    packed: &mut impl Read,
    described: Described<'_>,
    base: Option<Base<'_>>,
) -> Result<(), PackedError> {
    if taken::<8>(packed).map_err(|_| PackedError::NotPacked)? != *MAGIC {
        return Err(PackedError::NotPacked);
    }
    match u32::from_le_bytes(taken(packed)?) {
        VERSION => {}
        other => return Err(PackedError::Version(other)),
    }
    let mut is = |wanted: Option<Described<'_>>| -> Result<bool, PackedError> {
        let (bytes, digest) = (u64::from_le_bytes(taken(packed)?), taken::<32>(packed)?);
        Ok(match wanted {
            Some(wanted) => bytes == wanted.bytes && Some(digest) == bytes_of(wanted.digest),
            None => bytes == 0 && digest == [0; 32],
        })
    };
    if !is(Some(described))? {
        return Err(PackedError::Other);
    }
    match is(base.map(|base| base.described))? {
        true => Ok(()),
        false => Err(PackedError::OtherBase),
    }
}

/// The next bytes of the file.
fn taken<const COUNT: usize>(packed: &mut impl Read) -> Result<[u8; COUNT], PackedError> {
    let mut bytes = [0; COUNT];
    packed.read_exact(&mut bytes).map_err(damaged)?;
    Ok(bytes)
}

fn damaged(error: io::Error) -> PackedError {
    PackedError::Damaged(match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        _ => error.to_string(),
    })
}

fn wrong(what: &str) -> PackedError {
    PackedError::Damaged(what.to_owned())
}

/// Passes on what is not zeros, with its offset in the block.
fn written(block: &[u8], mut pass: impl FnMut(usize, &[u8]) -> io::Result<()>) -> io::Result<()> {
    let is_zero = |page: &[u8]| page == ZERO;
    let mut at = 0;
    let pages: Vec<&[u8]> = block.chunks(PAGE).collect();
    for part in pages.chunk_by(|one, next| is_zero(one) == is_zero(next)) {
        let size = part.len() * PAGE;
        if !is_zero(part[0]) {
            pass(at, &block[at..at + size])?;
        }
        at += size;
    }
    Ok(())
}

/// Nothing may follow the last run, inside of the frame and behind it.
fn ends<R: Read>(mut decoder: zstd::Decoder<'_, BufReader<R>>) -> Result<(), PackedError> {
    // This reads the end of the frame, too, which has the checksum.
    if decoder.read(&mut [0]).map_err(damaged)? != 0 {
        return Err(wrong("something follows the last run"));
    }
    match decoder.into_inner().fill_buf().map_err(damaged)? {
        [] => Ok(()),
        _ => Err(wrong("something follows its end")),
    }
}

/// What the pages of a run are.
#[derive(Debug, Clone, Copy)]
enum Run {
    Same,
    Zeros,
    /// With the next page of the base.
    Moved(u32),
    Own,
}

/// The runs that follow, the rest of the present one first.
struct Runs<'a, R: Read> {
    packed: zstd::Decoder<'static, BufReader<R>>,
    base: Option<Base<'a>>,
    run: Run,
    /// The pages that are left of it.
    count: u32,
}

impl<R: Read> Runs<'_, R> {
    /// Fills a block that begins with this page, of a memory of `all` pages.
    fn fill(&mut self, first: u32, block: &mut [u8], all: u32) -> Result<(), PackedError> {
        let (mut page, mut rest) = (first, block);
        while !rest.is_empty() {
            if self.count == 0 {
                self.next(all - page)?;
            }
            let count = (rest.len() / PAGE).min(self.count as usize);
            let (part, behind) = rest.split_at_mut(count * PAGE);
            self.part(page, part)?;
            let count = u32::try_from(count).map_err(io::Error::other)?;
            self.count -= count;
            if let Run::Moved(from) = self.run {
                // All these are in the base, so their numbers are no larger than the number of its pages.
                self.run = Run::Moved(from + count);
            }
            page += count;
            rest = behind;
        }
        Ok(())
    }

    /// Reads the beginning of a run, which has at most `left` pages.
    fn next(&mut self, left: u32) -> Result<(), PackedError> {
        let [kind] = taken(&mut self.packed)?;
        self.count = u32::from_le_bytes(taken(&mut self.packed)?);
        if self.count == 0 || self.count > left {
            return Err(wrong("a run has no pages, or more than the memory"));
        }
        self.run = match kind {
            SAME => Run::Same,
            ZEROS => Run::Zeros,
            MOVED => Run::Moved(u32::from_le_bytes(taken(&mut self.packed)?)),
            OWN if self.count as usize <= MOST_OWN => Run::Own,
            OWN => return Err(wrong("a run has more pages of its own than it may")),
            other => return Err(wrong(&format!("a run is of the unknown kind {other}"))),
        };
        Ok(())
    }

    fn part(&mut self, page: u32, part: &mut [u8]) -> Result<(), PackedError> {
        match self.run {
            Run::Zeros => part.fill(0),
            Run::Same => self.of_base(page, part)?,
            Run::Moved(from) => self.of_base(from, part)?,
            Run::Own => self.packed.read_exact(part).map_err(damaged)?,
        }
        Ok(())
    }

    fn of_base(&self, page: u32, part: &mut [u8]) -> Result<(), PackedError> {
        let base = self.base.ok_or_else(|| wrong("a run is of a base, and it has none"))?;
        match offset(page).checked_add(part.len() as u64) {
            Some(end) if end <= base.described.bytes => Ok(base.file.read_exact_at(part, offset(page))?),
            _ => Err(wrong("a run is behind the end of its base")),
        }
    }
}
