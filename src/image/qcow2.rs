//! Reads the header of a qcow2 file, to find its backing file without starting a program.

use std::ffi::OsString;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// The longest name of a backing file that the format allows, in bytes.
const LONGEST: u32 = 1023;

/// The backing file of a qcow2 file, as written in it. The inner `None` means that it has none, the outer
/// that the file is not qcow2.
///
/// # Errors
/// When the file cannot be read.
pub fn backing(file: &Path) -> std::io::Result<Option<Option<PathBuf>>> {
    let mut file = fs_err::File::open(file)?;
    let mut header = [0; 20];
    match file.read_exact(&mut header) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    // Magic, version, then the offset and the length of the backing file's name, all big-endian.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlays_name_what_they_are_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("disk");
        let mut bytes = b"QFI\xfb\0\0\0\x03".to_vec();
        bytes.extend(24u64.to_be_bytes());
        bytes.extend(8u32.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(b"/a/b.raw and more");
        fs_err::write(&file, &bytes).unwrap();
        assert_eq!(backing(&file).unwrap(), Some(Some(PathBuf::from("/a/b.raw"))));
        bytes[8..20].fill(0);
        fs_err::write(&file, &bytes).unwrap();
        assert_eq!(backing(&file).unwrap(), Some(None));
        for other in [b"short".as_slice(), &[0; 512]] {
            fs_err::write(&file, other).unwrap();
            assert_eq!(backing(&file).unwrap(), None);
        }
    }
}
