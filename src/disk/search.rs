//! Looks for texts on a disk, wherever a file system or a database put them.

use std::collections::BTreeSet;
use std::io;

use aho_corasick::{AhoCorasick, MatchKind};
use imago::FormatAccess;
use imago::file::File;

/// How much is read at once, in bytes.
const BLOCK: usize = 1 << 20;

/// The longest text, in bytes.
pub(super) const LONGEST_TEXT: usize = 256;

/// The most texts of one search.
pub(super) const MOST_TEXTS: usize = 100_000;

/// Which of some texts are on a disk, by their indexes. Each text is looked for as it is: one that a program
/// compressed or cut in two is not found.
///
/// # Errors
/// When the disk cannot be read, or there are more or longer texts than allowed.
pub(crate) fn search(disk: &FormatAccess<File>, texts: &[String]) -> io::Result<BTreeSet<usize>> {
    let allowed = |text: &String| !text.is_empty() && text.len() <= LONGEST_TEXT;
    if texts.len() > MOST_TEXTS || !texts.iter().all(allowed) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many or too long texts"));
    }
    let longest = texts.iter().map(String::len).max().unwrap_or(1);
    let texts_in = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .build(texts)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let mut found = BTreeSet::new();
    // The end of a block is kept before the next one, for a text that lies in both.
    let mut buffer = vec![0; longest - 1 + BLOCK];
    let mut kept = 0;
    let mut at = 0;
    while at < disk.size() && found.len() < texts.len() {
        let length = BLOCK.min(usize::try_from(disk.size() - at).unwrap_or(BLOCK));
        disk.read(&mut buffer[kept..kept + length], at)?;
        let filled = kept + length;
        found.extend(texts_in.find_overlapping_iter(&buffer[..filled]).map(|hit| hit.pattern().as_usize()));
        kept = filled.min(longest - 1);
        buffer.copy_within(filled - kept..filled, 0);
        at += length as u64;
    }
    Ok(found)
}
