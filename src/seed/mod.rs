//! Seeds: what a guest is told before its first boot, so that it never has to find out who it is.
//!
//! A seed is files: host name, machine-id, SSH keys, addresses, and the files of its stacks. Directly booted images get
//! them as a tar archive in their initrd, whose first process unpacks it before systemd starts ([`initrd`]);
//! fetched images get a NoCloud volume ([`cloud::volume`]). All functions here are pure but those of [`keys`].

pub mod cloud;
mod fat;
mod files;
pub mod keys;
mod tar;

pub use files::{APPLIED_FILES, files, live_files};
pub use keys::{Identity, Keys, KeysError};

use crate::base::cpio;
use crate::model::spec::SeedSpec;

/// The initrd of a guest: that of its image with the seed behind it. The kernel unpacks both into one file system.
///
/// It holds the guest's private host key: write it where only root and the guest's process read it.
pub fn initrd(image: &[u8], spec: &SeedSpec, identity: &Identity) -> Vec<u8> {
    let mut archive = cpio::Archive::default();
    archive.folder("seed");
    archive.file("seed/digest", 0o600, format!("{}\n", files::digest(spec, identity)).as_bytes());
    archive.file("seed/files.tar", 0o600, &tar::archive(&files(spec, identity)));
    [image, &archive.finish()].concat()
}
