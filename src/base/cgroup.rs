//! Control groups: the processes of an instance or of a step of a build together, apart from the program that
//! made them.
//!
//! So they share processors as one, have a memory limit, and cannot fill the table of processes. The machine
//! has either one tree of groups with all controllers (version 2 of the interface, cgroups(7)), or a tree for
//! each controller (version 1). Our groups are at the top of each tree: siblings of the machine's other
//! groups, as sessions are.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where the machine has its groups.
const TREES: &str = "/sys/fs/cgroup";

/// How long a group may take to be empty after its processes have ended.
const END_LIMIT: Duration = Duration::from_secs(20);

/// A file of version 1 and of version 2, or only of one of them.
struct Setting {
    v1: &'static str,
    v2: &'static str,
}

const MEMORY: Setting = Setting { v1: "memory/{}/memory.limit_in_bytes", v2: "{}/memory.max" };
const MEMORY_USED: Setting = Setting { v1: "memory/{}/memory.usage_in_bytes", v2: "{}/memory.current" };
const MEMORY_EVENTS: Setting = Setting { v1: "memory/{}/memory.oom_control", v2: "{}/memory.events" };
const TIME: Setting = Setting { v1: "cpuacct/{}/cpuacct.usage", v2: "{}/cpu.stat" };
const SHARE: Setting = Setting { v1: "cpu/{}/cpu.shares", v2: "{}/cpu.weight" };
const PIDS: Setting = Setting { v1: "pids/{}/pids.max", v2: "{}/pids.max" };
const PIDS_EVENTS: Setting = Setting { v1: "pids/{}/pids.events", v2: "{}/pids.events" };

/// The controllers of a group, as the two versions name them.
const CONTROLLERS_V1: [&str; 5] = ["memory", "cpu", "cpuacct", "pids", "blkio"];
const CONTROLLERS_V2: [&str; 4] = ["memory", "cpu", "pids", "io"];

/// This folder exists where systemd is the service manager.
const SYSTEMD: &str = "/run/systemd/system";

/// The unit of systemd that needs all controllers, and the properties by which it does. It has no processes,
/// and is there until the machine is restarted.
const SLICE: &str = "halab.slice";
const NEEDS: [&str; 4] = ["CPUWeight=100", "IOWeight=100", "MemoryAccounting=yes", "TasksAccounting=yes"];

/// How often the kernel has enforced a limit of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Enforced {
    /// The processes that were killed because the group's memory was used up.
    pub memory: u64,
    /// The processes and threads that were refused because there were too many.
    pub processes: u64,
}

/// A control group, which may not exist.
#[derive(Debug, Clone)]
pub struct ControlGroup {
    trees: PathBuf,
    name: String,
}

impl ControlGroup {
    /// The group of this name: `halab-` and what it is for.
    pub fn named(name: &str) -> Self {
        Self::below(Path::new(TREES), name)
    }

    fn below(trees: &Path, name: &str) -> Self {
        Self { trees: trees.to_owned(), name: name.to_owned() }
    }

    /// Tries what instances need: makes a group with limits, puts a process into it, and removes it. Returns
    /// whether the limits stay in force when systemd changes a unit.
    ///
    /// # Errors
    /// What cannot be done; a user other than root can do nothing.
    pub fn trial(&self) -> std::io::Result<bool> {
        let tried = self.make(16).and_then(|()| self.limit_memory(1 << 26)).and_then(|()| {
            // It ends when its input does.
            let mut process = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
            let number = process.id().to_string();
            let moved =
                self.folders().try_for_each(|folder| fs_err::write(folder.join("cgroup.procs"), &number));
            drop(process.stdin.take());
            process.wait()?;
            moved
        });
        self.remove()?;
        tried?;
        Ok(!self.is_unified() || !Path::new(SYSTEMD).exists() || self.trees.join(SLICE).exists())
    }

    /// Whether this machine has control groups.
    pub fn exist() -> bool {
        let trees = Path::new(TREES);
        trees.join("cgroup.controllers").exists() || trees.join("memory/cgroup.procs").exists()
    }

    fn is_unified(&self) -> bool {
        self.trees.join("cgroup.controllers").exists()
    }

