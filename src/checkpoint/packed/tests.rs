use std::io::{Seek as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use super::*;
use crate::checkpoint::of_file;

static NEVER: AtomicBool = AtomicBool::new(false);

/// A memory in a file.
struct Memory {
    file: tempfile::NamedTempFile,
    bytes: u64,
    digest: Digest,
}

impl Memory {
    fn of(content: &[u8]) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        let digest = of_file(file.path()).unwrap();
        Self { file, bytes: content.len() as u64, digest }
    }

    fn described(&self) -> Described<'_> {
        Described { bytes: self.bytes, digest: &self.digest }
    }

    fn base(&self) -> Base<'_> {
        Base { file: self.file.as_file(), described: self.described() }
    }

    fn packed(&self, base: Option<&Self>) -> Vec<u8> {
        pack(self.file.as_file(), self.described(), base.map(Self::base), Vec::new(), &NEVER).unwrap()
    }

    /// What this memory is when it is unpacked.
    fn unpacked(&self, packed: &[u8], base: Option<&Self>) -> Result<Vec<u8>, PackedError> {
        let mut content = vec![0; self.bytes as usize];
        let mut seen = vec![false; self.bytes as usize / PAGE];
        unpack(packed, self.described(), base.map(Self::base), &NEVER, |offset, pages| {
            let at = offset as usize;
            content[at..at + pages.len()].copy_from_slice(pages);
            seen[at / PAGE..(at + pages.len()) / PAGE].fill(true);
            Ok(())
        })?;
        for (page, seen) in content.chunks(PAGE).zip(seen) {
            assert_eq!(seen, page != ZERO_PAGE, "zeros are left out, and nothing else");
        }
        Ok(content)
    }
}

const ZERO_PAGE: [u8; PAGE] = [0; PAGE];

/// Pages, one for each letter: a dot is a page of zeros. A page of letters cannot be made smaller than it is
/// by zstd alone, so sizes say what was stored.
fn pages(letters: &str) -> Vec<u8> {
    let page = |letter: char| match letter {
        '.' => vec![0; PAGE],
        letter => {
            let mut state = u64::from(letter).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut page = Vec::with_capacity(PAGE);
            while page.len() < PAGE {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                page.extend(state.to_le_bytes());
            }
            page
        }
    };
    letters.chars().flat_map(page).collect()
}

/// The lengths of the packed file without its header, in whole pages.
fn stored(letters: &str, base: &str) -> usize {
    let (memory, base) = (Memory::of(&pages(letters)), Memory::of(&pages(base)));
    let packed = memory.packed(Some(&base));
    assert_eq!(memory.unpacked(&packed, Some(&base)).unwrap(), pages(letters));
    (packed.len() - 92) / PAGE
}

#[test]
fn only_pages_that_the_base_lacks_are_stored() {
    assert_eq!(stored("abc..def", "abc..def"), 0);
    assert_eq!(stored("abcX.def", "abc..def"), 1);
    assert_eq!(stored(".a.b.c.d", "abc..def"), 0, "all are elsewhere");
    assert_eq!(stored("defabcdefabc", "abc..def"), 0, "the base is shorter");
    assert_eq!(stored("......", "abcdef"), 0);
    assert_eq!(stored("XYZ", "abcdef"), 3);
    assert_eq!(stored("", "abc"), 0);
    assert_eq!(stored("abc", ""), 3);
    // More than a block of the digest, and more than a run of own pages may have.
    let long: String = ('\u{4e00}'..).take(300).collect();
    assert_eq!(stored(&long, "abc"), 300);
    assert_eq!(stored(&format!("a{long}"), &long), 1, "all are one page further");
}

#[test]
fn a_memory_without_a_base_is_packed_by_itself() {
    let memory = Memory::of(&pages("a..bc"));
    let packed = memory.packed(None);
    assert_eq!(memory.unpacked(&packed, None).unwrap(), pages("a..bc"));
    let other = Memory::of(&pages("a"));
    assert!(matches!(memory.unpacked(&packed, Some(&other)), Err(PackedError::OtherBase)));
}

