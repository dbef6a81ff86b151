//! Files that are there whole or not at all.

use std::io::Write;
use std::path::Path;

/// Writes a file aside and renames it into place, so that a reader or a crash never meets half of it.
///
/// # Errors
/// When the folder cannot be written.
pub fn atomically(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
