//! Checks a raw disk: it has no header, so only what the BIOS of a guest would see can be checked.

use std::io::Read;
use std::path::Path;

use crate::base::regular;

/// The size of a sector of a disk, in bytes.
const SECTOR: u64 = 512;

/// The sizes of a disk with a system, in bytes: from 1 MiB to 16 TiB, the largest file of ext4.
const SIZES: std::ops::RangeInclusive<u64> = 1 << 20..=1 << 44;

/// The mark at the end of the first sector without which no BIOS boots a disk, and where it is.
const BOOTABLE: [u8; 2] = [0x55, 0xaa];
const MARK: usize = 510;

/// Checks a file; the inner result says why it is refused.
///
/// # Errors
/// When the file cannot be read, or is not a regular file.
pub fn check(file: &Path) -> std::io::Result<Result<(), &'static str>> {
    let mut file = regular::open(file, u64::MAX)?;
    let length = file.metadata()?.len();
    let mut first = Vec::new();
    (&mut file).take(SECTOR).read_to_end(&mut first)?;
    Ok(judge(&first, length))
}

/// The same, by the first sector and the length.
fn judge(first: &[u8], length: u64) -> Result<(), &'static str> {
    if first.starts_with(b"QFI\xfb") {
        return Err("it is a qcow2 image, but its recipe says raw");
    }
    if !SIZES.contains(&length) {
        return Err("it is not a disk: a raw disk has 1 MiB to 16 TiB");
    }
    if !length.is_multiple_of(SECTOR) {
        return Err("it is not a whole disk: its size is not a multiple of 512 bytes");
    }
    if first.get(MARK..) != Some(&BOOTABLE) {
        return Err("it is not a raw disk that a BIOS can boot: its first sector has no boot signature");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_disks_that_can_boot_are_taken() {
        let mut sector = [0; 512];
        sector[MARK..].copy_from_slice(&BOOTABLE);
        assert_eq!(judge(&sector, 1 << 20), Ok(()));
        for length in [0, 512, (1 << 20) + 1, (1 << 44) + 512, u64::MAX] {
            assert!(judge(&sector, length).is_err(), "{length}");
        }
        for first in [&b""[..], b"a text\n", &[b'x'; 512], &sector[..511]] {
            assert!(judge(first, 1 << 20).is_err());
        }
        sector[..4].copy_from_slice(b"QFI\xfb");
        assert!(judge(&sector, 1 << 20).unwrap_err().contains("qcow2"));
    }
}