#[test]
fn what_belongs_to_another_memory_or_base_is_refused() {
    let (memory, base) = (Memory::of(&pages("abX")), Memory::of(&pages("abc")));
    let (other, longer) = (Memory::of(&pages("abd")), Memory::of(&pages("abcd")));
    let packed = memory.packed(Some(&base));
    for wrong in [Some(&other), Some(&longer), None] {
        assert!(matches!(memory.unpacked(&packed, wrong), Err(PackedError::OtherBase)));
    }
    for wrong in [&other, &longer] {
        assert!(matches!(wrong.unpacked(&packed, Some(&base)), Err(PackedError::Other)));
    }
    // The base is called the same, and is not what it was.
    base.file.as_file().write_all_at(b"damage", 5).unwrap();
    assert!(matches!(memory.unpacked(&packed, Some(&base)), Err(PackedError::Result)));
    base.file.as_file().set_len(PAGE as u64).unwrap();
    assert!(matches!(memory.unpacked(&packed, Some(&base)), Err(PackedError::Io(_))));
}

#[test]
fn a_memory_that_is_not_what_was_saved_is_not_packed() {
    let memory = Memory::of(&pages("abc"));
    memory.file.as_file().write_all_at(b"damage", 5000).unwrap();
    let pack = |described| pack(memory.file.as_file(), described, None, Vec::new(), &NEVER);
    assert!(matches!(pack(memory.described()), Err(PackedError::Changed)));
    let odd = Described { bytes: 5000, ..memory.described() };
    assert!(matches!(pack(odd), Err(PackedError::Length(5000))));
}

#[test]
fn no_damaged_byte_goes_unnoticed() {
    let (memory, base) = (Memory::of(&pages("abXd.ca")), Memory::of(&pages("abcd.")));
    let packed = memory.packed(Some(&base));
    for at in 0..packed.len() {
        let mut damaged = packed.clone();
        damaged[at] ^= 0x10;
        let error = match memory.unpacked(&damaged, Some(&base)) {
            Err(error) => error,
            // An unused bit of the frame, and the size of its window.
            Ok(same) => {
                assert!((96..98).contains(&at) && same == pages("abXd.ca"), "byte {at}");
                continue;
            }
        };
        let fits = match at {
            0..8 => matches!(error, PackedError::NotPacked),
            8..12 => matches!(error, PackedError::Version(_)),
            12..52 => matches!(error, PackedError::Other),
            52..92 => matches!(error, PackedError::OtherBase),
            _ => matches!(error, PackedError::Damaged(_) | PackedError::Result),
        };
        assert!(fits, "byte {at}: {error:?}");
    }
    for length in 0..packed.len() {
        let error = memory.unpacked(&packed[..length], Some(&base)).unwrap_err();
        assert!(matches!(error, PackedError::NotPacked | PackedError::Damaged(_)), "{length}: {error:?}");
    }
    let longer = [&packed[..], &[0]].concat();
    let error = memory.unpacked(&longer, Some(&base)).unwrap_err();
    assert_eq!(error.to_string(), "it is damaged: something follows its end");
}

/// A file with these runs behind the right header.
fn with_runs(memory: &Memory, base: &Memory, runs: &[&[u8]]) -> Vec<u8> {
    let header = memory.packed(Some(base))[..92].to_vec();
    [header, zstd::encode_all(runs.concat().as_slice(), 1).unwrap()].concat()
}

