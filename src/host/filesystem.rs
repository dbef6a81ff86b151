//! The file system of an embedded host: an empty one with the machine's programs, a few of its settings, and
//! the folders of the instance.
//!
//! ```text
//! /usr /bin /lib …             the machine's, read-only
//! /etc                         a few files: the linker's cache, users without their names, libvirt's settings
//! /dev /proc /sys /run /tmp    its own
//! <instance>/disks console saving   to be written
//! <instance>/seeds             read-only
//! <instance>/sockets log       the daemon's, at the places where it expects them
//! <state>/images               read-only
//! <state>/checkpoints          read-only, and only the files that this instance was given (`<instance>/given`)
//! ```
//!
//! All is built beside the machine's own tree, in a mount namespace that only the supervisor has, and becomes
//! its root at the end ([`enter`]).

use std::ffi::CStr;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_change, mount_remount, unmount,
};
use serde::{Deserialize, Serialize};

use super::accel::Accelerator;
use super::user::GuestUser;
use super::{HostError, devices};
use crate::base::process::Process;
use crate::base::{regular, write};

/// The folders of an instance that its host sees at their own paths, and whether it may write to them.
const FOLDERS: [(&str, bool); 4] = [("disks", true), ("console", true), ("saving", true), ("seeds", false)];

/// Folders of the store of images that hold no image: locks, root trees, and images being made.
const HIDDEN: [&str; 3] = [".lock", ".roots", ".work"];

/// The folder of an instance that its host sees as the store of checkpoints.
pub(super) const GIVEN: &str = "given";

/// The folder of an instance with the daemon's sockets. They are reached by this path from outside, and not
/// through the root of a process: its number may be another process's a moment later.
pub(super) const SOCKETS: &str = "sockets";

/// Where the daemon sees it.
pub(super) const SOCKETS_INSIDE: &str = "/run/libvirt/sockets";

/// Folders that are links into /usr on most machines, and folders on others.
const PROGRAMS: [&str; 7] = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/// Folders for mounts and for what libvirt keeps while it runs.
const OWN: [&str; 10] = [
    "proc",
    "sys",
    "dev",
    "etc",
    "root",
    "tmp",
    "run/libvirt",
    "run/lock",
    "var/lib/libvirt",
    "var/log/libvirt",
];

/// Files of /etc that programs look for, as far as the machine has them.
const SETTINGS: [&str; 7] =
    ["ld.so.cache", "ld.so.conf", "nsswitch.conf", "localtime", "machine-id", "protocols", "services"];

/// Users and groups that libvirt looks up by name.
const NAMES: [&str; 5] = ["root", "tty", "kvm", "libvirt-qemu", "tss"];

/// libvirt's cache of QEMU's capabilities.
pub(super) const CAPABILITIES: &str = "/var/cache/libvirt/qemu/capabilities";

/// The size limit of a file of that cache, in bytes; with QEMU 10 it has 200 kB.
const LARGEST_CAPABILITIES: u64 = 8 << 20;

/// The size limit of all files that the host keeps in memory: sockets, definitions, its cache.
const MEMORY: &CStr = c"mode=0755,size=64m";

/// What a host's file system is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Layout {
    /// The instance's folder.
    pub(super) folder: PathBuf,
    /// The store of images.
    pub(super) images: PathBuf,
    /// The store of checkpoints.
    pub(super) checkpoints: PathBuf,
    /// The copy of libvirt's cache that all instances share.
    pub(super) cache: PathBuf,
    /// The user of its guests.
    pub(super) user: GuestUser,
    /// The accelerator of its guests.
    pub(super) accelerator: Accelerator,
}

/// Where the file system of an instance is built.
pub(super) fn root(folder: &Path) -> PathBuf {
    folder.join("root")
}

/// Builds the file system, in a mount and a network namespace of its own.
///
/// # Errors
/// When the system refuses a mount.
pub(super) fn build(layout: &Layout) -> Result<(), HostError> {
    let flags = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    mount_change("/", flags).map_err(system("keep mounts apart"))?;
    let root = root(&layout.folder);
    fs_err::create_dir_all(&root)?;
    let inside = MountFlags::NOSUID;
    mount("tmpfs", &root, "tmpfs", inside, Some(MEMORY)).map_err(system("mount a file system"))?;
    programs(&root)?;
    for folder in OWN {
        fs_err::create_dir_all(root.join(folder))?;
    }
    fs_err::os::unix::fs::symlink("/run", root.join("var/run"))?;
    // A client that types on a console locks its device here.
    fs_err::os::unix::fs::symlink("/run/lock", root.join("var/lock"))?;
    // A new /sys shows this network namespace, and no cgroups, in which equal names of two instances would
    // collide.
    mount("sysfs", root.join("sys"), "sysfs", MountFlags::empty(), None).map_err(system("mount /sys"))?;
    settings(&root.join("etc"))?;
    devices::make(&root.join("dev"), layout.accelerator, layout.user)?;
    super::daemon::configure(&root.join("etc/libvirt"), layout.user)?;
    copy_files(&layout.cache, &within(&root, Path::new(CAPABILITIES)))?;
    bind(&layout.folder.join("log"), &root.join("var/log/libvirt"), true)?;
    bind(&layout.folder.join(SOCKETS), &within(&root, Path::new(SOCKETS_INSIDE)), true)?;
    for (name, writable) in FOLDERS {
        let folder = layout.folder.join(name);
        bind(&folder, &within(&root, &folder), writable)?;
    }
    images(&layout.images, &within(&root, &layout.images))?;
    bind(&layout.folder.join(GIVEN), &within(&root, &layout.checkpoints), false)
}

