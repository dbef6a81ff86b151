//! The control group of an instance: its guests and its daemon together, apart from the program that made it.
//!
//! So all processes of an instance share processors as one, have a memory limit, and cannot fill the table of
//! processes. The machine has either one tree of groups with all controllers (version 2 of the interface,
//! cgroups(7)), or a tree for each controller (version 1). The groups are `halab-<number>`, by the number of
//! the guests' user, at the top of each tree: siblings of the machine's other groups, as sessions are.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::user::GuestUser;

/// Where the machine has its groups.
const TREES: &str = "/sys/fs/cgroup";

/// The most processes and threads of an instance: QEMU has up to seventy for each guest.
const PROCESSES: u32 = 8192;

/// How long a group may take to be empty after its processes have ended.
const END_LIMIT: Duration = Duration::from_secs(20);

/// A file of version 1 and of version 2, or only of one of them.
struct Setting {
    v1: &'static str,
    v2: &'static str,
}

const MEMORY: Setting = Setting { v1: "memory/{}/memory.limit_in_bytes", v2: "{}/memory.max" };
const MEMORY_USED: Setting = Setting { v1: "memory/{}/memory.usage_in_bytes", v2: "{}/memory.current" };
const PIDS: Setting = Setting { v1: "pids/{}/pids.max", v2: "{}/pids.max" };

/// The controllers that an instance needs.
const CONTROLLERS: [&str; 4] = ["memory", "cpu", "pids", "blkio"];

/// The control group of an instance.
#[derive(Debug, Clone)]
pub struct ControlGroup {
    trees: PathBuf,
    name: String,
}

impl ControlGroup {
    /// The group of a user's processes.
    pub fn of(user: GuestUser) -> Self {
        Self::below(Path::new(TREES), user)
    }

    fn below(trees: &Path, user: GuestUser) -> Self {
        Self { trees: trees.to_owned(), name: format!("halab-{}", user.number()) }
    }

    /// Whether this machine has control groups.
    pub fn exist() -> bool {
        let trees = Path::new(TREES);
        trees.join("cgroup.controllers").exists() || trees.join("memory/cgroup.procs").exists()
    }

    fn is_unified(&self) -> bool {
        self.trees.join("cgroup.controllers").exists()
    }

    /// Its folders, one for each tree.
    fn folders(&self) -> Vec<PathBuf> {
        if self.is_unified() {
            return vec![self.trees.join(&self.name)];
        }
        let trees = CONTROLLERS.iter().map(|controller| self.trees.join(controller));
        trees.filter(|tree| tree.join("cgroup.procs").exists()).map(|tree| tree.join(&self.name)).collect()
    }

    fn file(&self, setting: &Setting) -> PathBuf {
        let path = if self.is_unified() { setting.v2 } else { setting.v1 };
        self.trees.join(path.replace("{}", &self.name))
    }

    /// Makes the group, and moves this process into it, with all that it will start.
    ///
    /// # Errors
    /// When the machine has no control groups, or they cannot be written.
    pub(super) fn join(&self) -> std::io::Result<()> {
        let folders = self.folders();
        if folders.is_empty() {
            return Err(std::io::Error::new(ErrorKind::Unsupported, "this machine has no control groups"));
        }
        if self.is_unified() {
            // The service manager usually has all of them already.
            for controller in ["memory", "cpu", "pids", "io"] {
                let _ = fs_err::write(self.trees.join("cgroup.subtree_control"), format!("+{controller}"));
            }
        }
        for folder in &folders {
            fs_err::create_dir_all(folder)?;
            fs_err::write(folder.join("cgroup.procs"), "0")?;
        }
        fs_err::write(self.file(&PIDS), PROCESSES.to_string())
    }

    /// Limits the memory of its processes together, in bytes.
    ///
    /// # Errors
    /// When the group has no memory controller.
    pub fn limit_memory(&self, bytes: u64) -> std::io::Result<()> {
        fs_err::write(self.file(&MEMORY), bytes.to_string())
    }

    /// The memory of its processes together, in bytes, including files that they have read; `None` without a
    /// group.
    pub fn memory(&self) -> Option<u64> {
        fs_err::read_to_string(self.file(&MEMORY_USED)).ok()?.trim().parse().ok()
    }

    /// Removes the group, whose processes have ended; a missing one is no error.
    ///
    /// # Errors
    /// When processes are in it.
    pub(super) fn remove(&self) -> std::io::Result<()> {
        let end = Instant::now() + END_LIMIT;
        for folder in self.folders() {
            // The kernel counts a process for a moment after its end.
            while let Err(error) = std::fs::remove_dir(&folder) {
                match error.kind() {
                    ErrorKind::NotFound => break,
                    ErrorKind::ResourceBusy if Instant::now() < end => {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                    _ => return Err(error),
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> GuestUser {
        serde_json::from_str("1900000007").unwrap()
    }

    #[test]
    fn both_versions_of_the_interface() {
        let place = tempfile::tempdir().unwrap();
        let group = ControlGroup::below(place.path(), user());
        assert_eq!(group.join().unwrap_err().kind(), ErrorKind::Unsupported);
        // Version 1, without a controller for disks.
        for tree in ["memory", "cpu", "pids"] {
            fs_err::create_dir_all(place.path().join(tree)).unwrap();
            fs_err::write(place.path().join(tree).join("cgroup.procs"), "").unwrap();
        }
        group.join().unwrap();
        group.limit_memory(1 << 30).unwrap();
        let read = |path: &str| fs_err::read_to_string(place.path().join(path)).unwrap();
        assert_eq!(read("memory/halab-1900000007/cgroup.procs"), "0");
        assert_eq!(read("memory/halab-1900000007/memory.limit_in_bytes"), "1073741824");
        assert_eq!(read("pids/halab-1900000007/pids.max"), "8192");
        assert_eq!(group.memory(), None);
        // Version 2.
        fs_err::write(place.path().join("cgroup.controllers"), "cpu memory pids").unwrap();
        group.join().unwrap();
        group.limit_memory(1 << 20).unwrap();
        assert_eq!(read("halab-1900000007/memory.max"), "1048576");
        assert_eq!(read("halab-1900000007/cgroup.procs"), "0");
    }
}
