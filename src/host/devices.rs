//! The devices of an embedded host.

use std::path::Path;

use rustix::fs::{Gid, Mode, OFlags, Uid};
use rustix::mount::{MountFlags, mount, mount_bind};

use super::HostError;
use super::accel::Accelerator;
use super::filesystem::system;
use super::user::GuestUser;

/// The devices that libvirt and guests need.
const DEVICES: [&str; 8] = ["null", "zero", "full", "random", "urandom", "tty", "net/tun", "vhost-net"];

/// The kernel's virtual machines.
const KVM: &str = "kvm";

/// Flags to open a device only for bind-mounting.
const PATH: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

/// Makes a /dev with only the devices that guests need. For emulation it has no /dev/kvm: libvirt would query
/// QEMU about it repeatedly, and with an unusable one each answer takes tens of seconds.
///
/// # Errors
/// When the system refuses.
pub(super) fn make(dev: &Path, accelerator: Accelerator, user: GuestUser) -> Result<(), HostError> {
    mount("tmpfs", dev, "tmpfs", MountFlags::NOSUID, Some(c"mode=0755,size=1m"))
        .map_err(system("mount /dev"))?;
    for folder in ["net", "pts", "shm"] {
        fs_err::create_dir(dev.join(folder))?;
    }
    for name in DEVICES {
        let Ok(device) = rustix::fs::open(Path::new("/dev").join(name), PATH, Mode::empty()) else {
            continue;
        };
        let path = dev.join(name);
        fs_err::File::create(&path)?;
        let from = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&device));
        mount_bind(from.as_str(), &path).map_err(system("bind a device"))?;
    }
    if accelerator == Accelerator::Kvm {
        kvm(&dev.join(KVM), user)?;
    }
    let options = Some(c"newinstance,ptmxmode=0666,mode=0620,gid=5");
    mount("devpts", dev.join("pts"), "devpts", MountFlags::empty(), options)
        .map_err(system("mount /dev/pts"))?;
    for (link, target) in [("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stderr", "/proc/self/fd/2")] {
        fs_err::os::unix::fs::symlink(target, dev.join(link))?;
    }
    Ok(())
}

/// A node of /dev/kvm that belongs to the guests' user, who is in no group of the machine.
fn kvm(path: &Path, user: GuestUser) -> Result<(), HostError> {
    let device = rustix::fs::stat("/dev/kvm").map_err(system("find /dev/kvm"))?.st_rdev;
    let (kind, mode) = (rustix::fs::FileType::CharacterDevice, Mode::from_raw_mode(0o600));
    rustix::fs::mknodat(rustix::fs::CWD, path, kind, mode, device).map_err(system("make /dev/kvm"))?;
    let (owner, group) = (Uid::from_raw(user.number()), Gid::from_raw(user.number()));
    rustix::fs::chown(path, Some(owner), Some(group)).map_err(system("make /dev/kvm"))
}
