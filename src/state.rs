//! Paths of the state folder.
//!
//! The host itself shows which objects exist; these folders hold what it does not store: disks, keys,
//! journals, records, images and checkpoints.

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::model::InstanceName;
use crate::model::spec::Digest;

/// The environment variable that moves the whole state folder.
pub const STATE_VARIABLE: &str = "HALAB_STATE";

/// The default state folder.
pub const DEFAULT_STATE: &str = "/var/lib/halab";

/// The permission bits that let others change a folder.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Why a folder cannot be a state folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Why.
    pub what: String,
    /// What makes it one, if anything does.
    pub mend: Option<String>,
}

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

    /// Why this cannot be a state folder; none if it can, or could be made. A user who can write there
    /// chooses what this program reads, deletes and gives away: only its own user may, and root.
    pub fn trouble(&self) -> Option<Trouble> {
        let root = self.root.as_path();
        let shown = root.display();
        // The link itself counts, too: its owner can let it point elsewhere.
        let link = root.symlink_metadata().ok()?;
        let Some(folder) = root.metadata().ok().filter(std::fs::Metadata::is_dir) else {
            return Some(Trouble { what: format!("the state folder `{shown}` is not a folder"), mend: None });
        };
        let own = rustix::process::geteuid().as_raw();
        let strange = [link.uid(), folder.uid()].into_iter().find(|uid| ![0, own].contains(uid));
        if let Some(uid) = strange {
            return Some(Trouble {
                what: format!("the state folder `{shown}` belongs to another user (uid {uid})"),
                mend: Some(format!("if all in it may be trusted: `chown -R {own} {shown}`")),
            });
        }
        let mode = folder.permissions().mode() & 0o7777;
        (mode & WRITABLE_BY_OTHERS != 0).then(|| Trouble {
            what: format!("others can write into the state folder `{shown}` (its mode is {mode:o})"),
            mend: Some(format!("if all in it may be trusted: `chmod go-w {shown}`")),
        })
    }

    /// Makes the folder and those of its parts that concern only its owner, unless they exist. The folder
    /// itself can be passed through, because guests reach their disks in it.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn make(&self) -> std::io::Result<()> {
        if let Some(parent) = self.root.parent() {
            fs_err::create_dir_all(parent)?;
        }
        folder(&self.root, 0o711)?;
        folder(&self.instances(), 0o711)?;
        let keys = self.root.join("keys");
        for private in [self.operations(), self.records_root(), self.calibrations(), keys] {
            folder(&private, 0o700)?;
            let mode = private.metadata()?.permissions().mode() & 0o7777;
            if mode & 0o077 != 0 {
                // An earlier version made it.
                std::fs::set_permissions(&private, std::fs::Permissions::from_mode(mode & 0o7700))?;
            }
        }
        Ok(())
    }

    /// What `lab serve` keeps: credentials, its certificate, the audit.
    pub fn web(&self) -> PathBuf {
        self.root.join("web")
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

    /// The log of exercises on an instance and what belongs to it, kept until `lab down --purge`.
    pub fn exercises(&self, name: &InstanceName) -> PathBuf {
        self.exercises_root().join(name.as_str())
    }

    /// The folder of the exercises of all instances.
    pub fn exercises_root(&self) -> PathBuf {
        self.root.join("exercises")
    }

    /// The facts about starts of exercises: how each was made, and that it was proven.
    pub fn exercise_starts(&self) -> PathBuf {
        self.root.join("exercise-starts")
    }

    /// The folder of all classes.
    pub fn classes(&self) -> PathBuf {
        self.root.join("classes")
    }

    /// The file whose lock is the turn to measure.
    pub fn measuring_lock(&self) -> PathBuf {
        self.root.join("measuring.lock")
    }

    /// The file whose lock is the right to be the clock of the classes.
    pub fn clock_lock(&self) -> PathBuf {
        self.root.join("clock.lock")
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

/// Makes a folder with this mode, unless it exists.
fn folder(path: &Path, mode: u32) -> std::io::Result<()> {
    match std::fs::DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_folder_that_others_can_write_is_refused_and_left_alone() {
        let place = tempfile::tempdir().unwrap();
        assert_eq!(StateDir::at(place.path()).trouble(), None);
        for wide in [0o1777, 0o775, 0o757] {
            fs_err::set_permissions(place.path(), std::fs::Permissions::from_mode(wide)).unwrap();
            let trouble = StateDir::at(place.path()).trouble().unwrap();
            assert!(trouble.what.contains(&format!("its mode is {wide:o}")), "{trouble:?}");
            assert!(trouble.mend.unwrap().contains("chmod go-w"));
            assert_eq!(mode(place.path()), wide);
        }
    }

    #[test]
    fn a_new_folder_lets_guests_through_and_shows_nothing() {
        let place = tempfile::tempdir().unwrap();
        let state = StateDir::at(place.path().join("new/state"));
        assert_eq!(state.trouble(), None, "it can be made");
        fs_err::create_dir_all(state.records_root()).unwrap();
        fs_err::set_permissions(state.root(), std::fs::Permissions::from_mode(0o700)).unwrap();
        fs_err::set_permissions(state.records_root(), std::fs::Permissions::from_mode(0o755)).unwrap();
        state.make().unwrap();
        assert_eq!(mode(&state.records_root()), 0o700, "one of an earlier version");
        assert_eq!(mode(state.root()), 0o700, "one that exists stays as it is");
        let state = StateDir::at(place.path().join("newer"));
        state.make().unwrap();
        assert_eq!((mode(state.root()), mode(&state.instances())), (0o711, 0o711));
        assert_eq!((mode(&state.operations()), mode(&state.root().join("keys"))), (0o700, 0o700));
    }

    #[test]
    #[ignore = "needs root: it gives a folder to another user"]
    fn a_folder_of_another_user_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let theirs = place.path().join("theirs");
        fs_err::create_dir(&theirs).unwrap();
        std::os::unix::fs::chown(&theirs, Some(65534), None).unwrap();
        let trouble = StateDir::at(&theirs).trouble().unwrap();
        assert!(trouble.what.contains("belongs to another user (uid 65534)"), "{trouble:?}");
        let mine = place.path().join("mine");
        fs_err::create_dir(&mine).unwrap();
        let link = place.path().join("link");
        fs_err::os::unix::fs::symlink(&mine, &link).unwrap();
        assert_eq!(StateDir::at(&link).trouble(), None);
        std::os::unix::fs::lchown(&link, Some(65534), None).unwrap();
        assert!(StateDir::at(&link).trouble().is_some(), "its owner can let it point elsewhere");
    }
}
