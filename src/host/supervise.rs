//! The supervisor of an embedded host (`lab __host`, internal).
//!
//! It has two stages. The first enters the network namespace, creates mount, process and cgroup namespaces,
//! bind-mounts folders of the instance over the daemon's fixed paths, starts the second and ends. The second
//! is process 1 of the new process namespace: it restarts the daemon and reaps orphans (guests are the
//! daemon's grandchildren, and an unreaped dead guest would look alive to it).

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_change, unmount,
};
use rustix::process::{WaitOptions, wait};
use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};

use super::HostError;
use super::accel::Accelerator;
use crate::base::process::Process;

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__host";

/// Paths on tmpfs: their content is of no use after the daemon ends, and the daemon syncs after every line,
/// which would otherwise wait for writes of a new image.
const IN_MEMORY: [&str; 3] = ["/run/libvirt", "/var/lib/libvirt", "/etc/libvirt"];

/// The daemon's logs, kept in the instance's folder for diagnosis.
const LOGS: &str = "/var/log/libvirt";

/// The daemon's socket, inside its mount namespace.
const SOCKET: &str = "/run/libvirt/libvirt-sock";

/// The name of that file.
pub(super) const SOCKET_NAME: &str = "libvirt-sock";

/// libvirt's cache of QEMU's capabilities; shared by all instances, because querying QEMU takes a second.
const CAPABILITIES: &str = "/var/cache/libvirt";

/// A daemon that ends sooner than this after its start is not restarted.
const TOO_SOON: Duration = Duration::from_secs(5);

/// The arguments of the supervisor's command line.
pub(super) fn command_line(folder: &Path) -> [OsString; 3] {
    [SUBCOMMAND.into(), "run".into(), folder.into()]
}

/// The file in an instance's folder that names its supervisor.
pub fn pid_file(folder: &Path) -> PathBuf {
    folder.join("supervisor.json")
}

/// The devices that libvirt and guests need.
const DEVICES: [&str; 8] = ["null", "zero", "full", "random", "urandom", "tty", "net/tun", "vhost-net"];

/// Flags to open a device only for bind-mounting.
const PATH: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

/// The link to the daemon's socket from outside.
pub fn socket(folder: &Path) -> PathBuf {
    folder.join(SOCKET_NAME)
}

/// The arguments of the first stage.
#[derive(Debug, Clone)]
pub struct Arguments {
    /// The instance's folder.
    pub folder: PathBuf,
    /// The network namespace.
    pub netns: PathBuf,
    /// The folder of libvirt's QEMU cache.
    pub cache: PathBuf,
    /// The accelerator of its guests.
    pub accelerator: Accelerator,
}

/// Runs the hidden subcommands `__host enter FOLDER NETNS CACHE ACCELERATOR` and `__host run FOLDER`; `None`
/// for other arguments.
///
/// Call it before any thread is started: only a process's children enter a new process namespace.
pub fn intercept(arguments: &[std::ffi::OsString]) -> Option<ExitCode> {
    let words: Vec<&Path> = arguments.iter().skip(1).map(Path::new).collect();
    let result = match words.as_slice() {
        [command, stage, folder, netns, cache, accelerator]
            if *command == Path::new(SUBCOMMAND) && *stage == Path::new("enter") =>
        {
            let kvm = *accelerator == Path::new(Accelerator::Kvm.domain_type());
            enter(&Arguments {
                folder: folder.into(),
                netns: netns.into(),
                cache: cache.into(),
                accelerator: if kvm { Accelerator::Kvm } else { Accelerator::Tcg },
            })
        }
        [command, stage, folder] if *command == Path::new(SUBCOMMAND) && *stage == Path::new("run") => {
            run(folder)
        }
        _ => return None,
    };
    Some(match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Its errors are visible only in this file.
            let folder = words.get(2).copied().unwrap_or(Path::new("/"));
            let text = format!("{error}: {:?}\n", std::error::Error::source(&error).map(ToString::to_string));
            let _ = fs_err::write(folder.join("supervisor.log"), text);
            ExitCode::FAILURE
        }
    })
}

fn system(what: &'static str) -> impl Fn(rustix::io::Errno) -> HostError {
    move |source| HostError::System { what, source: source.into() }
}

