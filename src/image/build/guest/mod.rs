//! Changes to Debian in our images: settings, units, and disabled services.
//!
//! The files are in this folder. The purpose of all changes is a short time from power-on to SSH.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::image::ImageError;
use crate::model::spec::Script;

/// Files, with their permission bits.
pub const FILES: [(&str, u32, &str); 19] = [
    ("etc/ssh/sshd_config", 0o644, include_str!("sshd_config")),
    ("etc/systemd/system/ssh.service.d/halab.conf", 0o644, include_str!("ssh.conf")),
    ("etc/systemd/system/halab-network.service", 0o644, include_str!("halab-network.service")),
    ("etc/systemd/system/halab-console.service", 0o644, include_str!("halab-console.service")),
    ("etc/systemd/system/systemd-journald.service.d/halab.conf", 0o644, UNCONFINED),
    ("etc/systemd/system/systemd-udevd.service.d/halab.conf", 0o644, UNCONFINED),
    ("etc/systemd/system/systemd-sysctl.service.d/halab.conf", 0o644, NO_CREDENTIALS),
    ("etc/systemd/system/systemd-tmpfiles-setup.service.d/halab.conf", 0o644, NO_CREDENTIALS),
    (
        "etc/systemd/system/systemd-udev-trigger.service.d/halab.conf",
        0o644,
        include_str!("udev-trigger.conf"),
    ),
    ("etc/systemd/system/halab-line.service", 0o644, include_str!("halab-line.service")),
    ("usr/lib/halab/line", 0o755, include_str!("line.pl")),
    ("usr/lib/halab/network", 0o755, include_str!("network.sh")),
    ("etc/systemd/journald.conf.d/halab.conf", 0o644, include_str!("journald.conf")),
    ("etc/systemd/system.conf.d/halab.conf", 0o644, include_str!("system.conf")),
    ("etc/sysctl.d/60-halab.conf", 0o644, include_str!("sysctl.conf")),
    ("etc/hostname", 0o644, "localhost\n"),
    ("etc/hosts", 0o644, "127.0.0.1 localhost\n"),
    ("etc/resolv.conf", 0o644, ""),
    // The initrd mounts the root file system; an entry would make systemd mount it again.
    ("etc/fstab", 0o644, "# The root file system is mounted by the initrd.\n"),
];

const UNCONFINED: &str = include_str!("unconfined.conf");
const NO_CREDENTIALS: &str = include_str!("no-credentials.conf");

/// Our units, with the targets that start them.
pub const ENABLED: [(&str, &str); 4] = [
    ("multi-user.target", "halab-network.service"),
    ("network-online.target", "halab-network.service"),
    ("multi-user.target", "halab-console.service"),
    ("multi-user.target", "halab-line.service"),
];

/// The only units that may start with the system out of those that the recipe's packages enable. A list of
/// what stays is the same for every suite; a list of what goes would grow. The packages of stacks are
/// installed later and may enable units, unless the image carries them for nodes without these stacks
/// ([`quiet`]).
pub const STARTED: [&str; 14] = [
    "dbus.socket",
    "ssh.service",
    "systemd-journald-dev-log.socket",
    "systemd-journald.service",
    "systemd-journald.socket",
    "systemd-modules-load.service",
    "systemd-sysctl.service",
    "systemd-tmpfiles-setup.service",
    "systemd-udev-trigger.service",
    "systemd-udevd-control.socket",
    "systemd-udevd-kernel.socket",
    "systemd-udevd.service",
    // Targets wanted by targets start nothing themselves.
    "remote-fs.target",
    "timers.target",
];

/// Units that other units request by name, and that a lab does not need.
pub const MASKED: [&str; 4] = [
    "systemd-remount-fs.service",
    "systemd-udev-load-credentials.service",
    "sshd-keygen.service",
    "tmp.mount",
];

/// The only one of systemd's own generators to run: our images have nothing for the others.
pub const GENERATORS: [&str; 1] = ["systemd-fstab-generator"];

/// Files that installation leaves and that guests must not share or do not need.
const REMOVED: [&str; 10] = [
    "etc/machine-id",
    // Only a link to an empty list; a program would be started for it.
    "etc/modules-load.d/modules.conf",
    "var/lib/dbus/machine-id",
    "var/lib/systemd/random-seed",
    "var/cache/apt",
    "var/lib/apt/lists",
    "var/cache/debconf",
    "var/cache/ldconfig",
    "var/log/apt",
    "var/log/dpkg.log",
];

/// Disables the units of the recipe's packages, before those of stacks are installed.
///
/// # Errors
/// When a file cannot be deleted.
pub fn prune(root: &Path) -> Result<(), ImageError> {
    for folder in ["usr/lib/systemd/system", "etc/systemd/system"] {
        for wants in fs_err::read_dir(root.join(folder))? {
            let wants = wants?.path();
            if wants.extension().is_none_or(|extension| extension != "wants") {
                continue;
            }
            for unit in fs_err::read_dir(&wants)? {
                let unit = unit?;
                if !STARTED.iter().any(|started| unit.file_name() == *started) {
                    fs_err::remove_file(unit.path())?;
                }
            }
        }
    }
    Ok(())
}

