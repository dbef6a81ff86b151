//! Paths of the state folder.
//!
//! The host itself shows which objects exist; these folders hold what it does not store: disks, keys,
//! journals, records, images and checkpoints.

use std::path::{Path, PathBuf};

use crate::model::InstanceName;
use crate::model::spec::Digest;

/// The environment variable that moves the whole state folder.
pub const STATE_VARIABLE: &str = "HALAB_STATE";

/// The default state folder.
pub const DEFAULT_STATE: &str = "/var/lib/halab";

/// The paths under one state folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDir {
    root: PathBuf,
}

impl StateDir {
    /// The state folder at this path.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The state folder of the environment variable, or the default.
    pub fn from_environment() -> Self {
        Self::at(std::env::var_os(STATE_VARIABLE).map_or_else(|| PathBuf::from(DEFAULT_STATE), PathBuf::from))
    }

    /// Why this cannot be a state folder; none if it can, or could be made.
    pub fn trouble(&self) -> Option<String> {
        let exists = self.root.symlink_metadata().is_ok();
        let shown = self.root.display();
        (exists && !self.root.is_dir()).then(|| format!("the state folder `{shown}` is not a folder"))
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The history of operations.
    pub fn operations(&self) -> PathBuf {
        self.root.join("operations")
    }

    /// The store of images, shared by all instances.
    pub fn images(&self) -> PathBuf {
        self.root.join("images")
    }

    /// An image's folder: `disk.raw`, and for direct boot `vmlinux` and `initrd`.
    pub fn image(&self, digest: &Digest) -> PathBuf {
        self.images().join(&digest.0)
    }

    /// Recipes of images that were added on this machine, laid out like the bundled files.
    pub fn catalog(&self) -> PathBuf {
        self.root.join("catalog")
    }

    /// The store of checkpoints, shared by all instances.
    pub fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints")
    }

    /// The folder of running instances.
    pub fn instances(&self) -> PathBuf {
        self.root.join("instances")
    }

    /// An instance's folder; `lab down` deletes it.
    pub fn instance(&self, name: &InstanceName) -> PathBuf {
        self.instances().join(name.as_str())
    }

    /// The files of checkpoints that the guests of an instance may open: hard links into the store.
    pub fn given(&self, name: &InstanceName) -> PathBuf {
        self.instance(name).join("given")
    }

    /// An instance's SSH keys, kept until `lab down --purge`.
    pub fn keys(&self, name: &InstanceName) -> PathBuf {
        self.root.join("keys").join(name.as_str())
    }

    /// The folder of the records of calibrations.
    pub fn calibrations(&self) -> PathBuf {
        self.root.join("calibrations")
    }

    /// The folder of all records of drills.
    pub fn records_root(&self) -> PathBuf {
        self.root.join("records")
    }

    /// An instance's drill records, kept until `lab down --purge`.
    pub fn records(&self, name: &InstanceName) -> PathBuf {
        self.records_root().join(name.as_str())
    }
}
