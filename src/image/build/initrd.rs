//! The initrd: a shell, drivers for the disk, the network and the virtio line, and [`INIT`]. It is about 2.5
//! MB instead of Debian's 30 MB.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::base::cpio::Archive;
use crate::image::ImageError;

use super::inside;

/// The first process of a guest.
pub const INIT: &str = include_str!("init.sh");

/// The drivers that a guest needs to boot; their dependencies are loaded before them. With the network driver
/// here, the interfaces exist when the first service starts, without waiting for udev; the virtio line's port
/// is here because udev is not configured to detect it.
const MODULES: [&str; 4] = ["virtio_pci", "virtio_blk", "virtio_net", "virtio_console"];

/// Makes the initrd for a kernel in a root tree.
///
/// # Errors
/// When the tree lacks a driver or the shell.
pub fn make(root: &Path, release: &str) -> Result<Vec<u8>, ImageError> {
    let modules = Path::new("lib/modules").join(release);
    let text = |name: &str| {
        inside::read(&root.join(&modules).join(name)).map(|text| String::from_utf8_lossy(&text).into_owned())
    };
    let (dependencies, builtin) = (text("modules.dep")?, text("modules.builtin")?);
    let busybox = root.join("bin/busybox");

    let mut archive = Archive::default();
    for folder in ["bin", "dev", "lib", "proc", "root", "sys"] {
        archive.folder(folder);
    }
    archive.file("bin/busybox", 0o755, &inside::read(&busybox)?);
    archive.file("init", 0o755, INIT.as_bytes());
    let mut list = String::new();
    for path in load_order(&dependencies, &builtin, &MODULES)? {
        let name = path.rsplit('/').next().unwrap_or(&path);
        let name = name.split_once(".ko").map_or(name, |(stem, _)| stem);
        archive.file(&format!("lib/{name}.ko"), 0o644, &read_module(root, &modules.join(&path))?);
        list.push_str(&format!("/lib/{name}.ko\n"));
    }
    archive.file("modules", 0o644, list.as_bytes());
    Ok(archive.finish())
}

/// The files to load for these modules, in the order of their dependencies and without duplicates. Built-in
/// modules need no file.
fn load_order(dependencies: &str, builtin: &str, wanted: &[&str]) -> Result<Vec<String>, ImageError> {
    fn stem(path: &str) -> String {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.split_once(".ko").map_or(name, |(stem, _)| stem).replace('-', "_")
    }
    let mut order: Vec<String> = Vec::new();
    for module in wanted {
        if builtin.lines().any(|path| stem(path) == *module) {
            continue;
        }
        let found = dependencies.lines().filter_map(|line| line.split_once(':'));
        let (path, needs) = found
            .clone()
            .find(|(path, _)| stem(path) == *module)
            .ok_or_else(|| ImageError::Unbootable(format!("its kernel has no driver {module}")))?;
        // depmod lists all direct and indirect dependencies, the first to load last.
        for file in needs.split_whitespace().rev().chain([path]) {
            if !order.iter().any(|known| known == file) {
                order.push(file.to_owned());
            }
        }
    }
    Ok(order)
}

/// Reads a driver, decompressed: an emulated guest would take long to do so.
fn read_module(root: &Path, path: &Path) -> Result<Vec<u8>, ImageError> {
    let file = root.join(path);
    let packed = inside::read(&file)?;
    let unpack = match path.extension().and_then(|extension| extension.to_str()) {
        Some("xz") => "unxz",
        Some("gz") => "gunzip",
        Some("zst") => return unpacked(zstd::Decoder::new(packed.as_slice())?, path),
        _ => return Ok(packed),
    };
    // The tree's own busybox decompresses it, so the machine needs no program for that. It is linked
    // statically.
    let mut child = Command::new(root.join("bin/busybox"))
        .args([unpack, "-c"])
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let content = unpacked(child.stdout.take().ok_or_else(|| broken(path))?, path)?;
    if child.wait()?.success() { Ok(content) } else { Err(broken(path)) }
}

fn unpacked(from: impl Read, path: &Path) -> Result<Vec<u8>, ImageError> {
    let mut content = Vec::new();
    let length = from.take(inside::LARGEST).read_to_end(&mut content)?;
    if (length as u64) < inside::LARGEST { Ok(content) } else { Err(broken(path)) }
}

fn broken(path: &Path) -> ImageError {
    ImageError::Unbootable(format!("its driver {} cannot be unpacked", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_come_after_what_they_need() {
        let dependencies = "kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko\n\
            kernel/drivers/virtio/virtio_ring.ko:\n\
            kernel/drivers/net/virtio-net.ko.xz: kernel/net/failover.ko kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko\n\
            kernel/net/failover.ko:\n";
        let order = load_order(
            dependencies,
            "kernel/drivers/block/virtio_blk.ko\n",
            &["virtio", "virtio_blk", "virtio_net"],
        );
        assert_eq!(
            order.unwrap(),
            [
                "kernel/drivers/virtio/virtio_ring.ko",
                "kernel/drivers/virtio/virtio.ko",
                "kernel/net/failover.ko",
                "kernel/drivers/net/virtio-net.ko.xz",
            ]
        );
        assert!(load_order(dependencies, "", &["virtio_blk"]).is_err());
    }
}
