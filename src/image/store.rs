//! The store: one folder for each image, named by its digest, complete as soon as it exists.
//!
//! ```text
//! images/<digest>/     image.json, disk.raw or disk.qcow2; for direct boot also vmlinux and initrd
//! images/.roots/…      root trees of recipes without stacks, from which their images are derived; in .roots and .work
//!                      files have owners of the build's sandbox, and only root gets in
//! images/.work/…       images being made; the lock's holder deletes leftovers of killed builds
//! images/.lock/…       one lock for each image or root tree
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::write;
use crate::model::spec::Digest;
use crate::model::{Bytes, ImageName};
use crate::state::StateDir;

use super::recipe::DiskFormat;
use super::{ImageError, boot};

/// The description of a stored image, `image.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// The version of this format; 1.
    pub schema: u32,
    /// The recipe's name.
    pub name: ImageName,
    /// The image's digest.
    pub digest: Digest,
    /// A one-line description.
    pub title: String,
    /// The format of its disk.
    pub format: DiskFormat,
    /// How it boots.
    pub boot: BootKind,
    /// The packages of stacks in it.
    pub packages: BTreeSet<String>,
    /// All its Debian packages, with their versions; empty for a fetched image.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub installed: BTreeMap<String, String>,
    /// When it was made.
    pub created: jiff::Timestamp,
}

/// How an image boots, which determines how its guests receive their seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BootKind {
    /// Its kernel is started directly; the seed is appended to its initrd.
    Direct {
        /// The kernel's release.
        release: String,
    },
    /// Booted by the BIOS from its disk; the seed is a NoCloud volume.
    Bios {
        /// The user for logins, besides root.
        user: String,
    },
}

/// An image in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredImage {
    /// Its description.
    pub manifest: Manifest,
    /// Its folder.
    pub folder: PathBuf,
}

/// The boot method of a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Boot {
    /// A kernel, an initrd and a command line.
    Direct(BootFiles),
    /// The disk's own boot loader.
    Bios,
}

/// The files of a direct boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootFiles {
    /// The kernel.
    pub kernel: PathBuf,
    /// The image's initrd; a guest boots it with its seed appended ([`crate::seed::initrd`]).
    pub initrd: PathBuf,
    /// The kernel's command line.
    pub cmdline: String,
}

impl StoredImage {
    /// The backing disk of guests' overlays.
    pub fn disk(&self) -> PathBuf {
        self.folder.join(format!("disk.{}", self.manifest.format.as_str()))
    }

    /// The boot method.
    pub fn boot(&self) -> Boot {
        match self.manifest.boot {
            BootKind::Direct { .. } => Boot::Direct(BootFiles {
                kernel: self.folder.join("vmlinux"),
                initrd: self.folder.join("initrd"),
                cmdline: boot::CMDLINE.to_owned(),
            }),
            BootKind::Bios { .. } => Boot::Bios,
        }
    }

    /// The disk space that it uses on the machine, without holes.
    ///
    /// # Errors
    /// When its folder cannot be read.
    pub fn size_on_disk(&self) -> Result<Bytes, ImageError> {
        let mut blocks = 0;
        for entry in fs_err::read_dir(&self.folder)? {
            blocks += entry?.metadata()?.blocks();
        }
        // st_blocks counts units of 512 bytes on every file system.
        Ok(Bytes(blocks * 512))
    }
}

/// The store of one state folder.
#[derive(Debug, Clone)]
pub struct ImageStore {
    state: StateDir,
}

impl ImageStore {
    /// The store of this state folder; nothing is created before the first image.
    pub fn new(state: &StateDir) -> Self {
        Self { state: state.clone() }
    }

    /// The image with this digest, if it exists.
    ///
    /// # Errors
    /// When it exists and its description cannot be read.
    pub fn get(&self, digest: &Digest) -> Result<Option<StoredImage>, ImageError> {
        read(&self.state.image(digest))
    }

    /// All images, by name and then by age.
    ///
    /// # Errors
    /// When a folder or a description cannot be read.
    pub fn list(&self) -> Result<Vec<StoredImage>, ImageError> {
        let entries = match fs_err::read_dir(self.state.images()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut found = Vec::new();
        for entry in entries {
            found.extend(read(&entry?.path())?);
        }
        found.sort_by(|a, b| {
            (&a.manifest.name, a.manifest.created).cmp(&(&b.manifest.name, b.manifest.created))
        });
        Ok(found)
    }

    /// The folder of things being made.
    pub(super) fn works(&self) -> PathBuf {
        self.state.images().join(".work")
    }

    /// The folder in which this thing is being made.
    pub(super) fn work(&self, name: &str) -> PathBuf {
        self.works().join(name)
    }

    /// The lock for a name.
    pub(super) fn lock(&self, name: &str) -> PathBuf {
        self.state.images().join(".lock").join(name)
    }

    /// The folder of root trees, each named by its digest.
    pub(super) fn root_trees(&self) -> PathBuf {
        self.state.images().join(".roots")
    }

    /// Moves a finished folder into its place atomically.
    pub(super) fn publish(&self, folder: &Path, manifest: &Manifest) -> Result<StoredImage, ImageError> {
        let path = folder.join("image.json");
        let text = serde_json::to_string_pretty(manifest)
            .map_err(|source| ImageError::Manifest { path: path.clone(), source })?;
        fs_err::write(&path, text + "\n")?;
        for entry in fs_err::read_dir(folder)? {
            // Otherwise a power failure could leave a folder with the right name and empty files.
            write::sync(&entry?.path())?;
        }
        let place = self.state.image(&manifest.digest);
        write::sync(folder)?;
        write::rename(folder, &place)?;
        Ok(StoredImage { manifest: manifest.clone(), folder: place })
    }
}

/// The image in a folder; `None` if it is not an image's folder.
fn read(folder: &Path) -> Result<Option<StoredImage>, ImageError> {
    let path = folder.join("image.json");
    let text = match fs_err::read_to_string(&path) {
        Ok(text) => text,
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let manifest =
        serde_json::from_slice(text.as_bytes()).map_err(|source| ImageError::Manifest { path, source })?;
    Ok(Some(StoredImage { manifest, folder: folder.to_owned() }))
}