/// The first stage.
fn enter(arguments: &Arguments) -> Result<(), HostError> {
    let netns = fs_err::File::open(&arguments.netns)?;
    move_into_link_name_space(std::os::fd::AsFd::as_fd(&netns), Some(LinkNameSpaceType::Network))
        .map_err(system("enter the network namespace"))?;
    let flags = UnshareFlags::NEWNS | UnshareFlags::NEWPID | UnshareFlags::NEWCGROUP | UnshareFlags::NEWIPC;
    // SAFETY: this is the only thread, and no file table is unshared.
    unsafe { unshare_unsafe(flags) }.map_err(system("make namespaces"))?;
    mounts(arguments)?;
    let _ = rustix::process::setsid();
    let child = Command::new(std::env::current_exe()?)
        .args(command_line(&arguments.folder))
        .spawn()
        .map_err(|source| HostError::Tool { tool: "lab".to_owned(), source })?;
    let process = Process::of(child.id() as i32)
        .ok_or_else(|| HostError::Daemon { what: "ended at once".to_owned(), log: String::new() })?;
    // The socket is in a mount namespace, reached through the root of its first process.
    let link = socket(&arguments.folder);
    let _ = fs_err::remove_file(&link);
    fs_err::os::unix::fs::symlink(format!("/proc/{}/root{SOCKET}", process.pid), link)?;
    crate::base::write::until_restart(
        &pid_file(&arguments.folder),
        &serde_json::to_vec(&process).unwrap_or_default(),
    )?;
    Ok(())
}

/// Mounts the instance's folders over the daemon's, and hides parts of the machine.
fn mounts(arguments: &Arguments) -> Result<(), HostError> {
    let flags = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    mount_change("/", flags).map_err(system("keep mounts apart"))?;
    // A new /sys shows this network namespace, and no cgroups, in which equal names of two instances would
    // collide.
    unmount("/sys", UnmountFlags::DETACH).map_err(system("replace /sys"))?;
    mount("sysfs", "/sys", "sysfs", MountFlags::empty(), None).map_err(system("replace /sys"))?;
    for path in IN_MEMORY {
        fs_err::create_dir_all(path)?;
        mount("tmpfs", path, "tmpfs", MountFlags::empty(), Some(c"mode=0755"))
            .map_err(system("mount a folder"))?;
    }
    super::daemon::configure(Path::new("/etc/libvirt"))?;
    for (own, path) in [(&arguments.folder.join("log"), LOGS), (&arguments.cache, CAPABILITIES)] {
        fs_err::create_dir_all(path)?;
        mount_bind(own, path).map_err(system("bind a folder"))?;
    }
    devices(arguments.accelerator)?;
    // The machine's own systemd-machined, firewalld and D-Bus must not be involved.
    for hidden in ["/run/dbus", "/run/systemd"] {
        if Path::new(hidden).is_dir() {
            mount("tmpfs", hidden, "tmpfs", MountFlags::empty(), None)
                .map_err(system("hide the system bus"))?;
        }
    }
    Ok(())
}

/// A /dev with only the devices that guests need. For emulation it has no /dev/kvm: libvirt would query QEMU
/// about it repeatedly, and with an unusable one each answer takes tens of seconds.
fn devices(accelerator: Accelerator) -> Result<(), HostError> {
    // Open the devices before the new /dev hides them.
    let kept: Vec<_> = DEVICES
        .into_iter()
        .chain((accelerator == Accelerator::Kvm).then_some("kvm"))
        .filter_map(|name| {
            Some((name, rustix::fs::open(Path::new("/dev").join(name), PATH, Mode::empty()).ok()?))
        })
        .collect();
    mount("tmpfs", "/dev", "tmpfs", MountFlags::empty(), Some(c"mode=0755"))
        .map_err(system("replace /dev"))?;
    for folder in ["net", "pts", "shm"] {
        fs_err::create_dir(Path::new("/dev").join(folder))?;
    }
    for (name, device) in &kept {
        let path = Path::new("/dev").join(name);
        fs_err::File::create(&path)?;
        let from = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(device));
        mount_bind(from.as_str(), &path).map_err(system("bind a device"))?;
    }
    let options = Some(c"newinstance,ptmxmode=0666,mode=0620,gid=5");
    mount("devpts", "/dev/pts", "devpts", MountFlags::empty(), options)
        .map_err(system("replace /dev/pts"))?;
    for (link, target) in [("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stderr", "/proc/self/fd/2")] {
        fs_err::os::unix::fs::symlink(target, Path::new("/dev").join(link))?;
    }
    Ok(())
}

/// The second stage: process 1.
fn run(folder: &Path) -> Result<(), HostError> {
    mount("proc", "/proc", "proc", MountFlags::empty(), None).map_err(system("mount /proc"))?;
    loop {
        let started = Instant::now();
        // The default, /run/libvirtd.pid, is not in a folder of the instance.
        let daemon = Command::new("libvirtd")
            .args(["--pid-file", "/run/libvirt/libvirtd.pid"])
            .env("NOTIFY_SOCKET", super::daemon::notify_socket(folder))
            .spawn()
            .map_err(|source| HostError::Tool { tool: "libvirtd".to_owned(), source })?;
        bury_until(daemon.id() as i32)?;
        if started.elapsed() < TOO_SOON {
            return Err(HostError::Daemon { what: "ended at once".to_owned(), log: String::new() });
        }
    }
}

/// Reaps children until this one is among them.
fn bury_until(daemon: i32) -> Result<(), HostError> {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, _))) if pid.as_raw_nonzero().get() == daemon => return Ok(()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(source) => {
                return Err(HostError::System { what: "wait for children", source: source.into() });
            }
        }
    }
}
