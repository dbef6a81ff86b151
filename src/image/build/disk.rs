//! Makes the disk: an ext4 file system filled from the root tree, without partitions or loop mounts.

use std::path::Path;

use crate::image::ImageError;
use crate::model::Bytes;
use crate::model::spec::Digest;
use crate::work::Context;

use super::run::BuildStep;

/// Makes a file system of this size with the content of a tree, as a sparse file.
///
/// # Errors
/// When the content does not fit, mkfs fails, or the user cancels.
pub fn make(
    root: &Path,
    disk: &Path,
    size: Bytes,
    digest: &Digest,
    log: &Path,
    context: &Context<'_>,
) -> Result<(), ImageError> {
    let file = fs_err::File::create(disk)?;
    file.set_len(size.0)?;
    drop(file);
    let uuid = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, digest.0.as_bytes());
    BuildStep::new("making the disk", "mkfs.ext4", log)
        .args(["-q", "-F", "-L", "root", "-m", "0", "-O", "^resize_inode", "-U"])
        .arg(uuid.to_string())
        // Without these two, the guest would fill its overlay with zeros in the background after its first
        // boot.
        .arg(format!("-Elazy_itable_init=0,lazy_journal_init=0,hash_seed={uuid}"))
        // A guest writes little to its system disk, so a journal of 16 MiB is enough.
        .args(["-J", "size=16", "-d"])
        .arg(root)
        .arg(disk)
        .run(context)
}
