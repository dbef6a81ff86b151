//! The file system of a sandbox.
//!
//! The machine's root makes it ([`prepare`]): then the sandbox's root can neither remove its mounts nor make
//! them writable. Process 1 makes it its root ([`enter`]). What lies inside a root tree is mounted in the
//! sandbox ([`fill_tree`]): a link in the tree can lead nowhere else there.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::symlink;
use rustix::fs::{Mode, OFlags};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive, mount_change,
    mount_remount, unmount,
};
use rustix::process::{chdir, pivot_root};
use rustix::thread::{UnshareFlags, unshare_unsafe};

use super::{IN_TREE, Job, TREE, View, give, naming};

/// The devices in a sandbox.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// Folders of the root that are links into /usr, or folders on older systems.
const TOP: [&str; 6] = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];

/// Files and folders of /etc that programs of the machine need, if they exist.
const SETTINGS: [&str; 4] = ["alternatives", "ld.so.cache", "localtime", "mke2fs.conf"];

/// Those that access to the network needs.
const NETWORK: [&str; 6] = ["gai.conf", "host.conf", "hosts", "nsswitch.conf", "resolv.conf", "ssl/certs"];

/// Empty folders for programs of the machine, with their permissions.
const FOLDERS: [(&str, u32); 9] = [
    ("root", 0o700),
    ("run", 0o755),
    ("var/tmp", 0o1777),
    ("var/cache/apt/archives", 0o755),
    ("var/lib/apt/lists", 0o755),
    ("var/lib/dpkg", 0o755),
    ("var/log/apt", 0o755),
    ("etc/apt", 0o755),
    ("dev/shm", 0o1777),
];

/// Debian's users and groups with fixed numbers; owners of files in packages are among them.
const USERS: [(&str, &str, &str); 2] = [
    ("etc/passwd", "/usr/share/base-passwd/passwd.master", "root:x:0:0:root:/root:/bin/sh\n"),
    ("etc/group", "/usr/share/base-passwd/group.master", "root:x:0:\nnogroup:x:65534:\n"),
];

/// The user of apt's downloads, who is not among them in every release.
const APT: &str = "_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n";

/// The size of a file system in memory.
const OPTIONS: &std::ffi::CStr = c"mode=0755,size=64m";

const QUIET: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV);

/// Mounts the file system on the job's folder, in a mount namespace of its own. The caller is the machine's
/// root.
///
/// # Errors
/// When something cannot be mounted.
pub fn prepare(job: &Job) -> io::Result<()> {
    // SAFETY: this is the only thread, and no file table is unshared.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS) }.map_err(naming("make a mount namespace"))?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(naming("keep mounts apart"))?;
    // The mount hides what is in the folder, so everything is opened before; and in this
    // namespace, because nothing can be bound from another.
    let binds: Vec<_> = job
        .binds
        .iter()
        .map(|bind| Ok((open(&bind.from, OFlags::NOFOLLOW)?, bind)))
        .collect::<io::Result<_>>()?;
    mount("tmpfs", &job.work, "tmpfs", QUIET, Some(OPTIONS)).map_err(naming("mount the sandbox"))?;
    let stage = Stage { root: job.work.clone() };
    give(&stage.root)?;
    for (path, mode) in [("proc", 0o755), ("tmp", 0o1777), ("dev", 0o755)] {
        stage.folder(path, mode)?;
    }
    for name in DEVICES {
        let device = open(&Path::new("/dev").join(name), OFlags::NOFOLLOW)?;
        stage.bind(&device, &format!("dev/{name}"), MountFlags::NOSUID | MountFlags::NOEXEC)?;
    }
    if job.view == View::Tools {
        stage.tools(job.network)?;
    }
    for (source, bind) in &binds {
        let read_only = if bind.writable { MountFlags::empty() } else { MountFlags::RDONLY };
        stage.bind(source, &bind.to, QUIET | read_only)?;
    }
    Ok(())
}

/// Opens something of the machine only to bind it.
fn open(path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC | flags, Mode::empty())
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

fn permit(path: &Path, mode: u32) -> io::Result<()> {
    fs_err::set_permissions(path, PermissionsExt::from_mode(mode))
}

/// A file system under construction.
struct Stage {
    root: PathBuf,
}

impl Stage {
    /// Makes a folder of the sandbox's root, and its parents.
    fn folder(&self, path: &str, mode: u32) -> io::Result<()> {
        let mut place = self.root.clone();
        for name in Path::new(path) {
            place.push(name);
            if !place.exists() {
                fs_err::create_dir(&place)?;
                give(&place)?;
                permit(&place, 0o755)?;
            }
        }
        permit(&place, mode)
    }

    /// Makes a file of the sandbox's root.
    fn file(&self, path: &str, content: &str) -> io::Result<()> {
        if let Some(folder) = Path::new(path).parent().and_then(Path::to_str) {
            self.folder(folder, 0o755)?;
        }
        let place = self.root.join(path);
        fs_err::write(&place, content)?;
        permit(&place, 0o644)?;
        give(&place)
    }

