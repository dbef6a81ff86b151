//! Seeds: the configuration that a guest receives before its first boot.
//!
//! A seed consists of files: host name, machine-id, SSH keys, addresses, and the files of its stacks.
//! Directly booted images get them as a tar archive in their initrd, which is unpacked before systemd starts
//! ([`initrd`]); fetched images get a NoCloud volume ([`cloud::volume`]). All functions here are pure, except
//! those of [`keys`].

mod archive;
pub mod cloud;
mod fat;
mod files;
pub mod keys;

pub use files::{APPLIED, APPLIED_FILES, digest, files, live_files};
pub use keys::{Identity, Keys, KeysError};

use crate::base::cpio;
use crate::model::spec::SeedSpec;

/// The initrd of a guest: its image's, followed by its seed. The kernel unpacks both into one file system.
///
/// It holds the guest's private host key: write it where only root and the guest's process read it.
///
/// # Errors
/// When a file of the seed does not fit into an archive.
pub fn initrd(image: &[u8], spec: &SeedSpec, identity: &Identity) -> std::io::Result<Vec<u8>> {
    let mut initrd = cpio::Archive::default();
    initrd.folder("seed");
    initrd.file("seed/digest", 0o600, format!("{}\n", files::digest(spec, identity)).as_bytes());
    initrd.file("seed/files.tar", 0o600, &archive::archive(&files(spec, identity))?);
    Ok([image, &initrd.finish()].concat())
}
