//! Reads qcow2 files without starting a program: the backing files of a disk, and whether a file from
//! elsewhere may become an image.
//!
//! The file format is QEMU's `docs/interop/qcow2.rst`. All numbers are big-endian.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{Error, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use crate::base::regular;

/// The longest name of a backing file that the format allows, in bytes.
const LONGEST: u32 = 1023;

/// The longest chain of backing files. A disk of ours has an image and a few checkpoints.
const DEEPEST: usize = 32;

/// The size of a header of version 2, and the least of version 3.
const VERSION_2_BYTES: u32 = 72;
const VERSION_3_BYTES: u32 = 104;

/// The largest cluster; QEMU refuses larger ones. Header and extensions fit in the first cluster.
const CLUSTER_BITS: std::ops::RangeInclusive<u32> = 9..=21;
const LARGEST_CLUSTER: u64 = 1 << 21;

/// QEMU's own limits of the tables, in bytes, and of snapshots.
const LARGEST_L1: u64 = 32 << 20;
const LARGEST_REFCOUNTS: u64 = 8 << 20;
const MOST_SNAPSHOTS: u32 = 65_536;

/// Bits of the incompatible features.
const DIRTY: u64 = 1 << 0;
const CORRUPT: u64 = 1 << 1;
const DATA_FILE: u64 = 1 << 2;
const COMPRESSION: u64 = 1 << 3;
const SUBCLUSTERS: u64 = 1 << 4;

/// Types of header extensions: the end, the name of an external data file, an encryption header.
const END: u32 = 0;
const DATA_FILE_NAME: u32 = 0x4441_5441;
const ENCRYPTION: u32 = 0x0537_be77;

/// The bit of an entry that stands for a compressed cluster.
const COMPRESSED: u64 = 1 << 62;

/// The bits of an entry that are the offset of a table or a cluster.
const OFFSET: u64 = 0x00ff_ffff_ffff_fe00;

/// The backing file of a qcow2 file, as written in it. The inner `None` means that it has none, the outer
/// that the file is not qcow2.
///
/// # Errors
/// When the file cannot be read, or is not a regular file.
pub fn backing(file: &Path) -> std::io::Result<Option<Option<PathBuf>>> {
    let mut file = regular::open(file, u64::MAX)?;
    let mut header = [0; 20];
    match file.read_exact(&mut header) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    // Magic, version, then the offset and the length of the backing file's name.
    let [b'Q', b'F', b'I', 0xfb, _, _, _, _, offset @ .., a, b, c, d] = header else { return Ok(None) };
    let length = u32::from_be_bytes([a, b, c, d]);
    let offset = u64::from_be_bytes(offset);
    if offset == 0 || length == 0 {
        return Ok(Some(None));
    }
    let mut name = vec![0; length.min(LONGEST) as usize];
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut name)?;
    Ok(Some(Some(PathBuf::from(OsString::from_vec(name)))))
}

