//! The libvirt daemon of an embedded host: its folders, configuration and start.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::accel::Accelerator;
use super::supervise::SUBCOMMAND;
use super::{Host, HostError};
use crate::state::StateDir;

/// How long the daemon may take to answer. Its first start on a machine queries QEMU's capabilities, which
/// takes seconds on a busy one.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The size of `sun_path` in Linux, without its terminator.
const SOCKET_PATH_LIMIT: usize = 107;

/// Guests run as the unprivileged user of the packages. The state folder's files have the right owners, so
/// the daemon need not change them (it would take the shared base image from another instance). Guests are
/// confined to the instance's namespaces, so no further confinement is needed, and no cgroups, in which equal
/// names of instances would collide. Without the filtered capability the daemon queries the processor
/// features of each new QEMU in two requests; with it, one for each of three hundred properties, which takes
/// half as long as restoring a guest.
const QEMU_CONF: &str = r#"user = "libvirt-qemu"
group = "libvirt-qemu"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = [ ]
cgroup_controllers = [ ]
stdio_handler = "file"
max_core = 0
capability_filters = [ "cpu-unavailable-features" ]
"#;

/// Only root can use the socket. No keepalive: both ends are on this machine.
const LIBVIRTD_CONF: &str = r#"unix_sock_rw_perms = "0600"
unix_sock_ro_perms = "0600"
auth_unix_rw = "none"
auth_unix_ro = "none"
keepalive_interval = -1
admin_keepalive_interval = -1
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
"#;

/// The socket on which the daemon reports that it is ready (`sd_notify(3)`).
pub(super) fn notify_socket(folder: &Path) -> PathBuf {
    folder.join("notify")
}

fn cache(state: &StateDir) -> PathBuf {
    state.root().join("cache/libvirt")
}

/// Writes the daemon's configuration.
pub(super) fn configure(folder: &Path) -> Result<(), HostError> {
    fs_err::write(folder.join("qemu.conf"), QEMU_CONF)?;
    fs_err::write(folder.join("libvirtd.conf"), LIBVIRTD_CONF)?;
    Ok(())
}

/// Creates the instance's folders.
pub(super) fn prepare(folder: &Path, state: &StateDir) -> Result<(), HostError> {
    for inside in ["log", "disks", "seeds", "console"] {
        fs_err::create_dir_all(folder.join(inside))?;
    }
    fs_err::create_dir_all(cache(state))?;
    // The guests' user must be able to reach the disks; secrets have restrictive modes of their own.
    for path in [state.root(), &state.instances(), folder] {
        fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o711))?;
    }
    Ok(())
}

pub fn check_socket_path(path: &Path) -> Result<(), HostError> {
    let length = path.as_os_str().len();
    if length > SOCKET_PATH_LIMIT {
        return Err(HostError::SocketPath { path: path.to_owned(), length, limit: SOCKET_PATH_LIMIT });
    }
    Ok(())
}

/// Starts the supervisor and waits until the daemon reports that it is ready.
pub(super) fn start(host: &Host, accelerator: Accelerator, cancel: &AtomicBool) -> Result<(), HostError> {
    let folder = host.folder();
    let notify = notify_socket(&folder);
    let _ = fs_err::remove_file(&notify);
    let ready = UnixDatagram::bind(&notify)?;
    ready.set_read_timeout(Some(Duration::from_millis(100)))?;
    let log = fs_err::File::create(folder.join("supervisor.log"))?;
    let status = Command::new(std::env::current_exe()?)
        .args([SUBCOMMAND, "enter"])
        .args([&folder, &host.netns(), &cache(&host.state)])
        .arg(accelerator.domain_type())
        .stdin(Stdio::null())
        .stdout(log.file().try_clone()?)
        .stderr(log.into_parts().0)
        .status()
        .map_err(|source| HostError::Tool { tool: "lab".to_owned(), source })?;
    let failed = |what: &str| HostError::Daemon { what: what.to_owned(), log: log_tail(&folder) };
    if !status.success() {
        return Err(failed("could not be started"));
    }
    let end = Instant::now() + START_LIMIT;
    let mut message = [0; 512];
    loop {
        match ready.recv(&mut message) {
            Ok(length) if message[..length].split(|byte| *byte == b'\n').any(|line| line == b"READY=1") => {
                break;
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        if cancel.load(Ordering::Relaxed) {
            return Err(HostError::Cancelled);
        }
        if host.supervisor().is_none() {
            return Err(failed("ended at once"));
        }
        if Instant::now() > end {
            return Err(failed(&format!("did not answer within {} s", START_LIMIT.as_secs())));
        }
    }
    // A ready daemon answers soon if it keeps running.
    let asked = Instant::now();
    if host.answers_while(|| asked.elapsed() < START_LIMIT && !cancel.load(Ordering::Relaxed)) {
        return Ok(());
    }
    Err(if cancel.load(Ordering::Relaxed) { HostError::Cancelled } else { failed("does not answer") })
}

/// The last lines of the supervisor's and the daemon's logs.
fn log_tail(folder: &Path) -> String {
    let read = |name: &str| fs_err::read_to_string(folder.join(name)).unwrap_or_default();
    let text = read("supervisor.log") + &read("log/libvirtd.log");
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
