//! The file systems of confined processes.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_change, mount_remount, unmount,
};
use rustix::process::{chdir, pivot_root};

use super::naming;
use super::program::Program;

/// Where the new root is mounted before it becomes one, in the mount namespace of this process only.
const STAGE: &str = "/run";

/// Folders that are links into /usr, or folders on older systems.
const TOP: [&str; 6] = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];

/// Files and folders of /etc that interpreters need, if they exist.
const SETTINGS: [&str; 4] = ["alternatives", "ld.so.cache", "localtime", "ssl/certs"];

/// The devices that programs expect.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

const QUIET: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV);

/// Makes an empty file system the root of this process. The process has a mount namespace of its own.
pub(super) fn empty() -> io::Result<()> {
    stage(c"mode=0555,size=4k")?;
    let root = MountFlags::BIND | MountFlags::RDONLY | QUIET | MountFlags::NOEXEC;
    mount_remount(STAGE, root, "").map_err(naming("protect the file system"))?;
    enter()
}

/// Makes a file system with the machine's programs (`/usr`, read-only) and this one the root of this process.
/// The process has a mount namespace of its own.
///
/// # Errors
/// When it cannot be mounted.
pub(super) fn programs(program: &Program<'_>) -> io::Result<()> {
    let root = Path::new(STAGE);
    // The mount hides a part of the machine's tree, so everything is opened before.
    let usr = open(Path::new("/usr"))?;
    let (mut links, mut folders) = (Vec::new(), vec![("usr".to_owned(), usr)]);
    for name in TOP {
        let path = Path::new("/").join(name);
        match fs_err::read_link(&path) {
            Ok(target) => links.push((name, target)),
            Err(_) => folders.extend(open(&path).ok().map(|found| (name.to_owned(), found))),
        }
    }
    let settings = SETTINGS.iter().filter_map(|name| {
        let found = open(&Path::new("/etc").join(name)).ok()?;
        Some((format!("etc/{name}"), found))
    });
    folders.extend(settings);
    let devices: Vec<_> = DEVICES
        .iter()
        .filter_map(|name| Some((format!("dev/{name}"), open(&Path::new("/dev").join(name)).ok()?)))
        .collect();
    stage(c"mode=0755,size=16m")?;
    for (name, target) in links {
        fs_err::os::unix::fs::symlink(target, root.join(name))?;
    }
    for (name, source) in &folders {
        bind(source, &root.join(name), QUIET | MountFlags::RDONLY)?;
    }
    for (name, source) in &devices {
        bind(source, &root.join(name), MountFlags::NOSUID | MountFlags::NOEXEC)?;
    }
    fs_err::create_dir(root.join("proc"))?;
    fs_err::create_dir(root.join("tmp"))?;
    let file = root.join(program.path.trim_start_matches('/'));
    fs_err::write(&file, program.content)?;
    fs_err::set_permissions(&file, PermissionsExt::from_mode(0o555))?;
    // It shows the process namespace of this process.
    mount("proc", root.join("proc"), "proc", QUIET | MountFlags::NOEXEC, None)
        .map_err(naming("mount /proc"))?;
    let root = MountFlags::BIND | MountFlags::RDONLY | QUIET;
    mount_remount(STAGE, root, "").map_err(naming("protect the file system"))?;
    enter()
}

/// Mounts a file system in memory on [`STAGE`].
fn stage(options: &std::ffi::CStr) -> io::Result<()> {
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(naming("keep mounts apart"))?;
    mount("tmpfs", STAGE, "tmpfs", QUIET, Some(options)).map_err(naming("mount a file system"))
}

/// Makes [`STAGE`] the root, and gives up the machine's tree.
fn enter() -> io::Result<()> {
    chdir(STAGE)?;
    // The old root is mounted over the new one and unmounted there (pivot_root(2)).
    pivot_root(".", ".").map_err(naming("change the root"))?;
    unmount(".", UnmountFlags::DETACH).map_err(naming("give up the machine's tree"))?;
    Ok(chdir("/")?)
}

fn open(path: &Path) -> io::Result<OwnedFd> {
    Ok(rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?)
}

fn bind(source: &OwnedFd, to: &Path, flags: MountFlags) -> io::Result<()> {
    let from = format!("/proc/self/fd/{}", source.as_raw_fd());
    if fs_err::metadata(&from)?.is_dir() {
        fs_err::create_dir_all(to)?;
    } else {
        fs_err::create_dir_all(to.parent().unwrap_or(to))?;
        fs_err::write(to, "")?;
    }
    mount_bind(&from, to).map_err(naming("bind a part of the machine"))?;
    mount_remount(to, MountFlags::BIND | flags, "").map_err(naming("limit a bind"))
}
