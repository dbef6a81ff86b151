//! The libvirt daemon of an embedded host: its folders, configuration and start.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::accel::Accelerator;
use super::filesystem::{GIVEN, Layout, SOCKETS, SOCKETS_INSIDE};
use super::supervise::{Arguments, SUBCOMMAND};
use super::user::GuestUser;
use super::{Host, HostError};
use crate::state::StateDir;

/// How long the daemon may take to answer. Its first start on a machine queries QEMU's capabilities, which
/// takes seconds on a busy one.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The size of `sun_path` in Linux, without its terminator.
const SOCKET_PATH_LIMIT: usize = 107;

/// The files of an instance have the right owners, so the daemon need not change them. Guests are confined to
/// the instance's namespaces and file system and have a user of their own, so no further confinement is
/// needed, and no cgroups, in which equal names of instances would collide. Without the filtered capability
/// the daemon queries the processor features of each new QEMU in two requests; with it, one for each of three
/// hundred properties, which takes half as long as restoring a guest.
const QEMU_CONF: &str = r#"dynamic_ownership = 0
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

/// The socket on which the daemon reports that it is ready (`sd_notify(3)`), inside the host.
pub(super) const NOTIFY: &str = "/var/log/libvirt/notify";

/// The same, from outside.
fn notify_socket(folder: &Path) -> PathBuf {
    folder.join("log/notify")
}

/// The copy of libvirt's cache that instances share: querying QEMU takes a second. It depends on the
/// accelerator, because libvirt queries QEMU again when /dev/kvm appears or disappears.
pub(super) fn cache(state: &StateDir, accelerator: Accelerator) -> PathBuf {
    state.root().join("cache/libvirt").join(accelerator.domain_type())
}

/// Writes the daemon's configuration.
pub(super) fn configure(folder: &Path, user: GuestUser) -> Result<(), HostError> {
    let number = user.number();
    let qemu = format!("user = \"+{number}\"\ngroup = \"+{number}\"\n{QEMU_CONF}");
    fs_err::create_dir_all(folder)?;
    fs_err::write(folder.join("qemu.conf"), qemu)?;
    let libvirtd = format!("unix_sock_dir = \"{SOCKETS_INSIDE}\"\n{LIBVIRTD_CONF}");
    fs_err::write(folder.join("libvirtd.conf"), libvirtd)?;
    Ok(())
}

/// Creates the instance's folders. Only root can enter its folder; what guests use is mounted for them.
pub(super) fn prepare(folder: &Path, state: &StateDir, user: GuestUser) -> Result<(), HostError> {
    for inside in ["log", SOCKETS, "disks", "seeds", "console", "saving", GIVEN] {
        fs_err::create_dir_all(folder.join(inside))?;
    }
    let mode = |path: &Path, mode| fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode));
    for path in [state.root(), &state.instances()] {
        mode(path, 0o711)?;
    }
    mode(folder, 0o700)?;
    for inside in ["log", SOCKETS] {
        mode(&folder.join(inside), 0o700)?;
    }
    for inside in ["disks", "seeds", "console", "saving", GIVEN] {
        mode(&folder.join(inside), 0o711)?;
    }
    inherit(folder, user)
}

/// Gives the files of an instance whose number has changed to its present user.
fn inherit(folder: &Path, user: GuestUser) -> Result<(), HostError> {
    for (inside, mode) in [("disks", 0o600), ("seeds", 0o400), ("console", 0o600)] {
        for entry in fs_err::read_dir(folder.join(inside))? {
            let entry = entry?;
            let is_ours = entry.path().extension().is_some_and(|extension| extension == "json");
            let found = entry.metadata()?;
            if found.is_file() && !is_ours && found.uid() != user.number() {
                user.give(&entry.path(), mode)?;
            }
        }
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
pub(super) fn start(
    host: &Host,
    accelerator: Accelerator,
    user: GuestUser,
    cancel: &AtomicBool,
) -> Result<(), HostError> {
    let folder = host.folder();
    let notify = notify_socket(&folder);
    let _ = fs_err::remove_file(&notify);
    let ready = UnixDatagram::bind(&notify)?;
    ready.set_read_timeout(Some(Duration::from_millis(100)))?;
    let log = fs_err::File::create(folder.join("supervisor.log"))?;
    let layout = Layout {
        folder: folder.clone(),
        images: host.state.images(),
        checkpoints: host.state.checkpoints(),
        cache: cache(&host.state, accelerator),
        user,
        accelerator,
    };
    let arguments = Arguments { netns: host.netns(), layout };
    let arguments = serde_json::to_string(&arguments).map_err(std::io::Error::from)?;
    let program = host.program.clone().map_or_else(std::env::current_exe, Ok)?;
    let status = Command::new(program)
        .args([SUBCOMMAND, "enter", &arguments])
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