#[test]
fn runs_that_the_format_does_not_allow_are_refused() {
    let (memory, base) = (Memory::of(&pages("ab.")), Memory::of(&pages("ab")));
    let same = |count: u32| [&[SAME][..], &count.to_le_bytes()].concat();
    let zeros = [&[ZEROS][..], &1_u32.to_le_bytes()].concat();
    let moved = |from: u32| [&[MOVED][..], &2_u32.to_le_bytes(), &from.to_le_bytes()].concat();
    let unpacked = |runs: &[&[u8]]| memory.unpacked(&with_runs(&memory, &base, runs), Some(&base));
    assert_eq!(unpacked(&[&same(2), &zeros]).unwrap(), pages("ab."));
    assert_eq!(unpacked(&[&moved(0), &zeros]).unwrap(), pages("ab."));
    for (runs, why) in [
        (vec![&same(3)[..]], "a run is behind the end of its base"),
        (vec![&moved(1), &zeros], "a run is behind the end of its base"),
        (vec![&moved(u32::MAX), &zeros], "a run is behind the end of its base"),
        (vec![&same(0)], "a run has no pages, or more than the memory"),
        (vec![&same(u32::MAX)], "a run has no pages, or more than the memory"),
        (vec![&same(2), &zeros, &zeros], "something follows the last run"),
        (vec![&same(2)], "it ends too early"),
        (vec![&[9, 1, 0, 0, 0]], "a run is of the unknown kind 9"),
    ] {
        assert_eq!(unpacked(&runs).unwrap_err().to_string(), format!("it is damaged: {why}"));
    }
    let large = Memory::of(&vec![1; (MOST_OWN + 1) * PAGE]);
    let own = [&[OWN][..], &257_u32.to_le_bytes(), &vec![1; 257 * PAGE]].concat();
    let error = large.unpacked(&with_runs(&large, &base, &[&own]), Some(&base)).unwrap_err();
    assert_eq!(error.to_string(), "it is damaged: a run has more pages of its own than it may");
    // Of a memory without a base.
    let header = memory.packed(None)[..92].to_vec();
    let runs = zstd::encode_all([&same(2)[..], &zeros].concat().as_slice(), 1).unwrap();
    let error = memory.unpacked(&[header, runs].concat(), None).unwrap_err();
    assert_eq!(error.to_string(), "it is damaged: a run is of a base, and it has none");
}

#[test]
fn a_cancelled_packing_and_unpacking_end() {
    let memory = Memory::of(&pages("abc"));
    let packed = memory.packed(None);
    let stop = AtomicBool::new(true);
    let ended = pack(memory.file.as_file(), memory.described(), None, Vec::new(), &stop);
    assert!(matches!(ended, Err(PackedError::Cancelled)));
    let ended = unpack(&packed[..], memory.described(), None, &stop, |_, _| Ok(()));
    assert!(matches!(ended, Err(PackedError::Cancelled)));
}

#[test]
fn a_page_that_cannot_be_written_ends_it() {
    let memory = Memory::of(&pages("abc"));
    let full = |_: u64, _: &[u8]| Err(io::ErrorKind::StorageFull.into());
    let ended = unpack(&memory.packed(None)[..], memory.described(), None, &NEVER, full);
    assert!(matches!(ended, Err(PackedError::Io(error)) if error.kind() == io::ErrorKind::StorageFull));
}

#[test]
fn holes_of_a_base_are_pages_of_zeros() {
    let base = Memory::of(&pages(&format!("a{}b", ".".repeat(100))));
    let mut sparse = tempfile::NamedTempFile::new().unwrap();
    sparse.as_file().set_len(base.bytes).unwrap();
    sparse.as_file().write_all_at(&pages("a"), 0).unwrap();
    sparse.as_file().write_all_at(&pages("b"), base.bytes - PAGE as u64).unwrap();
    sparse.rewind().unwrap();
    let sparse = Base { file: sparse.as_file(), described: base.described() };
    let memory = Memory::of(&pages("b..a"));
    let packed = pack(memory.file.as_file(), memory.described(), Some(sparse), Vec::new(), &NEVER).unwrap();
    assert!(packed.len() < PAGE);
    assert_eq!(memory.unpacked(&packed, Some(&base)).unwrap(), pages("b..a"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_memory_is_the_same_again(letters in "[.abcXYZ]{0,70}", base in "[.abcdef]{0,70}", without: bool) {
        let (memory, base) = (Memory::of(&pages(&letters)), Memory::of(&pages(&base)));
        let base = (!without).then_some(&base);
        let packed = memory.packed(base);
        prop_assert_eq!(memory.unpacked(&packed, base).unwrap(), pages(&letters));
    }

    #[test]
    fn any_change_of_a_file_is_noticed(
        letters in "[.abcXYZ]{1,20}", base in "[.abcdef]{0,20}", at: prop::sample::Index, with in 1_u8..,
    ) {
        let (memory, base) = (Memory::of(&pages(&letters)), Memory::of(&pages(&base)));
        let mut packed = memory.packed(Some(&base));
        let at = at.index(packed.len());
        packed[at] ^= with;
        // Some bits of a frame of zstd are not used, and then nothing is damaged.
        if let Ok(same) = memory.unpacked(&packed, Some(&base)) {
            prop_assert!(at >= 92);
            prop_assert_eq!(same, pages(&letters));
        }
    }
}
