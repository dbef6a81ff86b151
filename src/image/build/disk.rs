//! Makes the disk: an ext4 file system filled from the root tree, without partitions or loop mounts.

use std::path::Path;

use crate::image::ImageError;
use crate::model::spec::Digest;
use crate::work::Context;

use super::inside::OUT;
use super::run::{BuildStep, Site};
use super::sandbox;

/// Makes the file system of an image with the content of a tree, as a sparse file in the folder `out`.
///
/// The program runs in a sandbox with the users of the tree: it gives the files on the disk the owners that
/// they have there.
///
/// # Errors
/// When the content does not fit, mkfs fails, or the user cancels.
pub fn make(
    root: &Path,
    (out, name): (&Path, &str),
    digest: &Digest,
    site: &Site,
    context: &Context<'_>,
) -> Result<(), ImageError> {
    let disk = out.join(name);
    let file = fs_err::OpenOptions::new().write(true).create_new(true).open(&disk)?;
    file.set_len(site.root_size.0)?;
    drop(file);
    sandbox::give(&disk)?;
    let uuid = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, digest.0.as_bytes());
    BuildStep::tool("making the disk", site, "mkfs.ext4")
        .show(root, "tree")
        .bind(out, OUT)
        .args(["-q", "-F", "-L", "root", "-m", "0", "-O", "^resize_inode", "-U"])
        .arg(uuid.to_string())
        // Without these two, the guest would fill its overlay with zeros in the background after its first
        // boot.
        .arg(format!("-Elazy_itable_init=0,lazy_journal_init=0,hash_seed={uuid}"))
        // A guest writes little to its system disk, so a journal of 16 MiB is enough.
        .args(["-J", "size=16", "-d", "/tree"])
        .arg(format!("/{OUT}/{name}"))
        .run(context)
}