    /// The trees of groups of this machine.
    fn trees(&self) -> Vec<PathBuf> {
        if self.is_unified() {
            return vec![self.trees.clone()];
        }
        let trees = CONTROLLERS_V1.iter().map(|controller| self.trees.join(controller));
        trees.filter(|tree| tree.join("cgroup.procs").exists()).collect()
    }

    /// Its folders, one for each tree.
    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        self.trees().into_iter().map(|tree| tree.join(&self.name))
    }

    fn file(&self, setting: &Setting) -> PathBuf {
        let path = if self.is_unified() { setting.v2 } else { setting.v1 };
        self.trees.join(path.replace("{}", &self.name))
    }

    /// Makes the group, for at most this number of processes and threads.
    ///
    /// # Errors
    /// When the machine has no control groups, or they cannot be written.
    pub fn make(&self, processes: u32) -> std::io::Result<()> {
        if self.is_unified() {
            self.demand_controllers();
        }
        let mut missing = true;
        for folder in self.folders() {
            fs_err::create_dir_all(folder)?;
            missing = false;
        }
        if missing {
            return Err(std::io::Error::new(ErrorKind::Unsupported, "this machine has no control groups"));
        }
        fs_err::write(self.file(&PIDS), processes.to_string())
    }

    /// Demands the controllers of version 2 for all groups at the top of the tree. What the machine does not
    /// have is missing in the groups.
    fn demand_controllers(&self) {
        // systemd takes a controller away when none of its own units needs it, at the next change of any
        // unit, and the limits of all other groups with it. So it gets a unit that needs them all.
        if self.trees == Path::new(TREES) && Path::new(SYSTEMD).exists() && !self.trees.join(SLICE).exists() {
            let set = ["set-property", "--runtime", SLICE].iter().chain(&NEEDS);
            for words in [set.copied().collect(), vec!["start", SLICE]] {
                let mut command = Command::new("systemctl");
                command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                // If it is refused, the controllers are there until systemd changes a unit.
                let _ = command.status();
            }
        }
        for controller in CONTROLLERS_V2 {
            let _ = fs_err::write(self.trees.join("cgroup.subtree_control"), format!("+{controller}"));
        }
    }

    /// Moves this process into the group, with all that it will start.
    ///
    /// # Errors
    /// When the group does not exist.
    pub fn join(&self) -> std::io::Result<()> {
        self.folders().try_for_each(|folder| fs_err::write(folder.join("cgroup.procs"), "0"))
    }

    /// Limits the memory of its processes together, in bytes.
    ///
    /// # Errors
    /// When the group has no memory controller.
    pub fn limit_memory(&self, bytes: u64) -> std::io::Result<()> {
        fs_err::write(self.file(&MEMORY), bytes.to_string())
    }

    /// Whether its processes come before those of other groups: then their share of busy processors is a
    /// hundred times the usual one, else the usual one.
    ///
    /// # Errors
    /// When the group has no controller of processors.
    pub fn favour(&self, favoured: bool) -> std::io::Result<()> {
        // The usual shares of the two versions, of which the second knows at most 10,000.
        let usual = if self.is_unified() { 100 } else { 1024 };
        let share = if favoured { usual * 100 } else { usual };
        fs_err::write(self.file(&SHARE), share.to_string())
    }

    /// The memory of its processes together, in bytes, including files that they have read; `None` without a
    /// group.
    pub fn memory(&self) -> Option<u64> {
        fs_err::read_to_string(self.file(&MEMORY_USED)).ok()?.trim().parse().ok()
    }

    /// The processor time that its processes have taken since the group was made, also those that have ended;
    /// `None` where the machine does not count it.
    pub fn processor_time(&self) -> Option<Duration> {
        let text = fs_err::read_to_string(self.file(&TIME)).ok()?;
        if !self.is_unified() {
            return text.trim().parse().ok().map(Duration::from_nanos);
        }
        let line = text.lines().find_map(|line| line.strip_prefix("usage_usec "))?;
        line.trim().parse().ok().map(Duration::from_micros)
    }

    /// How often its limits were enforced; zeros without a group.
    pub fn enforced(&self) -> Enforced {
        let count = |setting: &Setting, word: &str| {
            let text = fs_err::read_to_string(self.file(setting)).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
            line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
        };
        Enforced { memory: count(&MEMORY_EVENTS, "oom_kill"), processes: count(&PIDS_EVENTS, "max") }
    }

    /// The names of all groups that begin so.
    pub fn list(start: &str) -> Vec<String> {
        let all =
            Self::named("").trees().into_iter().filter_map(|tree| fs_err::read_dir(tree).ok()).flatten();
        let names = all.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name.starts_with(start)).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The processes that are in it, without those of groups below it.
    pub fn processes(&self) -> Vec<i32> {
        let listed =
            self.folders().find_map(|folder| fs_err::read_to_string(folder.join("cgroup.procs")).ok());
        listed.unwrap_or_default().lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// Whether no process is in it.
    pub fn is_empty(&self) -> bool {
        let processes = |folder: PathBuf| fs_err::read_to_string(folder.join("cgroup.procs"));
        self.folders().all(|folder| processes(folder).unwrap_or_default().is_empty())
    }

    /// Removes the group, whose processes have ended; a missing one is no error.
    ///
    /// # Errors
    /// When processes are in it.
    pub fn remove(&self) -> std::io::Result<()> {
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

    #[test]
    fn both_versions_of_the_interface() {
        let place = tempfile::tempdir().unwrap();
        let group = ControlGroup::below(place.path(), "halab-1900000007");
        let enter = || group.make(8192).and_then(|()| group.join());
        assert_eq!(enter().unwrap_err().kind(), ErrorKind::Unsupported);
        // Version 1, without a controller for disks.
        for tree in ["memory", "cpu", "pids"] {
            fs_err::create_dir_all(place.path().join(tree)).unwrap();
            fs_err::write(place.path().join(tree).join("cgroup.procs"), "").unwrap();
        }
        enter().unwrap();
        group.limit_memory(1 << 30).unwrap();
        let read = |path: &str| fs_err::read_to_string(place.path().join(path)).unwrap();
        assert_eq!(read("memory/halab-1900000007/cgroup.procs"), "0");
        assert_eq!(read("memory/halab-1900000007/memory.limit_in_bytes"), "1073741824");
        assert_eq!(read("pids/halab-1900000007/pids.max"), "8192");
        group.favour(true).unwrap();
        assert_eq!(read("cpu/halab-1900000007/cpu.shares"), "102400");
        assert_eq!((group.memory(), group.enforced()), (None, Enforced::default()));
        assert_eq!(group.processor_time(), None);
        fs_err::create_dir_all(place.path().join("cpuacct/halab-1900000007")).unwrap();
        fs_err::write(group.file(&TIME), "1500000000\n").unwrap();
        assert_eq!(group.processor_time(), Some(Duration::from_millis(1500)));
        let events = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n";
        fs_err::write(group.file(&MEMORY_EVENTS), events).unwrap();
        fs_err::write(group.file(&PIDS_EVENTS), "max 5\n").unwrap();
        assert_eq!(group.enforced(), Enforced { memory: 2, processes: 5 });
        // Version 2.
        fs_err::write(place.path().join("cgroup.controllers"), "cpu memory pids").unwrap();
        enter().unwrap();
        group.limit_memory(1 << 20).unwrap();
        assert_eq!(read("halab-1900000007/memory.max"), "1048576");
        group.favour(true).unwrap();
        assert_eq!(read("halab-1900000007/cpu.weight"), "10000");
        group.favour(false).unwrap();
        assert_eq!(read("halab-1900000007/cpu.weight"), "100");
        assert_eq!(read("halab-1900000007/cgroup.procs"), "0");
        fs_err::write(group.file(&TIME), "usage_usec 2500\nuser_usec 2000\nsystem_usec 500\n").unwrap();
        assert_eq!(group.processor_time(), Some(Duration::from_micros(2500)));
        let events = "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n";
        fs_err::write(group.file(&MEMORY_EVENTS), events).unwrap();
        assert_eq!(group.enforced(), Enforced { memory: 1, processes: 0 });
    }
}