/// The script that disables units and kernel modules of stacks' packages, for an image with stacks that its
/// node may not have. A node's set-up enables those of its own stacks.
pub fn quiet() -> Script {
    let text = format!(
        r#"for link in /etc/systemd/system/*.wants/* /usr/lib/systemd/system/*.wants/*; do
    case ${{link##*/}} in
    {}) ;;
    *) rm -f "$link" ;;
    esac
done
for list in /usr/lib/modules-load.d/*.conf; do
    [ ! -e "$list" ] || ln -sf /dev/null "/etc/modules-load.d/${{list##*/}}"
done
"#,
        STARTED.join(" | ")
    );
    Script { title: "let nothing start before a set-up starts it".to_owned(), text }
}

/// Turns a root tree into that of a guest.
///
/// # Errors
/// When a file cannot be written.
pub fn furnish(root: &Path) -> Result<(), ImageError> {
    for (path, mode, text) in FILES {
        put(root, path, mode, text.as_bytes())?;
    }
    let units = root.join("etc/systemd/system");
    for unit in MASKED {
        link("/dev/null", &units.join(unit))?;
    }
    for (target, unit) in ENABLED {
        link(&format!("/etc/systemd/system/{unit}"), &units.join(format!("{target}.wants/{unit}")))?;
    }
    link("multi-user.target", &units.join("default.target"))?;
    mask_generators(root)?;
    for path in REMOVED {
        remove(&root.join(path))?;
    }
    for entry in fs_err::read_dir(root.join("etc/ssh"))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with("ssh_host_") {
            fs_err::remove_file(entry.path())?;
        }
    }
    // apt requires this folder.
    fs_err::create_dir_all(root.join("var/cache/apt/archives/partial"))?;
    let home = root.join("root/.ssh");
    fs_err::create_dir_all(&home)?;
    fs_err::set_permissions(&home, PermissionsExt::from_mode(0o700))?;
    Ok(())
}

fn mask_generators(root: &Path) -> Result<(), ImageError> {
    for generator in fs_err::read_dir(root.join("usr/lib/systemd/system-generators"))? {
        let name = generator?.file_name();
        let name = name.to_string_lossy();
        let kept = GENERATORS.contains(&&*name) || (name == "systemd-sysv-generator" && needs_sysv(root)?);
        if name.starts_with("systemd-") && !kept {
            link("/dev/null", &root.join("etc/systemd/system-generators").join(&*name))?;
        }
    }
    Ok(())
}

/// Whether a service exists only as an old init script.
fn needs_sysv(root: &Path) -> Result<bool, ImageError> {
    let Ok(scripts) = fs_err::read_dir(root.join("etc/rc2.d")) else { return Ok(false) };
    for script in scripts {
        // S01name
        let name = script?.file_name().to_string_lossy().chars().skip(3).collect::<String>();
        let unit = |folder: &str| {
            fs_err::symlink_metadata(root.join(folder).join(format!("{name}.service"))).is_ok()
        };
        if !unit("usr/lib/systemd/system") && !unit("etc/systemd/system") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes a file of a root tree, and its parent folders. A link in its place is replaced, not followed: it
/// could lead out of the tree.
///
/// # Errors
/// When it cannot be written.
pub fn put(root: &Path, path: &str, mode: u32, content: &[u8]) -> Result<(), ImageError> {
    let path = root.join(path);
    clear_way(&path)?;
    fs_err::write(&path, content)?;
    fs_err::set_permissions(&path, PermissionsExt::from_mode(mode))?;
    Ok(())
}

fn link(target: &str, path: &Path) -> Result<(), ImageError> {
    clear_way(path)?;
    symlink(target, path)?;
    Ok(())
}

fn clear_way(path: &Path) -> Result<(), ImageError> {
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder)?;
    }
    remove(path)
}

/// Removes a file, a link or a folder, if it exists.
fn remove(path: &Path) -> Result<(), ImageError> {
    match fs_err::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs_err::remove_dir_all(path)?,
        Ok(_) => fs_err::remove_file(path)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_leads_out_of_the_tree_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (root, outside) = (folder.path().join("root"), folder.path().join("outside"));
        fs_err::create_dir_all(root.join("etc")).unwrap();
        fs_err::write(&outside, "theirs").unwrap();
        symlink(&outside, root.join("etc/resolv.conf")).unwrap();
        put(&root, "etc/resolv.conf", 0o600, b"ours").unwrap();
        assert_eq!(fs_err::read_to_string(&outside).unwrap(), "theirs");
        let metadata = fs_err::symlink_metadata(root.join("etc/resolv.conf")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o7777, 0o600);
        assert!(metadata.is_file());
    }
}
