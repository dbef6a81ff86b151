//! Makes a small FAT volume in memory.

use std::io::{Cursor, Write};

/// A volume with this label (at most 11 characters, padded with spaces) and these files in its root folder.
///
/// # Errors
/// When the files do not fit; up to about 60 MB they do.
pub fn volume(label: [u8; 11], files: &[(&str, String)]) -> std::io::Result<Vec<u8>> {
    let content: usize = files.iter().map(|(_, text)| text.len()).sum();
    // One MiB holds the tables and the folder; the unused parts of clusters are small in comparison.
    let size = (content + (1 << 20)).next_multiple_of(1 << 20);
    let mut bytes = Cursor::new(vec![0; size]);
    // A fixed id and no time, so that equal seeds give equal bytes.
    let options = fatfs::FormatVolumeOptions::new().volume_label(label).volume_id(0x6861_6c62);
    fatfs::format_volume(&mut bytes, options)?;
    let volume = fatfs::FileSystem::new(&mut bytes, fatfs::FsOptions::new())?;
    for (name, text) in files {
        volume.root_dir().create_file(name)?.write_all(text.as_bytes())?;
    }
    volume.unmount()?;
    Ok(bytes.into_inner())
}