/// The chain of backing files of a disk, the nearest first: its backing file, the backing file of that, and
/// so on. The last may be missing.
///
/// # Errors
/// When a file but the last cannot be read, or the chain is longer than any of ours, as that of a file that
/// names itself.
pub fn chain(disk: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut next = backing(disk)?.flatten();
    while let Some(path) = next {
        if found.len() == DEEPEST {
            let what = format!("{} has more than {DEEPEST} backing files", disk.display());
            return Err(Error::new(ErrorKind::InvalidData, what));
        }
        // A name without a folder is beside the file that has it.
        let path = found.last().map_or(disk, PathBuf::as_path).parent().unwrap_or(Path::new("")).join(path);
        next = match backing(&path) {
            Ok(backing) => backing.flatten(),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        found.push(path);
    }
    Ok(found)
}

/// Why a file is no qcow2 image of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It has another format.
    #[error("it is not a qcow2 image")]
    OtherFormat,
    /// QEMU does not know this version.
    #[error("it is qcow2 of version {0}; QEMU reads versions 2 and 3")]
    Version(u32),
    /// It is shorter than its header and tables.
    #[error("it is cut off: {0} is behind its end")]
    Truncated(&'static str),
    /// A value of the header is impossible.
    #[error("its header is damaged: {0}")]
    Damaged(&'static str),
    /// Its content is in another file, too.
    #[error("it is only a part of an image: {0}")]
    Part(String),
    /// A feature that cannot be used here.
    #[error("{0}")]
    Unusable(&'static str),
}

/// What a checked header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The size of the disk, in bytes.
    pub size: u64,
    /// The first table: its place in the file and its length, in bytes.
    l1: (u64, u64),
    /// The size of a cluster, in bytes, as a power of two.
    bits: u32,
    /// Whether an entry of the second level has two words.
    subclusters: bool,
}

impl Header {
    fn cluster(&self) -> u64 {
        1 << self.bits
    }
}

/// Checks a file from elsewhere as QEMU would open it: a whole image without any other file, closed after its
/// last use.
///
/// # Errors
/// When the file cannot be read. The inner result says why it is refused.
pub fn check(file: &Path) -> std::io::Result<Result<Header, Flaw>> {
    let mut file = regular::open(file, u64::MAX)?;
    let length = file.metadata()?.len();
    let mut first = Vec::new();
    (&mut file).take(LARGEST_CLUSTER).read_to_end(&mut first)?;
    let header = match parse(&first, length) {
        Ok(header) => header,
        Err(flaw) => return Ok(Err(flaw)),
    };
    let mut table = vec![0; header.l1.1 as usize];
    file.seek(SeekFrom::Start(header.l1.0))?;
    file.read_exact(&mut table)?;
    let places = match second_level(&table, &header, length) {
        Ok(places) => places,
        Err(flaw) => return Ok(Err(flaw)),
    };
    let mut table = vec![0; header.cluster() as usize];
    for place in places {
        file.seek(SeekFrom::Start(place))?;
        file.read_exact(&mut table)?;
        if let Err(flaw) = data(&table, &header, length) {
            return Ok(Err(flaw));
        }
    }
    Ok(Ok(header))
}

/// The places of the tables of the second level, by the first table. All of them are inside a file of this
/// length, and each is named once: the file limits how much there is to read.
fn second_level(table: &[u8], header: &Header, length: u64) -> Result<BTreeSet<u64>, Flaw> {
    let mut places = BTreeSet::new();
    for entry in words(table) {
        let place = entry & OFFSET;
        if !place.is_multiple_of(header.cluster()) {
            return Err(Flaw::Damaged("a table is not at the beginning of a cluster"));
        }
        if place.checked_add(header.cluster()).is_none_or(|end| end > length) {
            return Err(Flaw::Truncated("a table of clusters"));
        }
        if place != 0 {
            places.insert(place);
        }
    }
    Ok(places)
}

/// Whether all data that a table of the second level names begin inside a file of this length. The last
/// cluster may be shorter than the others.
fn data(table: &[u8], header: &Header, length: u64) -> Result<(), Flaw> {
    let step = if header.subclusters { 2 } else { 1 };
    for entry in words(table).step_by(step) {
        // The more bits the length of a compressed cluster has, the fewer its place has.
        let place =
            if entry & COMPRESSED == 0 { entry & OFFSET } else { entry & ((1 << (70 - header.bits)) - 1) };
        if place != 0 && place >= length {
            return Err(Flaw::Truncated("a cluster"));
        }
    }
    Ok(())
}

fn words(table: &[u8]) -> impl Iterator<Item = u64> {
    table.chunks_exact(8).filter_map(|bytes| bytes.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)))
}

/// Parses the beginning of a file of this length: at least its first cluster, if it has one.
///
/// # Errors
/// The first flaw that is found.
pub fn parse(bytes: &[u8], length: u64) -> Result<Header, Flaw> {
    if bytes.get(..4) != Some(b"QFI\xfb") {
        return Err(Flaw::OtherFormat);
    }
    let version = number(bytes, 4)?;
    if !(2..=3).contains(&version) {
        return Err(Flaw::Version(version));
    }
    let bits = number(bytes, 20)?;
    if !CLUSTER_BITS.contains(&bits) {
        return Err(Flaw::Damaged("no such size of clusters"));
    }
    let cluster = 1_u64 << bits;
    if long(bytes, 8)? != 0 || number(bytes, 16)? != 0 {
        let name = backing_name(bytes);
        return Err(Flaw::Part(format!("the rest is in {name}")));
    }
    if number(bytes, 32)? != 0 {
        return Err(Flaw::Unusable("it is encrypted"));
    }
    let header_bytes = if version == 2 { VERSION_2_BYTES } else { features(bytes, cluster)? };
    extensions(bytes, u64::from(header_bytes), cluster)?;
    let size = long(bytes, 24)?;
    let l1 = tables(bytes, length, cluster, size)?;
    let subclusters = has_subclusters(bytes)?;
    Ok(Header { size, l1, bits, subclusters })
}

/// Checks what only version 3 has; returns the length of its header.
fn features(bytes: &[u8], cluster: u64) -> Result<u32, Flaw> {
    let incompatible = long(bytes, 72)?;
    if incompatible & DATA_FILE != 0 {
        return Err(Flaw::Part("its data are in another file".to_owned()));
    }
    if incompatible & DIRTY != 0 {
        return Err(Flaw::Unusable(
            "it was not closed after its last use; `qemu-img check -r all` repairs it",
        ));
    }
    if incompatible & CORRUPT != 0 {
        return Err(Flaw::Unusable("QEMU has marked it as corrupt"));
    }
    if incompatible & !(COMPRESSION | SUBCLUSTERS) != 0 {
        return Err(Flaw::Unusable("it has features that are not known here"));
    }
    if number(bytes, 96)? > 6 {
        return Err(Flaw::Damaged("no such width of reference counts"));
    }
    let header_bytes = number(bytes, 100)?;
    if header_bytes < VERSION_3_BYTES || !header_bytes.is_multiple_of(8) || u64::from(header_bytes) > cluster
    {
        return Err(Flaw::Damaged("no such length of a header"));
    }
    let compression = if header_bytes > VERSION_3_BYTES { byte(bytes, 104)? } else { 0 };
    // Deflate without the feature, Zstandard with it.
    if (compression != 0) != (incompatible & COMPRESSION != 0) || compression > 1 {
        return Err(Flaw::Damaged("no such compression"));
    }
    Ok(header_bytes)
}

