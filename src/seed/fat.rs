//! A small FAT volume, made in memory.

use std::io::{Cursor, Write};

/// A volume of this label (at most 11 characters, padded with spaces) with these files in its root folder.
///
/// # Errors
/// When the files do not fit into it, which they do if they have less than about 60 MB.
pub fn volume(label: [u8; 11], files: &[(&str, String)]) -> std::io::Result<Vec<u8>> {
    let content: usize = files.iter().map(|(_, text)| text.len()).sum();
    // A MiB holds the tables and the folder; what is left of the last cluster of each file is small beside it.
    let size = (content + (1 << 20)).next_multiple_of(1 << 20);
    let mut bytes = Cursor::new(vec![0; size]);
    // A fixed number and no clock, so that the same seed is the same bytes.
    let options = fatfs::FormatVolumeOptions::new().volume_label(label).volume_id(0x6861_6c62);
    fatfs::format_volume(&mut bytes, options)?;
    let volume = fatfs::FileSystem::new(&mut bytes, fatfs::FsOptions::new())?;
    for (name, text) in files {
        volume.root_dir().create_file(name)?.write_all(text.as_bytes())?;
    }
    volume.unmount()?;
    Ok(bytes.into_inner())
}