/// Makes it the root of this process, which gets a mount namespace of its own for that, and gives up the
/// machine's tree.
///
/// # Errors
/// When the system refuses.
pub(super) fn enter(root: &Path) -> Result<(), HostError> {
    rustix::process::chdir(root).map_err(system("enter the file system"))?;
    // The old root is mounted over the new one and unmounted there, so no folder is needed for it
    // (pivot_root(2)).
    rustix::process::pivot_root(".", ".").map_err(system("change the root"))?;
    unmount(".", UnmountFlags::DETACH).map_err(system("give up the machine's tree"))?;
    rustix::process::chdir("/").map_err(system("enter the file system"))?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("proc", "/proc", "proc", flags, None).map_err(system("mount /proc"))
}

pub(super) fn system(what: &'static str) -> impl Fn(rustix::io::Errno) -> HostError {
    move |source| HostError::System { what, source: source.into() }
}

/// The path of a file of the machine inside the new tree.
fn within(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn programs(root: &Path) -> Result<(), HostError> {
    for name in PROGRAMS {
        let (from, to) = (Path::new("/").join(name), root.join(name));
        match fs_err::symlink_metadata(&from) {
            Ok(found) if found.is_symlink() => {
                fs_err::os::unix::fs::symlink(fs_err::read_link(&from)?, to)?;
            }
            Ok(_) => bind(&from, &to, false)?,
            Err(_) => {}
        }
    }
    Ok(())
}

/// Shows the store of images without what is being made in it.
fn images(store: &Path, to: &Path) -> Result<(), HostError> {
    for hidden in HIDDEN {
        fs_err::create_dir_all(store.join(hidden))?;
    }
    bind(store, to, false)?;
    for hidden in HIDDEN {
        mount("tmpfs", to.join(hidden), "tmpfs", MountFlags::RDONLY, Some(c"mode=0700,size=4k"))
            .map_err(system("hide a folder"))?;
    }
    Ok(())
}

/// Copies the settings that programs need, with only the users that they look up.
fn settings(etc: &Path) -> Result<(), HostError> {
    for name in SETTINGS {
        if let Ok(content) = fs_err::read(Path::new("/etc").join(name)) {
            fs_err::write(etc.join(name), content)?;
        }
    }
    for name in ["passwd", "group"] {
        let all = fs_err::read_to_string(Path::new("/etc").join(name)).unwrap_or_default();
        let is_known = |line: &&str| line.split(':').next().is_some_and(|name| NAMES.contains(&name));
        let kept: String = all.lines().filter(is_known).map(|line| format!("{line}\n")).collect();
        fs_err::write(etc.join(name), kept)?;
    }
    fs_err::write(etc.join("hosts"), "127.0.0.1 localhost\n")?;
    // Debian's links to the chosen implementations of programs.
    let alternatives = Path::new("/etc/alternatives");
    if alternatives.is_dir() {
        bind(alternatives, &etc.join("alternatives"), false)?;
    }
    Ok(())
}

/// Shows a folder at another place, without devices and set-user programs.
fn bind(from: &Path, to: &Path, writable: bool) -> Result<(), HostError> {
    fs_err::create_dir_all(to)?;
    mount_bind(from, to).map_err(system("bind a folder"))?;
    let mut flags = MountFlags::BIND | MountFlags::NOSUID | MountFlags::NODEV;
    if !writable {
        flags |= MountFlags::RDONLY;
    }
    mount_remount(to, flags, "").map_err(system("protect a folder"))
}

/// Copies the regular files of a folder; absence is fine.
fn copy_files(from: &Path, to: &Path) -> Result<(), HostError> {
    fs_err::create_dir_all(to)?;
    for entry in fs_err::read_dir(from).into_iter().flatten() {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs_err::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Copies libvirt's cache out of a host, whose daemon has just written it.
///
/// # Errors
/// When the copy cannot be written.
pub(super) fn keep_capabilities(supervisor: &Process, cache: &Path) -> Result<(), HostError> {
    let Some(root) = supervisor.root() else { return Ok(()) };
    let inside = PathBuf::from(format!("/proc/self/fd/{}{CAPABILITIES}", root.as_raw_fd()));
    fs_err::create_dir_all(cache)?;
    for entry in fs_err::read_dir(inside).into_iter().flatten() {
        let entry = entry?;
        let content = regular::open(&entry.path(), LARGEST_CAPABILITIES).and_then(|mut file| {
            let mut content = Vec::new();
            file.read_to_end(&mut content).map(|_| content)
        })?;
        let kept = cache.join(entry.file_name());
        if fs_err::read(&kept).ok().as_ref() != Some(&content) {
            write::until_restart(&kept, &content)?;
        }
    }
    Ok(())
}