/// Checks the extensions between the header and the end of the first cluster.
fn extensions(bytes: &[u8], start: u64, cluster: u64) -> Result<(), Flaw> {
    let mut at = start;
    // QEMU reads them up to the end of the cluster.
    while at + 8 <= cluster {
        let place = usize::try_from(at).map_err(|_| Flaw::Damaged("an extension"))?;
        let (kind, length) = (number(bytes, place)?, u64::from(number(bytes, place + 4)?));
        match kind {
            END => return Ok(()),
            DATA_FILE_NAME => return Err(Flaw::Part("its data are in another file".to_owned())),
            ENCRYPTION => return Err(Flaw::Unusable("it is encrypted")),
            _ => at += 8 + length.next_multiple_of(8),
        }
        if at > cluster {
            return Err(Flaw::Damaged("an extension of the header is too long"));
        }
    }
    Ok(())
}

fn has_subclusters(bytes: &[u8]) -> Result<bool, Flaw> {
    Ok(number(bytes, 4)? == 3 && long(bytes, 72)? & SUBCLUSTERS != 0)
}

/// Checks the places of the tables; returns that of the first one.
fn tables(bytes: &[u8], length: u64, cluster: u64, size: u64) -> Result<(u64, u64), Flaw> {
    let inside = |offset: u64, bytes: u64, what| match offset.checked_add(bytes) {
        Some(end) if end <= length => Ok(()),
        _ => Err(Flaw::Truncated(what)),
    };
    if size == 0 {
        return Err(Flaw::Unusable("its disk has no bytes"));
    }
    let l1 = (long(bytes, 40)?, u64::from(number(bytes, 36)?) * 8);
    let counts = (long(bytes, 48)?, u64::from(number(bytes, 56)?).saturating_mul(cluster));
    if l1.1 > LARGEST_L1 || counts.1 > LARGEST_REFCOUNTS || counts.1 == 0 {
        return Err(Flaw::Damaged("a table has an impossible size"));
    }
    if !l1.0.is_multiple_of(cluster) || !counts.0.is_multiple_of(cluster) || l1.0 == 0 || counts.0 == 0 {
        return Err(Flaw::Damaged("a table is not at the beginning of a cluster"));
    }
    // Each entry of the first table stands for at least this much of the disk: with subclusters an entry of
    // the second level takes twice the space.
    let per_entry = cluster.saturating_mul(cluster / if has_subclusters(bytes)? { 16 } else { 8 });
    if size.div_ceil(per_entry) > l1.1 / 8 {
        return Err(Flaw::Damaged("its disk is larger than its tables"));
    }
    inside(l1.0, l1.1, "its first table")?;
    inside(counts.0, counts.1, "its table of reference counts")?;
    let (snapshots, place) = (number(bytes, 60)?, long(bytes, 64)?);
    if snapshots > MOST_SNAPSHOTS || (snapshots > 0 && !place.is_multiple_of(cluster)) {
        return Err(Flaw::Damaged("its table of snapshots"));
    }
    if snapshots > 0 {
        inside(place, u64::from(snapshots) * 40, "its table of snapshots")?;
    }
    Ok(l1)
}

/// The name of the backing file, as far as it can be read.
fn backing_name(bytes: &[u8]) -> String {
    let name = || {
        let start = usize::try_from(long(bytes, 8).ok()?).ok()?;
        let length = number(bytes, 16).ok()?.min(LONGEST) as usize;
        bytes.get(start..start.checked_add(length)?)
    };
    name().map_or_else(
        || "another file".to_owned(),
        |name| String::from_utf8_lossy(name).escape_debug().to_string(),
    )
}

fn byte(bytes: &[u8], at: usize) -> Result<u8, Flaw> {
    bytes.get(at).copied().ok_or(Flaw::Truncated("its header"))
}

fn number(bytes: &[u8], at: usize) -> Result<u32, Flaw> {
    let found = at.checked_add(4).and_then(|end| bytes.get(at..end)).and_then(|bytes| bytes.first_chunk());
    found.map(|bytes| u32::from_be_bytes(*bytes)).ok_or(Flaw::Truncated("its header"))
}

fn long(bytes: &[u8], at: usize) -> Result<u64, Flaw> {
    let found = at.checked_add(8).and_then(|end| bytes.get(at..end)).and_then(|bytes| bytes.first_chunk());
    found.map(|bytes| u64::from_be_bytes(*bytes)).ok_or(Flaw::Truncated("its header"))
}

#[cfg(test)]
mod tests;
