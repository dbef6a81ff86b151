//! Extracts the kernel in the form that QEMU boots fastest.
//!
//! `/boot/vmlinuz` decompresses itself in the guest, which takes seconds under emulation. Its payload is an
//! ordinary ELF file with a PVH entry, which QEMU can load directly, so it is decompressed here, once. Debian
//! 12's cloud kernel uses LZ4, Debian 13's Zstandard; a kernel with another compression is booted unchanged.

use std::cmp::Ordering;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::image::ImageError;

use super::inside::LARGEST;

/// Offsets in the header of a bzImage (Linux, Documentation/arch/x86/boot.rst).
const SETUP_SECTORS: usize = 0x1f1;
const HEADER_MAGIC: usize = 0x202;
const PAYLOAD_OFFSET: usize = 0x248;
const PAYLOAD_LENGTH: usize = 0x24c;

/// The magic number of the LZ4 format that the kernel uses, and the maximum size of a decompressed block.
const LZ4_LEGACY: usize = 0x184c_2102;
const LZ4_BLOCK: usize = 8 << 20;

/// The magic number of Zstandard.
const ZSTD: usize = 0xfd2f_b528;

/// The kernel of a root tree: its release and its file; the newest, if there are several.
///
/// # Errors
/// When there is none.
pub fn find(root: &Path) -> Result<(String, PathBuf), ImageError> {
    let mut releases: Vec<String> = fs_err::read_dir(root.join("boot"))?
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().strip_prefix("vmlinuz-").map(str::to_owned))
        .collect();
    releases.sort_by(|one, other| by_release(one, other));
    let release = releases.pop().ok_or_else(|| ImageError::Unbootable("it has no kernel".to_owned()))?;
    let file = root.join(format!("boot/vmlinuz-{release}"));
    Ok((release, file))
}

/// Orders releases. Numbers in them compare as numbers, so 6.1.0-30 is newer than 6.1.0-9.
fn by_release(one: &str, other: &str) -> Ordering {
    let (one, other) = (parts(one), parts(other));
    one.cmp(&other)
}

/// Splits a release into numbers and the texts between them.
fn parts(release: &str) -> Vec<(&str, u64)> {
    let mut all = Vec::new();
    let mut rest = release;
    while !rest.is_empty() {
        let (text, behind) = rest.split_at(rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len()));
        let (number, behind) =
            behind.split_at(behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len()));
        all.push((text, number.parse().unwrap_or(0)));
        rest = behind;
    }
    all
}

/// The kernel to boot: decompressed if its format is known, else unchanged.
pub fn unpack(kernel: Vec<u8>) -> Vec<u8> {
    let unpacked = payload(&kernel).and_then(|payload| match number(payload, 0)? {
        LZ4_LEGACY => unpack_lz4(payload),
        ZSTD => unpack_zstd(payload),
        _ => None,
    });
    unpacked.filter(|elf| elf.starts_with(b"\x7fELF")).unwrap_or(kernel)
}

/// The compressed kernel in a bzImage.
fn payload(kernel: &[u8]) -> Option<&[u8]> {
    if kernel.get(HEADER_MAGIC..HEADER_MAGIC + 4)? != b"HdrS" {
        return None;
    }
    // Zero means four, for very old kernels.
    let sectors = match *kernel.get(SETUP_SECTORS)? {
        0 => 4,
        sectors => usize::from(sectors),
    };
    let start = (sectors + 1) * 512 + number(kernel, PAYLOAD_OFFSET)?;
    kernel.get(start..start + number(kernel, PAYLOAD_LENGTH)?)
}

/// Decompresses the legacy LZ4 format: blocks, each preceded by its length; then the length that the kernel's
/// build appends.
fn unpack_lz4(packed: &[u8]) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    let mut at = 4;
    // The last four bytes are the decompressed length.
    while at + 4 < packed.len() {
        let length = number(packed, at)?;
        let block = packed.get(at + 4..at + 4 + length)?;
        unpacked.extend(lz4_flex::block::decompress(block, LZ4_BLOCK).ok()?);
        at += 4 + length;
        if unpacked.len() as u64 > LARGEST {
            return None;
        }
    }
    (number(packed, at)? == unpacked.len()).then_some(unpacked)
}

/// Decompresses Zstandard; the kernel's build appends the decompressed length.
fn unpack_zstd(packed: &[u8]) -> Option<Vec<u8>> {
    let (packed, length) = packed.split_at_checked(packed.len().checked_sub(4)?)?;
    let mut unpacked = Vec::new();
    zstd::Decoder::new(packed).ok()?.take(LARGEST).read_to_end(&mut unpacked).ok()?;
    (number(length, 0)? == unpacked.len()).then_some(unpacked)
}

/// A little-endian number of 32 bits.
fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bzImage with one setup sector, directly followed by this payload.
    fn bzimage(payload: &[u8]) -> Vec<u8> {
        let mut kernel = vec![0; 1024];
        kernel[SETUP_SECTORS] = 1;
        kernel[HEADER_MAGIC..HEADER_MAGIC + 4].copy_from_slice(b"HdrS");
        kernel[PAYLOAD_OFFSET..PAYLOAD_OFFSET + 4].copy_from_slice(&16u32.to_le_bytes());
        kernel[PAYLOAD_LENGTH..PAYLOAD_LENGTH + 4].copy_from_slice(&(payload.len() as u32).to_le_bytes());
        kernel.extend([0; 16]);
        kernel.extend(payload);
        kernel
    }

    #[test]
    fn a_kernel_packed_with_zstandard_is_unpacked() {
        let elf = [b"\x7fELF".as_slice(), &[7; 100_000]].concat();
        let mut packed = zstd::encode_all(elf.as_slice(), 19).unwrap();
        packed.extend((elf.len() as u32).to_le_bytes());
        assert!(unpack(bzimage(&packed)) == elf);
    }

    #[test]
    fn a_kernel_packed_with_lz4_is_unpacked() {
        let mut elf = b"\x7fELF".to_vec();
        elf.resize(LZ4_BLOCK + 100_000, 7);
        let mut packed = (LZ4_LEGACY as u32).to_le_bytes().to_vec();
        for block in elf.chunks(LZ4_BLOCK) {
            let block = lz4_flex::block::compress(block);
            packed.extend((block.len() as u32).to_le_bytes());
            packed.extend(block);
        }
        packed.extend((elf.len() as u32).to_le_bytes());
        assert!(unpack(bzimage(&packed)) == elf);
    }

    #[test]
    fn the_newest_kernel_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("boot")).unwrap();
        for release in ["6.1.0-9-cloud-amd64", "6.1.0-30-cloud-amd64", "5.10.0-35-cloud-amd64", "6.1.0-30"] {
            fs_err::write(folder.path().join(format!("boot/vmlinuz-{release}")), "").unwrap();
        }
        assert_eq!(find(folder.path()).unwrap().0, "6.1.0-30-cloud-amd64");
    }

    #[test]
    fn another_packing_is_left_as_it_is() {
        for kernel in [bzimage(b"\xfd7zXZ\0 and more"), b"not a kernel".to_vec()] {
            assert_eq!(unpack(kernel.clone()), kernel);
        }
    }
}