    /// Binds an open file or folder to a path.
    fn bind(&self, source: &OwnedFd, to: &str, flags: MountFlags) -> io::Result<()> {
        let from = format!("/proc/self/fd/{}", source.as_raw_fd());
        if fs_err::metadata(&from)?.is_dir() {
            self.folder(to, 0o755)?;
        } else {
            self.file(to, "")?;
        }
        let place = self.root.join(to);
        mount_bind(&from, &place).map_err(naming("bind a folder of the machine"))?;
        mount_remount(&place, MountFlags::BIND | flags, "").map_err(naming("limit a bind"))
    }

    /// Adds the machine's programs, with empty folders for their data.
    fn tools(&self, network: bool) -> io::Result<()> {
        let programs = QUIET | MountFlags::RDONLY;
        self.bind(&open(Path::new("/usr"), OFlags::NOFOLLOW)?, "usr", programs)?;
        for name in TOP {
            let path = Path::new("/").join(name);
            if let Ok(target) = fs_err::read_link(&path) {
                symlink(target, self.root.join(name))?;
            } else if path.is_dir() {
                self.bind(&open(&path, OFlags::NOFOLLOW)?, name, programs)?;
            }
        }
        for (path, mode) in FOLDERS {
            self.folder(path, mode)?;
        }
        self.file("var/lib/dpkg/status", "")?;
        for (path, master, few) in USERS {
            let mut text = fs_err::read_to_string(master).unwrap_or_else(|_| few.to_owned());
            if path == "etc/passwd" && !text.contains("\n_apt:") {
                text.push_str(APT);
            }
            self.file(path, &text)?;
        }
        let network = if network { NETWORK.as_slice() } else { &[] };
        for name in SETTINGS.iter().chain(network) {
            // Some are links, to /run or /usr.
            if let Ok(source) = open(&Path::new("/etc").join(name), OFlags::empty()) {
                self.bind(&source, &format!("etc/{name}"), programs)?;
            }
        }
        Ok(())
    }
}

/// Makes the file system the root of this process and of all later ones of the sandbox. The old root is gone
/// then.
///
/// # Errors
/// When it cannot be mounted.
pub fn enter(job: &Job) -> io::Result<()> {
    // The mount itself belongs to the machine's namespace, and cannot become a root in this one; a bind of
    // it can.
    mount_bind_recursive(&job.work, &job.work).map_err(naming("bind the sandbox"))?;
    chdir(&job.work)?;
    mount("proc", "proc", "proc", QUIET | MountFlags::NOEXEC, None).map_err(naming("mount /proc"))?;
    pivot_root(".", ".").map_err(naming("enter the sandbox"))?;
    unmount(".", UnmountFlags::DETACH).map_err(naming("leave the machine"))?;
    Ok(chdir("/")?)
}

/// Mounts in a root tree what programs in it expect of a system that is not booted. The caller is the
/// sandbox's root.
///
/// # Errors
/// When something cannot be mounted.
pub fn fill_tree(job: &Job) -> io::Result<()> {
    if job.view != View::Tree {
        return Ok(());
    }
    let tree = Path::new("/").join(TREE);
    let (run, dev) = (tree.join("run"), tree.join("dev"));
    let failed = naming("mount in the root tree");
    mount("proc", tree.join("proc"), "proc", QUIET | MountFlags::NOEXEC, None).map_err(&failed)?;
    // Packages expect /run/lock (behind /var/lock), as on a running system.
    mount("tmpfs", &run, "tmpfs", QUIET, Some(OPTIONS)).map_err(&failed)?;
    fs_err::create_dir(run.join("lock"))?;
    permit(&run.join("lock"), 0o1777)?;
    mount("tmpfs", &dev, "tmpfs", QUIET, Some(OPTIONS)).map_err(&failed)?;
    for name in DEVICES {
        fs_err::write(dev.join(name), "")?;
        mount_bind(Path::new("/dev").join(name), dev.join(name)).map_err(&failed)?;
    }
    for folder in ["pts", "shm"] {
        fs_err::create_dir(dev.join(folder))?;
    }
    permit(&dev.join("shm"), 0o1777)?;
    let options = Some(c"newinstance,ptmxmode=0666,mode=0620,gid=5");
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    mount("devpts", dev.join("pts"), "devpts", flags, options).map_err(&failed)?;
    for (link, target) in [("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0")] {
        symlink(target, dev.join(link))?;
    }
    for (name, place) in IN_TREE {
        if job.binds.iter().any(|bind| bind.to == name) {
            let place = tree.join(place);
            fs_err::create_dir_all(&place)?;
            mount_bind(Path::new("/").join(name), &place).map_err(&failed)?;
        }
    }
    Ok(())
}
